r"""DuckDB: rule in, exact query out. Values are written as in Sigma, where ``\`` before a plain letter is itself."""

from __future__ import annotations

import ipaddress
import random
import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.util import find_spec

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sigma.collection import SigmaCollection
from sigma.processing.pipeline import ProcessingPipeline

from stagewatch import expression as ex
from stagewatch.conversion import Outcome, convert
from stagewatch.correlation import Branch, Correlation, Kind
from stagewatch.findings import Unsupported
from stagewatch.languages.base import Event, Result
from stagewatch.targets.duckdb import DuckdbRenderer, DuckdbTarget, column, literal
from stagewatch.targets.duckdb_addresses import in_networks
from stagewatch.translation import Query
from tests.reference import evaluate
from tests.support import rule

needs_duckdb = pytest.mark.skipif(find_spec("duckdb") is None, reason="the package duckdb is not installed")

HEAD = "SELECT *\nFROM events\nWHERE \"product\" = 'windows'\n  AND \"category\" = 'process_creation'\n  AND "
START = datetime(2026, 11, 21, 9, tzinfo=UTC)


@cache
def target() -> DuckdbTarget:
    return DuckdbTarget()


def outcomes(text: str) -> list[Outcome]:
    documents = list(yaml.safe_load_all(textwrap.dedent(text)))
    return [convert(one, target()) for one in SigmaCollection.from_dicts(documents).rules]


def whole(text: str) -> str:
    rendered = outcomes(text)[-1].rendered
    assert rendered is not None
    assert list(rendered.files) == [".sql"]
    return rendered.files[".sql"]


def where(selection: str, condition: str = "selection") -> str:
    """The condition for one selection, without that of the log source."""
    text = whole(rule(f"selection:\n  {selection}\ncondition: {condition}"))
    assert text.startswith(HEAD)
    return text.removeprefix(HEAD)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("CommandLine: Copy", "lower(\"CommandLine\") = 'copy'"),
        ("CommandLine: [Copy, move]", "lower(\"CommandLine\") IN ('copy', 'move')"),
        ("CommandLine: 4711", "\"CommandLine\" = '4711'"),
        ("CommandLine|contains: a%_", "contains(lower(\"CommandLine\"), 'a%_')"),
        ("CommandLine|startswith: Ab", "starts_with(lower(\"CommandLine\"), 'ab')"),
        ("Image|endswith: \\Tar.exe", "ends_with(lower(\"Image\"), '\\tar.exe')"),
        ("Image|endswith: [a, b]", "(ends_with(lower(\"Image\"), 'a') OR ends_with(lower(\"Image\"), 'b'))"),
        ("Image: [a, '*b', c]", "(lower(\"Image\") IN ('a', 'c') OR ends_with(lower(\"Image\"), 'b'))"),
        ("CommandLine: a*b?c!%_", "\"CommandLine\" ILIKE 'a%b_c!!!%!_' ESCAPE '!'"),
        ("CommandLine: 1*2", "\"CommandLine\" LIKE '1%2' ESCAPE '!'"),
        ("CommandLine: '*'", '"CommandLine" IS NOT NULL'),
        ("CommandLine: ''", "\"CommandLine\" = ''"),
        ("CommandLine|cased: Copy", "\"CommandLine\" = 'Copy'"),
        ("CommandLine|contains|cased: Copy", "contains(\"CommandLine\", 'Copy')"),
        ("CommandLine|cased: A*b", "\"CommandLine\" LIKE 'A%b' ESCAPE '!'"),
        (
            "CommandLine|contains|all: [a, b]",
            "contains(lower(\"CommandLine\"), 'a')\n  AND contains(lower(\"CommandLine\"), 'b')",
        ),
        ("CommandLine|windash|contains: ' -q'", "regexp_matches(lower(\"CommandLine\"), '(?s) -q| /q| –q| —q| ―q')"),
        ("CommandLine|re: 'a.b$'", "regexp_matches(\"CommandLine\", '(?s)a[^\\n]b$')"),
        ("CommandLine|re|i: it's", "regexp_matches(\"CommandLine\", '(?is)it''s')"),
        ("CommandLine|re|m|s: '^a.'", "regexp_matches(\"CommandLine\", '(?ms)^a.')"),
        ("ProcessId|gt: 5", 'TRY_CAST("ProcessId" AS DECIMAL(38, 10)) > 5'),
        ("ProcessId|lte: 0.5", 'TRY_CAST("ProcessId" AS DECIMAL(38, 10)) <= 0.5'),
        ("ProcessId: 5", "\"ProcessId\" = '5'"),
        ("Signed: true", "lower(\"Signed\") = 'true'"),
        ("CommandLine: null", "COALESCE(\"CommandLine\", '') = ''"),
        ("CommandLine|exists: true", '"CommandLine" IS NOT NULL'),
        ("CommandLine|exists: false", '"CommandLine" IS NULL'),
        ("Image|fieldref: ParentImage", 'lower("Image") = lower("ParentImage")'),
        ("Image|fieldref|startswith: ParentImage", 'starts_with(lower("Image"), lower("ParentImage"))'),
        ("Image|fieldref|endswith: ParentImage", 'ends_with(lower("Image"), lower("ParentImage"))'),
        ("Image|fieldref|contains: ParentImage", 'contains(lower("Image"), lower("ParentImage"))'),
        ("requestParameters.bucketName: a", "lower(\"requestParameters.bucketName\") = 'a'"),
        (
            "CommandLine|base64offset|contains: foo",
            "regexp_matches(lower(\"CommandLine\"), '(?s)zm9v|zvb|mb2')",
        ),
        ("CommandLine|wide|base64offset|contains: f", "regexp_matches(lower(\"CommandLine\"), '(?s)zg|ya|ma')"),
    ],
)
def test_leaf(selection: str, expected: str) -> None:
    assert where(selection) == expected


