"""All kinds of findings and all checks: what the modules of checks export, put together."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import ModuleType

from stagewatch.check.model import Check, Code

MODULES = (
    "stagewatch.check.rules_reading",
    "stagewatch.check.rules_text",
    "stagewatch.check.rules_specification",
    "stagewatch.check.rules_attack",
    "stagewatch.check.rules_validators",
    "stagewatch.check.logic_lists",
    "stagewatch.check.logic_never",
    "stagewatch.check.logic_escapes",
    "stagewatch.check.logic_wide",
    "stagewatch.check.logic_conditions",
    "stagewatch.check.logic_filters",
    "stagewatch.check.logic_fixtures",
    "stagewatch.check.logic_regex",
    "stagewatch.check.logic_pack",
    "stagewatch.check.logic_correlations",
    "stagewatch.check.limits_queries",
    "stagewatch.check.limits_rules",
    "stagewatch.check.rules_beside",
    "stagewatch.check.rules_dist",
)
"""Modules of checks, in the order of their numbers: SW0xx reading and the specification, SW1xx style and SigmaHQ's
validators, SW2xx what a rule asks, SW3xx the platforms' limits, SW4xx what stands beside a rule."""

REBUILDING = {
    "stagewatch.check.rules_dist": "dist and proofs",
    "stagewatch.check.limits_queries": "the platforms' limits",
}
"""Modules that need the output as a build makes it -> what is not looked at without them."""


def modules() -> tuple[ModuleType, ...]:
    """The modules, imported."""
    return tuple(importlib.import_module(name) for name in MODULES)


@cache
def codes() -> Mapping[str, Code]:
    """Name -> code, in order."""
    return collected([code for module in modules() for code in module.CODES])


def collected(found: Sequence[Code]) -> Mapping[str, Code]:
    """Name -> code, in order. Raises :class:`ValueError` where two have the same name."""
    names = [code.name for code in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two kinds of findings are called {', '.join(twice)}")
    return {code.name: code for code in sorted(found, key=lambda code: code.name)}


def checks(selected: Sequence[str] = (), without: Iterable[str] = ()) -> tuple[Check, ...]:
    """Every check, in the order of the modules; with codes selected, those of the modules that have one of them."""
    return tuple(
        check
        for module in modules()
        if module.__name__ not in without
        if not selected or any(code.name in selected for code in module.CODES)
        for check in module.CHECKS
    )
