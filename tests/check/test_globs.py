"""Patterns compared: the answers are those of trying all short texts."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagewatch.check import globs
from stagewatch.check.globs import Coverers, covers, disjoint
from stagewatch.expression import Glob, Wildcard

MARKS = {"*": Wildcard.ANY, "?": Wildcard.ONE}


def glob(text: str) -> Glob:
    return Glob.of(*(MARKS.get(sign, sign) for sign in text))


TEXTS = ["".join(signs) for length in range(6) for signs in product("ab", repeat=length)]


def fits(pattern: Glob, text: str) -> bool:
    """Read from the left, one sign after another: as different from the code under test as it can be."""
    signs = [sign for part in pattern.parts for sign in (part if isinstance(part, str) else (part,))]

    def match(place: int, at: int) -> bool:
        if place == len(signs):
            return at == len(text)
        if signs[place] is Wildcard.ANY:
            return any(match(place + 1, further) for further in range(at, len(text) + 1))
        return at < len(text) and signs[place] in (Wildcard.ONE, text[at]) and match(place + 1, at + 1)

    return match(0, 0)


patterns = st.text("ab*?", max_size=4).map(glob)


@given(patterns, patterns)
@settings(max_examples=300, deadline=None)
def test_what_covers_another_takes_all_its_texts_and_what_is_disjoint_none(one: Glob, other: Glob) -> None:
    first = {text for text in TEXTS if fits(one, text)}
    second = {text for text in TEXTS if fits(other, text)}
    assert disjoint(one, other) == (not first & second)
    if covers(one, other):
        assert second <= first


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("*", ""),
        ("*a*", "*ba*"),
        ("a*", "ab?"),
        ("*.zip", "*archive.zip"),
        ("A", "a"),
        ("*ß*", "*STRAßE*"),
        ("a*c", "ab*c"),
        ("?", "a"),
        ("a?*", "ab*"),
        ("*a*b*", "*ab*"),
    ],
)
def test_covered(wide: str, narrow: str) -> None:
    assert covers(glob(wide), glob(narrow))


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("*ab*", "*a*"),
        ("a", "a*"),
        ("?", "*"),
        ("*a", "*a*"),
        ("a*", "*a"),
        ("?", ""),
        ("*a*b*", "*ba*"),
        ("*ab*", "a?b"),
    ],
)
def test_not_covered(wide: str, narrow: str) -> None:
    assert not covers(glob(wide), glob(narrow))


@given(st.lists(patterns, max_size=6))
@settings(max_examples=200, deadline=None)
def test_the_index_finds_what_comparing_all_pairs_finds(listed: list[Glob]) -> None:
    index = Coverers(listed)
    for place, one in enumerate(listed):
        found = {other for other in index.of(place) if covers(listed[other], one)}
        assert found == {other for other, wide in enumerate(listed) if other != place and covers(wide, one)}


def test_very_long_patterns_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = glob("?a?"), glob("?b?")
    assert covers(one, glob("?aa"))
    assert disjoint(one, other)
    monkeypatch.setattr(globs, "MOST_STEPS", 3)
    assert not covers(one, glob("?aa"))
    assert not disjoint(one, other)
