"""Which text of a query says which condition: signs that a renderer puts around what it writes, taken off afterwards.

Nothing is marked unless somebody asks with :func:`marked`, so a build writes what it always wrote. The signs are two
private characters around each condition; :func:`spans` takes them off and finds the same text in the query that was
written without them. Where the two differ in more than white space, as a renderer breaks lines by their length,
nothing is claimed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stagewatch import expression as ex

_OPEN, _CLOSE, _MOST = 0xF0000, 0x100000, 0xFFFD
"""The two private planes of Unicode, one for the signs before a condition, one for those behind it."""


@dataclass(frozen=True, slots=True)
class Said:
    """A condition that was written, and the class of the renderer that wrote it."""

    term: ex.Expression
    by: type


@dataclass(slots=True)
class Marks:
    """What was written while somebody was looking; the sign of a condition is its place in the list."""

    said: list[Said] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Span:
    """Where in a query a condition stands."""

    start: int
    end: int
    said: Said


_looking: ContextVar[Marks | None] = ContextVar("marks", default=None)


@contextlib.contextmanager
def marked() -> Iterator[Marks]:
    """Let everything that is rendered inside carry signs."""
    marks = Marks()
    token = _looking.set(marks)
    try:
        yield marks
    finally:
        _looking.reset(token)


def mark(term: ex.Expression, text: str, by: object) -> str:
    """The text of a condition, with signs around it while somebody looks. ``by`` is the renderer."""
    marks = _looking.get()
    if marks is None or len(marks.said) >= _MOST:
        return text
    number = len(marks.said)
    marks.said.append(Said(term, type(by)))
    return f"{chr(_OPEN + number)}{text}{chr(_CLOSE + number)}"


def without(text: str) -> str:
    """The text without signs."""
    return text if _looking.get() is None else "".join(char for char in text if ord(char) < _OPEN)


def within(text: str) -> tuple[str, str, str]:
    """The signs at the start of a text, what stands between, and the signs at its end."""
    if _looking.get() is None:
        return "", text, ""
    first = next((place for place, char in enumerate(text) if ord(char) < _OPEN), len(text))
    last = next((place for place in range(len(text), first, -1) if ord(text[place - 1]) < _OPEN), first)
    return text[:first], text[first:last], text[last:]


def distinct(texts: Iterable[str]) -> list[str]:
    """Each text once; one that comes again leaves its signs around the first."""
    kept: dict[str, str] = {}
    for text in texts:
        bare = without(text)
        before, _, behind = within(text) if bare in kept else ("", "", "")
        kept[bare] = f"{before}{kept.get(bare, text)}{behind}"
    return list(kept.values())


def spans(marks: Marks, text: str, query: str) -> list[Span] | None:
    """Where the marked conditions of ``text`` stand in ``query``, in order of their starts, outer ones first.

    None where the two are not the same text: then nothing is known.
    """
    if any(ord(char) >= _OPEN for char in query):
        return None
    places = [place for place, char in enumerate(query) if not char.isspace()]
    found: list[Span] = []
    opened: dict[int, int] = {}
    at = 0
    for char in text:
        code = ord(char)
        if code >= _CLOSE:
            number = code - _CLOSE
            begin = opened.pop(number, None)
            if begin is None or number >= len(marks.said):
                return None
            if begin < at:
                found.append(Span(places[begin], places[at - 1] + 1, marks.said[number]))
        elif code >= _OPEN:
            opened[code - _OPEN] = at
        elif not char.isspace():
            if at >= len(places) or query[places[at]] != char:
                return None
            at += 1
    if at != len(places) or opened:
        return None
    return sorted(found, key=lambda span: (span.start, -span.end))
