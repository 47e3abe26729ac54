"""``correlate()``: groups of events, one per query, that share values and lie close together in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from stagewatch.languages.base import Problem, QueryError
from stagewatch.languages.cql_functions import milliseconds, text, texts
from stagewatch.languages.cql_run import run
from stagewatch.languages.cql_tree import Correlate, Link, Node
from stagewatch.languages.cql_values import Cell, Row, number, written

Constellation = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Equal:
    """Two queries whose events share a value."""

    query: int
    field: str
    other: int
    other_field: str

    def holds(self, constellation: Constellation) -> bool:
        """Whether the value is there on both sides and the same; so also where one of the two is not yet found."""
        if max(self.query, self.other) >= len(constellation):
            return True
        one = constellation[self.query].fields.get(self.field)
        two = constellation[self.other].fields.get(self.other_field)
        return one is not None and two is not None and written(one) == written(two)


@dataclass(frozen=True, slots=True)
class _Constraints:
    """What the events of a constellation have to fulfil together."""

    equal: tuple[_Equal, ...]
    ordered: bool
    within: int | None

    def allow(self, constellation: Constellation) -> bool:
        """Whether these events, the first of a constellation, can belong together.

        The page does not say whether events of one instant are in sequence, nor whether one event may stand for two
        queries: here neither is.
        """
        times = [_time(row) for row in constellation]
        if len({row.position for row in constellation}) < len(constellation):
            return False
        if self.ordered and any(later <= earlier for earlier, later in pairwise(times)):
            return False
        if self.within is not None and max(times) - min(times) > self.within:
            return False
        return all(pair.holds(constellation) for pair in self.equal)


def correlate(step: Correlate, rows: Sequence[Row]) -> list[Row]:
    """One row per constellation; each event of the first query is in ``maxPerRoot`` of them at most ("correlate()")."""
    options = {option.name: option.value for option in step.options}
    shared = texts(options["globalConstraints"]) if "globalConstraints" in options else ()
    constraints = _Constraints(
        (*_links(step.nodes), *_shared(step.nodes, shared)),
        ordered="sequence" in options and text(options["sequence"]) == "true",
        within=milliseconds(text(options["within"])) if "within" in options else None,
    )
    most = int(text(options["maxPerRoot"])) if "maxPerRoot" in options else 1
    candidates = [_candidates(node, rows) for node in step.nodes]
    found: list[Row] = []
    for root in candidates[0]:
        together = _completed((root,), candidates, constraints)
        found.extend(_result(step.nodes, constraints, constellation) for constellation in islice(together, most))
    return found


def _candidates(node: Node, rows: Sequence[Row]) -> Sequence[Row]:
    return run(tuple(step for step in node.pipeline if not isinstance(step, Link)), rows)


def _completed(
    begun: Constellation, candidates: Sequence[Sequence[Row]], constraints: _Constraints
) -> Iterator[Constellation]:
    """All constellations that begin with these events."""
    if not constraints.allow(begun):
        return
    if len(begun) == len(candidates):
        yield begun
        return
    for row in candidates[len(begun)]:
        yield from _completed((*begun, row), candidates, constraints)


def _links(nodes: tuple[Node, ...]) -> Iterator[_Equal]:
    names = {node.name: index for index, node in enumerate(nodes)}
    for index, node in enumerate(nodes):
        for link in node.pipeline:
            if isinstance(link, Link):
                other, _, field = link.other.partition(".")
                if other not in names:
                    raise QueryError(Problem(f"no query is named {other}", link.place.line, link.place.column))
                yield _Equal(index, link.field, names[other], field)


def _shared(nodes: tuple[Node, ...], fields: tuple[str, ...]) -> Iterator[_Equal]:
    for field in fields:
        yield from (_Equal(index, field, index - 1, field) for index in range(1, len(nodes)))


def _result(nodes: tuple[Node, ...], constraints: _Constraints, constellation: Constellation) -> Row:
    """ "Output Format": the fields of the constraints and those asked for, after the name of their query."""
    fields: dict[str, Cell] = {}
    for index, (node, row) in enumerate(zip(nodes, constellation, strict=True)):
        named = {pair.field for pair in constraints.equal if pair.query == index}
        named |= {pair.other_field for pair in constraints.equal if pair.other == index}
        wanted = row.fields if node.include is None else sorted({*named, *node.include, "@timestamp"})
        fields.update({f"{node.name}.{name}": row.fields[name] for name in wanted if name in row.fields})
    return Row(fields)


def _time(row: Row) -> float | int:
    found = number(row.fields.get("@timestamp"))
    return 0 if found is None else found
