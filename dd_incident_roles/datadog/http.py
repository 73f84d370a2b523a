"""The one HTTP session with Datadog: keys, time-outs, patience with readings, none with writes."""

from __future__ import annotations

import json
import logging
import math
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import takewhile
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import urlencode

import requests
import urllib3
from requests import PreparedRequest, Request
from requests.adapters import BaseAdapter
from requests.auth import AuthBase

from dd_incident_roles import transport
from dd_incident_roles.datadog import failures, wire
from dd_incident_roles.datadog.wire import Answer, is_write
from dd_incident_roles.errors import DatadogError, RateLimited, UnexpectedAnswer
from dd_incident_roles.patience import Patience, TookTooLong
from dd_incident_roles.transport import Secret

CURRENT_USER = "/api/v2/current_user"

CLOCKS_AGREE = timedelta(minutes=1)
"""How far two clocks may be apart without a word, and without a consequence."""

T = TypeVar("T")

TRIES = 4
"""How often a reading is sent in all when the connection or the server fails."""

TRANSIENT = frozenset({502, 503, 504})
"""Statuses of a server that is likely to answer the same reading in a moment."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0
_DAY = 86_400.0
_PART_BYTES = 65_536

_PLAIN = re.compile(r"[\w./~%-]*", re.ASCII)
"""A path that needs no quoting."""

_log = logging.getLogger("dd_incident_roles.datadog")


class Credentials(AuthBase):
    """An API key and an application key, or a token in their place; none is ever shown.

    As the session's ``auth`` they also keep requests from consulting ~/.netrc. Raises
    ConfigurationError when one is missing, is empty or could not stand in an HTTP header.
    """

    def __init__(
        self,
        *,
        api_key: str | Secret | None = None,
        app_key: str | Secret | None = None,
        bearer_token: str | Secret | None = None,
    ) -> None:
        given = {"DD_BEARER_TOKEN": bearer_token}
        if bearer_token is None:
            given = {"DD_API_KEY": api_key, "DD_APP_KEY": app_key}
        self._texts = {
            setting: transport.usable_secret(secret or "", setting=setting, title="Datadog")
            for setting, secret in given.items()
        }

    def __repr__(self) -> str:
        return "Credentials(***)"

    def __reduce__(self) -> str:
        raise TypeError("Credentials are never written anywhere.")

    @property
    def settings(self) -> Sequence[str]:
        """The variables that they come from, for sentences."""
        return tuple(self._texts)

    @property
    def is_token(self) -> bool:
        """Whether it is one token, of which the API key alone cannot be told."""
        return "DD_BEARER_TOKEN" in self._texts

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the keys to a request.

        A personal access token alone is enough (other clients).
        """
        if self.is_token:
            request.headers["Authorization"] = f"Bearer {self._texts['DD_BEARER_TOKEN']}"
        else:
            request.headers["DD-API-KEY"] = self._texts["DD_API_KEY"]
            request.headers["DD-APPLICATION-KEY"] = self._texts["DD_APP_KEY"]
        return request

    def fingerprint(self, salt: str) -> str:
        """A text by which these keys are known again, and which says nothing of them."""
        text = "\n".join((salt, *self._texts.values()))
        return sha256(text.encode()).hexdigest()

    def secrets(self) -> Sequence[str]:
        """What must not appear in any text, the longer one first."""
        return sorted(self._texts.values(), key=len, reverse=True)


