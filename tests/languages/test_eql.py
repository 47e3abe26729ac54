"""EQL: what is read, what is refused, and which events a query finds."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

import pytest
import yaml

from stagewatch.languages.base import Event, QueryError, Value
from stagewatch.languages.eql import LANGUAGE
from stagewatch.languages.eql_syntax import vendor

pytestmark = pytest.mark.skipif(find_spec("eql") is None, reason="the package eql is not installed")

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
SCHEMA = {
    "logs-a": {
        "@timestamp": "date",
        "event.category": "keyword",
        "event.type": "keyword",
        "k": "keyword",
        "a.b": "keyword",
        "c": "wildcard",
        "n": "long",
        "ok": "boolean",
        "ip": "ip",
        "when": "date",
        "host.name": "keyword",
        "user.name": "keyword",
        "long.text": "text",
    },
    "logs-b": {"only.here": "keyword"},
}


def event(record: Mapping[str, Value], seconds: int = 0, category: str = "process") -> Event:
    return Event(START + timedelta(seconds=seconds), "logs-a", {"event.category": [category], **record})


def found(condition: str, *records: Mapping[str, Value]) -> list[int]:
    """Which of these records a condition finds."""
    return sorted(LANGUAGE.run(f"process where {condition}", [event(one) for one in records], SCHEMA).events)


def problems(query: str) -> list[str]:
    return [str(problem) for problem in LANGUAGE.check(query, SCHEMA)]


@pytest.mark.parametrize(
    "query",
    [
        "any where true",
        'process where k == "x" and not k : ("a*", "b") or k not in~ ("c", "d")',
        'process where k like~ "a?*" and k regex~ ("a", "b.*") and ?zz == null',
        'process where `a`.b != "x" | head 3 | tail 1',
        'process where endsWith~(k, "x") and length(k) - 1 > 3 and cidrMatch(ip, "10.0.0.0/8", "fe80::/10")',
        "sequence by k, ?a.b with maxspan=15m [process where true] by n with runs=3 [file where ok] by n",
        "sequence with maxspan=1d [process where true] [file where true] until [any where n == 1]",
        'process where k == "a\\u{41}b\\u{200f}\\n\\r\\t\\\\\\"" and k == """C:\\x\\"""',
        'process where /* a comment */ k == "x" // another',
    ],
)
def test_accepts(query: str) -> None:
    assert LANGUAGE.parse(query) == []


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("", (1, 1)),
        ("process where", (1, 9)),
        ("process where k =", (1, 17)),
        ('process where k = "x"', (1, 17)),
        ('process where\n  k == "x" AND k == "y"', (2, 12)),
        ("process where k == 'x'", (1, 20)),
        ('process where k == "a\nb"', (1, 20)),
        ('process where k == "a\\qb"', (1, 20)),
        ('process where k == "a\\bb"', (1, 20)),
        ('process where k == "a\\u{xyz}b"', (1, 20)),
        ("process where k == a.b", (1, 15)),
        ("process where k : a.b", (1, 19)),
        ('process where k like "a" "b"', (1, 26)),
        ("process where k == null null", (1, 25)),
        ('process where wildcard(k, "x")', (1, 15)),
        ('process where\n  k == "x" and\n  arrayContains(k, "x")', (3, 3)),
        ('process where concat~(k, "x") == "x"', (1, 15)),
        ("process where a.b[0] == n", (1, 15)),
        ("process where true | count", (1, 20)),
        ("process where true | unique k", (1, 20)),
        ("join [process where true] [file where true]", (1, 1)),
        ("sequence [process where true] with runs=101", (1, 31)),
        ("sequence with maxspan=5 [process where true] [file where true]", (1, 23)),
        ("sequence with maxspan=1.5h [process where true] [file where true]", (1, 23)),
        ("sequence by k [process where true] by n [file where true]", (1, 58)),
        ("sequence [process where true] ![file where true]", (1, 1)),
    ],
)
def test_refuses(query: str, place: tuple[int, int]) -> None:
    (problem,) = LANGUAGE.parse(query)[:1]
    assert (problem.line, problem.column) == place
    with pytest.raises(QueryError):
        LANGUAGE.run(query, [], SCHEMA)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('process where k == "x" and only.here == "y" and ?zz : "x"', []),
        ("process where zz == 1", ["1:15: Field not recognized for process event"]),
        ("any where zz.y == 1", ["1:11: Field not recognized"]),
        ('processes where k == "x"', ["1:1: Invalid event type: processes"]),
        ("process where k == 1", ["1:15: Invalid comparison of string to number"]),
        ('process where n == "1"', ["1:15: Invalid comparison of number to string"]),
        ('process where n : "1"', ["1:15: Expected string not number"]),
        ('process where ip like "10.*"', ["1:15: ip is no string but ip: like"]),
        (
            'process where long.text : "x"',
            ["1:15: long.text is no string but text: :", "1:15: EQL does not search text fields such as long.text"],
        ),
        ("process where nope(k)", ["1:15: Unknown function nope"]),
        ("process where startsWith(k)", ["1:28: Expected at least 2 arguments to function None"]),
        ("process where k", ["1:15: Expected boolean not string"]),
        ("process where ok and not ok", []),
        ("sequence by zz [process where true] [file where true]", ["1:13: Field not recognized for process event"]),
    ],
)
def test_check(query: str, expected: list[str]) -> None:
    found = problems(query)
    assert found[: len(expected)] == expected
    assert bool(found) is bool(expected)


def test_an_empty_schema_knows_every_field() -> None:
    assert LANGUAGE.check('process where zz == 1 and any.thing : "x"', {}) == []


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ('k == "Ab"', ["Ab"]),
        ('k == "A*"', ["A*"]),
        ('k : "ab"', ["Ab", "AB", "ab"]),
        ('k : "a*"', ["Ab", "AB", "ab", "A*", "a\nb", "aXb", "a\\b"]),
        ('k : "a?b"', ["a\nb", "aXb", "a\\b"]),
        ('k : "a\\\\*"', ["a\\b"]),
        ('k like "A*"', ["Ab", "AB", "A*"]),
        ('k like~ ("AB", "é")', ["Ab", "AB", "ab", "é"]),
        ('k in ("Ab", "É")', ["Ab", "É"]),
        ('k in~ ("AB", "É")', ["Ab", "AB", "ab", "É"]),
        ('k not in~ ("AB", "É")', ["A*", "a\nb", "aXb", "a\\b", "é", ""]),
        ('k not in ("Ab", "É")', ["AB", "ab", "A*", "a\nb", "aXb", "a\\b", "é", ""]),
        ('k != "Ab"', ["AB", "ab", "A*", "a\nb", "aXb", "a\\b", "é", "É", ""]),
        ('k < "AB"', ["A*", ""]),
        ('k == ""', [""]),
        ('k : "A*" and not k == "Ab"', ["AB", "ab", "A*", "a\nb", "aXb", "a\\b"]),
        ('startsWith(k, "A")', ["Ab", "AB", "A*"]),
        ('startsWith~(k, "A") and length(k) == 2', ["Ab", "AB", "ab", "A*"]),
        ('endsWith~(k, "b") and not stringContains(k, "a")', ["Ab", "AB"]),
        ('indexOf(k, "b") == 1 and substring(k, 0, 1) == "A"', ["Ab"]),
        ('concat(k, "-", 1) == "Ab-1"', ["Ab"]),
    ],
)
def test_text(condition: str, values: list[str]) -> None:
    texts = ["Ab", "AB", "ab", "A*", "a\nb", "aXb", "a\\b", "é", "É", ""]
    assert [texts[hit] for hit in found(condition, *({"k": text} for text in texts))] == values


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ('k regex "a.c"', ["abc"]),
        ('k regex "b"', []),
        ('k regex ".*b.*"', ["abc", "xabcx"]),
        ('k regex~ "a.c"', ["abc", "ABC"]),
        ('k regex~ "[a-b]bc"', ["abc"]),
        ('k regex ("abc", "x.*")', ["abc", "xabcx"]),
        ('not k regex~ ".*b.*"', ["^a$"]),
        ('k regex "\\\\^a\\\\$"', ["^a$"]),
        ('k regex "^a$"', ["^a$"]),
    ],
)
def test_regular_expressions(condition: str, values: list[str]) -> None:
    pytest.importorskip("jpype")
    texts = ["abc", "ABC", "xabcx", "^a$"]
    assert [texts[hit] for hit in found(condition, *({"k": text} for text in texts))] == values


def test_a_wrong_regular_expression_is_told_before_any_event() -> None:
    pytest.importorskip("jpype")
    with pytest.raises(QueryError, match="LUCENE refuses"):
        LANGUAGE.run('process where k regex "("', [], SCHEMA)


@pytest.mark.parametrize(
    ("condition", "hits"),
    [
        ("?zz == null", [0, 1]),
        ("?zz != null", []),
        ("null != null", []),
        ("?k == null", [1]),
        ("k != null", [0]),
        ('k : "a" or true', [0, 1]),
        ('not k : "x"', [0]),
        ('k != "x"', [0]),
        ('not (k : "x" and n == 1)', [0]),
        ('not (k : "x" and n == 2)', [0, 1]),
        ('?k == null or not k : "x"', [0, 1]),
        ('not ?zz : "x"', []),
        ('not startsWith(k, "x")', [0]),
        ("not n > 5", [0, 1]),
    ],
)
def test_fields_that_an_event_lacks(condition: str, hits: list[int]) -> None:
    assert found(condition, {"k": "a", "n": 1}, {"n": 1}) == hits


@pytest.mark.parametrize(
    ("condition", "hits"),
    [
        ("n == 3", [1]),
        ("n > 1", [1, 2]),
        ("n >= 3 and n <= 3.0", [1]),
        ("n in (1, 3)", [0, 1]),
        ("n + 1 * 2 == 5", [1]),
        ("4 / n == 1", [1, 2]),
        ("4.0 / n == 1", [2]),
        ("n % 2 == 0", [2]),
        ("-n < -2", [1, 2]),
        ("add(n, 1) == 2 or multiply(n, n) == 16", [0, 2]),
        ('string(n) == "3"', [1]),
    ],
)
def test_numbers(condition: str, hits: list[int]) -> None:
    assert found(condition, {"n": 1}, {"n": 3}, {"n": 4}) == hits


@pytest.mark.parametrize(
    ("condition", "hits"),
    [
        ("ok", [0]),
        ("not ok", [1]),
        ("ok == true", [0]),
        ('ip == "10.0.0.1"', [0]),
        ('ip == "::ffff:a00:2"', [1]),
        ('ip in ("10.0.0.1", "::1")', [0]),
        ('cidrMatch(ip, "10.0.0.0/24", "fe80::/10")', [0]),
        ('when > "2026-11-21T08:00:00Z"', [0]),
        ('k : "b"', [0]),
        ('not k : "b"', [1]),
        ('k == "a" and k == "b"', [0]),
    ],
)
def test_other_types(condition: str, hits: list[int]) -> None:
    here = {"ok": True, "ip": "10.0.0.1", "when": START, "k": ["a", "b"]}
    there = {"ok": False, "ip": "::ffff:10.0.0.2", "when": START - timedelta(days=1), "k": ["a"]}
    assert found(condition, here, there) == hits


@pytest.mark.parametrize(
    ("condition", "hits"),
    [
        ('k == "a" or k == "b" and n == 9', [0]),
        ('(k == "a" or k == "b") and n == 1', [0, 1]),
        ('not k == "a" or n == 1', [0, 1]),
        ('not (k == "a" or n == 1)', []),
        ('not not k == "a"', [0]),
    ],
)
def test_precedence(condition: str, hits: list[int]) -> None:
    assert found(condition, {"k": "a", "n": 1}, {"k": "b", "n": 1}) == hits


def test_functions_of_two_fields() -> None:
    records = ({"k": "Abc", "a.b": "aB"}, {"k": "Abc", "a.b": "b"}, {"k": "Abc"})
    assert found("startsWith~(k, a.b)", *records) == [0]
    assert found("?a.b == null or not startsWith~(k, a.b)", *records) == [1, 2]
    assert problems("process where k == a.b")[0].startswith("1:15: Comparisons against fields are not")


def test_categories_and_pipes() -> None:
    events = [event({"n": 1}, 5), event({"n": 2}, 1, "file"), event({"n": 3}, 3), Event(START, "logs-b", {})]

    def hits(query: str) -> list[int]:
        return sorted(LANGUAGE.run(query, events, SCHEMA).events)

    assert hits("process where true") == [0, 2]
    assert hits("any where true") == [0, 1, 2, 3]
    assert hits("process where true | head 1") == [2]
    assert hits("any where true | tail 2") == [0, 2]


def rows(query: str, *events: Event) -> list[tuple[object, list[int]]]:
    """The sequences that a query finds: the join key's values and the seconds of their events."""
    return [
        (
            tuple(value for name, value in row.items() if name != "events"),
            [int((datetime.fromisoformat(str(when)) - START).total_seconds()) for when in row["events"]],  # type: ignore[union-attr]
        )
        for row in LANGUAGE.run(query, events, SCHEMA).rows
    ]


