"""Evaluation of a Cloud SIEM rule expression over one record, as "CSE Rules Syntax" has it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any

from stagewatch.languages import regexes
from stagewatch.languages.base import Problem, QueryError
from stagewatch.languages.base import Value as Data
from stagewatch.languages.cse_check import like_pattern
from stagewatch.languages.cse_tree import Bool, Call, Compare, Condition, Field, In, Literal, Match, Value
from stagewatch.languages.wildcards import Part, Wildcard, matches

Record = Mapping[str, Data]

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(condition: Condition, record: Record) -> bool:
    """Whether a condition is true of a record. What is null is false, and ``!`` of it is true ("!")."""
    if isinstance(condition, Bool):
        if condition.word == "NOT":
            return not holds(condition.parts[0], record)
        combine = all if condition.word == "AND" else any
        return combine(holds(part, record) for part in condition.parts)
    if isinstance(condition, Compare):
        return _compare(condition.operator, value(condition.left, record), value(condition.right, record))
    if isinstance(condition, In):
        left = value(condition.operand, record)
        return any(_compare("=", left, literal.value) for literal in condition.values)
    if isinstance(condition, Match):
        text = value(condition.operand, record)
        return text is not None and MATCHERS[condition.word](condition, str(text))
    return bool(value(condition.call, record))


def value(expression: Value, record: Record) -> Data:
    """The value of an expression; None for an attribute that the record lacks."""
    if isinstance(expression, Literal):
        return expression.value
    if isinstance(expression, Field):
        return record.get(expression.key)
    arguments: list[Any] = [value(argument, record) for argument in expression.arguments]
    if expression.function == "isEmpty" and arguments[0] is None:
        raise QueryError(Problem("isEmpty of null is not documented", expression.line, expression.column))
    if None in arguments and expression.function not in OF_NULL:
        return None
    return FUNCTIONS[expression.function](expression, *arguments)


def _compare(sign: str, left: Data, right: Data) -> bool:
    """False where a side is null ("=", "<"). Texts heed case: the vendor's rules wrap fields in ``lower``."""
    if left is None or right is None:
        if sign == "!=":
            raise QueryError(Problem("!= with a field that a record lacks is not documented"))
        return False
    return OPERATORS[sign](left, right)


@lru_cache(maxsize=4096)
def _like_parts(pattern: str, escape: str) -> tuple[Part, ...]:
    """ "like": ``%`` any run, ``_`` one character, unless escaped."""
    parts: list[Part] = []
    escaped = False
    for character in like_pattern(pattern, escape):
        if character is None:
            escaped = True
            continue
        wildcard = None if escaped else {"%": Wildcard.ANY, "_": Wildcard.ONE}.get(character)
        parts.append(wildcard or character)
        escaped = False
    return tuple(parts)


@lru_cache(maxsize=4096)
def _glob_parts(pattern: str) -> tuple[Part, ...]:
    """ "matches": ``"*bar*"`` is ``LIKE '%bar%'``."""
    return tuple(Wildcard.ANY if character == "*" else character for character in pattern)


def _regex(dialect: regexes.Dialect, pattern: str, text: str) -> bool:
    """The pages show ``/.*bar.*/`` and ``[A-Za-z2-7]{60,}``: whether a regex is searched for or matches the whole value
    is open."""
    found, whole = regexes.search(dialect, pattern, text), regexes.whole(dialect, pattern, text)
    if found != whole:
        message = "whether a regex is searched for or matches the whole value is not documented, and here it matters"
        raise QueryError(Problem(f"{message}: {text}"))
    return found


MATCHERS: Mapping[str, Callable[[Match, str], bool]] = {
    "glob": lambda match, text: matches(_glob_parts(match.pattern), text),
    "like": lambda match, text: matches(_like_parts(match.pattern, match.escape), text),
    "regex": lambda match, text: _regex(regexes.Dialect.RE2, match.pattern, text),
    "rlike": lambda match, text: _regex(regexes.Dialect.JAVA, match.pattern, text),
}


def _same_network(_: Call, one: str, other: str, length: str) -> bool:
    """ "compareCIDRPrefix": IPv4 only; anything else has no prefix to compare."""
    try:
        return IPv4Address(one) in IPv4Network(f"{other}/{length}", strict=False)
    except (AddressValueError, ValueError):
        return False


def _substring(call: Call, text: str, start: int, end: int | None = None) -> str:
    """ "substring": the end is exclusive and may lie behind the text, the start may not."""
    if start < 0 or (start and start >= len(text)) or (end is not None and end < start):
        raise QueryError(Problem("substring outside of the text is not documented", call.line, call.column))
    return text[start:end]


def _number(kind: Callable[[str], int | float]) -> Callable[[Call, str], int | float | None]:
    """A cast; null for what is no number in decimal notation."""

    def cast(_: Call, text: str) -> int | float | None:
        try:
            return kind(text) if text.isascii() and "_" not in text else None
        except ValueError:
            return None

    return cast


OF_NULL = frozenset({"isBlank", "isNull", "length"})
"""Functions with a documented result for null."""

FUNCTIONS: Mapping[str, Callable[..., Data]] = {
    "compareCIDRPrefix": _same_network,
    "contains": lambda _, text, part: part in text,
    **dict.fromkeys(("float", "toDouble", "toFloat"), _number(float)),
    **dict.fromkeys(("int", "toInt", "toLong"), _number(int)),
    "isBlank": lambda _, text: text is None or not text.strip(),
    "isEmpty": lambda _, text: text == "",
    "isNull": lambda _, anything: anything is None,
    "length": lambda _, text: len(text or ""),
    **dict.fromkeys(("lower", "toLowerCase"), lambda _, text: text.lower()),
    "substring": _substring,
    "trim": lambda _, text: text.strip(" "),
    **dict.fromkeys(("upper", "toUpperCase"), lambda _, text: text.upper()),
}
