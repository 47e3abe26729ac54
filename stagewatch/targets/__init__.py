"""The platforms. Each module is imported only when its target is asked for: imports are the cost of a short run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from stagewatch.findings import UsageError

if TYPE_CHECKING:
    from stagewatch.targets.base import Target

TARGETS = ("defender", "sentinel", "splunk", "elastic", "qradar", "sumo", "secops", "logscale")
"""Every target's name: its module here, its pipeline and its folder in ``dist/``."""


def load_target(name: str) -> Target:
    """Import the target ``name`` and build it. Raises :class:`UsageError` for a name that is none."""
    if name not in TARGETS:
        raise UsageError(f"unknown target {name!r}; targets are {', '.join(TARGETS)}")
    target: Target = import_module(f"stagewatch.targets.{name}").TARGET()
    return target
