"""Requests to the API of GitHub or GitLab: JSON both ways, bounded, repeated where the other side asks for it."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stagewatch.findings import StagewatchError, UsageError, one_line

TIMEOUT = 30
"""Seconds for one request."""

MOST = 16 << 20
"""Bytes of one answer that are read: a page of a hundred comments of the greatest length has some seven million."""

ATTEMPTS = 4
WAITS = (1, 4, 15)
"""Seconds before each further attempt, unless the other side says how long."""

_LONGEST_WAIT = 60
_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*rel="next"')
_LOCAL = ("127.0.0.1", "::1", "localhost")


class Refused(StagewatchError):
    """The other side does not let us: no token, or one without the right to do this."""


class Unreachable(StagewatchError):
    """The other side does not answer, or not as its API does."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the JSON, and whether there is another page."""

    data: Any
    more: bool


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An API answers where it is asked. To follow it elsewhere would send the token there."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Web:
    """An API at ``base``, asked with these headers. ``wait`` is time.sleep but for tests."""

    base: str
    headers: Mapping[str, str]
    wait: Callable[[float], object] = time.sleep

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.base)
        if parts.scheme != "https" and parts.hostname not in _LOCAL:
            raise UsageError(f"will not send a token to {one_line(self.base)!r}: it must begin with https://")

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """One request. Raises :class:`Refused` and :class:`Unreachable`."""
        for attempt in range(ATTEMPTS):
            try:
                return self._call(method, path, body)
            except urllib.error.HTTPError as error:
                if error.code < 400:
                    raise Unreachable(f"{method} {path} was answered with a redirection") from error
                pause = _pause(method, error, attempt)
                if pause is None:
                    raise _failure(method, path, error) from error
            except (OSError, ValueError) as error:  # no connection, an answer that is no JSON
                pause = WAITS[attempt] if attempt < len(WAITS) and method != "POST" else None
                if pause is None:
                    reason = one_line(str(getattr(error, "reason", error)))
                    raise Unreachable(f"{method} {path} failed: {reason}") from error
            self.wait(pause)
        raise Unreachable(f"{method} {path} failed {ATTEMPTS} times")

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> Answer:
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            self.base.rstrip("/") + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={**self.headers, "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT) as answer:
            raw = answer.read(MOST + 1)
            if len(raw) > MOST:
                raise Unreachable(f"{method} {path} was answered with more than {MOST >> 20} MiB")
            link = answer.headers.get("Link", "")
        return Answer(json.loads(raw) if raw else None, _NEXT.search(link) is not None)


def _pause(method: str, error: urllib.error.HTTPError, attempt: int) -> float | None:
    """Seconds to wait before the next attempt, None where another one is of no use, or might do a thing twice."""
    if attempt >= len(WAITS):
        return None
    asked = error.headers.get("Retry-After", "")
    limited = error.code == 429 or (error.code == 403 and (asked or error.headers.get("X-RateLimit-Remaining") == "0"))
    if not limited and (error.code < 500 or method == "POST"):
        return None
    seconds = int(asked) if asked.isascii() and asked.isdigit() else WAITS[attempt]
    return seconds if seconds <= _LONGEST_WAIT else None


def _failure(method: str, path: str, error: urllib.error.HTTPError) -> StagewatchError:
    try:
        data = json.loads(error.read(65_536))
        told = str(data.get("message") or data.get("error") or "")
    except (OSError, ValueError, AttributeError):
        told = ""
    message = one_line(f"{method} {path} was answered with {error.code}{': ' if told else ''}{told[:200]}")
    return Refused(message) if error.code in (401, 403, 404) else Unreachable(message)
