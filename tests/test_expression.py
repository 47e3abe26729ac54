from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from stagewatch.expression import (
    And,
    Expression,
    Glob,
    Leaf,
    Not,
    Null,
    Or,
    Present,
    Pruned,
    Regex,
    Shape,
    Text,
    Wildcard,
    conjunction,
    disjunction,
    fields,
    leaves,
    negation_normal_form,
    prune,
)
from tests.reference import evaluate

ANY, ONE = Wildcard.ANY, Wildcard.ONE


def text(field: str, value: str = "x") -> Text:
    return Text(field, (Glob.of(value),))


def test_glob_normal_form_merges_texts_and_runs_of_any() -> None:
    assert Glob.of("a", "", "b", ANY, ANY, "c") == Glob(("ab", ANY, "c"))


def test_glob_keeps_runs_of_one() -> None:
    assert Glob.of(ONE, ONE).parts == (ONE, ONE)


def test_shapes() -> None:
    shapes = {
        Glob.of("a"): Shape.EQUALS,
        Glob.of(): Shape.EQUALS,
        Glob.of(ANY): Shape.PRESENT,
        Glob.of(ANY, "a", ANY): Shape.CONTAINS,
        Glob.of("a", ANY): Shape.STARTSWITH,
        Glob.of(ANY, "a"): Shape.ENDSWITH,
        Glob.of("a", ANY, "b"): Shape.WILDCARD,
        Glob.of(ONE): Shape.WILDCARD,
        Glob.of(ANY, ONE, ANY): Shape.WILDCARD,
    }
    assert {glob: glob.shape for glob in shapes} == shapes


def test_alternatives_on_one_field_are_grouped_at_the_place_of_the_first() -> None:
    grouped = disjunction(text("a", "1"), text("b"), text("a", "2"), text("a", "1"))
    assert grouped == Or((Text("a", (Glob.of("1"), Glob.of("2"))), text("b")))


def test_cased_and_uncased_alternatives_are_not_grouped() -> None:
    cased = Text("a", (Glob.of("1"),), cased=True)
    assert disjunction(text("a", "1"), cased) == Or((text("a", "1"), cased))


def test_nested_structure_is_flattened() -> None:
    assert conjunction(text("a"), And((text("b"), text("c")))) == And((text("a"), text("b"), text("c")))
    assert disjunction(Null("a"), Or((Null("b"), Null("c")))) == Or((Null("a"), Null("b"), Null("c")))


def test_fields_in_order_of_first_use() -> None:
    assert fields(And((text("b"), Not(text("a")), text("b")))) == ("b", "a")


def lacks(leaf: Leaf) -> bool:
    return "lacking" in fields(leaf)


LACKING = text("lacking")


def test_prune_leaves_out_the_or_branch() -> None:
    assert prune(Or((text("a"), LACKING)), lacks) == Pruned(text("a"), (LACKING,))


def test_prune_leaves_out_a_whole_and_inside_an_or() -> None:
    branch = And((text("b"), LACKING))
    assert prune(Or((text("a"), branch)), lacks) == Pruned(text("a"), (branch,))


def test_prune_refuses_under_and() -> None:
    assert prune(And((text("a"), LACKING)), lacks) == Pruned(None)


def test_prune_refuses_under_not_even_inside_an_or() -> None:
    assert prune(And((text("a"), Not(Or((text("b"), LACKING))))), lacks) == Pruned(None)


def test_prune_refuses_an_or_that_lacks_every_branch() -> None:
    assert prune(Or((LACKING, And((LACKING, text("a"))))), lacks) == Pruned(None)


NAMES = ("a", "b", "lacking")


def trees() -> st.SearchStrategy[Expression]:
    leaf: st.SearchStrategy[Expression] = st.one_of(
        st.sampled_from(NAMES).map(text),
        st.sampled_from(NAMES).map(Null),
        st.sampled_from(NAMES).map(Present),
        st.sampled_from(NAMES).map(lambda name: Regex(name, "^x")),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=1, max_size=3).map(lambda terms: conjunction(*terms)),
            st.lists(inner, min_size=1, max_size=3).map(lambda terms: disjunction(*terms)),
        ),
        max_leaves=8,
    )


EVENTS = [
    {name: value for name, value in zip(NAMES, values, strict=True) if value is not None}
    for values in itertools.product((None, "", "x", "y"), repeat=len(NAMES))
]


@given(trees())
def test_negation_normal_form_means_the_same(tree: Expression) -> None:
    normal = negation_normal_form(tree)
    assert all(evaluate(normal, event) == evaluate(tree, event) for event in EVENTS)


@given(trees())
def test_negation_normal_form_negates_leaves_only(tree: Expression) -> None:
    def check(node: Expression) -> None:
        match node:
            case And(terms) | Or(terms):
                for term in terms:
                    check(term)
            case Not(term):
                assert not isinstance(term, And | Or | Not)

    check(negation_normal_form(tree))


@given(trees())
def test_a_pruned_rule_sees_less_never_more(tree: Expression) -> None:
    pruned = prune(tree, lacks)
    if pruned.expression is not None:
        assert not any(map(lacks, leaves(pruned.expression)))
        assert all(evaluate(tree, event) for event in EVENTS if evaluate(pruned.expression, event))


@given(trees())
def test_prune_changes_nothing_where_nothing_lacks(tree: Expression) -> None:
    assert prune(tree, lambda leaf: False) == Pruned(tree)
