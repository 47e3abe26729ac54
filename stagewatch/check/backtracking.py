"""Whether an engine that backtracks (PCRE, Java) can be kept busy by a text on which the expression fails.

Exponential: a loop can read some text in two ways and come back to where it was, so that each repetition of the text
doubles the work. Polynomial: loops follow one another that can all read the same text, so that it can be shared out
among them in n, n*n, ... ways. Both matter only where the expression can fail behind the loop. The theory is that of
Weideman et al., "Analyzing Matching Time Behavior of Backtracking Regular Expression Matchers by Using Ambiguity of
NFA" (2016).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import lru_cache

from stagewatch.check.loops import Automaton, TooLarge, automaton, components
from stagewatch.regex.tree import Atomic, Conditional, Look, Mode, Node, Repeat, walk

MOST_PAIRS = 40_000
"""Pairs of places of one loop that are followed; a loop with more is not judged."""

MOST_LOOPS = 60

TIMES = 4
"""Repetitions with which a text is tried: one in which the expression is found keeps nobody busy."""


@dataclass(frozen=True, slots=True)
class Slow:
    """A text that keeps the engine busy: ``start``, then each of ``pumps`` again and again, then what does not fit.

    ``degree`` is the power with which the work grows, None where it doubles with each repetition.
    """

    start: str
    pumps: tuple[str, ...]
    degree: int | None

    def text(self, times: int) -> str:
        """The text with this many repetitions, without what does not fit."""
        return self.start + "".join(pump * times for pump in self.pumps)


@lru_cache(maxsize=1024)
def slow(tree: Node) -> Slow | None:
    """What keeps an engine busy on this expression, or None where nothing is known to."""
    found = [one for part in _parts(tree) if (one := _of(part)) is not None]
    return min(found, key=lambda one: (one.degree is not None, -(one.degree or 0)), default=None)


def _parts(tree: Node) -> list[Node]:
    """The expression, and what stands inside the parts that it never goes back into."""
    inside = [node.item for node in walk(tree) if isinstance(node, Look | Atomic)]
    inside += [node.item for node in walk(tree) if isinstance(node, Repeat) and node.mode is Mode.POSSESSIVE]
    return [
        tree,
        *(part for node in walk(tree) if isinstance(node, Conditional) for part in (node.yes, node.no)),
        *inside,
    ]


def _of(tree: Node) -> Slow | None:
    try:
        made = automaton(tree)
    except TooLarge:
        return None
    loops = list(made.loops())
    for loop in loops:
        if not loop & made.final:
            pump = _twice(made, loop)
            if pump is not None:
                found = Slow(_text_to(made, pump[0]), (pump[1],), None)
                if not made.finds(found.text(TIMES)):
                    return found
    return _shared(made, loops) if len(loops) <= MOST_LOOPS else None


def _twice(made: Automaton, loop: frozenset[int]) -> tuple[int, str] | None:
    """A place of the loop and a text that leads from there back in two ways."""
    for place in sorted(loop):
        for following, ways in made.following[place].items():
            if ways > 1 and following in loop:
                back = _path(made, following, place, loop)
                return place, made.sample(made.kinds[following]) + back if back is not None else ""
    numbers: dict[tuple[int, int], int] = {}
    steps: list[list[int]] = []
    ahead: deque[tuple[int, int]] = deque()

    def number(pair: tuple[int, int]) -> int:
        if pair not in numbers:
            numbers[pair] = len(numbers)
            steps.append([])
            ahead.append(pair)
        return numbers[pair]

    for place in sorted(loop):
        number((place, place))
    while ahead:
        if len(numbers) > MOST_PAIRS:
            return None
        left, right = pair = ahead.popleft()
        onward = [place for place in made.following[right] if place in loop]
        for one in made.following[left]:
            if one in loop:
                for other in onward:
                    if made.kinds[one] & made.kinds[other]:
                        steps[numbers[pair]].append(number((min(one, other), max(one, other))))
    pairs = list(numbers)
    for component in components(len(pairs), lambda index: steps[index]):
        same = [index for index in component if pairs[index][0] == pairs[index][1]]
        apart = [index for index in component if pairs[index][0] != pairs[index][1]]
        if same and apart:
            start, far = min(same), min(apart)
            text = _pair_path(made, pairs, steps, start, far) + _pair_path(made, pairs, steps, far, start)
            return pairs[start][0], text
    return None


def _pair_path(made: Automaton, pairs: list[tuple[int, int]], steps: list[list[int]], start: int, end: int) -> str:
    """A text that leads from one pair to another."""
    came: dict[int, int] = {}
    ahead = deque([start])
    while ahead:
        index = ahead.popleft()
        for following in steps[index]:
            if following not in came:
                came[following] = index
                ahead.append(following)
        if end in came:
            break
    text, index = "", end
    while True:
        left, right = pairs[index]
        text = made.sample(made.kinds[left] & made.kinds[right]) + text
        index = came[index]
        if index == start:
            return text


def _path(made: Automaton, start: int, end: int, within: frozenset[int] | None) -> str | None:
    """A text that leads from behind one place to behind another; empty where they are the same."""
    if start == end:
        return ""
    came: dict[int, int] = {}
    ahead = deque([start])
    while ahead and end not in came:
        place = ahead.popleft()
        for following in made.following[place]:
            if following not in came and (within is None or following in within):
                came[following] = place
                ahead.append(following)
    if end not in came:
        return None
    text, place = "", end
    while place != start:
        text = made.sample(made.kinds[place]) + text
        place = came[place]
    return text


def _text_to(made: Automaton, place: int) -> str:
    """A text that leads to behind a place from the start of the expression."""
    for first in made.first:
        text = _path(made, first, place, None)
        if text is not None:
            return made.sample(made.kinds[first]) + text
    return ""


def _shared(made: Automaton, loops: list[frozenset[int]]) -> Slow | None:
    """The longest row of loops of one character each that can share out one text among them.

    Of two in a row only twins are told (``.*.*``): the square of a command line's length is little.
    """
    singles = {place for loop in loops if len(loop) == 1 for place in loop} - made.final
    rows: dict[int, tuple[str, ...]] = {}
    for place in sorted(singles, reverse=True):
        rows[place] = ()
        for other in sorted(rows):
            text = _between(made, place, other) if len(rows[other]) >= len(rows[place]) else None
            if text is not None:
                rows[place] = (text, *rows[other])
    for place in sorted(rows, key=lambda place: (-len(rows[place]), place)):
        told = len(rows[place]) > 1 or (rows[place] and _has_twin(made, place, singles))
        if told:
            found = Slow(_text_to(made, place), rows[place], len(rows[place]) + 1)
            if not made.finds(found.text(TIMES)):
                return found
    return None


def _has_twin(made: Automaton, place: int, singles: set[int]) -> bool:
    return any(
        other != place and other in singles and made.kinds[other] == made.kinds[place]
        for other in made.following[place]
    )


def _between(made: Automaton, one: int, other: int) -> str | None:
    """A text that both loops can read and that leads from the one to the other."""
    shared = made.kinds[one] & made.kinds[other]
    if one == other or not shared:
        return None
    came: dict[int, int] = {}
    ahead = deque([one])
    while ahead and other not in came:
        place = ahead.popleft()
        for following in made.following[place]:
            if following not in came and following != one and made.kinds[following] & shared:
                came[following] = place
                ahead.append(following)
    if other not in came:
        return None
    text, place = "", other
    while place != one:
        text = made.sample(made.kinds[place] & shared) + text
        place = came[place]
    return text
