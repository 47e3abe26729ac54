"""KQL as both Microsoft platforms take it: rule in, exact conditions out. Shown on Defender, which has no extras."""

from __future__ import annotations

import re
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagewatch import expression as ex
from stagewatch.findings import Unsupported
from stagewatch.targets.kql import MANY, KqlRenderer, literal, name, timespan
from tests.support import convert_detection, reasons

PROCESS = 'DeviceProcessEvents\n| where ActionType =~ "ProcessCreated"\n| where FolderPath !startswith "/"\n'


def where(item: str, condition: str = "") -> str:
    """What follows the source of a process rule: for one detection item or, with a condition, for whole sections."""
    body = textwrap.dedent(item).strip()
    if not condition:
        body = f"selection:\n{textwrap.indent(body, '    ')}"
    found = convert_detection("defender", f"{body}\ncondition: {condition or 'selection'}")
    assert found.startswith(PROCESS), found
    return found.removeprefix(PROCESS)


def why(item: str) -> tuple[str, ...]:
    return reasons("defender", f"selection:\n    {item}\ncondition: selection")


# --- text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("CommandLine: a", 'ProcessCommandLine =~ "a"'),
        ("CommandLine: [a, b]", 'ProcessCommandLine in~ ("a", "b")'),
        ("CommandLine|contains: a", 'ProcessCommandLine contains "a"'),
        ("CommandLine|contains: [a, b]", 'ProcessCommandLine contains "a" or ProcessCommandLine contains "b"'),
        ("CommandLine|startswith: a", 'ProcessCommandLine startswith "a"'),
        ("CommandLine|startswith: [a, b]", 'ProcessCommandLine startswith "a" or ProcessCommandLine startswith "b"'),
        ("CommandLine|endswith: a", 'ProcessCommandLine endswith "a"'),
        ("CommandLine|endswith: [a, b]", 'ProcessCommandLine endswith "a" or ProcessCommandLine endswith "b"'),
        ("CommandLine: '*'", "isnotempty(ProcessCommandLine)"),
        ("CommandLine: ''", "isempty(ProcessCommandLine)"),
        ("CommandLine: null", "isempty(ProcessCommandLine)"),
        ("CommandLine: a*b", 'ProcessCommandLine matches regex "(?is)^a.*b$"'),
        ("CommandLine: a?b", 'ProcessCommandLine matches regex "(?is)^a.b$"'),
        ("CommandLine: [a*b, 'c?']", 'ProcessCommandLine matches regex "(?is)^(?:a.*b|c.)$"'),
        (
            "CommandLine: [a, b, c*, a*b]",
            (
                'ProcessCommandLine in~ ("a", "b") or ProcessCommandLine startswith "c" or '
                'ProcessCommandLine matches regex "(?is)^a.*b$"'
            ),
        ),
        ("CommandLine: 5", 'ProcessCommandLine =~ "5"'),
    ],
)
def test_text(item: str, expected: str) -> None:
    assert where(item) == f"| where {expected}"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("CommandLine|cased: a", 'ProcessCommandLine == "a"'),
        ("CommandLine|cased: [a, b]", 'ProcessCommandLine in ("a", "b")'),
        ("CommandLine|contains|cased: a", 'ProcessCommandLine contains_cs "a"'),
        ("CommandLine|startswith|cased: a", 'ProcessCommandLine startswith_cs "a"'),
        ("CommandLine|endswith|cased: a", 'ProcessCommandLine endswith_cs "a"'),
        ("CommandLine|cased: a*b", 'ProcessCommandLine matches regex "(?s)^a.*b$"'),
    ],
)
def test_cased_text(item: str, expected: str) -> None:
    assert where(item) == f"| where {expected}"


def test_all_writes_one_line_for_each_value() -> None:
    assert where("CommandLine|contains|all: [a, b]") == (
        '| where ProcessCommandLine contains "a"\n| where ProcessCommandLine contains "b"'
    )


def test_windash_knows_every_dash() -> None:
    assert where("CommandLine|windash|contains: ' -p'") == (
        '| where ProcessCommandLine contains " -p"\n'
        '    or ProcessCommandLine contains " /p"\n'
        '    or ProcessCommandLine contains " \N{EN DASH}p"\n'
        '    or ProcessCommandLine contains " \N{EM DASH}p"\n'
        '    or ProcessCommandLine contains " \N{HORIZONTAL BAR}p"'
    )


def test_base64offset_of_wide_text_is_searched_in_its_three_forms() -> None:
    assert where("CommandLine|wide|base64offset|contains: ab") == (
        '| where ProcessCommandLine contains "YQBiA" or ProcessCommandLine contains "EAYg" '
        'or ProcessCommandLine contains "hAGIA"'
    )


