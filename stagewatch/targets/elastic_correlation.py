"""Correlations on Elastic: EQL sequences where they can count and order, else ES|QL over hopping windows.

A sequence slides: ``maxspan`` counts from its first event ("EQL syntax reference", sequences). It needs the keys to be
there, repeats an event up to 100 times (``with runs``), and counts no distinct values. ``sample`` takes no time span.

ES|QL has no sliding window. Each event is put into every window of length L that holds it; windows start every hop,
and L is at least the time span plus one hop, so that each burst lies inside one window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from stagewatch import expression as ex
from stagewatch.correlation import Branch, Correlation
from stagewatch.findings import Unsupported
from stagewatch.targets.base import Rendered, required_state
from stagewatch.targets.elastic_esql import EsqlRenderer, column
from stagewatch.targets.elastic_fields import indices

if TYPE_CHECKING:
    from stagewatch.targets.elastic import EqlRenderer

MAX_RUNS = 100
"""The most repetitions that ``with runs`` accepts ("EQL syntax reference")."""

_HOPS_PER_SPAN = 4
"""A finer grid reports less beyond the time span and multiplies every event once more."""


def render_correlation(correlation: Correlation, eql: EqlRenderer, esql: EsqlRenderer) -> Rendered:
    """The query for a correlation, EQL where it says exactly what is asked."""
    readable = all(required_state(branch.query, "language") == "eql" for branch in correlation.branches)
    if readable and correlation.kind == "temporal_ordered":
        return Rendered({".eql": _ordered_sequence(correlation, eql)}, "sliding")
    if readable and correlation.kind == "event_count" and correlation.at_least <= MAX_RUNS and _same_keys(correlation):
        return Rendered({".eql": _repeated_event(correlation, eql)}, "sliding")
    return _Hopping(correlation, esql).render()


def _same_keys(correlation: Correlation) -> bool:
    return len({branch.keys for branch in correlation.branches}) == 1


def _any_branch(correlation: Correlation) -> ex.Expression:
    return ex.disjunction(*(branch.query.expression for branch in correlation.branches))


def _repeated_event(correlation: Correlation, eql: EqlRenderer) -> str:
    """``runs`` slides over one kind of event, so all branches are alternatives of one event."""
    keys = correlation.branches[0].keys
    event = _any_branch(correlation)
    if correlation.at_least == 1:
        # A sequence has at least two events. One event that has its keys is the whole burst.
        return eql.event(ex.conjunction(event, *map(ex.Present, keys)))
    repeated = f"[{eql.event(event, break_lines=False)}] with runs={correlation.at_least}"
    return f"{_sequence(correlation, keys, eql)}\n  {repeated}"


def _ordered_sequence(correlation: Correlation, eql: EqlRenderer) -> str:
    shared = correlation.branches[0].keys if _same_keys(correlation) else ()
    events = (
        f"\n  [{eql.event(branch.query.expression, break_lines=False)}]"
        + (f" by {eql.join_keys(branch.keys)}" if branch.keys and not shared else "")
        for branch in correlation.branches
    )
    return _sequence(correlation, shared, eql) + "".join(events)


def _sequence(correlation: Correlation, keys: Sequence[str], eql: EqlRenderer) -> str:
    by = f" by {eql.join_keys(keys)}" if keys else ""
    return f"sequence{by} with maxspan={_eql_span(correlation.seconds)}"


def _eql_span(seconds: int) -> str:
    count, unit = _in_unit(seconds, (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)))
    return f"{count}{unit}"


def _esql_span(seconds: int) -> str:
    count, unit = _in_unit(seconds, (("hour", 3600), ("minute", 60), ("second", 1)))
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _in_unit(seconds: int, units: Sequence[tuple[str, int]]) -> tuple[int, str]:
    """The span in the largest unit that says it as a whole number."""
    return next((seconds // size, unit) for unit, size in units if seconds % size == 0)


def _event_kind(expression: ex.Expression) -> dict[str, str]:
    """The conditions that the pipeline put on every event: two rules that differ in one share no event."""
    terms = expression.terms if isinstance(expression, ex.And) else (expression,)
    return {
        term.field: term.globs[0].literal
        for term in terms
        if isinstance(term, ex.Text) and term.cased and [glob.shape for glob in term.globs] == [ex.Shape.EQUALS]
    }


_OWN_COLUMNS = frozenset(
    {"slot", "window_start", "counted_value", "event_count", "value_count", "first_seen", "last_seen"}
)


def _key_column(key: str) -> str:
    """The column of a group key, apart from those that the query makes for itself."""
    return column(f"key_{key}" if key in _OWN_COLUMNS else key)


@dataclass(frozen=True, slots=True)
class _Hopping:
    """A correlation as an ES|QL query over hopping windows."""

    correlation: Correlation
    esql: EsqlRenderer

    @property
    def hop(self) -> int:
        """Seconds between the starts of two windows."""
        return -(-self.correlation.seconds // _HOPS_PER_SPAN)

    @property
    def windows(self) -> int:
        """In how many windows each event lies; their length is this many hops."""
        return -(-self.correlation.seconds // self.hop) + 1

    def render(self) -> Rendered:
        """The query with its warnings."""
        return Rendered({".esql": "\n| ".join(self._commands())}, "hopping", tuple(self._warnings()))

    def _commands(self) -> Iterator[str]:
        correlation = self.correlation
        queries = [branch.query for branch in correlation.branches]
        keys = [_key_column(key) for key in correlation.keys]
        yield f"FROM {', '.join(indices(queries))}"
        yield f"WHERE {self.esql.where(_any_branch(correlation))}"
        yield from self._columns()
        if keys:
            yield f"WHERE {' AND '.join(f'{key} IS NOT NULL' for key in keys)}"
        yield f"EVAL slot = DATE_TRUNC({_esql_span(self.hop)}, @timestamp)"
        yield f"EVAL window_start = {self._window_starts()}"
        yield "MV_EXPAND window_start"
        groups = ["window_start", *keys]
        if correlation.kind == "value_count":  # COUNT_DISTINCT estimates, and reserves up to 256 KiB for each group
            first_and_last = "first_seen = MIN(@timestamp), last_seen = MAX(@timestamp)"
            yield "WHERE counted_value IS NOT NULL"
            yield f"STATS {first_and_last} BY {', '.join([*groups, 'counted_value'])}"
        yield f"STATS {', '.join(self._aggregates())} BY {', '.join(groups)}"
        yield f"WHERE {self._hit()}"

    def _columns(self) -> Iterator[str]:
        """The group keys and the counted value under one name each, whatever each branch calls them."""
        branches = self.correlation.branches
        for index, key in enumerate(self.correlation.keys):
            fields = [branch.keys[index] for branch in branches]
            if fields != [key] * len(fields):
                yield f"EVAL {_key_column(key)} = {self._one_of(fields, self._key)}"
        if self.correlation.kind == "value_count":
            fields = [branch.value or "" for branch in branches]
            text = all(map(self.esql.types.is_text, fields))
            value = self._one_of(fields)
            yield f"EVAL counted_value = {f'TO_LOWER({value})' if text else value}"
        if self.correlation.kind.startswith("temporal"):
            times = (f"{branch.label}_time = CASE({self._holds(branch)}, @timestamp)" for branch in branches)
            yield f"EVAL {', '.join(times)}"

    def _key(self, field: str) -> str:
        """A group key's value, with its domain where it is an account."""
        domain = self.esql.types.domains.get(field)
        if domain is None:
            return column(field)
        return f'CONCAT(COALESCE({column(domain)}, ""), "/", {column(field)})'

    def _one_of(self, fields: list[str], value: Callable[[str], str] = column) -> str:
        """The field of the branch that an event belongs to."""
        if len(set(fields)) == 1:
            return value(fields[0])
        kinds = [_event_kind(branch.query.expression) for branch in self.correlation.branches]
        for (one, left), (other, right) in combinations(zip(fields, kinds, strict=True), 2):
            if one != other and not any(left[name] != right[name] for name in left.keys() & right.keys()):
                raise Unsupported(
                    f"one event can match two rules that name a group-by or counted field differently: {one}, {other}"
                )
        cases = (
            f"{self._holds(branch)}, {value(field)}"
            for branch, field in zip(self.correlation.branches, fields, strict=True)
        )
        return f"CASE({', '.join(cases)})"

    def _holds(self, branch: Branch) -> str:
        return self.esql.condition(branch.query.expression)

    def _window_starts(self) -> str:
        """A list of the starts of all windows that hold the event."""
        starts = "slot"
        for index in range(1, self.windows):
            starts = f"MV_APPEND({starts}, slot - {_esql_span(index * self.hop)})"
        return starts

    def _aggregates(self) -> Iterator[str]:
        match self.correlation.kind:
            case "event_count":
                yield "event_count = COUNT(*)"
            case "value_count":
                yield "value_count = COUNT(*), first_seen = MIN(first_seen), last_seen = MAX(last_seen)"
                return
            case _:
                for label in self._labels():
                    yield f"{label}_first = MIN({label}_time)"
                    yield f"{label}_last = MAX({label}_time)"
        yield "first_seen = MIN(@timestamp)"
        yield "last_seen = MAX(@timestamp)"

    def _hit(self) -> str:
        kind, labels = self.correlation.kind, self._labels()
        if kind in ("event_count", "value_count"):
            return f"{kind} >= {self.correlation.at_least}"
        span = _esql_span(self.correlation.seconds)
        near = [
            f"{right}_first <= {left}_last + {span} AND {left}_first <= {right}_last + {span}"
            for left, right in combinations(labels, 2)
        ]
        if kind == "temporal":
            return " AND ".join(near)
        in_order = [f"{left}_first <= {right}_last" for left, right in pairwise(labels)]
        return " AND ".join(near + in_order)

    def _labels(self) -> list[str]:
        return [branch.label for branch in self.correlation.branches]

    def _warnings(self) -> Iterator[str]:
        correlation, length = self.correlation, _esql_span(self.windows * self.hop)
        span = _esql_span(correlation.seconds)
        yield f"one burst is reported once for each window that holds it; a search has to look back {length} and more"
        if correlation.kind == "temporal_ordered":
            yield f"order is told from the first and last event of each rule in windows of {length}; it may report more"
        elif correlation.kind != "temporal" or len(correlation.branches) > 2:
            yield f"windows are {length} long, so a burst that takes longer than {span} may be reported as well"
        yield from self.esql.warnings([branch.query for branch in correlation.branches])
