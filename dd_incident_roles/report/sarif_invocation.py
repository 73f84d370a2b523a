"""How a check went, as SARIF tells of it: what could not be looked at, and what was not asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dd_incident_roles.policy.finding import NotEvaluated, Unasked
from dd_incident_roles.report.check_summary import cautions
from dd_incident_roles.report.checked import Checked
from dd_incident_roles.report.document import JsonValue
from dd_incident_roles.report.lines import counted, named
from dd_incident_roles.report.sarif_text import logical_location, message


def sarif_invocation(checked: Checked, index: Mapping[str, int], *, left_out: int) -> JsonValue:
    """One call of the program; ``left_out`` counts the findings that had no room.

    It succeeded if everything could be looked at, whatever was found.
    """
    verdict = checked.verdict
    return {
        "executionSuccessful": not (verdict.not_evaluated or verdict.said_nothing),
        "toolExecutionNotifications": [
            *(_gap(gap) for gap in verdict.not_evaluated),
            *_notices(checked, left_out),
        ],
        "toolConfigurationNotifications": [_unasked(each, index) for each in verdict.unasked],
    }


def _gap(gap: NotEvaluated) -> JsonValue:
    told = message(f"Not evaluated: {named(gap.incident)}: {gap.reason}")
    match gap.incident:
        case int() as number:
            locations = [{"logicalLocations": [logical_location(number)]}]
            return {"level": "error", "message": told, "locations": locations}
        case _:
            return {"level": "error", "message": told}


def _notices(checked: Checked, left_out: int) -> Iterator[JsonValue]:
    for caution in cautions(checked):
        yield {"level": "warning", "message": message(caution)}
    if left_out:
        text = f"{counted(left_out, 'finding')} left out here; --format json has all of them."
        yield {"level": "warning", "message": message(text)}


def _unasked(unasked: Unasked, index: Mapping[str, int]) -> JsonValue:
    text = (
        f"{unasked.rule} {unasked.name} had nothing to look at in "
        f"{counted(unasked.incidents, 'incident')}: {unasked.reason}"
    )
    number = index.get(unasked.rule)
    return {
        "level": "note",
        "message": message(text),
        "associatedRule": {
            "id": unasked.rule,
            **({} if number is None else {"index": number}),
        },
    }
