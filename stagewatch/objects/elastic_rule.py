"""One detection rule of Elastic Security, as Kibana's API has it.

Fields: elastic/kibana, ``rule_schema/rule_schemas.schema.yaml`` and ``common_attributes.schema.yaml``; conventions:
elastic/detection-rules. A correlation is EQL or ES|QL, never of the type ``threshold``: that type counts what its KQL
or Lucene query finds between two fixed times. It has no sliding window, and its queries are sensitive to case in fields
of type ``keyword``, so that it would mean something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from stagewatch.findings import one_line
from stagewatch.objects.base import Deployable
from stagewatch.objects.elastic_sources import Indices, index_patterns, tags
from stagewatch.objects.elastic_threat import threat
from stagewatch.objects.guide import Guide
from stagewatch.objects.levels import ELASTIC_RISK, ELASTIC_SEVERITY
from stagewatch.objects.note import clean, provenance, remarks

NAME = re.compile(r"[a-zA-Z0-9].+?[a-zA-Z0-9\[\]()]")
"""Names that elastic/detection-rules takes (``definitions.py``)."""

MAX_KEYS = 3
"""Fields that suppression groups by (Kibana's API, ``AlertSuppressionGroupBy``)."""

_GROUPS = re.compile(r"^\| STATS .+? BY window_start, (?P<keys>[\w., ]+)$", re.MULTILINE)

_TRIAGE = (
    "Strategy abstract",
    "Technical context",
    "Blind spots and assumptions",
    "First five questions",
    "Confirms",
    "Clears",
    "Steps",
    "Tuning",
)
"""Sections of a guide that make the investigation guide. ``Telemetry`` is the setup guide."""


def detection_rule(rule: Deployable, name: str, indices: Indices = MappingProxyType({})) -> dict[str, Any]:
    """The rule as Kibana imports it; ``indices`` are those of a site, by log source.

    Raises :class:`Unsupported` where something that it needs is not known.
    """
    about, patterns = rule.description, index_patterns(rule, indices)
    every, lookback = _schedule(rule)
    author = one_line(about.author)
    return {
        "author": [author] if author else [],
        "description": clean(about.text) or name,
        "enabled": about.enabled,
        "false_positives": [line for line in map(one_line, about.false_positives) if line],
        "from": f"now-{_span(lookback)}",
        "interval": _span(every),
        "name": name if NAME.fullmatch(name) else f"Sigma rule ({name})",
        "note": _note(rule),
        "references": [line for line in map(one_line, about.references) if line],
        "risk_score": ELASTIC_RISK[about.level],
        "rule_id": about.id,
        "severity": ELASTIC_SEVERITY[about.level],
        "tags": tags(rule, patterns),
        "threat": threat(about),
        "to": "now",
        "version": about.version,
        **_setup(about.guide),
        **_query(rule, lookback, patterns),
        **({"building_block_type": "default"} if about.level == "informational" else {}),
    }


def _query(rule: Deployable, lookback: int, patterns: Sequence[str]) -> dict[str, Any]:
    """Type, language and query, and what of the rule depends on them.

    ``timestamp_override`` finds events that arrive late. Elastic's rules set it on all but sequences, whose events it
    would take out of order (elastic/detection-rules, pull requests 945 and 1907); a count over time is no different.
    """
    override = {"timestamp_override": "event.ingested"} if rule.description.correlation is None else {}
    query = rule.rendered.files.get(".eql")
    if query is not None:
        return {"type": "eql", "language": "eql", "index": list(patterns), "query": query, **override}
    query = rule.rendered.files[".esql"]
    return {"type": "esql", "language": "esql", "query": query, **override, **_suppression(query, lookback)}


def _suppression(query: str, lookback: int) -> dict[str, Any]:
    """One alert for a burst that several windows and several runs report, where its keys are few enough."""
    groups = _GROUPS.search(query)
    keys = groups["keys"].split(", ") if groups else []
    keys = [key for key in keys if key != "counted_value"]
    if not 0 < len(keys) <= MAX_KEYS:
        return {}
    return {
        "alert_suppression": {
            "group_by": keys,
            "duration": {"value": -(-lookback // 60), "unit": "m"},
            "missing_fields_strategy": "suppress",
        }
    }


def _schedule(rule: Deployable) -> tuple[int, int]:
    """Seconds between two runs and seconds back. Hopping windows are up to five quarters of the timespan long."""
    schedule = rule.description.schedule()
    if rule.rendered.window != "hopping":
        return schedule.every, schedule.lookback
    window = 5 * -(-(rule.description.timespan or 0) // 4)
    return schedule.every, max(schedule.lookback, window + schedule.every + rule.description.latency)


def _span(seconds: int) -> str:
    return next(f"{seconds // size}{unit}" for size, unit in ((3600, "h"), (60, "m"), (1, "s")) if seconds % size == 0)


def _note(rule: Deployable) -> str:
    """The investigation guide, as Markdown."""
    guide = rule.description.guide
    sections = [_section(guide, name) for name in _TRIAGE if name in guide.sections] if guide is not None else []
    limits = "\n".join(f"- {line}" for line in remarks(rule))
    parts = (
        "## Triage and analysis" if sections else "",
        *sections,
        f"### Limits of this object\n\n{limits}" if limits else "",
        provenance(rule),
    )
    return _inert("\n\n".join(part for part in parts if part))


def _setup(guide: Guide | None) -> dict[str, str]:
    if guide is None or "Telemetry" not in guide.sections:
        return {}
    return {"setup": _inert(f"## Setup\n\n{clean(guide.sections['Telemetry'])}")}


def _section(guide: Guide, name: str) -> str:
    return f"### {name}\n\n{clean(guide.sections[name])}"


def _inert(markdown: str) -> str:
    """The text without ``!{``, with which buttons begin that Kibana puts into guides (``!{investigate{...}}``)."""
    return markdown.replace("!{", "!\\{")
