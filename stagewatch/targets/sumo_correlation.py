"""Correlations on Sumo Logic Cloud SIEM: threshold rules and chain rules.

Facts are from Sumo Logic's pages "Write a Threshold Rule", "Write a Chain Rule" and "About Cloud SIEM Rules", and from
the fields of the vendor's Terraform provider (``sumologic_cse_threshold_rule``, ``sumologic_cse_chain_rule``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from stagewatch import expression as ex
from stagewatch.correlation import Branch, Correlation
from stagewatch.findings import Unsupported
from stagewatch.targets.base import Rendered
from stagewatch.targets.sumo import CseRenderer, attribute

PRESET_WINDOWS = {
    300: "T05M",
    600: "T10M",
    1_800: "T30M",
    3_600: "T60M",
    43_200: "T12H",
    86_400: "T24H",
    432_000: "T05D",
}
"""Window sizes that have a name, by their seconds; any other from one minute to five days is ``CUSTOM``."""

SHORTEST_SECONDS = 60
LONGEST_SECONDS = 432_000

ENTITIES = {
    "device_hostname": "_hostname",
    "srcDevice_ip": "_ip",
    "user_username": "_username",
    "user_username_raw": "_username",
    "baseImage": "_process",
    "file_path": "_file",
}
"""Attributes that can name the entity of a signal, and the entity's type."""


def render_correlation(correlation: Correlation, renderer: CseRenderer) -> Rendered:
    """The expressions (``.cse``, or one ``.rN.cse`` per branch of a chain) and the rule's settings (``.rule.json``)."""
    keys = _keys(correlation)
    seconds = max(correlation.seconds, SHORTEST_SECONDS)
    if seconds > LONGEST_SECONDS:
        raise Unsupported(f"a Cloud SIEM window is five days at most, the timespan is {correlation.seconds} seconds")
    warnings = list(_warnings(correlation, keys))
    entities = [{"entityType": ENTITIES[key], "expression": key} for key in keys if key in ENTITIES]
    settings: dict[str, Any] = {"entitySelectors": entities, **_window(seconds)}
    settings["groupByFields"] = [attribute(key) for key in keys]
    conditions = [_taking_part(branch) for branch in correlation.branches]
    if correlation.kind in ("event_count", "value_count"):
        expression = renderer.expression(ex.disjunction(*conditions))
        files = {".cse": expression}
        settings |= {"type": "threshold", "expression": expression, "limit": correlation.at_least}
        settings |= _counted(correlation)
    else:
        files = {f".r{number}.cse": renderer.expression(term) for number, term in enumerate(conditions, 1)}
        ordered = correlation.kind == "temporal_ordered"
        if ordered and len(files) > 2:
            raise Unsupported("a Cloud SIEM chain in exact order takes two expressions only")
        settings |= {"type": "chain", "ordered": ordered}
        settings["expressionsAndLimits"] = [{"expression": text, "limit": 1} for text in files.values()]
    text = json.dumps(settings, indent=2, sort_keys=True, ensure_ascii=False)
    return Rendered({**files, ".rule.json": text}, "hopping", tuple(warnings))


def _taking_part(branch: Branch) -> ex.Expression:
    """The branch's records that carry every group key, and the value to count."""
    needed = [*branch.keys, *([branch.value] if branch.value is not None else [])]
    return ex.conjunction(branch.query.expression, *(ex.Present(name) for name in dict.fromkeys(needed)))


def _keys(correlation: Correlation) -> list[str]:
    """The fields to group by: one list for the whole rule."""
    if not correlation.keys:
        raise Unsupported("a Cloud SIEM rule always counts per entity; give the correlation a group-by")
    return [
        _only((branch.keys[place] for branch in correlation.branches), f"group-by field {name}")
        for place, name in enumerate(correlation.keys)
    ]


def _counted(correlation: Correlation) -> dict[str, Any]:
    if correlation.kind == "event_count":
        return {"countDistinct": False}
    values = (branch.value for branch in correlation.branches if branch.value is not None)
    return {"countDistinct": True, "countField": attribute(_only(values, "counted field"))}


def _only(names: Iterable[str], what: str) -> str:
    distinct = list(dict.fromkeys(names))
    if len(distinct) > 1:
        raise Unsupported(f"the {what} is {' and '.join(distinct)} in the rules' records; a Cloud SIEM rule takes one")
    return distinct[0]


def _window(seconds: int) -> dict[str, str]:
    if seconds in PRESET_WINDOWS:
        return {"windowSize": PRESET_WINDOWS[seconds]}
    return {"windowSize": "CUSTOM", "windowSizeMilliseconds": str(seconds * 1000)}


STEPS = "Cloud SIEM slides its window in steps whose length the vendor does not state (About Cloud SIEM Rules)"


def _warnings(correlation: Correlation, keys: list[str]) -> Iterable[str]:
    yield STEPS
    if correlation.seconds < SHORTEST_SECONDS:
        yield f"the shortest Cloud SIEM window is {SHORTEST_SECONDS} seconds; the rule asks for {correlation.seconds}"
    if correlation.kind == "value_count":
        yield "Cloud SIEM may count values that differ only in case as different"
    if not any(key in ENTITIES for key in keys):
        yield "no group-by field names an entity: choose one with care, as Cloud SIEM groups by the entity too"
    raw = [key for key in keys if key.startswith("fields.")]
    if raw:
        yield f"grouping by a raw key is not documented, check it in the rule editor: {', '.join(map(attribute, raw))}"
