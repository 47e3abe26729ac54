"""The whole pack: every part of every rule is found in every query, and parts and queries agree on every event."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from sigma.rule import SigmaRule

from stagewatch.explain.match import Platform
from stagewatch.explain.pipelines import PipelinePlaces
from stagewatch.explain.run import Explanation, explain
from stagewatch.explain.trace import trace
from stagewatch.fixtures import Fixture, read_fixtures
from stagewatch.pack import read_pack
from stagewatch.targets import TARGETS, load_target
from stagewatch.targets.base import Target

ROOT = Path(__file__).parents[2]

SAMPLE = 12
"""Of the other targets each so many-th rule is tried: DuckDB is tried on all."""


@pytest.fixture(scope="module")
def explained() -> list[Explanation]:
    pack = read_pack([ROOT / "sigma"])
    return [explain(entry, lambda path: path.relative_to(ROOT).as_posix()) for entry in pack.rules]


@pytest.fixture(scope="module")
def fixtures() -> Mapping[str, Fixture]:
    return read_fixtures(ROOT / "tests" / "rules", [])


@pytest.mark.parametrize("target", TARGETS)
def test_every_part_of_every_rule_is_located_or_has_a_reason(explained: list[Explanation], target: str) -> None:
    loaded = load_target(target)
    places = PipelinePlaces(loaded)
    located = reasoned = 0
    for told in explained:
        unused = [item for base in told.bases for item in base.described.unused]
        found = trace(told.entry.rule, loaded, places, told.items, unused)
        assert found.lost == (), (told.entry.source.stem, found.lost)
        assert [query.problem for query in found.queries if query.problem] == []
        for query in found.queries:
            ends = 0
            for part in query.parts:
                assert query.text[part.start : part.end] == part.text
                assert part.start >= ends, "parts overlap"
                assert part.items or part.steps or part.reason, "a part without an origin"
                assert all(step.place.line for step in part.steps)
                ends = part.end
        reasoned += len(found.absent)
        located += len(told.items) - len(found.absent)
    assert located > 700, "fewer parts are located than the poorest platform carries"
    assert located + reasoned == sum(len(told.items) for told in explained)


def _disagreements(explained: list[Explanation], fixtures: Mapping[str, Fixture], target: Target, step: int) -> int:
    """Tries each so many-th rule on its fixture; how many records were tried."""
    platform = Platform(target, PipelinePlaces(target))
    tried = 0
    for told in explained[::step]:
        rule = told.entry.rule
        fixture = fixtures.get(str(rule.id))
        if not isinstance(rule, SigmaRule) or fixture is None:
            continue
        natives = [event for case in fixture.cases for event in case.events]
        for native, verdict in zip(natives, platform.verdicts(rule, told.bases[0].tree, natives), strict=True):
            for seen in verdict.records:
                tried += 1
                assert seen.agrees, (target.name, told.entry.source.stem, native)
                asked = [answer.met for answer in seen.answers.values()]
                assert None not in asked or not seen.in_table, "a part could not be run alone"
    return tried


def test_parts_and_query_agree_on_every_event_of_the_pack(
    explained: list[Explanation], fixtures: Mapping[str, Fixture]
) -> None:
    assert _disagreements(explained, fixtures, load_target("duckdb"), 1) > 2500


@pytest.mark.parametrize("target", [name for name in TARGETS if name != "duckdb"])
def test_parts_and_query_agree_on_a_sample_for_every_platform(
    explained: list[Explanation], fixtures: Mapping[str, Fixture], target: str
) -> None:
    assert _disagreements(explained, fixtures, load_target(target), SAMPLE) > 50
