"""The pack's fixtures as logs: a hunt finds the events that must match, no others, and the groups of correlations."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from stagewatch.findings import Finding
from stagewatch.fixtures import Case, Fixture, read_fixtures
from tests.hunt.hunting import FIXTURES, hunted, pack_plan

findings: list[Finding] = []
BY_ID = read_fixtures(FIXTURES, findings)


def files(fixture: Fixture) -> list[Path]:
    """The files of a fixture's cases, in order."""
    info = FIXTURES.parent / fixture.path
    return [
        info.with_name(Path(test["path"]).name) for test in yaml.safe_load(info.read_text())["regression_tests_info"]
    ]


def test_every_rule_finds_the_events_of_its_fixture_and_no_others(tmp_path: Path) -> None:
    plan = pack_plan()
    assert findings == []
    positions: dict[tuple[str, str], set[int]] = defaultdict(set)
    firsts: dict[str, int] = {}
    with hunted(plan, FIXTURES, save=tmp_path / "all.parquet") as report:  # numbers all events
        for hit in report.hits():
            positions[hit.rule, hit.origin].add(hit.position)
        at = 0
        for file in report.account.files:
            firsts[file.path] = at
            at += file.total
    checked = 0
    for question in plan.questions:
        identifier = plan.rules[question.rule].id
        assert identifier is not None
        fixture = BY_ID[identifier]
        for case, path in zip(fixture.cases, files(fixture), strict=True):
            assert case.matching is not None
            expected = {firsts[str(path)] + position for position in case.matching}
            assert positions[question.rule, str(path)] == expected, (question.rule, case.name)
            checked += len(case.events)
    assert checked > 1000


CORRELATED = [
    (joined.rule, case, path)
    for joined in pack_plan().joined
    for fixture in [BY_ID[str(pack_plan().rules[joined.rule].id)]]
    for case, path in zip(fixture.cases, files(fixture), strict=True)
]


@pytest.mark.parametrize(
    ("rule", "case", "path"), CORRELATED, ids=[f"{path.parent.name}-{path.stem}" for _, _, path in CORRELATED]
)
def test_every_correlation_finds_the_groups_of_its_fixture_and_no_others(rule: str, case: Case, path: Path) -> None:
    with hunted(pack_plan(), path) as report:
        bursts = [burst for burst in report.bursts if burst.rule == rule]
    told = [
        {group for group in case.groups if all(any(word in value for value in burst.keys.values()) for word in group)}
        for burst in bursts
    ]
    assert all(told)
    assert set().union(*told) == set(case.groups)
    assert len(bursts) == case.rows.get("duckdb", len(bursts))
    for burst in bursts:
        assert burst.total == len(burst.members) >= 2
        assert {burst.members[0].time, burst.members[-1].time} == {burst.first, burst.last}
