"""The report for machines. ``schema`` rises when a key changes its meaning or goes away, not when one is added."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from stagewatch import __version__
from stagewatch.diff.model import Review
from stagewatch.findings import Finding

SCHEMA = 1


def render(review: Review) -> str:
    """Canonical JSON: sorted keys, two spaces, a final newline."""
    return json.dumps(plain(review), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def plain(review: Review) -> dict[str, Any]:
    """The comparison as plain data, with what a script asks first: ``harmful``, ``lost``, ``wrong``, ``unreadable``."""
    data: dict[str, Any] = _plain(review)
    for rule, change in zip(data["rules"], review.rules, strict=True):
        rule["lost"], rule["wrong"] = len(change.lost), len(change.wrong)
    return {
        **data,
        "empty": review.empty,
        "generator": f"stagewatch {__version__}",
        "harmful": review.harmful,
        "lost": review.lost,
        "schema": SCHEMA,
        "unreadable": review.unreadable,
        "wrong": review.wrong,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Finding):
        return {"line": value.line, "message": value.message, "path": value.path}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name.rstrip("_"): _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return value
