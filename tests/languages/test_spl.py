"""SPL: what is read, what each rule of the language means, what a check finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stagewatch.languages import spl_commands
from stagewatch.languages.base import Event, Problem, QueryError, Result, Schema
from stagewatch.languages.spl import LANGUAGE

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
SCHEMA: Schema = {
    "macros": {
        "log": "source=log",
        "either": "source=log OR source=other",
        "broken": "source=",
        "piped": "a=1 | table a",
    },
    "data sources": {"process": "source=log EventCode=1", "file": "source=log EventCode=11", "other": "source=other"},
    "process": {
        name: "number" if name in {"EventCode", "ProcessId"} else "string"
        for name in ("source", "EventCode", "ProcessId", "Image", "CommandLine", "User", "Host", "Ip")
    }
    | {"_time": "time", "_raw": "string"},
    "file": {"source": "string", "EventCode": "number", "Image": "string", "TargetFilename": "string", "_time": "time"},
    "other": {"source": "string", "Image": "string", "ProcessId": "string"},
}


def event(seconds: float = 0, /, raw: str = "", **record: str) -> Event:
    return Event(START + timedelta(seconds=seconds), "process", {"source": "log", **record}, raw)


def found(query: str, *events: Event) -> list[int]:
    result = LANGUAGE.run(query, events, SCHEMA)
    assert result.rows == ()
    return sorted(result.events)


def rows(query: str, *events: Event, show: str = "") -> list[dict[str, object]]:
    """The rows of an answer, without what every event has or with what is asked for alone."""
    names = show.split()
    result = LANGUAGE.run(query, events, SCHEMA)
    assert result.events == frozenset()
    return [
        {name: value for name, value in row.items() if (name in names if names else name not in {"_raw", "source"})}
        for row in result.rows
    ]


def matches(term: str, **record: str) -> bool:
    return found(f"source=log {term}", event(**record)) == [0]


def true(expression: str, **record: str) -> bool:
    """Whether ``where`` keeps an event."""
    return found(f"source=log | where {expression}", event(**record)) == [0]


def problems(query: str) -> list[str]:
    return list(map(str, LANGUAGE.check(query, SCHEMA)))


# --- what is read ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "`log`",
        "search `log`",
        'a=1 b="c d" AND e!=f',
        "a=*.exe (b=1 OR NOT c=2) NOT (d=3 e=4)",
        r'a IN ("x\\y*", "\"", 7)',
        "a>1 b>=1.5 c<-2 d<=3",
        "searched=1",
        'a=1 | where NOT a=b AND c=="d" OR e LIKE "f%" OR g IN ("h", 2)',
        "a.b=1 a.x-y-z IN (2, 3) NOT or-b=4 | streamstats count BY a.b",
        'a=1 | where \'strange field\'."x"="y"',
        "a=1 | eval b=if(c=1, d, null()), e=-b*2+(3-1)/4%5",
        "a=1\n| sort 0 _time, -b +c",
        "a=1 | fields - b, c | fields + d e | fields f | table a b, c | rename a AS b, c as d",
        "a=1 | streamstats window=2 global=f current=true count AS n dc(b) max(c) AS m BY d, e",
        "a=1 | streamstats time_window=5min count by d",
        "a=1 | stats count, sum(b) AS s BY c d",
        "| multisearch [ search a=1 ] [ search b=2 | where c=1 | eval d=1 | fields d | rename d AS e | search e=1 ]",
        "| multisearch [ search a=1 ] [ search b=2 ] [ search c=3 ] | sort 0 d",
    ],
)
def test_accepts(query: str) -> None:
    assert LANGUAGE.parse(query) == []


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("", 1, 1),
        ("a=1\n| where (b=1", 2, 13),
        ("a=1)", 1, 4),
        ('a="x', 1, 3),
        ("a='x'", 1, 3),
        ('a="x`y"', 1, 3),
        ('a="x\ny"', 1, 3),
        (r'a="b" c="d\ne"', 1, 11),
        (r'a="\*"', 1, 4),
        ('a="CASE(b)"', 1, 3),
        ("a=CASE(b)", 1, 3),
        ("TERM(b)", 1, 5),
        ("a==1", 1, 2),
        ("a>x", 1, 3),
        ("a=1 and b=2", 1, 5),
        ("a=1 OR", 1, 7),
        ("a=1 XOR b=2", 1, 5),
        ("NOT", 1, 4),
        ("word", 1, 5),
        ('"a phrase"', 1, 1),
        ("a=1 [ search b=2 ]", 1, 5),
        ("a IN ()", 1, 7),
        ("earliest=-15m a=1", 1, 1),
        ("`log(1)`", 1, 1),
        ("```comment``` a=1", 1, 1),
        ("| where a=1", 1, 3),
        ("a=1 | search", 1, 7),
        ("a=1 | where b=1 and c=1", 1, 17),
        ("a=1 | where b=1 XOR c=1", 1, 17),
        ("a=1 | where AND c=1", 1, 13),
        ('a=1 | where match(b, "\\q")', 1, 23),
        ("a=1 | where match(b, )", 1, 22),
        ("a=1 | where 5minutes=1", 1, 13),
        ("a=1 | eval b==1", 1, 13),
        ("a=1 | eval b", 1, 13),
        ("a=1 | sort 0 b desc", 1, 16),
        ("a=1 | sort 0 num(b)", 1, 17),
        ("a=1 | streamstats window=0 count", 1, 26),
        ("a=1 | streamstats time_window=5 count", 1, 31),
        ("a=1 | streamstats time_window=5w count", 1, 31),
        ("a=1 | streamstats window=2 time_window=5s count", 1, 7),
        ("a=1 | streamstats reset_on_change=t count", 1, 34),
        ("a=1 | streamstats BY b", 1, 19),
        ("a-=1", 1, 2),
        ("a=1 | streamstats count BY b-c", 1, 29),
        ("a=1 | table b-c", 1, 14),
        ("a=1 | transaction b", 1, 7),
        ("| multisearch [ search a=1 ]", 1, 29),
        ("| multisearch [ search a=1 ] [ b=1 ]", 1, 32),
        ("| multisearch [ search a=1 | sort 0 b ] [ search a=1 ]", 1, 30),
        ("a=1 | multisearch [ search a=1 ] [ search a=1 ]", 1, 7),
    ],
)
def test_refuses(query: str, line: int, column: int) -> None:
    assert [(problem.line, problem.column) for problem in LANGUAGE.parse(query)] == [(line, column)]
    with pytest.raises(QueryError):
        LANGUAGE.run(query, [], SCHEMA)


def test_problem_tells_what_and_where() -> None:
    assert LANGUAGE.parse("a=1 and b=2") == [Problem("'and' is not expected here", 1, 5)]
    assert LANGUAGE.parse(r'a="d\ne"') == [Problem(r"nothing says what \n means in this literal", 1, 5)]


# --- search ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "value", "expected"),
    [
        ('Image="A"', "a", True),
        ('Image="a"', "ab", False),
        ("Image=a*", "ab", True),
        ("Image=*b", "ab", True),
        ("Image=*b", "ba", False),
        ("Image=*B*", "abc", True),
        ("Image=a*a", "a", False),
        ("Image=a*b*a", "acba", True),
        ("Image=a*b*a", "acca", False),
        (r'Image="C:\\*"', "C:\\x", True),
        (r'Image="C:\\*"', "C:*", False),
        (r'Image="\"x\""', '"x"', True),
        ('Image="a?"', "ab", False),
        ('Image="a?"', "a?", True),
        ("Image=*", "a", True),
        ("Image=*", "", False),
        ('Image=""', "", True),
        ('Image=""', "a", False),
        ('Image!="a"', "b", True),
        ('Image!="a"', "A", False),
        ('Image IN ("a*", b)', "ax", True),
        ('Image IN ("a*", b)', "B", True),
        ('Image IN ("a*", b)', "c", False),
        ("ProcessId>4", "5", True),
        ("ProcessId>4", "40", True),
        ("ProcessId>4", "4", False),
        ("ProcessId>=4", "4", True),
        ("ProcessId<-1.5", "-2", True),
        ("ProcessId<=4", "x", False),
        ('Ip="10.0.0.0/8"', "10.1.2.3", True),
        ('Ip="10.0.0.0/8"', "11.1.2.3", False),
        ('Ip="10.0.0.0/8"', "10.0.0.0/8", False),
        ('Ip="fe80::/10"', "fe80::1", True),
        ('Ip="fe80::/10"', "10.0.0.1", False),
        ('Image="a/8"', "a/8", True),
    ],
)
def test_search_on_one_value(term: str, value: str, expected: bool) -> None:
    name = next(name for name in ("Image", "ProcessId", "Ip") if term.startswith(name))
    assert matches(term, **{name: value}) is expected


def test_search_without_the_field() -> None:
    assert {term: matches(term) for term in ("Image=a", "Image!=a", "NOT Image=a", "NOT Image!=a", "NOT Image=*")} == {
        "Image=a": False,
        "Image!=a": False,
        "NOT Image=a": True,
        "NOT Image!=a": True,
        "NOT Image=*": True,
    }


def test_or_binds_tighter_than_and_in_search() -> None:
    """By ``where`` the same words hold for both events."""
    both = event(Image="x", User="y"), event(Image="x", User="y", Host="z")
    assert found("source=nowhere Image=x OR User=y", *both) == []
    assert found("Image=x User=n OR Host=z", *both) == [1]
    assert found("Image=x AND User=n OR Host=z", *both) == [1]
    assert found('source=log | where Image="n" AND User="y" OR Image="x"', *both) == [0, 1]


def test_not_takes_the_next_term_only() -> None:
    assert found("NOT Image=x User=y", event(Image="n", User="y"), event(User="n"), event(Image="x")) == [0]
    assert found("NOT Image=x OR User=y", event(Image="x", User="y"), event(Image="x")) == [0]


def test_macro_is_replaced_as_text() -> None:
    """What it stands for joins its neighbours by the precedence of search."""
    events = event(Image="a"), event(Image="b"), Event(START, "other", {"source": "other", "Image": "a"})
    assert found("`log` Image=a", *events) == [0]
    assert found("`either` Image=a", *events) == [0, 2]
    assert found("Image=b OR `either`", *events) == [0, 1, 2]
    assert found("NOT `either`", *events) == [2]


def test_macro_that_is_not_defined() -> None:
    with pytest.raises(QueryError, match="no macro nothing is known"):
        LANGUAGE.run("`nothing`", [], SCHEMA)


def test_search_later_on_sees_new_fields() -> None:
    assert found("Image=* | eval n=len(Image) | search n>1", event(Image="a"), event(Image="ab")) == [1]


# --- where and eval --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('Image="Ab"', True),
        ('Image="ab"', False),
        ('Image!="ab"', True),
        ('Image="A*"', False),
        ("'Image'=\"Ab\"", True),
        ('NOT Image="ab" AND Image="Ab"', True),
        ('Image="Ab" OR Image="n" AND Image="n"', True),
        ('(Image="Ab" OR Image="n") AND Image="n"', False),
        ("ProcessId=10", True),
        ("ProcessId=10.0", True),
        ('ProcessId="10"', True),
        ('ProcessId="10.0"', False),
        ("ProcessId>9", True),
        ('ProcessId>"9"', True),
        ("Image>9", False),
        ("NOT Image>9", False),
        ('Image<"B"', True),
        ('Image<"A"', False),
        ("ProcessId-4=3*2", True),
        ("ProcessId+2=24/2", True),
        ("ProcessId%4=2", True),
        ("ProcessId-4-3=3", True),
        ("2+ProcessId*2=22", True),
        ("-ProcessId<0", True),
        ("ProcessId/0=1", False),
        ('Image.ProcessId="Ab10"', True),
        ("Image-1=1", False),
        ('Image IN ("x", "Ab")', True),
        ('Image IN ("x", "ab")', False),
        ('in(Image, "x", "Ab")', True),
        ("ProcessId IN (1, 10)", True),
        ('lower(Image)="ab"', True),
        ('upper(Image)="AB"', True),
        ("len(Image)=2", True),
        ('len("")=0', True),
        ('substr("abcd", 2)="bcd"', True),
        ('substr("abcd", 2, 2)="bc"', True),
        ('substr("abcd", -2)="cd"', True),
        ('substr("abcd", -2, 1)="c"', True),
        ('substr("abcd", -9)="abcd"', True),
        ('substr("abcd", 0, 2)="a"', True),
        ('substr("abcd", 9)=""', True),
        ("tonumber(ProcessId)>9", True),
        ("isnull(tonumber(Image))", True),
        ('tonumber("ff", 16)=255', True),
        ('isnull(tonumber("fg", 16))', True),
        ('tostring(5)="5"', True),
        ('coalesce(User, Image)="Ab"', True),
        ('if(Image="Ab", 1, 2)=1', True),
        ('if(User="x", 1, 2)=2', True),
        ('case(User="x", 1, Image="Ab", 2)=2', True),
        ('isnull(case(Image="x", 1))', True),
        ("isnull(null())", True),
        ("isnull(User) AND isnotnull(Image)", True),
        ('isnull("")', False),
        ('like(Image, "A%")', True),
        ('like(Image, "a%")', False),
        ('Image LIKE "_b"', True),
        ('like(Image, "_")', False),
        ('like("a\nb%", "a%")', True),
        ('like("a%", "a\\\\%")', False),
        ('like("a\\\\b", "a\\\\%")', True),
        ('match(Image, "^A")', True),
        ('match(Image, "b")', True),
        ('match(Image, "a")', False),
        ('match(Image, "(?i)a")', True),
        (r'match(ProcessId, "^\d+$")', True),
        (r'match(ProcessId, "^\\d+\\z")', True),
        ('cidrmatch("10.0.0.0/8", "10.1.2.3")', True),
        ('cidrmatch("10.0.0.0/8", "11.1.2.3")', False),
        ('cidrmatch("fe80::/10", "fe80::1")', True),
        ('cidrmatch("10.0.0.0/8", Image)', False),
    ],
)
def test_expression(expression: str, expected: bool) -> None:
    if "\n" in expression:
        expression = expression.replace("\n", "\\n")
    assert true(expression, Image="Ab", ProcessId="10") is expected


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ('User="x"', False),
        ('NOT User="x"', False),
        ('User!="x"', False),
        ('NOT match(User, "x")', False),
        ('isnull(User) OR NOT match(User, "x")', True),
        ('User="x" OR Image="a"', True),
        ('NOT (User="x" AND Image="n")', True),
        ('NOT (User="x" AND Image="a")', False),
        ('User="x" OR Image="n"', False),
        ('NOT lower(User)="x"', False),
        ("len(User)>=0", False),
        ('isnull(substr(User, 1) . "x")', True),
        ("isnull(User - 1)", True),
        ('isnull(cidrmatch("10.0.0.0/8", User))', True),
        ('NOT User IN ("x")', False),
    ],
)
def test_null_in_where(expression: str, kept: bool) -> None:
    assert true(expression, Image="a") is kept


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r'"C:\\windows\temp"', "C:\\windows\temp"),
        (r'"\"\\n"', '"\\n'),
        (r'"a\nb\rc"', "a\nb\rc"),
        (r'"\d\."', "\\d\\."),
    ],
)
def test_escapes_of_expressions(literal: str, value: str) -> None:
    assert true(f"Image={literal}", Image=value)


def test_comparison_binds_tighter_than_not() -> None:
    assert true("NOT lower(Image)=lower(User)", Image="a", User="b")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("Image", "1:14: where takes a condition"),
        ("unheard(Image)", "1:20: no function unheard is known"),
        ('Lower(Image)="a"', "no function Lower is known"),
        ("len(Image, User)=1", "1:20: len does not take 2 arguments"),
        ("case(Image)=1", "does not take 1 arguments"),
        ('case(Image="a", 1, 2)=1', "pairs"),
        ('match(Image, "(")', "PCRE refuses the regular expression"),
        ("NOT Image", "a condition is true or false"),
        ('(Image="a")="a"', "a condition is no value"),
        ('cidrmatch("x", Image)', "cidrmatch"),
        ('Image + "b"="ab"', "of text is not read"),
        ('substr(Image, 0.5)="a"', "whole numbers"),
    ],
)
def test_expression_that_cannot_be_run(expression: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        true(expression, Image="a", User="b")


def test_keyword_by_raw() -> None:
    assert found('`log` | where match(_raw, "(?i)needle")', event(raw="<a>Needle</a>"), event(raw="hay")) == [0]


def test_eval_from_left_to_right() -> None:
    answer = rows(
        "`log` | eval a=len(Image), b=a+1, Image=null() | stats count BY a b", event(Image="x"), event(Image="y")
    )
    assert answer == [{"a": "1", "b": "2", "count": 2}]


def test_eval_gives_no_condition() -> None:
    with pytest.raises(QueryError, match="1:14: eval gives a field no condition"):
        found('`log` | eval a=match(Image, "x")', event(Image="x"))


# --- the order and the shape of results ------------------------------------------------------------------------------


def test_rows_have_the_fields_of_their_events() -> None:
    answer = LANGUAGE.run("`log` | streamstats count", [event(0.5, raw="r", Image="a")], SCHEMA)
    assert answer == Result(
        rows=({"source": "log", "Image": "a", "_time": START.timestamp() + 0.5, "_raw": "r", "count": 1},)
    )


def test_events_come_newest_first_and_sort_keeps_the_order_of_equals() -> None:
    events = event(0, User="a"), event(0, User="b"), event(1, User="c")
    assert rows("`log` | streamstats count AS n", *events, show="User n") == [
        {"User": "c", "n": 1},
        {"User": "b", "n": 2},
        {"User": "a", "n": 3},
    ]
    assert [row["User"] for row in rows("`log` | sort 0 _time | streamstats count", *events)] == ["b", "a", "c"]


def test_sort_by_several_fields() -> None:
    events = [event(Image=image, User=user) for image, user in (("10", "a"), ("9", "b"), ("9", "c"), ("x", "d"))]
    query = "`log` | sort 0 {} | streamstats count"
    assert [row["User"] for row in rows(query.format("Image, User"), *events)] == ["b", "c", "a", "d"]
    assert [row["User"] for row in rows(query.format("Image -User"), *events)] == ["c", "b", "a", "d"]


def test_sort_puts_what_lacks_the_field_last_or_first() -> None:
    events = event(User="a"), event(Image="x", User="b")
    assert [row["User"] for row in rows("`log` | sort 0 Image | streamstats count", *events)] == ["b", "a"]
    assert [row["User"] for row in rows("`log` | sort 0 -Image | streamstats count", *events)] == ["a", "b"]


def test_sort_has_a_count() -> None:
    assert found("`log` | sort 1 Image", event(Image="b"), event(Image="a")) == [1]


def test_fields_and_table() -> None:
    answer = LANGUAGE.run("`log` | streamstats count | fields Image", [event(Image="a", User="b")], SCHEMA).rows
    assert answer == ({"Image": "a", "_time": START.timestamp(), "_raw": ""},)
    assert rows("`log` | streamstats count | fields - Image, _time", event(Image="a", User="b")) == [
        {"User": "b", "count": 1}
    ]
    assert rows("`log` | streamstats count | table User count Image", event(User="b")) == [{"User": "b", "count": 1}]


def test_rename() -> None:
    events = event(Image="a", User="b"), event(User="c")
    assert rows("`log` | rename Image AS User | stats count BY User", *events) == [{"User": "a", "count": 1}]


def test_table_keeps_what_events_are_found() -> None:
    assert found("`log` | eval a=1 | table a | fields - a", event(), event()) == [0, 1]


# --- streamstats and stats -------------------------------------------------------------------------------------------


def test_streamstats_over_all_before() -> None:
    values = ("a", "9"), ("a", "10"), ("b", "1"), ("a", "2")
    events = [event(at, User=user, ProcessId=value) for at, (user, value) in enumerate(values)]
    summed = "streamstats count AS n max(ProcessId) AS most min(ProcessId) sum(ProcessId) AS s BY User"
    query = f"`log` | sort 0 _time | {summed}"
    assert rows(query, *events, show="n most min(ProcessId) s") == [
        {"n": 1, "most": "9", "min(ProcessId)": "9", "s": 9},
        {"n": 2, "most": "10", "min(ProcessId)": "9", "s": 19},
        {"n": 1, "most": "1", "min(ProcessId)": "1", "s": 1},
        {"n": 3, "most": "10", "min(ProcessId)": "2", "s": 21},
    ]


def counts(options: str, *users: str) -> list[object]:
    events = [event(at, User=user) for at, user in enumerate(users)]
    return [row["n"] for row in rows(f"`log` | sort 0 _time | streamstats {options} count AS n BY User", *events)]


def test_window_of_all_groups_or_of_each() -> None:
    assert counts("window=2", "a", "b", "a", "a", "a") == [1, 1, 1, 2, 2]
    assert counts("window=2 global=t", "a", "b", "a", "a", "a") == [1, 1, 1, 2, 2]
    assert counts("window=2 global=f", "a", "b", "a", "a", "a") == [1, 1, 2, 2, 2]


def test_window_without_the_current_result() -> None:
    assert counts("current=f", "a", "a", "b", "a") == [0, 1, 0, 2]
    assert counts("window=1 current=f global=f", "a", "a", "b", "a") == [0, 1, 0, 1]


def test_no_window_is_bounded_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spl_commands, "STREAM_WINDOW", 2)
    assert counts("", "a", "a", "a", "b", "a") == [1, 2, 2, 1, 1]
    assert counts("time_window=1h", "a", "a", "a", "b", "a") == [1, 2, 2, 1, 1]


def test_time_window_slides_and_ends_before_its_span() -> None:
    events = [event(at, Image=image) for at, image in ((0, "a"), (5, "b"), (9.999999, "b"), (10, "c"), (15, "a"))]
    query = "`log` | sort 0 _time | streamstats time_window=10s dc(Image) AS d count AS n"
    assert rows(query, *events, show="d n") == [
        {"d": 1, "n": 1},
        {"d": 2, "n": 2},
        {"d": 2, "n": 3},
        {"d": 2, "n": 3},
        {"d": 3, "n": 3},
    ]


@pytest.mark.parametrize(("span", "count"), [("60s", 1), ("61sec", 2), ("1m", 1), ("1hour", 2), ("1d", 2)])
def test_units_of_a_time_window(span: str, count: int) -> None:
    answer = rows(f"`log` | sort 0 _time | streamstats time_window={span} count AS n", event(0), event(60))
    assert answer[-1]["n"] == count


def test_time_window_backwards_in_time() -> None:
    answer = rows("`log` | streamstats time_window=10s count AS n", event(0), event(5), event(20))
    assert [row["n"] for row in answer] == [1, 1, 2]


def test_time_window_takes_results_in_order() -> None:
    with pytest.raises(QueryError, match="in order of time"):
        rows(
            "`log` | sort 0 Image | streamstats time_window=1h count",
            *(event(at, Image=image) for at, image in enumerate("acb")),
        )


def test_events_of_one_time_are_counted_one_after_the_other() -> None:
    answer = rows("`log` | sort 0 _time | streamstats time_window=1s count AS n", event(), event(), event())
    assert [row["n"] for row in answer] == [1, 2, 3]


def test_result_without_a_field_of_by_has_no_summary() -> None:
    assert rows("`log` | sort 0 _time | streamstats count AS n BY User", event(), event(1, User="a"), show="n") == [
        {},
        {"n": 1},
    ]


def test_groups_and_distinct_values_keep_their_case() -> None:
    assert counts("", "a", "A") == [1, 1]
    assert rows("`log` | stats dc(User) distinct_count(User) AS d", event(User="a"), event(User="A")) == [
        {"dc(User)": 2, "d": 2}
    ]


def test_null_is_not_summed_up() -> None:
    query = (
        '`log` | sort 0 _time | eval start=if(Image="a", _time, null()) | streamstats max(start) AS s count(start) AS n'
    )
    events = event(0, Image="b"), event(1, Image="a"), event(2, Image="b")
    started = int(START.timestamp()) + 1
    assert rows(query, *events, show="s n") == [{"n": 0}, {"s": started, "n": 1}, {"s": started, "n": 1}]


def test_stats_gives_one_row_for_each_group() -> None:
    events = event(User="b", Image="x"), event(User="a", Image="y"), event(User="b", Image="x"), event(Image="z")
    assert rows("`log` | stats count dc(Image) AS images BY User", *events) == [
        {"User": "a", "count": 1, "images": 1},
        {"User": "b", "count": 2, "images": 1},
    ]
    assert rows("`log` Image=nothing | stats count", *events) == [{"count": 0}]


@pytest.mark.parametrize(
    ("aggregate", "message"), [("median(Image)", "no aggregate median"), ("dc", "dc takes a field")]
)
def test_aggregate_that_cannot_be_run(aggregate: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        LANGUAGE.run(f"`log` | stats {aggregate}", [event()], SCHEMA)


# --- multisearch -----------------------------------------------------------------------------------------------------


def test_multisearch_joins_the_results_in_order_of_time() -> None:
    events = event(0, Image="a"), event(1, Image="b"), event(2, Image="a")
    query = "| multisearch [ search `log` Image=a | eval s=1 ] [ search `log` Image=* | eval s=2 ]"
    assert rows(query, *events, show="Image s") == [
        {"Image": "a", "s": 1},
        {"Image": "a", "s": 2},
        {"Image": "b", "s": 2},
        {"Image": "a", "s": 1},
        {"Image": "a", "s": 2},
    ]


SEQUENCE = """| multisearch
    [ search `log` Image=first | eval step=1 ]
    [ search `log` Image=second | eval step=2 ]
