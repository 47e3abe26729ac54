"""Transformations of pySigma that lose what a rule says, replaced in a pipeline that is already built.

The pipelines stay ordinary pySigma YAML that stock tools read; what our converter runs is the repaired one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sigma.processing.conditions import LogsourceCondition
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import (
    ChangeLogsourceTransformation,
    MapStringTransformation,
    NestedProcessingTransformation,
    ReplaceStringTransformation,
)
from sigma.processing.transformations.base import PreprocessingTransformation, StringValueTransformation
from sigma.rule import SigmaRule
from sigma.types import SigmaCasedString, SigmaString, SigmaType

Given = TypeVar("Given", bound=PreprocessingTransformation)


def substitute(
    pipeline: ProcessingPipeline, kind: type[Given], make: Callable[[Given], PreprocessingTransformation]
) -> bool:
    """Replace each transformation of a kind in the pipeline by what ``make`` makes of it; whether there was any."""
    found = False
    for item in pipeline.items:
        if isinstance(item.transformation, kind):
            item.transformation = make(item.transformation)
            item.transformation.set_processing_item(item)
            item.transformation.set_pipeline(pipeline)
            found = True
    return found


def keep_case(pipeline: ProcessingPipeline) -> None:
    """Let value transformations keep ``|cased``, which pySigma's forget."""
    substitute(pipeline, MapStringTransformation, _KeepCase)
    substitute(pipeline, ReplaceStringTransformation, _KeepCase)


@dataclass
class _KeepCase(StringValueTransformation):
    """Applies a string transformation; a case-sensitive value stays case-sensitive."""

    inner: StringValueTransformation

    def apply_string_value(self, field: str | None, val: SigmaString) -> SigmaType | list[SigmaType] | None:
        result = self.inner.apply_string_value(field, val)
        if not isinstance(val, SigmaCasedString):
            return result
        if isinstance(result, list):
            return [_cased(value) for value in result]
        return None if result is None else _cased(result)


def _cased(value: SigmaType) -> SigmaType:
    return SigmaCasedString.from_sigma_string(value) if isinstance(value, SigmaString) else value


class Relevance:
    """Which items of a pipeline can apply to the rules of a log source: a pipeline of the house is for a dozen."""

    def __init__(self, pipeline: ProcessingPipeline) -> None:
        self._items = pipeline.items
        kinds = (item.transformation for item in pipeline.items)
        self._moves = any(
            isinstance(kind, ChangeLogsourceTransformation | NestedProcessingTransformation) for kind in kinds
        )
        self._by_source: dict[tuple[str | None, ...], list[ProcessingItem]] = {}

    def items(self, rule: SigmaRule) -> list[ProcessingItem]:
        """The items for a rule: all, but those that ask for another log source and for nothing else."""
        if self._moves:  # a rule may change its log source on the way
            return self._items
        source = rule.logsource
        key = (source.category, source.product, source.service)
        if key not in self._by_source:
            self._by_source[key] = [item for item in self._items if _may_apply(item, rule)]
        return self._by_source[key]


def _may_apply(item: ProcessingItem, rule: SigmaRule) -> bool:
    given = item.rule_conditions
    conditions = given.values() if isinstance(given, dict) else given
    return not all(isinstance(one, LogsourceCondition) for one in conditions) or item.match_rule_conditions(rule)
