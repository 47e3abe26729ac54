"""CQL: which events a query finds, and what its aggregates give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stagewatch.languages.base import Event, QueryError, Value
from stagewatch.languages.cql import LANGUAGE

START = datetime(2016, 1, 1, tzinfo=UTC)
"""1451606400000 in milliseconds."""


def event(milliseconds: int = 0, raw: str = "", **record: Value) -> Event:
    return Event(START + timedelta(milliseconds=milliseconds), "ProcessRollup2", record, raw)


def found(query: str, **record: Value) -> bool:
    return LANGUAGE.run(query, [event(**record)], {}).events == {0}


def rows(query: str, *events: Event) -> list[dict[str, Value]]:
    return [dict(row) for row in LANGUAGE.run(query, events, {}).rows]


FILTERS: list[tuple[str, dict[str, Value], bool]] = [
    # "Operators": the whole value, sensitive to case
    ("a=b", {"a": "b"}, True),
    ("a=b", {"a": "B"}, False),
    ("a=b", {"a": "bb"}, False),
    ("A=b", {"a": "b"}, False),
    ('"a b"=c', {"a b": "c"}, True),
    # a lacking field fails every comparison but !=
    ("a=b", {}, False),
    ("a!=b", {}, True),
    ("NOT a=b", {}, True),
    ("a=*", {}, False),
    ("a!=*", {}, True),
    ("NOT a=*", {"a": "x"}, False),
    ("a=*", {"a": ""}, True),
    ('a=""', {"a": ""}, True),
    ('a=""', {}, False),
    ("a=/b/", {}, False),
    ("a!=/b/", {}, True),
    ("a < 5", {}, False),
    ("NOT a < 5", {}, True),
    ("a like b", {}, False),
    # wildcards, quoted or not
    ("a=b*d", {"a": "bcd"}, True),
    ("a=b*d", {"a": "bd"}, True),
    ("a=b*d", {"a": "b"}, False),
    ('a="b*d"', {"a": "bcd"}, True),
    ('a="*b*"', {"a": "abc"}, True),
    ("a=b*b", {"a": "b"}, False),
    ('a="a*b*c"', {"a": "axbxc"}, True),
    ('a="a*b*c"', {"a": "axcxb"}, False),
    ('a="*"', {"a": "line\nline"}, True),
    ("a=b", {"a": "b*"}, False),
    # literals: only these escapes, and no meaning of other characters
    (r'a="b\"c\\d\ne"', {"a": 'b"c\\d\ne'}, True),
    ('a="b?c|d $e //f"', {"a": "b?c|d $e //f"}, True),
    # numbers: as numbers where both are
    ('a="404"', {"a": "0404.0"}, True),
    ("a=404", {"a": "404x"}, False),
    ("a=404", {"a": 404}, True),
    (r"a=/\A404\z/", {"a": "0404"}, False),
    ("a <= 5", {"a": "5.0"}, True),
    ("a < 5", {"a": "-6"}, True),
    ("a > 5", {"a": "x"}, False),
    ("a >= 10", {"a": "9"}, False),
    ("a=true", {"a": True}, True),
    # like: somewhere in the value
    ("a like b", {"a": "abc"}, True),
    ("a like b*d", {"a": "abcde"}, True),
    ("a like B", {"a": "abc"}, False),
    # regular expressions: found anywhere, sensitive to case
    ("a=/b/", {"a": "abc"}, True),
    ("a=/B/", {"a": "abc"}, False),
    ("a=/B/i", {"a": "abc"}, True),
    (r"a=/\Ab\z/", {"a": "b"}, True),
    (r"a=/\Ab\z/", {"a": "b\n"}, False),
    ("a=/b.c/", {"a": "b\nc"}, False),
    ("a=/b.c/d", {"a": "b\nc"}, True),
    ("a=/^b$/", {"a": "a\nb\nc"}, True),
    (r"a=/b\/c\\d/", {"a": "b/c\\d"}, True),
    ("a=/(?i)b|c/", {"a": "B"}, True),
    ("a=/(?i)b|c/", {"a": "C"}, False),
    # precedence: NOT, OR, AND ("Operators", "Important")
    ("a=1 AND b=1 OR c=1", {"a": "1", "c": "1"}, True),
    ("a=1 AND b=1 OR c=1", {"c": "1"}, False),
    ("a=1 OR b=1 AND c=1", {"a": "1"}, False),
    ("a=1 OR b=1 c=1", {"a": "1"}, False),
    ("(a=1 AND b=1) OR c=1", {"c": "1"}, True),
    ("NOT a=1 OR b=1", {"a": "1", "b": "1"}, True),
    ("NOT (a=1 OR b=1)", {"b": "1"}, False),
    ("not not a=1", {"a": "1"}, True),
    ("!a=1", {"a": "2"}, True),
    ("a=1 | b=1", {"a": "1"}, False),
    ("true", {}, True),
    ("false OR a=1", {"a": "1"}, True),
    # free text: any field but tags and times, and the raw text
    ("bc", {"a": "abcd"}, True),
    ("BC", {"a": "abcd"}, False),
    ('"b c"', {"a": "ab cd"}, True),
    ("bc", {"#a": "abcd"}, False),
    ("/BC/i", {"a": "abcd"}, True),
    ("1451606400000", {"a": "b"}, False),
    ("x := abc | bc", {"abc": "y"}, False),
    ("*", {}, True),
    ("not bc", {"a": "abcd"}, False),
    # case: the first pipeline that returns the event
    ("case { a=1 | b=1; a=1 | c=1 }", {"a": "1", "c": "1"}, True),
    ("case { a=1; b=1 }", {"c": "1"}, False),
    ("case { a=1 | x := 1; * } | x=1", {"a": "1"}, True),
    ("case { a=1 | x := 1; * } | x=1", {"a": "2"}, False),
    ("case { a=1 | x := 1; * | x := 2 } | x=2", {"a": "1"}, False),
    # in(), cidr(), regex(): the inverse lets events without the field pass
    ('in(a, values=["b", "c*"])', {"a": "cd"}, True),
    ('in(a, values=["b"])', {"a": "B"}, False),
    ('in(a, values=["b*"], ignoreCase=true)', {"a": "BC"}, True),
    ("a =~ in(values=[b])", {"a": "b"}, True),
    ("in(a, values=[b])", {}, False),
    ("!in(a, values=[b])", {}, True),
    ("not in(a, values=[b])", {"a": "b"}, False),
    ('cidr(a, subnet="10.0.0.0/8")', {"a": "10.1.2.3"}, True),
    ('cidr(a, subnet=["10.0.0.0/8", "2001:db8::/32"])', {"a": "2001:db8::1"}, True),
    ('cidr(a, subnet="10.0.0.0/8")', {"a": "11.1.2.3"}, False),
    ('cidr(a, subnet="0.0.0.0/0")', {"a": "host"}, False),
    ('!cidr(a, subnet="10.0.0.0/8")', {}, True),
    ('!cidr(a, subnet="10.0.0.0/8")', {"a": "10.0.0.1"}, False),
    ('regex("^b$", field=a)', {"a": "a\nb"}, True),
    ('regex("B", field=a, flags="i")', {"a": "b"}, True),
    ('!regex("b", field=a)', {"a": "b"}, False),
    # test(): unquoted is a field, null is neither true nor false
    ("test(a == b)", {"a": "x", "b": "x"}, True),
    ("test(a == b)", {"a": "x", "b": "X"}, False),
    ('test(a == "b")', {"a": "b", "b": "x"}, True),
    ("test(a == 5)", {"a": "5.0"}, True),
    ("test(a == b)", {"a": "x"}, False),
    ("test(a != b)", {"a": "x"}, False),
    ("!test(a == b)", {"a": "x"}, False),
    ("!test(a == b)", {"a": "x", "b": "y"}, True),
    ("test(a < -1)", {"a": "-2"}, True),
    ("test(a < b)", {"a": "9", "b": "10"}, True),
    ("test(a < b)", {"a": "x", "b": "10"}, False),
    ("test(a + 2 * b == 7)", {"a": "1", "b": "3"}, True),
    ("test((a - 1) / 2 == b % 3)", {"a": "3", "b": "4"}, True),
    ("test(a / b == 1)", {"a": "1", "b": "0"}, False),
    ("test(!a)", {"a": "false"}, True),
    ("test(!a)", {"a": "0"}, True),
    ("test(!a)", {"a": "x"}, False),
    ("test(lower(a) == lower(b))", {"a": "Ä", "b": "ä"}, True),
    ("test(length(a) == 3)", {"a": "abc"}, True),
    ('test(in(a, values=["b"]) == true)', {"a": "b"}, True),
    # text functions
    ("text:startsWith(string=a, substring=b)", {"a": "bc", "b": "b"}, True),
    ('text:startsWith(a, substring="B")', {"a": "bc"}, False),
    ('text:startsWith("bc", substring=a)', {"a": "b"}, True),
    ("text:endsWith(string=lower(a), substring=lower(b))", {"a": "aBC", "b": "bc"}, True),
    ("text:contains(string=a, substring=b)", {"a": "abc", "b": "b"}, True),
    ("!text:contains(string=a, substring=b)", {"a": "abc", "b": "x"}, True),
    ("!text:contains(string=a, substring=b)", {"a": "abc"}, False),
    # assignment: null makes and overwrites nothing
    ("x := lower(a) | x=bc", {"a": "BC"}, True),
    ("x := lower(b) | x=*", {"a": "BC"}, False),
    ("a := b + 1 | a=x", {"a": "x"}, True),
    ("lower(a) | _lower=bc", {"a": "BC"}, True),
    ("upper(a, as=x) | x=BC", {"a": "bc"}, True),
    ("a[1]=y", {"a": ["x", "y"]}, True),
    ("@timestamp=1451606400000", {}, True),
]


@pytest.mark.parametrize(("query", "record", "expected"), FILTERS)
def test_filter(query: str, record: dict[str, Value], expected: bool) -> None:
    assert found(query, **record) is expected


def test_free_text_looks_at_the_raw_text() -> None:
    assert LANGUAGE.run("needle", [event(raw="a needle in it"), event(raw="hay")], {}).events == {0}


def test_positions() -> None:
    events = [event(2, a="1"), event(1, a="2"), event(0, a="1")]
    assert LANGUAGE.run("a=1", events, {}).events == {0, 2}
    assert LANGUAGE.run("a=* | head(2)", events, {}).events == {1, 2}


def test_pattern_that_the_engine_refuses() -> None:
    with pytest.raises(QueryError):
        found("a=/[z-a]/", a="b")


# --- aggregates ------------------------------------------------------------------------------------------------------

NUMBERS = [event(a="1", k="x"), event(a="2", k="x"), event(a="y", k="z"), event(k="z")]

AGGREGATES: list[tuple[str, list[dict[str, Value]]]] = [
    ("count()", [{"_count": 4}]),
    ("count(a)", [{"_count": 3}]),
    ("count(k, distinct=true, as=n)", [{"n": 2}]),
    ("n := count()", [{"n": 4}]),
    ("min(a)", [{"_min": 1}]),
    ("max(a, as=m)", [{"m": 2}]),
    ("sum(a)", [{"_sum": 3}]),
    ("min(k)", []),
    ("selectLast([a, k])", [{"k": "z"}]),
    ("a=9 | count()", [{"_count": 0}]),
    ("groupBy(k)", [{"k": "x", "_count": 2}, {"k": "z", "_count": 2}]),
    ("groupBy([k], function=[])", [{"k": "x"}, {"k": "z"}]),
    ("groupBy(a, function=[])", [{"a": "1"}, {"a": "2"}, {"a": "y"}, {}]),
    ("groupBy(k, function=[max(a), n := count()])", [{"k": "x", "_max": 2, "n": 2}, {"k": "z", "n": 2}]),
    ("groupBy(k, function={ a>1 | count(as=n) }) | n > 0", [{"k": "x", "n": 1}]),
    ("groupBy(k) | r := _count / 4 | r <= 0.5", [{"k": "x", "_count": 2, "r": 0.5}, {"k": "z", "_count": 2, "r": 0.5}]),
]


@pytest.mark.parametrize(("query", "expected"), AGGREGATES)
def test_aggregate(query: str, expected: list[dict[str, Value]]) -> None:
    assert rows(query, *NUMBERS) == expected


def test_head_hands_on_the_oldest_two_hundred() -> None:
    events = [event(-position) for position in range(300)]
    assert LANGUAGE.run("head()", events, {}).events == set(range(100, 300))
    assert len(LANGUAGE.run("head(limit=max)", events, {}).events) == 300
    with pytest.raises(QueryError, match="at most 200000"):
        LANGUAGE.run("head(200001)", events, {})


def test_groups_above_the_limit_are_a_partial_result() -> None:
    with pytest.raises(QueryError, match="partial"):
        rows("groupBy(k, limit=1)", *NUMBERS)


def windows(query: str, *values: tuple[int, int]) -> list[Value]:
    events = [event(time, value=str(value)) for time, value in values]
    return [row["_sum"] for row in rows(query, *events)]


VENDOR = ((1, 1), (2, 4), (1400, 11), (3001, 2), (3003, 5), (4300, 1))


def test_sliding_time_window_as_its_vendor_shows_it() -> None:
    """ "Calculate Sum of Field Values Over Sliding Time-Based Window": an event one whole span older is outside."""
    query = "head() | slidingTimeWindow(sum(value), span=3s)"
    assert windows(query, *VENDOR) == [1, 5, 16, 17, 18, 19]
    assert windows(query.replace("3s)", "3s, current=exclude)"), *VENDOR) == [0, 1, 5, 15, 13, 18]


@pytest.mark.parametrize(("span", "expected"), [("1000ms", [1, 2]), ("1001ms", [1, 3]), ("1s", [1, 2]), ("1m", [1, 3])])
def test_edge_of_a_window(span: str, expected: list[int]) -> None:
    assert windows(f"head() | slidingTimeWindow(sum(value), span={span})", (0, 1), (1000, 2)) == expected


def test_event_a_several_times_before_event_b_as_the_vendor_shows_it() -> None:
    """ "Detect Event A Happening X Times Before Event B Within a Specific Timespan"."""
    data = (
        "200 c failure;400 c failure;600 c failure;1000 a failure;2000 a failure;2200 a failure;2300 a failure;"
        "2400 b failure;2500 a failure;2600 a success;3200 b failure;3300 c success;3400 b failure;4500 a failure;"
        "4600 a failure;4700 a failure;4800 a success"
    )
    events = [event(int(time), key=key, status=status) for time, key, status in map(str.split, data.split(";"))]
    query = """
        head()
        | groupBy(
            key,
            function=slidingTimeWindow([{status="failure" | count(as=failures)}, selectLast(status)], span=3s)
          )
        | failures >= 3
        | status = "success"
    """
    assert [(row["key"], row["failures"], row["status"]) for row in rows(query, *events)] == [
        ("a", 5, "success"),
        ("a", 7, "success"),
    ]


def test_unordered_events_are_an_error() -> None:
    query = "groupBy(k, function=selectLast([k, t])) | slidingTimeWindow(count(), span=1m, timestampfield=t)"
    with pytest.raises(QueryError, match="order of time"):
        rows(query, event(k="a", t="2"), event(k="b", t="1"))


def test_rows_without_a_time_are_an_error() -> None:
    with pytest.raises(QueryError, match="no time"):
        rows("groupBy(k) | slidingTimeWindow(count(), span=1m)", event(k="a"))


# --- correlate() -----------------------------------------------------------------------------------------------------

CHAIN = """
    correlate(
      A: { e=a },
      B: { e=b | host <=> A.host } include: [user],
      sequence=true,
      within=1s
    )
