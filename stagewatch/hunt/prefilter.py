"""A cheap test that every event which a rule can match must pass: some word that the rule cannot do without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stagewatch import expression as ex

SHORTEST = 3
"""Shorter words are in too many values to tell anything."""

MOST_WORDS = 2000
"""Of more words no automaton is made that is small enough to be quick."""

Words = Mapping[str, frozenset[str]]
"""Field -> words in lower case: at least one field holds at least one of its words."""


def prefilter(expressions: Iterable[ex.Expression]) -> ex.Expression | None:
    """A condition that holds wherever one of the expressions does; None where one of them needs no word, or where they
    need too many."""
    words = _either(map(_needed, expressions))
    if not words or sum(map(len, words.values())) > MOST_WORDS:
        return None
    return ex.disjunction(*(ex.Text(field, tuple(map(_within, sorted(some)))) for field, some in words.items()))


def _within(word: str) -> ex.Glob:
    return ex.Glob.of(ex.Wildcard.ANY, word, ex.Wildcard.ANY)


def _needed(expression: ex.Expression) -> Words | None:
    match expression:
        case ex.Text(field, globs):
            words = frozenset(map(_word, globs))
            return None if None in words else {field: frozenset(word for word in words if word is not None)}
        case ex.And(terms):
            return max(filter(None, map(_needed, terms)), key=_worth, default=None)
        case ex.Or(terms):
            return _either(map(_needed, terms))
        case _:  # what a NOT forbids, an expression or a number asks, has no word that can be counted on
            return None


def _either(several: Iterable[Words | None]) -> Words | None:
    merged: dict[str, frozenset[str]] = {}
    for words in several:
        if words is None:
            return None
        for field, more in words.items():
            merged[field] = merged.get(field, frozenset()) | more
    return merged


def _word(glob: ex.Glob) -> str | None:
    """The longest literal of a pattern. Only ASCII: what its lower case is, all agree on."""
    word = max((part for part in glob.parts if isinstance(part, str)), key=len, default="")
    return word.lower() if len(word) >= SHORTEST and word.isascii() else None


def _worth(words: Words) -> tuple[int, int]:
    """Few words are better than many, long ones better than short ones: first by the shortest word."""
    every = [word for some in words.values() for word in some]
    return min(map(len, every)), -len(every)