class Session:
    """Sends requests to one Datadog, from any number of threads.

    ``connect_timeout``, ``read_timeout`` and ``max_wait`` are seconds; ``max_wait`` caps all the
    pauses of one request together, and ``patience`` everything. Only a GET is sent again by itself;
    every other method is sent exactly once. Raises ConfigurationError for an address or a key that
    cannot be used. ``connections_of`` is a session with the same keys whose connections are used,
    and stay open.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str | Secret | None = None,
        app_key: str | Secret | None = None,
        bearer_token: str | Secret | None = None,
        connect_timeout: float,
        read_timeout: float,
        max_wait: float,
        concurrency: int,
        sleep: Callable[[float], None],
        jitter: Callable[[], float],
        clock: Callable[[], datetime],
        patience: Patience | None = None,
        connections_of: Session | None = None,
    ) -> None:
        self._address = transport.parse_address(base_url)
        self._credentials = Credentials(api_key=api_key, app_key=app_key, bearer_token=bearer_token)
        self._timeouts = (connect_timeout, read_timeout)
        self._patience = patience or Patience(answer_seconds=connect_timeout + read_timeout)
        self._max_wait = max_wait
        self._jitter = jitter
        self._sleep = sleep
        self._clock = clock
        self._ahead: timedelta | None = None
        self._sent: Counter[str] = Counter()
        self._counting = Lock()
        self._check: Callable[[], None] | None = None
        self._answers: Counter[str] = Counter()
        self._is_lent = connections_of is not None
        self._requests: requests.Session = (
            connections_of._requests
            if connections_of
            else transport.open_transport(self._credentials, self._address, concurrency)
        )

    def __repr__(self) -> str:
        return f"Session({self._address.url!r})"

    @property
    def base_url(self) -> str:
        """Where requests go, without a trailing slash."""
        return self._address.url

    @property
    def host(self) -> str:
        """The host that answers, for sentences."""
        return self._address.host

    @property
    def credentials(self) -> Credentials:
        """The keys."""
        return self._credentials

    def begin_with(self, check: Callable[[], None]) -> None:
        """Check something before every request, but for that of who owns the keys."""
        self._check = check

    @property
    def requests(self) -> dict[str, int]:
        """How many requests were sent up to now, by method."""
        with self._counting:
            return dict(self._sent)

    @property
    def answers(self) -> dict[str, int]:
        """How many answers came up to now by class of status, such as "2xx"; "none" did not."""
        with self._counting:
            return dict(self._answers)

    @property
    def clock_ahead(self) -> timedelta:
        """How far Datadog's clock is ahead of ours by the newest answer; zero where both agree."""
        ahead = self._ahead or timedelta()
        return ahead if abs(ahead) > CLOCKS_AGREE else timedelta()

    @property
    def clock_gap(self) -> timedelta | None:
        """The same however small it is; None before an answer told the time."""
        return self._ahead

    def close(self) -> None:
        """Close the connections that are kept open, unless they are another's."""
        if not self._is_lent:
            self._requests.close()

    def get(self, path: str, read: Callable[[bytes], T], params: wire.Params = ()) -> T:
        """Ask for a resource and read the answer with ``read``; raises DatadogError."""
        return self._read(self.send("GET", path, params=params), read)

    def get_all(
        self,
        path: str,
        read: Callable[[bytes], wire.Page[T]],
        params: wire.Params = (),
        *,
        size: int = wire.PAGE_SIZE,
    ) -> Iterator[tuple[str, T]]:
        """Ask for every row of a listing whose pages have numbers; raises DatadogError."""
        return wire.paged(
            lambda number, _: self.get(
                path, read, (*params, *wire.page_params(size=size, number=number))
            )
        )

    def post(self, path: str, body: Mapping[str, object], read: Callable[[bytes], T]) -> T:
        """Create something, once, and read the answer; raises DatadogError."""
        return self._read(self.send("POST", path, body=body), read)

    def patch(self, path: str, body: Mapping[str, object], read: Callable[[bytes], T]) -> T:
        """Change something, once, and read the answer; raises DatadogError."""
        return self._read(self.send("PATCH", path, body=body), read)

    def delete(self, path: str) -> None:
        """Remove something, once; what the answer holds is of no use. Raises DatadogError."""
        self.send("DELETE", path)

    def send(
        self,
        method: str,
        path: str,
        *,
        params: wire.Params = (),
        body: Mapping[str, object] | None = None,
    ) -> Answer:
        """Send one request by the rules of this session and return its 2xx answer.

        Raises DatadogError for everything else.
        """
        if self._check and path != CURRENT_USER:
            self._check()
        encoded = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        waited, tried = 0.0, 0
        while True:
            tried += 1
            outcome = self._send_once(method, path, params, encoded)
            if isinstance(outcome, Answer):
                if outcome.ok:
                    return outcome
                failure = failures.refusal(
                    outcome,
                    host=self.host,
                    secrets=self._credentials.secrets(),
                    keys=self._credentials.settings,
                )
            else:
                failure = outcome
            now = self._clock().timestamp()
            pause = pause_before_retry(outcome, tried, jitter=self._jitter, now=now)
            if pause is None or is_write(method):
                raise failure
            # A pause that cannot be taken whole is not begun: its end would come too late to send.
            if waited + pause > min(self._max_wait, waited + self._patience.left):
                raise self._too_long(failure, pause)
            self._sleep(pause)
            waited += pause

    def _send_once(
        self, method: str, path: str, params: wire.Params, body: bytes | None
    ) -> Answer | DatadogError:
        left = self._patience.left
        if left <= 0:
            return failures.out_of_time(method, path, self.host, self._patience.total_seconds)
        connect, read = (min(seconds, left) for seconds in self._timeouts)
        began, sent = time.monotonic(), self._clock()
        with self._counting:
            self._sent[method] += 1

        def exchange(is_abandoned: Callable[[], bool]) -> Answer:
            request = self._prepare(method, path, params, body)
            # By the adapter: the session would look for cookies and redirects in every answer.
            with self._adapter.send(request, timeout=(connect, read), **self._way) as response:
                # Read part by part: once nobody waits any more, the rest is not worth the traffic.
                parts = takewhile(lambda _: not is_abandoned(), response.iter_content(_PART_BYTES))
                return Answer(
                    method=method,
                    path=path,
                    status=response.status_code,
                    headers=response.raw.headers,
                    data=b"".join(parts),
                )

        outcome: Answer | DatadogError
        try:
            outcome = self._patience.call(
                exchange, lambda: failures.waiting_notice(method, path, self.host)
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, TookTooLong) as error:
            # Returned, not raised from here: the original holds the keys and must not be chained.
            outcome = failures.transport_error(error, method=method, path=path, host=self.host)
        shown: int | str = type(outcome).__name__
        status_class = "none"
        if isinstance(outcome, Answer):
            shown = outcome.status
            status_class = f"{outcome.status // 100}xx"
            # What a gateway says that fails in between has no say about Datadog's time.
            if outcome.status < 400:
                self._compare_clocks(outcome.headers, sent)
        with self._counting:
            self._answers[status_class] += 1
        milliseconds = (time.monotonic() - began) * 1000
        _log.debug("%s %s: %s in %.0f ms", method, path, shown, milliseconds)
        return outcome

    def _prepare(
        self, method: str, path: str, params: wire.Params, body: bytes | None
    ) -> PreparedRequest:
        url = self._address.url + path
        if method != "GET" or not _PLAIN.fullmatch(path):
            headers = {} if body is None else {"Content-Type": "application/json"}
            asked = Request(method, url, params=list(params), data=body, headers=headers)
            return self._requests.prepare_request(asked)
        # A reading differs from any other in its address alone: to prepare it takes half the time
        # that requests needs for it.
        prepared = PreparedRequest()
        prepared.method, prepared.headers = method, self._reading.headers
        prepared.url = f"{url}?{_query(tuple(params))}" if params else url
        return prepared

    @cached_property
    def _reading(self) -> PreparedRequest:
        """A reading with all that is the same in each."""
        return self._requests.prepare_request(Request("GET", self._address.url))

    @cached_property
    def _adapter(self) -> BaseAdapter:
        return self._requests.get_adapter(self._address.url)

    @cached_property
    def _way(self) -> Mapping[str, Any]:
        """The proxies and certificates of the environment; answers are read as they come."""
        return self._requests.merge_environment_settings(self._address.url, {}, True, None, None)

    def _compare_clocks(self, headers: Mapping[str, str], sent: datetime) -> None:
        """Learn how far the clocks are apart; ``Date`` lies between sending and receiving."""
        shown = _moment(headers.get("Date", ""))
        # "-0000" says that the zone is unknown, and so is then the moment.
        if shown and shown.tzinfo:
            self._ahead = max(shown - self._clock(), min(shown - sent, timedelta()))

    def _too_long(self, failure: DatadogError, pause: float) -> DatadogError:
        if not isinstance(failure, RateLimited):
            return failure
        longest = min(self._max_wait, self._patience.total_seconds or self._max_wait)
        limited = RateLimited(
            f"{failure.message} It asks for a pause of {pause:.0f} s; one request waits "
            f"{longest:.0f} s at most.",
            hint=failure.hint,
            status=failure.status,
        )
        limited.pause = pause
        return limited

    def _read(self, answer: Answer, read: Callable[[bytes], T]) -> T:
        problem: str
        try:
            return read(answer.data)
        except UnexpectedAnswer as error:
            problem = error.message
        asked = failures.in_words(answer.method, answer.path)
        raise UnexpectedAnswer(
            f"The answer of {self.host} ({asked}) {problem}",
            hint=failures.ambiguity_hint(answer.method) or f"Check DD_SITE (now: {self.host}).",
            status=answer.status,
            ambiguous=answer.is_write,
        )


