"""The pack as each platform's objects are made of it."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from stagewatch.conversion import convert
from stagewatch.objects.base import Deployable
from stagewatch.objects.description import describe
from stagewatch.objects.guide import read_guide
from stagewatch.pack import Pack, read_pack
from stagewatch.targets import load_target

ROOT = Path(__file__).parents[2]


@cache
def pack() -> Pack:
    return read_pack([ROOT / "sigma"])


@cache
def deployables(target: str) -> list[Deployable]:
    """Every rule of the pack that the target expresses, whole or in part."""
    logging.getLogger("sigma").setLevel(logging.ERROR)
    converter = load_target(target)
    found = []
    for entry in pack().rules:
        outcome = convert(entry.rule, converter)
        if outcome.rendered is not None:
            description = describe(entry, guide=read_guide(ROOT / "docs" / "guides", entry.source.stem))
            degraded = outcome.reasons if outcome.status == "degraded" else ()
            found.append(Deployable(description, outcome.rendered, degraded))
    return found
