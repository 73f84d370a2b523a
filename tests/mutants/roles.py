"""The safety rules of role sync, each with the edit that switches it off."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_MACHINE = "tests/sync/test_role_machine.py"
_SEAT = "tests/sync/test_decide_seat.py"
_MEMBERSHIP = "tests/sync/test_decide_membership.py"
_STORIES = "tests/sync/test_role_stories.py"
_REFUSED = "tests/endtoend/test_refused_writes.py"
_SECOND_LOOK = "tests/operations/test_second_look.py"
_DIRECTORY = "tests/datadog/test_directory.py"

ROLES = (
    Mutant(
        rule="a record of one organisation takes no keys of another",
        file="dd_incident_roles/datadog/organisation.py",
        before="    if kept and kept.is_another_than(found):",
        after="    if False:",
        tests=("tests/endtoend/test_organisation.py",),
    ),
    Mutant(
        rule="the organisation is asked for before anything else",
        file="dd_incident_roles/datadog/http.py",
        before="        if self._check and path != CURRENT_USER:",
        after="        if False:",
        tests=("tests/endtoend/test_organisation.py",),
    ),
    Mutant(
        rule="an incident is gone at the second look a grace later",
        file="dd_incident_roles/model.py",
        before="return replace(self, gone=at) if at - self.missed >= grace else self",
        after="return replace(self, gone=at)",
        tests=("tests/store/test_absences.py",),
    ),
    Mutant(
        rule="a settings file does not say where the keys go",
        file="dd_incident_roles/settings/loading.py",
        before="    for given in addresses:",
        after="    for given in ():",
        tests=("tests/test_settings_refusals.py",),
    ),
    Mutant(
        rule="a page is of the configured site",
        file="dd_incident_roles/operations/reference.py",
        before="    if settings.shows_pages_of(host):",
        after="    if True:",
        tests=("tests/operations/test_reference.py",),
    ),
    Mutant(
        rule="an absence is believed only twice",
        file="dd_incident_roles/sync/role_plan.py",
        before="        return first is not None and self.now - first >= self.grace",
        after="        return first is not None",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="an absence is noted before it is believed",
        file="dd_incident_roles/sync/role_plan.py",
        before="        return first is not None and self.now - first >= self.grace",
        after="        return first is None or self.now - first >= self.grace",
        tests=(_STORIES, _MACHINE),
    ),
    Mutant(
        rule="our own write is known again (seat)",
        file="dd_incident_roles/sync/decide_seat.py",
        before="    if remote in sides.attempted:",
        after="    if False:",
        tests=(_SEAT, _MACHINE),
    ),
    Mutant(
        rule="our own write is known again (membership)",
        file="dd_incident_roles/sync/decide_membership.py",
        before="    base = sides.remote if landed and trusted else sides.base",
        after="    base = sides.base",
        tests=(_MEMBERSHIP, _MACHINE),
    ),
    Mutant(
        rule="an old listing brings nobody back",
        file="dd_incident_roles/sync/former.py",
        before="    return not _is_old(link, terms) and not newer",
        after="    return False",
        tests=(_MACHINE,),
    ),
    Mutant(
        rule="a reading made after the change is believed",
        file="dd_incident_roles/sync/former.py",
        before="    return not _is_old(link, terms) and not newer",
        after="    return not _is_old(link, terms)",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="somebody named again after an absence is a new wish",
        file="dd_incident_roles/sync/plan_memberships.py",
        before="base=self.link is not None and not self._renewed",
        after="base=self.link is not None",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="a missing row is never a removal",
        file="dd_incident_roles/sync/local.py",
        before="return Local.RELEASED if rows else Local.UNKNOWN",
        after="return Local.RELEASED",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="a missing row never empties a seat",
        file="dd_incident_roles/sync/decide_seat.py",
        before="    if sides.local is None and not sides.deliberate:",
        after="    if False:",
        tests=(_SEAT,),
    ),
    Mutant(
        rule="a handover that was cut off is finished",
        file="dd_incident_roles/sync/decide_seat.py",
        before="    if sides.attempted & sides.remote and not strangers:",
        after="    if False:",
        tests=(_SEAT, _MACHINE),
    ),
    Mutant(
        rule="several holders that people chose are left alone",
        file="dd_incident_roles/sync/decide_seat.py",
        before="    if sides.attempted & sides.remote and not strangers:",
        after="    if sides.attempted & sides.remote:",
        tests=(_SEAT,),
    ),
    Mutant(
        rule="an intent is on disk before the write",
        file="dd_incident_roles/sync/apply.py",
        before="        self._commit(self._intent(write), expected=self.version)",
        after="        pass",
        tests=(_MACHINE, _STORIES),
    ),
    Mutant(
        rule="a write that was declined leaves no intent behind",
        file="dd_incident_roles/sync/apply.py",
        before="        if not error.ambiguous:\n            self._commit(self._withdrawn(write))",
        after="        pass",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="a write whose answer was lost keeps its intent",
        file="dd_incident_roles/sync/apply.py",
        before="        if not error.ambiguous:",
        after="        if True:",
        tests=(_MACHINE, _STORIES),
    ),
    Mutant(
        rule="the record's part is refused when somebody was quicker",
        file="dd_incident_roles/sync/apply.py",
        before="edits, expected_version=plan.state.version)",
        after="edits)",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="nothing is written for a role that changed hands here meanwhile",
        file="dd_incident_roles/sync/apply.py",
        before="        self._commit(self._intent(write), expected=self.version)",
        after="        self._commit(self._intent(write))",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="the guard holds back what strips an incident",
        file="dd_incident_roles/sync/guard.py",
        before="hold_back(plan, subjects |",
        after="hold_back(plan, set() |",
        tests=("tests/sync/test_guard.py",),
    ),
    Mutant(
        rule="the guard per incident: what is held back in one stops no other",
        file="dd_incident_roles/sync/run.py",
        before="        return self._carry_out(planned)",
        after="        if planned.refusal:\n"
        "            from dd_incident_roles.errors import RateLimited\n"
        "            self.halt.consider(RateLimited('guard'), reading=False)\n"
        "        return self._carry_out(planned)",
        tests=("tests/sync/test_run.py",),
    ),
    Mutant(
        rule="the guard per incident: everything else of the incident goes on",
        file="dd_incident_roles/sync/run.py",
        before="        if self.terms.dry_run:",
        after="        if self.terms.dry_run or planned.refusal:",
        tests=("tests/operations/test_record_then_sync.py",),
    ),
    Mutant(
        rule="a contradicting listing of responders ends no role",
        file="dd_incident_roles/datadog/target.py",
        before="if team is None or contradiction_of(reading, team.listing) is None:",
        after="if True:",
        tests=("tests/operations/test_guard.py",),
    ),
    Mutant(
        rule="what the guard holds back of a role is not written",
        file="dd_incident_roles/sync/hold_back.py",
        before="if not _is_of(each, subjects)",
        after="if True",
        tests=("tests/sync/test_guard.py",),
    ),
    Mutant(
        rule="what people removed in the target waits for half an hour",
        file="dd_incident_roles/sync/guard.py",
        before="and now >= removal.settles",
        after="",
        tests=("tests/sync/test_guard.py",),
    ),
    Mutant(
        rule="one failing incident does not stop the others",
        file="dd_incident_roles/sync/halt.py",
        before="            if self._reason is None and (error.stops_the_run or denied):",
        after="            if self._reason is None:",
        tests=("tests/sync/test_run.py",),
    ),
    Mutant(
        rule="refusal at rest",
        file="dd_incident_roles/sync/resting.py",
        before="        if row.rests(terms.now) and not",
        after="        if False and not",
        tests=(_REFUSED,),
    ),
    Mutant(
        rule="a refused write is sent again once something about it changed",
        file="dd_incident_roles/sync/resting.py",
        before="        and row.fingerprint == fingerprint_of(wished[row.about], plan.reading)",
        after="        and True",
        tests=(_REFUSED,),
    ),
    Mutant(
        rule="an incident in which nothing can be carried is not read for ever",
        file="dd_incident_roles/operations/sync_incidents.py",
        before="each not in known and not _rests(application, each)",
        after="each not in known",
        tests=("tests/endtoend/test_waiting_incidents.py",),
    ),
    Mutant(
        rule="a second look before the commander is written",
        file="dd_incident_roles/datadog/write_commander.py",
        before="        if not present <= before:",
        after="        if False:",
        tests=(_SECOND_LOOK,),
    ),
    Mutant(
        rule="a second look before a role assignment is written",
        file="dd_incident_roles/datadog/write_assignment.py",
        before="        if not frozenset(leaving) <= before:",
        after="        if False:",
        tests=(_SECOND_LOOK,),
    ),
    Mutant(
        rule="a second look before a role's field is written",
        file="dd_incident_roles/datadog/write_field.py",
        before="        if not present - {after} <= before:",
        after="        if False:",
        tests=(_SECOND_LOOK,),
    ),
    Mutant(
        rule="a redirect is never followed",
        file="dd_incident_roles/datadog/transport.py",
        before="    session = _NoRedirects()",
        after="    session = requests.Session()",
        tests=("tests/datadog/test_secrecy.py",),
    ),
    Mutant(
        rule="a redirect is refused and no answer",
        file="dd_incident_roles/datadog/refusals.py",
        before="        case _ if 300 <= status < 400:",
        after="        case _ if False:",
        tests=("tests/datadog/test_secrecy.py",),
    ),
    Mutant(
        rule="only a person takes a role from several",
        file="dd_incident_roles/sync/decide_seat.py",
        before="    if sides.commanded and sides.local is not None:",
        after="    if sides.local is not None:",
        tests=(_SEAT,),
    ),
    Mutant(
        rule="identity by account",
        file="dd_incident_roles/datadog/directory.py",
        before="        if owner is None or owner.user_id in {None, person.user_id}:",
        after="        if True:",
        tests=(_DIRECTORY,),
    ),
    Mutant(
        rule="identity by account: a service account takes no e-mail",
        file="dd_incident_roles/datadog/directory.py",
        before="        if person.kind is PersonKind.SERVICE_ACCOUNT:",
        after="        if False:",
        tests=(_DIRECTORY,),
    ),
    Mutant(
        rule="identity by account: a service account gets no role",
        file="dd_incident_roles/datadog/accounts.py",
        before="    people = [user for user in matches.exact if not is_service(user)]",
        after="    people = list(matches.exact)",
        tests=(_DIRECTORY,),
    ),
    Mutant(
        rule="identity by account: Datadog is asked before a role is given",
        file="dd_incident_roles/operations/find_person.py",
        before="    if not asks:",
        after="    if True:",
        tests=(
            "tests/endtoend/test_identity.py::test_an_account_is_looked_at_before_it_gets_a_role",
        ),
    ),
)
