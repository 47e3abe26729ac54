"""No pattern of the pack lets a hostile command line stall an engine that backtracks (Splunk's, QRadar's, Python's).

No time is measured. A pattern is taken as the positions of its characters. If some text leads from a position back to
it in two ways, a search that fails takes exponential time. If some text leads from p to p, from p to q and from q to q,
then each such pair, one behind the other, makes the time grow by one more factor of the length (Weber and Seidl, "On
the degree of ambiguity of finite automata", 1991). The search for the place to start at counts, as a ``.*`` in front.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import TypeVar

import pytest

from stagewatch.regex.characters import complement, members, variants
from stagewatch.regex.tree import ANYTHING, Chars, Choice, Dot, Edge, Node, OneOf, Repeat, Span, items, parse, sequence
from tests.rules_pack.fixtures import detections
from tests.rules_pack.test_pack_rules import regexes

Places = Counter[int]
"""Positions, and in how many ways each is reached."""

Step = TypeVar("Step", int, tuple[int, ...])


@dataclass(frozen=True)
class Part:
    """In how many ways a part is empty, and the positions that begin and end it."""

    empty: int = 1
    first: Places = field(default_factory=Counter)
    last: Places = field(default_factory=Counter)


class Positions:
    """What the character at each position may be, as a bit set of ASCII, and what follows it in how many ways."""

    def __init__(self, pattern: str, flags: frozenset[str]) -> None:
        self.suits: list[int] = []
        self.after: list[Places] = []
        self.add(sequence(ANYTHING, parse(pattern, flags)))
        self.reach = [search(self.after[place], lambda p: self.after[p]) for place in range(len(self.after))]
        self.loops = [place for place, reached in enumerate(self.reach) if place in reached]

    def add(self, node: Node) -> Part:
        match node:
            case Chars(text, fold):
                return self.chain([self.character((ord(c), ord(c)) for c in cases(char, fold)) for char in text])
            case OneOf(negated=negated):
                return self.character(complement(members(node)) if negated else members(node))
            case Dot():
                return self.character([(0, 127)])
            case Edge(end=end):
                return Part(empty=int(end))  # nothing joins what is behind a start to what is before
            case Choice(branches):
                parts = [self.add(branch) for branch in branches]
                first = sum((part.first for part in parts), Places())
                last = sum((part.last for part in parts), Places())
                return Part(sum(part.empty for part in parts), first, last)
            case Repeat(item, least, None):
                parts = [self.add(item) for _ in range(least)]
                part = self.add(item)
                self.join(part.last, part.first)
                return self.chain([*parts, Part(1, part.first, part.last)])
            case Repeat(item, least, int(most)):
                parts, rest = [self.add(item) for _ in range(most)], Part()
                for part in reversed(parts[least:]):
                    rest = self.chain([part, rest])
                    rest = Part(1, rest.first, rest.last)
                return self.chain([*parts[:least], rest])
            case _:
                return self.chain([self.add(item) for item in items(node)])

    def character(self, spans: Iterable[Span]) -> Part:
        self.suits.append(sum({1 << code for low, high in spans for code in range(low, min(high, 127) + 1)}))
        self.after.append(Places())
        place = Places([len(self.after) - 1])
        return Part(0, place, place)

    def chain(self, parts: Iterable[Part]) -> Part:
        whole = Part()
        for part in parts:
            self.join(whole.last, part.first)
            first = whole.first + times(part.first, whole.empty)
            whole = Part(whole.empty * part.empty, first, part.last + times(whole.last, part.empty))
        return whole

    def join(self, last: Places, first: Places) -> None:
        for place, ways in last.items():
            self.after[place] += times(first, ways)

    def together(self, places: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Where one and the same character leads from each of the places."""
        for following in product(*(self.after[place] for place in places)):
            common = -1
            for place in following:
                common &= self.suits[place]
            if common:
                yield following

    def same_loop(self, one: int, other: int) -> bool:
        return other in self.reach[one] and one in self.reach[other]

    @property
    def exponential(self) -> bool:
        for place in self.loops:
            if any(ways > 1 and self.same_loop(place, other) for other, ways in self.after[place].items()):
                return True
            home = (place, place)

            def inside(pair: tuple[int, ...], place: int = place) -> Iterator[tuple[int, ...]]:
                return (found for found in self.together(pair) if all(self.same_loop(place, p) for p in found))

            if any(one != other and home in search([(one, other)], inside) for one, other in search([home], inside)):
                return True
        return False

    @property
    def exponent(self) -> int:
        """The time of a failing search grows with this power of the length, unless it is exponential."""
        pairs = [pair for pair in product(self.loops, repeat=2) if pair[0] != pair[1] and self.grows(*pair)]

        @cache
        def longest(pair: tuple[int, int]) -> int:
            behind = (other for other in pairs if other[0] == pair[1] or other[0] in self.reach[pair[1]])
            return 1 + max((longest(other) for other in behind if pair[0] not in self.reach[other[1]]), default=0)

        return 1 + max(map(longest, pairs), default=0)

    def grows(self, start: int, end: int) -> bool:
        """Whether one text leads from start to start, from start to end and from end to end."""
        if end not in self.reach[start] or start in self.reach[end]:
            return False

        def steps(places: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
            for found in self.together(places):
                between = found[1] in (start, end) or end in self.reach[found[1]]
                if between and self.same_loop(start, found[0]) and self.same_loop(end, found[2]):
                    yield found

        return (start, end, end) in search([(start, start, end)], steps)


def cases(char: str, fold: bool) -> tuple[str, ...]:
    return variants(char) if fold else (char,)


def times(places: Places, ways: int) -> Places:
    return Places({place: ways * count for place, count in places.items() if ways})


def search(starts: Iterable[Step], steps: Callable[[Step], Iterable[Step]]) -> set[Step]:
    """The starts, and all that the steps lead to from them."""
    found = set(starts)
    waiting = list(found)
    while waiting:
        new = set(steps(waiting.pop())) - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize(
    "pattern",
    [
        r"(ab|a|b)*x",
        r"(a*)*x",
        r"(a*b*)*x",
        r"copy(\s*/[^\s\"]+)*\s+x",
        r"^makecab(\s+[/-]\S+(\s+[^\s\"=/]+=\S+)?)*\s+x",
    ],
)
def test_an_exponential_pattern_is_found(pattern: str) -> None:
    assert Positions(pattern, frozenset()).exponential


@pytest.mark.parametrize(
    ("pattern", "exponent"),
    [
        (r"^a*x", 1),
        (r"copy", 1),
        (r"a*x", 2),
        (r"a+b*a*x", 3),
        (r"(^|x)a*,b*c", 1),
        (r"(^|a)a*,b*c", 2),
        (r"copy(\s*/[^\s\"]+(\s+/[^\s\"]+)*)?\s+x", 2),
        (r"^makecab(\s+[/-]\S+(\s+[^\s\"=/-][^\s\"=/]*=\S+)?)*\s+x", 1),
        (r"\$\w+=c:.*cp\s.*\$", 3),
        (r"/ccopy(/\S+)?\s+x\s+([^&]*\s)?c:", 3),
    ],
)
def test_the_exponent_is_right(pattern: str, exponent: int) -> None:
    positions = Positions(pattern, frozenset())
    assert not positions.exponential
    assert positions.exponent == exponent


@pytest.mark.parametrize("stem", sorted(detections()))
def test_a_failing_search_takes_no_more_than_quadratic_time(stem: str) -> None:
    for leaf in regexes(stem):
        positions = Positions(leaf.pattern, frozenset(leaf.flags))
        assert not positions.exponential, leaf.pattern
        assert positions.exponent <= 2, leaf.pattern
