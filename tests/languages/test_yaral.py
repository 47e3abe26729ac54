from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stagewatch.languages.base import Event, Problem, QueryError, Result, Value
from stagewatch.languages.yaral import LANGUAGE
from stagewatch.telemetry.secops import SCHEMA

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

HOST = "principal.hostname"
USER = "principal.user.userid"
PATH = "target.file.full_path"
LINE = "target.process.command_line"
SOFTWARE = "target.asset.software"


def rule(events: str, condition: str = "$e", *, match: str = "", options: str = "") -> str:
    sections = [f"  events:\n    {events}"]
    sections += [f"  match:\n    {match}"] * bool(match)
    sections += [f"  condition:\n    {condition}"]
    sections += [f"  options:\n    {options}"] * bool(options)
    return 'rule r {\n  meta:\n    author = "a"\n' + "\n".join(sections) + "\n}"


def event(at: float = 0, /, **record: Value) -> Event:
    """Names of fields have ``__`` for dots; seconds after noon."""
    named = {name.replace("__", "."): value for name, value in record.items()}
    return Event(NOON + timedelta(seconds=at), "LOG", named)


def of(**record: Value) -> Event:
    return event(0, **record)


def hits(events: str, *given: Event) -> list[int]:
    return sorted(LANGUAGE.run(rule(events), given, SCHEMA).events)


def holds(predicate: str, record: dict[str, Value]) -> bool:
    return LANGUAGE.run(rule(predicate), [Event(NOON, "LOG", record)], SCHEMA) == Result(frozenset({0}))


# Syntax.


@pytest.mark.parametrize(
    "text",
    [
        rule('$e.principal.hostname = "a"'),
        'rule r { events: $e.principal.hostname = "a" condition: $e }',
        rule('$e.principal.hostname = "a" // and so on\n    /* $e\n */ not $e.principal.ip = "::1"'),
        rule('$e.principal.hostname = "a" AND NOT ($e.target.hostname = "b" Or $e.target.hostname = "c" NOCASE)'),
        rule("re.regex(any $e.target.asset.software.name, `(?s)a\\x60b`) nocase"),
        rule('$e.additional.fields["current_directory"] = "/tmp" nocase'),
        rule('net.ip_in_range_cidr($e.principal.ip, "10.0.0.0/8")\n    $e.principal.port > 1024'),
        rule('all $e.principal.ip != ""\n    $e.network.ipv6 = true'),
        rule("$h = $e.principal.hostname\n    $e.target.hostname = $v", "#v >= 2 and $e", match="$h over 48h"),
        rule("$h = $e.principal.hostname", "#e > 1", match="$h over 1m", options="allow_zero_values = true"),
        rule("$h = $e.principal.hostname", "($e or #h > 3) and #e > 0", match="$h over 1d"),
        rule(
            "$a.principal.hostname = $h\n    $h = $b.principal.hostname\n"
            "    $a.metadata.event_timestamp.seconds <= $b.metadata.event_timestamp.seconds + 60 - 1",
            "$a and $b",
            match="$h over 2h before $b",
        ),
    ],
)
def test_accepts(text: str) -> None:
    assert LANGUAGE.parse(text) == []
    assert LANGUAGE.check(text, SCHEMA) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem("the rule ends too early", 1, 1)),
        ("rule r {\n  events:\n    $e.a = 1", Problem("the rule ends too early", 3, 13)),
        (
            "rule r {\n  conditions:\n    $e\n}",
            Problem("not expected here: conditions:", 2, 3),
        ),
        (
            "rule r {\n  condition:\n    $e\n  events:\n    $e.a = 1\n}",
            Problem("not expected here: condition:", 2, 3),
        ),
        (rule('$e.a = "b'), Problem('not expected here: "b', 5, 12)),
        (rule("$e.a = 'b'"), Problem("not expected here: 'b'", 5, 12)),
        (rule("$e.a = /a/b/"), Problem("not expected here: b/", 5, 15)),
        (rule("$e.a = /a\\/"), Problem("not expected here: /a\\/", 5, 12)),
        (rule('$e.a = "\\d"'), Problem("no such escape in a string: \\d", 5, 13)),
        (rule('$e.a == "b"'), Problem('not expected here: = "b"', 5, 11)),
        (rule("$e.a = -1"), Problem("not expected here: -1", 5, 12)),
        (rule('$e.a = "b" $e.c = "d"'), Problem("a predicate on a line of its own", 5, 16)),
        (rule('(\n    $e.a = "b"\n    ) $e.c = "d"'), Problem("a predicate on a line of its own", 7, 7)),
        (rule('($e.a = "b"'), Problem("not expected here: condition:", 6, 3)),
        (rule("($e.a + 1) > 2"), Problem("not expected here: ) > 2", 5, 14)),
        (rule("$e.a + 2 * 3 > 2"), Problem("one operator where * is one", 5, 5)),
        (rule("$e.a / 2 > 2"), Problem("not expected here: / 2 > 2", 5, 10)),
        (rule("$e.a in %list"), Problem("not expected here: in %list", 5, 10)),
        (rule("/a/ = $e.a"), Problem("not expected here: /a/ = $e.a", 5, 5)),
        (rule("$e.a[0] = 1"), Problem("not expected here: 0] = 1", 5, 10)),
        (rule("$e.a = 1", "!$e"), Problem("not expected here: !$e", 7, 5)),
        (rule("$e.a = 1", "$e, $f"), Problem("not expected here: , $f", 7, 7)),
        (rule("$e.a = 1", match="$h by 5m"), Problem("not expected here: by 5m", 7, 8)),
        (rule("$e.a = 1", match="$h over 5s"), Problem("not expected here: 5s", 7, 13)),
        (rule("$e.a = 1", match="$h over 5m after"), Problem("not expected here: condition:", 8, 3)),
        (rule("$e.a = 1").replace('"a"', "1"), Problem("not expected here: 1", 3, 14)),
        (rule("$e.a = 1") + "\nrule s", Problem("not expected here: rule s", 9, 1)),
    ],
)
def test_refuses(text: str, problem: Problem) -> None:
    assert LANGUAGE.parse(text) == [problem]
    with pytest.raises(QueryError) as raised:
        LANGUAGE.run(text, [], SCHEMA)
    assert raised.value.problems == (problem,)


