"""Elastic, ES|QL and correlations: rule in, exact query out."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagewatch import expression as ex
from stagewatch.conversion import Outcome
from stagewatch.correlation import Correlation
from stagewatch.targets.elastic_correlation import _Hopping
from stagewatch.targets.elastic_esql import EsqlRenderer, column, literal
from stagewatch.targets.elastic_fields import FieldTypes
from tests.support import convert_detection, outcomes, reasons

SCRIPT = (
    "FROM logs-windows.powershell_operational-* METADATA _id, _index, _version\n"
    '| WHERE winlog.channel == "Microsoft-Windows-PowerShell/Operational"\n'
    '    AND event.code == "4104"\n'
    "    AND "
)
TEXT = "powershell.file.script_block_text"


def script(condition: str) -> str:
    """The ES|QL condition of a one-line selection on windows/ps_script, its event type taken off."""
    text = convert_detection("elastic", f"selection:\n  {condition}\ncondition: selection", category="ps_script")
    assert text.startswith(SCRIPT)
    return text.removeprefix(SCRIPT)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("ScriptBlockText: One", f'TO_LOWER({TEXT}) == "one"'),
        ("ScriptBlockText: [one, two]", f'TO_LOWER({TEXT}) IN ("one", "two")'),
        ("ScriptBlockText: '42'", f'{TEXT} == "42"'),
        ("ScriptBlockText|contains: One", f'TO_LOWER({TEXT}) LIKE "*one*"'),
        (
            "ScriptBlockText|contains: [one, two]",
            f'(TO_LOWER({TEXT}) LIKE "*one*" OR TO_LOWER({TEXT}) LIKE "*two*")',
        ),
        ("ScriptBlockText|startswith: one", f'TO_LOWER({TEXT}) LIKE "one*"'),
        ("ScriptBlockText|endswith: one", f'TO_LOWER({TEXT}) LIKE "*one"'),
        ("ScriptBlockText: 'o?e*two'", f'TO_LOWER({TEXT}) LIKE "o?e*two"'),
        (
            "ScriptBlockText: ['o*', two, three]",
            f'(TO_LOWER({TEXT}) IN ("two", "three") OR TO_LOWER({TEXT}) LIKE "o*")',
        ),
        (
            "ScriptBlockText|contains|all: [one, two]",
            f'TO_LOWER({TEXT}) LIKE "*one*"\n    AND TO_LOWER({TEXT}) LIKE "*two*"',
        ),
        ("ScriptBlockText: '*'", f"{TEXT} IS NOT NULL"),
        ("ScriptBlockText: ''", f'{TEXT} == ""'),
        ("ScriptBlockText|re: '^$'", f'{TEXT} == ""'),
        ("ScriptBlockText: null", f'({TEXT} IS NULL OR {TEXT} == "")'),
        ("ScriptBlockText|exists: true", f"{TEXT} IS NOT NULL"),
        ("ScriptBlockText|exists: false", f"{TEXT} IS NULL"),
        ("ScriptBlockText|cased: One", f'{TEXT} == "One"'),
        ("ScriptBlockText|contains|cased: One", f'{TEXT} LIKE "*One*"'),
        ("ScriptBlockText|re: 'A[0-9]'", f'{TEXT} RLIKE ".*A[0-9].*"'),
        ("ScriptBlockText|re|i: '^a[b-f]$'", f'{TEXT} RLIKE "[aA][b-fB-F]"'),
        ("MessageNumber|gt: 1", "powershell.sequence > 1"),
        ("Path|fieldref: ScriptBlockText", f"TO_LOWER(file.path) == TO_LOWER({TEXT})"),
        ("Path|fieldref|startswith: ScriptBlockText", f"STARTS_WITH(TO_LOWER(file.path), TO_LOWER({TEXT}))"),
        ("Path|fieldref|endswith: ScriptBlockText", f"ENDS_WITH(TO_LOWER(file.path), TO_LOWER({TEXT}))"),
        (r"ScriptBlockText|contains: 'C:\Temp\'", rf'TO_LOWER({TEXT}) LIKE "*c:\\\\temp\\\\*"'),
        (r"ScriptBlockText|contains: 'a\*b\?c'", rf'TO_LOWER({TEXT}) LIKE "*a\\*b\\?c*"'),
        (r"ScriptBlockText: 'a\*b'", f'TO_LOWER({TEXT}) == "a*b"'),
        (r"""ScriptBlockText: 'a"b'""", rf'TO_LOWER({TEXT}) == "a\"b"'),
        ("ScriptBlockText|contains: 'É'", f'TO_LOWER({TEXT}) LIKE "*é*"'),
        ("ScriptBlockText|contains: 'ΑΣ'", f'{TEXT} RLIKE ".*[αΑ][σΣ].*"'),
    ],
)
def test_leaf(condition: str, expected: str) -> None:
    assert script(condition) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("Path: One", '(file.path IS NULL OR NOT TO_LOWER(file.path) == "one")'),
        ("Path|re: One", '(file.path IS NULL OR NOT file.path RLIKE ".*One.*")'),
        ("Path: '*'", "file.path IS NULL"),
        ("Path: null", 'file.path != ""'),
        ("Path|exists: true", "file.path IS NULL"),
        ("MessageNumber: 1", "(powershell.sequence IS NULL OR NOT powershell.sequence == 1)"),
        ("MessageNumber: null", "powershell.sequence IS NOT NULL"),
    ],
)
def test_a_negated_leaf_holds_where_the_column_is_null(condition: str, expected: str) -> None:
    detection = f"a:\n  ScriptBlockText: 'x*'\nb:\n  {condition}\ncondition: a and not b"
    text = convert_detection("elastic", detection, category="ps_script")
    assert text == f'{SCRIPT}TO_LOWER({TEXT}) LIKE "x*"\n    AND {expected}'


def test_addresses() -> None:
    types = FieldTypes(frozenset(), frozenset({"source.ip"}), frozenset(), (), {})
    networks = ex.Cidr("source.ip", ("10.0.0.0/8", "fe80::/10"))
    assert EsqlRenderer(types).where(networks) == 'CIDR_MATCH(source.ip, "10.0.0.0/8", "fe80::/10")'
    assert EsqlRenderer(types).where(ex.Text("source.ip", (ex.Glob.of("::1"),))) == 'CIDR_MATCH(source.ip, "::1/128")'
    assert EsqlRenderer(types).where(ex.FieldRef("a", "b", ex.Shape.CONTAINS)) == "LOCATE(TO_LOWER(a), TO_LOWER(b)) > 0"


def test_column_names() -> None:
    assert [column(name) for name in ("file.path", "@timestamp", "my field", "a`b", "By")] == [
        "file.path", "@timestamp", "`my field`", "`a``b`", "`By`",
    ]  # fmt: skip


def test_keywords_are_refused() -> None:
    assert "searches the raw event" in reasons("elastic", "k: [x]\ncondition: k", category="ps_script")[0]


def test_defect_case_sensitive_like_on_every_index() -> None:
    text = convert_detection("elastic", "s: {Path|endswith: '.ZIP'}\ncondition: s", category="ps_script")
    assert text == f'{SCRIPT}TO_LOWER(file.path) LIKE "*.zip"'


def test_defect_escaped_asterisk_that_no_parser_accepts() -> None:
    assert script(r"ScriptBlockText: '1\*2'") == f'{TEXT} == "1*2"'
    assert script(r"ScriptBlockText|contains: '1\*2'") == rf'{TEXT} LIKE "*1\\*2*"'


def test_defect_regex_unanchored() -> None:
    assert script("ScriptBlockText|re: 'Ab'") == f'{TEXT} RLIKE ".*Ab.*"'


def unescape(text: str) -> str:
    """The value of an ES|QL string literal, by the lexer's rule alone."""
    assert text[0] == text[-1] == '"'
    plain = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}
    value, rest = "", iter(text[1:-1])
    for char in rest:
        assert char not in '"\n\r'
        value += plain[next(rest)] if char == "\\" else char
    return value