def test_many_patterns_are_one_regular_expression() -> None:
    """A chain of ``contains`` would read the value once for each."""
    assert where("CommandLine|contains: [A.b, c, d]") == "regexp_matches(lower(\"CommandLine\"), '(?s)a\\.b|c|d')"
    assert where("Image|endswith: [a, b, '\\c']") == "regexp_matches(lower(\"Image\"), '(?s)(?:a|b|\\\\c)$')"


def test_a_letter_beyond_ascii_is_lower_cased_by_the_database() -> None:
    """So that the pattern is mapped by the same table as the value."""
    assert where("CommandLine: Ä") == "lower(\"CommandLine\") = lower('Ä')"
    assert where("CommandLine|contains: [a, b, c, Ä]") == (
        "(regexp_matches(lower(\"CommandLine\"), '(?s)a|b|c') OR contains(lower(\"CommandLine\"), lower('Ä')))"
    )


def test_networks() -> None:
    byte = r"(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])"
    assert where("A|cidr: [10.0.0.0/8, 192.168.16.0/30]") == (
        f"regexp_full_match(\"A\", '10\\.{byte}\\.{byte}\\.{byte}|192\\.168\\.16\\.(?:[0-3])')"
    )
    group = "[0-9a-f]{1,4}"
    assert where("A|cidr: 'fe80:1:2:3:4:5:6::/112'") == (
        f'regexp_full_match(lower("A"), \'(?:fe80:(?:0001|001|01|1):(?:0002|002|02|2):(?:0003|003|03|3):'
        f"(?:0004|004|04|4):(?:0005|005|05|5):(?:0006|006|06|6):{group}|"
        "fe80:(?:0001|001|01|1):(?:0002|002|02|2):(?:0003|003|03|3):"
        "(?:0004|004|04|4):(?:0005|005|05|5):(?:0006|006|06|6)::)(?:%.*)?')"
    )


def test_and_or_not() -> None:
    detection = "a: {Image: a}\nb: {Image: b, User: u}\nc: {CommandLine: null}\ncondition: (a or not b) and not c"
    assert whole(rule(detection)).removeprefix(HEAD) == (
        "(lower(\"Image\") = 'a' OR NOT COALESCE(lower(\"Image\") = 'b' AND lower(\"User\") = 'u', FALSE))\n"
        "  AND \"CommandLine\" <> ''"
    )


def test_a_lacking_field_under_not() -> None:
    assert where("Image: a", "not selection") == "NOT COALESCE(lower(\"Image\") = 'a', FALSE)"
    assert where("Image: '*'", "not selection") == '"Image" IS NULL'
    assert where("Image|exists: true", "not selection") == '"Image" IS NULL'


