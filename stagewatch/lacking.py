"""Fields that a platform's events lack: how they are found, and what is said about them."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from sigma.correlations import SigmaCorrelationRule
from sigma.processing.pipeline import ProcessingPipeline
from sigma.processing.transformations import FieldMappingTransformation, StrictFieldMappingFailure
from sigma.processing.transformations.base import PreprocessingTransformation
from sigma.rule import SigmaRule
from sigma.types import SigmaFieldReference, SigmaType

from stagewatch import expression as ex
from stagewatch.detections import detection_items
from stagewatch.repairs import substitute


class LackingField(str):
    """The name of a Sigma field that the platform has no counterpart for."""

    __slots__ = ()


class Mappings:
    """What the field mappings of a pipeline know, and the marking of the fields that they do not know."""

    def __init__(self, pipeline: ProcessingPipeline) -> None:
        """Puts the marking in the place of the pipeline's ``strict_field_mapping_failure``."""
        self._items = [item for item in pipeline.items if isinstance(item.transformation, FieldMappingTransformation)]
        self._identifiers = {item.identifier for item in self._items}
        self._names: dict[tuple[str | None, ...], tuple[frozenset[str | None], frozenset[str]]] = {}
        self._strict = substitute(pipeline, StrictFieldMappingFailure, lambda _: _MarkLackingFields(self))

    def of(self, rule: SigmaRule) -> tuple[frozenset[str | None], frozenset[str]]:
        """The fields that are mapped in the rule's log source, and the platform's fields that they are mapped to."""
        source = rule.logsource
        key = (source.category, source.product, source.service)
        if key not in self._names:
            mappings = [m for item in self._items if item.match_rule_conditions(rule) for m in [item.transformation]]
            pairs = [pair for m in mappings if isinstance(m, FieldMappingTransformation) for pair in m.mapping.items()]
            targets = (target for _, to in pairs for target in ([to] if isinstance(to, str) else to))
            self._names[key] = frozenset(name for name, _ in pairs), frozenset(targets)
        return self._names[key]

    def mark_names(self, rule: SigmaRule) -> None:
        """Before a strict pipeline: mark what is named beside the detection items."""
        if not self._strict:
            return
        sources, _ = self.of(rule)
        rule.fields = [name if name in sources else LackingField(name) for name in rule.fields]
        for item in detection_items(rule.detection.detections.values()):
            if any(isinstance(value, SigmaFieldReference) for value in item.value):
                item.value = [_mark_reference(value, sources) for value in item.value]

    def mark_items(self, rule: SigmaRule) -> None:
        """At the strict check: mark each detection item that no mapping has touched.

        Its name alone does not tell: an unmapped field of Sigma may be called like another field of the platform.
        """
        _, targets = self.of(rule)
        for item in detection_items(rule.detection.detections.values()):
            mapped = item.field in targets and not self._identifiers.isdisjoint(item.applied_processing_items)
            if item.field is not None and not mapped:
                item.field = LackingField(item.field)
            if any(isinstance(value, SigmaFieldReference) for value in item.value):
                item.value = [_mark_reference(value, targets) for value in item.value]


@dataclass
class _MarkLackingFields(PreprocessingTransformation):
    """Stands in for pySigma's ``strict_field_mapping_failure``: marks instead of failing the whole rule."""

    mappings: Mappings

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        super().apply(rule)
        if isinstance(rule, SigmaRule):
            self.mappings.mark_items(rule)


def _mark_reference(value: SigmaType, known: Set[str | None]) -> SigmaType:
    if isinstance(value, SigmaFieldReference) and value.field not in known:
        return SigmaFieldReference(LackingField(value.field), value.starts_with, value.ends_with)
    return value


def is_lacking(leaf: ex.Leaf) -> bool:
    """Whether the leaf reads a field that the platform's events lack."""
    if isinstance(leaf, ex.Keyword):
        return False
    return isinstance(leaf.field, LackingField) or (
        isinstance(leaf, ex.FieldRef) and isinstance(leaf.other, LackingField)
    )


def _lacking_fields(expression: ex.Expression) -> list[str]:
    return [name for name in ex.fields(expression) if isinstance(name, LackingField)]


WITHOUT = ", and the rule cannot be told without"
"""The end of :func:`lacking_message`."""


def lacking_message(expression: ex.Expression) -> str:
    """Why a rule is unsupported."""
    names = ", ".join(dict.fromkeys(_blockers(expression)))
    return f"the platform's events carry no {names}{WITHOUT}"


def _blockers(expression: ex.Expression) -> Iterator[str]:
    """The lacking fields that stand under AND or NOT, where no branch can be left out."""
    match expression:
        case ex.And(terms) | ex.Or(terms):
            for term in terms:
                if ex.prune(term, is_lacking).expression is None:
                    yield from _blockers(term)
        case _:
            yield from _lacking_fields(expression)


def dropped_message(branch: ex.Expression) -> str:
    """Why a rule is degraded: the cause, and behind a semicolon what is no longer seen."""
    names = ", ".join(_lacking_fields(branch))
    return f"the platform's events carry no {names}; no longer seen: {_describe(branch)}"


def _describe(branch: ex.Expression) -> str:
    """A branch in a few words: its fields and first values."""
    words: list[str] = []
    for leaf in ex.leaves(branch):
        match leaf:
            case ex.Text(name, globs) if len(globs) > 2:
                words.append(f"{name} = {globs[0]}, {globs[1]} and {len(globs) - 2} more")
            case ex.Text(name, globs):
                words.append(f"{name} = {', '.join(map(str, globs))}")
            case ex.Regex(name, pattern):
                words.append(f"{name} matches {pattern}")
            case ex.Keyword(globs):
                words.append(f"keyword {globs[0]}")
            case _:
                words.append(leaf.field)
    return "; ".join(words[:4]) + (" ..." if len(words) > 4 else "")
