from __future__ import annotations

import pytest

from stagewatch.conversion import convert
from stagewatch.targets import load_target
from tests import foreign_proof

pytestmark = pytest.mark.skipif(
    not (foreign_proof.RULES.is_dir() and foreign_proof.EVENTS.is_dir()),
    reason="SigmaHQ's rules and regression events are not beside the repository; they are too large to be part of it",
)


def test_every_recorded_event_is_hit_on_every_target_that_can_see_it() -> None:
    wrong = {
        (proof.target, proof.stem): proof.problems
        for proof in foreign_proof.proofs()
        if proof.verdict not in ("proven", "unsupported")
    }
    assert set(wrong) == set(foreign_proof.WHY), wrong
    assert all("missed" in problem for problems in wrong.values() for problem in problems)


def test_what_is_not_seen_was_announced() -> None:
    pack, _ = foreign_proof.material()
    rules = {entry.source.stem: entry.rule for entry in pack.rules}
    for target, stem in foreign_proof.WHY:
        assert convert(rules[stem], load_target(target)).status == "degraded"


def test_every_rule_has_an_event_that_must_match() -> None:
    _, fixtures = foreign_proof.material()
    assert len(fixtures) > 100
    assert all(any(case.matching for case in fixture.cases) for fixture in fixtures.values())


def test_the_page_is_up_to_date() -> None:
    assert foreign_proof.PAGE.read_text(encoding="utf-8") == foreign_proof.page()
