"""Where Elastic keeps a rule's events, and what that says of the rule: index patterns, integrations, tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from sigma.processing.conditions import LogsourceCondition
from sigma.processing.transformations import SetStateTransformation

from stagewatch.findings import Unsupported
from stagewatch.objects.base import Deployable
from stagewatch.pipelines import house_pipeline

INTEGRATIONS: Mapping[str, tuple[str, ...]] = {
    "endpoint": ("Elastic Defend",),
    "windows.sysmon_operational": ("Sysmon",),
    "windows.powershell_operational": ("PowerShell Logs",),
    "system.security": ("Windows Security Event Logs",),
    "auditd": ("Auditd",),
    "aws": ("AWS", "AWS CloudTrail"),
    "azure": ("Azure", "Azure Activity Logs"),
    "gcp": ("GCP", "GCP Audit Logs"),
}
"""How an index pattern goes on after ``logs-`` -> names of its data source; the first word is the integration."""

OS: Mapping[str, str] = {"windows": "Windows", "linux": "Linux", "macos": "macOS"}

Indices = Mapping[str, Sequence[str]]
"""Log source, as ``product/category`` or ``product/service`` -> index patterns."""

_FROM = re.compile(r"FROM (?P<indices>.+?)(?: METADATA .*)?$", re.MULTILINE)


@cache
def _by_source() -> tuple[tuple[LogsourceCondition, tuple[str, ...]], ...]:
    """Log source -> index patterns, as the pipeline of the house says."""
    found = []
    for item in house_pipeline("elastic").items:
        state = item.transformation
        if isinstance(state, SetStateTransformation) and state.key == "index":
            patterns = tuple(pattern.strip() for pattern in str(state.val).split(","))
            found += [(source, patterns) for source in item.rule_conditions if isinstance(source, LogsourceCondition)]
    return tuple(found)


def index_patterns(rule: Deployable, indices: Indices = MappingProxyType({})) -> tuple[str, ...]:
    """The index patterns that the rule reads; ``indices`` are those of a site, by log source.

    Raises :class:`Unsupported` for a log source that has none.
    """
    query = rule.rendered.files.get(".esql")
    if query is not None:
        match = _FROM.match(query)
        return tuple(match["indices"].split(", ")) if match else ()
    patterns = [pattern for source in rule.description.sources for pattern in indices.get(source) or _patterns(source)]
    return tuple(dict.fromkeys(patterns))


def _patterns(source: str) -> tuple[str, ...]:
    product, _, kind = source.partition("/")
    for known, patterns in _by_source():
        if known.product == product and kind in (known.category, known.service):
            return patterns
    raise Unsupported(f"no index pattern is known for the log source {source}")


def integrations(patterns: Iterable[str]) -> list[str]:
    """The integrations that fill the indices, by the names of their packages."""
    return sorted({name.partition(".")[0] for name in _known(patterns)})


def tags(rule: Deployable, patterns: Iterable[str]) -> list[str]:
    """What Elastic's own rules are tagged with: domain, data sources, operating systems, tactics."""
    about = rule.description
    systems = {OS[product] for product in (source.partition("/")[0] for source in about.sources) if product in OS}
    found = {f"Data Source: {name}" for known in _known(patterns) for name in INTEGRATIONS[known]}
    found |= {f"OS: {system}" for system in systems} | {"Domain: Endpoint" if systems else "Domain: Cloud"}
    found |= {f"Tactic: {tactic.name}" for tactic in about.tactics}
    found |= {"Rule Type: BBR"} if about.level == "informational" else set()
    found |= {"Resources: Investigation Guide"} if about.guide is not None else set()
    return sorted(found | {"Use Case: Threat Detection", "Stagewatch"})


def _known(patterns: Iterable[str]) -> set[str]:
    listed = list(patterns)
    return {name for name in INTEGRATIONS for pattern in listed if pattern.startswith(f"logs-{name}")}
