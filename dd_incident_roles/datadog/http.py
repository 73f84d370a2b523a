"""The one HTTP session with Datadog: timeouts, patience with readings, none with writes."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import takewhile
from threading import Lock
from typing import TypeVar

import requests
import urllib3

from dd_incident_roles.datadog.failures import (
    ambiguity_hint,
    out_of_time,
    refusal,
    transport_error,
    waiting_notice,
)
from dd_incident_roles.datadog.paging import Params
from dd_incident_roles.datadog.patience import Patience, TookTooLong
from dd_incident_roles.datadog.retry import TRANSIENT, RetryRule
from dd_incident_roles.datadog.transport import (
    Answer,
    Credentials,
    Secret,
    is_write,
    open_transport,
    parse_address,
)
from dd_incident_roles.errors import DatadogError, RateLimited, UnexpectedAnswer

CURRENT_USER = "/api/v2/current_user"

CLOCKS_AGREE = timedelta(minutes=1)
"""How far two clocks may be apart without a word, and without a consequence."""

T = TypeVar("T")

_PART_BYTES = 65_536

_log = logging.getLogger("dd_incident_roles.datadog")


class Session:
    """Sends requests to one Datadog, from any number of threads.

    ``connect_timeout``, ``read_timeout`` and ``max_wait`` are seconds; ``max_wait`` caps all the
    pauses of one request together, and ``patience`` everything. Only a GET is sent again by itself;
    every other method is sent exactly once. Raises ConfigurationError for an address or a key that
    cannot be used.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str | Secret,
        app_key: str | Secret,
        connect_timeout: float,
        read_timeout: float,
        max_wait: float,
        concurrency: int,
        sleep: Callable[[float], None],
        jitter: Callable[[], float],
        clock: Callable[[], datetime],
        patience: Patience | None = None,
    ) -> None:
        self._address = parse_address(base_url)
        self._credentials = Credentials(api_key=api_key, app_key=app_key)
        self._timeouts = (connect_timeout, read_timeout)
        self._patience = patience or Patience(answer_seconds=connect_timeout + read_timeout)
        self._rule = RetryRule(max_wait=max_wait, jitter=jitter, clock=clock)
        self._sleep = sleep
        self._clock = clock
        self._ahead = timedelta()
        self._sent: Counter[str] = Counter()
        self._counting = Lock()
        self._check: Callable[[], None] | None = None
        self._requests = open_transport(self._credentials, self._address, concurrency)

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
        """The keys; only the official client's configuration has another use for them."""
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
    def clock_ahead(self) -> timedelta:
        """How far Datadog's clock is ahead of ours by the newest answer; zero where both agree."""
        return self._ahead if abs(self._ahead) > CLOCKS_AGREE else timedelta()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._requests.close()

    def get(self, path: str, read: Callable[[bytes], T], params: Params = ()) -> T:
        """Ask for a resource and read the answer with ``read``; raises DatadogError."""
        return self._read(self.send("GET", path, params=params), read)

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
        params: Params = (),
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request by the rules of this session and return its 2xx answer.

        Raises DatadogError for everything else.
        """
        if self._check and path != CURRENT_USER:
            self._check()
        sent_headers = dict(headers or {})
        encoded = None
        if body is not None:
            encoded = json.dumps(body, separators=(",", ":")).encode()
            sent_headers = {"Content-Type": "application/json", **sent_headers}
        waited, tried = 0.0, 0
        while True:
            tried += 1
            came = self._send_once(method, path, params, encoded, sent_headers)
            if isinstance(came, Answer) and came.ok:
                return came
            failure = (
                refusal(came, host=self.host, secrets=self._credentials.secrets())
                if isinstance(came, Answer)
                else came
            )
            pause = None if is_write(method) else self._pause(came, tried)
            if pause is None:
                raise failure
            # A pause that cannot be taken whole is not begun: its end would come too late to send.
            if waited + pause > min(self._rule.max_wait, waited + self._patience.left):
                raise self._too_long(failure, pause)
            self._sleep(pause)
            waited += pause

    def _send_once(
        self,
        method: str,
        path: str,
        params: Params,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> Answer | DatadogError:
        left = self._patience.left
        if left <= 0:
            return out_of_time(method, path, self.host, self._patience.total_seconds)
        connect, read = (min(seconds, left) for seconds in self._timeouts)
        began, sent = time.monotonic(), self._clock()
        with self._counting:
            self._sent[method] += 1

        def exchange(is_awaited: Callable[[], bool]) -> Answer:
            with self._requests.request(
                method,
                self._address.url + path,
                params=list(params),
                data=body,
                headers=dict(headers),
                timeout=(connect, read),
                stream=True,
            ) as response:
                # Read part by part: once nobody waits any more, the rest is not worth the traffic.
                parts = takewhile(lambda _: is_awaited(), response.iter_content(_PART_BYTES))
                return Answer(
                    method=method,
                    path=path,
                    status=response.status_code,
                    headers=response.headers,
                    data=b"".join(parts),
                )

        try:
            answer = self._patience.call(exchange, waiting_notice(method, path, self.host))
        except (requests.RequestException, urllib3.exceptions.HTTPError, TookTooLong) as error:
            # Returned, not raised from here: the original holds the keys and must not be chained.
            failure = transport_error(error, method=method, path=path, host=self.host)
            self._log(method, path, type(failure).__name__, began)
            return failure
        self._log(method, path, answer.status, began)
        # What a gateway says that fails in between has no say about Datadog's time.
        if answer.status < 400:
            self._compare_clocks(answer.headers, sent)
        return answer

    def _compare_clocks(self, headers: Mapping[str, str], sent: datetime) -> None:
        """Learn how far the clocks are apart; ``Date`` lies between sending and receiving."""
        try:
            shown = parsedate_to_datetime(headers.get("Date", ""))
        except ValueError:
            return
        if shown.tzinfo:
            self._ahead = max(shown - self._clock(), min(shown - sent, timedelta()))

    def _pause(self, came: Answer | DatadogError, tried: int) -> float | None:
        """Seconds before a reading is sent again, None when it is not."""
        if isinstance(came, Answer):
            if came.status == 429:
                return self._rule.after_rate_limit(came.headers, tried)
            if came.status not in TRANSIENT:
                return None
        if tried >= self._rule.tries:
            return None
        return self._rule.backoff(tried)

    def _too_long(self, failure: DatadogError, pause: float) -> DatadogError:
        if not isinstance(failure, RateLimited):
            return failure
        longest = min(self._rule.max_wait, self._patience.total_seconds or self._rule.max_wait)
        return RateLimited(
            f"{failure.message} The pause would be {pause:.0f} s; "
            f"one request waits {longest:.0f} s at most.",
            hint=failure.hint,
            status=failure.status,
        )

    def _read(self, answer: Answer, read: Callable[[bytes], T]) -> T:
        problem: str
        try:
            return read(answer.data)
        except UnexpectedAnswer as error:
            problem = error.message
        raise UnexpectedAnswer(
            f"The answer of {self.host} to {answer.method} {answer.path} {problem}",
            hint=ambiguity_hint(answer.method) or f"Check DD_SITE (now: {self.host}).",
            status=answer.status,
            ambiguous=answer.is_write,
        )

    def _log(self, method: str, path: str, outcome: int | str, began: float) -> None:
        milliseconds = (time.monotonic() - began) * 1000
        _log.debug("%s %s: %s in %.0f ms", method, path, outcome, milliseconds)
