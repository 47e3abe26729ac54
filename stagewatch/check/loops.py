"""A regular expression as an automaton of its characters, in which each way to read a text counts by itself.

Every character of the expression is a place (Glushkov's construction); a step leads from a place to one that may follow
it. What an engine that backtracks can read in two ways here are two ways as well: a step that two loops make, as in
``(a*)*``, counts twice. What such an engine never goes back into (``(?>...)``, ``a*+``), and what reads no character
(anchors, looks, references), is a place that nothing fits, so that no more is claimed than can be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from stagewatch.regex.characters import LAST, complement, members, normal, variants
from stagewatch.regex.tree import Capture, Chars, Choice, Dot, Edge, Mode, Node, OneOf, Repeat, Sequence, Span

MOST_PLACES = 3_000
"""A longer expression is not looked at."""

MOST_COPIES = 4
"""A counted repetition stands for this many copies at most: enough to see that a loop around it reads in two ways."""

_NEWLINE = 0x0A


class TooLarge(Exception):
    """The expression has more places than are looked at."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an expression: whether it may be empty, and the places that can begin and end it."""

    empty: bool
    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()


@dataclass
class Automaton:
    """The places of an expression. ``kinds`` are the kinds of character that fit a place, as a bit set."""

    spans: list[tuple[Span, ...]] = field(default_factory=list)
    following: list[dict[int, int]] = field(default_factory=list)
    """Place -> the places that may follow it, and in how many ways."""
    first: tuple[int, ...] = ()
    final: frozenset[int] = frozenset()
    """The places behind which the expression may be at its end, whatever follows in the text."""
    kinds: list[int] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    """For each kind a character."""
    passed: set[int] = field(default_factory=set)
    """Places that read nothing and may be passed all the same: anything but the value's end."""

    def finds(self, text: str) -> bool:
        """Whether the expression may be found in a text that does not end there; True where that is not certain."""
        reached: set[int] = set()
        for character in text:
            ahead = {*self.first, *(following for place in reached for following in self.following[place])}
            ahead = self._beyond(ahead)
            if ahead & self.passed & self.final:
                return True
            point = ord(character)
            reached = {place for place in ahead if any(low <= point <= high for low, high in self.spans[place])}
            if reached & self.final:
                return True
        return bool(
            self._beyond({following for place in reached for following in self.following[place]})
            & self.passed
            & self.final
        )

    def _beyond(self, places: set[int]) -> set[int]:
        """The places and those behind the ones among them that read nothing."""
        ahead, found = list(places), set(places)
        while ahead:
            place = ahead.pop()
            if place in self.passed:
                new = set(self.following[place]) - found
                found |= new
                ahead += new
        return found

    def sample(self, kinds: int) -> str:
        """A character of one of the kinds: the most usual; none where the place reads none."""
        return min((self.samples[kind] for kind in _bits(kinds)), key=_unusual, default="")

    def loops(self) -> Iterator[frozenset[int]]:
        """The sets of places that lead to one another: what a loop of the expression reads."""
        for component in components(len(self.following), lambda place: self.following[place]):
            if len(component) > 1 or component[0] in self.following[component[0]]:
                yield frozenset(component)


def automaton(tree: Node) -> Automaton:
    """The automaton of an expression. Raises :class:`TooLarge`."""
    made = Automaton()
    part = _add(made, tree)
    made.first, made.final = part.first, frozenset(part.last)
    _classify(made)
    return made


def _add(made: Automaton, node: Node) -> _Part:
    match node:
        case Chars(text, fold):
            return _chain(made, (_place(made, _letters(char, fold)) for char in text))
        case OneOf(negated=negated):
            return _place(made, complement(members(node)) if negated else members(node))
        case Dot(newline):
            return _place(made, ((0, LAST),) if newline else complement([(_NEWLINE, _NEWLINE)]))
        case Sequence(parts):
            return _chain(made, (_add(made, part) for part in parts))
        case Choice(branches):
            either = [_add(made, branch) for branch in branches]
            first = tuple(place for part in either for place in part.first)
            return _Part(any(p.empty for p in either), first, tuple(place for part in either for place in part.last))
        case Capture(item):
            return _add(made, item)
        case Repeat(item, least, most, mode) if mode is not Mode.POSSESSIVE:
            return _repeat(made, item, least, most)
        case _:
            part = _place(made, ())
            if not (isinstance(node, Edge) and node.end):
                made.passed.update(part.first)
            return part


