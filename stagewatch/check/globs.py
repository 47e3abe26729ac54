"""Wildcard patterns compared with one another: does one take all that another takes, can one value fit both?

Letters count without regard to case, as Sigma means them. Both answers are exact, up to a pattern that spells out what
a wildcard could stand for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from stagewatch.expression import Glob, Shape, Wildcard

MOST_STEPS = 250_000
"""Two patterns whose lengths multiplied are more are not compared sign by sign: a stranger's file may hold anything."""

Signs = tuple[str | Wildcard, ...]
"""A pattern as single characters, folded, and wildcards."""


@lru_cache(maxsize=65536)
def folded(glob: Glob) -> Glob:
    """The pattern in lower case."""
    return Glob(tuple(part.lower() if isinstance(part, str) else part for part in glob.parts))


@lru_cache(maxsize=4096)
def _signs(glob: Glob) -> Signs:
    return tuple(sign for part in folded(glob).parts for sign in (part if isinstance(part, str) else (part,)))


def covers(wide: Glob, narrow: Glob) -> bool:
    """Whether every value that fits ``narrow`` fits ``wide`` as well."""
    text, parts = folded(wide).literal, folded(narrow).parts
    match wide.shape:
        case Shape.PRESENT:
            return True
        case Shape.EQUALS:
            return folded(narrow).parts == folded(wide).parts
        case Shape.CONTAINS:
            return any(isinstance(part, str) and text in part for part in parts)
        case Shape.STARTSWITH:
            return bool(parts) and isinstance(parts[0], str) and parts[0].startswith(text)
        case Shape.ENDSWITH:
            return bool(parts) and isinstance(parts[-1], str) and parts[-1].endswith(text)
        case Shape.WILDCARD:
            return _short(wide, narrow) and _covers(_signs(wide), _signs(narrow))


class Coverers:
    """Which of many patterns cover one of them, found by looking up its parts: comparing all pairs takes too long."""

    def __init__(self, globs: Sequence[Glob]) -> None:
        self._globs = globs
        self._texts: dict[Shape, dict[str, list[int]]] = {shape: {} for shape in Shape}
        for index, glob in enumerate(globs):
            self._texts[glob.shape].setdefault(folded(glob).literal, []).append(index)
        self._lengths = {shape: sorted({len(text) for text in texts}) for shape, texts in self._texts.items()}

    def of(self, index: int) -> Iterator[int]:
        """The other patterns that cover this one, not in order; some may be told twice."""
        return (other for other in self.covering(self._globs[index]) if other != index)

    def covering(self, pattern: Glob) -> Iterator[int]:
        """The patterns that cover one, not in order; some may be told twice."""
        glob = folded(pattern)
        for others in self._texts[Shape.PRESENT].values():
            yield from others
        for others in self._texts[Shape.WILDCARD].values():
            yield from (other for other in others if covers(self._globs[other], glob))
        if glob.shape is Shape.EQUALS:
            yield from self._texts[Shape.EQUALS].get(glob.literal, ())
        for place, part in enumerate(glob.parts):
            if isinstance(part, Wildcard):
                continue
            for length in self._lengths[Shape.CONTAINS]:
                for start in range(len(part) - length + 1):
                    yield from self._texts[Shape.CONTAINS].get(part[start : start + length], ())
            if place == 0:
                for length in self._lengths[Shape.STARTSWITH]:
                    yield from self._texts[Shape.STARTSWITH].get(part[:length], ()) if length <= len(part) else ()
            if place == len(glob.parts) - 1:
                for length in self._lengths[Shape.ENDSWITH]:
                    yield from self._texts[Shape.ENDSWITH].get(part[-length:], ()) if length <= len(part) else ()


def _covers(wide: Signs, narrow: Signs) -> bool:
    """The patterns side by side: ``narrow`` is a text here, whose ``*`` only a ``*`` takes, whose ``?`` a ``?`` too."""
    reached = _after_any(wide, {0})
    for sign in narrow:
        following = set()
        for place in reached:
            if place == len(wide):
                continue
            here = wide[place]
            if here is Wildcard.ANY:
                following.add(place)
            elif here == sign or (here is Wildcard.ONE and sign is not Wildcard.ANY):
                following.add(place + 1)
        reached = _after_any(wide, following)
    return len(wide) in reached


def _after_any(signs: Signs, places: set[int]) -> set[int]:
    """The places and those behind a ``*`` that takes nothing."""
    ahead, found = list(places), set(places)
    while ahead:
        place = ahead.pop()
        if place < len(signs) and signs[place] is Wildcard.ANY and place + 1 not in found:
            found.add(place + 1)
            ahead.append(place + 1)
    return found


def disjoint(one: Glob, other: Glob) -> bool:
    """Whether no value fits both."""
    if one.shape is Shape.PRESENT or other.shape is Shape.PRESENT:
        return False
    if one.shape is Shape.EQUALS:
        return not covers(other, one)
    if other.shape is Shape.EQUALS:
        return not covers(one, other)
    if _differ(one, other, 0) or _differ(one, other, -1):
        return True
    if _open_between(one) and _open_between(other):
        return False
    return _short(one, other) and not _meet(_signs(one), _signs(other))


def _short(one: Glob, other: Glob) -> bool:
    return (len(one.literal) + len(one.parts)) * (len(other.literal) + len(other.parts)) <= MOST_STEPS


def _differ(one: Glob, other: Glob, end: int) -> bool:
    """Whether both are bound to the same end of the value by texts of which neither continues the other."""
    texts = [glob.parts[end] for glob in map(folded, (one, other)) if glob.parts]
    if len(texts) < 2 or not all(isinstance(text, str) for text in texts):
        return False
    short, long = sorted(map(str, texts), key=len)
    return not (long.startswith(short) if end == 0 else long.endswith(short))


def _open_between(glob: Glob) -> bool:
    """Whether the pattern says only how a value begins, ends or what it holds, which any other such pattern allows."""
    return Wildcard.ANY in glob.parts and Wildcard.ONE not in glob.parts


def _meet(one: Signs, other: Signs) -> bool:
    """Whether some text fits both, found by walking through both at once."""
    seen = {(0, 0)}
    ahead = [(0, 0)]
    while ahead:
        left, right = ahead.pop()
        if left == len(one) and right == len(other):
            return True
        for pair in _steps(one, other, left, right):
            if pair not in seen:
                seen.add(pair)
                ahead.append(pair)
    return False


def _steps(one: Signs, other: Signs, left: int, right: int) -> list[tuple[int, int]]:
    here = one[left] if left < len(one) else None
    there = other[right] if right < len(other) else None
    found = []
    if here is Wildcard.ANY:
        found.append((left + 1, right))
        if there is not None:
            found.append((left, right + 1))
    if there is Wildcard.ANY:
        found.append((left, right + 1))
        if here is not None:
            found.append((left + 1, right))
    fits = here == there or Wildcard.ONE in (here, there)
    if here is not None and there is not None and fits and Wildcard.ANY not in (here, there):
        found.append((left + 1, right + 1))
    return found