def test_keywords_ask_the_whole_event() -> None:
    text = "selection: [Mimikatz, 'a*b']\ncondition: selection"
    assert whole(rule(text, category="ps_script")) == (
        'SELECT * EXCLUDE ("whole event")\n'
        "FROM (SELECT *, concat_ws(E'\\x1f', *COLUMNS(* EXCLUDE (event_time, product, category, service, origin, "
        'position))) AS "whole event" FROM events) AS events\n'
        "WHERE \"product\" = 'windows'\n"
        "  AND \"category\" = 'ps_script'\n"
        "  AND (contains(lower(\"whole event\"), 'mimikatz') OR \"whole event\" ILIKE '%a%b%' ESCAPE '!')"
    )


@pytest.mark.parametrize(
    ("logsource", "expected"),
    [
        ("{product: linux, service: auditd}", "\"product\" = 'linux'\n  AND \"service\" = 'auditd'"),
        ("{category: file_event}", "\"category\" = 'file_event'"),
        (
            "{product: windows, category: ps_script, service: powershell}",
            "\"product\" = 'windows'\n  AND \"category\" = 'ps_script'\n  AND \"service\" = 'powershell'",
        ),
        (
            "{product: windows, category: registry_event}",
            (
                "\"product\" = 'windows'\n  AND \"category\" IN ('registry_event', 'registry_add', 'registry_delete', "
                "'registry_set', 'registry_rename')"
            ),
        ),
        ("{product: 'no such *'}", "\"product\" = 'no such *'"),
    ],
)
def test_log_source(logsource: str, expected: str) -> None:
    text = f"title: T\nlogsource: {logsource}\ndetection: {{s: {{a: 1}}, condition: s}}\n"
    assert whole(text) == f"SELECT *\nFROM events\nWHERE {expected}\n  AND \"a\" = '1'"


def test_a_field_called_like_a_column_of_the_house_is_another_column() -> None:
    """DuckDB does not tell ``Product`` of a process start from ``product`` of the log source."""
    assert where("Product: a") == "lower(\"Product_\") = 'a'"
    assert where("Image|fieldref: SERVICE") == 'lower("Image") = lower("SERVICE_")'
    assert where("Products: a") == "lower(\"Products\") = 'a'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it's", "'it''s'"),
        ("a\\b", "'a\\b'"),
        ("a\nb\\'\t\x07\u2028", "E'a\\nb\\\\\\'\\t\\x07\\xe2\\x80\\xa8'"),
        ("a\0b", "('a' || chr(0) || 'b')"),
        ("", "''"),
    ],
)
def test_literal(text: str, expected: str) -> None:
    assert literal(text) == expected


def test_what_sql_cannot_hold() -> None:
    with pytest.raises(Unsupported, match="half of a character"):
        literal("\ud800")
    with pytest.raises(Unsupported, match="cannot be written"):
        column("")
    with pytest.raises(Unsupported, match="28 digits"):
        DuckdbRenderer().number(ex.Number("a", ">", 10.0**30))
    assert outcomes(rule("selection: {A|re: 'a(?=b)'}\ncondition: selection"))[-1].reasons == (
        "the regular expression uses a look-ahead, which RE2 lacks",
    )


BASE = """
title: A
name: a
logsource: {category: process_creation, product: windows}
detection: {s: {Image: a}, condition: s}
---
title: B
name: b
logsource: {category: file_event, product: windows}
detection: {s: {TargetFilename: b}, condition: s}
---
title: C
"""


