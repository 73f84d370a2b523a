"""What every client of a tracker or a chat shares: the way there, its limits, its failures."""

from __future__ import annotations

from collections.abc import Callable, Collection
from threading import Lock
from typing import Final, TypeVar

import requests
import urllib3
from pydantic import TypeAdapter, ValidationError

from dd_incident_roles.errors import PlaceError
from dd_incident_roles.patience import TookTooLong
from dd_incident_roles.transport import (
    NEVER_SENT,
    Access,
    Header,
    open_transport,
    parse_address,
    quoted,
    reason_of,
    usable_secret,
)
from dd_incident_roles.words import clause

T = TypeVar("T")

_DECLINED: Final = frozenset({400, 405, 409, 410, 413, 422})


class Answered(Exception):
    """An answer that is no success, in what every system has: a status and a sentence.

    ``scope`` is what the token lacks, where the answer names it. ``is_limit`` says that a rate
    limit is reached, whatever the status; ``pause`` is how many seconds it asks to wait. ``hint``
    is what to do about a refusal, where the adapter knows it.
    """

    def __init__(
        self,
        status: int,
        said: str = "",
        *,
        scope: str | None = None,
        is_limit: bool = False,
        pause: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(said)
        self.status = status
        self.said = said
        self.scope = scope
        self.is_limit = is_limit
        self.pause = pause
        self.hint = hint


class PlaceClient:
    """Asks one tracker or chat, one request at a time, and turns what goes wrong into PlaceError.

    ``target`` is the word for it in reports, which its variables have too, ``title`` its name for
    people, and ``needs`` what its token must be allowed to do. The token never appears in an error.
    ``advice`` is added where an answer is not what the system gives. Nothing is sent twice: a
    reading that fails fails, and the next run reads again. Raises ConfigurationError for an address
    or a token that cannot be used.
    """

    def __init__(
        self, access: Access, *, target: str, title: str, needs: str, advice: str = ""
    ) -> None:
        self._target = target
        self._title = title
        self._needs = needs
        self._setting = f"DD_INCIDENT_ROLES_{target.upper()}_TOKEN"
        self.address = parse_address(
            access.base_url, setting=f"DD_INCIDENT_ROLES_{target.upper()}_URL"
        )
        self.secret = usable_secret(access.token, setting=self._setting, title=title)
        self._secrets = [self.secret]
        self._patience = access.patience
        self._watch = access.watch
        self._advice = advice
        # The libraries do not promise to be safe between threads, and the limits are low.
        self._lock = Lock()

    def open_session(self, header: str | None = None, value: str = "") -> requests.Session:
        """A session with the address, with a header on each request that has the token in it."""
        # What a scheme such as Basic makes of the token is a secret as well.
        # Never an empty text: to replace it would put stars between all letters.
        self._secrets.append(value.rpartition(" ")[2] or self.secret)
        auth = Header(header, value, below=self.address.url)
        return open_transport(auth, self.address, 1, self._watch)

    def ask(self, call: Callable[[], T], what: str, *, writes: bool = False) -> T:
        """Make one call of a library, which raises Answered or an error of requests.

        ``what`` is what is asked, such as ``reading owner/repo#12``; raises PlaceError.
        """
        if self._patience.left <= 0:
            raise self._error(f"The time is over, so {what} was not tried.", "Run again.")
        try:
            with self._lock:
                return self._patience.call(
                    lambda _: call(), lambda: f"Waiting for {self.address.host}: {what} ..."
                )
        except Answered as answer:
            failure = self.refusal(answer, what, writes=writes)
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            TookTooLong,
        ) as error:
            failure = self._unanswered(error, what, writes=writes)
        # Raised from here: the original holds the request, and with it the token.
        raise failure

    def refusal(self, answer: Answered, what: str, *, writes: bool) -> PlaceError:
        """The error for an answer that is no success."""
        said = quoted(answer.said, self._secrets)
        detail = f": {clause(said)}." if said else "."
        status = answer.status
        needs = answer.scope or self._needs
        if answer.is_limit or status == 429:
            wait = f" It asks for a pause of {answer.pause} s." if answer.pause else ""
            message = f"{self._title}'s rate limit is reached ({what}){detail}{wait}"
            return self._error(message, "Run again later.", status=status, stops=True)
        match status:
            case 401:
                message = f"{self._title} does not accept the token ({what}){detail}"
                hint = f"Check {self._setting}, and that the token has not expired."
                return self._error(message, hint, status=status, stops=True)
            case 403:
                message = f"{self._title} does not allow {what} with this token{detail}"
                return self._error(
                    message, f"It needs {needs}.", status=status, declines=writes, stops=not writes
                )
            case _ if 300 <= status < 400:
                message = f"{self._title} answered with a redirect ({what}), which is not followed."
                hint = "It would carry the token to another address. Check the address."
                return self._error(message, hint, status=status, ambiguous=writes)
            case 404:
                message = f"{self._title} does not show it ({what}){detail}"
                unseen = f"It was deleted or moved, or the token does not see it: it needs {needs}."
                return self._error(message, answer.hint or unseen, status=status, declines=writes)
            case _ if status in _DECLINED:
                message = f"{self._title} refused {what} ({status}){detail}"
                return self._error(message, answer.hint, status=status, declines=writes)
            case _:
                message = f"{self._title} answered {what} with {status}{detail}"
                return self._error(message, _again(writes), status=status, ambiguous=writes)

    def parse(self, shape: type[T], body: str | bytes, what: str, *, writes: bool = False) -> T:
        """Read an answer in JSON; raises PlaceError where it is not of this shape."""
        try:
            return TypeAdapter(shape).validate_json(body)
        except ValidationError as error:
            # Without what pydantic quotes of the answer.
            first = error.errors(include_input=False, include_url=False)[0]
        detail = ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))
        problem = f"is not what {self._title} gives ({detail})."
        raise self.unexpected(what, f"{problem} {self._advice}".rstrip(), writes=writes)

    def unexpected(self, what: str, problem: str, *, writes: bool = False) -> PlaceError:
        """The error for an answer that is not what the system gives, such as a page of HTML."""
        message = f"The answer of {self.address.host} ({what}) {problem}"
        return self._error(message, _again(writes), ambiguous=writes)

    def not_shown(self, what: str) -> PlaceError:
        """The error for a write that was accepted and is not in place: asked again, it fails so."""
        return self._error(what, None, declines=True)

    def _unanswered(self, error: Exception, what: str, *, writes: bool) -> PlaceError:
        if isinstance(error, NEVER_SENT) or isinstance(
            reason_of(error), urllib3.exceptions.NewConnectionError | urllib3.exceptions.SSLError
        ):
            hint = "Check the network, the proxy and the address."
            return self._error(f"Could not connect to {self.address.host} ({what}).", hint)
        late = isinstance(error, requests.Timeout | TookTooLong | TimeoutError)
        why = "it took too long" if late else "the connection was dropped"
        message = f"{self.address.host} did not answer ({what}): {why}."
        return self._error(message, _again(writes), ambiguous=writes)

    def _error(
        self,
        message: str,
        hint: str | None,
        *,
        status: int | None = None,
        ambiguous: bool = False,
        declines: bool = False,
        stops: bool = False,
    ) -> PlaceError:
        return PlaceError(
            message,
            target=self._target,
            hint=hint,
            status=status,
            ambiguous=ambiguous,
            declines_write=declines,
            stops_the_run=stops,
        )


def unless(statuses: Collection[int], ask: Callable[[], T]) -> T | None:
    """What is answered, None where that is a failure with one of these statuses."""
    try:
        return ask()
    except PlaceError as error:
        if error.status not in statuses:
            raise
        return None


def _again(writes: bool) -> str:
    if writes:
        return "It may still have been applied. Run `dd-incident-roles sync`, which looks first."
    return "Run again."
