"""The room of incident 1001 in Slack."""

from __future__ import annotations

from typing import Final

from dd_incident_roles.sandbox.resources.slack import SlackActs

CHANNEL: Final = "C000001001"
WORDS: Final = "War room &amp; coffee"
"""What people wrote into the topic, as Slack keeps it."""


def topic(slack: SlackActs) -> str:
    """The topic as Slack keeps it."""
    return slack.channel(CHANNEL).topic


def open_room(slack: SlackActs) -> None:
    """Make the room, with Ana in it and words of hers in the topic."""
    slack.add_channel("incident-1001", CHANNEL)
    slack.add_member("ana", "Ana", "ana@corp.example")
    slack.set_topic(CHANNEL, "War room & coffee", "ana")
