"""Records of clouds in JSON, kept flat: names inside names are joined by dots, as Sigma's rules name fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewatch.telemetry import cloudtrail


def nested(data: Mapping[str, str], whole: tuple[str, ...] = ()) -> dict[str, Any]:
    """The record that the flat ``data`` was; dots in names below those of ``whole`` are parts of a name."""
    record: dict[str, Any] = {}
    for name, text in data.items():
        *above, last = _path(name, whole)
        place = record
        for part in above:
            place = place.setdefault(part, {})
        elements = cloudtrail.listed(text)
        place[last] = text if elements is None else elements
    return record


def below(data: Mapping[str, str], element: str) -> dict[str, str]:
    """The fields below an element, by the rest of their names."""
    return {name.removeprefix(f"{element}."): text for name, text in data.items() if name.startswith(f"{element}.")}


def texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a record by the name that Splunk's extraction of JSON gives it: ``{}`` stands behind a list's.

    An empty text makes no field.
    """
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from texts(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, f"{name}{{}}")
    elif value is not None and value != "":
        yield name, value if isinstance(value, str) else cloudtrail.written(value)


def _path(name: str, whole: tuple[str, ...]) -> list[str]:
    for element in whole:
        if name.startswith(f"{element}."):
            return [*element.split("."), name.removeprefix(f"{element}.")]
    return name.split(".")