@given(st.text())
def test_any_text_survives_its_literal(text: str) -> None:
    assert unescape(literal(text)) == text


# Correlations

RULES = r"""
title: Copy
name: copy
status: test
logsource: {category: process_creation, product: windows}
detection:
  s: {Image|endswith: '\xcopy.exe'}
  condition: s
---
title: Archive
name: archive
status: test
logsource: {category: file_event, product: windows}
detection:
  s: {TargetFilename|endswith: '.zip'}
  condition: s
---
title: Move
name: move
status: test
logsource: {category: process_creation, product: windows}
detection:
  s: {CommandLine|startswith: 'move '}
  condition: s
---
title: Script
name: script
status: test
logsource: {category: ps_script, product: windows}
detection:
  s: {ScriptBlockText|contains: zip}
  condition: s
---
title: Correlation
status: test
correlation:
"""
COPY = 'event.type == "start" and host.os.type == "windows" and process.executable : "*\\\\xcopy.exe"'
ARCHIVE = (
    'event.type == "creation" and host.os.type == "windows"'
    ' and (?event.code == null or not event.code in ("17", "27", "29")) and file.path : "*.zip"'
)
MOVE = 'event.type == "start" and host.os.type == "windows" and process.command_line : "move *"'
ESQL_COPY = (
    'event.category == "process" AND event.type == "start" AND host.os.type == "windows"'
    ' AND TO_LOWER(process.executable) LIKE "*\\\\\\\\xcopy.exe"'
)
ESQL_ARCHIVE = (
    'event.category == "file" AND event.type == "creation" AND host.os.type == "windows"'
    ' AND (event.code IS NULL OR NOT event.code IN ("17", "27", "29")) AND TO_LOWER(file.path) LIKE "*.zip"'
)
WINDOWS_15_MINUTES = """\
| EVAL slot = DATE_TRUNC(15 minutes, @timestamp)
| EVAL window_start = MV_APPEND(MV_APPEND(MV_APPEND(MV_APPEND(slot, slot - 15 minutes), slot - 30 minutes), \
slot - 45 minutes), slot - 1 hour)
| MV_EXPAND window_start
"""