def test_letters_beyond_ascii_are_compared_by_a_regex_since_the_operators_fold_ascii_only() -> None:
    assert where("CommandLine: größe") == '| where ProcessCommandLine matches regex "(?i)^größe$"'
    assert where("CommandLine|contains: [ä, b]") == (
        '| where ProcessCommandLine contains "b" or ProcessCommandLine matches regex "(?i)ä"'
    )


def test_letters_without_case_need_no_regex() -> None:
    assert where("CommandLine|contains: [日本, 'a–b']") == (
        '| where ProcessCommandLine contains "日本" or ProcessCommandLine contains "a–b"'
    )


def test_cased_letters_beyond_ascii_need_no_regex() -> None:
    assert where("CommandLine|contains|cased: ä") == '| where ProcessCommandLine contains_cs "ä"'


def test_a_list_too_long_for_the_vendors_parser_becomes_one_regex() -> None:
    values = [f"v{number:03}" for number in range(MANY + 1)]
    found = where(f"CommandLine|contains: [{', '.join(values)}]")
    assert found.startswith('| where ProcessCommandLine matches regex "(?i)')
    assert " or " not in found
    assert all(value in found or value[1:] in found for value in values)


def test_a_long_list_of_whole_values_stays_a_list() -> None:
    values = [f"v{number:03}" for number in range(MANY + 1)]
    quoted = ", ".join(f'"{value}"' for value in values)
    assert where(f"CommandLine: [{', '.join(values)}]") == f"| where ProcessCommandLine in~ ({quoted})"


# --- literals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", '"a"'),
        ("C:\\Temp\\", '@"C:\\Temp\\"'),
        ('say "x"', '@"say ""x"""'),
        ("it's", '"it\'s"'),
        ("100% $a _ ] [ * ?", '"100% $a _ ] [ * ?"'),
        ("a\nb", '"a\\nb"'),
        ('\t\\"\r', '"\\t\\\\\\"\\r"'),
        ("\x00\x85\u2028", '"\\u0000\\u0085\\u2028"'),
        ("\N{NO-BREAK SPACE}", '"\\u00a0"'),
        ("\U000e0001", '"\\udb40\\udc01"'),
        ("日本 😀", '"日本 😀"'),
        ("// no comment", '"// no comment"'),
    ],
)
def test_literal(value: str, expected: str) -> None:
    assert literal(value) == expected


def unescaped(text: str) -> str:
    """Reads a literal as the page on the string type says, independently of how it was written."""
    if text.startswith("@"):
        body = text[2:-1]
        assert '"' not in body.replace('""', "")
        return body.replace('""', '"')
    body = text[1:-1]
    assert not re.search(r'(?<!\\)(?:\\\\)*"', body)
    named = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}
    pattern = re.compile(r"\\u([0-9a-f]{4})|\\(.)", re.DOTALL)
    units = pattern.sub(lambda match: chr(int(match[1], 16)) if match[1] else named[match[2]], body)
    return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be")


@given(st.text())
def test_any_text_becomes_a_literal_of_one_line_that_holds_exactly_it(value: str) -> None:
    written = literal(value)
    assert unescaped(written) == value
    assert len(written.splitlines()) == 1


@given(st.text(min_size=1))
def test_any_value_stays_inside_its_literal(value: str) -> None:
    leaf = ex.Text("F", (ex.Glob.of(value),), cased=True)
    found = KqlRenderer(frozenset()).where(leaf)
    assert found.startswith("| where F == ")
    assert unescaped(found.removeprefix("| where F == ")) == value


def test_a_literal_asterisk_is_no_wildcard() -> None:
    assert where(r"CommandLine|contains: 'a\*b\?'") == '| where ProcessCommandLine contains "a*b?"'


def test_names_that_are_no_plain_words_are_quoted() -> None:
    assert [name(text) for text in ("FolderPath", "where", "a b", 'a"]b', "1a")] == [
        "FolderPath",
        '["where"]',
        '["a b"]',
        '["a\\"]b"]',
        '["1a"]',
    ]


# --- regular expressions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (r"CommandLine|re: 'a\d+'", 'ProcessCommandLine matches regex "a[0-9]+"'),  # Rust's \d is Unicode's
        (r"CommandLine|re: '[\w&~]\.'", r'ProcessCommandLine matches regex @"[\&\~0-9A-Za-z_]\."'),
        ("CommandLine|re|i: 'ab'", 'ProcessCommandLine matches regex "(?i)ab"'),
        ("CommandLine|re|i|s: 'a.b'", 'ProcessCommandLine matches regex "(?is)a.b"'),
        ("CommandLine|re: '\"x\"'", 'ProcessCommandLine matches regex @"""x"""'),
    ],
)
def test_regex(item: str, expected: str) -> None:
    assert where(item) == f"| where {expected}"


