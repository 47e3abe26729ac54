"""The engine for one machine: DuckDB over the events as Parquet, one pass for all rules of a log source."""

# ruff: noqa: S608 - what is put in SQL are names of columns and literals

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from stagewatch import expression as ex
from stagewatch.correlation import Branch
from stagewatch.hunt.plan import HOST_FIELDS, USER_FIELDS, JoinedQuestion, LogSource, Plan, asks
from stagewatch.hunt.prefilter import prefilter
from stagewatch.hunt.results import MEMBERS
from stagewatch.hunt.store import ONE_EVENT, WHOLE, Store
from stagewatch.logs import EVENT_KEY, Kind
from stagewatch.targets.duckdb import HOUSE_COLUMNS, WHOLE_EVENT, DuckdbRenderer, column, has_keywords, literal
from stagewatch.targets.duckdb_correlation import correlation_text

RENDERER = DuckdbRenderer()

AT_ONCE = 64
"""Questions in one query: of a thousand, DuckDB's plan alone would take gigabytes."""


def ask(
    plan: Plan, files: Sequence[Path], store: Store, since: datetime | None = None, until: datetime | None = None
) -> int:
    """Ask all questions of the events in Parquet files of the event table; the events outside the time span.

    The store then holds all that was found.
    """
    if not files:
        return 0
    engine = _Engine(plan, store)
    dismissed = engine.load(files, since, until)
    engine.ask()
    for number, joined in enumerate(plan.joined):
        engine.join(number, joined)
    return dismissed


def _source(files: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(literal(str(file)) for file in files)}], union_by_name = true)"


