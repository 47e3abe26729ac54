"""Reads the pack and its synthetic events: one folder per rule below ``tests/rules``, in SigmaHQ's regression format.

An events file holds JSON documents one after another, each in the shape of a Sysmon event. ``RuleName``, which Sysmon
leaves to its configuration, says what the event is about.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch.pack import Pack, read_pack
from stagewatch.telemetry.native import SYSMON, SYSMON_LINUX

REPOSITORY = Path(__file__).parents[2]
SIGMA = REPOSITORY / "sigma"
EVENTS = REPOSITORY / "tests" / "rules"


EVENTS_OF = {"process_creation": 1, "file_event": 11}
"""Category of a log source -> the id of Sysmon's event, on Windows and on Linux."""

PROVIDERS_OF = {"windows": SYSMON, "linux": SYSMON_LINUX}
"""Product of a log source -> Sysmon's provider there."""


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


def of_the_log_source(rule: SigmaRule, event: Mapping[str, Any]) -> bool:
    """Whether the event is of the kind that the rule's log source means."""
    return bool(event["EventID"] == EVENTS_OF[str(rule.logsource.category)]) and of_the_product(rule, event)


def of_the_product(rule: SigmaRule, event: Mapping[str, Any]) -> bool:
    """Whether the event is of the operating system that the rule's log source means."""
    return bool(event["Provider_Name"] == PROVIDERS_OF[str(rule.logsource.product)])


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


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    """The events of a file, flat as Sigma's fields see them."""
    decoder, text, position = json.JSONDecoder(), path.read_text(encoding="utf-8").rstrip(), 0
    while position < len(text):
        document, position = decoder.raw_decode(text, position)
        while position < len(text) and text[position].isspace():
            position += 1
        system = document["Event"]["System"]
        yield {
            **document["Event"]["EventData"],
            "EventID": system["EventID"],
            "Computer": system["Computer"],
            "Provider_Name": system["Provider"]["#attributes"]["Name"],
        }


@cache
def cases() -> tuple[Case, ...]:
    """Every event of every fixture. A file either matches as a whole or not at all."""
    found: list[Case] = []
    for stem in sorted(detections()):
        for test in info(stem)["regression_tests_info"]:
            expected = test["match_count"] > 0
            found += [
                Case(stem, event["RuleName"], event, expected) for event in read_events(REPOSITORY / test["path"])
            ]
    return tuple(found)
