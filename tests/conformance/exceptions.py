"""What is known not to hold: rules that a target cannot say, and events that a platform holds otherwise.

``unsupported.yml`` is target -> the converter's reason -> rules. ``differences.yml`` is target -> rule -> what differs:
``events``, the numbers of those that are found where they should not be or the other way round, or for a correlation
``also_found`` and ``lost``, case -> groups; and the ``reason``, which is the platform's and never the query's.

What is said of a rule holds for its negated form too, unless that is named itself. Both files are held to be exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import yaml

from tests.conformance.triples import HERE, NEGATED, Group

Known = TypeVar("Known")


@dataclass(frozen=True)
class Difference:
    """What a target finds otherwise; nothing, unless it is listed."""

    reason: str = ""
    events: frozenset[int] = frozenset()
    also_found: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    lost: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)


@cache
def unsupported() -> Mapping[str, Mapping[str, str]]:
    """Target -> rule -> reason."""
    return {
        target: {rule: reason for reason, rules in reasons.items() for rule in rules}
        for target, reasons in _yaml("unsupported.yml").items()
    }


@cache
def differences() -> Mapping[str, Mapping[str, Difference]]:
    """Target -> rule -> difference."""
    return {
        target: {rule: _difference(given) for rule, given in listed.items()}
        for target, listed in _yaml("differences.yml").items()
    }


def reason(target: str, rule: str) -> str | None:
    """Why a target cannot say a rule, None where it can."""
    return _looked_up(unsupported().get(target, {}), rule)


def difference(target: str, rule: str) -> Difference:
    """What a target finds otherwise for a rule."""
    return _looked_up(differences().get(target, {}), rule) or Difference()


def _looked_up(listed: Mapping[str, Known], rule: str) -> Known | None:
    return listed[rule] if rule in listed else listed.get(rule.removesuffix(NEGATED))


def _difference(given: Mapping[str, Any]) -> Difference:
    return Difference(
        reason=given["reason"],
        events=frozenset(number - 1 for number in given.get("events", ())),
        also_found=_groups(given.get("also_found", {})),
        lost=_groups(given.get("lost", {})),
    )


def _groups(given: Mapping[str, list[list[str]]]) -> Mapping[str, tuple[Group, ...]]:
    return {case: tuple(map(tuple, groups)) for case, groups in given.items()}


def _yaml(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8")) or {}