def pause_before_retry(
    outcome: Answer | DatadogError, tried: int, *, jitter: Callable[[], float], now: float
) -> float | None:
    """Seconds before a reading is sent again after ``tried`` failed tries, None when it is not.

    They double, up to 8, and half of them is random. After a 429 they are what Datadog asks for and
    a little, never no time. ``jitter`` returns a number from 0 to 1; ``now`` is in seconds since
    1970, for an answer that says when and not what time it is.
    """
    status = outcome.status if isinstance(outcome, Answer) else None
    # A rate limit always ends; only the sum of its pauses is limited.
    if status != 429 and (tried >= TRIES or status not in {None, *TRANSIENT}):
        return None
    # Runs that failed together must not come back together.
    # Tries after a rate limit have no last one, and a power of two overflows in the end.
    half = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(tried - 1, 10)) / 2
    pause = half + half * jitter()
    if not isinstance(outcome, Answer) or status != 429:
        return pause
    asked = requested_pause(outcome.headers, now)
    # A reset of nothing must not make a tight loop, and a random part is only ever added.
    return pause if asked is None else max(asked, pause) + jitter() / 2


def requested_pause(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that an answer asks to wait, None if it does not say.

    ``Retry-After`` is in seconds or a date. ``X-RateLimit-Reset`` counts seconds until the limit is
    lifted (document, and one recording), or names the moment where it is larger than a day. A
    moment is compared with the answer's own date, else with ``now``, in seconds since 1970.
    """
    sent = _moment(headers.get("Date", ""))
    clock = sent.timestamp() if sent else now
    after = headers.get("Retry-After", "")
    if moment := _moment(after):
        return max(0.0, moment.timestamp() - clock)
    if (seconds := _seconds(after)) is not None:
        return seconds
    reset = _seconds(headers.get("X-RateLimit-Reset", ""))
    return max(0.0, reset - clock) if reset is not None and reset > _DAY else reset


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    # "nan" and "inf" are floats to Python, and no pause that one can take.
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


# Most readings have one of a few.
@lru_cache(maxsize=64)
def _query(params: tuple[tuple[str, str], ...]) -> str:
    return urlencode(params)


# Many answers come within one second.
@lru_cache(maxsize=8)
def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
