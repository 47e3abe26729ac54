"""The pack's correlations against their fixtures, by trying every window: what the proofs are held to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from sigma.correlations import SigmaCorrelationRule, SigmaCorrelationType
from sigma.rule import SigmaRule

from stagewatch.fixtures import Case
from stagewatch.telemetry.native import Native
from tests.reference import matches
from tests.rules_pack.fixtures import correlations, fixtures, flat, of_the_log_source


def cases() -> list[tuple[str, Case]]:
    return [(stem, case) for stem, rule in sorted(correlations().items()) for case in fixtures()[str(rule.id)].cases]


def hits(rule: SigmaCorrelationRule, events: Iterable[Native]) -> set[tuple[str, ...]]:
    """The groups for which some window that starts with an event holds what the correlation asks for."""
    span = timedelta(seconds=rule.timespan.seconds)
    bases = [reference.rule for reference in rule.rules or []]
    seen: dict[tuple[str, ...], list[tuple[Native, tuple[int, ...]]]] = {}
    for event in sorted(events, key=lambda event: event.time):
        values = flat(event)
        of = tuple(n for n, base in enumerate(bases) if _is_hit(base, values))
        if of:
            key = tuple(str(values[name]) for name in rule.group_by or [])
            seen.setdefault(key, []).append((event, of))
    return {
        key
        for key, own in seen.items()
        for first, _ in own
        if _satisfied(rule, [one for one in own if timedelta(0) <= one[0].time - first.time <= span])
    }


def _is_hit(base: SigmaRule | SigmaCorrelationRule, values: dict[str, object]) -> bool:
    return isinstance(base, SigmaRule) and of_the_log_source(base, values) and matches(base, values)


def _satisfied(rule: SigmaCorrelationRule, window: list[tuple[Native, tuple[int, ...]]]) -> bool:
    if rule.type is SigmaCorrelationType.EVENT_COUNT:
        return len(window) >= rule.condition.count  # type: ignore[union-attr, no-any-return]
    if rule.type is SigmaCorrelationType.VALUE_COUNT:
        name = rule.condition.fieldref  # type: ignore[union-attr]
        return len({flat(event)[name].lower() for event, _ in window}) >= rule.condition.count  # type: ignore
    if rule.type is SigmaCorrelationType.TEMPORAL:
        return set().union(*(of for _, of in window)) == set(range(len(rule.rules or [])))
    assert rule.type is SigmaCorrelationType.TEMPORAL_ORDERED
    step = 0
    for _, of in sorted(window, key=lambda one: (one[0].time, one[1])):  # events of one instant are in order
        step += step in of
    return step >= len(rule.rules or [])


@pytest.mark.parametrize(("stem", "case"), cases(), ids=[f"{stem}: {case.name}" for stem, case in cases()])
def test_a_correlation_finds_the_groups_of_its_fixture(stem: str, case: Case) -> None:
    found = hits(correlations()[stem], case.events)
    told = [
        [group for group in case.groups if all(any(word in value for value in key) for word in group)] for key in found
    ]
    assert all(len(groups) == 1 for groups in told), found
    assert {groups[0] for groups in told} == set(case.groups)
    assert len(found) == case.match_count


@pytest.mark.parametrize("stem", sorted(correlations()))
def test_a_correlation_has_bursts_and_near_misses(stem: str) -> None:
    counts = [case.match_count for name, case in cases() if name == stem]
    assert sum(bool(count) for count in counts) >= 4
    assert sum(count == 0 for count in counts) >= 5