def test_event_count() -> None:
    text = "correlation: {type: event_count, rules: [a], group-by: [Computer], timespan: 5m, condition: {gte: 10}}"
    assert whole(BASE + text) == textwrap.dedent("""\
        WITH found AS (
          SELECT event_time, position, "Computer" AS "Computer"
          FROM events
          WHERE "product" = 'windows'
            AND "category" = 'process_creation'
            AND lower("Image") = 'a'
            AND "event_time" IS NOT NULL
            AND "Computer" IS NOT NULL
        ),
        counted AS (
          SELECT *,
            count(*) OVER span AS "count",
            min("event_time") OVER span AS "start"
          FROM found
          WINDOW span AS (PARTITION BY "Computer" ORDER BY "event_time" RANGE BETWEEN \
INTERVAL 300 SECONDS PRECEDING AND CURRENT ROW)
        ),
        hits AS (
          SELECT *,
            "start" AS "first_seen",
            "event_time" - INTERVAL 300 SECONDS > lag("event_time") OVER \
(PARTITION BY "Computer" ORDER BY "event_time") AS "begins"
          FROM counted
          WHERE "count" >= 10
        ),
        bursts AS (
          SELECT *,
            count(CASE WHEN "begins" THEN 1 END) OVER (PARTITION BY "Computer" ORDER BY "event_time") AS "burst"
          FROM hits
        )
        SELECT "Computer", min("first_seen") AS "first_seen", max("event_time") AS "last_seen", max("count") AS "count"
        FROM bursts
        GROUP BY "Computer", "burst"
        ORDER BY "first_seen\"""")


def test_value_count_counts_a_value_in_two_cases_once() -> None:
    text = "correlation: {type: value_count, rules: [b], timespan: 1h, condition: {gt: 2, field: TargetFilename}}"
    query = whole(BASE + text)
    assert 'SELECT event_time, position, lower("TargetFilename") AS "value"\n' in query
    assert '    AND "TargetFilename" IS NOT NULL\n' in query
    assert 'count(DISTINCT "value") OVER span AS "count"' in query
    assert 'WINDOW span AS (ORDER BY "event_time" RANGE BETWEEN INTERVAL 3600 SECONDS PRECEDING' in query
    assert 'WHERE "count" >= 3\n' in query
    assert query.endswith('GROUP BY "burst"\nORDER BY "first_seen"')


def test_temporal() -> None:
    text = "correlation: {type: temporal, rules: [a, b], group-by: [Computer], timespan: 5m}"
    query = whole(BASE + text)
    assert '"Computer" AS "Computer", 1 AS "rule"\n' in query
    assert "\n  UNION ALL\n  SELECT" in query
    for number in (1, 2):
        latest = f'max(CASE WHEN "rule" = {number} THEN "event_time" END) OVER before AS "start_{number}"'
        assert latest in query
        assert f'"start_{number}" >= "event_time" - INTERVAL 300 SECONDS' in query
    assert 'least("start_1", "start_2") AS "first_seen"' in query


def test_temporal_ordered() -> None:
    text = "correlation: {type: temporal_ordered, rules: [a, b], group-by: [Computer], timespan: 5m}"
    query = whole(BASE + text)
    assert 'max(CASE WHEN "rule" = 1 THEN "event_time" END) OVER before AS "start_1"' in query
    assert 'max(CASE WHEN "rule" = 2 THEN "start_1" END) OVER before AS "start_2"\n  FROM step_1' in query
    assert 'WHERE "rule" = 2\n    AND "start_2" >= "event_time" - INTERVAL 300 SECONDS' in query
    assert "JOIN" not in query


def test_keys_apart_from_the_columns_of_the_query() -> None:
    keys = "[Count, user, User, Product]"
    text = f"correlation: {{type: event_count, rules: [a], group-by: {keys}, timespan: 1s, condition: {{gte: 2}}}}"
    assert '"Count" AS "key1_Count", "user" AS "user", "User" AS "key3_User", "Product_" AS "Product"' in whole(
        BASE + text
    )


def test_correlation_slides() -> None:
    text = "correlation: {type: temporal, rules: [a, b], timespan: 5m}"
    rendered = outcomes(BASE + text)[-1].rendered
    assert rendered is not None
    assert (rendered.window, rendered.warnings) == ("sliding", ())


# What follows runs queries.

TEXTS = ("product", "category", "service", "origin", "F", "G", "K")
SCHEMA = {"events": {"event_time": "TIMESTAMP", "position": "BIGINT", **dict.fromkeys(TEXTS, "VARCHAR")}}


def run(query: str, events: Sequence[Event]) -> Result:
    from stagewatch.languages.sql import LANGUAGE

    return LANGUAGE.run(query, events, SCHEMA)


def hits(expression: ex.Expression, values: Sequence[str | None]) -> list[int]:
    events = [Event(START, "events", {"F": value, "G": "g"}) for value in values]
    query = DuckdbTarget().render(Query(expression, {})).files[".sql"]
    return sorted(run(query, events).events)


