"""The shape of a document before pySigma sees it, which takes some values of wrong types and means something else."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

Problem = tuple[str, str]
"""The key to point at and what is wrong there."""

_TEXT_KEYS = ("title", "name", "description", "level", "status", "author")


def misshapen(data: dict[Any, Any]) -> Problem | None:
    """What is wrong with the shape of a rule, correlation or filter, or None."""
    body = next((key for key in ("correlation", "filter", "detection") if key in data), None)
    if body is None:
        return "", "not a Sigma rule: it has neither detection nor correlation nor filter"
    if not isinstance(data[body], dict):
        return body, f"{body} must be a mapping"
    for key in _TEXT_KEYS:
        if key in data and not isinstance(data[key], str):
            return key, f"{key} must be text"
    source = data.get("logsource")
    for key in ("category", "product", "service"):
        if isinstance(source, dict) and not isinstance(source.get(key), str | None):
            return key, f"the log source's {key} must be text"
    parts = {"correlation": _correlation, "filter": _filter, "detection": _detection}
    return next(parts[body](data[body]), None)


def _detection(section: dict[Any, Any]) -> Iterator[Problem]:
    condition = section.get("condition")
    if condition is None:
        yield "detection", "the detection has no condition"
    conditions = condition if isinstance(condition, list) else [condition]
    if not conditions or not all(isinstance(text, str) and text.strip() for text in conditions):
        yield "condition", "a condition must be text"
    yield from _selections(section, "timeframe")


def _filter(section: dict[Any, Any]) -> Iterator[Problem]:
    if not _is_text_or_texts(section.get("rules")):
        yield "rules", "a filter's rules must be 'any' or a list of ids and names of rules"
    yield from _selections(section, "rules")


def _correlation(section: dict[Any, Any]) -> Iterator[Problem]:
    rules = section.get("rules")
    if isinstance(rules, list) and not _is_text_or_texts(rules):
        yield "rules", "a correlation's rules must be ids or names of rules"
    group_by = section.get("group-by")
    if group_by is not None and not _is_text_or_texts(group_by):
        yield "group-by", "group-by must be a list of field names"
    condition = section.get("condition")
    if isinstance(condition, dict):
        if "field" in condition and not _is_text_or_texts(condition["field"]):
            yield "field", "the condition's field must be a field name"
        counts = [value for key, value in condition.items() if key != "field"]
        if any(isinstance(count, bool | float) for count in counts):
            yield "condition", "a correlation's condition must compare with whole numbers"


def _is_text_or_texts(value: object) -> bool:
    texts = value if isinstance(value, list) else [value]
    return bool(texts) and all(isinstance(text, str) and text for text in texts)


def _selections(section: dict[Any, Any], other: str) -> Iterator[Problem]:
    """What is wrong with the detections of a section, in which ``condition`` and ``other`` are none."""
    for name, definition in section.items():
        if not isinstance(name, str):
            yield "detection", f"the name of a detection must be text, not {name!r}"
        elif name not in ("condition", other):
            yield from _definition(name, definition)


def _definition(name: str, definition: Any) -> Iterator[Problem]:
    if isinstance(definition, dict):
        for field, value in definition.items():
            if not isinstance(field, str):
                yield name, f"{name}: a field name must be text, not {field!r}"
            elif value == []:
                yield field, f"{field}: the list of values is empty"
            else:
                singles = value if isinstance(value, list) else [value]
                for single in singles:
                    yield from _scalar(field, single)
                if "re" in field.split("|")[1:] and not all(isinstance(single, str) for single in singles):
                    yield field, f"{field}: a regular expression must be text"
    elif isinstance(definition, list):
        for part in definition:
            yield from _definition(name, part)
    else:
        yield from _scalar(name, definition)


def _scalar(key: str, value: Any) -> Iterator[Problem]:
    if isinstance(value, float) and not math.isfinite(value):
        yield key, f"{key}: {value} is no number that an event can hold"
    elif not isinstance(value, str | int | float | None):
        hint = "; put quotes around it" if hasattr(value, "isoformat") else ""
        yield key, f"{key}: a value must be text, a number, true, false or null, not a {type(value).__name__}{hint}"