def _letters(character: str, fold: bool) -> tuple[Span, ...]:
    return normal((ord(case), ord(case)) for case in (variants(character) if fold else (character,)))


def _place(made: Automaton, spans: tuple[Span, ...]) -> _Part:
    if len(made.spans) == MOST_PLACES:
        raise TooLarge
    made.spans.append(spans)
    made.following.append({})
    place = len(made.spans) - 1
    return _Part(False, (place,), (place,))


def _chain(made: Automaton, parts: Iterable[_Part]) -> _Part:
    whole = _Part(True)
    for part in parts:
        _link(made, whole.last, part.first)
        whole = _Part(
            whole.empty and part.empty,
            whole.first + part.first if whole.empty else whole.first,
            whole.last + part.last if part.empty else part.last,
        )
    return whole


def _repeat(made: Automaton, item: Node, least: int, most: int | None) -> _Part:
    needed = min(least, MOST_COPIES)
    copies = [_add(made, item) for _ in range(max(needed - (most is None), 0))]
    if most is None:
        looped = _add(made, item)
        _link(made, looped.last, looped.first)
        copies.append(_Part(looped.empty or least == 0, looped.first, looped.last))
    elif most > least:
        copies += [_Part(True, *_ends(_add(made, item))) for _ in range(min(most - least, MOST_COPIES))]
    return _chain(made, copies)


def _ends(part: _Part) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return part.first, part.last


def _link(made: Automaton, last: Iterable[int], first: Iterable[int]) -> None:
    for place in last:
        ways = made.following[place]
        for following in first:
            ways[following] = ways.get(following, 0) + 1


def _classify(made: Automaton) -> None:
    """Characters that fit the same places are of one kind."""
    changes: dict[int, int] = {}
    for place, spans in enumerate(made.spans):
        for low, high in spans:
            changes[low] = changes.get(low, 0) ^ (1 << place)
            changes[high + 1] = changes.get(high + 1, 0) ^ (1 << place)
    made.kinds = [0] * len(made.spans)
    known: dict[int, int] = {}
    points = sorted(changes)
    fitting = 0
    for low, following in pairwise([*points, LAST + 1]):
        fitting ^= changes[low]
        if not fitting:
            continue
        kind = known.setdefault(fitting, len(known))
        usual = _usual(low, following - 1)
        if kind == len(made.samples):
            made.samples.append(usual)
            for place in _bits(fitting):
                made.kinds[place] |= 1 << kind
        else:
            made.samples[kind] = min(made.samples[kind], usual, key=_unusual)


def _usual(low: int, high: int) -> str:
    """The most usual character of a range."""
    choices = [point for point in (0x61, 0x30, 0x2D, 0x20, max(low, 0x21)) if low <= point <= high]
    return chr(choices[0] if choices else low)


def _unusual(character: str) -> tuple[bool, bool, str]:
    return (not character.isascii() or not character.isprintable(), not character.isalnum(), character)


def _bits(places: int) -> Iterator[int]:
    while places:
        lowest = places & -places
        yield lowest.bit_length() - 1
        places ^= lowest


def components(count: int, following: Callable[[int], Iterable[int]]) -> list[list[int]]:
    """The strongly connected components of a graph (Tarjan's algorithm, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[list[int]] = []
    for root in range(count):
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        work = [(root, iter(following(root)))]
        while work:
            node, ahead = work[-1]
            advanced = False
            for other in ahead:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(following(other))))
                    advanced = True
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            if advanced:
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == index[node]:
                component: list[int] = []
                while True:
                    other = stack.pop()
                    on_stack.discard(other)
                    component.append(other)
                    if other == node:
                        break
                found.append(component)
    return found