| sort 0 _time, step
| eval start=if(step=1, _time, null())
| streamstats max(start) AS start_1 BY Host
| where step=2 AND _time - start_1 <= 900"""


@pytest.mark.parametrize(
    ("first", "second", "count"), [(0, 900, 1), (0, 900.000001, 0), (0, 0, 1), (1, 0, 0), (0.1, 900.1, 1)]
)
def test_sequence(first: float, second: float, count: int) -> None:
    events = event(first, Image="first", Host="h"), event(second, Image="second", Host="h")
    assert len(rows(SEQUENCE, *events)) == count
    other = event(first, Image="first", Host="g"), events[1]
    assert rows(SEQUENCE, *other) == []


# --- check -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "`log` EventCode=1 CommandLine=*a* ProcessId>4",
        "`log` EventCode IN (1, 11) CommandLine=a TargetFilename=b",
        "`log` TargetFilename=a",
        "`either` ProcessId=4",
        "`log` (EventCode=1 OR EventCode=11) Image=a",
        "`log` NOT EventCode=1 TargetFilename=a",
        "`log` EventCode=1 | eval a=len(Image) | where a>1 | sort 0 a | table a | search a>2",
        '`log` EventCode=1 | where ProcessId=4 OR ProcessId="4" OR Image="4" OR tonumber(Image)>4',
        '`log` EventCode=1 | where case(Image="a", 1, Image="b", 2)>1 AND if(Image="a", Image, User)="a"',
        "`log` EventCode=1 | streamstats max(_time) AS t BY User | where _time - t <= 900",
        '`log` EventCode=1 | rename Image AS i | stats sum(ProcessId) AS s min(i) AS m BY i | where m="a" AND s>1',
        SEQUENCE.replace("Host", "Image"),
    ],
)
def test_check_accepts(query: str) -> None:
    assert problems(query) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("`log` a=1", ["1:7: no field a is known here"]),
        ("`log` EventCode=11\nCommandLine=a", ["2:1: no field CommandLine is known here"]),
        ("`log` EventCode=1 TargetFilename IN (a)", ["1:19: no field TargetFilename is known here"]),
        ("`nothing` Image=a", ["1:1: no macro nothing is known"]),
        ("source=nowhere", ["1:1: the search reaches no data source"]),
        ("`log` Image>4", ["1:7: Image is text and has no number"]),
        ("`log` EventCode=one", ["1:1: the search reaches no data source"]),
        ("`log` EventCode=1 ProcessId=x", ["1:19: ProcessId is a number and never x"]),
        ("`log` Image=a*b", ["1:7: an asterisk inside of a value of Image may cross segments of the index"]),
        ('`log` | where b="x"', ["1:15: no field b is known here"]),
        ("`log` | where Image", ["1:9: where takes a condition"]),
        ("`log` | where NOT Image", ["1:19: AND, OR and NOT take conditions"]),
        ("`log` | where Image=1", ["1:20: a number is compared with text"]),
        ('`log` EventCode=1 | where ProcessId="x"', ["1:36: a number is compared with text"]),
        ("`log` EventCode=1 | where ProcessId=Image", ["1:36: a number is compared with text"]),
        ('`log` | where (Image="a")="b"', ["1:26: a condition is not compared"]),
        ('`log` | where uuid(Image)="a"', ["1:15: no function uuid is known"]),
        ('`log` | where lower(Image, 1)="a"', ["1:15: lower does not take 2 arguments"]),
        ('`log` | where case(Image="a")=1', ["1:15: case does not take 1 arguments"]),
        ('`log` | where lower(Image="a")="a"', ["1:26: lower: a condition is no value"]),
        ("`log` | where if(Image, 1, 2)=1", ["1:18: if: a condition is needed"]),
        ('`log` | where substr(Image, Image)="a"', ["1:29: substr: a number is needed"]),
        ("`log` | where match(Image, source)", ["1:28: match: the pattern is a literal"]),
        ('`log` | where cidrmatch("a", Image)', ["1:25: cidrmatch: not a subnet"]),
        ("`log` | where Image - 1 = 1", ["1:21: - takes numbers"]),
        ('`log` | eval a=match(Image, "b")', ["1:14: eval gives a field no condition"]),
        ("`log` | sort 0 a", ["1:16: no field a is known here"]),
        ("`log` | table Image | where isnull(source)", ["1:36: no field source is known here"]),
        ("`log` | fields Image | where isnull(source)", ["1:37: no field source is known here"]),
        ("`log` | fields - Image | where isnull(Image)", ["1:39: no field Image is known here"]),
        ("`log` | rename Image AS i | where isnull(Image)", ["1:42: no field Image is known here"]),
        ("`log` | stats count BY a", ["1:24: no field a is known here"]),
        ("`log` | stats count | where isnull(Image)", ["1:36: no field Image is known here"]),
        ("`log` | stats median(Image)", ["1:15: no aggregate median is known"]),
        ("`log` | stats dc", ["1:15: dc takes a field"]),
        ("`log` | stats sum(Image)", ["1:15: text has no sum"]),
        ("`log` a=", ["1:9: the query ends too early"]),
        (
            "| multisearch [ search `log` EventCode=1 a=1 ] [ search `log` EventCode=11 User=b ]",
            ["1:42: no field a is known here", "1:76: no field User is known here"],
        ),
    ],
)
def test_check_finds(query: str, expected: list[str]) -> None:
    assert problems(query) == expected


def test_check_of_a_pattern() -> None:
    (problem,) = problems('`log` | where match(Image, "(")')
    assert problem.startswith("1:28: match: PCRE refuses the regular expression '(': ")


@pytest.mark.parametrize("name", ["broken", "piped"])
def test_check_of_a_macro_that_is_no_base_search(name: str) -> None:
    assert len(problems(f"`{name}`")) == 1


def test_versions() -> None:
    assert {"lark", "pcre2"} <= LANGUAGE.versions().keys()
