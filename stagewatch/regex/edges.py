"""From a search to a match of the whole value.

A search for R finds what ``.*R.*`` matches as a whole, the dot being any character. The anchors in R stay true
assertions in a dialect that has them. Lucene has none: there each anchor at an edge of R takes away the ``.*``
of that edge, in that alternative of R only.
"""

from __future__ import annotations

from dataclasses import dataclass

from stagewatch.findings import Unsupported
from stagewatch.regex.tree import (
    ANYTHING,
    EMPTY,
    Boundary,
    Capture,
    Chars,
    Choice,
    Dot,
    Edge,
    Mode,
    Node,
    OneOf,
    Repeat,
    Sequence,
    choice,
    items,
    sequence,
    walk,
)

_MANY = 64
"""An expression that needs more alternatives than this would be unreadable, and too large for the engine."""


def surrounded(node: Node) -> Node:
    """``.*`` before and after the expression, except where it is anchored. Anchors stay."""
    start, end = _anchored(node, end=False), _anchored(node, end=True)
    body = _trim(node, left=not start, right=not end)
    return _tidy(sequence(EMPTY if start else ANYTHING, body, EMPTY if end else ANYTHING))


def _anchored(node: Node, end: bool) -> bool:
    """Whether every match must touch that edge of the value."""
    match node:
        case Edge():
            return node.end == end and not node.multiline
        case Sequence(parts):
            return bool(parts) and _anchored(parts[-1 if end else 0], end)
        case Choice(branches):
            return all(_anchored(branch, end) for branch in branches)
        case Capture(item=item):
            return _anchored(item, end)
        case _:
            return False


def _trim(node: Node, left: bool, right: bool) -> Node:
    """Leave out what may be empty at an open edge: a search for ``.*a`` finds what a search for ``a`` finds."""
    parts = list(items(node))
    while left and parts and _optional(parts[0]):
        parts.pop(0)
    while right and parts and _optional(parts[-1]):
        parts.pop()
    return sequence(*parts)


def _optional(node: Node) -> bool:
    """A repetition from zero on. One that refuses to give way, or that something refers to, must stay."""
    if not isinstance(node, Repeat) or node.least > 0:
        return False
    return not any(isinstance(n, Capture) or (isinstance(n, Repeat) and n.mode is Mode.POSSESSIVE) for n in walk(node))


@dataclass(frozen=True, slots=True)
class _Way:
    """One alternative of an expression: no anchors inside, bound to the value's start and end as it says."""

    body: tuple[Node, ...]
    start: bool = False
    end: bool = False


def without_anchors(node: Node, dialect: str) -> Node:
    """An expression without anchors that matches the whole value where ``node`` is found in it."""
    left, core, right = _edges(items(node))
    heads = [(way.body if way.start else (ANYTHING, *way.body)) for way in _ways(sequence(*left), dialect)]
    tails = [(way.body if way.end else (*way.body, ANYTHING)) for way in _ways(sequence(*right), dialect)]
    if not left and not right and _has_edge(sequence(*core)):
        return _factored([items(_open(way)) for way in _ways(sequence(*core), dialect)])
    middle = _trim(sequence(*core), left=not left, right=not right)
    return _tidy(sequence(_factored(heads), middle, _factored(tails)))


def _edges(parts: tuple[Node, ...]) -> tuple[tuple[Node, ...], tuple[Node, ...], tuple[Node, ...]]:
    """The parts up to the last that asks for the start, those from the first on that asks for the end, and between.

    What the left side may be does not depend on the right side then. Where the two overlap all is in the middle.
    """
    left = max((place + 1 for place, part in enumerate(parts) if _has_edge(part, False)), default=0)
    right = min((place for place, part in enumerate(parts) if _has_edge(part, True)), default=len(parts))
    return (parts[:left], parts[left:right], parts[right:]) if left <= right else ((), parts, ())


def _has_edge(node: Node, *ends: bool) -> bool:
    return any(isinstance(inner, Edge) and (not ends or inner.end in ends) for inner in walk(node))


def _open(way: _Way) -> Node:
    """The alternative with ``.*`` at the edges to which it is not bound."""
    body = _trim(sequence(*way.body), left=not way.start, right=not way.end)
    return _tidy(sequence(EMPTY if way.start else ANYTHING, body, EMPTY if way.end else ANYTHING))


def _tidy(node: Node) -> Node:
    """Two ``.*`` with nothing between them are one."""
    return ANYTHING if items(node) == (ANYTHING, ANYTHING) else node


def _ways(node: Node, dialect: str) -> list[_Way]:
    if not _has_edge(node):
        return [_Way(items(node))]
    match node:
        case Edge(end, multiline):
            if multiline:
                raise Unsupported(f"the regular expression uses ^ or $ with the flag m, which {dialect} cannot express")
            return [_Way((), start=not end, end=end)]
        case Sequence(parts):
            ways = [_Way(())]
            for part in parts:
                following = _ways(part, dialect)
                ways = [joined for a in ways for b in following if (joined := _join(a, b)) is not None]
                if len(ways) > _MANY:
                    raise Unsupported(f"the regular expression has too many alternatives with anchors for {dialect}")
            return ways
        case Choice(branches):
            free = [branch for branch in branches if not _has_edge(branch)]
            bound = [way for branch in branches if _has_edge(branch) for way in _ways(branch, dialect)]
            return bound + ([_Way(items(choice(*free)))] if free else [])
        case Repeat(item, least, 1):
            return _ways(item, dialect) + ([_Way(())] if least == 0 else [])
        case _:
            raise Unsupported(f"the regular expression repeats or nests an anchor, which {dialect} cannot express")


def _join(first: _Way, second: _Way) -> _Way | None:
    """Both in sequence, or None where that never matches: before the start and after the end is nothing but empty."""
    before, after = first.body, second.body
    if second.start:
        if not all(map(nullable, before)):
            return None
        before = ()
    if first.end:
        if not all(map(nullable, after)):
            return None
        after = ()
    return _Way(before + after, first.start or second.start, first.end or second.end)


def nullable(node: Node) -> bool:
    """Whether an expression without assertions matches the empty text."""
    match node:
        case Chars(text=text):
            return text == ""
        case OneOf() | Dot() | Boundary():
            return False
        case Sequence(parts):
            return all(map(nullable, parts))
        case Choice(branches):
            return any(map(nullable, branches))
        case Repeat(item=item, least=least):
            return least == 0 or nullable(item)
        case _:
            raise AssertionError(node)


def _factored(alternatives: list[tuple[Node, ...]]) -> Node:
    """Any one of the alternatives, with the parts that all begin or end with written once."""
    if not alternatives:
        raise Unsupported("the regular expression never matches: it asks for text outside the edges of the value")
    shortest = min(map(len, alternatives))
    head = 0
    while head < shortest and len({parts[head] for parts in alternatives}) == 1:
        head += 1
    tail = 0
    while tail < shortest - head and len({parts[-1 - tail] for parts in alternatives}) == 1:
        tail += 1
    first = alternatives[0]
    middles = [sequence(*parts[head : len(parts) - tail]) for parts in alternatives]
    return sequence(*first[:head], choice(*middles), *first[len(first) - tail :])
