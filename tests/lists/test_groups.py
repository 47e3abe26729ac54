"""The groups of a regular expression, found in its text."""

import pytest

from stagewatch.lists.groups import groups


def alternatives(pattern: str) -> list[tuple[str, ...]]:
    return [group.alternatives for group in groups(pattern)]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("abc", []),
        ("a|b", []),
        ("(a|b)", [("a", "b")]),
        ("x(a)y(b|)z", [("a",), ("b", "")]),
        ("(a(b|c)d|e)", [("a(b|c)d", "e"), ("b", "c")]),
        (r"(a\|b|c\)d)", [(r"a\|b", r"c\)d")]),
        (r"([|)(]|[^|]|[]|)]|[\]|]|x)", [("[|)(]", "[^|]", "[]|)]", r"[\]|]", "x")]),
        ("(?:a|b)", [("a", "b")]),
        ("(a|b", []),
        ("a)b(c|d)", [("c", "d")]),
    ],
)
def test_the_alternatives_of_each_group_are_those_between_its_own_bars(pattern: str, found: list[tuple[str]]) -> None:
    assert alternatives(pattern) == found


def test_a_group_tells_where_its_inside_stands() -> None:
    pattern = r"\s(a|b(c|d))$"
    assert [pattern[group.start : group.end] for group in groups(pattern)] == ["a|b(c|d)", "c|d"]
