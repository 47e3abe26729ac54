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
    """The work for an expression without anchors; counting ends as soon as it is more than ``limit``."""
    positions = _Positions()
    first = positions.add(node).first
    alphabet = positions.alphabet()
    following = _Following(positions.following)
    spent = 1
    seen = {0}
    futures = {first}
    waiting = [first]  # what may come next, not what was read: states with one future need no telling apart
    while waiting and spent <= limit:
        following_places = waiting.pop()
        fresh = {following_places & takers for takers in alphabet} - seen
        seen |= fresh
        for state in fresh:
            spent += state.bit_count()
            after = following.of(state)
            if after not in futures:
                futures.add(after)
                waiting.append(after)
    return spent


class _Following:
    """The positions that may follow those of a state; worked out once for each eight neighbours, for speed."""

    def __init__(self, following: list[int]) -> None:
        self._following = following
        self._size = (len(following) + 7) // 8
        self._known: dict[tuple[int, int], int] = {}

    def of(self, state: int) -> int:
        after = 0
        for piece in enumerate(state.to_bytes(self._size, "little")):
            if piece[1]:
                known = self._known.get(piece)
                after |= self._work_out(piece) if known is None else known
        return after

    def _work_out(self, piece: tuple[int, int]) -> int:
        index, bits = piece
        after = 0
        for place in _bits(bits << 8 * index):
            after |= self._following[place]
        self._known[piece] = after
        return after
