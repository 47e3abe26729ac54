"""What a guide says of a log source, whatever the rule: ``guide_facts.yml``, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stagewatch.yamlsafe import read_documents

_DATA = Path(__file__).with_name("guide_facts.yml")


@dataclass(frozen=True, slots=True)
class Facts:
    """Sentences for the sections of a guide. ``questions`` end with the fields that answer them."""

    context: tuple[str, ...]
    blind: tuple[str, ...]
    telemetry: tuple[str, ...]
    questions: tuple[str, ...]
    confirms: tuple[str, ...]
    clears: tuple[str, ...]
    steps: tuple[str, ...]
    false_positive: str
    """What a rule says where its author says nothing; ``{what}`` is the program, the file or the call."""


@cache
def facts() -> Mapping[str, Facts]:
    """Log source -> what its guides say."""
    return {name: _facts(one) for name, one in _table()["facts"].items()}


def security_telemetry(event_id: int) -> str:
    """What must be switched on for an event of the Security log."""
    general = f"The Windows Security log with event {event_id}, switched on by its audit policy."
    return str(_table()["security_telemetry"].get(event_id, general))


def _facts(told: Mapping[str, Any]) -> Facts:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}
    return Facts(**values)


@cache
def _table() -> dict[str, dict[Any, Any]]:
    ((_, table),) = read_documents(_DATA)
    return dict(table)