A, B = '[process where k == "a"]', '[file where k == "b"]'


def one(k: str, seconds: int, host: str | None = "h", **more: Value) -> Event:
    record = {"k": k, **({"host.name": host} if host else {}), **more}
    return event(record, seconds, "process" if k == "a" else "file")


def test_sequences() -> None:
    query = f"sequence by host.name with maxspan=15s {A} {B}"
    assert rows(query, one("a", 0), one("b", 15)) == [(("h",), [0, 15])]
    assert rows(query, one("a", 0), one("b", 16)) == []
    assert rows(query, one("b", 0), one("a", 5)) == []
    assert rows(query, one("a", 0), one("b", 5, "other")) == []
    assert rows(query, one("b", 9), one("a", 0), one("a", 5)) == [(("h",), [5, 9])]
    assert rows(query, one("a", 0), one("b", 5), one("b", 6)) == [(("h",), [0, 5])]


def test_sequences_of_runs() -> None:
    query = 'sequence by host.name with maxspan=10s [process where k == "a"] with runs=3'
    assert rows(query, *(one("a", second) for second in (0, 1, 2))) == [(("h",), [0, 1, 2])]
    assert rows(query, *(one("a", second) for second in (0, 1))) == []
    assert rows(query, *(one("a", second) for second in (0, 6, 12))) == []
    # a burst is found wherever it falls
    assert rows(query, *(one("a", second) for second in (0, 6, 14, 15))) == [(("h",), [6, 14, 15])]