TEXT = st.text(
    st.one_of(st.sampled_from("aA%_!\\'\"*?\n\r\0\x1fÄäß "), st.characters(exclude_categories=["Cs"])), max_size=8
)


@needs_duckdb
@settings(max_examples=60, deadline=None)
@given(TEXT)
def test_any_value_is_only_a_value(text: str) -> None:
    for glob in (ex.Glob.of(text), ex.Glob.of(ex.Wildcard.ANY, text), ex.Glob.of(text, ex.Wildcard.ONE, "x")):
        if glob.shape is not ex.Shape.PRESENT:
            value = glob.render(str, "pre ", "%")
            other = value + ("$" if text.endswith("#") else "#")
            assert hits(ex.Text("F", (glob,)), [value, other, None]) == [0]
            assert hits(ex.Not(ex.Text("F", (glob,), cased=True)), [value, other, None]) == [1, 2]


TERMS = st.recursive(
    st.sampled_from(
        [
            ex.Text("F", (ex.Glob.of("a"), ex.Glob.of("b", ex.Wildcard.ANY))),
            ex.Regex("G", "^[ab]"),
            ex.Number("F", ">", 5),
            ex.Null("F"),
            ex.Present("G"),
            ex.Cidr("G", ("10.0.0.0/8", "fe80::/10")),
            ex.FieldRef("F", "G"),
        ]
    ),
    lambda inner: st.one_of(
        st.builds(ex.Not, inner),
        st.builds(ex.conjunction, inner, inner),
        st.builds(ex.disjunction, inner, inner),
    ),
    max_leaves=6,
)
VALUES = (None, "", "A", "bc", "7", "10.1.2.3", "FE80::1")


@needs_duckdb
@settings(max_examples=80, deadline=None)
@given(TERMS)
def test_a_tree_means_what_the_reference_says(expression: ex.Expression) -> None:
    """A number is asked of numbers alone: the reference knows no other."""
    values = [(f, g) for f in VALUES for g in VALUES]
    events = [Event(START, "events", {"F": f, "G": g}) for f, g in values]
    records = [{name: value for name, value in (("F", f), ("G", g)) if value is not None} for f, g in values]
    expected = [place for place, record in enumerate(records) if _holds(expression, record)]
    query = DuckdbTarget().render(Query(expression, {})).files[".sql"]
    assert sorted(run(query, events).events) == expected


def _holds(expression: ex.Expression, record: dict[str, str]) -> bool:
    match expression:
        case ex.And(terms):
            return all(_holds(term, record) for term in terms)
        case ex.Or(terms):
            return any(_holds(term, record) for term in terms)
        case ex.Not(term):
            return not _holds(term, record)
        case ex.Number(field) if not record.get(field, "").isdecimal():
            return False
        case _:
            return evaluate(expression, record)


NETWORKS = [
    "::1/128",
    "fe80::/10",
    "fc00::/7",
    "2001:db8::/33",
    "2001:0:5ef5::/48",
    "::ffff:0:0/96",
    "::/0",
    "1:0:0:2::/64",
]


def spellings(address: ipaddress.IPv6Address) -> Iterator[str]:
    """As RFC 4291 lets an address be written."""
    groups = [f"{int(address) >> shift & 0xFFFF:x}" for shift in range(112, -1, -16)]
    yield address.exploded.upper()
    yield f"{address.compressed}%eth0"
    for left in range(8):
        for right in range(left + 1, 9):
            if set(groups[left:right]) == {"0"}:
                yield f"{':'.join(groups[:left])}::{':'.join(groups[right:])}"


@needs_duckdb
@pytest.mark.parametrize("network", NETWORKS)
def test_every_spelling_of_an_address(network: str) -> None:
    choose, inside = random.Random(network), ipaddress.IPv6Network(network)  # noqa: S311
    edges = [int(inside[0]), int(inside[-1]), max(int(inside[0]) - 1, 0), min(int(inside[-1]) + 1, 2**128 - 1)]
    sparse = [sum(choose.choice((0, 0, 1, 0xFFFF)) << shift for shift in range(0, 128, 16)) for _ in range(40)]
    addresses = [ipaddress.IPv6Address(number) for number in [*edges, *sparse]]
    texts = [*(text for address in addresses for text in spellings(address)), "", "-", "::1::", ":", "10.0.0.1", "1:2"]
    if "ffff" in network:
        texts += ["::ffff:10.0.0.1", "0:0:0:0:0:FFFF:1.2.3.4", "::fffe:10.0.0.1", "::ffff:10.0.0.256"]
    expected = [place for place, text in enumerate(texts) if _inside(text, inside)]
    assert hits(ex.Cidr("F", (network,)), texts) == expected


