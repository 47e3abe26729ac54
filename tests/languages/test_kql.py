"""KQL as Microsoft documents it, on small tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stagewatch.languages.base import Event, Problem, QueryError, Value
from stagewatch.languages.kql import LANGUAGE

for package in ("py_mini_racer", "duckdb", "duckdb_kql", "numpy", "paula"):
    pytest.importorskip(package)

SCHEMA = {
    "T": {
        "Timestamp": "datetime",
        "a": "string",
        "b": "string",
        "n": "long",
        "d": "dynamic",
        "f": "bool",
        "ip": "string",
        "where": "string",
    },
    "U": {"TimeGenerated": "datetime", "a": "string", "x": "int"},
    "Empty": {"a": "string"},
}

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def event(source: str = "T", seconds: int = 0, **record: Value) -> Event:
    return Event(NOON + timedelta(seconds=seconds), source, record)


EVENTS = [
    event(a="Alpha", b="É x", n=5, d='{"k": "V"}', f=True, ip="10.1.2.3"),
    event(a="beta\n", b="k", d=["p", "q"], ip="fe80::1"),
    event(seconds=60, b="K", ip="no"),
    event("U", a="u1", x=1),
]


def found(query: str, events: list[Event] = EVENTS) -> list[int]:
    assert LANGUAGE.parse(query) == []
    assert LANGUAGE.check(query, SCHEMA) == []
    result = LANGUAGE.run(query, events, SCHEMA)
    assert result.rows == ()
    return sorted(result.events)


def where(condition: str) -> list[int]:
    return found(f"T | where {condition}")


@pytest.mark.parametrize(
    ("query", "problems"),
    [
        ("T | where a == 'x' and", [Problem("KS006: Missing expression", 1, 23)]),
        ("T\n| where a has_anyy ('x')", [Problem("KS005: Expected: ;", 2, 11)]),
        ("T |\n where ((a == '\N{GRINNING FACE}') x", [Problem("KS005: Expected: )", 2, 20)]),
        ('T | where a == "x', [Problem('KS001: Missing: "', 1, 18)]),
    ],
)
def test_parse(query: str, problems: list[Problem]) -> None:
    assert LANGUAGE.parse(query)[: len(problems)] == problems
    with pytest.raises(QueryError):
        LANGUAGE.run(query, EVENTS, SCHEMA)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        (
            'T\n| where a matches regex "(["',
            Problem(
                "RUST refuses the regular expression '([': regex parse error: ([ ^ error: unclosed character class",
                2,
                25,
            ),
        ),
        (
            f'T | where a matches regex "{"(a)" * 17}"',
            Problem("the regular expression has 17 groups, more than 16", 1, 27),
        ),
        (
            'T | extend z = extract("(?=a)", 0, a)',
            Problem(
                "RUST refuses the regular expression '(?=a)': regex parse error: (?=a) ^^^ error: "
                "look-around, including look-ahead and look-behind, is not supported",
                1,
                24,
            ),
        ),
    ],
)
def test_parse_looks_at_regular_expressions(query: str, problem: Problem) -> None:
    assert LANGUAGE.parse(query) == [problem]


def test_sixteen_groups_are_allowed() -> None:
    assert LANGUAGE.parse(f'T | where a matches regex "{"(a)" * 16}(?:b)"') == []


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        (
            "V | where a == 'x'",
            "1:1: KS204: The name 'V' does not refer to any known table, tabular variable or function.",
        ),
        (
            "T | where A == 'x'",
            "1:11: KS142: The name 'A' does not refer to any known column, table, variable or function.",
        ),
        ("T\n| where n > 'x'", "2:11: KS106: The operator '>' is not defined for the operand types long and string."),
        (
            "T | where n contains 'x'",
            "1:13: KS106: The operator 'contains' is not defined for the operand types long and string.",
        ),
        ("T | where fold(a) == 'x'", "1:11: KS211: The name 'fold' does not refer to any known function."),
        ("T | where tolower(a, b) == 'x'", "1:11: KS119: The function 'tolower' expects 1 argument."),
        ("U | where Timestamp > ago(1h)", "KS142"),
    ],
)
def test_check(query: str, problem: str) -> None:
    assert LANGUAGE.parse(query) == []
    problems = LANGUAGE.check(query, SCHEMA)
    assert problem in str(problems[0])
    with pytest.raises(QueryError):
        LANGUAGE.run(query, EVENTS, SCHEMA)


@pytest.mark.parametrize(
    ("condition", "positions"),
    [
        ('a == "Alpha"', [0]),
        ('a == "alpha"', []),
        ('a != "Alpha"', [1, 2]),
        ('a =~ "alpha"', [0]),
        ('a !~ "alpha"', [1, 2]),
        ('a in ("Alpha", "x")', [0]),
        ('a in ("alpha", "x")', []),
        ('a in~ ("alpha", "x")', [0]),
        ('a !in~ ("alpha", "x")', [1, 2]),
        ('a contains "LPH"', [0]),
        ('a contains_cs "LPH"', []),
        ('a !contains "LPH"', [1, 2]),
        ('a startswith "ALPH" and a endswith "PHA"', [0]),
        ('a startswith_cs "ALPH" or a endswith_cs "PHA"', []),
        ('a contains "%" or a contains "_" or a startswith "*"', []),
        ('a has "alpha"', [0]),
        ('a has "alph"', []),
        ('a has_any ("ALPHA", "q")', [0]),
        ('a == ""', [2]),
        ("isempty(a)", [2]),
        ("isnotempty(a)", [0, 1]),
        ("isnull(n)", [1, 2]),
        ('d.k == "V"', [0]),
        ('d contains "v"', [0]),
        ('d.k matches regex "^V$"', [0]),
        ("array_length(d) == 2", [1]),
        ("f", [0]),
        ("['where'] == ''", [0, 1, 2]),
        ("tolower(a) == strcat('al', 'pha')", [0]),
    ],
)
def test_operators(condition: str, positions: list[int]) -> None:
    assert where(condition) == positions


@pytest.mark.parametrize(
    ("condition", "positions"),
    [
        ("n == 5", [0]),
        ("n != 5", [1, 2]),
        ("n > 3", [0]),
        ("not(n > 3)", []),
        ("not(coalesce(n > 3, false))", [1, 2]),
        ('ipv4_is_in_range(ip, "10.0.0.0/8")', [0]),
        ('not(ipv4_is_in_range(ip, "10.0.0.0/8"))', []),
        ('not(ipv4_is_in_range(ip, "11.0.0.0/8"))', [0]),
        ('ipv4_is_in_range(ip, "10.1.2.3")', [0]),
        ('ipv4_is_in_range(ip, "10.1.2.255/24")', [0]),
        ('ipv4_is_in_any_range(ip, "1.0.0.0/8", "10.0.0.0/8")', [0]),
        ('ipv4_is_in_any_range(ip, dynamic(["1.0.0.0/8", "10.0.0.0/8"]))', [0]),
        ('ipv6_is_in_range(ip, "fe80::/10")', [1]),
        ('not(ipv6_is_in_range(ip, "::/0"))', []),
        ('ipv6_is_in_any_range(ip, "1::/16", "fe80::/10")', [1]),
    ],
)
def test_null_is_neither_true_nor_false(condition: str, positions: list[int]) -> None:
    assert where(condition) == positions


@pytest.mark.parametrize(
    ("condition", "positions"),
    [
        ('a == "Alpha" or a == "x" and b == "y"', [0]),
        ('(a == "Alpha" or a == "x") and b == "y"', []),
        ('not(a == "Alpha" or isempty(a))', [1]),
    ],
)
def test_and_binds_tighter_than_or(condition: str, positions: list[int]) -> None:
    assert where(condition) == positions


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r'"a\\b\"c\td\ne"', 'a\\b"c\td\ne'),
        (r"'a\'b'", "a'b"),
        (r'@"a\n""b"', 'a\\n"b'),
        (r"@'a''b'", "a'b"),
        (r'"\u00e9\u2028\ud83d\ude00"', "é\u2028\N{GRINNING FACE}"),
        ('"a" "b"', "ab"),
        ("'a' @\"\\\"", "a\\"),
        ("```a\nb\\n```", "a\nb\\n"),
        ('"$%_[]*?"', "$%_[]*?"),
        ('h"secret"', "secret"),
    ],
)
def test_literals(literal: str, value: str) -> None:
    events = [event(a=value), event(a=f"{value}x"), event(a="x")]
    assert found(f"T | where a == {literal}", events) == [0]
    assert found(f"T | where a startswith {literal}", events) == [0, 1]
    assert found(f"T | where a in~ ({literal}, 'y')", events) == [0]


@pytest.mark.parametrize(
    ("condition", "positions"),
    [
        (r'a matches regex @"^[A-Z]\w+$"', [0]),
        ('a matches regex "LPH"', []),
        ('a matches regex "(?i)LPH"', [0]),
        ('a matches regex "ta.$"', []),
        ('a matches regex "(?s)ta.$"', [1]),
        (r'b matches regex @"^\w"', [0, 1, 2]),
        (r'b matches regex @"(?-u:^\w)"', [1, 2]),
        (r'a matches regex @"^[\w--[a-z]]"', [0]),
        ('not(a matches regex "^A")', [1, 2]),
        ("a matches regex b", []),
        ('a matches regex ""', [0, 1, 2]),
    ],
)
def test_regular_expressions_are_those_of_rust(condition: str, positions: list[int]) -> None:
    assert where(condition) == positions


def test_a_computed_regular_expression_is_refused_when_it_is_run() -> None:
    with pytest.raises(QueryError, match="unclosed group"):
        LANGUAGE.run("T | where a matches regex strcat('(', a)", EVENTS, SCHEMA)


@pytest.mark.parametrize(
    ("condition", "positions"),
    [
        ('b =~ "É X"', [0]),
        ('b =~ "é X"', []),
        ('b !~ "é X"', [0, 1, 2]),
        ('b in~ ("É X", "Q")', [0]),
        ('b in~ ("é x", "K")', [1, 2]),
        ('b in ("É X", "K")', [2]),
        ('b !in ("É X", "K")', [0, 1]),
        ('b !in~ ("É X", "Q")', [1, 2]),
        ('b contains "É X"', [0]),
        ('b startswith "é"', []),
        ('b !startswith "É"', [1, 2]),
        ('b matches regex "(?i)é"', [0]),
    ],
)
def test_only_ascii_is_compared_without_case(condition: str, positions: list[int]) -> None:
    assert where(condition) == positions


@pytest.mark.parametrize(
    ("condition", "positions"),
    [
        ('* contains "LPH"', [0]),
        ('* contains "v"', [0]),
        ('* == "Alpha"', [0]),
        ('* has "10"', [0]),
        ('* contains "É"', [0]),
        ('* contains "é"', []),
        ('* matches regex "^fe80"', [1]),
        ('not(* contains "alpha" or * contains "beta")', [2]),
        ('* contains "2026"', [0, 1, 2]),
        ('* startswith "4"', []),
    ],
)
def test_star_is_any_column(condition: str, positions: list[int]) -> None:
    assert where(condition) == positions


@pytest.mark.parametrize(
    ("query", "positions"),
    [
        ("T", [0, 1, 2]),
        ("Empty", []),
        ('T | extend z = tolower(a) | where z == "alpha"', [0]),
        ('T | where a startswith "AL" | project b, Q = strcat(a, "!")', [0]),
        ("T | project a | project-away a", [0, 1, 2]),
        ('T | project-rename z = a | where z has "alpha"', [0]),
        ("T | where a !in ((Empty | distinct a)) | top 1 by n", [0]),
        ("T | where a in ((T | where n == 5 | project a))", [0]),
        ("U | where a startswith 'u'", [3]),
        ("T | union U | where a startswith 'u' or a startswith 'a'", [0, 3]),
        ("union T, (U | project a) | where isnotempty(a)", [0, 1, 3]),
        ("let x = T | where a == 'Alpha' | project a; x | where a != 'q'", [0]),
        ("let x = materialize(T | project a); x | where a == 'Alpha'", [0]),
        ("let known = dynamic(['alpha']); T | where a in~ (known)", [0]),
        ("T | where Timestamp > ago(30s)", [2]),
        ("T | where now() - Timestamp <= 61s", [0, 1, 2]),
        ("T | where Timestamp between (datetime(2026-01-01) .. datetime(2026-01-01 12:00:00))", [0, 1]),
    ],
)
def test_rows_of_a_table_are_told_apart(query: str, positions: list[int]) -> None:
    assert found(query) == positions


def rows(query: str, events: list[Event] = EVENTS) -> list[dict[str, Value]]:
    assert LANGUAGE.parse(query) == []
    assert LANGUAGE.check(query, SCHEMA) == []
    result = LANGUAGE.run(query, events, SCHEMA)
    assert result.events == frozenset()
    return [dict(row) for row in result.rows]


def test_aggregation() -> None:
    assert rows("T | summarize c = count(), a = make_set(n), t = max(Timestamp) by big = n > 3 | order by c asc") == [
        {"big": True, "c": 1, "a": ["5"], "t": NOON},
        {"big": None, "c": 2, "a": [], "t": NOON + timedelta(seconds=60)},
    ]
    assert rows("T | where a == 'nothing' | summarize c = count() by a") == []
    assert rows("T | distinct b | where b == 'k'") == [{"b": "k"}]


def test_no_hidden_column_shows_in_rows() -> None:
    assert rows("T | join kind=inner U on a") == []
    assert rows("T | where n == 5 | summarize arg_max(Timestamp, *) by a") == [
        {
            "a": "Alpha",
            "Timestamp": NOON,
            "b": "É x",
            "n": 5,
            "d": '{"k": "V"}',
            "f": True,
            "ip": "10.1.2.3",
            "where": "",
        }
    ]


def test_a_sliding_window_by_join() -> None:
    query = """
        let Matches = materialize(T | project Timestamp, Key = tolower(a), Value = b);
        Matches
        | summarize by Key, End = Timestamp
        | mv-expand Bucket = pack_array(bin(End, 10m), bin(End, 10m) - 10m) to typeof(datetime)
        | join kind=inner (Matches | extend Bucket = bin(Timestamp, 10m)) on Key, Bucket
        | where (End - Timestamp) between (0s .. 10m)
        | summarize arg_max(Timestamp, Value) by Key, End, Value
        | summarize Values = count() by Key, End
        | where Values >= 2
    """
    burst = [event(a="K", b="1", seconds=590), event(a="k", b="2", seconds=1190), event(a="k", b="2", seconds=1180)]
    assert rows(query, burst) == [
        {"Key": "k", "End": NOON + timedelta(seconds=1180), "Values": 2},
        {"Key": "k", "End": NOON + timedelta(seconds=1190), "Values": 2},
    ]
    assert rows(query, [event(a="k", b="1", seconds=590), event(a="k", b="2", seconds=1191)]) == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("T | sort by a asc | extend p = prev(a)", "prev"),
        ("search 'alpha'", "SearchOperator"),
        ("T | where a == 'x'; U", "multi-statement"),
    ],
)
def test_what_the_engine_lacks_is_refused(query: str, reason: str) -> None:
    assert LANGUAGE.check(query, SCHEMA) == []
    with pytest.raises(QueryError, match=reason):
        LANGUAGE.run(query, EVENTS, SCHEMA)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (event("V"), "the schema has no table V"),
        (event(zz=1), "the table T has no column zz"),
        (event(n="5"), "T.n holds a long, which '5' is not"),
        (event(n=True), "T.n holds a long, which True is not"),
        (event(a=5), "T.a holds a string, which 5 is not"),
        (event(f=1), "T.f holds a bool, which 1 is not"),
        (event(Timestamp="noon"), "the records of T: .*invalid timestamp"),
    ],
)
def test_records_that_do_not_fit_their_table(record: Event, reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        LANGUAGE.run("T", [record], SCHEMA)
    assert found("T") == [0, 1, 2]


def test_events_do_not_stay() -> None:
    assert found("T | where a == 'Alpha'") == [0]
    assert found("T", []) == []
    assert found("U", [event("U", a="x")]) == [0]
    assert found("T", [event(a="x"), event(a="y")]) == [0, 1]


def test_times_come_from_the_event_unless_the_record_says_them() -> None:
    other = NOON + timedelta(hours=5)
    events = [event(), event(Timestamp=other), event("U")]
    assert found("T | where Timestamp == datetime(2026-01-01 12:00:00)", events) == [0]
    assert found("T | where Timestamp == datetime(2026-01-01 17:00:00)", events) == [1]
    assert found("U | where TimeGenerated == datetime(2026-01-01 12:00:00)", events) == [2]


def test_versions() -> None:
    assert set(LANGUAGE.versions()) == {"@kusto/language-service-next", "mini-racer", "paula", "duckdb-kql", "duckdb"}