def test_the_third_party_parsers_have_a_say() -> None:
    [problem] = LANGUAGE.parse(rule("$e.principal.port + 1 > 2"))
    assert problem.message.startswith("yaraast: Parser error at 5:23: Expected operator")
    assert (problem.line, problem.column) == (5, 23)


def test_the_third_party_validator_has_a_say() -> None:
    assert (
        LANGUAGE.parse(rule('$e.principal.hostname = "a"', "$f"))
        == [Problem("yaraast: condition: Undefined event variable: f")] * 2
    )


def test_what_it_says_of_counted_placeholders_is_passed_over_and_nothing_else() -> None:
    counted = rule("$h = $e.principal.hostname\n    $v = $e.target.hostname", "$e and #v >= 2", match="$h over 5m")
    assert LANGUAGE.parse(counted) == []
    undefined = [Problem("yaraast: condition: Undefined event variable: v")] * 2
    assert LANGUAGE.parse(counted.replace("#v >= 2", "$v")) == undefined
    assert LANGUAGE.parse(counted.replace("$v = $e.target.hostname", '$e.target.hostname = "a"')) == undefined


# Schema and types.


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        (rule('$e.principal.hostnam = "a"'), "unknown UDM field: principal.hostnam", 5),
        (rule('$e.dst.hostname = "a"'), "unknown UDM field: dst", 5),
        (rule('$e.principal.process.file = "a"'), "a message, not a value: principal.process.file (File)", 5),
        (rule('$e.principal.hostname.x = "a"'), "no message: principal.hostname (string)", 5),
        (rule('$e.principal.object_reference.id = "a"'), "not described: Id (principal.object_reference.id)", 5),
        (rule('$e.principal.hostname["a"] = "a"'), "no map and no labels: principal.hostname (string)", 5),
        (
            rule('$e.additional.fields = "a"'),
            "a message, not a value: additional.fields (map<string, google.protobuf.Value>)",
            5,
        ),
        (rule('$e.metadata.event_type = "FILE_CREATE"'), "unknown value of Metadata.EventType: FILE_CREATE", 30),
        (rule('$e.principal.platform = "windows"'), "unknown value of Noun.Platform: windows", 29),
        (rule('$e.metadata.event_type = "FILE_CREATION" nocase'), "nocase with an enum", 5),
        (rule("$e.metadata.event_type = /FILE/"), "a regular expression for an enum", 30),
        (rule("$e.metadata.event_type = $e.principal.platform"), "enum compared with enum", 5),
        (rule('strings.to_lower($e.principal.platform) = "a"'), "strings.to_lower of enum", 22),
        (rule('$e.principal.port = "80"'), "number compared with text", 5),
        (rule("$e.principal.hostname = 80"), "text compared with number", 5),
        (rule('$e.principal.hostname > "a"'), "> with text", 5),
        (rule("$e.principal.hostname > /a/"), "> with text", 5),
        (rule("$e.principal.port = /80/"), "number compared with text", 5),
        (rule("$e.principal.port = 80 nocase"), "nocase with number", 5),
        (rule("$e.principal.hostname + 1 > 2"), "arithmetic with text", 5),
        (rule('any $e.principal.hostname = "a"'), "any of a field that is not repeated: principal.hostname", 5),
        (rule("any $e.principal.ip = any $e.principal.nat_ip"), "more than one any or all in a comparison", 5),
        (rule('strings.lower($e.principal.hostname) = "a"'), "unknown function: strings.lower", 5),
        (rule('strings.reverse($e.principal.hostname, "a") = "a"'), "strings.reverse with 2 arguments", 5),
        (rule('strings.concat($e.principal.hostname) = "a"'), "strings.concat with 1 arguments", 5),
        (rule("strings.reverse($e.principal.hostname)"), "not true or false: strings.reverse", 5),
        (rule('strings.contains($e.principal.hostname, "a") nocase'), "nocase after strings.contains", 5),
        (rule("re.regex($e.principal.hostname, $e.target.hostname)"), "re.regex takes a literal here", 37),
        (rule('net.ip_in_range_cidr($e.principal.ip, "10.0.0")'), "net.ip_in_range_cidr cannot read 10.0.0", 43),
        (rule('"a" = "b"\n    $e.principal.port = 1'), "a comparison of two literals", 5),
        (rule('$e.principal.hostname = $h\n    $h = "a"\n    $x != ""'), "a placeholder without a value: $x", 5),
    ],
)
def test_checks_events(text: str, message: str, column: int) -> None:
    [problem] = LANGUAGE.check(text, SCHEMA)
    assert (problem.message, problem.column) == (message, column)
    with pytest.raises(QueryError):
        LANGUAGE.run(text, [], SCHEMA)


