"""The functions of CQL that are read here, each with its parameters as its page in "Query Functions" has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from stagewatch.languages.base import Problem
from stagewatch.languages.cql_tree import (
    Argument,
    Array,
    Assign,
    Bare,
    Call,
    Expression,
    Place,
    Quoted,
    Subquery,
    Unary,
)


class Kind(Enum):
    """What a parameter takes."""

    FIELD = "the name of a field"
    FIELDS = "names of fields"
    NAME = "a name"
    EXPRESSION = "an expression"
    TEXT = "text"
    TEXTS = "a list of texts"
    BOOLEAN = "true or false"
    LIMIT = "a number or max"
    NUMBER = "a number"
    SPAN = "a span of time"
    FUNCTIONS = "aggregate functions"
    CURRENT = "include or exclude"


class Role(Enum):
    """What a function does to the events that pass."""

    FILTER = "filter"
    VALUE = "value"
    AGGREGATE = "aggregate"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function."""

    kind: Kind
    required: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function: ``unnamed`` is the parameter whose name may be left out, ``output`` the field that it makes."""

    role: Role
    unnamed: str
    parameters: Mapping[str, Parameter]
    output: str = ""
    rows: bool = False
    """Whether an aggregate may give more than one row."""


_FIELD = Parameter(Kind.FIELD, required=True)
_AS = Parameter(Kind.NAME)
_EXPRESSION = Parameter(Kind.EXPRESSION, required=True)
_TEXT = {"string": _EXPRESSION, "substring": _EXPRESSION}
_NUMBER = {"field": _FIELD, "as": _AS}

FUNCTIONS: Mapping[str, Function] = {
    "cidr": Function(Role.FILTER, "field", {"field": _FIELD, "subnet": Parameter(Kind.TEXTS, required=True)}),
    "in": Function(
        Role.FILTER,
        "field",
        {"field": _FIELD, "values": Parameter(Kind.TEXTS, required=True), "ignoreCase": Parameter(Kind.BOOLEAN)},
    ),
    "regex": Function(
        Role.FILTER,
        "regex",
        {"regex": Parameter(Kind.TEXT, required=True), "field": Parameter(Kind.FIELD), "flags": Parameter(Kind.TEXT)},
    ),
    "test": Function(Role.FILTER, "expression", {"expression": _EXPRESSION}),
    "text:contains": Function(Role.FILTER, "string", _TEXT),
    "text:endsWith": Function(Role.FILTER, "string", _TEXT),
    "text:startsWith": Function(Role.FILTER, "string", _TEXT),
    "length": Function(Role.VALUE, "field", _NUMBER, "_length"),
    "lower": Function(Role.VALUE, "field", _NUMBER, "_lower"),
    "upper": Function(Role.VALUE, "field", _NUMBER, "_upper"),
    "count": Function(
        Role.AGGREGATE,
        "field",
        {"field": Parameter(Kind.FIELD), "distinct": Parameter(Kind.BOOLEAN), "as": _AS},
        "_count",
    ),
    "max": Function(Role.AGGREGATE, "field", _NUMBER, "_max"),
    "min": Function(Role.AGGREGATE, "field", _NUMBER, "_min"),
    "sum": Function(Role.AGGREGATE, "field", _NUMBER, "_sum"),
    "selectLast": Function(Role.AGGREGATE, "fields", {"fields": Parameter(Kind.FIELDS, required=True)}),
    "head": Function(Role.AGGREGATE, "limit", {"limit": Parameter(Kind.LIMIT)}, rows=True),
    "groupBy": Function(
        Role.AGGREGATE,
        "field",
        {
            "field": Parameter(Kind.FIELDS, required=True),
            "function": Parameter(Kind.FUNCTIONS),
            "limit": Parameter(Kind.LIMIT),
        },
        rows=True,
    ),
    "slidingTimeWindow": Function(
        Role.AGGREGATE,
        "function",
        {
            "function": Parameter(Kind.FUNCTIONS, required=True),
            "span": Parameter(Kind.SPAN, required=True),
            "current": Parameter(Kind.CURRENT),
            "timestampfield": Parameter(Kind.FIELD),
        },
        rows=True,
    ),
}

CORRELATE: Mapping[str, Parameter] = {
    "sequence": Parameter(Kind.BOOLEAN),
    "within": Parameter(Kind.SPAN),
    "globalConstraints": Parameter(Kind.FIELDS),
    "maxPerRoot": Parameter(Kind.NUMBER),
}
"""The options of ``correlate()`` that are read here."""

LIMITS: Mapping[str, tuple[int, int]] = {"head": (200, 200_000), "groupBy": (20_000, 1_000_000)}
"""The default and the maximum of ``limit``: "head()" and "groupBy()"."""

WINDOW_EVENTS = 10_000
"""How many events a window of ``slidingTimeWindow()`` can hold, by its page."""

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


def arguments(call: Call) -> dict[str, Expression]:
    """The arguments of a call by name; the one without a name takes the name that its function lets it leave out."""
    unnamed = FUNCTIONS[call.name].unnamed
    return {argument.name or unnamed: argument.value for argument in call.arguments}


def problems(call: Call) -> Iterator[Problem]:
    """What is wrong with a call: an unknown function, or arguments that it does not take."""
    function = FUNCTIONS.get(call.name)
    if function is None:
        yield _problem(f"unknown function {call.name}()", call.place)
        return
    named = [Argument(argument.name or function.unnamed, argument.value, argument.place) for argument in call.arguments]
    yield from argument_problems(f"{call.name}()", tuple(named), function.parameters, call.place)


def argument_problems(
    what: str, given: tuple[Argument, ...], parameters: Mapping[str, Parameter], place: Place
) -> Iterator[Problem]:
    """Arguments that are unknown, given twice, of the wrong kind, or lacking."""
    seen: set[str] = set()
    for argument in given:
        name = argument.name or ""
        parameter = parameters.get(name)
        if parameter is None:
            yield _problem(f"{what} takes no argument {name}", argument.place)
        elif name in seen:
            yield _problem(f"{what} takes one argument {name}", argument.place)
        elif not _fits(parameter.kind, argument.value):
            yield _problem(f"{name} of {what} is {parameter.kind.value}", argument.place)
        seen.add(name)
    for name, parameter in parameters.items():
        if parameter.required and name not in seen:
            yield _problem(f"{what} needs the argument {name}", place)


def _problem(message: str, place: Place) -> Problem:
    return Problem(message, place.line, place.column)


def _fits(kind: Kind, value: Expression) -> bool:
    match kind:
        case Kind.FIELD | Kind.NAME:
            return isinstance(value, Bare | Quoted)
        case Kind.TEXT:
            return isinstance(value, Quoted)
        case Kind.TEXTS | Kind.FIELDS:
            return isinstance(value, Bare | Quoted) or (
                isinstance(value, Array) and all(isinstance(item, Bare | Quoted) for item in value.items)
            )
        case Kind.BOOLEAN:
            return isinstance(value, Bare) and value.text in {"true", "false"}
        case Kind.LIMIT:
            return isinstance(value, Bare) and (value.text == "max" or value.text.isdecimal())
        case Kind.NUMBER:
            return isinstance(value, Bare) and value.text.isdecimal()
        case Kind.SPAN:
            return isinstance(value, Bare | Quoted) and milliseconds(value.text) is not None
        case Kind.CURRENT:
            return isinstance(value, Bare | Quoted) and value.text in {"include", "exclude"}
        case Kind.FUNCTIONS:
            return all(isinstance(item, Call | Subquery | Assign) for item in functions(value))
        case Kind.EXPRESSION:
            return not isinstance(value, Array | Subquery) and not (
                isinstance(value, Unary) and isinstance(value.operand, Array | Subquery)
            )


def functions(value: Expression) -> tuple[Expression | Assign, ...]:
    """The aggregate functions of an argument that is one or a list."""
    return value.items if isinstance(value, Array) else (value,)


def texts(value: Expression) -> tuple[str, ...]:
    """The words of an argument that is one or a list."""
    items = value.items if isinstance(value, Array) else (value,)
    return tuple(item.text for item in items if isinstance(item, Bare | Quoted))


def text(value: Expression) -> str:
    """The word of an argument that is one."""
    (found,) = texts(value)
    return found


def milliseconds(span: str) -> int | None:
    """The length of a span such as ``15m`` ("Relative Time Syntax"), or ``None`` where it is no span."""
    digits = span.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = _UNITS.get(span[len(digits) :].strip())
    return int(digits) * unit if unit and digits.strip().isdecimal() else None
