"""The engine for a cluster: Spark asks the rules of the events where they lie, in one pass, and gives what it found.

The pass lower-cases each field once, asks all rules, and keeps the events that some rule matches. Correlations are
asked of these alone. Both end in the same store as with the engine for one machine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewatch import expression as ex
from stagewatch.findings import UsageError, one_line
from stagewatch.hunt.plan import LogSource, Plan
from stagewatch.hunt.spark_correlation import Joined, joined_text, members_texts
from stagewatch.hunt.spark_session import session
from stagewatch.hunt.spark_sql import SparkRenderer, folded_name, lower, name
from stagewatch.hunt.store import BurstRow, Store
from stagewatch.logs import EVENT_KEY, Account

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession

MATCHED, JOINED = "stagewatch_matched", "stagewatch_joined"
"""Views of the session."""

_PARTS = 2
"""Parts that the matching events are fetched in, for each core of the cluster."""


class SparkEngine:
    """One hunt on a cluster. ``since`` and ``until`` (naive, UTC) bound the events that take part."""

    def __init__(
        self, plan: Plan, account: Account, master: str | None, since: datetime | None, until: datetime | None
    ) -> None:
        self._plan, self._account, self._since, self._until = plan, account, since, until
        self._scratch = tempfile.TemporaryDirectory(prefix="stagewatch-spark-", ignore_cleanup_errors=True)
        self._session: SparkSession = session(master, Path(self._scratch.name))
        referred = (question for joined in plan.joined for question in joined.questions)
        self._wholes = list(dict.fromkeys(question.whole for question in (*plan.questions, *referred)))
        """The conditions that are asked, each once."""
        self._own = [self._wholes.index(question.whole) for question in plan.questions]

    def close(self) -> None:
        """End the session, and remove what it kept on this machine."""
        self._session.stop()
        self._scratch.cleanup()

    def run(self, paths: Sequence[str], store: Store) -> int:
        """Fill the store with what the rules find below the paths; the number of events outside the time span.

        Raises :class:`UsageError` for paths that are not there and for a cluster that fails.
        """
        from py4j.protocol import Py4JError  # type: ignore[import-untyped]  # it ships no types
        from pyspark.errors import PySparkException

        try:
            return self._run(paths, store)
        except (PySparkException, Py4JError) as error:
            raise UsageError(f"Spark failed: {one_line(str(error).splitlines()[0])[:500]}") from error

    def _run(self, paths: Sequence[str], store: Store) -> int:
        from stagewatch.hunt.spark_input import Asked, Input

        asked = Asked.of(self._plan, store.columns, self._since, self._until)
        source = Input(self._session, asked, self._account)
        table = source.table(paths)
        if table is not None:
            matched = self._matched(table, store.columns).localCheckpoint()
            holding = self._holding(matched)
            source.tell(matched.where("hunt_note IS NOT NULL").select("origin", "hunt_note").collect())
            found = matched.where("hunt_note IS NULL").drop("hunt_note")
            if not holding.isdisjoint(self._own):
                store.add_found(self._found(found))
            self._join(found, holding, store)
        source.finish()
        return source.dismissed

    def _holding(self, matched: DataFrame) -> set[int]:
        """The numbers of the conditions that hold for some event."""
        held = matched.selectExpr("explode(hunt_hits) AS number").distinct()
        return {row.number for row in held.collect()}

    def _matched(self, table: DataFrame, columns: tuple[str, ...]) -> DataFrame:
        """The events that some condition matches, with ``hunt_hits``, an array of their numbers.

        To be checkpointed: what is only cached keeps the plan with all rules, which Spark goes through and writes out
        at every step of every later query, for minutes where rules are many.

        The position is what keeps Spark from computing the columns in lower case anew in each condition.
        """
        from pyspark.sql import functions as F  # noqa: N812 - the name that PySpark's documentation uses

        renderer = SparkRenderer()
        lowered = (F.expr(lower(name(column))).alias(folded_name(column)) for column in columns)
        events = table.select("*", F.monotonically_increasing_id().alias("position"), *lowered)
        hits = (
            F.expr(f"CASE WHEN {renderer.expression(whole)} THEN {number} END")
            for number, whole in enumerate(self._wholes)
        )
        some = F.expr(f"hunt_note IS NOT NULL OR {self._some(renderer)}")
        kept = [F.col(name(column)) for column in (*table.columns, "position")]
        return events.where(some).select(*kept, F.array_compact(F.array(*hits)).alias("hunt_hits"))

    def _some(self, renderer: SparkRenderer) -> str:
        """Some condition holds: log source by log source, so that an event is asked only what is for its own."""
        groups: dict[LogSource, list[ex.Expression]] = {}
        for question in (*self._plan.questions, *(one for joined in self._plan.joined for one in joined.questions)):
            groups.setdefault(question.source, []).append(ex.conjunction(*question.rest))
        parts = (
            " AND ".join(
                [*map(renderer.operand, source), f"({' OR '.join(map(renderer.operand, dict.fromkeys(rests)))})"]
            )
            for source, rests in groups.items()
        )
        return " OR ".join(f"({part})" for part in parts) or "FALSE"

    def _fetched(self, table: DataFrame) -> Iterator[Row]:
        """Rows one part after another, so that memory holds one part; each part is a job of its own."""
        return table.coalesce(_PARTS * self._session.sparkContext.defaultParallelism).toLocalIterator(True)

    def _found(self, found: DataFrame) -> Iterator[tuple[int, Mapping[str, Any]]]:
        asked = f"arrays_overlap(hunt_hits, array({', '.join(map(str, dict.fromkeys(self._own)))}))"
        for row in self._fetched(found.where(asked)):
            event = row.asDict()
            held = set(row.hunt_hits)
            for question, number in enumerate(self._own):
                if number in held:
                    yield question, event

    def _join(self, found: DataFrame, holding: set[int], store: Store) -> None:
        """The bursts of all correlations and their members: one query for those of a kind."""
        asked = [one for one in self._joined() if self._may_burst(one, holding)]
        if not asked:
            return
        _one_of_each(found).createOrReplaceTempView(MATCHED)
        taking_part = self._session.sql(joined_text(asked, MATCHED)).localCheckpoint()
        taking_part.createOrReplaceTempView(JOINED)
        bursts: dict[int, dict[tuple[Any, ...], BurstRow]] = {one.place: {} for one in asked}
        for text in members_texts(asked, JOINED):
            rows = self._fetched(found.drop("hunt_hits").join(self._session.sql(text), "position"))
            for place, some in groupby(rows, lambda row: row.hunt_joined):
                store.add_members(place, (_member(row, bursts[place]) for row in some))
        for place, known in bursts.items():
            store.add_bursts(place, known.values())

    def _joined(self) -> Iterator[Joined]:
        for place, joined in enumerate(self._plan.joined):
            numbers = tuple(self._wholes.index(question.whole) for question in joined.questions)
            yield Joined(place, joined.correlation, numbers)

    def _may_burst(self, joined: Joined, holding: set[int]) -> bool:
        """Whether the rules that a correlation refers to matched at all: all of them where it asks for all."""
        every = joined.correlation.kind.startswith("temporal")
        return (all if every else any)(number in holding for number in joined.numbers)


def _one_of_each(found: DataFrame) -> DataFrame:
    """Of several rows of one event those that other conditions hold for, as on one machine.

    Only these are sorted: most inputs have none.
    """
    from pyspark.sql import functions as F  # noqa: N812 - the name that PySpark's documentation uses

    rows = found.where(F.col(EVENT_KEY).isNotNull())
    first = rows.groupBy(EVENT_KEY, "hunt_hits").agg(F.min("position").alias("position"))
    return found.where(F.col(EVENT_KEY).isNull()).unionByName(rows.join(first.select("position"), "position"))


def _member(row: Row, bursts: dict[tuple[Any, ...], BurstRow]) -> tuple[int, int, Mapping[str, Any]]:
    """As the store takes it; a burst is numbered where it is met first."""
    keys = tuple(row.hunt_keys)
    burst = BurstRow(len(bursts) + 1, keys, row.hunt_first, row.hunt_last, row.hunt_count, row.hunt_total)
    return bursts.setdefault((keys, row.hunt_first), burst).number, row.hunt_branch, row.asDict()
