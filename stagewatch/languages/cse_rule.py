"""Rules of Cloud SIEM as JSON: match, threshold and chain.

Keys as the vendor's Terraform provider documents them (``sumologic_cse_match_rule``, ``..._threshold_rule`` and
``..._chain_rule``; the API writes them in camel case). "Write a Threshold Rule" and "Write a Chain Rule" say what they
do. A key that is not known here is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from stagewatch.languages.base import Problem, QueryError
from stagewatch.languages.cse_grammar import parse, parse_field
from stagewatch.languages.cse_tree import Condition, Field, Rule

WINDOWS: Mapping[str, timedelta] = {
    "T05M": timedelta(minutes=5),
    "T10M": timedelta(minutes=10),
    "T30M": timedelta(minutes=30),
    "T60M": timedelta(minutes=60),
    "T12H": timedelta(hours=12),
    "T24H": timedelta(hours=24),
    "T05D": timedelta(days=5),
}

LABELS = frozenset(
    {"description", "enabled", "isPrototype", "name", "severity", "summaryExpression", "suppressionWindowSize", "tags"}
)
"""Keys that say nothing about what a rule finds."""

WINDOW_KEYS = frozenset({"windowSize", "windowSizeMilliseconds", "groupByFields", "entitySelectors"})
KEYS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    # kind -> keys that a rule must have, keys that it may have
    "match": (frozenset({"expression"}), frozenset({"entitySelectors"})),
    "threshold": (frozenset({"expression", "limit", "windowSize"}), WINDOW_KEYS | {"countDistinct", "countField"}),
    "chain": (frozenset({"expressionsAndLimits", "ordered", "windowSize"}), WINDOW_KEYS),
}


def is_rule(query: str) -> bool:
    """Whether a text is a rule, not an expression; no expression begins with a brace."""
    return query.lstrip().startswith("{")


@cache
def parse_rule(text: str) -> Rule:
    """The rule that a text says. Raises :class:`QueryError`."""
    try:
        document = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise QueryError(Problem(error.msg, error.lineno, error.colno)) from error
    return _rule(document)


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        _require(names.count(name) == 1, f"{name} stands twice")
    return dict(pairs)


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise QueryError(Problem(message))


def _rule(document: Mapping[str, Any]) -> Rule:
    kind = document.get("type")
    _require(kind in KINDS, f"type is match, threshold or chain, not {kind}")
    needed, allowed = KEYS[str(kind)]
    for key in sorted(needed - document.keys()):
        raise QueryError(Problem(f"{key} is missing"))
    for key in sorted(document.keys() - needed - allowed - LABELS - {"type"}):
        raise QueryError(Problem(f"a {kind} rule has no {key}"))
    return KINDS[str(kind)](document)


def _match(document: Mapping[str, Any]) -> Rule:
    return Rule("match", (_expression(document["expression"], 1),), entities=_entities(document))


def _threshold(document: Mapping[str, Any]) -> Rule:
    distinct = document.get("countDistinct", False)
    _require(isinstance(distinct, bool), "countDistinct is true or false")
    _require(distinct == ("countField" in document), "countField belongs to countDistinct")
    return Rule(
        "threshold",
        (_expression(document["expression"], 1),),
        (_limit(document["limit"]),),
        distinct=_field(document["countField"]) if distinct else None,
        group=_group(document),
        entities=_entities(document),
        window=_window(document),
    )


def _chain(document: Mapping[str, Any]) -> Rule:
    members = document["expressionsAndLimits"]
    _require(isinstance(members, list) and len(members) > 1, "a chain has two expressions at least")
    for member in members:
        _require(
            isinstance(member, dict) and member.keys() == {"expression", "limit"},
            "a member is an expression and a limit",
        )
    ordered = document["ordered"]
    _require(isinstance(ordered, bool), "ordered is true or false")
    _require(not ordered or len(members) == 2, "a chain in exact order has two expressions only")
    return Rule(
        "chain",
        tuple(_expression(member["expression"], number) for number, member in enumerate(members, 1)),
        tuple(_limit(member["limit"]) for member in members),
        group=_group(document),
        entities=_entities(document),
        ordered=ordered,
        window=_window(document),
    )


KINDS: Mapping[str, Callable[[Mapping[str, Any]], Rule]] = {"match": _match, "threshold": _threshold, "chain": _chain}


def _expression(text: Any, number: int) -> Condition:
    _require(isinstance(text, str), "an expression is text")
    try:
        return parse(text)
    except QueryError as error:
        (problem,) = error.problems
        raise QueryError(Problem(f"expression {number}: {problem.message}", problem.line, problem.column)) from error


def _limit(limit: Any) -> int:
    _require(isinstance(limit, int) and not isinstance(limit, bool) and limit > 0, "a limit is a number above 0")
    return int(limit)


def _field(text: Any) -> Field:
    _require(isinstance(text, str), "a field is text")
    return parse_field(text)


def _group(document: Mapping[str, Any]) -> tuple[tuple[str, Field], ...]:
    names = document.get("groupByFields", [])
    _require(isinstance(names, list), "groupByFields is a list")
    return tuple((str(name), _field(name)) for name in names)


def _entities(document: Mapping[str, Any]) -> tuple[tuple[str, Field], ...]:
    selectors = document.get("entitySelectors", [])
    _require(isinstance(selectors, list), "entitySelectors is a list")
    for selector in selectors:
        _require(
            isinstance(selector, dict)
            and selector.keys() == {"entityType", "expression"}
            and str(selector["entityType"]).startswith("_"),
            "an entity selector is an entityType such as _hostname and an expression",
        )
    return tuple((str(selector["expression"]), _field(selector["expression"])) for selector in selectors)


def _window(document: Mapping[str, Any]) -> timedelta:
    size, milliseconds = document["windowSize"], document.get("windowSizeMilliseconds")
    _require((size == "CUSTOM") == (milliseconds is not None), "windowSizeMilliseconds belongs to windowSize CUSTOM")
    if milliseconds is None:
        _require(size in WINDOWS, f"windowSize is {', '.join(WINDOWS)} or CUSTOM, not {size}")
        return WINDOWS[size]
    _require(isinstance(milliseconds, str) and milliseconds.isdecimal(), "windowSizeMilliseconds is a number as text")
    window = timedelta(milliseconds=int(milliseconds))
    _require(window <= WINDOWS["T05D"], "a window is five days at most")
    return window
