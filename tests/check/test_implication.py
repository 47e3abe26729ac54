"""What follows from what is true of every event, by a matcher that shares no code with it."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagewatch import expression as ex
from stagewatch.check.implication import excludes, implies
from stagewatch.check.wider import Wider
from tests.check.test_globs import glob
from tests.reference import evaluate


def text(field: str, *patterns: str, cased: bool = False) -> ex.Text:
    return ex.Text(field, tuple(map(glob, patterns)), cased)


A, B = text("f", "*a*"), text("f", "*ab*")
G = text("g", "b")

leaves = st.one_of(
    st.builds(
        lambda field, patterns: text(field, *patterns),
        st.sampled_from("fg"),
        st.lists(st.sampled_from(["a", "b", "*a*", "a*", "*b", "*", "ab", "a?", ""]), min_size=1, max_size=2),
    ),
    st.builds(ex.Present, st.sampled_from("fg")),
    st.builds(ex.Null, st.sampled_from("fg")),
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(ex.Not, inner),
        st.builds(ex.conjunction, inner, inner),
        st.builds(ex.disjunction, inner, inner),
    ),
    max_leaves=5,
)

VALUES = (None, "", "a", "b", "ab", "ba", "aa", "c")
EVENTS = [
    {name: value for name, value in zip("fg", values, strict=True) if value is not None}
    for values in product(VALUES, repeat=2)
]


@given(expressions, expressions)
@settings(max_examples=400, deadline=None)
def test_what_is_said_to_follow_follows_and_what_is_said_to_exclude_excludes(
    one: ex.Expression, other: ex.Expression
) -> None:
    first = [evaluate(one, event) for event in EVENTS]
    second = [evaluate(other, event) for event in EVENTS]
    if implies(one, other):
        assert all(b for a, b in zip(first, second, strict=True) if a)
    if excludes(one, other, single_valued=True):
        assert not any(a and b for a, b in zip(first, second, strict=True))


@given(st.lists(expressions, min_size=2, max_size=5))
@settings(max_examples=200, deadline=None)
def test_the_index_leaves_out_nothing_that_follows(listed: list[ex.Expression]) -> None:
    index = Wider(listed)
    for one in listed:
        assert {place for place, other in enumerate(listed) if implies(one, other)} <= set(index.candidates(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (B, A),
        (ex.And((A, G)), A),
        (A, ex.Or((G, A))),
        (ex.Or((B, text("f", "xa"))), A),
        (ex.Not(A), ex.Not(B)),
        (B, ex.Present("f")),
        (ex.And((B, G)), ex.And((G, A))),
        (text("f", "a"), ex.Not(ex.Null("f"))),
        (ex.Cidr("f", ("10.1.0.0/16",)), ex.Cidr("f", ("10.0.0.0/8", "192.0.2.0/24"))),
        (ex.Number("f", ">", 3), ex.Present("f")),
        (text("f", "a", cased=True), text("f", "A")),
    ],
)
def test_follows(one: ex.Expression, other: ex.Expression) -> None:
    assert implies(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (A, B),
        (ex.Or((B, G)), A),
        (ex.Not(B), ex.Not(A)),
        (ex.Null("f"), ex.Present("f")),
        (text("f", "*"), text("g", "*")),
        (text("f", "A"), text("f", "a", cased=True)),
        (ex.Cidr("f", ("2001:db8::/32",)), ex.Cidr("f", ("10.0.0.0/8",))),
        (ex.Regex("f", "a"), ex.Regex("f", "a|b")),
    ],
)
def test_does_not_follow(one: ex.Expression, other: ex.Expression) -> None:
    assert not implies(one, other)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (ex.Cidr("f", ("10.1.0.0/16",)), ex.Cidr("f", ("10.0.0.0/8",))),
        (ex.Regex("f", "a"), ex.Or((ex.Regex("f", "a"), G))),
        (ex.Number("f", ">", 3), ex.Present("f")),
        (ex.Keyword((glob("*ab*"),)), ex.Keyword((glob("*a*"),))),
    ],
)
def test_the_index_finds_conditions_of_every_kind(narrow: ex.Expression, wide: ex.Expression) -> None:
    assert implies(narrow, wide)
    assert 1 in Wider([narrow, wide]).candidates(narrow)


def test_two_values_exclude_one_another_only_where_a_field_holds_one() -> None:
    one, other = text("f", "a"), text("f", "b")
    assert excludes(one, other, single_valued=True)
    assert not excludes(one, other, single_valued=False)
    assert excludes(one, ex.Not(A), single_valued=False)
