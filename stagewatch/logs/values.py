"""Values as text and times as UTC: what every reader does to what a source wrote."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

Row = dict[str, Any]
"""One event: the house columns and one text per Sigma field. A field that the event lacks is no key."""

HOUSE = ("event_time", "product", "category", "service", "origin", "position")
"""The columns that every event has, whatever its source."""

EVENT_KEY = "event_key"
"""A column beside them where one event stands in several rows: the same text in each, so that it counts once."""

_TAKEN = frozenset(spelt for name in HOUSE for spelt in (name, name.capitalize(), name.upper(), name.title()))

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  a TIMESTAMP of the event table has no zone and means UTC
_DOTNET = re.compile(r"/Date\((-?\d+)")
_DIGITS = re.compile(r"\d{9,19}(\.\d+)?$")


def text(value: Any) -> str | None:
    """A value of a JSON document as the event table holds it: numbers and truth values as JSON writes them."""
    if value is None or type(value) is str:
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if type(value) is float:
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        if abs(value) >= 2**63 and value.is_integer():
            raise InexactError
    return str(value)


class InexactError(ValueError):
    """A number of more than 64 bits that the quick reader of JSON has rounded: to be read again, exactly."""


def texts(fields: Mapping[str, Any]) -> Row:
    """The fields that have a value, each as text."""
    return {name: value if type(value) is str else text(value) for name, value in fields.items() if value is not None}


def utc(value: Any) -> datetime | None:
    """A time in ISO 8601, seconds or milliseconds since 1970, or .NET's ``/Date(ms)/``, as UTC without zone; else None.

    A time without zone is taken as UTC: the source says no more.
    """
    if value is None or value == "":
        return None
    try:
        if type(value) is str:
            if (dotnet := _DOTNET.match(value)) is not None:
                return _EPOCH + timedelta(milliseconds=int(dotnet[1]))
            if _DIGITS.match(value):
                return _since_epoch(float(value))
            when = datetime.fromisoformat(value.removesuffix(" UTC"))
            return when if when.tzinfo is None else when.astimezone(UTC).replace(tzinfo=None)
        return _since_epoch(float(value))
    except (ValueError, TypeError, OverflowError):
        return None


def _since_epoch(number: float) -> datetime:
    if not math.isfinite(number):
        raise ValueError(number)
    while abs(number) >= 1e11:  # milli-, micro- or nanoseconds
        number /= 1000
    return _EPOCH + timedelta(seconds=number)


def column(field: str) -> str:
    """The column of a field. One called like a column of the house, but for case, has an underscore behind its name.

    DuckDB tells no columns apart by case, and Sysmon's process starts have a ``Product``.
    """
    return f"{field}_" if field.lower() in HOUSE else field


@lru_cache(maxsize=4096)
def _alike(names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The names that differ only by case, in the order of their characters."""
    folded: dict[str, list[str]] = {}
    for name in sorted(names):
        folded.setdefault(name.lower(), []).append(name)
    return tuple(tuple(group) for group in folded.values() if len(group) > 1)


def one_column(row: Row) -> None:
    """Give fields of one event whose names differ only by case columns of their own, which case alone does not make.

    The first in the order of characters keeps the name; the second, where its value is another, becomes ``name_2``.
    """
    for first, *others in _alike(tuple(row)):
        kept = [row[first]]
        for number, name in enumerate(others, 2):
            value = row.pop(name)
            if value not in kept:
                row[f"{first}_{number}"] = value
                kept.append(value)


def housed(row: Row, when: datetime | None, product: str | None, service: str | None, category: str | None) -> Row:
    """The row with the columns of the house, except where it stands in the read."""
    one_column(row)
    for name in row.keys() & _TAKEN:
        row[column(name)] = row.pop(name)
    row["event_time"], row["product"], row["service"], row["category"] = when, product, service, category
    return row


def flattened(fields: Mapping[str, Any], prefix: str = "", depth: int = 6) -> Row:
    """Nested fields under dotted names, as Sigma spells CloudTrail's; a list stays one text, as JSON.

    A list of one object is looked into as well: ``resources.ARN``.
    """
    row: Row = {}
    for name, value in fields.items():
        if value is None:
            continue
        key = prefix + name
        if isinstance(value, dict) and depth:
            row.update(flattened(value, f"{key}.", depth - 1))
        else:
            row[key] = text(value)
            if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict) and depth:
                row.update(flattened(value[0], f"{key}.", depth - 1))
    return row
