r"""Expressions of ``where`` and ``eval``.

The pages are of the Search Reference unless another book is named. Null is a field that is not there, and what comes
of it: "where" keeps the results for which its expression is true, so null drops one; an operator or function given
null gives null, apart from those that ask for it. AND and OR with null are not described; false AND null is false and
true OR null is true, as in SQL, since ``isnull(f) OR NOT match(f, ...)`` is of no use otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from ipaddress import ip_address, ip_network
from typing import TypeVar

from stagewatch.languages import regexes
from stagewatch.languages.base import Problem, QueryError
from stagewatch.languages.spl_tree import (
    And,
    Arithmetic,
    Call,
    Expression,
    Field,
    Not,
    Number,
    Or,
    Place,
    Relation,
    Text,
)
from stagewatch.languages.spl_values import RELATIONS, Scalar, number, text

Result = Scalar | bool | None
T = TypeVar("T")


def evaluate(expression: Expression, values: Mapping[str, Scalar]) -> Result:
    """The value of an expression for one result."""
    match expression:
        case Field(name):
            return values.get(name)
        case Text(value) | Number(value):
            return value
        case And(terms):
            found = [_condition(evaluate(term, values)) for term in terms]
            return False if False in found else None if None in found else True
        case Or(terms):
            found = [_condition(evaluate(term, values)) for term in terms]
            return True if True in found else None if None in found else False
        case Not(term):
            inner = _condition(evaluate(term, values))
            return None if inner is None else not inner
        case Relation(operator, left, right):
            return compare(operator, _scalar(evaluate(left, values)), _scalar(evaluate(right, values)))
        case Arithmetic(operator, left, right, place):
            return _calculate(operator, evaluate(left, values), evaluate(right, values), place)
        case Call(name, arguments, place):
            return _call(name, [evaluate(argument, values) for argument in arguments], place)


def compare(operator: str, left: Scalar | None, right: Scalar | None) -> bool | None:
    """ "Evaluation functions": fields that hold numbers compare as numbers, other text as text, and with its case.

    Search Manual, "Expressions and predicates". Two texts are equal only where they are the same, even if both look
    like numbers; text and a number have no order.
    """
    if left is None or right is None:
        return None
    numbers = number(left), number(right)
    if operator in ("=", "!="):
        both_text = isinstance(left, str) and isinstance(right, str)
        equal = text(left) == text(right) if both_text or None in numbers else numbers[0] == numbers[1]
        return equal == (operator == "=")
    if numbers[0] is not None and numbers[1] is not None:
        return RELATIONS[operator](numbers[0], numbers[1])
    if isinstance(left, str) and isinstance(right, str) and numbers == (None, None):
        return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]
    return None


def _calculate(operator: str, left: Result, right: Result, place: Place) -> Scalar | None:
    """ "Evaluation functions", operators: numbers only, apart from the dot, which joins text; + of text is not read."""
    if left is None or right is None:
        return None
    if operator == ".":
        return text(_given(left)) + text(_given(right))
    first, second = number(_given(left)), number(_given(right))
    if first is None or second is None:
        if operator == "+":
            raise _error("+ of text is not read", place)
        return None
    if operator in "/%" and second == 0:
        return None
    return {
        "+": lambda: first + second,
        "-": lambda: first - second,
        "*": lambda: first * second,
        "/": lambda: first / second,
        "%": lambda: first % second,
    }[operator]()


def _call(name: str, arguments: list[Result], place: Place) -> Result:
    function = FUNCTIONS.get(name)
    if function is None:
        raise _error(f"no function {name} is known", place)
    if not function.least <= len(arguments) <= function.most:
        raise _error(f"{name} does not take {len(arguments)} arguments", place)
    if function.strict and None in arguments:
        return None
    return function.apply(*arguments)


def _condition(value: Result) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise QueryError(Problem("a condition is true or false, and this is a value"))


def _scalar(value: Result) -> Scalar | None:
    if isinstance(value, bool):
        raise QueryError(Problem("a condition is no value"))
    return value


def _given(value: Result) -> Scalar:
    found = _scalar(value)
    assert found is not None  # noqa: S101 - strict functions see no null
    return found


def _error(message: str, place: Place) -> QueryError:
    return QueryError(Problem(message, place.line, place.column))


# --- functions -------------------------------------------------------------------------------------------------------


def _text(value: Result) -> str:
    return text(_given(value))


def _match(subject: Result, pattern: Result) -> bool:
    """ "Comparison and conditional functions", match: true where the PCRE finds something anywhere in the value."""
    return regexes.search(regexes.Dialect.PCRE, _text(pattern), _text(subject))


def _like(subject: Result, pattern: Result) -> bool:
    """The same page, like: % is any run, _ is one character, case counts. It names no escape, so there is none."""
    return _covers(_text(subject), _text(pattern))


def _covers(value: str, pattern: str) -> bool:
    reached = {0}
    for sign in pattern:
        if sign == "%":
            reached = set(range(min(reached), len(value) + 1)) if reached else reached
        else:
            reached = {at + 1 for at in reached if at < len(value) and sign in ("_", value[at])}
    return len(value) in reached


def _substr(value: Result, start: Result, length: Result = None) -> str:
    """ "Text functions", substr: as in SQLite; the first character is 1, a negative start counts from the end."""
    found, begin = _text(value), _integer(start)
    count = len(found) + abs(begin) + 1 if length is None else _integer(length)
    # SQLite, "Core functions": a negative start before the text, or 0, uses up characters that are not there
    first = begin - 1 if begin > 0 else len(found) + begin if begin < 0 else -1
    last = first + count
    if count < 0:
        first, last = last, first
    return found[max(first, 0) : max(last, 0)]


def _integer(value: Result) -> int:
    found = number(_given(value))
    if found is None or found.denominator != 1:
        raise QueryError(Problem("substr counts in whole numbers"))
    return int(found)


def _tonumber(value: Result, base: Result = None) -> Fraction | None:
    """ "Conversion functions", tonumber: null where the text is no number; the base is 2 to 36, 10 if not said."""
    if base is None or _integer(base) == 10:
        return number(_given(value))
    try:
        return Fraction(int(_text(value), _integer(base)))
    except ValueError:
        return None


def _cidrmatch(subnet: Result, address: Result) -> bool:
    """ "Comparison and conditional functions", cidrmatch: the subnet first; IPv6 as well. Other text is in none."""
    try:
        network = ip_network(_text(subnet), strict=False)
    except ValueError as error:
        raise QueryError(Problem(f"cidrmatch: {error}")) from error
    try:
        return ip_address(_text(address)) in network
    except ValueError:
        return False


def _if(condition: Result, then: Result, otherwise: Result) -> Result:
    """The same page, if: what is not true, null too, takes the second value."""
    return then if _condition(condition) else otherwise


def _case(*pairs: Result) -> Result:
    """The same page, case: the value of the first true condition, null without one."""
    if len(pairs) % 2:
        raise QueryError(Problem("case takes pairs of a condition and a value"))
    chosen = (value for condition, value in zip(pairs[::2], pairs[1::2], strict=True) if _condition(condition))
    return next(chosen, None)


def _in(value: Result, *wanted: Result) -> bool:
    """The same page, in: equal to one of the values; wildcards are not read."""
    return any(compare("=", _given(value), _given(one)) is True for one in wanted)


def _coalesce(*values: Result) -> Result:
    return next((value for value in values if value is not None), None)


@dataclass(frozen=True, slots=True)
class Function:
    """``takes`` and ``gives`` are kinds: text, number, condition, value, any; pattern and subnet are literals."""

    least: int
    most: int
    takes: tuple[str, ...]
    gives: str
    apply: Callable[..., Result]
    strict: bool = True

    def kind(self, position: int) -> str:
        """What an argument has to be; the last kinds repeat."""
        return self.takes[min(position, len(self.takes) - 1)]


MANY = 100
FUNCTIONS: Mapping[str, Function] = {
    "case": Function(2, MANY, ("any",), "value", _case, strict=False),
    "cidrmatch": Function(2, 2, ("subnet", "text"), "condition", _cidrmatch),
    "coalesce": Function(1, MANY, ("value",), "value", _coalesce, strict=False),
    "if": Function(3, 3, ("condition", "value"), "value", _if, strict=False),
    "in": Function(2, MANY, ("value",), "condition", _in),
    "isnotnull": Function(1, 1, ("value",), "condition", lambda value: value is not None, strict=False),
    "isnull": Function(1, 1, ("value",), "condition", lambda value: value is None, strict=False),
    "len": Function(1, 1, ("text",), "number", lambda value: Fraction(len(_text(value)))),
    "like": Function(2, 2, ("text",), "condition", _like),
    "lower": Function(1, 1, ("text",), "text", lambda value: _text(value).lower()),
    "match": Function(2, 2, ("text", "pattern"), "condition", _match),
    "null": Function(0, 0, ("value",), "value", lambda: None),
    "substr": Function(2, 3, ("text", "number"), "text", _substr),
    "tonumber": Function(1, 2, ("text", "number"), "number", _tonumber),
    "tostring": Function(1, 1, ("value",), "text", _text),
    "upper": Function(1, 1, ("text",), "text", lambda value: _text(value).upper()),
}
"""Name -> function. Case counts, as the Search Reference writes all names in lower case and says no more."""
