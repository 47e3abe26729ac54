"""The triples: short rules, events and whether they match, each derived by hand from Sigma's specification.

A rule is tried as it stands and negated: ``not (its condition)`` matches every event of the log source that it does
not. The events of an entry are all given to a query at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch.telemetry.native import SYSMON, SYSMON_LINUX, Native

HERE = Path(__file__).parent
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DEFAULT_SOURCE = "windows/process_creation"
NAMESPACE = uuid.UUID("6f1f3d0a-55b1-4d0e-9b60-6a0f0a4f2c11")

Group = tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """Events and what must be found in them: the positions of some, or the groups of a correlation."""

    name: str
    events: tuple[Native, ...]
    matching: frozenset[int] = frozenset()
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Triple:
    """One entry of a data file in one form: a rule and its cases. ``name`` is unique, ``topic`` is its file's stem."""

    name: str
    topic: str
    documents: tuple[dict[str, Any], ...] = field(repr=False)
    cases: tuple[Case, ...] = field(repr=False)
    because: str
    is_correlation: bool = False

    def __str__(self) -> str:
        return self.name

    def rule(self) -> SigmaRule | SigmaCorrelationRule:
        """What is converted, with filters applied and references resolved: the last rule of the documents."""
        return SigmaCollection.from_dicts(list(self.documents)).rules[-1]


NEGATED = " (negated)"


@cache
def triples() -> tuple[Triple, ...]:
    """Every triple of every data file, in their order, a rule before its negated form."""
    found: list[Triple] = []
    for path in sorted((HERE / "triples").glob("*.yml")):
        for entry in _yaml(path):
            found += _correlation(path.stem, entry) if "correlation" in entry else _detection(path.stem, entry)
    return tuple(found)


@cache
def sources() -> Mapping[str, Mapping[str, Any]]:
    """Log source -> its Sigma name and one native event."""
    return dict(_yaml(HERE / "sources.yml"))


def native(
    source: str,
    number: int,
    values: Mapping[str, str],
    *,
    without: list[str] | tuple[str, ...] = (),
    at: float = 0,
    computer: str | None = None,
) -> Native:
    """The native event of a source, with some values laid over it. Its record id is its number."""
    template = sources()[source]
    time = START + timedelta(seconds=at)
    data = dict(template["data"])
    if template["provider"] in {SYSMON, SYSMON_LINUX}:
        for name in ("UtcTime", "CreationUtcTime"):
            if name in data:
                data[name] = f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03}"
        data["ProcessGuid"] = "{" + str(uuid.uuid5(NAMESPACE, f"{source} {number}")).upper() + "}"
    unknown = [name for name in (*values, *without) if name not in data]
    if unknown:
        raise ValueError(f"an event of {source} has no {unknown[0]}")
    data |= values
    return Native(
        provider=template["provider"],
        event_id=template["event_id"],
        channel=template["channel"],
        computer=computer or template["computer"],
        time=time,
        record_id=number,
        data={name: value for name, value in data.items() if name not in without},
    )


def document(title: str, source: str, detection: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    """A Sigma rule as YAML holds it."""
    return {
        "title": title,
        "id": str(uuid.uuid5(NAMESPACE, title)),
        "status": "test",
        "logsource": sources()[source]["logsource"],
        "detection": detection,
        **keys,
    }


def _detection(topic: str, entry: Mapping[str, Any]) -> Iterator[Triple]:
    source, name, given = entry.get("source", DEFAULT_SOURCE), entry["rule"], entry["events"]
    where = [one.get("source", source) for one in given]
    events = tuple(
        native(where[number], number + 1, one.get("event", {}), without=one.get("without", ()))
        for number, one in enumerate(given)
    )
    positive = frozenset(number for number, one in enumerate(given) if one["match"])
    detection = entry["detection"]
    filters = [_filter(name, source, number, one) for number, one in enumerate(entry.get("filters", ()))]
    rule = document(name, source, detection)
    yield Triple(name, topic, (*filters, rule), (Case("events", events, positive),), entry["because"])
    if not entry.get("negate", True) or filters:
        return
    logsource = sources()[source]["logsource"]
    own = frozenset(number for number, one in enumerate(where) if sources()[one]["logsource"] == logsource)
    complement = own - positive
    rule = document(name + NEGATED, source, detection | {"condition": f"not ({detection['condition']})"})
    yield Triple(name + NEGATED, topic, (rule,), (Case("events", events, complement),), entry["because"])


def _filter(name: str, source: str, number: int, given: Mapping[str, Any]) -> dict[str, Any]:
    detections = {key: value for key, value in given.items() if key != "logsource"}
    return {
        "title": f"{name}, filter {number + 1}",
        "logsource": given.get("logsource", sources()[source]["logsource"]),
        "filter": {"rules": [str(uuid.uuid5(NAMESPACE, name))], **detections},
    }


def _correlation(topic: str, entry: Mapping[str, Any]) -> Iterator[Triple]:
    name, kinds = entry["rule"], entry["kinds"]
    rules = [
        document(f"{name}: {label}", one.get("source", DEFAULT_SOURCE), one["detection"], name=label)
        for label, one in entry["rules"].items()
    ]
    correlation = {
        "title": name,
        "id": str(uuid.uuid5(NAMESPACE, name)),
        "correlation": {**entry["correlation"], "rules": list(entry["rules"])},
    }
    cases = tuple(
        Case(case["case"], tuple(_series(case["events"], kinds)), groups=tuple(map(tuple, case["groups"])))
        for case in entry["cases"]
    )
    yield Triple(name, topic, (*rules, correlation), cases, entry["because"], is_correlation=True)


def _series(given: list[Mapping[str, Any]], kinds: Mapping[str, Mapping[str, Any]]) -> Iterator[Native]:
    number = 0
    for one in given:
        kind = kinds[one["is"]]
        for turn in range(one.get("times", 1)):
            number += 1
            yield native(
                kind.get("source", DEFAULT_SOURCE),
                number,
                {name: value.replace("{n}", str(number)) for name, value in kind["event"].items()},
                without=kind.get("without", ()),
                at=one["at"] + turn * one.get("every", 0),
                computer=one.get("computer"),
            )


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