def test_a_regex_that_is_found_in_the_empty_text_asks_for_the_field() -> None:
    assert where("CommandLine|re: '^a?$'") == (
        '| where isnotempty(ProcessCommandLine) and ProcessCommandLine matches regex "^a?$"'
    )


# --- numbers, addresses, presence, other fields ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("ProcessId: 4", "ProcessId == 4"),
        ("ProcessId: '4'", "ProcessId == 4"),
        ("ProcessId: [4, 5]", "ProcessId == 4 or ProcessId == 5"),
        ("ProcessId|gt: 4", "coalesce(ProcessId > 4, false)"),
        ("ProcessId|gte: 4", "coalesce(ProcessId >= 4, false)"),
        ("ProcessId|lt: 4", "coalesce(ProcessId < 4, false)"),
        ("ProcessId|lte: 4", "coalesce(ProcessId <= 4, false)"),
        ("ProcessId|neq: 4", "ProcessId != 4"),
        ("ProcessId: '*'", "isnotnull(ProcessId)"),
        ("ProcessId: null", "isnull(ProcessId)"),
        ("CommandLine|gt: 4", "coalesce(todouble(ProcessCommandLine) > 4, false)"),
        ("CommandLine: true", 'tostring(ProcessCommandLine) =~ "true"'),
        ("CommandLine|exists: true", "isnotempty(ProcessCommandLine)"),
        ("CommandLine|exists: false", "isempty(ProcessCommandLine)"),
        ("ProcessId|exists: true", "isnotnull(ProcessId)"),
        ("ProcessId|exists: false", "isnull(ProcessId)"),
        ("CommandLine|cidr: 10.0.0.0/8", 'coalesce(ipv4_is_in_range(ProcessCommandLine, "10.0.0.0/8"), false)'),
        (
            "CommandLine|cidr: [10.0.0.0/8, 192.168.0.0/16]",
            'coalesce(ipv4_is_in_any_range(ProcessCommandLine, "10.0.0.0/8", "192.168.0.0/16"), false)',
        ),
        (
            "CommandLine|fieldref: ParentCommandLine",
            (
                "isnotempty(ProcessCommandLine) and isnotempty(InitiatingProcessCommandLine) and "
                "tolower(ProcessCommandLine) == tolower(InitiatingProcessCommandLine)"
            ),
        ),
        (
            "CommandLine|fieldref|endswith: ParentCommandLine",
            (
                "isnotempty(ProcessCommandLine) and isnotempty(InitiatingProcessCommandLine) and "
                "tolower(ProcessCommandLine) endswith_cs tolower(InitiatingProcessCommandLine)"
            ),
        ),
        (
            "ProcessId|fieldref: ParentProcessId",
            (
                "isnotempty(tostring(ProcessId)) and isnotempty(tostring(InitiatingProcessId)) and "
                "tolower(tostring(ProcessId)) == tolower(tostring(InitiatingProcessId))"
            ),
        ),
    ],
)
def test_other_leaves(item: str, expected: str) -> None:
    assert where(item) == f"| where {expected}"


def test_fieldref_startswith_is_a_stock_defect() -> None:
    """Stock: refused, as every comparison of two fields."""
    assert where("CommandLine|fieldref|startswith: ParentCommandLine").endswith(
        "and tolower(ProcessCommandLine) startswith_cs tolower(InitiatingProcessCommandLine)"
    )


def test_cased_is_a_stock_defect() -> None:
    """Stock: refused."""
    assert where("CommandLine|contains|cased: Copy-Item") == '| where ProcessCommandLine contains_cs "Copy-Item"'


def test_ipv6_cidr_is_asked_with_the_ipv6_function() -> None:
    """Stock: ``ipv4_is_in_range(x, "fe80::/10")``, which is never true."""
    assert where("CommandLine|cidr: ['fe80::/10', '10.0.0.0/8']") == (
        '| where coalesce(ipv6_is_in_range(ProcessCommandLine, "fe80::/10"), false) or '
        'coalesce(ipv4_is_in_range(ProcessCommandLine, "10.0.0.0/8"), false)'
    )


def test_a_pattern_that_no_number_matches_is_unsupported() -> None:
    assert why("ProcessId|contains: '4'") == ("ProcessId holds a number here; the pattern '*4*' can never match it",)


def test_a_number_beyond_64_bits_is_unsupported() -> None:
    with pytest.raises(Unsupported, match="64 bits"):
        KqlRenderer(frozenset({"N"})).where(ex.Number("N", "==", 2**63))


