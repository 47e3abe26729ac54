"""Reads the pack and its synthetic events: one folder per rule below ``tests/rules``, in SigmaHQ's regression format.

An events file holds native events one after another, as their source writes them. ``RuleName``, which Sysmon leaves to
its configuration, says what an event is about; other sources have no such field, so ``labels`` in ``info.yml`` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch.findings import Finding
from stagewatch.fixtures import Fixture, read_fixtures
from stagewatch.pack import Pack, read_pack
from stagewatch.telemetry import duckdb
from stagewatch.telemetry.native import AUDITD, Native

REPOSITORY = Path(__file__).parents[2]
SIGMA = REPOSITORY / "sigma"
EVENTS = REPOSITORY / "tests" / "rules"

SOURCE = ("product", "category", "service")
"""What a log source of Sigma names, and a row of events beside its fields."""


@dataclass(frozen=True)
class Case:
    """One event of a rule's fixture and whether the rule must match it."""

    stem: str
    label: str
    event: dict[str, Any]
    expected: bool

    def __str__(self) -> str:
        return f"{self.stem}: {self.label}"

    @property
    def of_the_log_source(self) -> bool:
        """Whether the event is one that the rule's log source means; near misses may be of another kind."""
        return of_the_log_source(detections()[self.stem], self.event)


def flat(native: Native) -> dict[str, Any]:
    """The event under Sigma's field names, with the log source that it belongs to; nothing for one that has none."""
    rows = duckdb.events(native)
    found = {name: value for name, value in rows[0].record.items() if value is not None} if rows else {}
    return {**found, **native.data} if native.provider == AUDITD else found  # whose names differ from columns in case


def of_the_log_source(rule: SigmaRule, event: Mapping[str, Any]) -> bool:
    """Whether the event is of the kind that the rule's log source means."""
    return all(getattr(rule.logsource, name) in (None, event.get(name)) for name in SOURCE)


def of_the_product(rule: SigmaRule, event: Mapping[str, Any]) -> bool:
    """Whether the event is of the operating system or cloud that the rule's log source means."""
    return bool(event.get("product") == rule.logsource.product)


@cache
def pack() -> Pack:
    return read_pack([SIGMA])


@cache
def detections() -> dict[str, SigmaRule]:
    """The pack's rules by file stem, correlations left out."""
    return {entry.source.stem: entry.rule for entry in pack().rules if isinstance(entry.rule, SigmaRule)}


@cache
def correlations() -> dict[str, SigmaCorrelationRule]:
    return {entry.source.stem: entry.rule for entry in pack().rules if isinstance(entry.rule, SigmaCorrelationRule)}


@cache
def info(stem: str) -> dict[str, Any]:
    return dict(yaml.safe_load((EVENTS / stem / "info.yml").read_text(encoding="utf-8")))


@cache
def fixtures(folder: Path = EVENTS) -> dict[str, Fixture]:
    """Every fixture below a folder by the id of its rule."""
    findings: list[Finding] = []
    found = read_fixtures(folder, findings)
    assert findings == []
    return found


@cache
def cases() -> tuple[Case, ...]:
    """Every event of every fixture of a rule that is no correlation. A file matches as a whole or not at all."""
    return tuple(
        Case(stem, label, flat(event), bool(case.match_count))
        for stem, rule in sorted(detections().items())
        for case in fixtures()[str(rule.id)].cases
        for label, event in zip(case.labels, case.events, strict=True)
    )
