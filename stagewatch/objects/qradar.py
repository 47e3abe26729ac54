"""IBM QRadar: a descriptor of search, rule and properties for each rule, and the steps that make them in the console.

No API call creates a saved search or a rule (JSA REST API v17, ``ariel/saved_searches`` and ``analytics/rules``), and
an extension archive would be a forgery of an export. The descriptor is of our own making; its schema is
``schemas/qradar_1.json``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagewatch.findings import one_line
from stagewatch.manifest import dump
from stagewatch.objects.base import Deployable, Objects
from stagewatch.objects.collect import add_shared, collect, display_names
from stagewatch.objects.levels import QRADAR_SEVERITY
from stagewatch.objects.note import clean, guide, remarks
from stagewatch.objects.qradar_aql import counting, log_source_types, properties
from stagewatch.objects.qradar_steps import steps
from stagewatch.targets.qradar_correlation import schedule_minutes

SCHEMA = "1"
"""Raised when a key of the descriptor changes its meaning or goes away."""

CREDIBILITY = 5
RELEVANCE = 5
"""The middle of QRadar's scales: a rule knows neither the source's trustworthiness nor the network's weight."""

EVENT_FIELDS: Mapping[str, str] = {
    "Command": "CommandLine",
    "Event ID": "EventID",
    "Logon ID": "LogonId",
    "Machine Identifier": "Computer",
    "MD5 Hash": "Hashes (MD5)",
    "Parent Command": "ParentCommandLine",
    "Parent Process ID": "ParentProcessId",
    "Parent Process Path": "ParentImage",
    "Process ID": "ProcessId",
    "Process Path": "Image",
    "Provider Name": "Provider/@Name",
    "SHA1 Hash": "Hashes (SHA1)",
    "SHA256 Hash": "Hashes (SHA256)",
    "Imphash": "Hashes (IMPHASH)",
}
"""Property -> the event's own field, where they are named differently; see docs/targets/qradar.md."""


def objects(rules: Sequence[Deployable]) -> Objects:
    """Per rule a descriptor and the steps; for all of them the custom properties that the site must define."""
    names = display_names(rules)
    result = collect(rules, lambda rule: _files(rule, names[rule.description.stem]))
    searches = [text for rule in rules for text in rule.rendered.files.values()]
    add_shared(result, "custom-properties.json", dump({"properties": _properties(searches), "schema": SCHEMA}))
    return result


def _files(rule: Deployable, name: str) -> Mapping[str, bytes]:
    stem = rule.description.stem
    told = descriptor(rule, name)
    return {f"rules/{stem}.json": dump(told), f"rules/{stem}.md": steps(rule, told).encode()}


def descriptor(rule: Deployable, name: str) -> dict[str, Any]:
    """What a search and a rule in QRadar need, as plain data."""
    about, files = rule.description, rule.rendered.files
    texts = list(files.values())
    return {
        "author": one_line(about.author),
        "counter": _counter(rule),
        "credibility": CREDIBILITY,
        "custom_properties": _properties(texts),
        "description": clean(about.text),
        "enabled": about.enabled,
        "event_or_flow": "event",
        "false_positives": [one_line(text) for text in about.false_positives],
        "filters": [
            {"aql": text, "label": suffix.removesuffix(".where.aql").strip(".")}
            for suffix, text in sorted(files.items())
            if suffix.endswith(".where.aql")
        ],
        "guide": guide(rule),
        "id": about.id,
        "level": about.level,
        "log_source_types": list(log_source_types(texts)),
        "mitre": {
            "tactics": [{"id": one.id, "name": one.name} for one in about.tactics],
            "techniques": [{"id": one.id, "name": one.name, "url": one.url} for one in about.techniques],
        },
        "name": name,
        "references": [one_line(text) for text in about.references],
        "relevance": RELEVANCE,
        "remarks": list(remarks(rule)),
        "schema": SCHEMA,
        "search": {
            "aql": files[".aql"],
            "run_every_minutes": None if about.timespan is None else schedule_minutes(about.timespan),
        },
        "severity": QRADAR_SEVERITY[about.level],
        "sources": list(about.sources),
        "stem": about.stem,
        "version": about.version,
    }


def _properties(texts: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"event_field": EVENT_FIELDS.get(name, name), "name": name, "property_type": "string", "rules_enabled": True}
        for name in properties(texts)
    ]


def _counter(rule: Deployable) -> dict[str, Any] | None:
    """The counter or sequence test of the rule, None for a rule on single events."""
    about = rule.description
    if about.correlation is None:
        return None
    counted = counting(rule.rendered.files[".aql"])
    return {
        "at_least": counted.at_least,
        "distinct": list(counted.distinct),
        "group_by": [list(key) for key in counted.group_by],
        "seconds": about.timespan,
        "type": about.correlation,
    }