def test_join_keys() -> None:
    absent = (one("a", 0, None), one("b", 1, None))
    assert rows(f"sequence by host.name {A} {B}", *absent) == []
    assert rows(f"sequence by ?host.name {A} {B}", *absent) == [((None,), [0, 1])]
    assert rows(f"sequence by ?zz {A} {B}", *absent) == [((None,), [0, 1])]
    assert rows(f"sequence by ?host.name {A} {B}", one("a", 0, None), one("b", 1)) == []
    keys = f"sequence by host.name {A} by user.name {B} by a.b"
    assert rows(keys, one("a", 0, **{"user.name": "u"}), one("b", 1, **{"a.b": "u"})) == [(("h", "u"), [0, 1])]
    assert rows(keys, one("a", 0, **{"user.name": "u"}), one("b", 1, **{"a.b": "U"})) == []


def test_until() -> None:
    query = f'sequence by host.name {A} {B} until [file where k == "c"]'
    assert rows(query, one("a", 0), one("b", 1), one("c", 2)) == [(("h",), [0, 1])]
    assert rows(query, one("a", 0), one("c", 1), one("b", 2)) == []
    assert rows(query, one("a", 0), one("c", 1, "other"), one("b", 2)) == [(("h",), [0, 2])]


@pytest.mark.parametrize(
    "query",
    [
        f"sequence with maxspan=5s {A} !{B}",
        f"sample by host.name {A} {B}",
        'process where between(k, "a", "b") == "x"',
    ],
)
def test_what_is_read_and_not_run(query: str) -> None:
    assert LANGUAGE.check(query, SCHEMA) == []
    with pytest.raises(QueryError, match="not run here"):
        LANGUAGE.run(query, [one("a", 0)], SCHEMA)


def test_types_that_do_not_fit_without_a_schema() -> None:
    with pytest.raises(QueryError, match="different types"):
        LANGUAGE.run("process where k == 1", [event({"k": "a"})], {})


def test_the_vendors_package_leaves_no_traces() -> None:
    assert vendor() is sys.modules["eql"]
    assert yaml.dump({"a": "b\nc"}) == "a: 'b\n\n  c'\n"
    assert LANGUAGE.versions()["eql"] == "1.0.1"


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    vendor.cache_clear()
    monkeypatch.setitem(sys.modules, "eql", None)
    try:
        assert [str(problem) for problem in LANGUAGE.parse("any where false")] == [
            "EQL is read by the package eql, which is not installed"
        ]
    finally:
        vendor.cache_clear()
