"""Conditions of rules and filters: parsed once, and read as they are written or not at all.

pySigma's grammar takes operators from the front of words (``notx`` is read as ``not x``) and lets a pattern that
starts with ``_`` match detections that a pipeline or a filter has added. Either would change a rule's meaning silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from sigma.conditions import ConditionIdentifier, ConditionItem, ConditionSelector, SigmaCondition
from sigma.rule import SigmaDetections
from sigma.rule.detection import EmptySigmaDetections

_QUANTIFIER = re.compile(r"\b(?:1|any|all)\s+of\b")
_WORD = re.compile(r"[\w*-]+")
_OPERATORS = frozenset({"not", "and", "or"})

_ADDED_NAME = re.compile(r"_(?:cond|filt)_[a-z]{10}")
"""How pySigma names what ``add_condition`` and filters add to a rule."""

_FILTER_NAME = re.compile(r"(?!(?:not|and|or|all|any|of|1)$)[A-Za-z*][\w*-]*", re.ASCII | re.IGNORECASE)
"""Names that pySigma renames in a filter's condition; it leaves any other as it is, to mean the rule's detection."""


@lru_cache(maxsize=4096)
def parsed(condition: str) -> object:
    """A condition's tree of names. It is only read, so no copy is needed, which is half the cost of a rule."""
    return SigmaCondition(condition, EmptySigmaDetections()).parse(postprocess=False)


def selected(selector: ConditionSelector, detections: SigmaDetections) -> list[str]:
    """The detections that ``1 of pattern`` or ``all of pattern`` means, among those of the one who wrote it."""
    names = [found.identifier for found in selector.resolve_referenced_detections(detections)]
    return [name for name in names if _wrote(selector.pattern, name)]


def _wrote(pattern: str, name: str) -> bool:
    added = _ADDED_NAME.match(name)
    return added is None or pattern.startswith(added[0])


def misread(condition: str, detections: SigmaDetections) -> str | None:
    """Why a condition that pySigma parses does not say what is written, or None."""
    items = list(_items(parsed(condition)))
    read = [_name(item) for item in items]
    written = [word for word in _WORD.findall(_QUANTIFIER.sub(" ", condition)) if word not in _OPERATORS]
    for word, name in zip(written, read, strict=False):
        if word != name and word.endswith(name):
            operator = word.removesuffix(name)
            return f"the condition's {word} would be read as '{operator} {name}'; rename the detection"
    if written != read:
        return "the condition uses an operator's name as the name of a detection"
    for item in items:
        if isinstance(item, ConditionSelector):
            if not selected(item, detections):
                return f"the condition's {item.args[0]} of {item.pattern} names no detection"
        elif item.identifier not in detections.detections:
            return f"Detection '{item.identifier}' not defined in detections"
    return None


def not_renamed(condition: str) -> str | None:
    """The first name in a filter's condition that pySigma cannot keep apart from the rule's own, or None."""
    names = map(_name, _items(parsed(condition)))
    return next((name for name in names if not _FILTER_NAME.fullmatch(name)), None)


def _name(item: ConditionIdentifier | ConditionSelector) -> str:
    return item.pattern if isinstance(item, ConditionSelector) else item.identifier


def _items(node: object) -> Iterator[ConditionIdentifier | ConditionSelector]:
    """The names and patterns of a condition, left to right."""
    if isinstance(node, ConditionIdentifier | ConditionSelector):
        yield node
    elif isinstance(node, ConditionItem):
        for arg in node.args:
            yield from _items(arg)
