"""Behaviours and the rules that answer them, and public tests with the events that stand for them in the fixtures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stagewatch.site.model import Model, SiteRule
from stagewatch.telemetry.azure import AZURE
from stagewatch.telemetry.cloudtrail import CLOUDTRAIL
from stagewatch.telemetry.gcp import GCP
from stagewatch.telemetry.native import AUDITD, OSQUERY, POWERSHELL, SECURITY, SYSMON, SYSMON_LINUX, Native

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        SYSMON: "Sysmon {}",
        SYSMON_LINUX: "Sysmon for Linux {}",
        SECURITY: "Security {}",
        POWERSHELL: "PowerShell {}",
        AUDITD: "auditd",
        OSQUERY: "osquery es_process_events",
        CLOUDTRAIL: "CloudTrail",
        AZURE: "Azure activity log",
        GCP: "Google Cloud audit log",
    }
)
"""Provider -> what people call its events; the number goes into the braces."""

TOLD = ("CommandLine", "cmdline", "TargetFilename", "ScriptBlockText", "ShareName", "RelativeTargetName", "AccessMask")
"""Fields that tell what an event is about, in the order in which they are shown."""

_TEST = re.compile(r"(?:seed|Atomic) T\d{4}(?:\.\d{3})? test \d+")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A behaviour of ``coverage.yml``: its rules, or why it has none."""

    number: int
    name: str
    rules: tuple[SiteRule, ...]
    left_out: str

    @property
    def anchor(self) -> str:
        return f"behaviour-{self.number}"

    def counts(self, target: str) -> Mapping[str, int]:
        """Status -> how many of the rules have it on a target."""
        found: dict[str, int] = {}
        for rule in self.rules:
            if target in rule.targets:
                status = rule.targets[target].status
                found[status] = found.get(status, 0) + 1
        return found


def behaviours(site: Model) -> tuple[Behaviour, ...]:
    """All behaviours, in the order of the file. Rules that are not in the pack are left out."""
    return tuple(
        Behaviour(
            int(number),
            str(one["name"]),
            tuple(site.by_stem[stem] for stem in one.get("rules", ()) if stem in site.by_stem),
            str(one.get("left_out", "")),
        )
        for number, one in site.coverage.get("behaviours", {}).items()
    )


@dataclass(frozen=True, slots=True)
class Finder:
    """A rule that finds an event, and the targets on which it does, as its proofs hold."""

    rule: SiteRule
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signal:
    """An event to expect of a test: where it is recorded, what it is about, its telling fields, and who finds it."""

    source: str
    label: str
    fields: tuple[tuple[str, str], ...]
    finders: tuple[Finder, ...]


def signals(site: Model) -> Mapping[str, tuple[Signal, ...]]:
    """Public test -> the events that stand for it in the fixtures of the rules that match them."""
    found: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], tuple[str, dict[str, Finder]]]] = {}
    for rule in site.rules:
        for test, label, event, targets in _hits(rule):
            fields = tuple((name, event.data[name]) for name in TOLD if event.data.get(name))
            key = SOURCES.get(event.provider, event.provider).format(event.event_id), fields
            finders = found.setdefault(test, {}).setdefault(key, (label, {}))[1]
            finders.setdefault(rule.stem, Finder(rule, targets))
    return MappingProxyType(
        {
            test: tuple(
                Signal(source, label, fields, tuple(finders.values()))
                for (source, fields), (label, finders) in events.items()
            )
            for test, events in found.items()
        }
    )


def _hits(rule: SiteRule) -> Iterator[tuple[str, str, Native, tuple[str, ...]]]:
    """Each event of a rule's fixture that is one of a test and must match.

    With its test, its label without the test's name, and the targets that see it.
    """
    for case in rule.fixture.cases if rule.fixture else ():
        for position in sorted(case.matching or ()):
            label = case.labels[position]
            if test := _TEST.search(label):
                targets = tuple(
                    name
                    for name, on in rule.targets.items()
                    if on.queries and position not in case.not_seen.get(name, ())
                )
                about = ": ".join(part for part in (one.strip(" ,:") for one in _TEST.split(label)) if part)
                yield test[0], about, case.events[position], targets
