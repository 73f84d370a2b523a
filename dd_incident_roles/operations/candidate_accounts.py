"""The accounts of people who were found, each read by its id so that nobody is mistaken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dd_incident_roles.datadog.accounts import is_invited
from dd_incident_roles.datadog.users import Users
from dd_incident_roles.datadog.wire.users import User
from dd_incident_roles.errors import DatadogError
from dd_incident_roles.model import Person, PersonKind, UserId
from dd_incident_roles.operations.application import Application
from dd_incident_roles.policy.surroundings import Account, NotRead
from dd_incident_roles.sync.threads import in_threads


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateAccount:
    """A person and the account; ``is_pending`` says that it was invited and never used."""

    person: Person
    account: Account | NotRead
    is_pending: bool = False


def candidate_accounts(
    application: Application, user_ids: Iterable[UserId], included: Mapping[UserId, User]
) -> dict[UserId, CandidateAccount]:
    """Read each account once, as it is now.

    On-Call does not tell whether an account is in use, nor a team whether it was ever used
    (recordings). Somebody whose account cannot be read is known by what was ``included`` beside
    the finding, if only the id. Raises DatadogError where every further request would fail too.
    """
    wanted = tuple(dict.fromkeys(user_ids))
    users = Users(application.session)

    def read(user_id: UserId) -> CandidateAccount:
        try:
            return _account(application, users.get(user_id))
        except DatadogError as error:
            if error.stops_the_run:
                raise
            known = application.directory.person(included.get(user_id) or User(id=user_id))
            problem = NotRead(reason=error.message.rstrip("."))
            return CandidateAccount(person=known, account=problem)

    found = in_threads(read, wanted, at_most=application.settings.concurrency)
    return dict(zip(wanted, found, strict=True))


def _account(application: Application, user: User) -> CandidateAccount:
    person = application.directory.person(user)
    is_person = application.directory.is_somebody(person)
    if not is_person or person.kind is PersonKind.SERVICE_ACCOUNT:
        account = Account.SERVICE_ACCOUNT
    else:
        account = Account.PERSON if user.active else Account.DEACTIVATED
    return CandidateAccount(
        person=person,
        account=account,
        is_pending=is_invited(user),
    )