@pytest.mark.parametrize("pattern", ["$e.principal.hostname = /(?=a)/", "re.regex($e.principal.hostname, `(`)"])
def test_checks_regular_expressions(pattern: str) -> None:
    [problem] = LANGUAGE.check(rule(pattern), SCHEMA)
    assert problem.line == 5


JOINED = "$h = $a.principal.hostname\n    $h = $b.principal.hostname"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (rule(JOINED, "$a and $b"), "several events without a match section"),
        (rule(JOINED, "$a or $b", match="$h over 5m"), "or in the condition of several events"),
        (rule(JOINED, "$a and $c", match="$h over 5m"), "unknown in the condition: c"),
        (rule(JOINED, "$a and #c > 1", match="$h over 5m"), "unknown in the condition: c"),
        (rule(JOINED, "$a and #b >= 0", match="$h over 5m"), "unbounded: #b >= 0"),
        (rule(JOINED, "$a and #b < 2", match="$h over 5m"), "unbounded: #b < 2"),
        (rule(JOINED, "$a and $b", match="$h over 0m"), "a window of less than 1 minute or more than 48 hours"),
        (rule(JOINED, "$a and $b", match="$h over 49h"), "a window of less than 1 minute or more than 48 hours"),
        (rule(JOINED, "$a and $b", match="$x over 5m"), "a match key that is no placeholder: $x"),
        (rule(JOINED, "$a and $b", match="$h over 5m after $x"), "unknown event: $x"),
        (rule(JOINED, "$a and $b", match="$h over 5m", options="x = true"), "unknown option: x"),
        (
            rule("$h = $a.principal.hostname\n    $b.principal.port = 1", "$a and $b", match="$h over 5m"),
            "an event that nothing joins: $b",
        ),
        (rule('strings.concat("a", "b") = "ab"', "$e"), "no event\nunknown in the condition: e"),
        (rule('$e.principal.hostname = "a"', "#e > 1"), "a count without a match section"),
        (
            rule("$h = $e.principal.hostname\n    $h = $e.principal.port", match="$h over 5m"),
            "text compared with number",
        ),
        (rule("$h = $e.principal.hostname nocase", match="$h over 5m"), "nocase where $h gets its value"),
        (rule("$h = any $e.principal.ip", match="$h over 5m"), "any where $h gets its value"),
        (rule("$e = $e.principal.hostname", match="$e over 5m"), "an event and a placeholder called $e"),
    ],
)
def test_checks_what_belongs_together(text: str, message: str) -> None:
    assert "\n".join(problem.message for problem in LANGUAGE.check(text, SCHEMA)) == message


