"""Which parts of an event a rule matches: an expression evaluated on one event, with the places that made it true.

It answers for one event what the engines answer for many, to show it to people: nothing is proven with it. Fields and
their values are those of the target ``duckdb``, Sigma's own names (:mod:`stagewatch.telemetry.duckdb`).
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from stagewatch import expression as ex

Span = tuple[int, int]
"""From the first character to behind the last one."""

Event = Mapping[str, str | int | float | bool | None]

Search = Callable[[str, str], "re.Match[str] | None"]
"""A regular expression and a text -> the first match, as :func:`re.search` gives it."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Whether an expression holds, and for each field where in its value the conditions hold that speak for it.

    A condition below a NOT speaks for nothing, nor does one whose AND does not hold as a whole beside it.
    """

    holds: bool
    marks: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)


def trace(expression: ex.Expression, event: Event, search: Search = re.search) -> Trace:
    """Evaluate an expression on an event. A field that the event lacks makes a condition false.

    ``search`` is asked for every regular expression; where rules are strangers' it should be one of linear time.
    Raises :class:`re.error`, or what ``search`` raises, for a regular expression that it does not know.
    """
    spans: dict[str, list[Span]] = {}
    holds = _Tracer(event, search).holds(expression, spans)
    return Trace(holds, {name: _merged(found) for name, found in spans.items()} if holds else {})


def partial(expression: ex.Expression, event: Event, search: Search = re.search) -> dict[str, tuple[Span, ...]]:
    """Where the conditions of an expression hold that need not hold as a whole: what a near miss has in common."""
    spans: dict[str, list[Span]] = {}
    tracer = _Tracer(event, search)
    for leaf in ex.leaves(expression, negated=False):
        tracer.holds(leaf, spans)
    return {name: _merged(found) for name, found in spans.items()}


_COMPARE: Mapping[ex.NumberOperator, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class _Tracer:
    event: Event
    search: Search

    def holds(self, expression: ex.Expression, spans: dict[str, list[Span]]) -> bool:
        """Whether the expression holds; where it does, ``spans`` has its places, else it is as it was."""
        match expression:
            case ex.And(terms):
                found: dict[str, list[Span]] = {}
                held = [self.holds(term, found) for term in terms]
                if all(held):
                    _add(spans, found)
                return all(held)
            case ex.Or(terms):
                held = [self.holds(term, spans) for term in terms]  # every branch that holds is marked
                return any(held)
            case ex.Not(term):
                return not self.holds(term, {})
            case ex.Keyword(globs, cased):
                held = [self._text(name, globs, cased, spans) for name in self.event]
                return any(held)
            case ex.Null(name):
                return self.event.get(name) in (None, "")
            case ex.Present(name):
                return self.event.get(name) is not None
            case ex.Text(name, globs, cased):
                return self._text(name, globs, cased, spans)
            case ex.Regex(name, pattern, flags):
                return self._regex(name, pattern, flags, spans)
            case leaf:
                return self._whole(leaf, spans)

    def _text(self, name: str, globs: Iterable[ex.Glob], cased: bool, spans: dict[str, list[Span]]) -> bool:
        value = self.event.get(name)
        if value is None:
            return False
        held = False
        text = str(value) if cased else _folded(str(value))
        for glob in globs:
            places = _found(glob, text, cased)
            if places is not None:
                held = True
                spans.setdefault(name, []).extend(places)
        return held

    def _regex(self, name: str, pattern: str, flags: frozenset[str], spans: dict[str, list[Span]]) -> bool:
        value = self.event.get(name)
        if value is None:
            return False
        match = self.search(f"(?{''.join(sorted(flags))}){pattern}" if flags else pattern, str(value))
        if match is not None:
            spans.setdefault(name, []).append(match.span())
        return match is not None

    def _whole(self, leaf: ex.Number | ex.Boolean | ex.Cidr | ex.FieldRef, spans: dict[str, list[Span]]) -> bool:
        value = self.event.get(leaf.field)
        if value is None or not self._compares(leaf, value):
            return False
        spans.setdefault(leaf.field, []).append((0, len(str(value))))
        return True

    def _compares(self, leaf: ex.Number | ex.Boolean | ex.Cidr | ex.FieldRef, value: str | float | bool) -> bool:
        match leaf:
            case ex.Number(_, op, number):
                return _is_number(value) and _COMPARE[op](float(value), number)
            case ex.Boolean(_, truth):
                return str(value).lower() == str(truth).lower()
            case ex.Cidr(_, networks):
                return any(_inside(str(value), network) for network in networks)
            case ex.FieldRef(_, other, shape):
                compared = self.event.get(other)
                return compared is not None and _related(str(value).lower(), str(compared).lower(), shape)


def _add(spans: dict[str, list[Span]], found: Mapping[str, list[Span]]) -> None:
    for name, places in found.items():
        spans.setdefault(name, []).extend(places)


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """In order, those that touch or overlap as one, without empty ones."""
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


def _found(glob: ex.Glob, value: str, cased: bool) -> list[Span] | None:
    """The places of a glob's literal parts in a value that it matches as a whole, the leftmost ones; None where not.

    ``value`` is folded already unless ``cased``.
    """
    segments = _segments(glob, cased)
    if len(segments) == 1 and len(value) != segments[0].length:
        return None
    places: list[Span] = []
    at = 0
    for number, segment in enumerate(segments):
        if number == len(segments) - 1:
            start = len(value) - segment.length
            found = start >= at and segment.stands_at(value, start)
        elif number == 0:
            start, found = 0, segment.stands_at(value, 0)
        else:
            start = segment.find(value, at)
            found = start >= 0
        if not found:
            return None
        places += segment.places(start)
        at = start + segment.length
    return places


@dataclass(frozen=True, slots=True)
class _Segment:
    """What stands between two ``*`` of a glob: literal text and ``?``."""

    parts: tuple[str | ex.Wildcard, ...]
    length: int

    def find(self, value: str, at: int) -> int:
        """The first place at or behind ``at``, -1 where there is none."""
        if not self.parts:
            return at
        if len(self.parts) == 1 and isinstance(self.parts[0], str):
            return value.find(self.parts[0], at)
        places = range(at, len(value) - self.length + 1)
        return next((place for place in places if self.stands_at(value, place)), -1)

    def stands_at(self, value: str, start: int) -> bool:
        if start + self.length > len(value):
            return False
        return all(value.startswith(part, place) for part, place in self._literals(start))

    def places(self, start: int) -> list[Span]:
        return [(place, place + len(part)) for part, place in self._literals(start)]

    def _literals(self, at: int) -> Iterator[tuple[str, int]]:
        for part in self.parts:
            if isinstance(part, str):
                yield part, at
                at += len(part)
            else:
                at += 1


@lru_cache(maxsize=8192)
def _segments(glob: ex.Glob, cased: bool) -> tuple[_Segment, ...]:
    segments: list[list[str | ex.Wildcard]] = [[]]
    for part in glob.parts:
        if part is ex.Wildcard.ANY:
            segments.append([])
        else:
            segments[-1].append(part if cased or not isinstance(part, str) else _folded(part))
    return tuple(
        _Segment(tuple(parts), sum(len(part) if isinstance(part, str) else 1 for part in parts)) for parts in segments
    )


def _folded(text: str) -> str:
    """In lower case, each character on its own, so that places stay where they are."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def _inside(value: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network)
    except ValueError:
        return False


def _related(value: str, other: str, shape: ex.Shape) -> bool:
    return {
        ex.Shape.EQUALS: value == other,
        ex.Shape.STARTSWITH: value.startswith(other),
        ex.Shape.ENDSWITH: value.endswith(other),
        ex.Shape.CONTAINS: other in value,
    }[shape]
