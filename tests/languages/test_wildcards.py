"""Patterns with wildcards, compared with a definition that tries everything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stagewatch.languages.wildcards import Part, Wildcard, matches


def defined(pattern: tuple[Part, ...], text: str) -> bool:
    if not pattern:
        return not text
    first, rest = pattern[0], pattern[1:]
    if first is Wildcard.ANY:
        return any(defined(rest, text[start:]) for start in range(len(text) + 1))
    return bool(text) and (first is Wildcard.ONE or first == text[0]) and defined(rest, text[1:])


@given(st.lists(st.sampled_from(["a", "b", Wildcard.ONE, Wildcard.ANY]), max_size=7), st.text("ab", max_size=7))
def test_as_defined(pattern: list[Part], text: str) -> None:
    assert matches(pattern, text) == defined(tuple(pattern), text)
