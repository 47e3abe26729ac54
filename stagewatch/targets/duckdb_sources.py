"""The log source of a rule as conditions on the columns ``product``, ``category`` and ``service``.

The pipeline says it with pySigma's ``add_condition`` as a template. What a rule leaves open, pySigma puts there as the
text ``None``; here it is no condition. A rule's product, category and service are all in the query, whatever they
are: a log source that no reader knows finds nothing, rather than too much.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sigma.conditions import SigmaCondition
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.pipeline import ProcessingPipeline
from sigma.processing.transformations import AddConditionTransformation
from sigma.processing.transformations.base import ConditionTransformation
from sigma.rule import SigmaDetection, SigmaLogSource, SigmaRule

from stagewatch.detections import copy_detection
from stagewatch.repairs import substitute

PARTS = {"$product": "product", "$category": "category", "$service": "service"}
"""Placeholder of a template -> attribute of a log source."""


def leave_open(pipeline: ProcessingPipeline) -> None:
    """Let templates of whole placeholders leave out what a rule's log source leaves open.

    The pipeline's variable ``wider_categories`` names, for a category that stands for several, all of them.
    """
    wider = pipeline.vars.get("wider_categories", {})

    def made(given: AddConditionTransformation) -> AddConditionTransformation | LogSourceConditions:
        whole = given.template and all(isinstance(part, str) and part in PARTS for part in given.conditions.values())
        return LogSourceConditions(given, wider) if whole else given

    substitute(pipeline, AddConditionTransformation, made)


@dataclass
class LogSourceConditions(ConditionTransformation):
    """Adds the conditions of a template for those parts of the log source that the rule names."""

    inner: AddConditionTransformation
    wider: Mapping[str, list[str]]
    _parsed: dict[tuple[str | None, ...], SigmaDetection] = field(init=False, compare=False, default_factory=dict)

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Correlations have no log source of their own."""
        if isinstance(rule, SigmaRule):
            added = rule.detection.detections[self.inner.name] = copy_detection(self._detection(rule.logsource))
            self.processing_item_applied(added)
        super().apply(rule)

    def apply_condition(self, cond: SigmaCondition) -> None:
        self.inner.apply_condition(cond)

    def _detection(self, source: SigmaLogSource) -> SigmaDetection:
        """Parsed once for all rules of a log source."""
        key = source.product, source.category, source.service
        if key not in self._parsed:
            parts = {name: getattr(source, PARTS[str(part)]) for name, part in self.inner.conditions.items()}
            conditions: dict[str, Any] = {
                name: [_plain(one) for one in self.wider.get(part, [part])]
                for name, part in parts.items()
                if part is not None
            }
            self._parsed[key] = SigmaDetection.from_definition(conditions)
        return self._parsed[key]


def _plain(text: str) -> str:
    """A value without wildcards."""
    return re.sub(r"[\\*?]", r"\\\g<0>", text)
