"""From a Sigma rule and a pipeline to the expression that a target renders.

The pipeline is applied as pySigma applies it, with one difference: where it says ``strict_field_mapping_failure``,
fields without a mapping are marked instead of failing the rule at once. The marked ones are then pruned: a platform
that lacks a field loses that OR branch and the rule is degraded; under AND or NOT the rule is unsupported there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaLogSource, SigmaRule

from stagewatch import expression as ex
from stagewatch.detections import copy_rule, detection_expressions, expression_of
from stagewatch.findings import BREAKDOWNS, PipelineError, Unsupported
from stagewatch.hashes import split_exactly
from stagewatch.lacking import LackingField, Mappings, dropped_message, is_lacking, lacking_message
from stagewatch.qualified import split_qualified
from stagewatch.repairs import hide_added_names, keep_case
from stagewatch.shortcuts import Relevance, parse_conditions_once


@dataclass(frozen=True, slots=True)
class Query:
    """One rule, ready to be rendered for one target.

    ``state`` is what the pipeline set with ``set_state``: the table, the event category and the like. ``degraded``
    names, in words for the user, each branch that was left out. ``title`` is the rule's, for languages in which a
    query has a name.
    """

    expression: ex.Expression
    state: Mapping[str, Any]
    degraded: tuple[str, ...] = ()
    title: str = ""
    dropped: tuple[ex.Expression, ...] = ()
    """The branches that were left out."""


class Translator:
    """Applies one pipeline to many rules. Not thread-safe: pySigma keeps its state in the pipeline."""

    def __init__(self, pipeline: ProcessingPipeline) -> None:
        self.pipeline = pipeline
        try:
            split_exactly(pipeline)
            keep_case(pipeline)
            hide_added_names(pipeline)
            parse_conditions_once(pipeline)
        except BREAKDOWNS as error:
            raise PipelineError(f"a pipeline holds a wrong value: {type(error).__name__}: {error}") from error
        self.items = tuple(pipeline.items)
        """All items, in order: while a rule is translated, the pipeline holds only those for its log source."""
        self._mappings = Mappings(pipeline)
        self._relevant = Relevance(pipeline)
        self.numeric_fields = frozenset(pipeline.vars.get("numeric_fields", ()))
        self.qualified_names: Mapping[str, str] = pipeline.vars.get("qualified_names", {})

    def translate(self, rule: SigmaRule) -> Query:
        """Translate one rule. Raises :class:`Unsupported` with the reason where the platform cannot express it."""
        mapped = copy_rule(rule)
        self._apply(mapped)
        state = dict(self.pipeline.state)
        try:
            whole = expression_of(mapped)
        except SigmaError as error:  # the rule's own condition was parsed when it was read
            raise PipelineError(f"a pipeline made the condition unreadable: {_first_line(error)}") from error
        pruned = ex.prune(whole, is_lacking)
        if pruned.expression is None:
            raise Unsupported(lacking_message(whole))
        finished = ex.rewrite(pruned.expression, self._finish_leaf)
        unseen = state.get("not_seen")  # a log source that the platform's sensor reports in part
        degraded = (*([str(unseen)] if unseen else []), *map(dropped_message, pruned.dropped))
        return Query(finished, state, degraded, rule.title or "", pruned.dropped)

    def translate_detections(self, rule: SigmaRule) -> dict[str, ex.Expression]:
        """Each detection of a rule by its name, alone: without the others, the condition and the log source.

        One that needs a field that the platform lacks is left out. Raises :class:`Unsupported` as :meth:`translate`.
        """
        mapped = copy_rule(rule)
        self._apply(mapped)
        found = {}
        for name, whole in detection_expressions(mapped, rule.detection.detections).items():
            pruned = ex.prune(whole, is_lacking)
            if pruned.expression is not None and not pruned.dropped:
                found[name] = ex.rewrite(pruned.expression, self._finish_leaf)
        return found

    def map_field(self, rule: SigmaRule, name: str) -> str:
        """The platform's name of the field ``name`` in events of ``rule``'s log source.

        Raises :class:`Unsupported` where the platform lacks the field or splits it into several.
        """
        probe = copy_rule(rule)
        probe.fields = [name]
        self._apply(probe)
        if len(probe.fields) != 1:
            raise Unsupported(f"the field {name} is split into {', '.join(probe.fields)} here")
        if isinstance(probe.fields[0], LackingField):
            raise Unsupported(f"events of {_source(rule.logsource)} carry no {name} here")
        return probe.fields[0]

    def _apply(self, rule: SigmaRule) -> None:
        try:
            self._mappings.mark_names(rule)
            self.pipeline.items = self._relevant.items(rule)
            self.pipeline.apply(rule)
        except SigmaError as error:
            raise Unsupported(_first_line(error)) from error
        except BREAKDOWNS as error:
            raise PipelineError(f"a pipeline broke down on this rule: {type(error).__name__}: {error}") from error

    def _finish_leaf(self, leaf: ex.Leaf) -> ex.Expression:
        """Fit a leaf to the type of its field on this platform."""
        if not isinstance(leaf, ex.Keyword) and leaf.field in self.qualified_names:
            return split_qualified(leaf, self.qualified_names)
        match leaf:
            case ex.FieldRef(name, other) if other in self.qualified_names:
                raise Unsupported(f"{other} is split into domain and name here and cannot be compared with {name}")
            case ex.Number(name, "==", value) if name not in self.numeric_fields:
                return ex.Text(name, (ex.Glob.of(str(value)),))
            case ex.Text(name, globs) if name in self.numeric_fields:
                return ex.disjunction(*(_as_number(name, glob) for glob in globs))
            case _:
                return leaf


def _as_number(name: str, glob: ex.Glob) -> ex.Expression:
    if glob.shape is ex.Shape.PRESENT:
        return ex.Present(name)
    text = glob.literal.strip()
    if glob.shape is ex.Shape.EQUALS:
        try:
            return ex.Number(name, "==", int(text, 16) if text.lower().startswith("0x") else int(text))
        except ValueError:
            pass
    raise Unsupported(f"{name} holds a number here; the pattern {str(glob)!r} can never match it")


def _source(source: SigmaLogSource) -> str:
    return "/".join(part for part in (source.product, source.category, source.service) if part)


def _first_line(error: SigmaError) -> str:
    return str(error.args[0] if error.args else error).splitlines()[0]
