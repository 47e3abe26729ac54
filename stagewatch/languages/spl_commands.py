"""Commands of Splunk's search language, run on rows. The pages are of the Search Reference."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cmp_to_key

from stagewatch.languages.base import Problem, QueryError
from stagewatch.languages.spl_eval import evaluate
from stagewatch.languages.spl_tree import (
    Aggregate,
    Command,
    Eval,
    Field,
    Fields,
    Multisearch,
    Pipeline,
    Rename,
    SearchCommand,
    Sort,
    Stats,
    Streamstats,
    Table,
    Where,
)
from stagewatch.languages.spl_values import Row, Scalar, holds, number, text

Rows = list[Row]
Group = tuple[str, ...] | None

STREAM_WINDOW = 10_000
"""``max_stream_window`` of limits.conf by default, of all groups together ("streamstats")."""


def run(pipeline: Pipeline, events: Sequence[Row]) -> Rows:
    """The results of a search over events, which come newest first, and of the same time last given first.

    "search" says that events come back in reverse order of time; of events of the same time it says nothing.
    """
    rows = newest_first(events)
    for command in pipeline.commands:
        rows = _RUN[type(command)](command, rows)
    return rows


def newest_first(rows: Sequence[Row]) -> Rows:
    """The order in which "search" gives events."""
    backwards = rows[::-1]
    return sorted(backwards, key=lambda row: number(row.values.get("_time")) or Fraction(0), reverse=True)


def _search(command: SearchCommand, rows: Rows) -> Rows:
    return [row for row in rows if holds(command.expression, row.values.get)]


def _where(command: Where, rows: Rows) -> Rows:
    """ "where" keeps what its expression is true for."""
    kept = []
    for row in rows:
        found = evaluate(command.expression, row.values)
        if not (found is None or isinstance(found, bool)):
            raise QueryError(Problem("where takes a condition", command.place.line, command.place.column))
        if found:
            kept.append(row)
    return kept


def _eval(command: Eval, rows: Rows) -> Rows:
    """ "eval": from left to right; null takes the field away; a result may not be Boolean."""
    done = []
    for row in rows:
        values = dict(row.values)
        for field, expression in command.assignments:
            found = evaluate(expression, values)
            if isinstance(found, bool):
                place = field.place
                raise QueryError(Problem("eval gives a field no condition", place.line, place.column))
            _put(values, field.name, found)
        done.append(Row(row.position, values))
    return done


def _put(values: dict[str, Scalar], name: str, value: Scalar | None) -> None:
    values.pop(name, None)
    if value is not None:
        values[name] = value


def _sort(command: Sort, rows: Rows) -> Rows:
    """ "sort": as numbers where both are, else by character; what lacks the field comes last, descending as well first.

    Of equal results nothing is said; they stay in the order in which they came.
    """

    def order(left: Row, right: Row) -> int:
        for key in command.keys:
            found = _order(left.values.get(key.field.name), right.values.get(key.field.name))
            if found:
                return -found if key.descending else found
        return 0

    done = sorted(rows, key=cmp_to_key(order))
    return done[: command.count] if command.count else done


def _order(left: Scalar | None, right: Scalar | None) -> int:
    if left is None or right is None:
        return (left is None) - (right is None)
    first, second = number(left), number(right)
    if first is not None and second is not None:
        return (first > second) - (first < second)
    return (text(left) > text(right)) - (text(left) < text(right))


def _fields(command: Fields, rows: Rows) -> Rows:
    """ "fields": the internal fields stay unless they are removed by name."""
    named = {field.name for field in command.names}
    if command.removes:
        return [Row(row.position, {k: v for k, v in row.values.items() if k not in named}) for row in rows]
    kept = named | {"_time", "_raw"}
    return [Row(row.position, {k: v for k, v in row.values.items() if k in kept}) for row in rows]


def _table(command: Table, rows: Rows) -> Rows:
    """ "table": nothing but what is named."""
    named = [field.name for field in command.names]
    return [Row(row.position, {k: row.values[k] for k in named if k in row.values}) for row in rows]


def _rename(command: Rename, rows: Rows) -> Rows:
    """ "rename": a field that an event lacks takes away the values of the name it would get."""
    done = []
    for row in rows:
        values = dict(row.values)
        for old, new in command.names:
            _put(values, new.name, values.pop(old.name, None))
        done.append(Row(row.position, values))
    return done


def _multisearch(command: Multisearch, rows: Rows) -> Rows:
    """ "multisearch": the results of all, interleaved by time; what several searches find is there once for each."""
    found = [run(pipeline, rows[::-1]) for pipeline in command.searches]
    together = (row for part in found for row in part)
    return sorted(together, key=lambda row: number(row.values.get("_time")) or Fraction(0), reverse=True)


def _streamstats(command: Streamstats, rows: Rows) -> Rows:
    """ "streamstats": a summary of the window that ends at each result, added to it.

    What lacks a field of BY is in no group and gets no summary. ``time_window`` needs results in order of time. Its far
    edge is not described: what is as old as the span is outside of it here.
    """
    windows: dict[Group, deque[tuple[Group, Row]]] = {}
    bound = command.window or STREAM_WINDOW
    apart = command.window is not None and not command.together
    if command.time_window is not None:
        _require_order([_time(row) for row in rows])
    done = []
    for row in rows:
        group = _group(command.by, row)
        window = windows.setdefault(group if apart else None, deque(maxlen=bound + (not command.current)))
        window.append((group, row))
        while command.time_window is not None and abs(_time(row) - _time(window[0][1])) >= command.time_window:
            window.popleft()
        seen = [one for of, one in window if of == group and (command.current or one is not row)]
        values = dict(row.values)
        for aggregate in command.aggregates:
            _put(values, aggregate.name, None if group is None else summary(aggregate, seen))
        done.append(Row(row.position, values))
    return done


def _require_order(times: list[Fraction]) -> None:
    if times not in (sorted(times), sorted(times, reverse=True)):
        raise QueryError(Problem("streamstats with time_window takes results in order of time"))


def _time(row: Row) -> Fraction:
    found = number(row.values.get("_time"))
    if found is None:
        raise QueryError(Problem("streamstats with time_window takes results with _time"))
    return found


def _group(by: Sequence[Field], row: Row) -> Group:
    found = [row.values.get(field.name) for field in by]
    return None if None in found else tuple(text(value) for value in found if value is not None)


def _stats(command: Stats, rows: Rows) -> Rows:
    """ "stats": one result for each group, in order of the groups; what lacks a field of BY is left out."""
    groups: dict[tuple[str, ...], Rows] = {} if command.by else {(): []}
    for row in rows:
        group = _group(command.by, row)
        if group is not None:
            groups.setdefault(group, []).append(row)
    done = []
    for group, members in sorted(groups.items()):
        values: dict[str, Scalar] = {field.name: value for field, value in zip(command.by, group, strict=True)}
        for aggregate in command.aggregates:
            _put(values, aggregate.name, summary(aggregate, members))
        done.append(Row(None, values))
    return done


_RUN: Mapping[type[Command], Callable[..., Rows]] = {
    SearchCommand: _search,
    Where: _where,
    Eval: _eval,
    Sort: _sort,
    Fields: _fields,
    Table: _table,
    Rename: _rename,
    Multisearch: _multisearch,
    Streamstats: _streamstats,
    Stats: _stats,
}

# --- aggregates ------------------------------------------------------------------------------------------------------


def _least(values: Sequence[Scalar]) -> Scalar | None:
    """ "Aggregate functions", min and max: by number where all are numbers, else by character."""
    return min(values, key=cmp_to_key(_order), default=None)


def _greatest(values: Sequence[Scalar]) -> Scalar | None:
    return max(values, key=cmp_to_key(_order), default=None)


def _total(values: Sequence[Scalar]) -> Scalar | None:
    """ "Aggregate functions", sum: of what is a number."""
    found = [one for value in values if (one := number(value)) is not None]
    return sum(found, Fraction(0)) if found else None


def _distinct(values: Sequence[Scalar]) -> Scalar:
    return Fraction(len(set(map(text, values))))


AGGREGATES: Mapping[str, Callable[[Sequence[Scalar]], Scalar | None]] = {
    "count": lambda values: Fraction(len(values)),
    "dc": _distinct,
    "distinct_count": _distinct,
    "max": _greatest,
    "min": _least,
    "sum": _total,
}
"""Name -> what it makes of the values of its field."""


def summary(aggregate: Aggregate, rows: Sequence[Row]) -> Scalar | None:
    """What an aggregate makes of rows. Only ``count`` stands without a field."""
    function, place = AGGREGATES.get(aggregate.function), aggregate.place
    if function is None:
        raise QueryError(Problem(f"no aggregate {aggregate.function} is known", place.line, place.column))
    if aggregate.field is None:
        if aggregate.function != "count":
            raise QueryError(Problem(f"{aggregate.function} takes a field", place.line, place.column))
        return Fraction(len(rows))
    name = aggregate.field.name
    return function([row.values[name] for row in rows if name in row.values])
