"""AQL: which events and rows a query gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stagewatch.languages.aql import LANGUAGE
from stagewatch.languages.base import Event, QueryError, Value

SCHEMA = {
    "events": {
        "a": "AlphaNumeric",
        "b": "AlphaNumeric",
        "n": "Numeric",
        "payload": "Payload",
        "qid": "Numeric",
        "sourceip": "IP",
        "starttime": "Numeric",
    }
}
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def event(minutes: float = 0, source: str = "events", **record: Value) -> Event:
    return Event(START + timedelta(minutes=minutes), source, {"starttime": int(minutes * 60_000), **record})


def found(query: str, *records: dict[str, Value]) -> list[int]:
    return sorted(LANGUAGE.run(query, [event(**record) for record in records], SCHEMA).events)


A, B, NONE = {"a": "x", "n": 1}, {"a": "y", "n": 2}, {}

CONDITIONS = [
    ("a = 'x'", [0]),
    ("a != 'x'", [1]),
    ("n = 1", [0]),
    ("n = '1'", [0]),
    ("n < 2", [0]),
    ("n <= 2", [0, 1]),
    ("n > 1", [1]),
    ("n >= 1", [0, 1]),
    ("N >= 1", [0, 1]),
    ("a IN ('x', 'z')", [0]),
    ("n IN (2, 3)", [1]),
    ("a IS NULL", [2]),
    ("a IS NOT NULL", [0, 1]),
    ("LOWER(a) = 'x'", [0]),
    ("UPPER(a) = 'X'", [0]),
    ("a LIKE 'x' AND n = 1", [0]),
    ("a LIKE 'x' OR n = 2", [0, 1]),
    ("(a LIKE 'x' OR n = 2) AND n = 2", [1]),
    # NULL: neither a condition nor its negation holds
    ("NOT (a = 'x')", [1]),
    ("NOT (a IN ('x'))", [1]),
    ("NOT (a ILIKE 'x')", [1]),
    ("NOT (a MATCHES '.*x.*')", [1]),
    ("a IS NULL OR NOT (a = 'x')", [1, 2]),
    ("NOT (a = 'x' AND n = 1)", [1]),
    ("NOT (a = 'x' OR n = 1)", [1]),
    ("NOT (a = 'x' OR a IS NULL)", [1]),
    ("NOT (a = 'x' AND a IS NOT NULL)", [1, 2]),
    ("a = LOWER(b)", []),
]


@pytest.mark.parametrize(("query", "positions"), CONDITIONS)
def test_condition(query: str, positions: list[int]) -> None:
    assert found(query, A, B, NONE) == positions


PATTERNS = [
    ("LIKE", "a%", "abc", True),
    ("LIKE", "A%", "abc", False),
    ("ILIKE", "A%", "abc", True),
    ("ILIKE", "É%", "Éa", True),
    ("LIKE", "a_c", "abc", True),
    ("LIKE", "a_c", "ac", False),
    ("LIKE", "%a%b%", "xaxbx", True),
    ("LIKE", "%a%b%", "xbxax", False),
    ("LIKE", "ab", "xab", False),
    ("LIKE", "a%a", "a", False),
    ("LIKE", "", "", True),
    ("LIKE", "%", "", True),
    ("LIKE", r"C:\%", r"C:\Temp", True),
    ("LIKE", r"\_", r"\x", True),
    ("LIKE", "a%", "a\nb", True),
    ("MATCHES", "(?s).*b.*", "a\nb", True),
    ("MATCHES", "(?s).*B.*", "a\nb", False),
    ("IMATCHES", "(?s).*B.*", "a\nb", True),
    ("MATCHES", r"^a\.b\z", "a.b", True),
    ("MATCHES", r"^a\.b\z", "a.b\n", False),
    ("MATCHES", r"(?s).*\\Temp\\.*", r"C:\Temp\x", True),
    ("MATCHES", r"(?s).*(?:a|b).*", "c", False),
    ("IMATCHES", r"(?s).*[|(]x.*", "a|X", True),
]


@pytest.mark.parametrize(("word", "pattern", "text", "holds"), PATTERNS)
def test_pattern(word: str, pattern: str, text: str, holds: bool) -> None:
    assert found(f"a {word} '{pattern}'", {"a": text}) == [0] * holds


UNDOCUMENTED = [
    ("a MATCHES 'x'", "axb", "whether MATCHES searches or matches the whole value"),
    ("a MATCHES '(?s).*x'", "axb", "whether MATCHES searches or matches the whole value"),
    ("a IMATCHES '(?s).*a.*|b'", "cb", "whether MATCHES searches or matches the whole value"),
    ("a = 'X'", "x", "whether = heeds case"),
    ("a != 'X'", "x", "whether != heeds case"),
    ("a IN ('y', 'X')", "x", "whether = heeds case"),
    ("a ILIKE 'É%'", "éa", "whether ILIKE folds letters beyond ASCII"),
]


@pytest.mark.parametrize(("query", "text", "question"), UNDOCUMENTED)
def test_refused_where_two_readings_differ(query: str, text: str, question: str) -> None:
    with pytest.raises(QueryError, match=question):
        found(query, {"a": text})


def test_payload_and_addresses() -> None:
    records: list[dict[str, Value]] = [
        {"payload": "rar a x", "sourceip": "10.1.2.3"},
        {"payload": "tar", "sourceip": "192.0.2.1"},
    ]
    assert found("UTF8(payload) ILIKE '%RAR A%'", *records) == [0]
    assert found("INCIDR('10.0.0.0/8', sourceip)", *records, {}) == [0]
    assert found("NOT (INCIDR('10.0.0.0/8', sourceip))", *records, {}) == [1]


def test_only_the_table_is_searched() -> None:
    assert found("a = 'x'", {"a": "x", "source": "flows"}, A) == [1]


def test_time_window_ends_just_after_the_latest_event() -> None:
    query = "SELECT a FROM events WHERE a = 'x' LAST 10 MINUTES"
    assert found(query, {"a": "x", "minutes": 0}, {"a": "x", "minutes": 1}, {"a": "y", "minutes": 10}) == [1]
    assert found("SELECT a FROM events LAST 1 DAYS") == []


def rows(query: str, *records: dict[str, Value]) -> list[dict[str, Value]]:
    return [dict(row) for row in LANGUAGE.run(query, [event(**record) for record in records], SCHEMA).rows]


COUNTED: list[dict[str, Value]] = [
    {"a": "x", "b": "1", "n": 1, "minutes": 0},
    {"a": "x", "b": "2", "n": 2, "minutes": 1},
    {"a": "x", "b": "2", "minutes": 2},
    {"a": "y", "b": "1", "n": 5, "minutes": 3},
    {"b": "1", "minutes": 4},
]


def test_groups() -> None:
    query = (
        "SELECT a AS k, COUNT(*) AS c, COUNT(n) AS cn, UNIQUECOUNT(b) AS u, SUM(n) AS s, AVG(n) AS m, "
        "MIN(starttime) AS t1, MAX(starttime) AS t2 FROM events GROUP BY k LAST 1 HOURS"
    )
    assert rows(query, *COUNTED) == [
        {"k": "x", "c": 3, "cn": 2, "u": 2, "s": 3, "m": 1.5, "t1": 0, "t2": 120_000},
        {"k": "y", "c": 1, "cn": 1, "u": 1, "s": 5, "m": 5.0, "t1": 180_000, "t2": 180_000},
        {"k": None, "c": 1, "cn": 0, "u": 1, "s": None, "m": None, "t1": 240_000, "t2": 240_000},
    ]


def test_having_and_where() -> None:
    query = "SELECT a, COUNT(*) AS c FROM events WHERE b = '1' GROUP BY a HAVING c >= 1 AND NOT (a = 'y') LAST 1 HOURS"
    assert rows(query, *COUNTED) == [{"a": "x", "c": 1}]


def test_one_row_without_group_by() -> None:
    assert rows("SELECT COUNT(*) AS c FROM events LAST 1 HOURS", *COUNTED) == [{"c": 5}]
    assert rows("SELECT COUNT(*) AS c FROM events LAST 1 HOURS") == [{"c": 0}]


def test_group_by_a_value_that_is_computed() -> None:
    query = "SELECT LOWER(a) AS k, COUNT(*) AS c FROM events GROUP BY k LAST 1 HOURS"
    assert rows(query, {"a": "X"}, {"a": "x"}) == [{"k": "x", "c": 2}]


def test_order_by_subquery_and_conditions() -> None:
    query = """
    SELECT k, MIN(t1) AS first, MAX(t2) AS second
    FROM (
      SELECT a AS k, IF b = '1' THEN starttime ELSE 9999999999999 AS t1, IF (b = '2') THEN starttime ELSE 0 AS t2
      FROM events WHERE b = '1' OR b = '2' LAST 3 MINUTES
    )
    GROUP BY k
    HAVING first <= second
    """
    first, second = {"a": "x", "b": "1"}, {"a": "x", "b": "2"}
    assert rows(query, {**first, "minutes": 1}, {**second, "minutes": 2}) == [
        {"k": "x", "first": 60_000, "second": 120_000}
    ]
    assert rows(query, {**second, "minutes": 1}, {**first, "minutes": 2}) == []
    assert rows(query, {**first, "minutes": 1}, {**second, "minutes": 5}) == []


def test_a_condition_that_is_null_takes_else() -> None:
    query = "SELECT k, COUNT(*) AS c FROM (SELECT IF a = 'x' THEN 1 ELSE 2 AS k FROM events LAST 1 HOURS) GROUP BY k"
    assert rows(query, *COUNTED) == [{"k": 1, "c": 3}, {"k": 2, "c": 2}]


def test_search_around_a_search_gives_its_events() -> None:
    query = "SELECT k FROM (SELECT a AS k FROM events LAST 1 HOURS) WHERE k = 'y'"
    assert found(query, *COUNTED) == [3]


def test_names_that_only_a_deployment_knows() -> None:
    query = "SELECT QIDNAME(qid) AS name FROM events WHERE a = 'x' LAST 1 HOURS"
    assert found(query, A) == [0]
    with pytest.raises(QueryError, match="QIDNAME asks the deployment"):
        rows("SELECT QIDNAME(qid) AS q, COUNT(*) AS c FROM events GROUP BY q LAST 1 HOURS", {"qid": 1})
