"""When the record first looked at an incident: what came before is not known here."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from dd_incident_roles.store.opening import open_record
from tests.store.samples import ONE, START, clock, incident


def test_the_first_look_stays(location: Path) -> None:
    """Later looks, with or without news, leave the instant of the first one as it is."""
    with open_record(str(location), clock=clock) as record:
        assert record.first_seen(ONE) is None
        record.remember(incident(), {}, START)
        record.remember(incident(severity="SEV-1"), {}, START + timedelta(hours=1))
        assert record.first_seen(ONE) == START
