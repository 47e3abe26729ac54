"""What is wrong with a CQL query that reads as one, whatever the events: its functions and where they stand."""

from __future__ import annotations

from collections.abc import Iterator

from stagewatch.languages.base import Problem, QueryError
from stagewatch.languages.cql_functions import (
    CORRELATE,
    FUNCTIONS,
    Kind,
    Role,
    argument_problems,
    arguments,
    functions,
    problems,
    texts,
)
from stagewatch.languages.cql_regex import for_java
from stagewatch.languages.cql_tree import (
    Apply,
    Assign,
    Call,
    Case,
    Correlate,
    Equal,
    Expression,
    Filter,
    FreeText,
    Glob,
    Link,
    Pipeline,
    Place,
    Regex,
    Subquery,
    Where,
    expressions,
    filters,
)


def shape(pipeline: Pipeline) -> list[Problem]:
    """Problems that no schema is needed for."""
    return list(_steps(pipeline, aggregated=False, nested=False))


def problem_at(message: str, place: Place) -> Problem:
    """A problem with a place in the query."""
    return Problem(message, place.line, place.column)


def _steps(pipeline: Pipeline, *, aggregated: bool, nested: bool) -> Iterator[Problem]:
    for step in pipeline:
        match step:
            case Where(found):
                yield from _filter(found, aggregated=aggregated)
            case Apply(call, negated):
                yield from _call(call, aggregated=aggregated)
                role = FUNCTIONS[call.name].role if call.name in FUNCTIONS else None
                if negated and role not in {None, Role.FILTER}:
                    yield problem_at(f"{call.name}() filters nothing: it cannot be negated", call.place)
                aggregated = aggregated or role is Role.AGGREGATE
            case Assign(_, value):
                yield from _expression(value, aggregated=aggregated, top=True)
            case Case(branches):
                for branch in branches:
                    yield from _steps(branch, aggregated=aggregated, nested=True)
            case Link(_, other, place):
                if not nested or "." not in other:
                    yield problem_at("a link stands in a query of correlate() and names another one", place)
            case Correlate():
                if aggregated or nested:
                    yield problem_at("correlate() cannot stand here", step.place)
                yield from _correlate(step)
                aggregated = True


def _correlate(step: Correlate) -> Iterator[Problem]:
    names = [node.name for node in step.nodes]
    if len(names) < 2 or len(set(names)) < len(names):
        yield problem_at("correlate() needs two queries or more, each with a name of its own", step.place)
    yield from argument_problems("correlate()", step.options, CORRELATE, step.place)
    for node in step.nodes:
        yield from _steps(node.pipeline, aggregated=False, nested=True)
        for inner in node.pipeline:
            if isinstance(inner, Link) and inner.other.partition(".")[0] not in set(names) - {node.name}:
                yield problem_at(f"no other query is named {inner.other.partition('.')[0]}", inner.place)
            call = inner.call if isinstance(inner, Apply) else None
            if call and call.name in FUNCTIONS and FUNCTIONS[call.name].role is Role.AGGREGATE:
                yield problem_at("a query of correlate() does not aggregate", call.place)


def _filter(found: Filter, *, aggregated: bool) -> Iterator[Problem]:
    for node in filters(found):
        pattern = node.pattern if isinstance(node, Equal | FreeText) else None
        if isinstance(pattern, Regex):
            yield from _regex(pattern.source, pattern.flags, pattern.place)
        if isinstance(node, FreeText):
            if aggregated:  # "Query Filters": "Free-text searches are only supported before an aggregate"
                yield problem_at("text without a field cannot be sought after an aggregate", node.place)
            if not node.quoted and isinstance(pattern, Glob) and pattern.text in FUNCTIONS:
                yield problem_at(f"{pattern.text} is the name of a function: quote it", node.place)


def _regex(source: str, flags: str, place: Place) -> Iterator[Problem]:
    try:
        for_java(source, flags)
    except QueryError as error:
        yield from (problem_at(problem.message, place) for problem in error.problems)


def _call(call: Call, *, aggregated: bool) -> Iterator[Problem]:
    found = list(problems(call))
    yield from found
    if found:
        return
    given = arguments(call)
    if call.name == "slidingTimeWindow" and not aggregated:
        yield problem_at("slidingTimeWindow() must come after an aggregate that puts the events in order", call.place)
    if call.name == "regex":
        flags = given.get("flags")
        yield from _regex(texts(given["regex"])[0], texts(flags)[0] if flags else "", call.place)
    for name, value in given.items():
        match FUNCTIONS[call.name].parameters[name].kind:
            case Kind.EXPRESSION:
                yield from _expression(value, aggregated=aggregated)
            case Kind.FUNCTIONS:
                yield from _aggregates(call, value, aggregated=aggregated)
            case _:
                pass


def _aggregates(outer: Call, value: Expression, *, aggregated: bool) -> Iterator[Problem]:
    made = functions(value)
    for function in made:
        if isinstance(function, Subquery):
            yield from _steps(function.pipeline, aggregated=aggregated, nested=True)
            calls = [s.call for s in function.pipeline if isinstance(s, Apply) and s.call.name in FUNCTIONS]
            inner = next((call for call in calls if FUNCTIONS[call.name].role is Role.AGGREGATE), None)
            if inner is None:
                yield problem_at(f"a query in {outer.name}() needs an aggregate function", function.place)
                continue
        else:
            call = function.value if isinstance(function, Assign) else function
            if not isinstance(call, Call):
                continue
            yield from _call(call, aggregated=aggregated)
            if call.name not in FUNCTIONS:
                continue
            if FUNCTIONS[call.name].role is not Role.AGGREGATE:
                yield problem_at(f"{call.name}() is no aggregate function", call.place)
            inner = call
        if FUNCTIONS[inner.name].rows and (outer.name != "groupBy" or len(made) > 1):
            yield problem_at(f"{inner.name}() gives more than one event", inner.place)


def _expression(value: Expression, *, aggregated: bool, top: bool = False) -> Iterator[Problem]:
    for node in expressions(value):
        if isinstance(node, Call):
            yield from _call(node, aggregated=aggregated)
            known = FUNCTIONS.get(node.name)
            if known and known.role is Role.AGGREGATE and not (top and node is value):
                yield problem_at(f"{node.name}() is no function of one event", node.place)
