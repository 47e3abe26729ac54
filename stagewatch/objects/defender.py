"""Defender XDR: custom detection rules, one body for ``POST /security/rules/detectionRules`` of Graph v1.0 each.

Resource types ``detectionRule``, ``ruleSchedule``, ``alertTemplate`` and ``mitreTactic`` (learn.microsoft.com/graph,
view graph-rest-1.0); what a query must return and how far a run looks back: ``defender-xdr/custom-detection-rules.md``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stagewatch.findings import Unsupported
from stagewatch.manifest import dump
from stagewatch.objects.attack import Technique
from stagewatch.objects.base import Deployable, Objects
from stagewatch.objects.collect import collect, display_names
from stagewatch.objects.defender_entities import custom_details, entity_mappings
from stagewatch.objects.description import Description
from stagewatch.objects.kql_columns import Returned, looked_up, returned, without_literals
from stagewatch.objects.levels import DEFENDER_SEVERITY
from stagewatch.objects.microsoft import note_without_steps, tactic_name
from stagewatch.objects.note import clean, provenance, remarks
from stagewatch.targets.defender import FREQUENCIES, HOUR

FOLDER = "detection-rules"

REQUIRED = ("Timestamp", "ReportId", "DeviceId")
"""Columns without which the service takes no query on tables of devices."""

DURATIONS = {1: "PT1H", 3: "PT3H", 12: "PT12H", 24: "P1D"}
"""Hours between two runs -> ``frequency``. "P1D for daily, PT1H for hourly" are the page's own examples."""

CONTINUOUS = "PT0S"
"""Near real time: "a zero frequency" (``ruleSchedule``, beta)."""

_CONTINUOUS_FUNCTIONS = frozenset({"isempty", "isnotempty", "parse_json", "strcat", "tolower", "tostring"})
"""Of the functions that our queries use, those that "Supported KQL features in Azure Monitor transformations" lists.

``not`` is on no list there. Of the operators that we use, only ``in~`` and ``!in~`` are missing.
"""

_OPERATORS = frozenset({"and", "or", "where"})
"""Words before a parenthesis that are no functions."""

_FUNCTION = re.compile(r"\b([a-z_]\w*) ?\(")
_UNLISTED = re.compile(r"!?\bin~|\*|^let |^union", re.MULTILINE)


def objects(rules: Sequence[Deployable]) -> Objects:
    """One file per rule: the service takes one rule at a time."""
    names = display_names(rules)
    return collect(rules, lambda rule: _file(rule, names[rule.description.stem]))


def _file(rule: Deployable, name: str) -> Mapping[str, bytes]:
    return {f"{FOLDER}/{rule.description.stem}.json": dump(detection_rule(rule, name))}


def detection_rule(rule: Deployable, name: str) -> dict[str, Any]:
    """The request's body. Raises :class:`Unsupported` where the service would refuse it."""
    about, query = rule.description, rule.rendered.files[".kql"]
    result = returned(query)
    missing = [column for column in REQUIRED if result.column(column) is None]
    if missing:
        raise Unsupported(f"the query does not return {', '.join(missing)}, which a custom detection rule needs")
    return {
        "displayName": plain(name),
        "description": "\n".join((provenance(rule), *remarks(rule))),
        "status": "enabled" if about.enabled else "disabled",
        "queryCondition": {"queryText": query},
        "schedule": {"frequency": frequency(about, query)},
        "detectionAction": {"alertTemplate": _alert(rule, name, result)},
    }


def frequency(about: Description, query: str) -> str:
    """How often to run: near real time where the query allows it, else as the timespan needs it.

    A run looks back a fixed time. A burst lies wholly in it where it is as long as timespan, frequency and latency.
    A site that wants it less often gets the longest frequency that is not longer than it says.
    """
    wanted = about.every or 0
    if runs_continuously(query) and wanted < HOUR:
        return CONTINUOUS
    needed = (about.timespan or 0) + about.latency
    fitting = [hours for hours, lookback in FREQUENCIES if needed <= (lookback - hours) * HOUR]
    if fitting:
        return DURATIONS[max((hours for hours in fitting if hours * HOUR <= wanted), default=fitting[0])]
    raise Unsupported("a custom detection rule looks back 30 days at most, too short for this timespan")


def runs_continuously(query: str) -> bool:
    """Whether the query reads one table with features that the vendor lists for continuous rules, without comments."""
    code = without_literals(query)
    if looked_up(query) or _UNLISTED.search(code) or "//" in code:
        return False
    return set(_FUNCTION.findall(code)) - _OPERATORS <= _CONTINUOUS_FUNCTIONS


def plain(text: str) -> str:
    """The text without ``{{``, which in an alert's texts begins the name of a column to fill in."""
    return re.sub(r"\{(?=\{)", "{ ", text)


def _alert(rule: Deployable, name: str, result: Returned) -> dict[str, Any]:
    about = rule.description
    template: dict[str, Any] = {
        "title": plain(name),
        "description": plain(note_without_steps(rule)),
        "severity": DEFENDER_SEVERITY[about.level],
        "tactics": _tactics(about),
        "entityMappings": entity_mappings(result),
        "customDetails": custom_details(result),
    }
    steps = clean(about.guide.steps()) if about.guide is not None else ""
    return {**template, "recommendedActions": plain(steps)} if steps else template


def _tactics(about: Description) -> list[dict[str, Any]]:
    """The tactics under Microsoft's names, which are fewer than ATT&CK's, with their techniques."""
    served: dict[str, set[Technique]] = {}
    for tactic in about.tactics:
        served.setdefault(tactic_name(tactic), set()).update(one for one in about.techniques if tactic in one.tactics)
    return [{"tactic": name, "techniques": _techniques(sorted(found))} for name, found in served.items()]


def _techniques(techniques: Sequence[Technique]) -> list[dict[str, Any]]:
    """Sub-techniques stand under their technique."""
    below: dict[str, list[str]] = {}
    for technique in techniques:
        below.setdefault(technique.parent, []).extend([technique.id] if technique.is_sub else [])
    return [{"technique": parent, "subTechniques": subs} for parent, subs in below.items()]
