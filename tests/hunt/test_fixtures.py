"""The pack's fixtures as logs: a hunt finds the events that must match, no others, and the groups of correlations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from stagewatch.findings import Finding
from stagewatch.fixtures import Case, Fixture, read_fixtures
from stagewatch.hunt.plan import Plan
from tests.hunt.hunting import FIXTURES, ROOT, hunted, pack_plan, plan_of
from tests.hunt.logged import log_of
from tests.rules_pack.fixtures import correlations, pack

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
    logs = {
        path: log_of(case.events, path, tmp_path / "logs")
        for fixture in BY_ID.values()
        for case, path in zip(fixture.cases, files(fixture), strict=True)
    }
    with hunted(plan, *sorted(logs.values()), save=tmp_path / "all.parquet") as report:  # numbers all events
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
            log = str(logs[path])
            expected = {firsts[log] + position for position in case.matching}
            assert positions[question.rule, log] == expected, (question.rule, case.name)
            checked += len(case.events)
    assert checked > 1000


def plan_with_bases(stem: str) -> Plan:
    """The plan for a correlation and the rules that it refers to alone."""
    names = {entry.rule.name: entry.source.stem for entry in pack().rules}
    rules = [stem, *(names[reference.rule.name] for reference in correlations()[stem].rules or [])]
    return plan_of(*(next((ROOT / "sigma").rglob(f"{one}.yml")) for one in rules))


def correlated() -> Iterator[tuple[str, Case, Path]]:
    """Of each correlation the first case that it finds and the first that it does not; `prove` tries all of them."""
    for joined in pack_plan().joined:
        fixture = BY_ID[str(pack_plan().rules[joined.rule].id)]
        ordered = list(zip(fixture.cases, files(fixture), strict=True))
        for wanted in (True, False):
            case, path = next(one for one in ordered if bool(one[0].groups) is wanted)
            yield joined.rule, case, path


CORRELATED = list(correlated())


@pytest.mark.parametrize(
    ("rule", "case", "path"), CORRELATED, ids=[f"{path.parent.name}-{path.stem}" for _, _, path in CORRELATED]
)
def test_every_correlation_finds_the_groups_of_its_fixture_and_no_others(
    rule: str, case: Case, path: Path, tmp_path: Path
) -> None:
    with hunted(plan_with_bases(rule), log_of(case.events, path, tmp_path)) as report:
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