"""
A, B = {"e": "a", "host": "h"}, {"e": "b", "host": "h", "user": "u"}
AT = 1451606400000


def test_correlate_in_sequence() -> None:
    assert rows(CHAIN, event(0, **A), event(1000, **B)) == [
        {"A.@timestamp": AT, "A.host": "h", "B.@timestamp": AT + 1000, "B.host": "h", "B.user": "u"}
    ]


@pytest.mark.parametrize(
    "events",
    [
        [event(0, **A), event(1001, **B)],
        [event(1, **A), event(0, **B)],
        [event(0, **A), event(0, **B)],
        [event(0, **A), event(1, e="b", host="other")],
        [event(0, e="a"), event(1, e="b")],
        [event(0, **A)],
    ],
    ids=["too late", "wrong order", "one instant", "other host", "no host", "alone"],
)
def test_no_constellation(events: list[Event]) -> None:
    assert rows(CHAIN, *events) == []


def test_correlate_in_any_order_by_a_global_constraint() -> None:
    query = "correlate(A: { e=a }, B: { e=b }, within=1s, globalConstraints=[host])"
    assert len(rows(query, event(1, **A), event(0, **B))) == 1
    assert rows(query, event(1, **A), event(0, e="b", host="other")) == []


def test_one_event_does_not_stand_for_two_queries() -> None:
    assert rows("correlate(A: { e=a }, B: { host=h }, globalConstraints=[host])", event(0, **A)) == []


def test_constellations_of_one_root() -> None:
    events = [event(0, **A), event(1, **B), event(2, **B)]
    assert len(rows(CHAIN, *events)) == 1
    assert len(rows(CHAIN.replace("within=1s", "within=1s, maxPerRoot=5"), *events)) == 2


def test_all_fields_of_a_query() -> None:
    (row,) = rows("correlate(A: { e=a } include: *, B: { e=b }, sequence=true)", event(0, **A), event(1, **B))
    assert row == {
        "A.e": "a",
        "A.host": "h",
        "A.@timestamp": AT,
        "A.@rawstring": "",
        "B.@timestamp": AT + 1,
    }
