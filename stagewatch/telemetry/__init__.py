"""From a native event to the record that each platform holds, by the vendors' documentation of their ingestion.

Nothing here reads the pipelines: a wrong field in a pipeline must show as a lost hit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from stagewatch.languages.base import Event, Schema
from stagewatch.telemetry.native import Native


@dataclass(frozen=True, slots=True)
class Telemetry:
    """How one platform holds native events. ``events`` gives none where it holds no such event, or several."""

    events: Callable[[Native], list[Event]]
    schema: Schema


def load_telemetry(platform: str) -> Telemetry:
    """The telemetry of a platform, by its target's name."""
    module = import_module(f"{__name__}.{platform}")
    return Telemetry(module.events, module.SCHEMA)
