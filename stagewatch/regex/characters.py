"""Sets of characters as ranges of code points: the ASCII categories, upper and lower case, complements."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from stagewatch.regex.tree import Category, OneOf, Span

LAST = 0x10FFFF

SPANS: dict[Category, tuple[Span, ...]] = {
    Category.DIGIT: ((0x30, 0x39),),
    Category.WORD: ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
    Category.SPACE: ((0x09, 0x0D), (0x20, 0x20)),
}

_WIDE = 1024
"""Ranges beyond ASCII that are wider than this stand for "any other letter": no case is added to them."""


def variants(character: str) -> tuple[str, ...]:
    """The character and its other case, lower case first; one that changes into several characters has none."""
    cases = (character.lower(), character.upper())
    return tuple(dict.fromkeys((*(case for case in cases if len(case) == 1), character)))


def has_case(text: str) -> bool:
    """Whether a letter of the text looks different in the other case."""
    return text.lower() != text or text.upper() != text


@lru_cache(maxsize=4096)
def folded(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The spans with the other case of each letter added behind them; unchanged where they hold both already."""
    added: list[Span] = []
    for low, high in spans:
        for first, last, shift in ((0x61, 0x7A, -32), (0x41, 0x5A, 32)):
            if (start := max(low, first)) <= (stop := min(high, last)):
                added.append((start + shift, stop + shift))
        if high > 0x7F and high - low <= _WIDE:
            points = range(max(low, 0x80), high + 1)
            added += [(ord(c), ord(c)) for point in points for c in variants(chr(point)) if ord(c) != point]
    return (*spans, *(span for span in dict.fromkeys(added) if not _inside(span, spans)))


def _inside(span: Span, spans: Iterable[Span]) -> bool:
    return any(low <= span[0] and span[1] <= high for low, high in spans)


def normal(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same characters as sorted spans that neither overlap nor touch."""
    merged: list[Span] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(spans: Iterable[Span]) -> tuple[Span, ...]:
    """All characters that are not in the spans."""
    gaps: list[Span] = []
    start = 0
    for low, high in normal(spans):
        if start < low:
            gaps.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        gaps.append((start, LAST))
    return tuple(gaps)


def members(one_of: OneOf) -> tuple[Span, ...]:
    """The characters that the class lists, before any negation, as normal spans."""
    spans = folded(one_of.spans) if one_of.fold else one_of.spans
    inside = (span for category in one_of.categories for span in SPANS[category])
    outside = (span for category in one_of.without for span in complement(SPANS[category]))
    return normal((*spans, *inside, *outside))
