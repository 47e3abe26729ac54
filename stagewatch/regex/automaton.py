"""How much work it is for Lucene to make an expression deterministic.

Lucene turns an expression into an automaton in which each character leads to one state, and gives up with an error when
that takes too much work. The work is the number of states of the plain automaton that each state of the deterministic
one stands for, summed up; a ``.*`` before a long counted repetition doubles it with each count. The same construction
is done here, on the positions of the expression's characters. Compared with Lucene 10.5 it comes out within a tenth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from stagewatch.regex.characters import LAST, complement, members, normal, variants
from stagewatch.regex.tree import Chars, Choice, Dot, Node, OneOf, Repeat, Sequence, Span

_NEWLINE = 0x0A


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an expression: whether it may be empty, and the positions that can begin and end it, as bit sets."""

    empty: bool = True
    first: int = 0
    last: int = 0


@dataclass
class _Positions:
    """The characters of an expression, numbered: what each may be, and which may follow it."""

    characters: list[tuple[Span, ...]] = field(default_factory=list)
    following: list[int] = field(default_factory=list)

    def add(self, node: Node) -> _Part:
        match node:
            case Chars(text, fold):
                return self.chain(self.character(_spans(char, fold)) for char in text)
            case OneOf(negated=negated):
                return self.character(complement(members(node)) if negated else members(node))
            case Dot(newline):
                return self.character(((0, LAST),) if newline else complement([(_NEWLINE, _NEWLINE)]))
            case Sequence(parts):
                return self.chain(self.add(part) for part in parts)
            case Choice(branches):
                either = _Part(empty=False)
                for branch in branches:
                    part = self.add(branch)
                    either = _Part(either.empty or part.empty, either.first | part.first, either.last | part.last)
                return either
            case Repeat(item, least, most):
                return self.chain((self.chain(self.add(item) for _ in range(least)), self.rest(item, least, most)))
            case _:
                raise AssertionError(node)

    def character(self, spans: tuple[Span, ...]) -> _Part:
        self.characters.append(spans)
        self.following.append(0)
        place = 1 << (len(self.characters) - 1)
        return _Part(False, place, place)

    def chain(self, parts: Iterator[_Part] | tuple[_Part, ...]) -> _Part:
        """The parts one after the other."""
        whole = _Part()
        for part in parts:
            self.link(whole.last, part.first)
            whole = _Part(
                whole.empty and part.empty,
                whole.first | part.first if whole.empty else whole.first,
                whole.last | part.last if part.empty else part.last,
            )
        return whole

    def rest(self, item: Node, least: int, most: int | None) -> _Part:
        """The repetitions beyond the least number: one that returns to itself, or each inside the one before."""
        if most is None:
            part = self.add(item)
            self.link(part.last, part.first)
            return _Part(True, part.first, part.last)
        rest = _Part()
        for _ in range(most - least):
            part = self.chain((self.add(item), rest))
            rest = _Part(True, part.first, part.last)
        return rest

    def link(self, last: int, first: int) -> None:
        for place in _bits(last):
            self.following[place] |= first

    def alphabet(self) -> set[int]:
        """For each kind of character, the positions that take it: characters of a kind are not told apart."""
        changes: dict[int, int] = {}
        for place, spans in enumerate(self.characters):
            for low, high in spans:
                changes[low] = changes.get(low, 0) ^ (1 << place)
                changes[high + 1] = changes.get(high + 1, 0) ^ (1 << place)
        kinds, takers = set(), 0
        for _, change in sorted(changes.items()):
            takers ^= change
            kinds.add(takers)
        return kinds


def _spans(character: str, fold: bool) -> tuple[Span, ...]:
    return normal((ord(case), ord(case)) for case in (variants(character) if fold else (character,)))


def _bits(places: int) -> Iterator[int]:
    while places:
        lowest = places & -places
        yield lowest.bit_length() - 1
        places ^= lowest


def effort(node: Node, limit: int) -> int:
    """The work for an expression without anchors; counting ends as soon as it is more than ``limit``.

    A set of positions is taken as two: those that take many kinds of character (a class, a dot) and those that take few
    (a letter). The former are few sets, the latter small ones, so what follows each is worked out once.
    """
    positions = _Positions()
    start = positions.add(node).first
    steps = _Steps(positions.following, tuple(positions.alphabet()))
    spent = 1
    seen = {0}
    futures = {start}
    waiting = [(start, steps.letters(start))]  # what may come next, not what was read: one future needs one visit
    while waiting and spent <= limit:
        for state in steps.states(*waiting.pop()) - seen:
            seen.add(state)
            spent += state.bit_count()
            future, letters = steps.after(state)
            if future not in futures:
                futures.add(future)
                waiting.append((future, letters))
    return spent


class _Steps:
    """Steps from a set of positions to the next. A kind of character is known by its takers: the positions it suits."""

    def __init__(self, following: list[int], takers: tuple[int, ...]) -> None:
        self._following = following
        self._takers = takers
        self._all = (1 << len(takers)) - 1
        self._kinds = [0] * len(following)
        for kind, taker in enumerate(takers):
            for place in _bits(taker):
                self._kinds[place] |= 1 << kind
        wide = (kinds.bit_count() > len(takers) // 4 for kinds in self._kinds)
        self._wide = sum(1 << place for place, is_wide in enumerate(wide) if is_wide)
        self._after: dict[int, tuple[int, int]] = {}
        self._suiting: dict[int, tuple[int, ...]] = {}
        self._done: dict[int, int] = {}

    def letters(self, places: int) -> int:
        """The kinds of character that some narrow position among the places takes, as a bit set."""
        return _union(self._kinds, places & ~self._wide)

    def states(self, future: int, letters: int) -> set[int]:
        """The states that one character leads to; those that were returned before may be left out."""
        takers = self._suiting.get(letters)
        if takers is None:
            takers = self._suiting[letters] = tuple(self._takers[kind] for kind in _bits(letters))
        states = {future & taker for taker in takers}
        wide = future & self._wide
        done = self._done.get(wide, 0)
        rest = self._all & ~(letters | done)  # kinds that lead on from the wide positions alone, for the first time
        if rest:
            self._done[wide] = done | rest
            states.update(wide & self._takers[kind] for kind in _bits(rest))
        return states

    def after(self, state: int) -> tuple[int, int]:
        """The positions that may follow those of a state, and their :meth:`letters`."""
        wide = state & self._wide
        future, letters = self._after.get(wide) or self._after_part(wide)
        also, more = self._after.get(state ^ wide) or self._after_part(state ^ wide)
        return future | also, letters | more

    def _after_part(self, part: int) -> tuple[int, int]:
        future = _union(self._following, part)
        self._after[part] = future, self.letters(future)
        return self._after[part]


def _union(sets: list[int], places: int) -> int:
    union = 0
    for place in _bits(places):
        union |= sets[place]
    return union
