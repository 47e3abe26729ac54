"""ES|QL: what is read, what is refused, and what a query answers."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

import pytest

from stagewatch.languages.base import Event, QueryError, Value
from stagewatch.languages.esql import LANGUAGE
from stagewatch.languages.esql_syntax import parsed, vendor

pytestmark = pytest.mark.skipif(find_spec("esql") is None, reason="detection-rules-esql-py is not installed")

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
SCHEMA = {
    "logs-a-default": {
        "@timestamp": "date",
        "k": "keyword",
        "c": "wildcard",
        "n": "long",
        "x.y": "keyword",
        "ok": "boolean",
        "ip": "ip",
        "t": "text",
    },
    "logs-b-default": {"@timestamp": "date", "k": "keyword", "only.here": "keyword"},
}


def event(record: Mapping[str, Value], seconds: int = 0, source: str = "logs-a-default") -> Event:
    when = START + timedelta(seconds=seconds)
    return Event(when, source, {"@timestamp": when, **record})


def found(condition: str, *records: Mapping[str, Value]) -> list[int]:
    """Which of these records a condition keeps."""
    return sorted(LANGUAGE.run(f"FROM logs-a-* | WHERE {condition}", [event(one) for one in records], SCHEMA).events)


def answer(commands: str, *events: Event) -> list[dict[str, Value]]:
    """The rows after these commands."""
    return [dict(row) for row in LANGUAGE.run(f"FROM logs-a-*\n| {commands}", events, SCHEMA).rows]


@pytest.mark.parametrize(
    "query",
    [
        "FROM logs-a-*",
        'from logs-a-*, "logs-b-*" metadata _id, _index, _version | where k == "x" and not n > 3 or k is not null',
        'FROM logs-a-* | WHERE k LIKE "*\\\\*" AND c RLIKE """a\\.b.*""" AND NOT k IN ("a", "b\\"c") // comment',
        'FROM logs-a-* | WHERE k LIKE ("a*", "b") AND `x.y` NOT RLIKE "z" AND k NOT IN ("q")',
        "FROM logs-a-* | EVAL s = DATE_TRUNC(150 seconds, @timestamp), w = MV_APPEND(s, s - 5 minutes) | MV_EXPAND w",
        "FROM logs-a-* | STATS c = COUNT(*), d = COUNT_DISTINCT(k, 40000) BY n | WHERE c >= 3 | SORT c DESC | LIMIT 5",
        'FROM logs-a-* | EVAL q = CASE(k == "x", 1, 2), r = CONCAT(COALESCE(k, ""), "/", c) | KEEP q, r',
    ],
)
def test_accepts(query: str) -> None:
    assert LANGUAGE.parse(query) == []


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("", (1, 1)),
        ("process where true", (1, 1)),
        ("FROM a | WHERE k ==", (1, 20)),
        ("FROM a | WHERE k === 1", (1, 20)),
        ("FROM a | WHERE k = 1", (1, 18)),
        ('FROM a | WHERE k =~ "x"', (1, 18)),
        ("FROM a | WHERE k == 'x'", (1, 21)),
        ('FROM a | WHERE k == "a\\q"', (1, 21)),
        ('FROM a | WHERE k == "a\nb"', (1, 21)),
        ('FROM a\n| WHERE k == """a\nb"""', (2, 16)),
        ("FROM a\n| WHERE k LIKE n", (2, 16)),
        ('FROM a\n| WHERE k == "x"\n| FOO k', (3, 3)),
        ('FROM a\n| WHERE\n  NOPE(k) == "x"', (3, 3)),
        ("FROM a | WHERE (k == 1", (1, 23)),
        ("FROM a | EVAL b = TO_LOWER(k, k)", (1, 19)),
    ],
)
def test_refuses(query: str, place: tuple[int, int]) -> None:
    (problem,) = LANGUAGE.parse(query)[:1]
    assert (problem.line, problem.column) == place
    with pytest.raises(QueryError):
        LANGUAGE.run(query, [], {})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('FROM logs-a-*, logs-b-* | WHERE k == "x" AND only.here == "y" AND _index == "z"', []),
        ("FROM logs-z-* | WHERE true", "1:1: no index matches logs-z-*"),
        ('FROM logs-a-* | WHERE only.here == "y"', "1:23: Unknown field 'only.here'"),
        ('FROM logs-a-*\n| WHERE k == "x"\n    AND zz == "y"', "3:9: Unknown field 'zz'"),
        ("FROM logs-a-* | WHERE k == 3", "1:23: Cannot compare types 'string' and 'number' with '=='"),
        ('FROM logs-a-* | WHERE n IN ("a")', "1:23: Cannot compare types 'number' and 'string' with 'in'"),
        ('FROM logs-a-* | WHERE n LIKE "a"', "1:23: Cannot apply LIKE() to type 'number'"),
        ("FROM logs-a-* | WHERE k", "1:23: Expected boolean expression in WHERE, got 'string'"),
        ("FROM logs-a-* | EVAL b = n - 5 minutes", "1:26: Cannot apply arithmetic operator '-' to types"),
        ("FROM logs-a-* | STATS c = COUNT(*) BY k | WHERE n == 1", "1:49: Unknown column 'n'"),
        ("FROM logs-a-* | KEEP k | WHERE n == 1", "1:32: Unknown column 'n'"),
    ],
)
def test_check(query: str, expected: str | list[str]) -> None:
    problems = [str(problem) for problem in LANGUAGE.check(query, SCHEMA)]
    if isinstance(expected, list):
        assert problems == expected
    else:
        assert len(problems) == 1
        assert problems[0].startswith(expected)


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ('k == "Ab"', ["Ab"]),
        ('k != "Ab"', ["ab", "A*", "a\nb", "a\\b", "É", ""]),
        ('TO_LOWER(k) == "ab"', ["Ab", "ab"]),
        ('TO_LOWER(k) IN ("ab", "é")', ["Ab", "ab", "É"]),
        ('k NOT IN ("Ab", "ab", "É")', ["A*", "a\nb", "a\\b", ""]),
        ('k LIKE "a*"', ["ab", "a\nb", "a\\b"]),
        ('k LIKE "a?b"', ["a\nb", "a\\b"]),
        ('k LIKE "A\\\\*"', ["A*"]),
        ('k LIKE """A\\*"""', ["A*"]),
        ('k LIKE "a\\\\\\\\b"', ["a\\b"]),
        ('k LIKE """a\\\\b"""', ["a\\b"]),
        ('k LIKE ("a?b", "É")', ["a\nb", "a\\b", "É"]),
        ('k NOT LIKE "*b"', ["A*", "É", ""]),
        ('NOT k LIKE "*b"', ["A*", "É", ""]),
        ('k == "a\\nb"', ["a\nb"]),
        ('k == "a\\\\b"', ["a\\b"]),
        ('k == """a\\b"""', ["a\\b"]),
        ('k == ""', [""]),
        ('STARTS_WITH(k, "A") AND ENDS_WITH(k, "*")', ["A*"]),
        ('LOCATE(k, "b") == 2', ["Ab", "ab"]),
        ('CONCAT(k, "/", "x") == "Ab/x"', ["Ab"]),
        ("LENGTH(k) == 3", ["a\nb", "a\\b"]),
        ('k > "a"', ["ab", "a\nb", "a\\b", "É"]),
    ],
)
def test_text(condition: str, values: list[str]) -> None:
    texts = ["Ab", "ab", "A*", "a\nb", "a\\b", "É", ""]
    assert [texts[hit] for hit in found(condition, *({"k": text} for text in texts))] == values


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ('k RLIKE "a.c"', ["abc"]),
        ('k RLIKE "b"', []),
        ('k RLIKE ".*b.*"', ["abc", "xabcx"]),
        ('TO_LOWER(k) RLIKE "a[a-z]c"', ["abc", "ABC"]),
        ('k NOT RLIKE ".*b.*"', ["ABC", "^a.$"]),
        ('k RLIKE "\\\\^a\\\\.\\\\$"', ["^a.$"]),
        ('k RLIKE """\\^a\\.\\$"""', ["^a.$"]),
    ],
)
def test_regular_expressions(condition: str, values: list[str]) -> None:
    pytest.importorskip("jpype")
    texts = ["abc", "ABC", "xabcx", "^a.$"]
    assert [texts[hit] for hit in found(condition, *({"k": text} for text in texts))] == values


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ('k LIKE "C:\\\\Temp"', "the escape is followed by 'T'"),
        ('k LIKE "C:\\\\"', "the escape is followed by 'nothing'"),
        ('k RLIKE "("', "LUCENE refuses"),
    ],
)
def test_a_wrong_pattern_is_told_before_any_event(condition: str, message: str) -> None:
    if "RLIKE" in condition:
        pytest.importorskip("jpype")
    with pytest.raises(QueryError, match=message):
        LANGUAGE.run(f"FROM logs-a-* | WHERE {condition}", [], SCHEMA)


@pytest.mark.parametrize(
    ("condition", "hits"),
    [
        ("k IS NULL", [1]),
        ("k IS NOT NULL", [0]),
        ('k == "a"', [0]),
        ('k != "x"', [0]),
        ('NOT k == "x"', [0]),
        ('NOT k LIKE "x*"', [0]),
        ('NOT k IN ("x", "y")', [0]),
        ('k IS NULL OR NOT k == "x"', [0, 1]),
        ('NOT COALESCE(k == "x", false)', [0, 1]),
        ('k == "a" OR n == 1', [0, 1]),
        ('NOT (k == "x" AND n == 2)', [0, 1]),
        ('NOT (k == "x" AND n == 1)', [0]),
        ('TO_LOWER(k) == "a"', [0]),
        ('CASE(k == "a", n == 1, false)', [0]),
        ('CASE(k == "a", false, true)', [1]),
        ('CONCAT(COALESCE(k, ""), "/") == "/"', [1]),
        ("k == null", []),
    ],
)
def test_null(condition: str, hits: list[int]) -> None:
    assert found(condition, {"k": "a", "n": 1}, {"n": 1}) == hits


@pytest.mark.parametrize(
    ("condition", "hits"),
    [
        ('k == "a"', [0]),
        ('NOT k == "z"', [0]),
        ('k LIKE "*"', [0]),
        ("k IS NOT NULL", [0, 1]),
        ("k IS NULL", [2]),
    ],
)
def test_a_field_of_several_values_is_null_to_operators(condition: str, hits: list[int]) -> None:
    assert found(condition, {"k": ["a"]}, {"k": ["a", "b"]}, {"k": []}) == hits


@pytest.mark.parametrize(
    ("condition", "hits"),
    [
        ("n > 1 AND n <= 4", [1, 2]),
        ("n + 1 * 2 == 5", [1]),
        ("7 / n == 1", [2]),
        ("n / 0 == 1", []),
        ("n IN (1, 3)", [0, 1]),
        ("ok", [0]),
        ("NOT ok", [1]),
        ('ip == "::ffff:a00:2"', [1]),
        ('CIDR_MATCH(ip, "10.0.0.0/24", "fe80::/10")', [0]),
        ('@timestamp > "2026-11-21T09:00:00Z"', []),
        ('@timestamp >= "2026-11-21"', [0, 1, 2]),
        ("@timestamp > NOW() - 1 second", [0, 1, 2]),
        ("@timestamp >= NOW()", []),
    ],
)
def test_other_types(condition: str, hits: list[int]) -> None:
    first = {"n": 1, "ok": True, "ip": "10.0.0.1"}
    second = {"n": 3, "ok": False, "ip": "::ffff:10.0.0.2"}
    assert found(condition, first, second, {"n": 4}) == hits


@pytest.mark.parametrize(
    ("condition", "hits"),
    [
        ('k == "a" OR k == "b" AND n == 9', [0]),
        ('(k == "a" OR k == "b") AND n == 1', [0, 1]),
        ('NOT k == "a" OR n == 1', [0, 1]),
        ('NOT (k == "a" OR n == 1)', []),
    ],
)
def test_precedence(condition: str, hits: list[int]) -> None:
    assert found(condition, {"k": "a", "n": 1}, {"k": "b", "n": 1}) == hits


def test_indices_and_commands_that_keep_events() -> None:
    events = [event({"k": "a", "n": 1}), event({"k": "b"}, source="logs-b-default"), event({"k": "c", "n": 0})]

    def hits(query: str) -> list[int]:
        return sorted(LANGUAGE.run(query, events, SCHEMA).events)

    assert hits("FROM logs-a-*") == [0, 2]
    assert hits('FROM logs-a-*, "logs-b-*" METADATA _id, _index') == [0, 1, 2]
    assert hits('FROM logs-* METADATA _index | WHERE _index == "logs-b-default"') == [1]
    assert hits('FROM logs-a-* | EVAL z = CONCAT(k, "!") | RENAME z AS q | KEEP q | WHERE q == "a!"') == [0]
    assert hits("FROM logs-a-* | SORT n | LIMIT 1") == [2]
    assert hits("FROM logs-a-* | SORT n DESC | LIMIT 1") == [0]
    assert hits("FROM logs-* | SORT n DESC NULLS LAST, k | LIMIT 2") == [0, 2]
    assert hits("FROM logs-* | SORT n DESC | LIMIT 1") == [1]
    assert hits("FROM logs-a-* | EVAL m = MV_APPEND(n, 5) | MV_EXPAND m | WHERE m == 5") == [0, 2]


def test_stats() -> None:
    events = [event({"k": "a", "n": 1}), event({"k": "A", "n": 2}, 3), event({"k": "a", "n": 2}, 5), event({"n": 2}, 9)]
    stats = "STATS c = COUNT(*), v = COUNT(k), d = COUNT_DISTINCT(k), m = MAX(n), s = SUM(n), z = MAX(@timestamp)"
    at = START + timedelta(seconds=9)
    assert answer(stats, *events) == [{"c": 4, "v": 3, "d": 2, "m": 2, "s": 7, "z": at}]
    assert answer(stats, *events[:0]) == [{"c": 0, "v": 0, "d": 0, "m": None, "s": None, "z": None}]
    assert answer("STATS c = COUNT(*) BY k", *events) == [{"c": 2, "k": "a"}, {"c": 1, "k": "A"}, {"c": 1, "k": None}]
    assert answer("STATS c = COUNT(*) BY j = TO_LOWER(k) | WHERE c > 2", *events) == [{"c": 3, "j": "a"}]
    assert answer("STATS c = COUNT(*) BY k", *events[:0]) == []
    assert answer("STATS c = COUNT(*) BY k", event({"k": ["a", "b"]})) == [{"c": 1, "k": "a"}, {"c": 1, "k": "b"}]


HOPPING = """EVAL slot = DATE_TRUNC(150 seconds, @timestamp)
| EVAL w = MV_APPEND(MV_APPEND(slot, slot - 150 seconds), slot - 5 minutes)
| MV_EXPAND w
| STATS c = COUNT_DISTINCT(k, 40000) BY w, x.y
| WHERE c >= 3
| SORT w"""


def test_windows_that_overlap() -> None:
    """Each event lies in the windows of 450 seconds that begin at its own slot and at the two before."""
    burst = [event({"k": name, "x.y": "h"}, seconds) for name, seconds in (("a", 140), ("b", 300), ("c", 440))]
    assert answer(HOPPING, *burst) == [{"c": 3, "w": START, "x.y": "h"}]
    late = [*burst[:2], event({"k": "c", "x.y": "h"}, 460)]
    assert answer(HOPPING, *late) == []
    again = [*burst[:2], event({"k": "a", "x.y": "h"}, 440)]
    assert answer(HOPPING, *again) == []
    other = [*burst[:2], event({"k": "c", "x.y": "i"}, 440)]
    assert answer(HOPPING, *other) == []


def test_times_of_events_are_compared() -> None:
    commands = (
        'EVAL a = CASE(k == "a", @timestamp), b = CASE(k == "b", @timestamp) '
        "| STATS begun = MIN(a), ended = MAX(b) BY x.y | WHERE ended <= begun + 1 hour AND begun <= ended"
    )
    one, two = event({"k": "a", "x.y": "h"}), event({"k": "b", "x.y": "h"}, 3600)
    assert len(answer(commands, one, two)) == 1
    assert answer(commands, event({"k": "b", "x.y": "h"}), event({"k": "a", "x.y": "h"}, 1)) == []
    assert answer(commands, one, event({"k": "b", "x.y": "h"}, 3601)) == []
    assert answer(commands, one) == []


@pytest.mark.parametrize(
    "query",
    [
        "ROW a = 1",
        "FROM logs-a-* | INLINE STATS c = COUNT(*) BY k",
        "FROM logs-a-* | STATS c = COUNT(*) WHERE n == 1",
        "FROM logs-a-* | STATS c = COUNT(*) + 1",
        "FROM logs-a-* | STATS c = MEDIAN(n)",
        "FROM logs-a-* | EVAL b = DATE_TRUNC(1 month, @timestamp)",
        'FROM logs-a-* | WHERE k : "x"',
        'FROM logs-a-* | DISSECT k "%{a}"',
        "FROM logs-a-* | EVAL b = SUBSTRING(k, 1)",
        'SET unmapped_fields = "nullify"; FROM logs-a-*',
    ],
)
def test_what_is_read_and_not_run(query: str) -> None:
    assert LANGUAGE.parse(query) == []
    with pytest.raises(QueryError, match="not run here"):
        LANGUAGE.run(query, [event({"k": "a"})], SCHEMA)


def test_an_aggregate_without_a_name_is_too_much_for_the_vendors_analyzer() -> None:
    query = "FROM logs-a-* | STATS COUNT(*)"
    assert LANGUAGE.parse(query) == []
    assert str(LANGUAGE.check(query, SCHEMA)[0]).startswith("Elastic's analyzer fails: ")
    with pytest.raises(QueryError, match="not run here: an aggregate without a name"):
        LANGUAGE.run(query, [], {})


def test_types_that_do_not_fit_without_a_schema() -> None:
    with pytest.raises(QueryError, match="different types"):
        LANGUAGE.run("FROM logs-a-* | WHERE k == 1", [event({"k": "a"})], {})
    with pytest.raises(QueryError, match="wrong arguments"):
        LANGUAGE.run('FROM logs-a-* | WHERE TO_LOWER(n) == "1"', [event({"n": 1})], {})


def test_versions() -> None:
    pytest.importorskip("jpype")
    assert LANGUAGE.versions()["detection-rules-esql-py"] == "0.1.0"


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    vendor.cache_clear()
    parsed.cache_clear()
    monkeypatch.setitem(sys.modules, "esql", None)
    try:
        assert [str(problem) for problem in LANGUAGE.parse("FROM logs-a-*")] == [
            "ES|QL is read by the package detection-rules-esql-py, which is not installed"
        ]
    finally:
        vendor.cache_clear()