# Predicates.


@pytest.mark.parametrize(
    ("predicate", "value", "expected"),
    [
        # Equality tells upper from lower case, of the whole value; there are no wildcards.
        ('$e.F = "Tar"', "Tar", True),
        ('$e.F = "Tar"', "tar", False),
        ('$e.F = "Tar"', "Tar x", False),
        ('$e.F = "T*"', "Tar", False),
        ('$e.F = "Tar" nocase', "tAR", True),
        ('$e.F = "über" nocase', "ÜBER", True),
        ('$e.F != "Tar"', "tar", True),
        ('$e.F != "Tar" nocase', "tar", False),
        ('"Tar" = $e.F', "Tar", True),
        # Literals.
        (r'$e.F = "C:\\a\"b"', 'C:\\a"b', True),
        (r"$e.F = `C:\a`", r"C:\a", True),
        (r'$e.F = "a\tb"', "a\tb", True),
        # Regular expressions are searched for, in the first line unless (?s).
        ("$e.F = /ar/", "tart", True),
        ("$e.F = /AR/", "tart", False),
        ("$e.F = /AR/ nocase", "tart", True),
        ("$e.F = /^ar/", "tart", False),
        ("$e.F != /ar/", "tart", False),
        ("$e.F != /ar/", "zip", True),
        (r"$e.F = /a\/b/", "a/b", True),
        ("$e.F = /b/", "a\nb", False),
        ("$e.F = /(?s)a.b/", "a\nb", True),
        ("$e.F = /(?is)A.b/", "a\nb", True),
        ("$e.F = /(?i)B/", "a\nb", False),
        ("$e.F = /(?s:a)/", "a\nb", True),
        ("$e.F = /(?s:.b)/", "a\nb", False),
        ("re.regex($e.F, `a.c`)", "xabcx", True),
        ("re.regex($e.F, `A.C`)", "xabcx", False),
        ("re.regex($e.F, `A.C`) nocase", "xabcx", True),
        # Functions.
        ('strings.contains($e.F, "b")', "abc", True),
        ('strings.contains($e.F, "B")', "abc", False),
        ('strings.ends_with($e.F, "bc")', "abc", True),
        ('strings.ends_with($e.F, "ab")', "abc", False),
        ('strings.reverse($e.F) = "cba"', "abc", True),
        ('strings.to_lower($e.F) = "abc"', "aBC", True),
        ('strings.to_upper($e.F) = "ABC"', "aBc", True),
        ('strings.concat($e.F, "/", $e.F) = "a/a"', "a", True),
        ('strings.coalesce($e.target.hostname, $e.F) = "a"', "a", True),
        # A lacking field is the empty string.
        ('$e.F = ""', None, True),
        ('$e.F != "a"', None, True),
        ('not $e.F = "a"', None, True),
        ('$e.F != ""', None, False),
        ("$e.F = /a*/", None, True),
        ("$e.F = /./", None, False),
        ("$e.F = $e.target.hostname", None, True),
        ('strings.contains($e.F, "")', None, True),
    ],
)
def test_text(predicate: str, value: str | None, expected: bool) -> None:
    record: dict[str, Value] = {} if value is None else {HOST: value}
    assert holds(predicate.replace(".F", f".{HOST}"), record) is expected


