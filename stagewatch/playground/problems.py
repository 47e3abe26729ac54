"""What is wrong with a text that a person has pasted, and how large it may be."""

from __future__ import annotations

from stagewatch.findings import StagewatchError

MAX_RULE = 65_536
"""Bytes of a rule's text; the largest public Sigma rule has about 60 kB."""

MAX_EVENT = 262_144
"""Bytes of an event's text; a record of a Windows event log has at most 64 kB, in UTF-16."""


class Unreadable(StagewatchError):
    """A text cannot be read. ``line`` counts from 1, None where it is not known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def encoded(text: str, limit: int) -> bytes:
    """The text in UTF-8. Raises :class:`Unreadable` where it is too large or holds half of a character."""
    try:
        raw = text.encode()
    except UnicodeEncodeError as error:
        raise Unreadable("it holds half of a character", text.count("\n", 0, error.start) + 1) from error
    if len(raw) > limit:
        raise Unreadable(f"it is larger than {limit // 1024} kB")
    return raw