def test_inequality_of_a_lacking_number_is_false() -> None:
    leaf = ex.Number("N", "!=", 4)
    renderer = KqlRenderer(frozenset({"N"}))
    assert renderer.where(leaf) == "| where isnotnull(N) and N != 4"
    assert renderer.where(ex.Not(leaf)) == "| where not(isnotnull(N) and N != 4)"


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_number_that_is_none_is_unsupported(value: float) -> None:
    with pytest.raises(Unsupported, match="not a number"):
        KqlRenderer(frozenset()).where(ex.Number("N", "<", value))


# --- keywords --------------------------------------------------------------------------------------------------------


def test_keywords_are_searched_in_every_column() -> None:
    """Stock: ``where "a" or "b"``, a type error."""
    assert where("keywords: [a, 'b c']", "keywords") == '| where * contains "a" or * contains "b c"'


def test_keyword_with_a_wildcard() -> None:
    assert where("keywords: ['a*b']", "keywords") == '| where * matches regex "(?is)a.*b"'


def test_keyword_that_is_a_wildcard_alone_asks_nothing() -> None:
    assert where("keywords: ['*']", "keywords") == "| where true"


def test_not_keyword() -> None:
    found = where("keywords: [a]\nselection: {CommandLine: b}", "selection and not keywords")
    assert found == '| where ProcessCommandLine =~ "b"\n| where not(* contains "a")'


# --- structure -------------------------------------------------------------------------------------------------------


def test_or_inside_and_inside_or_is_in_parentheses() -> None:
    found = where(
        """
        a: {CommandLine: a}
        b: {CommandLine|contains: [b, c]}
        d: {ParentImage: d}
        """,
        "a or (b and d)",
    )
    assert found == (
        '| where ProcessCommandLine =~ "a"\n'
        '    or ((ProcessCommandLine contains "b" or ProcessCommandLine contains "c") and '
        'InitiatingProcessFolderPath =~ "d")'
    )


def test_filters_are_lines_of_their_own() -> None:
    found = where(
        """
        selection: {CommandLine: a}
        filter_one: {ParentImage|endswith: '\\x.exe', User: b}
        filter_two: {ParentImage|startswith: ['C:\\a', 'C:\\b']}
        filter_three: {ParentCommandLine: null}
        """,
        "selection and not 1 of filter_*",
    )
    assert found == textwrap.dedent(
        """\
        | where ProcessCommandLine =~ "a"
        | where not(InitiatingProcessFolderPath endswith @"\\x.exe" and AccountName =~ "b")
        | where not(InitiatingProcessFolderPath startswith @"C:\\a" or InitiatingProcessFolderPath startswith @"C:\\b")
        | where isnotempty(InitiatingProcessCommandLine)"""
    )


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("CommandLine: a", 'ProcessCommandLine !~ "a"'),
        ("CommandLine: [a, b]", 'ProcessCommandLine !in~ ("a", "b")'),
        ("CommandLine|contains: a", 'ProcessCommandLine !contains "a"'),
        ("CommandLine|startswith: a", 'ProcessCommandLine !startswith "a"'),
        ("CommandLine|endswith|cased: a", 'ProcessCommandLine !endswith_cs "a"'),
        ("CommandLine: a*b", 'not(ProcessCommandLine matches regex "(?is)^a.*b$")'),
        ("CommandLine: null", "isnotempty(ProcessCommandLine)"),
        ("ProcessId: 4", "ProcessId != 4"),
        ("ProcessId|gt: 4", "not(coalesce(ProcessId > 4, false))"),
        ("ProcessId|neq: 4", "ProcessId == 4"),
        ("CommandLine|cidr: 10.0.0.0/8", 'not(coalesce(ipv4_is_in_range(ProcessCommandLine, "10.0.0.0/8"), false))'),
        (
            "CommandLine|cidr: [10.0.0.0/8, 'fe80::/10']",
            (
                'not(coalesce(ipv4_is_in_range(ProcessCommandLine, "10.0.0.0/8"), false) or '
                'coalesce(ipv6_is_in_range(ProcessCommandLine, "fe80::/10"), false))'
            ),
        ),
    ],
)
def test_a_lacking_field_satisfies_every_negation(item: str, expected: str) -> None:
    """A string column without a value is empty; what could be null is made false before it is negated."""
    found = where(f"selection: {{Image: x}}\nfilter: {{{item}}}", "selection and not filter")
    assert found == f'| where FolderPath =~ "x"\n| where {expected}'


def test_double_negation_inside_or() -> None:
    found = where("a: {CommandLine: a}\nb: {Image: b}", "a or not (not b)")
    assert found == '| where ProcessCommandLine =~ "a" or not(FolderPath !~ "b")'


@pytest.mark.parametrize(
    ("seconds", "expected"), [(1, "1s"), (90, "90s"), (300, "5m"), (3600, "1h"), (5400, "90m"), (172800, "2d")]
)
def test_timespan(seconds: int, expected: str) -> None:
    assert timespan(seconds) == expected
