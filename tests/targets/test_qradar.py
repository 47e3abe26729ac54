r"""AQL: rule in, exact query out. Values are written as in Sigma, where ``\`` before a plain letter is itself."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagewatch import expression as ex
from stagewatch.targets.qradar import AqlRenderer
from tests.support import convert_detection, outcomes, query, reasons, rule

PROCESS = "devicetype = 12 AND \"Event ID\" = '1' AND \"Provider Name\" ILIKE 'Microsoft-Windows-Sysmon' AND "
FILE = "devicetype = 12 AND \"Event ID\" = '11' AND \"Provider Name\" ILIKE 'Microsoft-Windows-Sysmon' AND "
SECURITY = "devicetype = 12 AND \"Provider Name\" ILIKE 'Microsoft-Windows-Security-Auditing' AND "


def where(selection: str, condition: str = "selection", prefix: str = PROCESS) -> str:
    """The filter for one selection, without the event-type condition."""
    rendered = outcomes("qradar", rule(f"selection:\n  {selection}\ncondition: {condition}"))[-1].rendered
    assert rendered is not None
    filter_ = rendered.files[".where.aql"]
    assert filter_.startswith(prefix)
    return filter_.removeprefix(prefix)


def test_search_has_columns_and_a_time_window_as_last_clause() -> None:
    assert convert_detection("qradar", "selection: {Image: C:\\a.exe, CommandLine: b}\ncondition: selection") == (
        "SELECT starttime, devicetime, LOGSOURCENAME(logsourceid) AS 'Log Source', QIDNAME(qid) AS 'Event Name', "
        'username, "Event ID", "Provider Name", "Process Path", "Command"\n'
        "FROM events\n"
        f"WHERE {PROCESS}\"Process Path\" ILIKE 'C:\\a.exe' AND \"Command\" ILIKE 'b'\n"
        "LAST 24 HOURS"
    )


def test_filter_is_the_where_of_the_search() -> None:
    rendered = outcomes("qradar", rule("selection: {Image: a}\ncondition: selection"))[-1].rendered
    assert rendered is not None
    assert list(rendered.files) == [".aql", ".where.aql"]
    assert f"\nWHERE {rendered.files['.where.aql']}\n" in rendered.files[".aql"]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("CommandLine: copy", "\"Command\" ILIKE 'copy'"),
        ("CommandLine: [copy, move]", "(\"Command\" ILIKE 'copy' OR \"Command\" ILIKE 'move')"),
        ("CommandLine|contains: copy", "\"Command\" ILIKE '%copy%'"),
        ("CommandLine|contains: [copy, move]", "(\"Command\" ILIKE '%copy%' OR \"Command\" ILIKE '%move%')"),
        ("CommandLine|contains|all: [copy, move]", "\"Command\" ILIKE '%copy%' AND \"Command\" ILIKE '%move%'"),
        ("Image|startswith: 'C:\\Temp\\'", "\"Process Path\" ILIKE 'C:\\Temp\\%'"),
        ("Image|startswith: [C, D]", "(\"Process Path\" ILIKE 'C%' OR \"Process Path\" ILIKE 'D%')"),
        ("Image|endswith: '\\a.exe'", "\"Process Path\" ILIKE '%\\a.exe'"),
        ("Image|endswith: [.zip, .rar]", "(\"Process Path\" ILIKE '%.zip' OR \"Process Path\" ILIKE '%.rar')"),
        ("Image: 'C:\\\\*\\a?.exe'", "\"Process Path\" ILIKE 'C:\\%\\a_.exe'"),
        ("Image: '\\*'", "\"Process Path\" = '*'"),
        ("Image: '*'", '"Process Path" IS NOT NULL'),
        ("Image: ''", "\"Process Path\" = ''"),
        ("Image: null", "(\"Process Path\" IS NULL OR \"Process Path\" = '')"),
        ("Image|exists: true", '"Process Path" IS NOT NULL'),
        ("Image|exists: false", '"Process Path" IS NULL'),
        ("CommandLine|cased: Copy", "\"Command\" LIKE 'Copy'"),
        ("CommandLine|contains|cased: Copy", "\"Command\" LIKE '%Copy%'"),
        ("CommandLine|contains|cased: A_b", "\"Command\" MATCHES '(?s).*A_b.*'"),
        ("Image|fieldref: ParentImage", 'LOWER("Process Path") = LOWER("Parent Process Path")'),
        ("ProcessId: 4", "\"Process ID\" = '4'"),
        ("ProcessId: [4, 8]", "\"Process ID\" IN ('4', '8')"),
        ("CommandLine: [4, copy]", "(\"Command\" = '4' OR \"Command\" ILIKE 'copy')"),
        (
            "CommandLine|wide|base64offset|contains: ab",
            "(\"Command\" ILIKE '%YQBiA%' OR \"Command\" ILIKE '%EAYg%' OR \"Command\" ILIKE '%hAGIA%')",
        ),
    ],
)  # fmt: skip
def test_text(selection: str, expected: str) -> None:
    assert where(selection) == expected


def test_windash() -> None:
    assert where("CommandLine|windash|contains: ' -r'") == (
        "(\"Command\" ILIKE '% -r%' OR \"Command\" ILIKE '% /r%' OR \"Command\" ILIKE '% –r%' "
        "OR \"Command\" ILIKE '% —r%' OR \"Command\" ILIKE '% ―r%')"
    )


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("CommandLine|re: a+b", "\"Command\" MATCHES '(?s).*a+b.*'"),
        ("CommandLine|re: ^a+b$", "\"Command\" MATCHES '^a+b\\z'"),
        ("CommandLine|re|i: a+b", "\"Command\" IMATCHES '(?s).*a+b.*'"),
        ("CommandLine|re: a'b\\'c", "\"Command\" MATCHES '(?s).*a\\x27b\\x27c.*'"),
    ],
)
def test_regex(selection: str, expected: str) -> None:
    assert where(selection) == expected


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("CommandLine|re|i: (?-i:Foo)bar", "\"Command\" MATCHES '(?s).*Foo(?i:bar).*'"),
        ("CommandLine|re: (?i:foo)Bar", "\"Command\" MATCHES '(?s).*(?i:foo)Bar.*'"),
        ("CommandLine|re: (?i)foo", "\"Command\" IMATCHES '(?s).*foo.*'"),
        ("CommandLine|re|i: '[0-9]+'", "\"Command\" MATCHES '(?s).*[0-9]+.*'"),
    ],
)
def test_a_part_of_a_regex_heeds_case_as_the_pattern_says(selection: str, expected: str) -> None:
    assert where(selection) == expected


def test_a_regex_for_a_value_folds_letters_beyond_ascii() -> None:
    assert where("CommandLine|contains: 'é_'") == "\"Command\" IMATCHES '(?su).*é_.*'"
    assert where("CommandLine|re|i: é") == "\"Command\" IMATCHES '(?su).*é.*'"


def test_keyword_searches_the_payload() -> None:
    text = "keywords: [rar a, 50%]\ncondition: keywords"
    assert query("qradar", rule(text)).splitlines()[2] == (
        f"WHERE {PROCESS}(UTF8(payload) ILIKE '%rar a%' OR UTF8(payload) MATCHES '(?s).*50%.*')"
    )


def test_a_negated_keyword_stands_in_parentheses() -> None:
    """How far NOT reaches to its right is not documented."""
    text = "keywords: [rar]\ns: {User: x}\ncondition: not keywords or s"
    assert query("qradar", rule(text)).splitlines()[2] == (
        f"WHERE {PROCESS}((NOT (UTF8(payload) ILIKE '%rar%')) OR \"User\" ILIKE 'x')"
    )


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("User: Müller", "\"User\" IMATCHES '(?u)^Müller\\z'"),
        ("User|contains: 東京", "\"User\" ILIKE '%東京%'"),
        ("User|cased: Müller", "\"User\" LIKE 'Müller'"),
    ],
)
def test_letters_beyond_ascii_in_any_case_are_a_regex(selection: str, expected: str) -> None:
    """Whether ``ILIKE`` reaches them is not documented."""
    assert where(selection) == expected


def test_nesting_is_parenthesised() -> None:
    detection = """
    a: {Image: a, CommandLine: b}
    b: {Image: c}
    c: {User: d}
    condition: (a or b) and not (b and c)
    """
    assert convert_detection("qradar", detection).splitlines()[2] == (
        f"WHERE {PROCESS}((\"Process Path\" ILIKE 'a' AND \"Command\" ILIKE 'b') OR \"Process Path\" ILIKE 'c') AND "
        '(("Process Path" IS NULL OR NOT ("Process Path" ILIKE \'c\')) OR '
        '("User" IS NULL OR NOT ("User" ILIKE \'d\')))'
    )


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("Image: [a, b]", '("Process Path" IS NULL OR NOT ("Process Path" ILIKE \'a\' OR "Process Path" ILIKE \'b\'))'),
        ("Image: '*'", '"Process Path" IS NULL'),
        ("Image: null", '("Process Path" IS NOT NULL AND NOT ("Process Path" = \'\'))'),
        ("Image|exists: true", '"Process Path" IS NULL'),
        ("Image|re: x", '("Process Path" IS NULL OR NOT ("Process Path" MATCHES \'(?s).*x.*\'))'),
        (
            "Image|fieldref: ParentImage",
            (
                '("Process Path" IS NULL OR "Parent Process Path" IS NULL OR '
                'NOT (LOWER("Process Path") = LOWER("Parent Process Path")))'
            ),
        ),
    ],
)
def test_negated_leaf_holds_for_a_lacking_property(selection: str, expected: str) -> None:
    assert where(selection, "not selection") == expected


# Defects of the stock backend


def test_not_on_missing_field() -> None:
    assert where("User: x", "not selection") == '("User" IS NULL OR NOT ("User" ILIKE \'x\'))'


def test_like_underscore_is_no_wildcard() -> None:
    assert where("Image|endswith: '\\a_b.zip'") == "\"Process Path\" IMATCHES '(?s).*\\\\a_b\\.zip\\z'"
    assert where("CommandLine: '%temp%'") == "\"Command\" IMATCHES '^%temp%\\z'"


def test_target_filename_and_original_file_name_are_two_properties() -> None:
    detection = "selection: {TargetFilename: a}\ncondition: selection"
    assert "\"TargetFilename\" ILIKE 'a'" in convert_detection("qradar", detection, category="file_event")
    assert where("OriginalFileName: a") == "\"OriginalFileName\" ILIKE 'a'"


def test_select_star_without_time_window() -> None:
    text = convert_detection("qradar", "selection: {Image: a}\ncondition: selection")
    assert "SELECT *" not in text
    assert text.endswith("\nLAST 24 HOURS")


def test_process_and_file_events_have_an_event_number() -> None:
    detection = "selection: {Image: a}\ncondition: selection"
    assert "\"Event ID\" = '1' AND" in convert_detection("qradar", detection)
    assert "\"Event ID\" = '11' AND" in convert_detection("qradar", detection, category="file_event")


def test_log_source_type_12_is_not_hard_wired() -> None:
    detection = "selection: {Image: a}\ncondition: selection"
    assert "devicetype = 12 AND" in convert_detection("qradar", detection)
    assert "WHERE \"Event ID\" = '1'" in convert_detection("qradar", detection, product="linux")


def test_list_of_values_does_not_heed_case() -> None:
    assert where("OriginalFileName: [a.exe, b.exe]") == (
        "(\"OriginalFileName\" ILIKE 'a.exe' OR \"OriginalFileName\" ILIKE 'b.exe')"
    )


def test_cidr_does_not_crash() -> None:
    text = """
    title: Test
    logsource: {product: windows, service: security}
    detection:
        selection: {EventID: 5145, IpAddress|cidr: [10.16.0.0/12, 192.0.2.0/24, 198.51.100.7/32]}
        condition: selection
    """
    assert query("qradar", text).splitlines()[2] == (
        f"WHERE {SECURITY}\"Event ID\" = '5145' AND ("
        "\"IpAddress\" MATCHES '^10\\.(?:16|17|18|19|20|21|22|23|24|25|26|27|28|29|30|31)\\.\\d{1,3}\\.\\d{1,3}\\z' OR "
        "\"IpAddress\" MATCHES '^192\\.0\\.2\\.\\d{1,3}\\z' OR \"IpAddress\" MATCHES '^198\\.51\\.100\\.7\\z')"
    )


# Log sources


@pytest.mark.parametrize(
    ("category", "product", "field", "expected"),
    [
        ("process_creation", "windows", "Image", PROCESS + "\"Process Path\" ILIKE 'a'"),
        (
            "process_creation",
            "linux",
            "Image",
            "\"Event ID\" = '1' AND \"Provider Name\" ILIKE 'Linux-Sysmon' AND \"Process Path\" ILIKE 'a'",
        ),
        ("file_event", "windows", "TargetFilename", FILE + "\"TargetFilename\" ILIKE 'a'"),
        (
            "file_event",
            "linux",
            "TargetFilename",
            "\"Event ID\" = '11' AND \"Provider Name\" ILIKE 'Linux-Sysmon' AND \"TargetFilename\" ILIKE 'a'",
        ),
        (
            "ps_script",
            "windows",
            "ScriptBlockText",
            (
                "devicetype = 12 AND \"Event ID\" = '4104' AND \"Provider Name\" ILIKE 'Microsoft-Windows-PowerShell' "
                "AND \"ScriptBlockText\" ILIKE 'a'"
            ),
        ),
    ],
)
def test_log_source_is_part_of_the_filter(category: str, product: str, field: str, expected: str) -> None:
    text = convert_detection("qradar", f"s: {{{field}: a}}\ncondition: s", category=category, product=product)
    assert text.splitlines()[2] == f"WHERE {expected}"


def test_security_event_numbers() -> None:
    text = """
    title: Test
    logsource: {product: windows, service: security}
    detection: {s: {EventID: [5140, 5145], ShareName: '\\\\*\\C$'}, condition: s}
    """
    expected = f"WHERE {SECURITY}\"Event ID\" IN ('5140', '5145') AND \"ShareName\" ILIKE '\\%\\C$'"
    assert query("qradar", text).splitlines()[2] == expected


@pytest.mark.parametrize(("category", "product"), [("process_creation", "macos"), ("registry_set", "windows")])
def test_unknown_log_source_is_refused(category: str, product: str) -> None:
    (reason,) = reasons("qradar", "s: {Image: a}\ncondition: s", category=category, product=product)
    assert reason.startswith("QRadar: no events are known for this log source")


# What cannot be said


def test_lacking_field_in_or_degrades() -> None:
    detection = "s: [{TargetFilename: a}, {ParentImage: b}]\ncondition: s"
    (outcome,) = outcomes("qradar", rule(detection, category="file_event"))
    assert (outcome.status, outcome.reasons) == (
        "degraded",
        ("the platform's events carry no ParentImage; no longer seen: ParentImage = b",),
    )


@pytest.mark.parametrize(
    ("selection", "reason"),
    [
        ("ProcessId|gte: 4", "the property Process ID holds text in QRadar; it cannot be compared with >="),
        (
            "Image|fieldref|startswith: ParentImage",
            "AQL can ask whether Process Path equals Parent Process Path, not whether it startswith its value",
        ),
        ("CommandLine|cidr: 2001:db8::/32", "AQL has no test for the IPv6 network 2001:db8::/32"),
        ("GrandParent: a", "the platform's events carry no GrandParent, and the rule cannot be told without"),
    ],
)
def test_unsupported(selection: str, reason: str) -> None:
    assert reasons("qradar", f"s:\n  {selection}\ncondition: s") == (reason,)


# Correlations

RULES = r"""
title: Archive
name: archive
logsource: {category: file_event, product: windows}
detection: {s: {TargetFilename|endswith: .zip}, condition: s}
---
title: Packer
name: packer
logsource: {category: process_creation, product: windows}
detection: {s: {Image|endswith: \rar.exe}, condition: s}
---
title: Share
name: share
logsource: {product: windows, service: security}
detection: {s: {EventID: 5145}, condition: s}
---
title: Correlation
correlation:
    type: TYPE
    rules: [NAMES]
    group-by: [KEYS]
    timespan: SPAN
