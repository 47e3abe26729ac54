"""CQL, the query language of CrowdStrike Falcon LogScale, in the part that is documented and needed here.

The grammar follows "CrowdStrike Query Language Grammar Subset"; the meaning follows the vendor's pages, which are named
where they are used. A query says nothing about its time range: the platform's search does, so all events are looked at.

Open questions, each with the reading taken; it is the one under which a wrong query is more likely to show:

- ``^`` and ``$`` in ``/.../`` without the flag ``m`` are the ends of lines, as in ``regex()``;
- case folding of ``i`` beyond ASCII is Java's, that is none;
- ``!test(...)`` and ``!text:startsWith(...)`` of null do not let the event pass; ``!in(...)`` and ``!cidr(...)`` on an
  event without the field do;
- ``groupBy()`` makes one group of the events that lack the field;
- in a sequence of ``correlate()``, events of one instant are not in order, and no event stands for two queries;
- a distinct count is exact, where the platform estimates;
- what the platform's limits cut off (``head()``, groups, windows) is cut off or refused here too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from stagewatch.languages import cql_check, cql_run, cql_shape, cql_values, regexes
from stagewatch.languages.base import Event, Language, Problem, QueryError, Result, Schema
from stagewatch.languages.cql_functions import FUNCTIONS, Role
from stagewatch.languages.cql_parser import SyntaxProblem, read
from stagewatch.languages.cql_tree import Apply, Assign, Call, Correlate, Pipeline

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Cql(Language):
    """CQL on events of the Falcon sensor."""

    name = "CQL"
    parser = "own grammar"
    engine = "own evaluator"

    def versions(self) -> Mapping[str, str]:
        return {"lark": version("lark"), **regexes.versions(regexes.Dialect.JAVA)}

    def parse(self, query: str) -> list[Problem]:
        try:
            return cql_shape.shape(read(query))
        except SyntaxProblem as error:
            return [error.problem]

    def check(self, query: str, schema: Schema) -> list[Problem]:
        return self.parse(query) or cql_check.against(read(query), schema)

    def run(self, query: str, events: Sequence[Event], schema: Schema) -> Result:  # noqa: ARG002
        found = self.parse(query)
        if found:
            raise QueryError(*found)
        pipeline = read(query)
        rows = [
            cql_values.row(event.record, position, milliseconds(event.time), event.raw)
            for position, event in enumerate(events)
        ]
        left = cql_run.run(pipeline, rows)
        if _makes_rows(pipeline):
            return Result(rows=tuple(row.fields for row in left))
        return Result(events=frozenset(row.position for row in left if row.position is not None))


def milliseconds(time: datetime) -> int:
    """A time as ``@timestamp`` holds it ("Event Fields"): milliseconds since 1970, UTC."""
    return (time - _EPOCH) // timedelta(milliseconds=1)


def _makes_rows(pipeline: Pipeline) -> bool:
    """Whether what a query gives are rows of its own rather than events."""
    for step in pipeline:
        call = step.call if isinstance(step, Apply) else step.value if isinstance(step, Assign) else None
        if isinstance(step, Correlate):
            return True
        if isinstance(call, Call) and FUNCTIONS[call.name].role is Role.AGGREGATE and call.name != "head":
            return True
    return False


LANGUAGE = Cql()