def correlate(text: str) -> Outcome:
    return outcomes("elastic", RULES + textwrap.indent(textwrap.dedent(text).strip("\n"), "  "))[-1]


def correlation(text: str, suffix: str, window: str) -> str:
    outcome = correlate(text)
    assert outcome.rendered is not None, outcome
    assert (list(outcome.rendered.files), outcome.rendered.window) == ([suffix], window)
    return outcome.rendered.files[suffix]


def test_event_count() -> None:
    text = correlation(
        """
        type: event_count
        rules: [copy]
        group-by: [Computer, User]
        timespan: 15m
        condition: {gte: 10}
        """,
        ".eql",
        "sliding",
    )
    keys = "host.name, ?user.domain, user.name"
    assert text == f"sequence by {keys} with maxspan=15m\n  [process where {COPY}] with runs=10"


def test_event_count_without_group() -> None:
    text = correlation("type: event_count\nrules: [copy]\ntimespan: 90s\ncondition: {gt: 99}", ".eql", "sliding")
    assert text == f"sequence with maxspan=90s\n  [process where {COPY}] with runs=100"


def test_event_count_over_rules_of_one_category() -> None:
    text = correlation(
        "type: event_count\nrules: [copy, move]\ngroup-by: [Computer]\ntimespan: 1d\ncondition: {gte: 5}",
        ".eql",
        "sliding",
    )
    assert text == f"sequence by host.name with maxspan=1d\n  [process where ({COPY}) or ({MOVE})] with runs=5"


def test_event_count_over_rules_of_several_categories() -> None:
    text = correlation(
        "type: event_count\nrules: [copy, archive]\ngroup-by: [Computer]\ntimespan: 1h\ncondition: {gte: 5}",
        ".eql",
        "sliding",
    )
    assert text == (
        "sequence by host.name with maxspan=1h\n"
        f'  [any where (event.category == "process" and {COPY})'
        f' or (event.category == "file" and {ARCHIVE})] with runs=5'
    )


