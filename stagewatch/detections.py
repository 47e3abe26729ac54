"""A Sigma rule's detections and condition, as pySigma parsed them, as an expression."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from typing import Literal

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
    ConditionSelector,
)
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections, SigmaRule
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

import stagewatch.modifiers  # noqa: F401 - importing it repairs pySigma's modifiers
from stagewatch import expression as ex
from stagewatch.conditions import parsed, selected
from stagewatch.findings import Unsupported

ReferenceShape = Literal[ex.Shape.EQUALS, ex.Shape.STARTSWITH, ex.Shape.ENDSWITH, ex.Shape.CONTAINS]


def expression_of(rule: SigmaRule) -> ex.Expression:
    """What the rule asks of an event; several conditions are alternatives.

    Raises :class:`Unsupported` for what the expression tree does not know.
    """
    conditions = (parsed.condition for parsed in rule.detection.parsed_condition)
    return ex.disjunction(*(_unwrapped(condition, rule.detection) for condition in conditions))


def detection_expressions(rule: SigmaRule, names: Iterable[str]) -> dict[str, ex.Expression]:
    """What each of the named detections asks on its own, whatever the condition makes of it.

    Raises :class:`Unsupported` as :func:`expression_of` does.
    """
    return {name: _detection(rule.detection.detections[name]) for name in names}


_ADDED = re.compile(r"(not )?(_\w+) and \((.*)\)", re.DOTALL)
"""A condition to which pySigma's ``add_condition`` has added a detection."""


def _unwrapped(condition: str, detections: SigmaDetections) -> ex.Expression:
    """A condition whose added detections are taken off first, so that the rule's own is parsed once for all targets."""
    match = _ADDED.fullmatch(condition)
    if match and match[2] in detections.detections and _balanced(match[3]):
        added = _detection(detections[match[2]])
        return ex.conjunction(ex.Not(added) if match[1] else added, _unwrapped(match[3], detections))
    return _condition(parsed(condition), detections)


def _balanced(text: str) -> bool:
    """Whether every parenthesis is closed, and none before it is opened."""
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return False
    return depth == 0


def detection_items(detections: Iterable[SigmaDetection]) -> Iterator[SigmaDetectionItem]:
    """Every item of the detections, nested ones included."""
    for detection in detections:
        for item in detection.detection_items:
            if isinstance(item, SigmaDetectionItem):
                yield item
            else:
                yield from detection_items([item])


def value_of(item: SigmaDetectionItem, value: SigmaType) -> ex.Expression:
    """What one value of an item asks, before the item's values are joined. Raises :class:`Unsupported`."""
    return _value(item.field, value)


def copy_rule(rule: SigmaRule) -> SigmaRule:
    """A copy whose detections a pipeline may change; values are shared, since pipelines replace and never edit them."""
    detection = SigmaDetections(
        {name: copy_detection(detection) for name, detection in rule.detection.detections.items()},
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


def copy_detection(detection: SigmaDetection) -> SigmaDetection:
    """A copy of a detection that a pipeline may change."""
    copied = object.__new__(SigmaDetection)
    copied.__dict__.update(detection.__dict__)
    copied.detection_items = [
        _copy_item(item) if isinstance(item, SigmaDetectionItem) else copy_detection(item)
        for item in detection.detection_items
    ]
    return copied


def _copy_item(item: SigmaDetectionItem) -> SigmaDetectionItem:
    copied = object.__new__(SigmaDetectionItem)
    copied.__dict__.update(item.__dict__)
    copied.value = list(item.value)
    copied.applied_processing_items = set()
    return copied


def _condition(node: object, detections: SigmaDetections) -> ex.Expression:
    """A parsed condition (not postprocessed) as an expression."""
    match node:
        case ConditionSelector():
            named = [detections[name] for name in selected(node, detections)]
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
        item_expression(item) if isinstance(item, SigmaDetectionItem) else _detection(item)
        for item in detection.detection_items
    ]
    if not parts:
        raise Unsupported("nothing is left of a detection after the pipeline")
    return ex.conjunction(*parts) if detection.item_linking is ConditionAND else ex.disjunction(*parts)


def item_expression(item: SigmaDetectionItem) -> ex.Expression:
    """One detection item: a field and its values."""
    if not item.value:  # pySigma would take it for null, which is true where the field is lacking
        raise Unsupported(f"no value is left for {item.field or 'a keyword'} after the pipeline")
    origins = (ex.Origin(item.source, item.applied_processing_items),)
    texts = [value for value in item.value if type(value) is SigmaString]
    if item.field is not None and item.value_linking is ConditionOR and len(texts) == len(item.value):
        # The commonest item by far.
        text = ex.Text(item.field, tuple(dict.fromkeys(map(_glob, texts))), origins=origins)
        return ex.Not(text) if item.negated else text
    leaves = [ex.inherit(_value(item.field, value), origins) for value in item.value]
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


def _reference_shape(value: SigmaFieldReference) -> ReferenceShape:
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
    """The pattern of a value. It is kept with the value, for a rule meets it again on every target."""
    kept = value.__dict__.get("_stagewatch_glob")
    if kept is None or kept[0] is not value.s:
        kept = value.__dict__["_stagewatch_glob"] = value.s, _glob_of(value)
    glob: ex.Glob = kept[1]
    return glob


def _glob_of(value: SigmaString) -> ex.Glob:
    unresolved = [part.name for part in value.s if isinstance(part, Placeholder)]
    if unresolved:
        names = ", ".join(f"%{name}%" for name in unresolved)
        raise Unsupported(f"the placeholder {names} has no value; resolve it with a pipeline (--pipeline)")
    return ex.Glob.of(*(_WILDCARDS[part] if isinstance(part, SpecialChars) else str(part) for part in value.s))