@pytest.mark.parametrize(
    ("predicate", "record", "expected"),
    [
        ('$e.principal.platform = "WINDOWS"', {"principal.platform": "WINDOWS"}, True),
        ('$e.principal.platform = "UNKNOWN_PLATFORM"', {}, True),
        ('$e.principal.platform != "WINDOWS"', {}, True),
        ("$e.principal.port = 80", {"principal.port": 80}, True),
        ("$e.principal.port = 0", {}, True),
        ("$e.principal.port < 81", {"principal.port": 80}, True),
        ("$e.principal.port <= 80", {"principal.port": 80}, True),
        ("$e.principal.port > 80", {"principal.port": 80}, False),
        ("81 > $e.principal.port", {"principal.port": 80}, True),
        ("$e.principal.port + 2 - 1 = $e.target.port", {"principal.port": 80, "target.port": 81}, True),
        ("$e.principal.port * 2 = 160", {"principal.port": 80}, True),
        ("$e.network.ipv6 = true", {"network.ipv6": True}, True),
        ("$e.network.ipv6 = false", {}, True),
        ("$e.metadata.event_timestamp.seconds >= 1", {}, True),
        ("$e.metadata.event_timestamp.seconds >= 1", {"metadata.event_timestamp.seconds": 0}, False),
        ('net.ip_in_range_cidr($e.principal.ip, "10.0.0.0/8")', {"principal.ip": ["10.1.2.3"]}, True),
        ('net.ip_in_range_cidr($e.principal.ip, "10.0.0.0/8")', {"principal.ip": ["11.1.2.3"]}, False),
        ('net.ip_in_range_cidr($e.principal.ip, "fd00::/8")', {"principal.ip": ["fd00::1"]}, True),
        ('net.ip_in_range_cidr($e.principal.ip, "0.0.0.0/0")', {"principal.ip": ["-"]}, False),
        ('net.ip_in_range_cidr($e.principal.ip, "0.0.0.0/0")', {}, False),
        # Maps and labels are looked up by key.
        (
            '$e.additional.fields["b"] = "2"',
            {"additional.fields.key": ["a", "b"], "additional.fields.value.string_value": ["1", "2"]},
            True,
        ),
        ('$e.principal.labels["b"] = "1"', {"principal.labels.key": ["a"], "principal.labels.value": ["1"]}, False),
        ('$e.principal.labels["b"] = ""', {}, True),
    ],
)
def test_other_types(predicate: str, record: dict[str, Value], expected: bool) -> None:
    assert holds(predicate, record) is expected


@pytest.mark.parametrize(
    ("predicate", "ips", "expected"),
    [
        # The event is told once for each element.
        ('$e.principal.ip = "1.1.1.1"', ["2.2.2.2", "1.1.1.1"], True),
        ('$e.principal.ip != "1.1.1.1"', ["2.2.2.2", "1.1.1.1"], True),
        ('not $e.principal.ip = "1.1.1.1"', ["1.1.1.1"], False),
        ('$e.principal.ip = "1.1.1.1"\n    $e.principal.ip = "2.2.2.2"', ["2.2.2.2", "1.1.1.1"], False),
        ('$e.principal.ip = ""', [], True),
        # any and all look at the list.
        ('any $e.principal.ip = "1.1.1.1"\n    any $e.principal.ip = "2.2.2.2"', ["2.2.2.2", "1.1.1.1"], True),
        ('any $e.principal.ip = ""', [], False),
        ('not any $e.principal.ip != ""', [], True),
        ('all $e.principal.ip != "1.1.1.1"', ["2.2.2.2", "1.1.1.1"], False),
        ('all $e.principal.ip != "1.1.1.1"', ["2.2.2.2"], True),
        ('all $e.principal.ip = "1.1.1.1"', [], True),
        ("re.regex(any $e.principal.ip, `^2`)", ["1.1.1.1", "2.2.2.2"], True),
        ("not re.regex(any $e.principal.ip, `^2`)", ["1.1.1.1", "2.2.2.2"], False),
    ],
)
def test_repeated_fields(predicate: str, ips: list[str], expected: bool) -> None:
    assert holds(predicate, {"principal.ip": ips}) is expected


def test_fields_of_a_repeated_message_are_of_one_element() -> None:
    both = f'$e.{SOFTWARE}.name = "a"\n    $e.{SOFTWARE}.version = "%s"'
    record: dict[str, Value] = {f"{SOFTWARE}.name": ["a", "b"], f"{SOFTWARE}.version": ["1", "2"]}
    assert holds(both % "1", record)
    assert not holds(both % "2", record)


def test_several_values_where_udm_has_one() -> None:
    with pytest.raises(QueryError, match="several values of principal.hostname"):
        holds('$e.principal.hostname = "a"', {HOST: ["a"]})