def test_event_count_of_one_needs_no_sequence() -> None:
    text = correlation(
        "type: event_count\nrules: [archive]\ngroup-by: [Computer]\ntimespan: 1h\ncondition: {gte: 1}",
        ".eql",
        "sliding",
    )
    assert text == f"file where {ARCHIVE} and ?host.name != null".replace(" and ", "\n  and ")


def test_event_count_above_what_runs_takes() -> None:
    text = correlation(
        "type: event_count\nrules: [archive]\ngroup-by: [Computer]\ntimespan: 1h\ncondition: {gte: 101}",
        ".esql",
        "hopping",
    )
    assert text == (
        f"FROM logs-endpoint.events.file-*, logs-windows.sysmon_operational-*\n| WHERE {ESQL_ARCHIVE}\n".replace(
            " AND ", "\n    AND "
        )
        + "| EVAL Computer = host.name\n"
        "| WHERE Computer IS NOT NULL\n"
        + WINDOWS_15_MINUTES
        + "| STATS event_count = COUNT(*), first_seen = MIN(@timestamp), last_seen = MAX(@timestamp)"
        " BY window_start, Computer\n"
        "| WHERE event_count >= 101"
    )


def test_value_count() -> None:
    text = correlation(
        """
        type: value_count
        rules: [archive]
        group-by: [Computer, User]
        timespan: 1h
        condition: {gte: 20, field: TargetFilename}
        """,
        ".esql",
        "hopping",
    )
    assert text == (
        f"FROM logs-endpoint.events.file-*, logs-windows.sysmon_operational-*\n| WHERE {ESQL_ARCHIVE}\n".replace(
            " AND ", "\n    AND "
        )
        + "| EVAL Computer = host.name\n"
        '| EVAL User = CONCAT(COALESCE(user.domain, ""), "/", user.name)\n'
        "| EVAL counted_value = TO_LOWER(file.path)\n"
        "| WHERE Computer IS NOT NULL AND User IS NOT NULL\n"
        + WINDOWS_15_MINUTES
        + "| WHERE counted_value IS NOT NULL\n"
        "| STATS first_seen = MIN(@timestamp), last_seen = MAX(@timestamp)"
        " BY window_start, Computer, User, counted_value\n"
        "| STATS value_count = COUNT(*), first_seen = MIN(first_seen), last_seen = MAX(last_seen)"
        " BY window_start, Computer, User\n"
        "| WHERE value_count >= 20"
    )


def test_value_count_warns() -> None:
    outcome = correlate(
        "type: value_count\nrules: [archive]\ntimespan: 1h\ncondition: {gte: 20, field: TargetFilename}"
    )
    assert outcome.rendered is not None
    assert outcome.rendered.warnings == (
        "one burst is reported once for each window that holds it; a search has to look back 75 minutes and more",
        "windows are 75 minutes long, so a burst that takes longer than 1 hour may be reported as well",
    )


def test_temporal() -> None:
    text = correlation("type: temporal\nrules: [copy, archive]\ngroup-by: [Computer]\ntimespan: 1h", ".esql", "hopping")
    assert text == (
        "FROM logs-endpoint.events.process-*, logs-windows.sysmon_operational-*, logs-endpoint.events.file-*\n"
        f"| WHERE ({ESQL_COPY})\n    OR ({ESQL_ARCHIVE})\n"
        "| EVAL Computer = host.name\n"
        f"| EVAL r1_copy_time = CASE(({ESQL_COPY}), @timestamp),"
        f" r2_archive_time = CASE(({ESQL_ARCHIVE}), @timestamp)\n"
        "| WHERE Computer IS NOT NULL\n"
        + WINDOWS_15_MINUTES
        + "| STATS r1_copy_first = MIN(r1_copy_time), r1_copy_last = MAX(r1_copy_time),"
        " r2_archive_first = MIN(r2_archive_time), r2_archive_last = MAX(r2_archive_time),"
        " first_seen = MIN(@timestamp), last_seen = MAX(@timestamp) BY window_start, Computer\n"
        "| WHERE r2_archive_first <= r1_copy_last + 1 hour AND r1_copy_first <= r2_archive_last + 1 hour"
    )


