"""The ARM template that deploys analytics rules into a workspace.

A string in a template that begins with ``[`` and ends with ``]`` is an expression; ``[[`` writes a literal one
(learn.microsoft.com, "Syntax and expressions in ARM templates", escape characters).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from stagewatch.manifest import dump

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
API_VERSION = "2025-09-01"

MAX_RESOURCES = 800
MAX_BYTES = 3_500_000
"""A template has at most 800 resources and 4 MB, a deployment 1 MB after compression ("ARM template best practices",
"Resolve errors for job size exceeded"); rules compress to an eighth."""

_INDENT = 4
"""Characters that a resource's line stands further to the right in the template."""

_OPERATORS = {"gt": "GreaterThan", "lt": "LessThan", "eq": "Equal", "ne": "NotEqual"}
_UNITS = {"d": "P{}D", "h": "PT{}H", "m": "PT{}M"}

_PARAMETERS = {
    "workspace": {
        "type": "string",
        "metadata": {"description": "Name of the Log Analytics workspace that Microsoft Sentinel is enabled on."},
    },
    "only": {
        "type": "array",
        "defaultValue": [],
        "metadata": {"description": "Ids of the rules to deploy; empty for all of the template."},
    },
}


def template(rules: Sequence[Mapping[str, Any]], enabled: Collection[str], path: str) -> dict[str, bytes]:
    """Path -> template for these rules (as ``analytics_rule`` makes them); several where one would be too large."""
    parts: list[list[dict[str, Any]]] = [[]]
    size = 0
    for rule in rules:
        resource = _resource(rule, rule["id"] in enabled)
        text = dump(resource)
        length = len(text) + _INDENT * text.count(b"\n")
        if parts[-1] and (len(parts[-1]) == MAX_RESOURCES or size + length > MAX_BYTES):
            parts.append([])
            size = 0
        parts[-1].append(resource)
        size += length
    if not rules:
        return {}
    numbered = [path] + [path.replace(".", f"-{number}.", 1) for number in range(2, len(parts) + 1)]
    return {name: dump(_template(part)) for name, part in zip(numbered, parts, strict=True)}


def _template(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": _PARAMETERS,
        "resources": resources,
    }


def _resource(rule: Mapping[str, Any], enabled: bool) -> dict[str, Any]:
    """The rule as a resource. Its name is the rule's id, so that deploying it again updates it."""
    number = rule["id"]
    return {
        "condition": f"[or(empty(parameters('only')), contains(parameters('only'), '{number}'))]",
        "type": "Microsoft.OperationalInsights/workspaces/providers/alertRules",
        "apiVersion": API_VERSION,
        "name": f"[concat(parameters('workspace'), '/Microsoft.SecurityInsights/{number}')]",
        "kind": rule["kind"],
        "properties": _literal(_properties(rule, enabled)),
    }


def _properties(rule: Mapping[str, Any], enabled: bool) -> dict[str, Any]:
    same = ("description", "severity", "query", "triggerThreshold", "tactics", "eventGroupingSettings")
    optional = ("entityMappings", "customDetails", "incidentConfiguration")
    return {
        "displayName": rule["name"],
        "enabled": enabled,
        **{key: rule[key] for key in same},
        **{key: rule[key] for key in optional if key in rule},
        "queryFrequency": iso(rule["queryFrequency"]),
        "queryPeriod": iso(rule["queryPeriod"]),
        "triggerOperator": _OPERATORS[rule["triggerOperator"]],
        "techniques": sorted({technique.partition(".")[0] for technique in rule["relevantTechniques"]}),
        "suppressionEnabled": False,
        "suppressionDuration": "PT5H",
    }


def iso(span: str) -> str:
    """``70m`` as ISO 8601: ``PT70M``."""
    match = re.fullmatch(r"(\d+)([dhm])", span)
    if match is None:
        raise ValueError(f"not a time span: {span!r}")
    return _UNITS[match[2]].format(match[1])


def _literal(value: Any) -> Any:
    """The value with every string that the service would evaluate escaped."""
    match value:
        case str() if value.startswith("[") and value.endswith("]"):
            return f"[{value}"
        case list():
            return [_literal(one) for one in value]
        case dict():
            return {key: _literal(one) for key, one in value.items()}
        case _:
            return value
