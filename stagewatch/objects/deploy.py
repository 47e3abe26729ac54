"""Outcomes of a conversion to the objects of a target."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stagewatch.conversion import Outcome
from stagewatch.findings import Unsupported
from stagewatch.objects.base import MODULES, Deployable, Objects, Writer
from stagewatch.objects.description import Description, describe
from stagewatch.objects.guide import read_guide
from stagewatch.pack import PackRule
from stagewatch.versions import Lock


def _as_it_is(description: Description, _target: str) -> Description:
    return description


def _no_options(_target: str) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Deployment:
    """What objects need beside the rules: their versions, the folder of guides, and what a site changes."""

    lock: Lock = field(default_factory=dict)
    guides: Path | None = None
    departed: frozenset[str] = frozenset()
    """The stems of rules that a site has made to mean something else than their version."""
    described: Callable[[Description, str], Description] = _as_it_is
    """The description for a target as the site wants it."""
    options: Callable[[str], Mapping[str, Any]] = _no_options
    """Keyword arguments for ``objects()`` of a target's module."""


def has_objects(target: str) -> bool:
    """Whether a platform imports objects at all."""
    return target in MODULES


def deploy(target: str, outcomes: Sequence[tuple[PackRule, Outcome]], deployment: Deployment) -> Objects:
    """The objects of a target for the rules that it expresses."""
    deployables: list[Deployable] = []
    refused: dict[str, str] = {}
    for entry, outcome in outcomes:
        if outcome.rendered is None:
            continue
        try:
            about = deployment.described(_described(entry, deployment), target)
        except Unsupported as reason:
            refused[entry.source.stem] = str(reason)
        else:
            deployables.append(Deployable(about, outcome.rendered, (*outcome.reasons, *about.remarks)))
    module: Writer = importlib.import_module(MODULES[target])
    result = module.objects(deployables, **deployment.options(target))
    result.refused |= refused
    return result


def _described(entry: PackRule, deployment: Deployment) -> Description:
    known = deployment.lock.get(str(entry.rule.id))
    guide = read_guide(deployment.guides, entry.source.stem) if deployment.guides else None
    return describe(entry, known.number if known else 1, guide)
