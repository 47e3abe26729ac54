"""Measured figures as charts: ``docs/benchmarks.yml`` as values. The documents that it names tell how they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stagewatch.findings import StagewatchError


@dataclass(frozen=True, slots=True)
class Figure:
    """A bar: from ``low`` to ``high`` where several runs were taken, else both alike. ``note`` stands behind it."""

    name: str
    low: float
    high: float
    note: str = ""
    ours: bool = True

    @property
    def shown(self) -> str:
        """The figure as a document writes it."""
        low, high = f"{self.low:g}", f"{self.high:g}"
        return low if low == high else f"{low} to {high}"


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of one measurement. ``document`` is the page below ``docs/`` that has the figures and says how they came."""

    id: str
    group: str
    title: str
    unit: str
    document: str
    about: str
    figures: tuple[Figure, ...]


def read_benchmarks(name: str, data: Mapping[str, Any]) -> tuple[Chart, ...]:
    """The charts of a file. Raises :class:`StagewatchError`, naming the file, where something is missing or wrong."""
    try:
        return tuple(_chart(one) for one in data.get("charts", ()))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise StagewatchError(f"docs/{name} holds no charts: {reason}") from error


def _chart(data: Mapping[str, Any]) -> Chart:
    return Chart(
        id=str(data["id"]),
        group=str(data["group"]),
        title=str(data["title"]),
        unit=str(data["unit"]),
        document=str(data["document"]),
        about=str(data["about"]),
        figures=tuple(_figure(one) for one in data["figures"]),
    )


def _figure(data: Mapping[str, Any]) -> Figure:
    low, high = (float(data.get(key, data.get("value"))) for key in ("from", "to"))
    return Figure(str(data["name"]), low, high, str(data.get("note", "")), bool(data.get("ours", True)))
