from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagewatch import expression as ex
from stagewatch.matching import Trace, partial, trace
from tests import reference

ANY, ONE = ex.Wildcard.ANY, ex.Wildcard.ONE


def text(*parts: str | ex.Wildcard, field: str = "F", cased: bool = False) -> ex.Text:
    return ex.Text(field, (ex.Glob.of(*parts),), cased)


def marked(expression: ex.Expression, value: str) -> str | None:
    """The value with its marks in brackets, None where the expression does not hold."""
    found = trace(expression, {"F": value})
    if not found.holds:
        return None
    for start, end in reversed(found.marks.get("F", ())):
        value = f"{value[:start]}[{value[start:end]}]{value[end:]}"
    return value


@pytest.mark.parametrize(
    ("glob", "value", "shown"),
    [
        (("abc",), "ABC", "[ABC]"),
        (("abc",), "abcd", None),
        (("abc",), "abc\n", None),
        ((ANY, "b", ANY), "abcb", "a[b]cb"),
        (("a", ANY), "abc", "[a]bc"),
        ((ANY, "c"), "abcc", "abc[c]"),
        ((ANY, "c"), "abcd", None),
        (("a", ANY, "a"), "a", None),
        (("a", ANY, "a"), "aa", "[aa]"),
        (("a", ANY, "b", ANY, "c"), "a-b-b-c", "[a]-[b]-b-[c]"),
        (("a", ANY, "b", ANY, "b"), "ab", None),
        (("a", ONE, "c"), "abc", "[a]b[c]"),
        ((ANY, "a", ONE, "c", ANY), "xaxabc", "xax[a]b[c]"),
        (("a", ONE), "a", None),
        ((ANY,), "", ""),
        (("",), "", ""),
        ((ANY, "ß", ANY), "STRASSE", None),
        ((ANY, "i", ANY), "xİi", "xİ[i]"),
    ],
)
def test_the_literal_parts_of_a_pattern_are_marked(
    glob: tuple[str | ex.Wildcard, ...], value: str, shown: str | None
) -> None:
    assert marked(text(*glob), value) == shown


def test_a_cased_pattern_tells_case_apart() -> None:
    assert marked(text(ANY, "B", ANY, cased=True), "abB") == "ab[B]"
    assert marked(text(ANY, "B", ANY, cased=True), "ab") is None


def test_a_regular_expression_marks_what_it_finds() -> None:
    assert marked(ex.Regex("F", r"b+"), "abbc") == "a[bb]c"
    assert marked(ex.Regex("F", r"B+"), "abbc") is None
    assert marked(ex.Regex("F", r"B+", frozenset("i")), "abbc") == "a[bb]c"
    assert marked(ex.Regex("F", r"x*"), "abbc") == "abbc"


@pytest.mark.parametrize(
    ("leaf", "value", "holds"),
    [
        (ex.Number("F", ">=", 3), "3", True),
        (ex.Number("F", ">", 3), "3", False),
        (ex.Number("F", "!=", 3), "x", False),
        (ex.Boolean("F", True), "True", True),
        (ex.Cidr("F", ("10.0.0.0/8",)), "10.1.2.3", True),
        (ex.Cidr("F", ("10.0.0.0/8",)), "no address", False),
        (ex.FieldRef("F", "G"), "g", True),
    ],
)
def test_other_conditions_mark_the_whole_value(leaf: ex.Leaf, value: str, holds: bool) -> None:
    marks = {"F": ((0, len(value)),)} if holds else {}
    assert trace(leaf, {"F": value, "G": "G"}) == Trace(holds, marks)


@pytest.mark.parametrize("leaf", [text("a"), ex.Regex("F", "a"), ex.Number("F", "!=", 1), ex.Present("F")])
def test_a_lacking_field_makes_a_condition_false_and_its_negation_true(leaf: ex.Leaf) -> None:
    assert not trace(leaf, {}).holds
    assert trace(ex.Not(leaf), {}).holds


def test_a_null_is_a_lacking_or_an_empty_field() -> None:
    assert [trace(ex.Null("F"), event).holds for event in ({}, {"F": None}, {"F": ""}, {"F": "a"})] == [
        True,
        True,
        True,
        False,
    ]


def test_every_branch_of_an_or_that_holds_is_marked() -> None:
    assert marked(ex.Or((text("a", ANY), text(ANY, "c"), text("x"))), "abc") == "[a]b[c]"


def test_a_branch_whose_and_fails_is_not_marked() -> None:
    branch = ex.And((text(ANY, "b", ANY), text("no", field="G")))
    assert marked(ex.Or((branch, text("a", ANY))), "abc") == "[a]bc"


def test_what_stands_below_a_not_marks_nothing() -> None:
    assert marked(ex.And((text("a", ANY), ex.Not(ex.Not(text(ANY, "c"))))), "abc") == "[a]bc"


def test_marks_that_touch_are_one() -> None:
    assert marked(ex.And((text("ab", ANY), text(ANY, "bc", ANY))), "abcd") == "[abc]d"


def test_a_keyword_is_marked_in_every_field_that_holds_it() -> None:
    keyword = ex.Keyword((ex.Glob.of(ANY, "b", ANY),))
    assert trace(keyword, {"F": "ab", "G": "x", "H": "b"}).marks == {"F": ((1, 2),), "H": ((0, 1),)}


def test_a_near_miss_shows_what_it_has_in_common() -> None:
    rule = ex.And((text(ANY, "b", ANY), text("no", field="G"), ex.Not(text(ANY, "a", ANY))))
    assert partial(rule, {"F": "abc", "G": "yes"}) == {"F": ((1, 2),)}


def test_the_engine_for_regular_expressions_is_the_callers() -> None:
    asked = []

    def search(pattern: str, value: str) -> re.Match[str] | None:
        asked.append((pattern, value))
        return None

    assert not trace(ex.Regex("F", "a", frozenset("im")), {"F": "a"}, search).holds
    assert asked == [("(?im)a", "a")]


PART = st.one_of(st.sampled_from([ANY, ONE]), st.text("aB.\\*?\nİß", max_size=2))
LEAF = st.one_of(
    st.builds(
        ex.Text,
        st.sampled_from("FG"),
        st.lists(st.lists(PART, max_size=5).map(lambda parts: ex.Glob.of(*parts)), min_size=1, max_size=3).map(tuple),
        st.booleans(),
    ),
    st.builds(ex.Null, st.sampled_from("FG")),
    st.builds(ex.Present, st.sampled_from("FG")),
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda terms: ex.And(tuple(terms))),
        st.lists(inner, min_size=1, max_size=3).map(lambda terms: ex.Or(tuple(terms))),
        inner.map(ex.Not),
    ),
    max_leaves=6,
)


@given(TREE, st.dictionaries(st.sampled_from("FG"), st.text("aAbB.\\*?\n", max_size=6)))
def test_it_agrees_with_the_specification(expression: ex.Expression, event: dict[str, str]) -> None:
    found = trace(expression, event)
    assert found.holds == reference.evaluate(expression, event)
    for name, spans in found.marks.items():
        places = [0, *(place for span in spans for place in span), len(event[name])]
        assert places == sorted(places)