@pytest.mark.parametrize(
    ("predicates", "found"),
    [
        # not over and over or.
        ("A or B and C", [0, 1, 2, 3, 7]),
        ("not A and B", [6, 7]),
        ("not (A and B)", [2, 3, 4, 5, 6, 7]),
        # A line is a weaker and.
        ("A\n    or B\n    C", [1, 3, 7]),
        ("A\n    B or C", [0, 1, 3]),
        ("A or B and\n    C", [0, 1, 2, 3, 7]),
    ],
)
def test_precedence(predicates: str, found: list[int]) -> None:
    """The events are all combinations: A in the first four, B in 0, 1, 6, 7, C in the odd ones."""
    terms = {"A": "$e.principal.port = 1", "B": "$e.target.port = 1", "C": "$e.src.port = 1"}
    for name, term in terms.items():
        predicates = predicates.replace(name, term)
    given = [
        of(principal__port=int(number < 4), target__port=int(number in {0, 1, 6, 7}), src__port=number % 2)
        for number in range(8)
    ]
    assert hits(predicates, *given) == found


@pytest.mark.parametrize(
    ("predicates", "found"),
    [
        ("$x = $e.principal.hostname\n    $x = $e.target.hostname", [0, 2]),
        ('$x = $e.principal.hostname\n    $x = $e.target.hostname\n    $x != ""', [0]),
        ('$x = $e.principal.hostname\n    ($x = "" or $e.target.hostname = "b")', [1, 2]),
    ],
)
def test_a_placeholder_of_one_event(predicates: str, found: list[int]) -> None:
    given = [
        of(principal__hostname="a", target__hostname="a"),
        of(principal__hostname="a", target__hostname="b"),
        of(),
    ]
    assert hits(predicates, *given) == found


def test_a_rule_without_match_tells_events() -> None:
    text = rule('$e.metadata.event_type = "FILE_CREATION"')
    given = [of(metadata__event_type="FILE_CREATION"), of(metadata__event_type="FILE_DELETION"), of()]
    assert LANGUAGE.run(text, given, SCHEMA) == Result(frozenset({0}))


# Windows.


def groups(text: str, *given: Event) -> list[tuple[Value, ...]]:
    """The distinct keys that are found."""
    found = LANGUAGE.run(text, given, SCHEMA)
    assert found.events == frozenset()
    return sorted({tuple(value for name, value in row.items() if "window" not in name) for row in found.rows}, key=str)


COUNTED = rule("$h = $e.principal.hostname", "#e >= 3", match="$h over 10m")


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ([0, 100, 200], True),
        ([0, 100], False),
        # 540 s fit into windows of 600 s every 60 s wherever they begin, 600 s never.
        ([-30, 200, 509], True),
        ([0, 300, 540], True),
        ([1, 300, 600], False),
        ([0, 300, 600], False),
    ],
)
def test_a_hopping_window(times: list[int], found: bool) -> None:
    given = [event(time, principal__hostname="a") for time in times]
    assert groups(COUNTED, *given) == ([("a",)] if found else [])


def test_the_rows_of_a_hopping_window() -> None:
    given = [event(time, principal__hostname="a") for time in (0, 1, 480)]
    assert LANGUAGE.run(COUNTED, given, SCHEMA).rows == tuple(
        {
            "h": "a",
            "window_start": NOON + timedelta(seconds=begin),
            "window_end": NOON + timedelta(seconds=begin + 600),
        }
        for begin in (-60, 0)
    )


def test_a_count_is_by_keys() -> None:
    given = [event(number, principal__hostname=name) for number, name in enumerate("aabbba")]
    assert groups(COUNTED, *given) == [("a",), ("b",)]
    assert groups(COUNTED, *given[:-1]) == [("b",)]


def test_a_placeholder_counts_values_and_an_event_counts_events() -> None:
    text = rule("$h = $e.principal.hostname\n    $v = $e.target.hostname", "#v >= 2", match="$h over 5m")
    given = [of(principal__hostname="a", target__hostname="x"), of(principal__hostname="a", target__hostname="x")]
    assert groups(text, *given) == []
    assert groups(text.replace("#v", "#e"), *given) == [("a",)]
    assert groups(text, *given, of(principal__hostname="a", target__hostname="X")) == [("a",)]
    # The empty string is a value.
    assert groups(text, *given, of(principal__hostname="a")) == [("a",)]


