"""What a rule means, as a fingerprint: equal for two rules that ask the same of events, whatever their text looks like.

Names of detections, order of alternatives, comments, titles and descriptions do not count. The log source, the level
and, for a correlation, its window, groups and base rules do.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule

from stagewatch import expression as ex
from stagewatch.translation import Translator


def meaning(rule: SigmaRule | SigmaCorrelationRule) -> str:
    """The SHA-256 of what a rule means, in hexadecimal. Raises what the translation of the rule raises."""
    return hashlib.sha256(json.dumps(_of(rule), sort_keys=True).encode()).hexdigest()


def asks(rule: SigmaRule | SigmaCorrelationRule, translator: Translator) -> dict[str, Any]:
    """What a rule asks of events, without its level, as plain data that is equal for rules that ask the same."""
    if isinstance(rule, SigmaCorrelationRule):
        bases = [asks(one.rule, translator) for one in rule.rules or [] if one.rule is not None]
        return _of_correlation(rule, bases)
    source = rule.logsource
    return {
        "logsource": [source.product, source.category, source.service],
        "asks": _canonical(translator.translate(rule).expression),
    }


def _of(rule: SigmaRule | SigmaCorrelationRule) -> dict[str, Any]:
    level = rule.level.name.lower() if rule.level else None
    if isinstance(rule, SigmaCorrelationRule):
        bases = [meaning(reference.rule) for reference in rule.rules or [] if reference.rule is not None]
        return {"level": level, **_of_correlation(rule, bases)}
    return {"level": level, **asks(rule, Translator(ProcessingPipeline()))}


def _of_correlation(rule: SigmaCorrelationRule, bases: list[Any]) -> dict[str, Any]:
    ordered = rule.type.name == "TEMPORAL_ORDERED"
    condition = rule.condition
    return {
        "type": rule.type.name,
        "rules": bases if ordered else sorted(bases, key=json.dumps),
        "groups": sorted(rule.group_by or []),
        "seconds": rule.timespan.seconds if rule.timespan else None,
        "condition": None if condition is None else repr(condition.to_dict()),
        "aliases": repr(sorted(rule.aliases.to_dict().items())) if rule.aliases else None,
    }


def _canonical(expression: ex.Expression) -> list[Any]:
    """The expression as nested lists, alternatives and conjuncts in an order of their own."""
    match expression:
        case ex.And(terms) | ex.Or(terms):
            return [type(expression).__name__, *sorted((_canonical(term) for term in terms), key=json.dumps)]
        case ex.Not(term):
            return ["Not", _canonical(term)]
        case ex.Text(field, globs, cased):
            return ["Text", field, sorted(map(_glob, globs)), cased]
        case ex.Keyword(globs, cased):
            return ["Keyword", sorted(map(_glob, globs)), cased]
        case ex.Regex(field, pattern, flags):
            return ["Regex", field, pattern, sorted(flags)]
        case ex.Cidr(field, networks):
            return ["Cidr", field, sorted(networks)]
        case ex.Number(field, op, value):
            return ["Number", field, op, value]
        case ex.Boolean(field, truth):
            return ["Boolean", field, truth]
        case ex.FieldRef(field, other, shape):
            return ["FieldRef", field, other, shape.value]
        case ex.Present(field) | ex.Null(field):
            return [type(expression).__name__, field]


def _glob(glob: ex.Glob) -> list[str]:
    """The parts of a pattern; a wildcard is told from the same sign as text."""
    return [f"wildcard {part.value}" if isinstance(part, ex.Wildcard) else f"text {part}" for part in glob.parts]
