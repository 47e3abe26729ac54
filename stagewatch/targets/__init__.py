"""The platforms. Each module is imported only when its target is asked for: imports are the cost of a short run."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from stagewatch.findings import UsageError

if TYPE_CHECKING:
    from stagewatch.environment import Environment
    from stagewatch.targets.base import Target

TARGETS = ("defender", "sentinel", "splunk", "elastic", "qradar", "sumo", "secops", "logscale", "duckdb")
"""Every target's name: its module here, its pipeline and its folder in ``dist/``."""


def load_target(
    name: str, pipelines: Sequence[Path] = (), allow_external: bool = False, environment: Environment | None = None
) -> Target:
    """Import the target ``name`` and build it.

    ``pipelines`` are files applied before the target's own; ``allow_external`` lets them reach outside the rule.
    ``environment`` is what a site has of its own.
    Raises :class:`UsageError` for a name that is none and for a pipeline that is not acceptable.
    """
    if name not in TARGETS:
        raise UsageError(f"unknown target {name!r}; targets are {', '.join(TARGETS)}")
    from stagewatch.pipelines import read_pipeline  # pySigma is needed only once a target is

    read = [read_pipeline(path, allow_external=allow_external) for path in pipelines]
    before, after = environment.pipelines(name) if environment is not None else ((), ())
    target: Target = import_module(f"stagewatch.targets.{name}").TARGET([*read, *before], after)
    return target