def test_an_event_is_counted_once_however_often_it_is_told() -> None:
    text = rule('$h = $e.principal.hostname\n    $e.principal.ip != ""', "#e >= 2", match="$h over 5m")
    one = of(principal__hostname="a", principal__ip=["1.1.1.1", "2.2.2.2"])
    assert groups(text, one) == []
    assert groups(text, one, one) == [("a",)]


@pytest.mark.parametrize(
    ("key", "options", "found"),
    [
        ("$e.principal.hostname", "", []),
        ("$e.principal.port", "", []),
        ("$e.principal.platform", "", []),
        ("$e.principal.hostname", "allow_zero_values = true", [("",)]),
        ("$e.principal.hostname", "allow_zero_values = false", []),
        ("strings.to_lower($e.principal.hostname)", "", [("",)]),
    ],
)
def test_zero_values_of_keys(key: str, options: str, found: list[tuple[str, ...]]) -> None:
    assert groups(rule(f"$h = {key}", match="$h over 5m", options=options), of()) == found


def ordered(match: str = "$h over 15m after $a", extra: str = "") -> str:
    events = (
        '$a.target.file.full_path = "a"\n    $h = $a.principal.hostname\n'
        '    $b.target.file.full_path = "b"\n    $h = $b.principal.hostname'
    )
    return rule(events + extra, "$a and $b", match=match)


def step(at: float, path: str, host: str = "x") -> Event:
    return event(at, target__file__full_path=path, principal__hostname=host)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([step(0, "a"), step(60, "b")], True),
        ([step(0, "a"), step(0, "b")], True),
        ([step(60, "a"), step(0, "b")], False),
        ([step(0, "a"), step(900, "b")], True),
        ([step(0, "a"), step(901, "b")], False),
        ([step(0, "a"), step(1000, "a"), step(1060, "b")], True),
        ([step(0, "a", "x"), step(60, "b", "y")], False),
        ([step(0, "a"), step(60, "c")], False),
    ],
)
def test_a_window_after_an_event(given: list[Event], found: bool) -> None:
    assert groups(ordered(), *given) == ([("x",)] if found else [])


def test_a_window_before_an_event() -> None:
    text = ordered("$h over 15m before $b")
    assert LANGUAGE.run(text, [step(0, "a"), step(900, "b")], SCHEMA).rows == (
        {"h": "x", "window_start": NOON, "window_end": NOON + timedelta(minutes=15)},
    )
    assert groups(text, step(0, "b"), step(60, "a")) == []


def test_there_is_a_window_for_each_pivot() -> None:
    given = [step(0, "a"), step(60, "a"), step(120, "b"), step(180, "b")]
    assert [row["window_start"] for row in LANGUAGE.run(ordered(), given, SCHEMA).rows] == [
        NOON,
        NOON + timedelta(seconds=60),
    ]
    assert groups(ordered().replace("$a and $b", "#a > 1 and $b"), *given) == []
    assert groups(ordered().replace("$a and $b", "$a and #b > 1"), *given) == [("x",)]


@pytest.mark.parametrize(("gap", "found"), [(-1, False), (0, True), (45, True), (46, False)])
def test_times_are_compared(gap: int, found: bool) -> None:
    extra = (
        "\n    $a.metadata.event_timestamp.seconds <= $b.metadata.event_timestamp.seconds"
        "\n    $b.metadata.event_timestamp.seconds <= $a.metadata.event_timestamp.seconds + 45"
    )
    text = ordered("$h over 5m", extra)
    assert groups(text, step(0, "a"), step(gap, "b")) == ([("x",)] if found else [])


def test_fields_of_two_events_join() -> None:
    text = rule(
        "$h = $a.principal.hostname\n    $a.target.hostname = $b.principal.hostname nocase",
        "$a and $b",
        match="$h over 5m",
    )
    first = of(principal__hostname="x", target__hostname="y")
    assert LANGUAGE.check(text, SCHEMA) == []
    assert groups(text, first, of(principal__hostname="Y")) == [("x",)]
    assert groups(text, first) == []


def test_names_its_packages() -> None:
    assert list(LANGUAGE.versions()) == ["yaraast", "lark", "google-re2"]