def _inside(text: str, network: ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(text) in network
    except ValueError:
        return False


def test_two_kinds_of_networks_stand_in_parentheses() -> None:
    assert in_networks("x", ["10.0.0.0/8", "::1/128"]).startswith("(regexp_full_match(x, ")


KINDS: tuple[Kind, ...] = ("event_count", "value_count", "temporal", "temporal_ordered")
MOMENTS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from("abc"), st.sampled_from("xXy"), st.sampled_from("KL")))


@needs_duckdb
@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.integers(2, 3), st.integers(1, 10), MOMENTS)
def test_windows_slide_exactly(
    kind: Kind, at_least: int, seconds: int, moments: list[tuple[int, str, str, str]]
) -> None:
    """Each group's hits cover exactly the seconds that a search of all sets of events finds."""
    letters = "abc"[:at_least] if kind.startswith("temporal") else "a"
    branches = tuple(
        Branch(
            f"r{letter}", Query(ex.Text("F", (ex.Glob.of(letter),)), {}), ("K",), "G" if kind == "value_count" else None
        )
        for letter in letters
    )
    correlation = Correlation(kind, branches, ("K",), seconds, at_least)
    events = [
        Event(START + timedelta(seconds=at), "events", {"F": letter, "G": value, "K": key})
        for at, letter, value, key in moments
    ]
    rows = run(DuckdbTarget().render_correlation(correlation).files[".sql"], events).rows
    for key in "KL":
        mine = sorted((at, letter, value.lower()) for at, letter, value, owner in moments if owner == key)
        mine = [one for one in mine if one[1] in letters]
        expected = _merged(_windows(kind, mine, seconds, at_least, letters), seconds)
        found = [tuple(_second(row[name]) for name in ("first_seen", "last_seen")) for row in rows if row["K"] == key]
        assert sorted(found) == expected


def _second(time: object) -> int:
    assert isinstance(time, datetime)
    return int((time - START).total_seconds())


def _windows(
    kind: Kind, mine: list[tuple[int, str, str]], seconds: int, at_least: int, letters: str
) -> Iterator[tuple[int, int]]:
    """For each event that ends a hit, where it starts: a count at the first event in the timespan, rules late."""
    for end in sorted({at for at, _, _ in mine}):
        inside = [one for one in mine if end - seconds <= one[0] <= end]
        match kind:
            case "event_count" if len(inside) >= at_least:
                yield inside[0][0], end
            case "value_count" if len({value for _, _, value in inside}) >= at_least:
                yield inside[0][0], end
            case "temporal":
                starts = [max((at for at, letter, _ in inside if letter == one), default=None) for one in letters]
                if None not in starts:
                    yield min(at for at in starts if at is not None), end
            case "temporal_ordered":
                start = end if (end, letters[-1]) in {(at, letter) for at, letter, _ in inside} else None
                for one in reversed(letters):
                    before = [at for at, letter, _ in inside if letter == one and start is not None and at <= start]
                    start = max(before, default=None)
                if start is not None:
                    yield start, end


def _merged(windows: Iterator[tuple[int, int]], seconds: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in windows:
        if merged and last - seconds <= merged[-1][1]:
            merged[-1] = min(merged[-1][0], first), last
        else:
            merged.append((first, last))
    return merged


def test_a_users_pipeline_may_add_conditions_of_its_own() -> None:
    site = {"name": "site", "transformations": [{"type": "add_condition", "conditions": {"User|contains": "corp"}}]}
    with_site = DuckdbTarget([ProcessingPipeline.from_dict(site)])
    collection = SigmaCollection.from_yaml(rule("selection: {Image: x}\ncondition: selection"))
    (text,) = convert(collection.rules[0], with_site).rendered.files.values()  # type: ignore[union-attr]
    assert """contains(lower("User"), 'corp')""" in text
