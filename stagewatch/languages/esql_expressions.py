"""ES|QL's expressions, from a syntax tree to a function of a row, by Elasticsearch's pages of "ES|QL reference".

Logic is three-valued ("ES|QL null values"): null in, null out; ``NOT`` null is null; AND and OR are Kleene's. A field
of several values is null to every operator and function that is not made for it ("ES|QL limitations", "Multivalued
fields").
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from stagewatch.languages import regexes
from stagewatch.languages.base import Problem, QueryError
from stagewatch.languages.esql_syntax import Node, problem, span_of, text_of
from stagewatch.languages.regexes import Dialect

Row = Mapping[str, Any]
"""Column -> value; a tuple where a column has several, absent or None where it has none."""
Expression = Callable[[Row], Any]

NEGATED = {"not_like": "like", "not_rlike": "rlike", "not_in": "in", "!=": "=="}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _divided(left: Any, right: Any) -> Any:
    """Page "Divide": of two whole numbers a whole one, rounded towards zero; by zero null."""
    if right == 0:
        return None
    return int(left / right) if isinstance(left, int) and isinstance(right, int) else left / right


_MATH: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
}


def _truncated(span: timedelta, when: datetime) -> datetime:
    """Page "DATE_TRUNC": down to a multiple of the span since the epoch, in UTC."""
    return when - (when - _EPOCH) % span


def _in_networks(address: str, *networks: str) -> bool:
    return any(ip_address(address) in ip_network(network, strict=False) for network in networks)


# "ES|QL string functions", "date and time functions" and "IP functions".
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "cidr_match": _in_networks,
    "concat": lambda *texts: "".join(texts),
    "date_trunc": _truncated,
    "ends_with": lambda text, end: text.endswith(end),
    "length": len,
    "locate": lambda text, part: text.find(part) + 1,
    "starts_with": lambda text, start: text.startswith(start),
    "to_lower": lambda text: text.lower(),
    "to_upper": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
}


@lru_cache(maxsize=4096)
def like(pattern: str) -> re.Pattern[str]:
    """Page "LIKE": ``*`` and ``?``, whole value, with case. A backslash escapes these and itself, and nothing else."""
    found, position = "", 0
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            position += 1
            character = pattern[position : position + 1]
            if character not in ("*", "?", "\\"):
                raise ValueError(f"the escape is followed by {character or 'nothing'!r}, which is no wildcard")
            found += re.escape(character)
        else:
            found += {"*": ".*", "?": "."}.get(character) or re.escape(character)
        position += 1
    return re.compile(found, re.DOTALL)


def _like(pattern: str) -> Callable[[str], bool]:
    compiled = like(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _rlike(pattern: str) -> Callable[[str], bool]:
    """Page "RLIKE": Lucene's, on the whole value."""
    regexes.check(Dialect.LUCENE, pattern)
    return lambda text: regexes.whole(Dialect.LUCENE, pattern, text)


