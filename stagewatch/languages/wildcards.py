"""Patterns of literal characters, a wildcard for one character and one for any run, as ``LIKE`` of several vendors."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum


class Wildcard(Enum):
    """What a pattern may hold besides characters."""

    ONE = "one character"
    ANY = "any run of characters, also an empty one"


Part = str | Wildcard
"""One character, or a wildcard."""


def matches(pattern: Sequence[Part], text: str) -> bool:
    """Whether the pattern matches the whole text."""
    segments: list[list[Part]] = [[]]
    for part in pattern:
        if part is Wildcard.ANY:
            segments.append([])
        else:
            segments[-1].append(part)
    first, *others = segments
    if not others:
        return len(first) == len(text) and _fits(first, text, 0)
    *middle, last = others
    if len(first) + len(last) > len(text) or not _fits(first, text, 0):
        return False
    end = len(text) - len(last)
    if not _fits(last, text, end):
        return False
    position = len(first)
    for segment in middle:
        found = _find(segment, text, position, end)
        if found is None:
            return False
        position = found + len(segment)
    return True


def _fits(segment: Sequence[Part], text: str, start: int) -> bool:
    return all(part is Wildcard.ONE or part == text[start + offset] for offset, part in enumerate(segment))


def _find(segment: Sequence[Part], text: str, start: int, end: int) -> int | None:
    """The first place from ``start`` where the segment fits without passing ``end``."""
    if Wildcard.ONE not in segment:
        found = text.find("".join(part for part in segment if isinstance(part, str)), start, end)
        return None if found < 0 else found
    places = range(start, end - len(segment) + 1)
    return next((place for place in places if _fits(segment, text, place)), None)
