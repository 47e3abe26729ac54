"""Event types, fields and types that a schema does not have for a CQL query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stagewatch.languages.base import Problem, Schema
from stagewatch.languages.cql_functions import (
    FUNCTIONS,
    Kind,
    arguments,
    functions,
    texts,
)
from stagewatch.languages.cql_shape import problem_at
from stagewatch.languages.cql_tree import (
    Apply,
    Assign,
    Bare,
    Binary,
    Call,
    Case,
    Correlate,
    Equal,
    Expression,
    Filter,
    Glob,
    Like,
    Link,
    Order,
    Pipeline,
    Place,
    Quoted,
    Subquery,
    Where,
    expressions,
    filters,
)
from stagewatch.languages.cql_values import number

EVENT_TYPE = "#event_simpleName"
"""The tag that tells the type of a Falcon event, which is what a schema's tables are."""

METADATA = {
    "@timestamp": "number",
    "@ingesttimestamp": "number",
    "@id": "string",
    "@rawstring": "string",
    "#repo": "string",
    "#type": "string",
    EVENT_TYPE: "string",
}
""" "Event Fields": what every event has."""

_ANCHORED = (("\\A(?:", ")\\z"), ("^(?:", ")$"), ("^(", ")$"), ("\\A", "\\z"), ("^", "$"))


@dataclass(slots=True)
class _Known:
    """The fields that a query can name, with their types, and whether it has made some of its own."""

    fields: dict[str, str]


def against(pipeline: Pipeline, schema: Schema) -> list[Problem]:
    """Event types and fields that the schema does not have, and types that a comparison cannot hold for."""
    named = list(_event_types(pipeline))
    unknown = [problem_at(f"unknown event type {name}", place) for name, place in named if name not in schema]
    tables = [schema[name] for name, _ in named if name in schema] or list(schema.values())
    fields = dict(METADATA)
    for table in tables:
        fields.update(table)
    return [*unknown, *_fields(pipeline, _Known(fields))]


def _all_filters(pipeline: Pipeline) -> Iterator[Filter]:
    for step in pipeline:
        match step:
            case Where(found):
                yield from filters(found)
            case Case(branches):
                for branch in branches:
                    yield from _all_filters(branch)
            case Correlate(nodes):
                for node in nodes:
                    yield from _all_filters(node.pipeline)
            case _:
                pass


def _event_types(pipeline: Pipeline) -> Iterator[tuple[str, Place]]:
    """The event types that a query names, in full or as the alternatives of a regular expression."""
    for node in _all_filters(pipeline):
        if isinstance(node, Equal) and node.field == EVENT_TYPE:
            pattern = node.pattern
            if isinstance(pattern, Glob):
                names = [] if "*" in pattern.text else [pattern.text]
            else:
                names = _alternatives(pattern.source)
            yield from ((name, pattern.place) for name in names)


def _alternatives(source: str) -> list[str]:
    for start, end in _ANCHORED:
        if source.startswith(start) and source.endswith(end):
            names = source[len(start) : len(source) - len(end)].split("|")
            if all(name.isalnum() for name in names):
                return names
    return []


def _fields(pipeline: Pipeline, known: _Known) -> Iterator[Problem]:
    for step in pipeline:
        match step:
            case Where(found):
                for node in filters(found):
                    yield from _filter_types(node, known.fields)
            case Apply(call):
                yield from _call_fields(call, known)
            case Assign(name, value):
                yield from _expression_fields(value, known)
                known.fields[name] = ""
            case Case(branches):
                made: dict[str, str] = {}
                for branch in branches:
                    inner = _Known(dict(known.fields))
                    yield from _fields(branch, inner)
                    made.update(inner.fields)
                known.fields.update(made)
            case Correlate(nodes):
                yield from _correlate_fields(step, known)
                known.fields.update(
                    {f"{node.name}.{name}": kind for node in nodes for name, kind in known.fields.items()}
                )
            case Link(name, _, place):
                yield from _field(name, place, known.fields)


def _correlate_fields(step: Correlate, known: _Known) -> Iterator[Problem]:
    for node in step.nodes:
        yield from _fields(node.pipeline, _Known(dict(known.fields)))
        for link in node.pipeline:
            if isinstance(link, Link):
                yield from _field(link.other.partition(".")[2], link.place, known.fields)
        for name in node.include or ():
            yield from _field(name, node.place, known.fields)
    for option in step.options:
        if option.name == "globalConstraints":
            for name in texts(option.value):
                yield from _field(name, option.place, known.fields)


def _field(name: str, place: Place, fields: Mapping[str, str]) -> Iterator[Problem]:
    if name not in fields and name.partition("[")[0] + "[]" not in fields:
        yield problem_at(f"unknown field {name}", place)


def _filter_types(node: Filter, fields: Mapping[str, str]) -> Iterator[Problem]:
    if not isinstance(node, Equal | Like | Order):
        return
    yield from _field(node.field, node.place, fields)
    kind = fields.get(node.field, "")
    if isinstance(node, Order) and kind == "string":
        yield problem_at(f"{node.field} is text and has no order", node.place)
    pattern = node.pattern if isinstance(node, Equal) else None
    if not isinstance(pattern, Glob) or kind != "number" or "*" in pattern.text or not pattern.text:
        return  # "" asks whether a field is empty, whatever it holds else
    if number(pattern.text) is None:
        yield problem_at(f"{node.field} is a number, {pattern.text!r} is not", pattern.place)


def _call_fields(call: Call, known: _Known) -> Iterator[Problem]:
    function, given = FUNCTIONS[call.name], arguments(call)
    for name, value in given.items():
        match function.parameters[name].kind:
            case Kind.FIELD | Kind.FIELDS:
                for field in texts(value):
                    yield from _field(field, call.place, known.fields)
            case Kind.EXPRESSION:
                yield from _expression_fields(value, known)
            case Kind.FUNCTIONS:
                yield from _aggregate_fields(value, known)
            case _:
                pass
    if function.output:
        known.fields[texts(given["as"])[0] if "as" in given else function.output] = ""


def _aggregate_fields(value: Expression, known: _Known) -> Iterator[Problem]:
    for function in functions(value):
        match function:
            case Subquery(pipeline):
                yield from _fields(pipeline, known)
            case Assign(name, Call() as call):
                yield from _call_fields(call, known)
                known.fields[name] = ""
            case Call():
                yield from _call_fields(function, known)
            case _:
                pass


def _expression_fields(value: Expression, known: _Known) -> Iterator[Problem]:
    for node in expressions(value):
        match node:
            case Bare(name, place):
                if name not in {"true", "false"} and number(name) is None and not _is_argument(node, value):
                    yield from _field(name, place, known.fields)
            case Call():
                yield from _call_fields(node, known)
            case Binary(operator, Bare(name, place), Quoted(text)) if known.fields.get(name) == "number":
                if number(text) is None:
                    yield problem_at(f"{name} is a number, {text!r} is not: {operator} never holds", place)
            case _:
                pass


def _is_argument(bare: Bare, value: Expression) -> bool:
    """Whether a word is an argument of a call in the expression, which is looked at with the call."""
    calls = [node for node in expressions(value) if isinstance(node, Call)]
    return any(bare in expressions(argument.value) for call in calls for argument in call.arguments)
