"""Fields that a platform's events lack: how they are found, and what is said about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sigma.correlations import SigmaCorrelationRule
from sigma.processing.pipeline import ProcessingPipeline
from sigma.processing.transformations import FieldMappingTransformation, StrictFieldMappingFailure
from sigma.processing.transformations.base import PreprocessingTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import SigmaFieldReference, SigmaType

from stagewatch import expression as ex


class LackingField(str):
    """The name of a Sigma field that the platform has no counterpart for."""

    __slots__ = ()


def mark_instead_of_failing(pipeline: ProcessingPipeline) -> None:
    """Let the pipeline mark lacking fields where it says ``strict_field_mapping_failure``, instead of failing."""
    known = _KnownFields(pipeline)
    for item in pipeline.items:
        if isinstance(item.transformation, StrictFieldMappingFailure):
            item.transformation = _MarkLackingFields(known)
            item.transformation.set_processing_item(item)
            item.transformation.set_pipeline(pipeline)


@dataclass
class _MarkLackingFields(PreprocessingTransformation):
    """Stands in for pySigma's ``strict_field_mapping_failure`` at the same place in a pipeline.

    Marks each field that no mapping before it knows, instead of failing the whole rule.
    """

    known: _KnownFields

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Mark the lacking fields of one rule, in place."""
        super().apply(rule)
        if isinstance(rule, SigmaRule):
            known = self.known.of(rule)
            rule.fields = [name if name in known else LackingField(name) for name in rule.fields]
            for item in _items(rule.detection.detections.values()):
                if item.field is not None and item.field not in known:
                    item.field = LackingField(item.field)
                if any(isinstance(value, SigmaFieldReference) for value in item.value):
                    item.value = [_mark_reference(value, known) for value in item.value]


def _mark_reference(value: SigmaType, known: frozenset[str]) -> SigmaType:
    if isinstance(value, SigmaFieldReference) and value.field not in known:
        return SigmaFieldReference(LackingField(value.field), value.starts_with, value.ends_with)
    return value


class _KnownFields:
    """The platform's field names per log source: all targets of the mappings that stand before the strict check."""

    def __init__(self, pipeline: ProcessingPipeline) -> None:
        self._pipeline = pipeline
        self._by_source: dict[tuple[str | None, ...], frozenset[str]] = {}

    def of(self, rule: SigmaRule) -> frozenset[str]:
        source = rule.logsource
        key = (source.category, source.product, source.service)
        if key not in self._by_source:
            self._by_source[key] = frozenset(self._collect(rule))
        return self._by_source[key]

    def _collect(self, rule: SigmaRule) -> Iterator[str]:
        for item in self._pipeline.items:
            if isinstance(item.transformation, _MarkLackingFields):
                return
            if isinstance(item.transformation, FieldMappingTransformation) and item.match_rule_conditions(rule):
                for target in item.transformation.mapping.values():
                    yield from [target] if isinstance(target, str) else target


def _items(detections: Iterable[SigmaDetection]) -> Iterator[SigmaDetectionItem]:
    for detection in detections:
        for item in detection.detection_items:
            if isinstance(item, SigmaDetectionItem):
                yield item
            else:
                yield from _items([item])


def is_lacking(leaf: ex.Leaf) -> bool:
    """Whether the leaf reads a field that the platform's events lack."""
    return bool(_lacking_fields(leaf))


def _lacking_fields(expression: ex.Expression) -> list[str]:
    return [name for name in ex.fields(expression) if isinstance(name, LackingField)]


def lacking_message(expression: ex.Expression) -> str:
    """Why a rule is unsupported."""
    names = ", ".join(dict.fromkeys(_blockers(expression)))
    return f"the platform's events carry no {names}, and the rule cannot be told without"


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
    """Why a rule is degraded: what is no longer seen."""
    names = ", ".join(_lacking_fields(branch))
    return f"no longer seen: {_describe(branch)} (the platform's events carry no {names})"


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
