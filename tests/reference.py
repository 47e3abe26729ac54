"""A Sigma matcher for tests: evaluates a rule on an event in Sigma's own field names, by the specification alone.

It shares the expression tree with the converters, nothing else: no pipeline, no query language.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule

from stagewatch import expression as ex
from stagewatch.translation import Translator

Event = Mapping[str, Any]


def matches(rule: SigmaRule, event: Event) -> bool:
    """Whether the rule's detection holds for the event. The log source is not looked at."""
    return evaluate(Translator(ProcessingPipeline()).translate(rule).expression, event)


def evaluate(expression: ex.Expression, event: Event) -> bool:
    """Evaluate an expression on an event; a field that the event lacks makes a leaf false."""
    match expression:
        case ex.And(terms):
            return all(evaluate(term, event) for term in terms)
        case ex.Or(terms):
            return any(evaluate(term, event) for term in terms)
        case ex.Not(term):
            return not evaluate(term, event)
        case ex.Keyword(globs, cased):
            return any(_text(glob, str(value), cased) for glob in globs for value in event.values())
        case ex.Null(field):
            return event.get(field) in (None, "")
        case ex.Present(field):
            return event.get(field) is not None
    value = event.get(expression.field)
    if value is None:
        return False
    match expression:
        case ex.Text(_, globs, cased):
            return any(_text(glob, str(value), cased) for glob in globs)
        case ex.Regex(_, pattern, flags):
            return re.search(pattern, str(value), sum(_FLAGS[flag] for flag in flags)) is not None
        case ex.Number(_, op, number):
            return _compare(op, float(value), number)
        case ex.Boolean(_, truth):
            return value is truth
        case ex.Cidr(_, networks):
            return any(_inside(str(value), network) for network in networks)
        case ex.FieldRef(_, other, shape):
            return event.get(other) is not None and _related(str(value).lower(), str(event[other]).lower(), shape)
    raise AssertionError(expression)


_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}


def _text(glob: ex.Glob, value: str, cased: bool) -> bool:
    pattern = glob.render(re.escape, ".*", ".")
    return re.fullmatch(pattern, value, re.DOTALL | (0 if cased else re.IGNORECASE)) is not None


def _compare(op: str, left: float, right: float) -> bool:
    return {
        "==": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[op]


def _inside(value: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network)
    except ValueError:
        return False


def _related(value: str, other: str, shape: ex.Shape) -> bool:
    return {
        ex.Shape.EQUALS: value == other,
        ex.Shape.STARTSWITH: value.startswith(other),
        ex.Shape.ENDSWITH: value.endswith(other),
        ex.Shape.CONTAINS: other in value,
    }[shape]
