"""Elastic Security: detection rules as NDJSON for Kibana's import, and as TOML, like those of detection-rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from stagewatch.objects.base import Deployable, Objects
from stagewatch.objects.collect import add_shared, collect, display_names
from stagewatch.objects.elastic_rule import detection_rule
from stagewatch.objects.elastic_sources import Indices, index_patterns, integrations
from stagewatch.objects.toml_text import dump_toml

ALL = "detection-rules.ndjson"
NDJSON = "ndjson"
TOML = "toml"

NOT_IN_TOML = ("enabled", "to", "version")
"""``version`` comes from the version lock of detection-rules, which refuses it in a rule; the others are Kibana's."""

NO_DATE = "1970/01/01"
"""Of a rule without a date: detection-rules wants one."""


def objects(rules: Sequence[Deployable], *, indices: Indices = MappingProxyType({})) -> Objects:
    """Two files per rule, and one with all rules. ``indices`` are those of a site, by log source."""
    names = display_names(rules)
    lines: dict[str, bytes] = {}

    def write(rule: Deployable) -> Mapping[str, bytes]:
        stem = rule.description.stem
        made = detection_rule(rule, names[stem], indices)
        toml = dump_toml(_toml(rule, made, indices))
        lines[stem] = _line(made)
        return {f"{NDJSON}/{stem}.ndjson": lines[stem], f"{TOML}/{stem}.toml": toml}

    result = collect(rules, write)
    if lines:
        add_shared(result, ALL, b"".join(lines[stem] for stem in sorted(lines)))
    return result


def _line(made: Mapping[str, Any]) -> bytes:
    return (json.dumps(made, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _toml(rule: Deployable, made: Mapping[str, Any], indices: Indices) -> dict[str, Any]:
    about = rule.description
    created, modified = (f"{day:%Y/%m/%d}" if day else NO_DATE for day in (about.created, about.modified))
    return {
        "metadata": {
            "creation_date": created,
            "integration": integrations(index_patterns(rule, indices)),
            "maturity": "production",
            "updated_date": modified,
        },
        "rule": {key: made[key] for key in sorted(made) if key not in NOT_IN_TOML},
    }
