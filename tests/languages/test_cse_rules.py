"""Rules of Cloud SIEM as JSON: what is read, and which groups a rule finds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stagewatch.languages.base import Event, Problem, QueryError, Value
from stagewatch.languages.cse import LANGUAGE

SCHEMA = {
    "Record": {"host": "string", "kind": "string", "path": "string", "user": "string"},
    "fields": {"EventData.Guid": "string"},
}
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

MATCH = {"type": "match", "expression": "kind = 'a'"}
THRESHOLD = {
    "type": "threshold",
    "expression": "kind = 'a'",
    "limit": 3,
    "groupByFields": ["host"],
    "windowSize": "T10M",
}
CHAIN = {
    "type": "chain",
    "expressionsAndLimits": [{"expression": "kind = 'a'", "limit": 1}, {"expression": "kind = 'b'", "limit": 1}],
    "groupByFields": ["host"],
    "ordered": True,
    "windowSize": "CUSTOM",
    "windowSizeMilliseconds": "900000",
}


def problems(rule: dict[str, Any], **changes: Any) -> list[str]:
    changed = {key: value for key, value in {**rule, **changes}.items() if value is not ...}
    return list(map(str, LANGUAGE.parse(json.dumps(changed))))


@pytest.mark.parametrize("rule", [MATCH, THRESHOLD, CHAIN])
def test_accepted(rule: dict[str, Any]) -> None:
    assert problems(rule, name="A rule", severity=3, tags=[], entitySelectors=[]) == []


REFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (MATCH, {"type": "outlier"}, "type is match, threshold or chain, not outlier"),
    (MATCH, {"expression": ...}, "expression is missing"),
    (MATCH, {"expression": 1}, "an expression is text"),
    (MATCH, {"expression": "kind ="}, "1:7: expression 1: unexpected end of the expression"),
    (MATCH, {"limit": 1}, "a match rule has no limit"),
    (THRESHOLD, {"limit": 0}, "a limit is a number above 0"),
    (THRESHOLD, {"limit": "3"}, "a limit is a number above 0"),
    (THRESHOLD, {"countDistinct": True}, "countField belongs to countDistinct"),
    (THRESHOLD, {"countField": "path"}, "countField belongs to countDistinct"),
    (THRESHOLD, {"countDistinct": 1, "countField": "path"}, "countDistinct is true or false"),
    (THRESHOLD, {"windowSize": "T15M"}, "windowSize is T05M, T10M, T30M, T60M, T12H, T24H, T05D or CUSTOM, not T15M"),
    (THRESHOLD, {"windowSize": "CUSTOM"}, "windowSizeMilliseconds belongs to windowSize CUSTOM"),
    (THRESHOLD, {"groupByFields": "host"}, "groupByFields is a list"),
    (THRESHOLD, {"groupByFields": ["lower(host)"]}, "1:1: lower(host) is no field"),
    (THRESHOLD, {"entitySelectors": [{"expression": "host"}]}, "an entity selector is an entityType such as"),
    (THRESHOLD, {"ordered": True}, "a threshold rule has no ordered"),
    (CHAIN, {"windowSizeMilliseconds": 900000}, "windowSizeMilliseconds is a number as text"),
    (CHAIN, {"windowSizeMilliseconds": "432000001"}, "a window is five days at most"),
    (CHAIN, {"expressionsAndLimits": []}, "a chain has two expressions at least"),
    (CHAIN, {"expressionsAndLimits": [{"expression": "a = 1"}] * 2}, "a member is an expression and a limit"),
    (CHAIN, {"ordered": ...}, "ordered is missing"),
    (CHAIN, {"ordered": 1}, "ordered is true or false"),
    (
        CHAIN,
        {"expressionsAndLimits": CHAIN["expressionsAndLimits"] * 2},  # type: ignore[operator]
        "a chain in exact order has two expressions only",
    ),
]


@pytest.mark.parametrize(("rule", "changes", "message"), REFUSED)
def test_refused(rule: dict[str, Any], changes: dict[str, Any], message: str) -> None:
    (problem,) = problems(rule, **changes)
    assert problem.startswith(message)


def test_broken_json_has_a_place() -> None:
    assert LANGUAGE.parse('{"type": "match",\n "expression" 1}') == [Problem("Expecting ':' delimiter", 2, 15)]


def test_a_key_that_stands_twice() -> None:
    assert LANGUAGE.parse('{"type": "match", "type": "chain"}') == [Problem("type stands twice")]


def test_check_names_the_expression() -> None:
    expressions = [{"expression": "kind = 'a'", "limit": 1}, {"expression": "kinds = 'b'", "limit": 1}]
    rule = {**CHAIN, "expressionsAndLimits": expressions, "groupByFields": ["hosts"]}
    assert list(map(str, LANGUAGE.check(json.dumps(rule), SCHEMA))) == [
        "1:1: expression 2: unknown attribute kinds",
        "1:1: unknown attribute hosts",
    ]
    with pytest.raises(QueryError, match="unknown attribute kinds"):
        LANGUAGE.run(json.dumps(rule), [], SCHEMA)


def record(minutes: float, kind: str = "a", host: str | None = "h", **others: Value) -> Event:
    known = {"kind": kind, **({"host": host} if host else {}), **others}
    return Event(START + timedelta(minutes=minutes), "Record", known)


def groups(rule: dict[str, Any], *events: Event, **changes: Any) -> list[dict[str, Value]]:
    result = LANGUAGE.run(json.dumps({**rule, **changes}), events, SCHEMA)
    assert result.events == frozenset()
    return [dict(row) for row in result.rows]


HOST: list[dict[str, Value]] = [{"host": "h"}]


def test_match_rule_gives_events() -> None:
    events = [record(0), record(1, "b")]
    assert LANGUAGE.run(json.dumps(MATCH), events, SCHEMA).events == {0}


@pytest.mark.parametrize(
    ("minutes", "hit"),
    [((0, 5, 10), True), ((0, 5, 10.01), False), ((0, 9, 12, 18), True), ((10, 0, 5), True), ((0, 1), False)],
)
def test_threshold_slides(minutes: tuple[float, ...], hit: bool) -> None:
    assert groups(THRESHOLD, *map(record, minutes)) == HOST * hit


def test_threshold_counts_matches_of_one_group() -> None:
    assert groups(THRESHOLD, record(0), record(1), record(2, "b")) == []
    assert groups(THRESHOLD, record(0), record(1), record(2, host="i")) == []
    assert groups(THRESHOLD, record(0), record(1), record(2), record(2, host="i")) == HOST


def test_threshold_on_distinct_values() -> None:
    distinct = {**THRESHOLD, "countDistinct": True, "countField": "path"}
    assert groups(distinct, *(record(n, path=path) for n, path in enumerate("xyx"))) == []
    assert groups(distinct, record(0, path="x"), record(1, path="y"), record(2)) == []
    assert groups(distinct, *(record(n, path=path) for n, path in enumerate("xyz"))) == HOST
    assert groups(distinct, *(record(n * 6, path=path) for n, path in enumerate("xyz"))) == []


def test_group_of_a_lacking_field() -> None:
    assert groups(THRESHOLD, *(record(n, host=None) for n in range(3))) == [{"host": None}]


def test_group_by_a_raw_key() -> None:
    fields = ["host", "fields['EventData.Guid']"]
    events = [record(n, **{"fields.EventData.Guid": guid}) for n, guid in enumerate("xxyx")]
    assert groups(THRESHOLD, *events, groupByFields=fields) == [{"host": "h", "fields['EventData.Guid']": "x"}]


def test_entity_is_grouped_by_as_well() -> None:
    entities = [{"entityType": "_username", "expression": "user"}]
    assert groups(THRESHOLD, *(record(n, user=user) for n, user in enumerate("xyz")), entitySelectors=entities) == []
    assert groups(THRESHOLD, *(record(n, user="x") for n in range(3)), entitySelectors=entities) == HOST
    assert groups(THRESHOLD, *map(record, range(3)), groupByFields=[], entitySelectors=entities) == [{"user": None}]


@pytest.mark.parametrize(
    ("events", "hit"),
    [
        (((0, "a"), (1, "b")), True),
        (((0, "a"), (15, "b")), True),
        (((0, "a"), (15.01, "b")), False),
        (((0, "b"), (1, "a")), False),
        (((0, "a"), (0, "b")), False),
        (((0, "b"), (1, "a"), (2, "b")), True),
        (((0, "a"), (20, "a"), (30, "b")), True),
        (((0, "a"), (1, "a")), False),
    ],
)
def test_chain_in_order(events: tuple[tuple[float, str], ...], hit: bool) -> None:
    assert groups(CHAIN, *(record(*event) for event in events)) == HOST * hit


def test_chain_of_one_group() -> None:
    assert groups(CHAIN, record(0, "a"), record(1, "b", host="i")) == []


def test_chain_with_limits() -> None:
    limits = [{"expression": "kind = 'a'", "limit": 2}, {"expression": "kind = 'b'", "limit": 2}]
    in_order = {**CHAIN, "expressionsAndLimits": limits}
    kinds = [record(n, kind) for n, kind in enumerate("aabb")]
    assert groups(in_order, *kinds) == HOST
    assert groups(in_order, *kinds[1:]) == []
    assert groups(in_order, *(record(n, kind) for n, kind in enumerate("abab"))) == []
    assert groups({**in_order, "ordered": False}, *(record(n, kind) for n, kind in enumerate("abab"))) == HOST
    assert groups({**in_order, "ordered": False}, *(record(n * 6, kind) for n, kind in enumerate("abab"))) == []


def test_chain_in_any_order() -> None:
    any_order = {**CHAIN, "ordered": False}
    assert groups(any_order, record(0, "b"), record(15, "a")) == HOST
    assert groups(any_order, record(0, "b"), record(15.01, "a")) == []
    assert groups(any_order, record(0, "b")) == []