class _Engine:
    def __init__(self, plan: Plan, store: Store) -> None:
        self._plan = plan
        self._store = store
        self._execute = store.connection.execute
        self._referred = [question for joined in plan.joined for question in joined.questions]
        self._questions = list(dict.fromkeys((*plan.questions, *self._referred)))
        """All questions, each once: those of the plan first, in its order."""
        branches = [branch for joined in plan.joined for branch in joined.correlation.branches]
        self._keys = {name for branch in branches for name in (*branch.keys, branch.value) if name is not None}

    def load(self, files: Sequence[Path], since: datetime | None, until: datetime | None) -> int:
        """Make ``logs`` the events of the files and of the time span, with all columns that are asked for."""
        source = _source(files)
        known = {row[0].lower() for row in self._execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
        lacking = "".join(
            f", NULL::VARCHAR AS {column(name)}"
            for name in self._store.columns
            if name != WHOLE and name.lower() not in known
        )
        span = " AND ".join(
            f"event_time {sign} TIMESTAMP {literal(time.isoformat(' '))}"
            for sign, time in ((">=", since), ("<=", until))
            if time is not None
        )
        within = f" WHERE {span}" if span else ""
        self._execute(f"CREATE TEMP VIEW logs AS SELECT *{lacking} FROM {source}{within}")
        if not span:
            return 0
        (dismissed,) = self._execute(f"SELECT count(*) FROM {source} WHERE ({span}) IS NOT TRUE").fetchall()[0]
        return int(dismissed)

    def ask(self) -> None:
        """One pass for each log source; ``matches`` then holds the events and all rules that each of them meets."""
        fields = ", ".join(f"NULL::VARCHAR AS {column(name)}" for name in self._store.columns)
        house = ", ".join(HOUSE_COLUMNS)
        self._execute(f"CREATE TABLE matches AS SELECT [0] AS hunt_questions, {house}, {fields} FROM logs LIMIT 0")
        groups: dict[LogSource, list[int]] = {}
        for number, question in enumerate(self._questions):
            groups.setdefault(question.source, []).append(number)
        rows = self._execute("SELECT DISTINCT product, service, category FROM logs").fetchall()
        kinds = [Kind(*row) for row in rows]
        for source, numbers in groups.items():
            if any(asks(source, kind) for kind in kinds):
                self._ask_source(source, numbers)
        own = len(self._plan.questions)
        self._execute(
            "INSERT INTO found BY NAME SELECT * EXCLUDE (hunt_questions) FROM "
            f"(SELECT unnest(hunt_questions) AS hunt_question, * FROM matches) WHERE hunt_question < {own}"
        )
        self._keep_referred()

    def _keep_referred(self) -> None:
        """Make ``referred`` the events that some correlation needs, with all that any of its rules asks of an event."""
        numbers = [self._questions.index(question) for question in self._referred]
        keywords = any(has_keywords(question.whole) for question in self._referred)
        columns = "*" if keywords else f"{self._columns}, {EVENT_KEY}"
        self._execute(
            f"CREATE TEMP TABLE referred AS SELECT {columns} FROM logs WHERE position IN "
            f"(SELECT position FROM matches WHERE list_has_any(hunt_questions, {numbers}::INTEGER[]))"
        )

    def _ask_source(self, source: LogSource, numbers: Sequence[int]) -> None:
        """All questions to a log source. Its events are held apart where they are too many for one query."""
        rests = {number: ex.conjunction(*self._questions[number].rest) for number in numbers}
        columns = ", ".join((*HOUSE_COLUMNS, *map(column, self._fields(rests.values()))))
        from_logs = f"SELECT {columns} FROM logs"
        if any(map(has_keywords, rests.values())):
            fields = f"*COLUMNS(* EXCLUDE ({', '.join((*HOUSE_COLUMNS, EVENT_KEY))}))"
            from_logs = f"SELECT {columns}, concat_ws(E'\x1f', {fields}) AS {WHOLE_EVENT} FROM logs"
        if source:
            from_logs += f" WHERE {' AND '.join(map(RENDERER.operand, source))}"
        if len(rests) <= AT_ONCE:
            self._pass(f"({from_logs})", rests)
            return
        self._execute(f"CREATE OR REPLACE TEMP TABLE held AS {from_logs}")
        ahead = iter(rests.items())
        while some := dict(islice(ahead, AT_ONCE)):
            self._pass("held", some)
        self._execute("DROP TABLE held")

    def _pass(self, table: str, rests: Mapping[int, ex.Expression]) -> None:
        """One query for several questions."""
        words = prefilter(rests.values())
        where = f" WHERE {RENDERER.expression(words)}" if words is not None else ""
        cases = ", ".join(f"CASE WHEN {RENDERER.expression(rest)} THEN {number} END" for number, rest in rests.items())
        self._execute(
            "INSERT INTO matches BY NAME SELECT * FROM (SELECT "
            f"list_filter([{cases}], lambda number: number IS NOT NULL) AS hunt_questions, * FROM {table}{where}) "
            "WHERE len(hunt_questions) > 0"
        )

    def _fields(self, expressions: Iterable[ex.Expression]) -> list[str]:
        """The fields that some questions and the reports on them need; correlations need some of any event."""
        names = {EVENT_KEY, *HOST_FIELDS, *USER_FIELDS, *self._keys}
        for expression in expressions:
            names.update(ex.fields(expression))
        wanted = {name.lower() for name in names}
        return [name for name in self._store.columns if name.lower() in wanted]

    def join(self, number: int, joined: JoinedQuestion) -> None:
        """A correlation over the events that its rules match: the query is the one that a build writes."""
        asked = [self._questions.index(question) for question in joined.questions]
        met = "list_sort(list_distinct(flatten(list(hunt_questions))))"
        self._execute(
            f"CREATE OR REPLACE TEMP VIEW events AS SELECT * EXCLUDE ({EVENT_KEY}) FROM referred WHERE position IN ("
            f"SELECT position FROM (SELECT position, {EVENT_KEY}, {met} AS met FROM matches "
            f"WHERE list_has_any(hunt_questions, {asked}) GROUP BY position, {EVENT_KEY}) "
            f"QUALIFY row_number() OVER (PARTITION BY {ONE_EVENT}, met ORDER BY position) = 1)"
        )
        keys = [f"key{place}" for place in range(len(joined.correlation.keys))]
        names = ", ".join([*keys, "first_seen", "last_seen", "most"])
        self._execute(
            "CREATE OR REPLACE TEMP TABLE told AS SELECT row_number() OVER (ORDER BY first_seen) AS number, "
            f"{_list(keys)} AS keys, first_seen, last_seen, most\n"
            f"FROM ({correlation_text(joined.correlation, RENDERER)}) AS told({names})"
        )
        events = "\nUNION ALL\n".join(
            f"SELECT {place} AS hunt_branch, {_list(map(column, branch.keys))} AS hunt_keys, {self._columns}\n"
            f"{RENDERER.from_where(_carried(branch))}"
            for place, branch in enumerate(joined.correlation.branches)
        )
        self._execute(
            "CREATE OR REPLACE TEMP TABLE told_members AS\n"
            f"SELECT told.number AS hunt_burst, event.* EXCLUDE (hunt_keys)\nFROM told JOIN ({events}) AS event\n"
            "ON event.hunt_keys = told.keys AND event.event_time BETWEEN told.first_seen AND told.last_seen"
        )
        self._execute(
            f"INSERT INTO bursts SELECT {number}, number, keys, first_seen, last_seen, most, "
            "(SELECT count(DISTINCT position) FROM told_members WHERE hunt_burst = told.number) "
            "FROM told"
        )
        order = "PARTITION BY hunt_burst ORDER BY event_time, position, hunt_branch"
        self._execute(
            f"INSERT INTO members BY NAME SELECT {number} AS hunt_joined, * FROM told_members "
            f"QUALIFY row_number() OVER ({order}) <= {MEMBERS}"
        )

    @property
    def _columns(self) -> str:
        fields = (column(name) for name in self._store.columns if name not in (WHOLE, EVENT_KEY))
        return ", ".join((*HOUSE_COLUMNS, *fields))


def _carried(branch: Branch) -> ex.Expression:
    """The events of a branch that take part: those that carry the group keys and the value that is counted."""
    needed = (*branch.keys, *((branch.value,) if branch.value is not None else ()))
    return ex.conjunction(branch.query.expression, *(ex.Present(name) for name in dict.fromkeys(needed)))


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(values)}]::VARCHAR[]"
