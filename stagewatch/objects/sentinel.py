"""Sentinel: analytics rules as YAML, as Azure/Azure-Sentinel keeps them, and one ARM template that deploys them all.

YAML: the models of the repository's validator (``.script/tests/detectionTemplateSchemaValidation``). ARM: Azure's REST
API specification, ``securityinsights/stable/2025-09-01/AlertRules.json``, without NRT rules and sub-techniques.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stagewatch.findings import Unsupported
from stagewatch.objects.base import Deployable, Objects
from stagewatch.objects.collect import add_shared, collect, display_names
from stagewatch.objects.description import Description
from stagewatch.objects.kql_columns import looked_up, returned
from stagewatch.objects.levels import SENTINEL_SEVERITY
from stagewatch.objects.microsoft import note_without_steps
from stagewatch.objects.note import clean
from stagewatch.objects.sentinel_arm import template
from stagewatch.objects.sentinel_attack import listed, tactics
from stagewatch.objects.sentinel_entities import custom_details, entity_mappings, required_connectors
from stagewatch.objects.yaml_text import dump_yaml

FOLDER = "analytics-rules"
ARM = "analytics-rules.arm.json"

MAX_NAME = 256
MAX_DESCRIPTION = 5_000
MAX_QUERY = 10_000
"""Characters (``AnalyticsTemplateInternalModelBase.cs``, ``QueryBasedTemplateInternalModel.cs``)."""

MAX_PERIOD = 14 * 86_400
"""Seconds (``ScheduledTemplateInternalModel.cs``)."""

EVERY = 3_600
"""Seconds between two runs. A run reads again what arrived late, the time of latency: with hours in between, little is
reported twice, and alerts on the same entities become one incident. A period of two days and more allows no less."""

SHORTEST = 300
"""Seconds between two runs that the service allows (``ScheduledTemplateInternalModel.cs``)."""


def objects(rules: Sequence[Deployable]) -> Objects:
    """One YAML file per rule, and the template of all of them."""
    names = display_names(rules)
    made: dict[str, dict[str, Any]] = {}

    def write(rule: Deployable) -> Mapping[str, bytes]:
        stem = rule.description.stem
        made[stem] = analytics_rule(rule, names[stem])
        return {f"{FOLDER}/{stem}.yaml": dump_yaml(made[stem])}

    result = collect(rules, write)
    enabled = {rule.description.id for rule in rules if rule.description.enabled}
    for path, content in template([made[stem] for stem in sorted(made)], enabled, ARM).items():
        add_shared(result, path, content)
    return result


def analytics_rule(rule: Deployable, name: str) -> dict[str, Any]:
    """The rule as the repository's YAML has it. Raises :class:`Unsupported` for what the service would refuse."""
    about, query = rule.description, rule.rendered.files[".kql"]
    if len(name) > MAX_NAME:
        raise Unsupported(f"the title has {len(name)} characters, an analytics rule's name {MAX_NAME} at most")
    if len(query) > MAX_QUERY:
        raise Unsupported(f"the query has {len(query):,} characters, an analytics rule takes {MAX_QUERY:,} at most")
    schedule = about.schedule(_shortest(about))
    if schedule.lookback > MAX_PERIOD:
        raise Unsupported("an analytics rule looks back 14 days at most, too short for this timespan")
    result = returned(query)
    entities, details = entity_mappings(result), custom_details(result)
    return {
        "id": about.id,
        "name": name,
        "description": _description(rule),
        "severity": SENTINEL_SEVERITY[about.level],
        "requiredDataConnectors": required_connectors((*result.tables, *looked_up(query))),
        "queryFrequency": span(schedule.every),
        "queryPeriod": span(schedule.lookback),
        "triggerOperator": "gt",
        "triggerThreshold": 0,
        "tactics": tactics(about.tactics, about.techniques),
        "relevantTechniques": listed(about.techniques),
        "query": query,
        **({"entityMappings": entities} if entities else {}),
        **({"customDetails": details} if details else {}),
        "eventGroupingSettings": {"aggregationKind": "AlertPerResult"},
        "incidentConfiguration": _incidents(about.level != "informational", bool(entities)),
        "version": f"{about.version}.0.0",
        "kind": "Scheduled",
    }


def _shortest(about: Description) -> int:
    """Seconds between two runs at least: a site may want it more often, but with a period of two days and more."""
    if about.every is None or (about.timespan or 0) + about.every + about.latency >= 2 * 86_400:
        return EVERY
    return SHORTEST


def span(seconds: int) -> str:
    """A time span in whole minutes, not shorter: ``70m``, ``1h``, ``2d``."""
    minutes = -(-seconds // 60)
    return next(f"{minutes // size}{unit}" for size, unit in ((1440, "d"), (60, "h"), (1, "m")) if minutes % size == 0)


def _incidents(create: bool, entities: bool) -> dict[str, Any]:
    """Incidents, but not of rules that are steps of a correlation; one for alerts on the same entities."""
    grouping = {
        "enabled": True,
        "reopenClosedIncident": False,
        "lookbackDuration": "PT5H",
        "matchingMethod": "AllEntities" if entities else "AnyAlert",
    }
    return {"createIncident": create, "groupingConfiguration": grouping} if create else {"createIncident": False}


def _description(rule: Deployable) -> str:
    """The note; with the guide's steps where there is room for all of them."""
    about = rule.description
    left_out = [technique.id for technique in about.techniques if not listed([technique])]
    more = [f"ATT&CK {number} is not among the rule's techniques: Sentinel's list lacks it" for number in left_out]
    text = note_without_steps(rule, *more)
    over = len(text) - MAX_DESCRIPTION
    if over > 0:  # what the rule says is shortened, not what the object fails to see
        told = clean(about.text)
        kept = replace(about, text=told[: max(0, len(told) - over - len(_CUT))].rstrip() + _CUT)
        return note_without_steps(replace(rule, description=kept), *more)[:MAX_DESCRIPTION]
    steps = clean(about.guide.steps()) if about.guide is not None else ""
    whole = f"{text}\n\n{steps}"
    return whole if steps and len(whole) <= MAX_DESCRIPTION else text


_CUT = " [shortened: Sentinel takes no longer description]"
