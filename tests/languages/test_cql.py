"""CQL: what is read, what is refused and where, and what a check finds."""

from __future__ import annotations

import pytest

from stagewatch.languages.base import Problem, QueryError
from stagewatch.languages.cql import LANGUAGE
from stagewatch.languages.cql_regex import for_java

SCHEMA = {
    "ProcessRollup2": {"CommandLine": "string", "IntegrityLevel": "number", "UserName": "string"},
    "ZipFileWritten": {"TargetFileName": "string", "Size": "number"},
}

ACCEPTED = [
    "a=1",
    'a="b*" AND NOT c=d OR e!=*',
    "foo < 42 + 3",
    'src="client" ip="127.0.0.1"',
    r"#event_simpleName=/\A(?:A|B)\z/" + '\n| event_platform="Win"\n| c=/d\\/e/di',
    "a like b*c | b >= 1.5",
    "(a=1 OR b=2) AND (true OR false)",
    "not a=1 and !b=2 or c=3",
    '"host-name"=* | "free text" | /free/i | word',
    "case { a=1 | x := 1; NOT b=* OR c=2; * }",
    'cidr(field=a, subnet=["10.0.0.0/8", "::1/128"]) | !cidr(a, subnet="10.0.0.0/8")',
    'in(a, values=["b", "c*d"]) | a =~ in(values=[b], ignoreCase=true) | a =~ !in(values=[b])',
    'test(lower(a) == lower(b)) | !test(a < -1) | test((a + 1) * 2 / b % c - 1 != "x")',
    'text:startsWith(string=lower(a), substring="b") | text:endsWith(a, substring=b) | text:contains(a, substring=b)',
    'x := lower(a) | lower(a, as=y) | regex("b", field=a, flags="i")',
    "head(limit=max) | groupBy([a, b], function=[count(), {c=1 | max(d, as=e)}], limit=max) | _count >= 3",
    "head() | slidingTimeWindow([count(a, distinct=true, as=n), n2 := sum(a)], span=15m, current=exclude) | n > 2",
    "correlate(\n  A: { a=1 } include: [b, c],\n  B: { a=2 | b <=> A.b } include: *,\n  sequence=true, within=5m)",
    "a=1 // comment\n| /* more\n */ b=2",
]


@pytest.mark.parametrize("query", ACCEPTED)
def test_accepted(query: str) -> None:
    assert LANGUAGE.parse(query) == []


