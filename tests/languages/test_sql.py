"""DuckDB's SQL: what is read, what is refused, and which events a query finds."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.util import find_spec

import pytest

from stagewatch.languages.base import Event, QueryError, Value
from stagewatch.languages.sql import LANGUAGE

pytestmark = pytest.mark.skipif(find_spec("duckdb") is None, reason="the package duckdb is not installed")

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
SCHEMA = {"events": {"event_time": "TIMESTAMP", "position": "BIGINT", "Image": "VARCHAR", "a.b'": "VARCHAR"}}


def event(**record: Value) -> Event:
    return Event(START, "events", record)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("SELECT * FROM events", None),
        ("WITH a AS (SELECT 1) SELECT * FROM a", None),
        ("SELECT *\nFROM events WHERE )", '2: Parser Error: syntax error at or near ")"'),
        ("DELETE FROM events", "a query is one SELECT statement"),
        ("SELECT 1; SELECT 2", "a query is one SELECT statement"),
        ("", "a query is one SELECT statement"),
    ],
)
def test_parse(query: str, problem: str | None) -> None:
    assert [(f"{one.line}: " if one.line else "") + one.message for one in LANGUAGE.parse(query)] == (
        [problem] if problem else []
    )


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("SELECT * FROM events WHERE \"Image\" = 'a'", None),
        ("SELECT * FROM events WHERE \"Images\" = 'a'", 'Referenced column "Images" not found'),
        ("SELECT * FROM other", "Table with name other does not exist"),
        ('SELECT nonsense("Image") FROM events', "nonsense does not exist"),
        ("SELECT * FROM events WHERE regexp_matches(\"Image\", '(')", "missing )"),
        ("SELECT * FROM events WHERE \"Image\" > INTERVAL 1 SECOND AND position = DATE '2026-01-01'", "Cannot compare"),
        ("SELECT * FROM read_text('/etc/hostname')", "disabled"),
    ],
)
def test_check(query: str, problem: str | None) -> None:
    problems = LANGUAGE.check(query, SCHEMA)
    assert [one for one in problems if problem is None or problem not in one.message] == []
    assert bool(problems) is (problem is not None)


def test_events_are_told_by_their_position() -> None:
    events = [event(Image="a"), event(Image="b"), event(), event(**{"a.b'": "a"})]
    assert LANGUAGE.run("SELECT * FROM events WHERE \"Image\" = 'b'", events, SCHEMA).events == {1}
    assert LANGUAGE.run('SELECT * FROM events WHERE "Image" IS NULL', events, SCHEMA).events == {2, 3}
    assert LANGUAGE.run("SELECT * FROM events WHERE \"a.b'\" = 'a'", events, SCHEMA).events == {3}
    assert LANGUAGE.run("SELECT * FROM events", [], SCHEMA).events == frozenset()


def test_rows_of_a_query_on_groups() -> None:
    query = 'SELECT "Image", max(event_time) AS last_seen, count(*) AS n FROM events GROUP BY "Image"'
    rows = LANGUAGE.run(query, [event(Image="a"), event(Image="a")], SCHEMA).rows
    assert rows == ({"Image": "a", "last_seen": START, "n": 2},)


def test_what_the_table_cannot_hold_is_refused() -> None:
    with pytest.raises(QueryError, match="no column Other"):
        LANGUAGE.run("SELECT * FROM events", [event(Other="a")], SCHEMA)
    with pytest.raises(QueryError, match="no table t"):
        LANGUAGE.run("SELECT * FROM events", [Event(START, "t", {})], SCHEMA)


def test_versions() -> None:
    assert list(LANGUAGE.versions()) == ["duckdb"]
