"""What pySigma does again for each rule though a pipeline settles it once. The result is the same, only sooner."""

from __future__ import annotations

from dataclasses import dataclass, field

from sigma.conditions import SigmaCondition
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.conditions import LogsourceCondition
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import (
    AddConditionTransformation,
    ChangeLogsourceTransformation,
    NestedProcessingTransformation,
)
from sigma.processing.transformations.base import ConditionTransformation
from sigma.rule import SigmaDetection, SigmaRule

from stagewatch.detections import copy_detection
from stagewatch.repairs import substitute


def parse_conditions_once(pipeline: ProcessingPipeline) -> None:
    """Let ``add_condition`` parse its detection once, unless it is a template that differs from rule to rule."""
    substitute(pipeline, AddConditionTransformation, lambda given: given if given.template else _AddParsed(given))


@dataclass
class _AddParsed(ConditionTransformation):
    """Adds the condition of another transformation."""

    inner: AddConditionTransformation
    _detection: SigmaDetection | None = field(init=False, compare=False, default=None)

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        if isinstance(rule, SigmaRule):
            if self._detection is None:
                self._detection = SigmaDetection.from_definition(self.inner.conditions)
            added = copy_detection(self._detection)
            rule.detection.detections[self.inner.name] = added
            self.processing_item_applied(added)
        super().apply(rule)

    def apply_condition(self, cond: SigmaCondition) -> None:
        self.inner.apply_condition(cond)


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
