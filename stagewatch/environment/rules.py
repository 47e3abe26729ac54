"""Levels, schedules and switches: what a site wants of all rules, of those of a level, or of a single one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stagewatch.tomlsafe import Node

if TYPE_CHECKING:
    from stagewatch.objects.description import Description

LEVELS = ("informational", "low", "medium", "high", "critical")
"""Sigma specification, ``level``."""

IMPORTING = ("defender", "sentinel", "splunk", "elastic", "qradar", "sumo", "secops", "logscale")
"""Targets whose platforms import objects, which can be switched on."""

EVERY = ("5m", "1d")
"""The shortest interval that all platforms have, and the longest that leaves each day searched."""

LATENCY = ("0s", "7d")

RULE_KEYS = ("level", "enabled", "every", "latency", "timespan", "threshold")


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off: for all targets, and for single ones; None where nothing is said."""

    everywhere: bool | None = None
    on: Mapping[str, bool] = field(default_factory=dict)

    def says(self, target: str) -> bool | None:
        """What is said of a target."""
        return self.on.get(target, self.everywhere)


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """Of one rule. What is None is left to the defaults; ``every`` and ``latency`` are seconds."""

    level: str | None = None
    enabled: Switch = field(default_factory=Switch)
    every: int | None = None
    latency: int | None = None


@dataclass(frozen=True, slots=True)
class Defaults:
    """Of all rules. ``levels`` maps the level that a rule has to the one that the site wants."""

    levels: Mapping[str, str] = field(default_factory=dict)
    enabled: Switch = field(default_factory=Switch)
    every: int | None = None
    latency: int | None = None

    def described(self, description: Description, target: str, rule: RuleSettings) -> Description:
        """The description as the site wants it; what the rule's own table says comes first."""
        switches = (rule.enabled.says(target), self.enabled.says(target), description.enabled)
        every = self.every if rule.every is None else rule.every
        latency = self.latency if rule.latency is None else rule.latency
        return replace(
            description,
            level=rule.level or self.levels.get(description.level, description.level),
            enabled=next(said for said in switches if said is not None),
            every=description.every if every is None else every,
            latency=description.latency if latency is None else latency,
        )


def read_defaults(entries: Mapping[str, Node]) -> Defaults:
    """The tables ``levels``, ``schedule`` and ``enabled``."""
    levels = entries["levels"].table(LEVELS, "level") if "levels" in entries else {}
    schedule = entries["schedule"].table(("every", "latency")) if "schedule" in entries else {}
    return Defaults(
        levels={level: node.choice(LEVELS, "level") for level, node in levels.items()},
        enabled=_switch(entries["enabled"]) if "enabled" in entries else Switch(),
        every=_seconds(schedule, "every", EVERY),
        latency=_seconds(schedule, "latency", LATENCY),
    )


def read_rule(node: Node) -> RuleSettings:
    """A table below ``rules``. Its timespan and threshold are the lists' (:mod:`stagewatch.environment.lists`)."""
    entries = node.table(RULE_KEYS)
    return RuleSettings(
        level=entries["level"].choice(LEVELS, "level") if "level" in entries else None,
        enabled=_switch(entries["enabled"]) if "enabled" in entries else Switch(),
        every=_seconds(entries, "every", EVERY),
        latency=_seconds(entries, "latency", LATENCY),
    )


def _seconds(entries: Mapping[str, Node], key: str, bounds: tuple[str, str]) -> int | None:
    return entries[key].seconds(*bounds) if key in entries else None


def _switch(node: Node) -> Switch:
    """``true``, ``false`` or a table of targets, in which ``default`` stands for the others."""
    if not isinstance(node.value, dict):
        return Switch(node.boolean())
    entries = dict(node.table(("default", *IMPORTING), "target"))
    default = entries.pop("default", None)
    return Switch(default.boolean() if default else None, {target: one.boolean() for target, one in entries.items()})
