"""The Sigma fields that are known, so that a mistyped one is told instead of changing nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from sigma.correlations import SigmaCorrelationFieldAliases, SigmaCorrelationRule
from sigma.processing.transformations import FieldMappingTransformation
from sigma.rule import SigmaRule

from stagewatch.detections import detection_items
from stagewatch.pack import Pack
from stagewatch.pipelines import house_pipeline
from stagewatch.targets import TARGETS


def known_fields(target: str, pack: Pack) -> frozenset[str]:
    """What the target's pipeline maps, what the pack's rules read, and what the other pipelines map."""
    read = {name for entry in pack.rules for name in _fields(entry.rule)}
    return _mapped(target) | read | frozenset(name for other in TARGETS for name in _mapped(other))


@cache
def _mapped(target: str) -> frozenset[str]:
    mappings = (item.transformation for item in house_pipeline(target).items)
    kinds = (kind for kind in mappings if isinstance(kind, FieldMappingTransformation))
    return frozenset(name for kind in kinds for name in kind.mapping if name is not None)


def _fields(rule: SigmaRule | SigmaCorrelationRule) -> Iterator[str]:
    if isinstance(rule, SigmaRule):
        yield from (item.field for item in detection_items(rule.detection.detections.values()) if item.field)
        return
    yield from rule.group_by or ()
    if isinstance(rule.aliases, SigmaCorrelationFieldAliases):
        yield from (name for alias in rule.aliases for name in alias.mapping.values())
