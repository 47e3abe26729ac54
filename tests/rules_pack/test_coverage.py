"""The table of what the pack covers: complete, right, and as large as it has to be."""

from __future__ import annotations

import re

import pytest

from tests.rules_pack.coverage import PAGE, TEST, found_by, page, source
from tests.rules_pack.fixtures import REPOSITORY, cases, correlations, detections, fixtures

RULES, CORRELATIONS = 45, 12
"""How many there are to be at least."""

BEHAVIOURS = 43
"""Rows of the matrix of behaviours that public content was compared by."""


def test_the_page_is_what_the_rules_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_there_are_enough_rules_and_correlations() -> None:
    assert len(detections()) >= RULES
    assert len(correlations()) >= CORRELATIONS


def test_each_behaviour_has_rules_that_exist_or_a_reason() -> None:
    behaviours = source()["behaviours"]
    assert list(behaviours) == list(range(1, BEHAVIOURS + 1))
    for number, behaviour in behaviours.items():
        assert ("rules" in behaviour) != ("left_out" in behaviour), number
        assert set(behaviour.get("rules", ())) <= {*detections(), *correlations()}, number
        assert len(behaviour.get("left_out", "a reason of some length")) > 20, number


def test_each_rule_answers_to_a_behaviour() -> None:
    answering = {stem for behaviour in source()["behaviours"].values() for stem in behaviour.get("rules", ())}
    assert answering == {*detections(), *correlations()}


@pytest.mark.parametrize("name", source()["tests"])
def test_each_public_test_is_found_by_a_rule(name: str) -> None:
    assert found_by().get(name)


def test_no_event_stands_for_a_test_that_is_not_listed() -> None:
    named = {test[0] for case in cases() if (test := TEST.search(case.label))}
    named |= {test[0] for one in fixtures().values() for case in one.cases if (test := TEST.search(case.name))}
    assert named <= set(source()["tests"])


def test_the_seeds_and_the_atomic_tests_are_listed() -> None:
    listed = set(source()["tests"])
    assert {f"seed T1074 test {number}" for number in range(1, 6)} <= listed
    assert {f"seed T1074.002 test {number}" for number in range(1, 5)} <= listed
    assert {f"Atomic T1074.001 test {number}" for number in range(1, 4)} <= listed


def test_each_of_the_23_defects_of_the_seeds_has_its_line() -> None:
    text = (REPOSITORY / "docs" / "seed-defects.md").read_text(encoding="utf-8")
    numbers = re.findall(r"^\| (\d+) \| \S.* \| \S.* \|$", text, re.MULTILINE)
    assert [int(number) for number in numbers] == list(range(1, 24))