def test_temporal_ordered() -> None:
    text = correlation(
        "type: temporal_ordered\nrules: [copy, archive]\ngroup-by: [Computer]\ntimespan: 1h", ".eql", "sliding"
    )
    assert text == (f"sequence by host.name with maxspan=1h\n  [process where {COPY}]\n  [file where {ARCHIVE}]")


def test_temporal_ordered_with_keys_of_its_own_per_rule() -> None:
    text = correlation(
        """
        type: temporal_ordered
        rules: [copy, archive]
        aliases: {process: {copy: ParentProcessGuid, archive: ProcessGuid}}
        group-by: [Computer, process]
        timespan: 90s
        """,
        ".eql",
        "sliding",
    )
    assert text == (
        "sequence with maxspan=90s\n"
        f"  [process where {COPY}] by host.name, process.parent.entity_id\n"
        f"  [file where {ARCHIVE}] by host.name, process.entity_id"
    )


def test_temporal_ordered_with_a_rule_that_eql_cannot_read() -> None:
    text = correlation(
        "type: temporal_ordered\nrules: [script, archive]\ngroup-by: [Computer]\ntimespan: 1h", ".esql", "hopping"
    )
    assert text.endswith(
        "| WHERE r2_archive_first <= r1_script_last + 1 hour AND r1_script_first <= r2_archive_last + 1 hour"
        " AND r1_script_first <= r2_archive_last"
    )


def test_keys_of_different_names_are_brought_under_one() -> None:
    text = correlation(
        """
        type: temporal
        rules: [copy, archive]
        aliases: {first_seen: {copy: ParentProcessGuid, archive: ProcessGuid}}
        group-by: [first_seen]
        timespan: 1h
        """,
        ".esql",
        "hopping",
    )
    assert (
        f"| EVAL key_first_seen = CASE(({ESQL_COPY}), process.parent.entity_id, ({ESQL_ARCHIVE}), process.entity_id)\n"
        in text
    )
    assert "BY window_start, key_first_seen\n" in text


def test_keys_of_different_names_are_refused_where_one_event_matches_both_rules() -> None:
    outcome = correlate(
        """
        type: event_count
        rules: [copy, move]
        aliases: {process: {copy: ParentProcessGuid, move: ProcessGuid}}
        group-by: [process]
        timespan: 1h
        condition: {gte: 5}
        """
    )
    assert outcome.status == "unsupported"
    assert "one event can match two rules" in outcome.reasons[0]


def test_defect_runs_by_the_counted_field() -> None:
    outcome = correlate("type: value_count\nrules: [archive]\ntimespan: 5m\ncondition: {gte: 9, field: TargetFilename}")
    assert outcome.rendered is not None
    assert list(outcome.rendered.files) == [".esql"]


def test_defect_sequence_with_an_empty_by() -> None:
    text = correlation("type: temporal_ordered\nrules: [copy, archive]\ntimespan: 5m", ".eql", "sliding")
    assert " by" not in text


def test_defect_windows_that_tumble() -> None:
    text = correlation("type: event_count\nrules: [archive]\ntimespan: 4m\ncondition: {gte: 101}", ".esql", "hopping")
    assert "MV_APPEND(MV_APPEND(MV_APPEND(MV_APPEND(slot, slot - 1 minute), slot - 2 minutes)" in text


def test_defect_temporal_refused() -> None:
    text = correlation("type: temporal\nrules: [copy, archive]\ntimespan: 5m", ".esql", "hopping")
    assert "r2_archive_first <= r1_copy_last + 5 minutes AND r1_copy_first <= r2_archive_last + 5 minutes" in text


@given(st.integers(1, 10_000_000))
def test_each_burst_lies_in_one_window_and_none_is_longer_than_twice_the_time_span(seconds: int) -> None:
    hopping = _Hopping(
        Correlation("event_count", (), (), seconds, 2),
        EsqlRenderer(FieldTypes(frozenset(), frozenset(), frozenset(), (), {})),
    )
    length = hopping.hop * hopping.windows
    assert seconds + hopping.hop <= length <= 2 * seconds
