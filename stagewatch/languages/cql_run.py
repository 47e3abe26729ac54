"""The pipeline of a CQL query on events, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from stagewatch.languages.base import Problem, QueryError
from stagewatch.languages.cql_functions import (
    FUNCTIONS,
    LIMITS,
    WINDOW_EVENTS,
    Role,
    arguments,
    functions,
    milliseconds,
    text,
    texts,
)
from stagewatch.languages.cql_tree import (
    Apply,
    Argument,
    Assign,
    Call,
    Case,
    Correlate,
    Expression,
    Link,
    Pipeline,
    Place,
    Quoted,
    Step,
    Subquery,
    Where,
)
from stagewatch.languages.cql_values import Cell, Row, calculated, evaluate, holds, number, written

Rows = Sequence[Row]


def run(pipeline: Pipeline, rows: Rows) -> Rows:
    """What is left of the rows after all steps. Raises :class:`QueryError` where the platform reports an error."""
    for step in pipeline:
        rows = _step(step, rows)
    return rows


def _step(step: Step, rows: Rows) -> Rows:
    match step:
        case Where(found):
            return [row for row in rows if holds(found, row)]
        case Apply(call, negated):
            return _apply(call, rows, negated=negated)
        case Assign(name, Call() as call) if FUNCTIONS[call.name].role is Role.AGGREGATE:
            return aggregate(_named(name, call), rows)
        case Assign(name, value):
            return [_assigned(name, value, row) for row in rows]
        case Case(branches):
            return [result for row in rows for result in _first_branch(branches, row)]
        case Correlate():
            from stagewatch.languages.cql_correlate import correlate

            return correlate(step, rows)
        case Link():
            raise QueryError(Problem("a link stands in a query of correlate()", step.place.line, step.place.column))


def _apply(call: Call, rows: Rows, *, negated: bool) -> Rows:
    match FUNCTIONS[call.name].role:
        case Role.AGGREGATE:
            return aggregate(call, rows)
        case Role.VALUE:
            name = _output(call)
            return [_assigned(name, call, row) for row in rows]
        case Role.FILTER:
            # "Negating the Result of Filter Functions". Of null, which is neither true nor false ("Expressions"), the
            # pages do not say whether its negation lets an event pass: here it does not.
            return [row for row in rows if calculated(call, row) is (not negated)]


def _assigned(name: str, value: Expression, row: Row) -> Row:
    """ "Expressions": null makes no field and overwrites none."""
    found = evaluate(value, row)
    return row if found is None else row.with_field(name, found)


def _first_branch(branches: tuple[Pipeline, ...], row: Row) -> Rows:
    """ "Conditional Evaluation": the first pipeline that returns the event; an event that none returns is dropped."""
    for branch in branches:
        found = run(branch, [row])
        if found:
            return found
    return []


def _named(name: str, call: Call) -> Call:
    """``name := f()`` names the output of ``f``."""
    return Call(call.name, (*call.arguments, Argument("as", Quoted(name, call.place), call.place)), call.place)


def _output(call: Call) -> str:
    given = arguments(call)
    return text(given["as"]) if "as" in given else FUNCTIONS[call.name].output


# --- aggregates ------------------------------------------------------------------------------------------------------


def aggregate(call: Call, rows: Rows) -> Rows:
    """The rows that an aggregate function makes of the rows before it."""
    given = arguments(call)
    match call.name:
        case "head":
            return _head(given, rows, call.place)
        case "groupBy":
            return _group_by(given, rows, call.place)
        case "slidingTimeWindow":
            return _sliding(given, rows, call.place)
        case "selectLast":
            names = texts(given["fields"])
            return [Row({name: row.fields[name] for name in names if name in row.fields}) for row in rows[-1:]]
        case "count":
            return [Row({_output(call): _count(given, rows)})]
        case _:
            numbers = [n for row in rows if (n := number(row.fields.get(text(given["field"])))) is not None]
            if call.name == "sum":
                return [Row({_output(call): sum(numbers)})]
            # "min()": nothing where no event has a number
            return [Row({_output(call): {"min": min, "max": max}[call.name](numbers)})] if numbers else []


def _count(given: dict[str, Expression], rows: Rows) -> int:
    """ "count()": of a field, only the events that have it. A distinct count is an estimate there and exact here."""
    if "field" not in given:
        return len(rows)
    values = [written(row.fields[name]) for row in rows if (name := text(given["field"])) in row.fields]
    distinct = "distinct" in given and text(given["distinct"]) == "true"
    return len(set(values)) if distinct else len(values)


def _limit(name: str, given: dict[str, Expression], place: Place) -> int:
    default, maximum = LIMITS[name]
    if "limit" not in given:
        return default
    limit = maximum if text(given["limit"]) == "max" else int(text(given["limit"]))
    if limit > maximum:
        raise QueryError(Problem(f"the limit of {name}() is at most {maximum}", place.line, place.column))
    return limit


def _head(given: dict[str, Expression], rows: Rows, place: Place) -> Rows:
    """ "head()": the oldest events, in the order of time; 200 where no limit is given."""
    return sorted(rows, key=lambda row: _time(row, "@timestamp"))[: _limit("head", given, place)]


def _time(row: Row, name: str) -> float | int:
    found = number(row.fields.get(name))
    if found is None:
        raise QueryError(Problem(f"a row has no time in {name}"))
    return found


def _group_by(given: dict[str, Expression], rows: Rows, place: Place) -> Rows:
    """ "groupBy()". It is silent on events without the field; here they are a group of their own, without it."""
    names = texts(given["field"])
    groups: dict[tuple[Cell | None, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.fields.get(name) for name in names), []).append(row)
    if len(groups) > _limit("groupBy", given, place):
        raise QueryError(Problem("more groups than the limit of groupBy(): its result is partial"))
    made = functions(given["function"]) if "function" in given else (Call("count", (), place),)
    out: list[Row] = []
    for values, members in groups.items():
        key = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        out.extend(Row({**row.fields, **key}) for row in _combined(made, members))
    return out


def _combined(made: Sequence[Expression | Assign], rows: Rows) -> Rows:
    """The rows of one aggregate function, or the outputs of several in one row ("stats()")."""
    if len(made) == 1:
        return _made(made[0], rows)
    fields: dict[str, Cell] = {}
    for function in made:
        for row in _made(function, rows):
            fields.update(row.fields)
    return [Row(fields)]


def _made(function: Expression | Assign, rows: Rows) -> Rows:
    match function:
        case Subquery(pipeline):  # "Function Syntax", "Composite Function Calls"
            return run(pipeline, rows)
        case Assign(name, Call() as call):
            return aggregate(_named(name, call), rows)
        case Call():
            return aggregate(function, rows)
        case _:
            raise QueryError(Problem("groupBy() and slidingTimeWindow() take aggregate functions"))


def _sliding(given: dict[str, Expression], rows: Rows, place: Place) -> Rows:
    """ "slidingTimeWindow()": for each event, the events before it in the sequence that are younger than the span.

    The first example on its page, "Calculate Sum of Field Values Over Sliding Time-Based Window", leaves out an event
    that is exactly one span older, and shows the fields of the event beside the result.
    """
    name = text(given["timestampfield"]) if "timestampfield" in given else "@timestamp"
    times = [_time(row, name) for row in rows]
    if any(later < earlier for earlier, later in pairwise(times)):
        raise QueryError(Problem("slidingTimeWindow() needs events in the order of time", place.line, place.column))
    span = milliseconds(text(given["span"])) or 0
    excluded = "current" in given and text(given["current"]) == "exclude"
    out, start = [], 0
    for index, row in enumerate(rows):
        while times[start] <= times[index] - span:
            start += 1
        window = rows[start : index + (not excluded)]
        if len(window) > WINDOW_EVENTS:
            raise QueryError(Problem(f"a window of slidingTimeWindow() holds at most {WINDOW_EVENTS} events"))
        fields = dict(row.fields)
        for made in _combined(functions(given["function"]), window):
            fields.update(made.fields)
        out.append(Row(fields))
    return out