REFUSED = [
    ("", (1, 1), "the query ends too early"),
    ("a=1 |\n", (2, 1), "the query ends too early"),
    ("a=", (1, 3), "the query ends too early"),
    ("a=1\n| b==2", (2, 5), "'=' is not expected here"),
    ("a=1 | (b=2", (1, 11), "the query ends too early"),
    ("a=1)", (1, 4), "')' is not expected here"),
    ("case { a=1; }", (1, 13), "'}' is not expected here"),
    ('a="b', (1, 3), "'\"b' is not expected here"),
    (r'a="b\d"', (1, 3), r"""'"b\\d"' is not expected here"""),
    ("a=/b\nc/", (1, 3), "'/' is not expected here"),
    ("a=//b", (1, 6), "the query ends too early"),
    ("a And b", (1, 3), "'And' is a word of the language"),
    ("a=1 OR in(b, values=[c])", (1, 8), "'in' is not expected here"),
    ("(a=1 OR foo(b))", (1, 9), "'foo' is not expected here"),
    ("$saved()", (1, 1), "'$saved()' is not expected here"),
    ("a=?parameter", (1, 3), "'?parameter' is not expected here"),
    ("a < b", (1, 5), "'b' is not expected here"),
    ("a < -1", (1, 5), "'-1' is not expected here"),
    ("a > 5b", (1, 5), "'5b' is not expected here"),
    ("a=b?c", (1, 4), "'?c' is not expected here"),
    ("a=1 | test", (1, 7), "test is the name of a function: quote it"),
    ("a=1\n  | foo(b)", (2, 5), "unknown function foo()"),
    ("count(a, b=c)", (1, 10), "count() takes no argument b"),
    ("count(a, field=b)", (1, 10), "count() takes one argument field"),
    ("in(a)", (1, 1), "in() needs the argument values"),
    ("in(a, values=[b], ignoreCase=yes)", (1, 19), "ignoreCase of in() is true or false"),
    ("head(limit=many)", (1, 6), "limit of head() is a number or max"),
    ("head() | slidingTimeWindow(count(), span=5)", (1, 37), "span of slidingTimeWindow() is a span of time"),
    (
        "slidingTimeWindow(count(), span=5m)",
        (1, 1),
        "slidingTimeWindow() must come after an aggregate that puts the events in order",
    ),
    ("head() | slidingTimeWindow(head(), span=5m)", (1, 28), "head() gives more than one event"),
    ("groupBy(a, function=lower(b))", (1, 21), "lower() is no aggregate function"),
    ("groupBy(a, function={ b=1 })", (1, 21), "a query in groupBy() needs an aggregate function"),
    ("!count()", (1, 2), "count() filters nothing: it cannot be negated"),
    ("test(count() > 1)", (1, 6), "count() is no function of one event"),
    ("test([a])", (1, 6), "expression of test() is an expression"),
    ("head() | word", (1, 10), "text without a field cannot be sought after an aggregate"),
    ("a <=> B.a", (1, 1), "a link stands in a query of correlate() and names another one"),
    ("correlate(A: { a=1 })", (1, 1), "correlate() needs two queries or more, each with a name of its own"),
    ("correlate(A: { a=1 }, B: { b <=> C.a })", (1, 28), "no other query is named C"),
    ("correlate(A: { a=1 }, B: { count() })", (1, 28), "a query of correlate() does not aggregate"),
    ("correlate(A: { a=1 }, B: { b=1 }, root=A)", (1, 35), "correlate() takes no argument root"),
    ("correlate(A: { a=1 }, B: { b=1 } exclude: [a])", (1, 34), "'exclude' is no attribute of a query"),
    ('correlate("A": { a=1 }, B: { b=1 })', (1, 11), "'\"A\"' is not expected here"),
    ("head() | correlate(A: { a=1 }, B: { b=1 })", (1, 10), "correlate() cannot stand here"),
    ("a=/b/s", (1, 3), "unknown flag 's' of a regular expression"),
    ("a=/b/g", (1, 3), "unknown flag 'g' of a regular expression"),
    ("a=1 | /b(/", (1, 7), "LogScale's regular expressions do not support a group without an end: /b(/"),
]


@pytest.mark.parametrize(("query", "place", "message"), REFUSED)
def test_refused(query: str, place: tuple[int, int], message: str) -> None:
    assert LANGUAGE.parse(query) == [Problem(message, *place)]
    with pytest.raises(QueryError):
        LANGUAGE.run(query, [], {})


CHECKED = [
    ("a=1", [Problem("unknown field a", 1, 1)]),
    ('#event_simpleName="ProcessRollup2" | CommandLine=* | IntegrityLevel=12288 | IntegrityLevel>5', []),
    ("#event_simpleName=ProcessRollup | CommandLine=*", [Problem("unknown event type ProcessRollup", 1, 19)]),
    (
        r"#event_simpleName=/\A(?:ProcessRollup2|Zip)\z/ | TargetFileName=x",
        [Problem("unknown event type Zip", 1, 19), Problem("unknown field TargetFileName", 1, 50)],
    ),
    ("#event_simpleName=ZipFileWritten | CommandLine=x", [Problem("unknown field CommandLine", 1, 36)]),
    ("commandline=x", [Problem("unknown field commandline", 1, 1)]),
    ("IntegrityLevel=High", [Problem("IntegrityLevel is a number, 'High' is not", 1, 16)]),
    ('IntegrityLevel=""', []),
    ("IntegrityLevel=High*", []),
    ("CommandLine > 5", [Problem("CommandLine is text and has no order", 1, 1)]),
    ("test(lower(user) == CommandLine)", [Problem("unknown field user", 1, 6)]),
    (
        'test(IntegrityLevel == "High")',
        [Problem("IntegrityLevel is a number, 'High' is not: == never holds", 1, 6)],
    ),
    ("x := 1 | x=1 | y=1", [Problem("unknown field y", 1, 16)]),
    ("case { CommandLine=a | x := 1; * } | x=1", []),
    ("in(user, values=[a])", [Problem("unknown field user", 1, 1)]),
    ("count(as=n) | n > 1 | m > 1", [Problem("unknown field m", 1, 23)]),
    (
        "head() | groupBy([UserName, user], function=[{ x=1 | min(@timestamp, as=first) }]) | first=*",
        [Problem("unknown field user", 1, 10), Problem("unknown field x", 1, 48)],
    ),
    (
        "correlate(A: { UserName=a }, B: { UserName=b | UserName <=> A.user }, globalConstraints=[aid]) | A.UserName=a",
        [Problem("unknown field user", 1, 48), Problem("unknown field aid", 1, 71)],
    ),
]


