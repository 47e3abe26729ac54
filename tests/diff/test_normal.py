"""Queries and rules, a term on each line: one added value is one changed line."""

from __future__ import annotations

import pytest
from sigma.rule import SigmaRule

from stagewatch.diff.blocks import pairwise_cut
from stagewatch.diff.compare import Meanings, pairs
from stagewatch.diff.normal import normal, query_diff
from stagewatch.diff.terms import changed_terms
from stagewatch.pack import PackRule, Source
from stagewatch.targets import TARGETS
from tests.support import query
from tests.support import rule as rule_text

DETECTION = """
selection:
    Image|endswith:
        - '\\a.exe'
        - '\\aa.exe'
        - '\\b, (c) or d.exe'
{more}    CommandLine|contains: 'x and "y" (z)'
    CommandLine|re: '(aaaaaaaaaaaaaaaaaaaaaaaaaaa|bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb|c/d"e|ccccccccccccccc)$'
filter:
    User: 'SYSTEM'
condition: selection and not filter
"""


def of(target: str, more: str = "") -> str:
    return query(target, rule_text(DETECTION.format(more=more)))


def without_space(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_lost_but_white_space(target: str) -> None:
    text = of(target)
    assert without_space("".join(normal(target, text))) == without_space(text)


@pytest.mark.parametrize("target", TARGETS)
def test_white_space_makes_no_difference(target: str) -> None:
    text = of(target)
    assert query_diff(target, text, text.replace("\n", "\n\n")) == ()
    assert query_diff(target, text, text + "\n") == ()


@pytest.mark.parametrize("target", TARGETS)
def test_one_added_value_adds_one_line_wherever_it_stands(target: str) -> None:
    changed = [line for line in query_diff(target, of(target), of(target, "        - '\\zz.exe'\n")) if line[0] in "+-"]
    added = [line for line in changed if "zz" in line]
    assert added
    assert all(line.startswith("+ ") for line in added)
    assert len(changed) <= 3 * len(added), changed


def test_text_is_not_broken_at_its_commas_and_words() -> None:
    lines = normal("splunk", 'a="b, (c) and d" OR e="f"')
    assert lines == ['a="b, (c) and d"', 'OR e="f"']


def test_a_group_that_only_moves_shows_its_parentheses_alone() -> None:
    lines = query_diff("duckdb", "a = 1 AND b = 2", "(a = 1 AND b = 2) OR c = 3")
    assert [line.replace(" ", "") for line in lines if line[0] in "+-"] == ["+(", "+)", "+ORc=3".replace(" ", "")]


def loaded(detection: str) -> SigmaRule:
    return SigmaRule.from_yaml(rule_text(detection))


@pytest.mark.parametrize(
    ("before", "now", "lines"),
    [
        ("a: {x: [1, 2]}\ncondition: a", "a: {x: [2, 1, 3]}\ncondition: a", ("+ a: x: 3",)),
        (
            "a: {x: 1}\ncondition: a",
            "b: {x: 1}\nf: {y: 2}\ncondition: b and not f",
            ("- condition: b", "+ f: y: 2", "+ condition: b and not f"),
        ),
        (
            "filter_a: {x: 1}\nb: {y: 2}\ncondition: b and not 1 of filter_*",
            "other_a: {x: 1}\nb: {y: 2}\ncondition: b and not 1 of filter_*",
            ("- filter_a: x: 1", "+ other_a: x: 1"),
        ),
        ("a: [{x: 1}, {y: null}]\ncondition: a", "a: [{x: 1}]\ncondition: a", ("- a: y: null",)),
    ],
)
def test_terms(before: str, now: str, lines: tuple[str, ...]) -> None:
    assert changed_terms(loaded(before), loaded(now)) == lines


def test_a_long_value_shows_where_it_differs() -> None:
    start, end = "a|" * 200, "b|" * 200
    removed, added = pairwise_cut([f"- s: f|re: {start}{end}", f"+ s: f|re: {start}NEW|{end}"], 90)
    assert "NEW" in added
    assert "NEW" not in removed
    assert max(len(removed), len(added)) < 150
    assert removed.startswith("- s: …a|")
    assert added.endswith("…")


def entry(stem: str, identifier: str | None, value: str) -> PackRule:
    made = loaded(f"s: {{x: {value}}}\ncondition: s")
    made.id = identifier  # type: ignore[assignment]  # its text is all that counts here
    return PackRule(Source(f"sigma/{stem}.yml", 1, stem, "0"), made)


@pytest.mark.parametrize(
    ("before", "now", "paired"),
    [
        (("a", "1", "x"), ("b", "1", "y"), True),
        (("a", "1", "x"), ("a", "2", "y"), True),
        (("a", "1", "x"), ("b", "2", "x"), True),
        (("a", None, "x"), ("b", None, "x"), True),
        (("a", "1", "x"), ("b", "2", "y"), False),
    ],
    ids=["by id", "by file name", "by meaning", "without ids", "strangers"],
)
def test_rules_are_paired(before: tuple[str, str, str], now: tuple[str, str, str], paired: bool) -> None:
    found = pairs([entry(*before)], [entry(*now)], Meanings())
    assert len(found) == (1 if paired else 2)
