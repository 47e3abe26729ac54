"""Attributes, functions and types of a Cloud SIEM rule expression, against the schema of records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from stagewatch.languages import regexes
from stagewatch.languages.base import Problem, QueryError, Schema
from stagewatch.languages.cse_tree import Call, Compare, Condition, Field, Holds, In, Literal, Match, Rule, Value, parts

RECORD, RAW = "Record", "fields"
"""Parts of the schema: the attributes of a record, and the raw keys of the events that are known."""

KINDS: Mapping[str, str] = {
    "boolean": "truth",
    "double": "number",
    "float": "number",
    "int": "number",
    "long": "number",
    "string": "text",
}
"""Type as the vendor's schema names it -> how it compares; maps and arrays do not."""

FUNCTIONS: Mapping[str, tuple[tuple[str, ...], int, str]] = {
    # "CSE Rules Syntax": kinds of the arguments, how many of them are needed, kind of the result
    "compareCIDRPrefix": (("text", "text", "text"), 3, "truth"),
    "contains": (("text", "text"), 2, "truth"),
    "float": (("text",), 1, "number"),
    "int": (("text",), 1, "number"),
    "isBlank": (("text",), 1, "truth"),
    "isEmpty": (("text",), 1, "truth"),
    "isNull": (("",), 1, "truth"),
    "length": (("text",), 1, "number"),
    "lower": (("text",), 1, "text"),
    "substring": (("text", "number", "number"), 2, "text"),
    "toDouble": (("text",), 1, "number"),
    "toFloat": (("text",), 1, "number"),
    "toInt": (("text",), 1, "number"),
    "toLong": (("text",), 1, "number"),
    "toLowerCase": (("text",), 1, "text"),
    "toUpperCase": (("text",), 1, "text"),
    "trim": (("text",), 1, "text"),
    "upper": (("text",), 1, "text"),
}


def check(condition: Condition, schema: Schema) -> Iterator[Problem]:
    """What is wrong with an expression that parses; the first thing in each condition."""
    checker = _Checker(schema)
    for part in parts(condition):
        try:
            checker.condition(part)
        except QueryError as error:
            yield from error.problems


def check_rule(rule: Rule, schema: Schema) -> Iterator[Problem]:
    """What is wrong with a rule that parses."""
    for number, expression in enumerate(rule.expressions, 1):
        for problem in check(expression, schema):
            yield Problem(f"expression {number}: {problem.message}", problem.line, problem.column)
    fields = [field for _, field in (*rule.group, *rule.entities)]
    for field in (*fields, *filter(None, [rule.distinct])):
        try:
            _Checker(schema).value(field)
        except QueryError as error:
            yield from error.problems


def like_pattern(pattern: str, escape: str) -> list[str | None]:
    """Characters of a ``like`` pattern, with None before one that is escaped. Raises :class:`QueryError`.

    The vendor's example escapes ``%`` and a backslash; what an escaped letter means is open.
    """
    characters: list[str | None] = []
    escaped = False
    for character in pattern:
        if escaped and character not in {"%", "_", escape}:
            raise QueryError(Problem(f"{escape}{character} in a like pattern has no documented meaning"))
        if character == escape and not escaped:
            escaped = True
            continue
        characters += [None, character] if escaped else [character]
        escaped = False
    if escaped:
        raise QueryError(Problem(f"a like pattern ends in {escape}"))
    return characters


def _fail(message: str, place: Value) -> NoReturn:
    raise QueryError(Problem(message) if isinstance(place, Literal) else Problem(message, place.line, place.column))


@dataclass(frozen=True)
class _Checker:
    schema: Schema

    def condition(self, condition: Condition) -> None:
        """A condition without logic. Raises :class:`QueryError`."""
        if isinstance(condition, Compare):
            self._same(condition.left, condition.right)
        elif isinstance(condition, In):
            for literal in condition.values:
                self._same(condition.operand, literal)
        elif isinstance(condition, Holds):
            if self.value(condition.call) != "truth":
                _fail(f"{condition.call.function} is no condition", condition.call)
        elif isinstance(condition, Match):
            if self.value(condition.operand) != "text":
                _fail(f"{condition.word} needs text", condition.operand)
            self._pattern(condition)

    @staticmethod
    def _pattern(condition: Match) -> None:
        if condition.word == "regex":
            regexes.check(regexes.Dialect.RE2, condition.pattern)
        elif condition.word == "rlike":
            regexes.check(regexes.Dialect.JAVA, condition.pattern)
        elif condition.word == "like":
            if len(condition.escape) != 1:
                raise QueryError(Problem("ESCAPE takes one character"))
            like_pattern(condition.pattern, condition.escape)
        elif {"?", "\\"} & set(condition.pattern):
            raise QueryError(Problem("? and a backslash in a wildcard pattern have no documented meaning"))

    def value(self, value: Value) -> str:
        """The kind of a value. Raises :class:`QueryError`."""
        if isinstance(value, Literal):
            return {bool: "truth", str: "text"}.get(type(value.value), "number")
        if isinstance(value, Field):
            known = self.schema[RAW if value.raw else RECORD]
            if value.name not in known:
                _fail(f"unknown {'raw key' if value.raw else 'attribute'} {value.name}", value)
            return KINDS.get(known[value.name], known[value.name])
        return self._call(value)

    def _call(self, call: Call) -> str:
        if call.function not in FUNCTIONS:
            _fail(f"unknown function {call.function}", call)
        wanted, least, result = FUNCTIONS[call.function]
        given = tuple(map(self.value, call.arguments))
        if not least <= len(given) <= len(wanted):
            _fail(f"{call.function} takes {least} arguments", call)
        if any(kind and kind != actual for kind, actual in zip(wanted, given, strict=False)):
            _fail(f"{call.function} takes {', '.join(wanted)}, not {', '.join(given)}", call)
        return result

    def _same(self, left: Value, right: Value) -> None:
        kinds = self.value(left), self.value(right)
        if kinds[0] != kinds[1]:
            _fail(f"{kinds[0]} compared with {kinds[1]}", left)