@pytest.mark.parametrize(("query", "expected"), CHECKED)
def test_check(query: str, expected: list[Problem]) -> None:
    assert LANGUAGE.check(query, SCHEMA) == expected


def test_check_of_what_does_not_read() -> None:
    assert LANGUAGE.check("a=", SCHEMA) == LANGUAGE.parse("a=")


def test_versions() -> None:
    assert {"lark", "Java"} <= set(LANGUAGE.versions())


# --- regular expressions ---------------------------------------------------------------------------------------------

FOR_JAVA = [
    ("a|b", "", ("a|b", "m")),
    ("a.b", "di", ("a.b", "ims")),
    ("(a)|(?:b)(?=c)(?!d)", "", ("(?:a)|(?:b)(?=c)(?!d)", "m")),
    ("(?i)a|b", "", ("(?i:a)|b", "m")),
    ("x(?i)y(?d).z", "", ("x(?i:y(?s:.z))", "m")),
    ("(?id:a.b)", "", ("(?is:a.b)", "m")),
    (r"\Qa.(\E+\Q|", "", (r"a\.\(+\|", "m")),
    (r"[^\]\/\x41\u0041\011\cA\t-]\A\z\b", "", (r"[^\]\/\x41\u0041\011\cA\t-]\A\z\b", "m")),
    ("a?b*?c{2}d{2,}e{2,3}?f??", "", ("a?b*?c{2}d{2,}e{2,3}?f??", "m")),
]


@pytest.mark.parametrize(("pattern", "flags", "expected"), FOR_JAVA)
def test_regex_for_java(pattern: str, flags: str, expected: tuple[str, str]) -> None:
    assert for_java(pattern, flags) == expected


UNSUPPORTED = [
    ("(?<=a)b", "look-behind"),
    ("(?<!a)b", "look-behind"),
    ("(?>a)", "an atomic group"),
    ("(?<name>a)", "a named group (it would make a field)"),
    ("(?P<name>a)", "a named group (it would make a field)"),
    ("(?s)a", "the group '(?s)'"),
    ("(?-i:a)", "the group '(?-i'"),
    ("a+?", "+?"),
    ("a++", "++"),
    ("a{2}+", "{+"),
    ("*a", "'*' after nothing"),
    ("a{b", "a brace that is no number of repetitions"),
    ("a)", "a parenthesis that closes nothing"),
    ("[a", "a character class without an end"),
    ("[]a]", "an empty character class"),
    ("[a[b]]", "'[' in a character class"),
    ("[a&&b]", "'&' in a character class"),
    (r"[\b]", r"\b"),
    (r"\p{L}", r"\p"),
    (r"\h", r"\h"),
    (r"\v", r"\v"),
    (r"\e", r"\e"),
    (r"\1", r"\1"),
    (r"\x4", r"\x"),
    ("a\\", "a backslash at the end"),
]


@pytest.mark.parametrize(("pattern", "what"), UNSUPPORTED)
def test_regex_that_logscale_does_not_support(pattern: str, what: str) -> None:
    with pytest.raises(QueryError) as error:
        for_java(pattern, "")
    assert error.value.problems == (Problem(f"LogScale's regular expressions do not support {what}: /{pattern}/"),)
