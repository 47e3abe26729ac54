"""Signs around conditions: what they tell of a query, and that they never say what is not so."""

from __future__ import annotations

from itertools import pairwise

import pytest

from stagewatch import expression as ex
from stagewatch.targets import TARGETS
from stagewatch.targets.marks import Marks, distinct, mark, marked, spans, within, without
from tests.support import query, rule

LEAF = ex.Text("User", (ex.Glob.of("a"),))
OTHER = ex.Text("User", (ex.Glob.of("b"),))

RULE = rule(
    r"""
    selection:
        Image|endswith: '\7z.exe'
        CommandLine|contains: [' a ', ' u ']
    filter_one: {ParentImage|endswith: '\x.exe'}
    filter_two: {CommandLine|re: 'b+'}
    condition: selection and not 1 of filter_*
    """
)


def test_nothing_is_marked_unless_somebody_looks() -> None:
    assert mark(LEAF, "text", object()) == "text"


def test_a_marked_text_is_found_in_the_plain_one() -> None:
    with marked() as marks:
        text = f"x {mark(LEAF, 'one', object())} and {mark(OTHER, 'two', object())}"
    found = spans(marks, text, "x one and two")
    assert found is not None
    assert [(span.start, span.end, span.said.term) for span in found] == [(2, 5, LEAF), (10, 13, OTHER)]


def test_a_query_may_be_broken_into_other_lines() -> None:
    with marked() as marks:
        text = f"x ({mark(LEAF, 'one  or two', object())})"
    found = spans(marks, text, "x (\n    one or\n    two\n)")
    assert found is not None
    assert [(span.start, span.end) for span in found] == [(8, 22)]


@pytest.mark.parametrize("plain", ["x three", "x one!", "x on", "x one\U000f0000", ""])
def test_nothing_is_claimed_of_another_text(plain: str) -> None:
    with marked() as marks:
        text = f"x {mark(LEAF, 'one', object())}"
    assert spans(marks, text, plain) is None


def test_signs_that_are_torn_apart_claim_nothing() -> None:
    with marked() as marks:
        text = mark(LEAF, "one", object())
    assert spans(marks, text[:-1], "one") is None
    assert spans(marks, text[1:], "one") is None
    assert spans(Marks(), text, "one") is None


def test_an_outer_condition_comes_before_those_inside_it() -> None:
    with marked() as marks:
        text = mark(ex.Not(LEAF), f"not {mark(LEAF, 'one', object())}", object())
    found = spans(marks, text, "not one")
    assert found is not None
    assert [span.said.term for span in found] == [ex.Not(LEAF), LEAF]


def test_signs_are_kept_around_what_is_taken_off() -> None:
    with marked():
        text = mark(LEAF, "(one)", object())
        before, inner, behind = within(text)
        assert (inner, before + inner + behind, without(text)) == ("(one)", text, "(one)")
    assert within("(one)") == ("", "(one)", "")


def test_a_text_that_comes_twice_keeps_the_signs_of_both() -> None:
    with marked() as marks:
        texts = distinct([mark(LEAF, "one", object()), "two", mark(OTHER, "one", object())])
    found = spans(marks, " ".join(texts), "one two")
    assert found is not None
    assert {span.said.term for span in found} == {LEAF, OTHER}
    assert distinct(["one", "two", "one"]) == ["one", "two"]


@pytest.mark.parametrize("target", TARGETS)
def test_a_marked_query_is_the_plain_one(target: str) -> None:
    plain = query(target, RULE)
    with marked() as marks:
        signed = query(target, RULE)
    found = spans(marks, signed, plain)
    assert found is not None
    assert signed != plain
    outer = [
        span
        for span in found
        if not any(one is not span and one.start <= span.start and span.end <= one.end for one in found)
    ]
    assert all(left.end <= right.start for left, right in pairwise(outer))