class Expressions:
    """Makes functions of the expressions of one query."""

    def __init__(self, query: str, types: Mapping[str, str], now: datetime) -> None:
        self._query, self._types, self._now = query, types, now

    def expression(self, node: Node) -> Expression:
        """An expression's value in a row."""
        match type(node).__name__:
            case "ColumnRef":
                name = node.name
                return lambda row: row.get(name)
            case "Literal":
                constant = self._constant(node)
                return lambda _: constant
            case "BinaryExpr":
                return self._operator(node)
            case "FunctionCall":
                return self._call(node)
        raise QueryError(problem(node, f"not run here: {type(node).__name__}"))

    def _constant(self, node: Node) -> Any:
        match node.kind:
            case "string":
                return text_of(self._query, node)
            case "time_duration" | "date_period":
                return span_of(node)
            case "long" | "integer" | "double" | "boolean" | "null" | None:
                return node.value
        raise QueryError(problem(node, f"not run here: {node.kind}"))

    def _operator(self, node: Node) -> Expression:
        if node.op in NEGATED:
            return negated(self._named(node, NEGATED[node.op]))
        return self._named(node, node.op)

    def _named(self, node: Node, sign: str) -> Expression:
        if sign in ("and", "or"):
            return _joined([self.expression(node.left), self.expression(node.right)], decisive=sign == "or")
        if sign == "in":
            return self._in(node)
        left, right = self._side(node.left, node.right), self._side(node.right, node.left)
        if sign in _MATH:
            return _lifted(_MATH[sign], [left, right])
        if sign in _COMPARISONS:
            compare = _COMPARISONS[sign]
            return _lifted(lambda one, other: compare(*_same_type(node, one, other)), [left, right])
        raise QueryError(problem(node, f"not run here: {sign}"))

    def _side(self, node: Node, other: Node) -> Expression:
        """An operand; addresses in one spelling where either of the two is a column of addresses."""
        value = self.expression(node)
        if "ip" not in {self._types.get(getattr(side, "name", "")) for side in (node, other)}:
            return value
        return _lifted(lambda text: _address(node, text), [value])

    def _in(self, node: Node) -> Expression:
        """Page "IN": one comparison per value, joined by OR."""
        subject = self._side(node.left, node.left)
        values = [self._side(item, node.left) for item in node.right.args]
        tests = [_lifted(lambda one, other: operator.eq(*_same_type(node, one, other)), [subject, v]) for v in values]
        return _joined(tests, decisive=True)

    def _call(self, node: Node) -> Expression:
        name = node.name
        if name in NEGATED:
            return negated(self._call_named(node, NEGATED[name]))
        return self._call_named(node, name)

    def _call_named(self, node: Node, name: str) -> Expression:
        if name in ("like", "rlike"):
            return self._pattern(node, name)
        arguments = [self.expression(argument) for argument in node.args]
        match name:
            case "not":
                return negated(arguments[0])
            case "is_null":
                return lambda row: arguments[0](row) is None
            case "is_not_null":
                return lambda row: arguments[0](row) is not None
            case "coalesce":  # "COALESCE": the first that is not null
                return lambda row: next((found for part in arguments if (found := part(row)) is not None), None)
            case "case":
                return _case(arguments)
            case "mv_append":
                return _appended(arguments)
            case "now":
                return lambda _: self._now
        if name not in FUNCTIONS:
            raise QueryError(problem(node, f"not run here: {name.upper()}"))
        return _lifted(FUNCTIONS[name], arguments)

    def _pattern(self, node: Node, name: str) -> Expression:
        """Page "LIKE" and "RLIKE" with one pattern or several, of which one has to match; read before any row is."""
        patterns = [text_of(self._query, pattern) for pattern in node.args[1:]]
        matches = _rlike if name == "rlike" else _like
        try:
            tests = [matches(pattern) for pattern in patterns]
        except ValueError as error:
            raise QueryError(problem(node, str(error))) from error
        return _lifted(lambda text: any(test(text) for test in tests), [self.expression(node.args[0])])


def negated(expression: Expression) -> Expression:
    """``NOT``."""
    return _lifted(operator.not_, [expression])


def _lifted(function: Callable[..., Any], arguments: list[Expression]) -> Expression:
    """A function of single values as one of rows: null where any of them is null or several."""

    def value(row: Row) -> Any:
        values = [argument(row) for argument in arguments]
        if any(value is None or isinstance(value, tuple) for value in values):
            return None
        try:
            return function(*values)
        except (AttributeError, TypeError, ValueError) as error:
            raise QueryError(Problem(f"wrong arguments: {error}")) from error

    return value


def _joined(terms: list[Expression], *, decisive: bool) -> Expression:
    def verdict(row: Row) -> Any:
        result: bool | None = not decisive
        for term in terms:
            found = term(row)
            if found is decisive:
                return decisive
            result = result if found is (not decisive) else None
        return result

    return verdict


def _case(arguments: list[Expression]) -> Expression:
    """Page "CASE": the value of the first condition that is true, else the last one, else null."""
    pairs = list(zip(arguments[0::2], arguments[1::2], strict=False))
    otherwise = arguments[-1] if len(arguments) % 2 else lambda _: None

    def value(row: Row) -> Any:
        return next((result(row) for condition, result in pairs if condition(row) is True), otherwise(row))

    return value


def _appended(arguments: list[Expression]) -> Expression:
    """Page "MV_APPEND": null where either is null."""

    def values(row: Row) -> Any:
        parts = [argument(row) for argument in arguments]
        if any(part is None for part in parts):
            return None
        return tuple(value for part in parts for value in (part if isinstance(part, tuple) else (part,)))

    return values


def _same_type(node: Node, left: Any, right: Any) -> tuple[Any, Any]:
    """Two values that can be compared; text next to a time is a time ("Implicit casting")."""
    if isinstance(left, datetime) and isinstance(right, str):
        return left, _time(node, right)
    if isinstance(right, datetime) and isinstance(left, str):
        return _time(node, left), right
    plain = {bool: "boolean", str: "text", datetime: "time"}
    if plain.get(type(left), "number") != plain.get(type(right), "number"):
        raise QueryError(problem(node, f"{left!r} and {right!r} are of different types"))
    return left, right


def _time(node: Node, text: str) -> datetime:
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise QueryError(problem(node, f"no time: {text!r}")) from error
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _address(node: Node, text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise QueryError(problem(node, f"no address: {text!r}")) from error
