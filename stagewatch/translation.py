"""From a Sigma rule and a pipeline to the expression that a target renders.

The pipeline is applied as pySigma applies it, with one difference: where it says ``strict_field_mapping_failure``,
fields without a mapping are marked instead of failing the rule at once. The marked ones are then pruned: a platform
that lacks a field loses that OR branch and the rule is degraded; under AND or NOT the rule is unsupported there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
    ConditionSelector,
)
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingPipeline
from sigma.processing.transformations import FieldMappingTransformation, StrictFieldMappingFailure
from sigma.processing.transformations.base import PreprocessingTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections, SigmaLogSource, SigmaRule
from sigma.types import (
    CompareOperators,
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaType,
    SpecialChars,
)

from stagewatch import expression as ex
from stagewatch.findings import Unsupported
from stagewatch.qualified import split_qualified


class LackingField(str):
    """The name of a Sigma field that the platform has no counterpart for."""

    __slots__ = ()


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


class Translator:
    """Applies one pipeline to many rules. Not thread-safe: pySigma keeps its state in the pipeline."""

    def __init__(self, pipeline: ProcessingPipeline) -> None:
        self.pipeline = pipeline
        self._known = _KnownFields(pipeline)
        for item in pipeline.items:
            if isinstance(item.transformation, StrictFieldMappingFailure):
                item.transformation = MarkLackingFields(self._known)
                item.transformation.set_processing_item(item)
                item.transformation.set_pipeline(pipeline)
        self.numeric_fields = frozenset(pipeline.vars.get("numeric_fields", ()))
        self.qualified_names: Mapping[str, str] = pipeline.vars.get("qualified_names", {})

    def translate(self, rule: SigmaRule) -> Query:
        """Translate one rule. Raises :class:`Unsupported` with the reason where the platform cannot express it."""
        mapped = _copy(rule)
        self._apply(mapped)
        state = dict(self.pipeline.state)
        conditions = [
            _condition(parsed.parse(postprocess=False), mapped.detection)
            for parsed in mapped.detection.parsed_condition
        ]
        pruned = ex.prune(ex.disjunction(*conditions), _is_lacking)
        if pruned.expression is None:
            raise Unsupported(_lacking_message(ex.disjunction(*conditions)))
        finished = ex.rewrite(pruned.expression, self._finish_leaf)
        degraded = tuple(_dropped_message(branch) for branch in pruned.dropped)
        return Query(finished, state, degraded, rule.title or "")

    def map_field(self, rule: SigmaRule, name: str) -> str:
        """The platform's name of the field ``name`` in events of ``rule``'s log source.

        Raises :class:`Unsupported` where the platform lacks the field or splits it into several.
        """
        probe = _copy(rule)
        probe.fields = [name]
        self._apply(probe)
        if len(probe.fields) != 1:
            raise Unsupported(f"the field {name} is split into {', '.join(probe.fields)} here")
        if isinstance(probe.fields[0], LackingField):
            raise Unsupported(f"events of {_source(rule.logsource)} carry no {name} here")
        return probe.fields[0]

    def _apply(self, rule: SigmaRule) -> None:
        try:
            self.pipeline.apply(rule)
        except SigmaError as error:
            raise Unsupported(_first_line(error)) from error

    def _finish_leaf(self, leaf: ex.Leaf) -> ex.Expression:
        """Fit a leaf to the type of its field on this platform."""
        if not isinstance(leaf, ex.Keyword) and leaf.field in self.qualified_names:
            return split_qualified(leaf, self.qualified_names)
        match leaf:
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


@dataclass
class MarkLackingFields(PreprocessingTransformation):
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
            if isinstance(item.transformation, MarkLackingFields):
                return
            if isinstance(item.transformation, FieldMappingTransformation) and item.match_rule_conditions(rule):
                for target in item.transformation.mapping.values():
                    yield from [target] if isinstance(target, str) else target


def _copy(rule: SigmaRule) -> SigmaRule:
    """A copy whose detections a pipeline may change; values are shared, since pipelines replace and never edit them."""
    detection = SigmaDetections(
        {name: _copy_detection(detection) for name, detection in rule.detection.detections.items()},
        list(rule.detection.condition),
        rule.detection.source,
    )
    copied = object.__new__(SigmaRule)
    copied.__dict__.update(rule.__dict__)
    copied.detection = detection
    copied.logsource = dataclasses.replace(rule.logsource)
    copied.fields = []
    copied.applied_processing_items = set()
    return copied


def _copy_detection(detection: SigmaDetection) -> SigmaDetection:
    copied = object.__new__(SigmaDetection)
    copied.__dict__.update(detection.__dict__)
    copied.detection_items = [
        _copy_item(item) if isinstance(item, SigmaDetectionItem) else _copy_detection(item)
        for item in detection.detection_items
    ]
    return copied


def _copy_item(item: SigmaDetectionItem) -> SigmaDetectionItem:
    copied = object.__new__(SigmaDetectionItem)
    copied.__dict__.update(item.__dict__)
    copied.value = list(item.value)
    copied.applied_processing_items = set()
    return copied


def _items(detections: Iterator[SigmaDetection] | Any) -> Iterator[SigmaDetectionItem]:
    for detection in detections:
        for item in detection.detection_items:
            if isinstance(item, SigmaDetectionItem):
                yield item
            else:
                yield from _items([item])


def _condition(node: object, detections: SigmaDetections) -> ex.Expression:
    """A parsed condition (not postprocessed) as an expression."""
    match node:
        case ConditionSelector():
            named = [detections[found.identifier] for found in node.resolve_referenced_detections(detections)]
            if not named:
                raise Unsupported(f"the condition's {node.args[0]} of {node.pattern} names no detection")
            join = ex.conjunction if node.cond_class is ConditionAND else ex.disjunction
            return join(*map(_detection, named))
        case ConditionIdentifier():
            if node.identifier not in detections.detections:
                raise Unsupported(f"the condition names {node.identifier}, which is not defined")
            return _detection(detections[node.identifier])
        case ConditionNOT(args=[arg]):
            return ex.Not(_condition(arg, detections))
        case ConditionAND(args=args):
            return ex.conjunction(*(_condition(arg, detections) for arg in args))
        case ConditionOR(args=args):
            return ex.disjunction(*(_condition(arg, detections) for arg in args))
        case ConditionItem():
            raise Unsupported(f"the condition uses {type(node).__name__}, which is not known here")
        case _:
            raise Unsupported("the condition is empty")


def _detection(detection: SigmaDetection) -> ex.Expression:
    parts = [
        _item(item) if isinstance(item, SigmaDetectionItem) else _detection(item) for item in detection.detection_items
    ]
    if not parts:
        raise Unsupported("nothing is left of a detection after the pipeline")
    return ex.conjunction(*parts) if detection.item_linking is ConditionAND else ex.disjunction(*parts)


def _item(item: SigmaDetectionItem) -> ex.Expression:
    values = item.value or [SigmaNull()]
    leaves = [_value(item.field, value) for value in values]
    joined = ex.conjunction(*leaves) if item.value_linking is ConditionAND else ex.disjunction(*leaves)
    return ex.Not(joined) if item.negated else joined


_OPERATORS: dict[CompareOperators, ex.NumberOperator] = {
    CompareOperators.LT: "<",
    CompareOperators.LTE: "<=",
    CompareOperators.GT: ">",
    CompareOperators.GTE: ">=",
    CompareOperators.NEQ: "!=",
}

_FLAGS: dict[SigmaRegularExpressionFlag, ex.RegexFlag] = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}


def _value(name: str | None, value: SigmaType) -> ex.Expression:
    """One value of a detection item as a leaf, or as an OR where a modifier expanded it."""
    if isinstance(value, SigmaExpansion):
        return ex.disjunction(*(_value(name, inner) for inner in value.values))
    if name is None:
        return _keyword(value)
    match value:
        case SigmaString():
            return ex.Text(name, (_glob(value),), isinstance(value, SigmaCasedString))
        case SigmaNumber():
            return ex.Number(name, "==", value.number)
        case SigmaBool():
            return ex.Boolean(name, value.boolean)
        case SigmaRegularExpression():
            return ex.Regex(name, value.regexp.to_plain_regex(), frozenset(_FLAGS[flag] for flag in value.flags))
        case SigmaCIDRExpression():
            return ex.Cidr(name, (str(value.network),))
        case SigmaCompareExpression():
            return ex.Number(name, _OPERATORS[value.op], value.number.number)
        case SigmaNull():
            return ex.Null(name)
        case SigmaExists():
            return ex.Present(name) if value.exists else ex.Not(ex.Present(name))
        case SigmaFieldReference():
            return ex.FieldRef(name, value.field, _reference_shape(value))
        case _:
            raise Unsupported(f"a value of type {type(value).__name__} ({name}) is not supported")


def _reference_shape(value: SigmaFieldReference) -> Any:
    match value.starts_with, value.ends_with:
        case True, True:
            return ex.Shape.CONTAINS
        case True, False:
            return ex.Shape.STARTSWITH
        case False, True:
            return ex.Shape.ENDSWITH
        case _:
            return ex.Shape.EQUALS


def _keyword(value: SigmaType) -> ex.Expression:
    """A value that no field is named for: it occurs anywhere in the event."""
    if isinstance(value, SigmaNumber):
        value = SigmaString(str(value.number))
    if not isinstance(value, SigmaString):
        raise Unsupported(f"a keyword of type {type(value).__name__} is not supported")
    anywhere = ex.Glob.of(ex.Wildcard.ANY, *_glob(value).parts, ex.Wildcard.ANY)
    return ex.Keyword((anywhere,), isinstance(value, SigmaCasedString))


_WILDCARDS = {SpecialChars.WILDCARD_MULTI: ex.Wildcard.ANY, SpecialChars.WILDCARD_SINGLE: ex.Wildcard.ONE}


def _glob(value: SigmaString) -> ex.Glob:
    parts: list[str | ex.Wildcard] = []
    for part in value.s:
        if isinstance(part, Placeholder):
            raise Unsupported(f"the placeholder %{part.name}% has no value; resolve it with a pipeline (--pipeline)")
        parts.append(_WILDCARDS[part] if isinstance(part, SpecialChars) else part)
    return ex.Glob.of(*parts)


def _is_lacking(leaf: ex.Leaf) -> bool:
    return bool(_lacking_fields(leaf))


def _lacking_fields(expression: ex.Expression) -> list[str]:
    return [name for name in ex.fields(expression) if isinstance(name, LackingField)]


def _lacking_message(expression: ex.Expression) -> str:
    names = ", ".join(_lacking_fields(expression))
    return f"the platform's events carry no {names}, and the rule cannot be told without"


def _dropped_message(branch: ex.Expression) -> str:
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


def _source(source: SigmaLogSource) -> str:
    return "/".join(part for part in (source.product, source.category, source.service) if part)


def _first_line(error: SigmaError) -> str:
    return str(error.args[0] if error.args else error).splitlines()[0]
