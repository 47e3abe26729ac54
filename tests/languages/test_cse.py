"""Cloud SIEM rule expressions: what is read, refused and found wrong, and which records an expression is true of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stagewatch.languages.base import Event, Problem, QueryError, Value
from stagewatch.languages.cse import LANGUAGE

SCHEMA = {
    "Record": {
        "a": "string",
        "b": "string",
        "fields": "map[string]string",
        "ok": "boolean",
        "pid": "int",
        "tags": "array[string]",
        "timestamp": "long",
    },
    "fields": {"EventData.X": "string", "eventName": "string"},
}
TIME = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

ACCEPTED = [
    "a = 'b'",
    "a = 1 AND b = 2 && c = 3 and d = 4",
    "a = 1 OR b = 2 || c = 3 or d = 4",
    "(a = 1 OR b = 2) AND !(c = 3) AND !isNull(d)",
    "a != 'b' AND a == \"b\" AND a < 1 AND a <= -1 AND a > 1.5 AND a >= 0",
    "ok = true AND no = false",
    "a like '%b\\_c\\\\%' AND a LIKE 'x!%' ESCAPE '!'",
    "a matches /(?i)^b\\x2f$/ AND a matches \"*b*\" AND a rlike '.*b.*'",
    "a in ('b', \"c\") AND pid IN (1, 2)",
    "fields['EventData.X'] = 'a' AND fields[\"EventData.X\"] = 'a' AND fields.eventName = 'a'",
    'compareCIDRPrefix(a, "10.0.0.0", "8") OR contains(a, b)',
    "substring(lower(a), 0, length(lower(b))) = lower(b)",
    'a = "say \\"b\\""',
    "a = 'C:\\Temp' AND\n  b = 'x'",
]


@pytest.mark.parametrize("query", ACCEPTED)
def test_accepted(query: str) -> None:
    assert LANGUAGE.parse(query) == []


REFUSED = [
    ("", (1, 1), "unexpected end of the expression"),
    ("a = 1 AND\nb", (2, 2), "unexpected end of the expression"),
    ("a = 1 AND b = 2 OR c = 3", (1, 17), "unexpected 'OR'"),
    ("a = 1 || b = 2 && c = 3", (1, 16), "unexpected '&&'"),
    ("!a = 1", (1, 4), "unexpected '='"),
    ("NOT (a = 1)", (1, 8), "unexpected '='"),
    ("a = 'it''s'", (1, 9), "unexpected \"'s'\""),
    ("a = 'b\nc'", (1, 5), 'unexpected "\'"'),
    ("a = 'b", (1, 5), 'unexpected "\'"'),
    ('a = "b\\\\"', (1, 5), "backslashes before a quotation mark can be read in two ways"),
    ("a matches /b\\/c/", (1, 15), "unexpected 'c'"),
    ("a matches b", (1, 11), "unexpected 'b'"),
    ("a = /b/", (1, 5), "unexpected '/b/'"),
    ("a = 1 // b", (1, 7), "unexpected '/'"),
    ("a = 1 /* b */", (1, 7), "unexpected '/* b */'"),
    ("a between 1 and 2", (1, 3), "unexpected 'between'"),
    ("like = 'a'", (1, 1), "like is no name"),
    ("a = 1; b = 2", (1, 6), "unexpected ';'"),
]


@pytest.mark.parametrize(("query", "place", "message"), REFUSED)
def test_refused(query: str, place: tuple[int, int], message: str) -> None:
    assert LANGUAGE.parse(query) == [Problem(message, *place)]


CHECKED = [
    ("a = 'x' AND pid = 1 AND ok = true AND fields['EventData.X'] like 'x%' AND fields.eventName = 'x'", []),
    ("A = 'x' AND Pid = 1", ["1:1: unknown attribute A", "1:13: unknown attribute Pid"]),
    ("fields['EventData.x'] = 'x'", ["1:1: unknown raw key EventData.x"]),
    ("a = 1", ["1:1: text compared with number"]),
    ("pid = '1'", ["1:1: number compared with text"]),
    ("pid in (1, '2')", ["1:1: number compared with text"]),
    ("ok = 'true'", ["1:1: truth compared with text"]),
    ("tags = 'x'", ["1:1: array[string] compared with text"]),
    ("pid like '1%'", ["1:1: like needs text"]),
    ("pid matches /1/", ["1:1: regex needs text"]),
    ("lowers(a) = 'x'", ["1:1: unknown function lowers"]),
    ("LOWER(a) = 'x'", ["1:1: unknown function LOWER"]),
    ("lower(a, b) = 'x'", ["1:1: lower takes 1 arguments"]),
    ("lower(pid) = 'x'", ["1:1: lower takes text, not number"]),
    ("lower(a)", ["1:1: lower is no condition"]),
    ("isNull(pid) AND isNull(tags) AND isBlank(a)", []),
    ("toLong(a) < 4 AND length(a) > 2", []),
    ("substring(a, 'x') = 'x'", ["1:1: substring takes text, number, number, not text, text"]),
    ("a like 'x\\y'", ["\\y in a like pattern has no documented meaning"]),
    ("a like 'x\\'", ["a like pattern ends in \\"]),
    ("a like 'x' escape '!!'", ["ESCAPE takes one character"]),
    ("a matches 'x?'", ["? and a backslash in a wildcard pattern have no documented meaning"]),
    ("a matches 'x\\*'", ["? and a backslash in a wildcard pattern have no documented meaning"]),
]


@pytest.mark.parametrize(("query", "problems"), CHECKED)
def test_check(query: str, problems: list[str]) -> None:
    assert list(map(str, LANGUAGE.check(query, SCHEMA))) == problems


@pytest.mark.parametrize(("query", "engine"), [("a matches /(?<=x)y/", "RE2"), ("a rlike '(x'", "JAVA")])
def test_a_regex_that_its_engine_refuses(query: str, engine: str) -> None:
    (problem,) = LANGUAGE.check(query, SCHEMA)
    assert problem.message.startswith(f"{engine} refuses the regular expression")


def test_check_of_what_does_not_parse_raises() -> None:
    with pytest.raises(QueryError, match="1:4: unexpected end of the expression"):
        LANGUAGE.check("a =", SCHEMA)


def found(query: str, *records: dict[str, Value], source: str = "Record") -> list[int]:
    return sorted(LANGUAGE.run(query, [Event(TIME, source, record) for record in records], SCHEMA).events)


A: dict[str, Value] = {"a": "x", "pid": 1, "ok": True, "fields.EventData.X": "12"}
B: dict[str, Value] = {"a": "y", "b": "", "pid": 2, "ok": False, "fields.EventData.X": "0x3e7"}
NONE: dict[str, Value] = {}

CONDITIONS = [
    ("a = 'x'", [0]),
    ("a = 'X'", []),
    ("a == 'x'", [0]),
    ("lower(a) = 'x'", [0]),
    ("upper(a) = 'X'", [0]),
    ("pid = 1", [0]),
    ("pid < 2", [0]),
    ("pid <= 2", [0, 1]),
    ("pid > 1", [1]),
    ("pid >= 1.5", [1]),
    ("ok = true", [0]),
    ("ok = false", [1]),
    ("a in ('x', 'z')", [0]),
    ("pid in (2, 3)", [1]),
    ("a = 'x' OR pid = 2", [0, 1]),
    ("(a = 'x' OR pid = 2) && pid = 2", [1]),
    ("fields['EventData.X'] = '12'", [0]),
    ("toLong(fields['EventData.X']) < 13", [0]),
    # null is false, and its negation is true
    ("!(a = 'x')", [1, 2]),
    ("!(lower(a) = 'x')", [1, 2]),
    ("!(a in ('x'))", [1, 2]),
    ("!(a like 'x')", [1, 2]),
    ("!(a matches /.*x.*/)", [1, 2]),
    ("!(a rlike '.*x.*')", [1, 2]),
    ("!(a matches '*x*')", [1, 2]),
    ("!contains(a, 'x')", [1, 2]),
    ("!(a = 'x' AND pid = 1)", [1, 2]),
    ("isNull(a)", [2]),
    ("!isNull(a)", [0, 1]),
    ("isBlank(b)", [0, 1, 2]),
    ("b = ''", [1]),
    ("length(a) = 0", [2]),
    ("length(a) = 1", [0, 1]),
    ("contains(a, 'x')", [0]),
    ("a = b", []),
]


@pytest.mark.parametrize(("query", "positions"), CONDITIONS)
def test_condition(query: str, positions: list[int]) -> None:
    assert found(query, A, B, NONE) == positions


PATTERNS = [
    ("a like 'a%'", "abc", True),
    ("a like 'A%'", "abc", False),
    ("a like 'a_c'", "abc", True),
    ("a like 'b'", "abc", False),
    ("a like 'C:\\\\%'", "C:\\Temp", True),
    ("a like 'C:\\\\\\\\%'", "C:\\Temp", False),
    ("a like '50\\%'", "50%", True),
    ("a like '50\\%'", "500", False),
    ("a like 'a\\_b'", "a_b", True),
    ("a like 'a\\_b'", "axb", False),
    ("a like '50!%' escape '!'", "50%", True),
    # the vendor's example
    ("a like '\\%SystemDrive\\%\\\\Users%'", "%SystemDrive%\\Users\\John", True),
    ("a matches '*b*'", "abc", True),
    ("a matches 'b*'", "abc", False),
    ("a matches 'A*'", "abc", False),
    ("a matches /(?is).*B.*/", "a\nb", True),
    ("a matches /(?s).*B.*/", "a\nb", False),
    ("a matches /^a.c$/", "abc", True),
    ("a matches /^a.c$/", "abc\n", False),
    ("a rlike '.*[A-Za-z2-7]{3,}.*'", "abc", True),
    ('a = "say \\"b\\""', 'say "b"', True),
    ("a = 'C:\\Temp\\'", "C:\\Temp\\", True),
    ("substring(a, 1) = 'bc'", "abc", True),
    ("substring(a, 0, 2) = 'ab'", "abc", True),
    ("substring(a, 0, 9) = 'abc'", "abc", True),
    ("trim(a) = 'b'", " b ", True),
    ("isEmpty(a)", "", True),
    ("isEmpty(a)", "b", False),
    ("isBlank(a)", " ", True),
    ('compareCIDRPrefix(a, "10.10.1.100", "24")', "10.10.1.35", True),
    ('compareCIDRPrefix(a, "10.10.1.100", "24")', "10.10.2.35", False),
    ('compareCIDRPrefix(a, "10.10.1.100", "24")', "2001:db8::1", False),
    ('compareCIDRPrefix(a, "10.10.1.100", "24")', "-", False),
    ("toDouble(a) = 1.5", "1.5", True),
    ("int(a) = 15", "0x0f", False),
]


@pytest.mark.parametrize(("query", "text", "holds"), PATTERNS)
def test_pattern(query: str, text: str, holds: bool) -> None:
    assert found(query, {"a": text}) == [0] * holds


UNDOCUMENTED: list[tuple[str, dict[str, Value], str]] = [
    ("a matches /b/", {"a": "abc"}, "whether a regex is searched for or matches the whole value"),
    ("a rlike 'b'", {"a": "abc"}, "whether a regex is searched for or matches the whole value"),
    ("a != 'x'", {}, "!= with a field that a record lacks"),
    ("isEmpty(a)", {}, "isEmpty of null"),
    ("substring(a, 3) = ''", {"a": "abc"}, "substring outside of the text"),
    ("substring(a, 2, 1) = ''", {"a": "abc"}, "substring outside of the text"),
]


@pytest.mark.parametrize(("query", "record", "question"), UNDOCUMENTED)
def test_refused_where_two_readings_differ(query: str, record: dict[str, Value], question: str) -> None:
    with pytest.raises(QueryError, match=question):
        found(query, record)


def test_unequal() -> None:
    assert found("a != 'x'", A, B) == [1]


def test_only_records_are_searched() -> None:
    assert found("a = 'x'", A, source="Signal") == []


def test_versions() -> None:
    assert LANGUAGE.versions().keys() == {"google-re2", "lark"}