"""
ARCHIVE = FILE + '"TargetFilename" ILIKE \'%.zip\' AND "Machine Identifier" IS NOT NULL'
PACKER = PROCESS + '"Process Path" ILIKE \'%\\rar.exe\' AND "Machine Identifier" IS NOT NULL'


def correlate(kind: str, names: str, keys: str, span: str, rest: str = "") -> dict[str, str]:
    """The files of a correlation of :data:`RULES`, and its window and warnings under those names."""
    text = RULES.replace("TYPE", kind).replace("NAMES", names).replace("KEYS", keys).replace("SPAN", span)
    outcome = outcomes("qradar", text + rest)[-1]
    assert outcome.rendered is not None, outcome.reasons
    rendered = outcome.rendered
    return {**rendered.files, "window": str(rendered.window), "warnings": "|".join(rendered.warnings)}


def test_event_count() -> None:
    files = correlate("event_count", "archive", "Computer", "5m", "    condition: {gte: 10}")
    assert files[".aql"] == (
        'SELECT "Machine Identifier" AS key_Computer, COUNT(*) AS hits, '
        "MIN(starttime) AS first_seen, MAX(starttime) AS last_seen\n"
        f"FROM events\nWHERE {ARCHIVE}\nGROUP BY key_Computer\nHAVING hits >= 10\nLAST 8 MINUTES"
    )
    assert files[".where.aql"] == ARCHIVE
    assert files["window"] == "hopping"
    assert files["warnings"] == (
        "AQL has no sliding window: run the search every minute. Each run looks back 8 minutes, so it also reports "
        "what spans up to 8 minutes, and the same events may be reported by several runs"
    )


def test_value_count() -> None:
    condition = "    condition: {gt: 9, field: TargetFilename}"
    files = correlate("value_count", "archive", "Computer, User", "1h", condition)
    assert files[".aql"] == (
        'SELECT "Machine Identifier" AS key_Computer, "User" AS key_User, '
        'UNIQUECOUNT(LOWER("TargetFilename")) AS hits, MIN(starttime) AS first_seen, MAX(starttime) AS last_seen\n'
        f'FROM events\nWHERE {ARCHIVE} AND "User" IS NOT NULL AND "TargetFilename" IS NOT NULL\n'
        "GROUP BY key_Computer, key_User\nHAVING hits >= 10\nLAST 67 MINUTES"
    )


def test_temporal() -> None:
    files = correlate("temporal", "archive, packer", "Computer", "90s")
    assert files[".aql"] == (
        "SELECT key_Computer, SUM(r1) AS r1_hits, SUM(r2) AS r2_hits, "  # noqa: S608 - a text to compare with
        "MIN(starttime) AS first_seen, MAX(starttime) AS last_seen\n"
        "FROM (\n"
        f'  SELECT "Machine Identifier" AS key_Computer, starttime, IF ({ARCHIVE}) THEN 1 ELSE 0 AS r1, '
        f"IF ({PACKER}) THEN 1 ELSE 0 AS r2\n"
        f"  FROM events\n  WHERE ({ARCHIVE}) OR ({PACKER})\n  LAST 5 MINUTES\n)\n"
        "GROUP BY key_Computer\nHAVING r1_hits >= 1 AND r2_hits >= 1"
    )
    assert (files[".r1.where.aql"], files[".r2.where.aql"]) == (ARCHIVE, PACKER)


def test_temporal_ordered() -> None:
    files = correlate("temporal_ordered", "packer, archive", "Computer", "1d")
    assert files[".aql"] == (
        "SELECT key_Computer, MIN(r1_time) AS r1_first, MAX(r2_time) AS r2_last, "  # noqa: S608 - a text to compare with
        "MIN(starttime) AS first_seen, MAX(starttime) AS last_seen\n"
        "FROM (\n"
        f'  SELECT "Machine Identifier" AS key_Computer, starttime, '
        f"IF ({PACKER}) THEN devicetime ELSE 9999999999999 AS r1_time, "
        f"IF ({ARCHIVE}) THEN devicetime ELSE 0 AS r2_time\n"
        f"  FROM events\n  WHERE ({PACKER}) OR ({ARCHIVE})\n  LAST 1447 MINUTES\n)\n"
        "GROUP BY key_Computer\nHAVING r1_first <= r2_last"
    )


def test_group_key_in_two_properties_is_told_apart() -> None:
    aliases = "    aliases: {who: {packer: User, share: SubjectUserName}}"
    files = correlate("temporal", "packer, share", "who", "5m", aliases)
    packer = PROCESS + '"Process Path" ILIKE \'%\\rar.exe\' AND "User" IS NOT NULL'
    assert f'SELECT IF ({packer}) THEN "User" ELSE "SubjectUserName" AS key_who, starttime' in files[".aql"]


@pytest.mark.parametrize("seconds", [1, 59, 60, 61, 300, 601, 3_600, 86_399])
def test_window_is_at_least_timespan_and_hop(seconds: int) -> None:
    files = correlate("event_count", "archive", "Computer", f"{seconds}s", "    condition: {gte: 2}")
    minutes = int(re.search(r"LAST (\d+) MINUTES$", files[".aql"])[1])  # type: ignore[index]
    hop = re.search(r"every (\d*) ?minute", files["warnings"])
    assert hop is not None
    assert minutes * 60 >= seconds + int(hop[1] or 1) * 60 + 120


@pytest.mark.parametrize(
    ("kind", "names", "keys", "reason"),
    [
        ("temporal_ordered", "packer, archive, share", "Computer", "AQL can tell the order of two rules"),
        ("temporal", "packer, archive", "", "AQL cannot put a threshold on all events at once"),
        ("temporal", "packer, archive", "ParentImage", "events of windows/file_event carry no ParentImage here"),
    ],
)
def test_correlation_unsupported(kind: str, names: str, keys: str, reason: str) -> None:
    text = RULES.replace("TYPE", kind).replace("NAMES", names).replace("KEYS", keys).replace("SPAN", "5m")
    outcome = outcomes("qradar", text)[-1]
    assert outcome.status == "unsupported"
    assert outcome.reasons[0].startswith(reason)


# Any value


def aql_value(condition: str) -> str:
    """The one value that a condition on the column ``"f"`` holds for, read by the rules of AQL and Java regex."""
    match = re.fullmatch(r"\"f\" (=|LIKE|MATCHES) '([^'\x00-\x1f]*)'", condition)
    assert match is not None, condition
    operator, text = match.groups()
    if operator == "LIKE":
        assert not re.search("[%_]", text)
    if operator != "MATCHES":
        return text
    assert text.startswith("^")
    assert text.endswith(r"\z")
    return re.sub(r"\\(x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|.)", _java_escape, text[1:-2], flags=re.DOTALL)


def _java_escape(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1:
        return chr(int(code.strip("x{}"), 16))
    return {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}.get(code, code)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12))
def test_any_value_is_held_exactly(value: str) -> None:
    condition = AqlRenderer().expression(ex.Text("f", (ex.Glob.of(value),), cased=True))
    assert aql_value(condition) == value


@given(st.text(alphabet="'\\%_*?\n\"a]$", min_size=1, max_size=8))
def test_nasty_value_is_held_exactly(value: str) -> None:
    condition = AqlRenderer().expression(ex.Text("f", (ex.Glob.of(value),), cased=True))
    assert aql_value(condition) == value
