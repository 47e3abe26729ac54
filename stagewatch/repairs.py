"""Transformations of pySigma that lose what a rule says, replaced in a pipeline that is already built.

The pipelines stay ordinary pySigma YAML that stock tools read; what our converter runs is the repaired one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import (
    AddConditionTransformation,
    MapStringTransformation,
    NestedProcessingTransformation,
    ReplaceStringTransformation,
)
from sigma.processing.transformations.base import PreprocessingTransformation, StringValueTransformation
from sigma.types import SigmaCasedString, SigmaString, SigmaType

Given = TypeVar("Given", bound=PreprocessingTransformation)


def substitute(
    pipeline: ProcessingPipeline, kind: type[Given], make: Callable[[Given], PreprocessingTransformation]
) -> bool:
    """Replace each transformation of a kind in the pipeline by what ``make`` makes of it; whether there was any."""
    found = False
    for item in pipeline.items:
        if isinstance(item.transformation, kind):
            made = make(item.transformation)
            if made is item.transformation:  # pySigma does not take what it has
                continue
            item.transformation = made
            item.transformation.set_processing_item(item)
            item.transformation.set_pipeline(pipeline)
            found = True
    return found


def hide_added_names(pipeline: ProcessingPipeline) -> None:
    """Let ``1 of them`` never mean what a pipeline adds: pySigma counts a named ``add_condition`` among a rule's own.

    The names that pySigma makes up are known to be no rule's (:mod:`stagewatch.conditions`), so all get one like that.
    """
    for number, given in enumerate(_adding(pipeline.items)):
        digits = f"{number:010d}"
        given.name = f"_cond_{digits.translate(_LETTERS)}"


def _adding(items: Iterable[ProcessingItem]) -> Iterator[AddConditionTransformation]:
    for item in items:
        if isinstance(item.transformation, AddConditionTransformation):
            yield item.transformation
        elif isinstance(item.transformation, NestedProcessingTransformation):
            yield from _adding(vars(item.transformation)["_nested_pipeline"].items)


_LETTERS = str.maketrans("0123456789", "abcdefghij")


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
