"""A condition as a tree of what holds, made of what each detection is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sigma.conditions import ConditionAND, ConditionIdentifier, ConditionNOT, ConditionOR, ConditionSelector
from sigma.rule import SigmaDetections

from stagewatch.conditions import parsed, selected

Holds = Mapping[str, bool | None]
"""Name of a detection -> whether it holds, None where that is not known."""


def condition_tree(condition: str, detections: SigmaDetections, holds: Holds) -> dict[str, Any]:
    """The tree of a condition that was read before: what is written, whether it holds, and the parts of it."""
    return _plain(parsed(condition), detections, holds)


def _plain(node: Any, detections: SigmaDetections, holds: Holds) -> dict[str, Any]:
    match node:
        case ConditionIdentifier():
            return _told(node.identifier, holds.get(node.identifier))
        case ConditionSelector():
            join = _all if node.cond_class is ConditionAND else _any
            known = [holds.get(name) for name in selected(node, detections)]
            return _told(f"{node.args[0]} of {node.pattern}", join(known))
        case ConditionNOT(args=[arg]):
            below = _plain(arg, detections, holds)
            return _told("not", None if below["holds"] is None else not below["holds"], [below])
        case ConditionAND(args=args):
            return _joined("and", _all, [_plain(arg, detections, holds) for arg in args])
        case ConditionOR(args=args):
            return _joined("or", _any, [_plain(arg, detections, holds) for arg in args])
        case _:
            return _told("?", None)


def _joined(
    word: str, join: Callable[[Iterable[bool | None]], bool | None], parts: list[dict[str, Any]]
) -> dict[str, Any]:
    return _told(word, join([part["holds"] for part in parts]), parts)


def _told(text: str, holds: bool | None, parts: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"text": text, "holds": holds, "parts": parts or []}


def _all(known: Iterable[bool | None]) -> bool | None:
    values = set(known)
    return False if False in values else None if None in values else True


def _any(known: Iterable[bool | None]) -> bool | None:
    values = set(known)
    return True if True in values else None if None in values else False
