"""EQL's sequences: the state machine of the "EQL syntax reference", "How sequence queries handle matches".

One pending sequence per state and join key; a newer one in the same state takes the older one's place. So sequences
that overlap may be missed, but never all of them. Whether there is one is right, how many there are need not be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from stagewatch.languages.base import Event, QueryError, Value
from stagewatch.languages.eql_conditions import Condition, Conditions
from stagewatch.languages.eql_syntax import Tree, field_of, named, problem

Key = tuple[object, ...]

# "Time units" of Elasticsearch's API conventions, those that Elastic's parser knows.
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Clause:
    """One state of the machine: an event that matches and has a join key."""

    matches: Callable[[Event], bool]
    fields: tuple[tuple[str, bool], ...]

    def key(self, event: Event) -> Key | None:
        """Sections "by keyword" and "Optional by fields": null is a key only where the field is optional."""
        values = [event.record.get(name) for name, _ in self.fields]
        missing = any(value is None and not optional for value, (_, optional) in zip(values, self.fields, strict=True))
        return None if missing else tuple(tuple(value) if isinstance(value, list) else value for value in values)


@dataclass(frozen=True, slots=True)
class Machine:
    """A sequence to look for."""

    clauses: tuple[Clause, ...]
    until: Clause | None
    maxspan: timedelta | None

    def run(self, events: Iterable[Event]) -> list[tuple[Key, tuple[Event, ...]]]:
        """The sequences in these events, which come in the order of time."""
        pending: dict[tuple[Key, int], tuple[Event, ...]] = {}
        found: list[tuple[Key, tuple[Event, ...]]] = []
        for event in events:
            if self.until and (ended := self._key(self.until, event)) is not None:
                pending = {state: sequence for state, sequence in pending.items() if state[0] != ended}
            # the last state first: an event takes no two places of one sequence
            for state in reversed(range(len(self.clauses))):
                key = self._key(self.clauses[state], event)
                if key is None:
                    continue
                before = pending.pop((key, state - 1), None) if state else ()
                if before is None or not self._in_time(before, event):
                    continue
                sequence = (*before, event)
                if state + 1 == len(self.clauses):
                    found.append((key, sequence))
                else:
                    pending[key, state] = sequence
        return found

    def _key(self, clause: Clause, event: Event) -> Key | None:
        return clause.key(event) if clause.matches(event) else None

    def _in_time(self, before: Sequence[Event], event: Event) -> bool:
        """Section "with maxspan statement": the whole sequence, from its first event on."""
        return not before or self.maxspan is None or event.time - before[0].time <= self.maxspan


def machine(sequence: Tree, conditions: Conditions) -> Machine:
    """The machine of a ``sequence``."""
    shared = _join_fields(sequence)
    clauses: list[Clause] = []
    for part in named(sequence, "subquery_by"):
        runs = named(part, "repeated_sequence")
        # section "with runs statement": the same as writing the clause as many times
        clauses += [_clause(part, shared, conditions)] * (int(runs[0].children[-1]) if runs else 1)
    until = [_clause(part.children[0], shared, conditions) for part in named(sequence, "until_subquery_by")]
    spans = [_span(part.children[-1]) for part in named(sequence, "with_params")]
    return Machine(tuple(clauses), until[0] if until else None, spans[0] if spans else None)


def event_query(query: Tree, conditions: Conditions) -> Callable[[Event], bool]:
    """Whether an event is of the category and meets the condition ("Basic syntax", "Match any event category")."""
    category = str(query.children[0].children[0])
    condition: Condition = conditions.condition(query.children[-1])

    def matches(event: Event) -> bool:
        return (category == "any" or category in _categories(event.record)) and condition(event.record) is True

    return matches


def rows(machine: Machine, events: Sequence[Event]) -> tuple[Mapping[str, Value], ...]:
    """One row per sequence: its join keys and the times of its events.

    Elasticsearch orders by ``@timestamp``; events of the same time keep the order in which they were given.
    """
    names = [name for name, _ in machine.clauses[0].fields]
    found = machine.run(sorted(events, key=lambda event: event.time))
    return tuple(
        {**_named_keys(names, key), "events": [event.time.isoformat() for event in sequence]} for key, sequence in found
    )


def _named_keys(names: Sequence[str], key: Key) -> dict[str, Value]:
    return {
        name: list(map(str, value)) if isinstance(value, tuple) else value  # type: ignore[misc]
        for name, value in zip(names, key, strict=True)
    }


def _categories(record: Mapping[str, Value]) -> Sequence[Value]:
    value = record.get("event.category")
    return value if isinstance(value, list) else [value]


def _clause(part: Tree, shared: tuple[tuple[str, bool], ...], conditions: Conditions) -> Clause:
    subquery = named(part, "subquery")[0]
    if named(subquery, "MISSING_EVENT_OPEN"):
        raise QueryError(problem(part, "missing events are not run here"))
    return Clause(event_query(named(subquery, "event_query")[0], conditions), shared + _join_fields(part))


def _join_fields(tree: Tree) -> tuple[tuple[str, bool], ...]:
    fields = []
    for expression in (child for part in named(tree, "join_values") for child in part.children[0].children if child):
        field = field_of(expression)
        if field is None:
            raise QueryError(problem(expression, "a join key is a field"))
        fields.append(field)
    return tuple(fields)


def _span(time_range: Tree) -> timedelta:
    number, unit = time_range.children
    return timedelta(**{_UNITS[str(unit.children[0])]: int(number.children[-1])})
