"""Correlations on IBM QRadar: one search over the last minutes, which overlaps with the next run of itself.

AQL has no window functions, and grouping by buckets of time would cut bursts in two. So a search looks back over the
timespan, one schedule interval and some slack: every burst lies whole inside the window of some run. Branches are told
apart with ``IF ... THEN ... ELSE`` (IBM, "Conditional logic in AQL queries") in a subquery (IBM, "AQL subquery").
"""

from __future__ import annotations

from collections.abc import Sequence

from stagewatch import expression as ex
from stagewatch.correlation import Branch, Correlation
from stagewatch.findings import Unsupported
from stagewatch.targets.base import Rendered
from stagewatch.targets.qradar import AqlRenderer, column

NEVER_MILLISECONDS = 9_999_999_999_999
"""A time later than any event's, in milliseconds since 1970 as ``devicetime`` counts: the year 2286."""


SLACK_MINUTES = 2
"""Ariel writes its records once a minute (IBM support, node 6379748), and a scheduled search may start late."""


def render_correlation(correlation: Correlation, renderer: AqlRenderer) -> Rendered:
    """The scheduled search (``.aql``), and the filters for the same counting in a rule (``.where.aql``)."""
    if not correlation.keys:
        raise Unsupported("AQL cannot put a threshold on all events at once; give the correlation a group-by")
    writer = _Writer(correlation, renderer)
    interval = schedule_minutes(correlation.seconds)
    minutes = -(-correlation.seconds // 60) + interval + SLACK_MINUTES
    match correlation.kind:
        case "event_count" | "value_count":
            search = writer.count(minutes)
            filters = {".where.aql": writer.any_branch}
        case "temporal":
            search = writer.temporal(minutes)
            filters = {f".r{n}.where.aql": text for n, text in enumerate(writer.conditions, 1)}
        case "temporal_ordered":
            search = writer.ordered(minutes)
            filters = {f".r{n}.where.aql": text for n, text in enumerate(writer.conditions, 1)}
    warning = (
        f"AQL has no sliding window: run the search every {_minutes(interval)}. Each run looks back "
        f"{_minutes(minutes)}, so it also reports what spans up to {_minutes(minutes)}, "
        "and the same events may be reported by several runs"
    )
    return Rendered({".aql": search, **filters}, "hopping", (warning,))


def schedule_minutes(seconds: int) -> int:
    """How often the search must run: the hop, short beside the timespan so that little is reported in excess."""
    return 1 if seconds <= 600 else 5


class _Writer:
    """The parts that the searches of one correlation share."""

    def __init__(self, correlation: Correlation, renderer: AqlRenderer) -> None:
        self.correlation = correlation
        self.renderer = renderer
        self.branches = correlation.branches
        expressions = [_taking_part(branch) for branch in self.branches]
        self.conditions = [self._write(expression) for expression in expressions]
        self.any_branch = self._write(ex.disjunction(*expressions))
        self.keys = [f"key_{key}" for key in correlation.keys]
        self.key_columns = [
            f"{self._choice([branch.keys[place] for branch in self.branches], name)} AS {alias}"
            for place, (name, alias) in enumerate(zip(correlation.keys, self.keys, strict=True))
        ]

    def count(self, minutes: int) -> str:
        """Events, or distinct values of a property, per group."""
        counted = "COUNT(*)"
        if self.correlation.kind == "value_count":
            values = [branch.value for branch in self.branches if branch.value is not None]
            counted = f"UNIQUECOUNT({self._choice(values, 'counted value', 'LOWER({})')})"
        shown = [*self.key_columns, f"{counted} AS hits", "MIN(starttime) AS first_seen", "MAX(starttime) AS last_seen"]
        return "\n".join(
            (
                f"SELECT {', '.join(shown)}",
                "FROM events",
                f"WHERE {self.any_branch}",
                f"GROUP BY {', '.join(self.keys)}",
                f"HAVING hits >= {self.correlation.at_least}",
                f"LAST {minutes} MINUTES",
            )
        )

    def temporal(self, minutes: int) -> str:
        """Each branch at least once per group."""
        names = [f"r{number}" for number in range(1, len(self.branches) + 1)]
        marks = [f"IF ({text}) THEN 1 ELSE 0 AS {name}" for name, text in zip(names, self.conditions, strict=True)]
        sums = [f"SUM({name}) AS {name}_hits" for name in names]
        return self._over_marks(minutes, marks, sums, " AND ".join(f"{name}_hits >= 1" for name in names))

    def ordered(self, minutes: int) -> str:
        """The first branch's first event not after the second one's last: true exactly if some pair is in order."""
        if len(self.branches) > 2:
            raise Unsupported(
                "AQL can tell the order of two rules, by first and last time; for more it would report wrong orders"
            )
        first, second = self.conditions
        marks = [
            f"IF ({first}) THEN devicetime ELSE {NEVER_MILLISECONDS} AS r1_time",
            f"IF ({second}) THEN devicetime ELSE 0 AS r2_time",
        ]
        times = ["MIN(r1_time) AS r1_first", "MAX(r2_time) AS r2_last"]
        return self._over_marks(minutes, marks, times, "r1_first <= r2_last")

    def _over_marks(self, minutes: int, marks: Sequence[str], aggregates: Sequence[str], condition: str) -> str:
        shown = [*self.keys, *aggregates, "MIN(starttime) AS first_seen", "MAX(starttime) AS last_seen"]
        return "\n".join(
            (
                f"SELECT {', '.join(shown)}",
                "FROM (",
                f"  SELECT {', '.join([*self.key_columns, 'starttime', *marks])}",
                "  FROM events",
                f"  WHERE {self.any_branch}",
                f"  LAST {minutes} MINUTES",
                ")",
                f"GROUP BY {', '.join(self.keys)}",
                f"HAVING {condition}",
            )
        )

    def _write(self, expression: ex.Expression) -> str:
        return self.renderer.expression(ex.negation_normal_form(expression))

    def _choice(self, names: Sequence[str], what: str, form: str = "{}") -> str:
        """The column that holds a value in events of whichever branch: one column, or two told apart by ``IF``."""
        distinct = list(dict.fromkeys(names))
        columns = [form.format(column(name)) for name in distinct]
        match columns:
            case [only]:
                return only
            case [one, other]:
                own = [_taking_part(b) for b, name in zip(self.branches, names, strict=True) if name == distinct[0]]
                return f"IF ({self._write(ex.disjunction(*own))}) THEN {one} ELSE {other}"
            case _:
                raise Unsupported(f"the {what} stands in {len(columns)} properties; AQL can choose between two")


def _taking_part(branch: Branch) -> ex.Expression:
    """The branch's events that carry every group key, and the value to count."""
    needed = [*branch.keys, *([branch.value] if branch.value is not None else [])]
    return ex.conjunction(branch.query.expression, *(ex.Present(name) for name in dict.fromkeys(needed)))


def _minutes(count: int) -> str:
    return "minute" if count == 1 else f"{count} minutes"
