"""What is recorded of the public pages says what the hand-written expectations say; all of it can be checked alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.rules_pack.fixtures import correlations, detections, fixtures
from tests.seeds import claims, tries
from tests.seeds.record import FILE

RIGHT = {True: "found", False: "passed over"}


def recorded() -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return data


def expectations() -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """A name, what is expected, and what is recorded of every try."""
    for defect, found in zip(tries.defects(), recorded()["defects"], strict=True):
        for place, (expected, what) in enumerate(zip(defect.get("tries", ()), found["tries"], strict=True)):
            yield f"{defect['number']}.{place}", expected, what


TRIES = [pytest.param(expected, what, id=name) for name, expected, what in expectations()]
EVENTS = [one for one in TRIES if "page" in one.values[1]]


def test_each_of_the_23_defects_is_tried_or_says_why_not() -> None:
    assert [defect["number"] for defect in tries.defects()] == list(range(1, 24))
    assert set(tries.texts()) == set(range(1, 24))
    for defect in tries.defects():
        assert bool(defect.get("tries")) != bool(defect.get("not_tried")), defect["number"]
    assert sum("not_tried" in defect for defect in tries.defects()) == 3


def test_anchors_differ() -> None:
    anchors = [defect["anchor"] for defect in tries.defects()]
    assert len(set(anchors)) == len(anchors)


@pytest.mark.parametrize(("expected", "what"), EVENTS)
def test_the_pages_query_does_what_was_expected(expected: Mapping[str, Any], what: Mapping[str, Any]) -> None:
    assert (what["page"], what["repaired"]) == (expected["page"], expected.get("repaired"))
    assert bool(what["messages"]) == (what["page"] == "does not compile")


@pytest.mark.parametrize(("expected", "what"), EVENTS)
def test_our_rules_do_what_was_expected(expected: Mapping[str, Any], what: Mapping[str, Any]) -> None:
    right = expected.get("ours", RIGHT[what["sort"] == "attack"])
    assert [(one["rule"], one["verdict"]) for one in what["ours"]] == [(stem, right) for stem in expected["rules"]]


@pytest.mark.parametrize(("expected", "what"), EVENTS)
def test_no_rule_of_the_pack_finds_what_is_benign(expected: Mapping[str, Any], what: Mapping[str, Any]) -> None:
    assert what["sort"] == "attack" or what["also"] == []


@pytest.mark.parametrize(("expected", "what"), EVENTS)
def test_the_deciding_part_stands_in_the_event(expected: Mapping[str, Any], what: Mapping[str, Any]) -> None:
    assert what["marks"]
    for mark in what["marks"]:
        assert any(mark in value for value in what["columns"].values()), mark


@pytest.mark.parametrize(("expected", "what"), [one for one in TRIES if "page" not in one.values[1]], ids=lambda _: "")
def test_what_the_compiler_shows_is_as_expected(expected: Mapping[str, Any], what: Mapping[str, Any]) -> None:
    if "columns" in expected:
        assert what["page_lacks"] == expected["lacks"]
        assert what["ours_lack"] == {stem: [] for stem in expected["rules"]}
    elif "unused" in expected:
        assert what["compiles_without"] is True
    else:
        assert what["differ"] == expected["differ"]
        assert what["found"] > 50


@pytest.mark.parametrize("claim", recorded()["claims"], ids=lambda claim: f"{claim['technique']} {claim['part']}")
def test_ours_find_every_attack_of_a_claim_and_no_near_miss(claim: Mapping[str, Any]) -> None:
    """The fixtures hold the rules to that; another result would be a defect of the comparison."""
    for sort, counted in claim["sorts"].items():
        assert counted["ours"] == (0 if sort == claims.BENIGN else counted["events"])
        wrong = counted["page"] if sort == claims.BENIGN else counted["events"] - counted["page"]
        assert len(counted["wrong"]) == wrong
    assert claim["sorts"][claims.NAMED]["events"] > 5


def test_ours_find_every_event_of_the_pages_own_tests() -> None:
    tests = recorded()["tests"]
    assert [(one["technique"], one["test"]) for one in tests] == [
        *(("T1074", number) for number in range(1, 6)),
        *(("T1074.002", number) for number in range(1, 5)),
    ]
    assert all(one["ours"] == one["events"] > 0 for one in tests)


def test_every_pattern_of_a_claim_names_an_event() -> None:
    for technique, listed in claims.claims().items():
        if technique == "probes":
            continue
        for claim in listed:
            stems = claim.get("rules", ())
            labels = {
                label
                for stem in stems
                for case in fixtures()[str(detections()[stem].id)].cases
                for label in case.labels
            }
            left_out = [pattern for one in claim.get("left_out", ()) for pattern in one["labels"]]
            for pattern in [*claim.get("beyond", ()), *left_out]:
                assert any(fnmatchcase(label, pattern) for label in labels), (claim["part"], pattern)


def test_rules_that_are_named_are_in_the_pack() -> None:
    named = {stem for defect in tries.defects() for one in defect.get("tries", ()) for stem in one.get("rules", ())}
    assert named <= {*detections(), *correlations()}
