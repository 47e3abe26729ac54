"""CrowdStrike Falcon LogScale: rule in, exact CQL out."""

from __future__ import annotations

import re
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError

from stagewatch import expression as ex
from stagewatch.conversion import Outcome
from stagewatch.findings import Unsupported
from stagewatch.pipelines import house_pipeline
from stagewatch.targets.logscale import CqlRenderer, field_name, quoted
from stagewatch.targets.logscale_correlation import CORRELATE_WARNING, DISTINCT_WARNING, HEAD_WARNING
from stagewatch.targets.logscale_paths import ANY_DRIVE
from tests.support import outcomes, query, rule

PROCESS = r"#event_simpleName=/\A(?:ProcessRollup2|SyntheticProcessRollup2)\z/"
WINDOWS = PROCESS + '\n| event_platform="Win"\n| '
SCRIPT = '#event_simpleName="ScriptControlScanTelemetry"\n| ScriptingLanguageId=2\n| event_platform="Win"\n| '
VOLUME = r"\\Device\\HarddiskVolume\d+"


def outcome(item: str, condition: str = "", *, category: str = "process_creation", product: str = "windows") -> Outcome:
    """What becomes of one detection item or, with a condition, of whole sections."""
    body = textwrap.dedent(item).strip()
    if not condition:
        body = f"selection:\n{textwrap.indent(body, '    ')}"
    text = rule(f"{body}\ncondition: {condition or 'selection'}", category=category, product=product)
    return outcomes("logscale", text)[-1]


def cql(item: str, condition: str = "", *, category: str = "process_creation", product: str = "windows") -> str:
    """The whole query."""
    found = outcome(item, condition, category=category, product=product)
    assert found.rendered is not None, found
    return found.rendered.files[".cql"]


def process(item: str, condition: str = "") -> str:
    """What follows the conditions on event type and platform."""
    found = cql(item, condition)
    assert found.startswith(WINDOWS), found
    return found.removeprefix(WINDOWS)


# --- log sources -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("product", "platform"), [("windows", "Win"), ("linux", "Lin"), ("macos", "Mac")])
def test_process_creation_is_a_process_rollup_of_its_platform(product: str, platform: str) -> None:
    expected = f'{PROCESS}\n| event_platform="{platform}"\n| CommandLine=/\\Aa\\z/i'
    assert cql("CommandLine: a", product=product) == expected


@pytest.mark.parametrize(("product", "platform"), [("windows", "Win"), ("linux", "Lin"), ("macos", "Mac")])
def test_file_event_is_a_listed_written_event_of_its_platform(product: str, platform: str) -> None:
    types, found_platform, found = cql("TargetFilename: a", category="file_event", product=product).split("\n| ")
    listed = re.fullmatch(r"#event_simpleName=/\\A\(\?:(.*)\)\\z/", types)
    assert listed is not None
    names = listed[1].split("|")
    assert len(names) == len(set(names))
    assert {"NewExecutableWritten", "NewScriptWritten", "ZipFileWritten", "SevenZipFileWritten"} <= set(names)
    assert not {"NewExecutableRenamed", "DirectoryCreate", "FileDeleteInfo"} & set(names)
    assert all(name.isalnum() for name in names)
    assert (found_platform, found) == (f'event_platform="{platform}"', r"TargetFileName=/\Aa\z/i")


def test_file_event_is_degraded_since_plain_data_files_may_go_unseen() -> None:
    found = outcome("TargetFilename: a", category="file_event")
    assert found.status == "degraded"
    (reason,) = found.reasons
    assert reason.endswith("no longer seen: other files, such as plain data (.txt, .csv, .log)")
    assert found.rendered is not None
    assert found.rendered.warnings == ("one file may yield two events of the Falcon sensor",)


def test_ps_script_is_a_powershell_script_scanned_by_amsi() -> None:
    found = outcome("ScriptBlockText|contains: Compress-Archive", category="ps_script").rendered
    assert found is not None
    assert sorted(found.files[".cql"].split("\n| ")) == sorted(
        f"{SCRIPT}ScriptContent=/Compress-Archive/i".split("\n| ")
    )
    assert "AMSI" in found.warnings[0]


def test_security_log_is_not_sensor_data() -> None:
    text = """
        title: Test
        logsource: {product: windows, service: security}
        detection: {selection: {EventID: 5145}, condition: selection}
    """
    found = outcomes("logscale", text)[-1]
    assert found.status == "unsupported"
    assert "the Falcon sensor does not report events of the Windows event logs" in found.reasons[0]


def test_other_log_sources_are_refused() -> None:
    found = outcome("QueryName: a", category="dns_query")
    assert found.status == "unsupported"
    assert "not this log source" in found.reasons[0]


# --- leaves ----------------------------------------------------------------------------------------------------------

LEAVES = [
    ("CommandLine: abc", r"CommandLine=/\Aabc\z/i"),
    ("CommandLine|contains: abc", "CommandLine=/abc/i"),
    ("CommandLine|startswith: abc", r"CommandLine=/\Aabc/i"),
    ("CommandLine|endswith: abc", r"CommandLine=/abc\z/i"),
    ("CommandLine: 'a*b?c'", r"CommandLine=/\Aa.*b.c\z/di"),
    ("CommandLine: [a, b]", r"CommandLine=/\A(?:a|b)\z/i"),
    ("CommandLine|contains: [a, b]", "CommandLine=/a|b/i"),
    ("CommandLine|startswith: [a, b]", r"CommandLine=/\A(?:a|b)/i"),
    ("CommandLine|endswith: [a, b]", r"CommandLine=/(?:a|b)\z/i"),
    ("CommandLine: ['a*b', c]", r"CommandLine=/\A(?:a.*b|c)\z/di"),
    ("CommandLine|contains|all: [a, b]", "CommandLine=/a/i\n| CommandLine=/b/i"),
    ("CommandLine|contains|windash: ' -p'", r"CommandLine=/ -p| \/p| –p| —p| ―p/i"),
    ("CommandLine|cased: Abc", 'CommandLine="Abc"'),
    ("CommandLine|startswith|cased: Abc", 'CommandLine="Abc*"'),
    ("CommandLine|cased: [A, B]", r"CommandLine=/\A(?:A|B)\z/"),
    ("CommandLine|cased: 'a?b'", r"CommandLine=/\Aa.b\z/d"),
    ("CommandLine|cased: '404'", r"CommandLine=/\A404\z/"),
    ("CommandLine|re: 'a/b.c'", r"CommandLine=/a\/b.c/"),
    ("CommandLine|re|i|m|s: '^a.b$'", "CommandLine=/^a.b$/imd"),
    ("CommandLine|re: '^a$'", r"CommandLine=/\Aa\z/"),
    ("CommandLine|re: ''", "CommandLine=*"),
    ("CommandLine|exists: true", "CommandLine=*"),
    ("CommandLine|exists: false", "NOT CommandLine=*"),
    ("CommandLine: null", '(NOT CommandLine=* OR CommandLine="")'),
    ("CommandLine: ''", 'CommandLine=""'),
    ("CommandLine: '*'", "CommandLine=*"),
    ("CommandLine: 404", r"CommandLine=/\A404\z/i"),
    ("CommandLine|gt: 5", "CommandLine>5"),
    ("CommandLine|lte: 1.5", "CommandLine<=1.5"),
    ("CommandLine|lt: -1", "test(CommandLine < -1)"),
    ("CommandLine|base64offset|contains: foo", "CommandLine=/Zm9v|Zvb|mb2/i"),
    ("CommandLine|wide|base64offset|contains: foo", "CommandLine=/ZgBvAG8A|YAbwBvA|mAG8Abw/i"),
    ("CommandLine|fieldref: UserSid", "test(lower(CommandLine) == lower(UserSid))"),
    (
        "CommandLine|fieldref|startswith: UserSid",
        "text:startsWith(string=lower(CommandLine), substring=lower(UserSid))",
    ),
    ("CommandLine|cidr: 10.0.0.0/8", 'cidr(field=CommandLine, subnet=["10.0.0.0/8"])'),
    (
        "CommandLine|cidr: [10.0.0.0/8, '2001:db8::/32']",
        'cidr(field=CommandLine, subnet=["10.0.0.0/8", "2001:db8::/32"])',
    ),
]


@pytest.mark.parametrize(("item", "expected"), LEAVES)
def test_leaf(item: str, expected: str) -> None:
    assert process(item) == expected


def test_keywords_search_all_fields() -> None:
    assert process("words: [foo, 'a*b']", "words") == "/foo|a.*b/di"


def test_boolean() -> None:
    assert CqlRenderer({}).expression(ex.Boolean("f", value=True)) == 'f="true"'


NASTY = [
    (r"""'say "hi"'""", r'CommandLine=/\Asay "hi"\z/i'),
    (r"'C:\a\\\\b'", r"CommandLine=/\AC:\\a\\\\b\z/i"),
    (r"'100% _$x`'", r"CommandLine=/\A100% _\$x`\z/i"),
    (r"'[a]{b}(c)'", r"CommandLine=/\A\[a\]\{b\}\(c\)\z/i"),
    (r"'a\*b\?c'", r"CommandLine=/\Aa\*b\?c\z/i"),
    (r"'a|b // c'", r"CommandLine=/\Aa\|b \/\/ c\z/i"),
    (r'"a\nb\tc\rd"', r"CommandLine=/\Aa\nb\tc\rd\z/i"),
    ("'naïve 東 😀'", r"CommandLine=/\Ana[ïÏ]ve 東 😀\z/i"),
    (r'"a\u2028b"', r"CommandLine=/\Aa\u2028b\z/i"),
]


@pytest.mark.parametrize(("value", "expected"), NASTY)
def test_literal_value(value: str, expected: str) -> None:
    assert process(f"CommandLine: {value}") == expected


def test_cased_value_with_asterisk_is_no_wildcard() -> None:
    """A quoted asterisk is always a wildcard, so the literal one needs a regular expression."""
    assert process(r"CommandLine|cased: 'a\*b'") == r"CommandLine=/\Aa\*b\z/"


def test_cased_value_with_quote_and_backslash() -> None:
    assert process(r"""CommandLine|cased: 'a"b\c'""") == r'CommandLine="a\"b\\c"'


def test_regex_without_a_counterpart_is_refused() -> None:
    found = outcome("CommandLine|re: '(?<=a)b'")
    assert found.status == "unsupported"
    assert "look-behind" in found.reasons[0]


# --- structure -------------------------------------------------------------------------------------------------------

ABC = "a: {CommandLine: a}\nb: {UserSid: b}\nc: {ProcessId: c}\n"
A, B, C = r"CommandLine=/\Aa\z/i", r"UserSid=/\Ab\z/i", r"RawProcessId=/\Ac\z/i"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a and b and c", f"{A}\n| {B}\n| {C}"),
        ("a or b or c", f"{A} OR {B} OR {C}"),
        ("(a or b) and c", f"{A} OR {B}\n| {C}"),
        ("a or (b and c)", f"{A} OR ({B} AND {C})"),
        ("a and not b", f"{A}\n| NOT {B}"),
        ("a and not (b or c)", f"{A}\n| NOT ({B} OR {C})"),
        ("a or not (b and (a or c))", f"{A} OR NOT ({B} AND ({A} OR {C}))"),
        ("a and not not b", f"{A}\n| {B}"),
    ],
)
def test_and_or_not(condition: str, expected: str) -> None:
    assert process(ABC, condition) == expected


def test_negation_holds_for_a_lacking_field() -> None:
    """ "Operators": a comparison of a lacking field fails, so NOT of it holds."""
    assert process("CommandLine: null", "") == '(NOT CommandLine=* OR CommandLine="")'
    assert process("a: {CommandLine: null}", "not a") == 'NOT (NOT CommandLine=* OR CommandLine="")'


FUNCTIONS = (
    "a: {CommandLine: a}\nb: {UserSid|cidr: 10.0.0.0/8}\nc: {UserSid|fieldref: CommandLine}\nd: {ProcessId: c}\n"
)
CIDR = 'cidr(field=UserSid, subnet=["10.0.0.0/8"])'
TEST = "test(lower(UserSid) == lower(CommandLine))"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a and b", f"{A}\n| {CIDR}"),
        ("a and not b", f"{A}\n| !{CIDR}"),
        ("a or b or d", f"case {{ {A} OR {C}; {CIDR} }}"),
        ("not (a and b)", f"case {{ NOT {A}; !{CIDR} }}"),
        ("a or (b and d)", f"case {{ {A}; {CIDR} | {C} }}"),
        ("a or (d and (b or c))", f"case {{ {A}; {C} | case {{ {CIDR}; {TEST} }} }}"),
        ("not c", f"case {{ NOT UserSid=* OR NOT CommandLine=*; !{TEST} }}"),
    ],
)
def test_function_is_a_step_of_its_own(condition: str, expected: str) -> None:
    """The grammar has no function inside a filter; an OR of steps is a case."""
    assert process(FUNCTIONS, condition) == expected


def test_negated_comparison_with_a_negative_number() -> None:
    assert process("a: {ProcessId|lt: -1}", "not a") == "case { NOT RawProcessId=*; !test(RawProcessId < -1) }"


# --- fields ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("IntegrityLevel: High", "IntegrityLevel=12288"),
        ("IntegrityLevel: [System, 'S-1-16-8192']", "IntegrityLevel=16384 OR IntegrityLevel=8192"),
        ("LogonId: '0x3e7'", "AuthenticationId=999"),
        ("Hashes|contains: MD5=AA", r"MD5HashData=/\AAA/i"),
        ("Hashes|contains: SHA256=AB", r"SHA256HashData=/\AAB/i"),
        (r"ParentImage|endswith: '\x.exe'", r"ParentBaseFileName=/\Ax\.exe\z/i"),
        (r"ParentImage|endswith: ['\x.exe', 'y.exe']", r"ParentBaseFileName=/\Ax\.exe\z|y\.exe\z/i"),
        (r"User|endswith: '\bob'", r"UserName=/\Abob\z/i"),
        ("User: bob", r"UserName=/\Abob\z/i"),
        ("ProcessGuid: '1'", r"TargetProcessId=/\A1\z/i"),
        ("ParentProcessGuid: '1'", r"ParentProcessId=/\A1\z/i"),
        ("Computer: a", r"ComputerName=/\Aa\z/i"),
    ],
)
def test_field(item: str, expected: str) -> None:
    assert process(item) == expected


@pytest.mark.parametrize(
    "item",
    [
        r"ParentImage|endswith: '\System32\x.exe'",
        r"ParentImage|endswith: ['\x.exe', '\System32\y.exe']",
        r"ParentImage: 'C:\x.exe'",
        "ParentImage|contains: x",
        r"ParentImage|endswith: '\x*.exe'",
        r"User: 'NT AUTHORITY\SYSTEM'",
        "User|contains: AUTHORI",
        "OriginalFileName: x.exe",
        "ParentCommandLine: x",
        "CurrentDirectory: x",
        "Hashes|contains: SHA1=AA",
        "Hashes|contains: IMPHASH=AA",
        "Company: x",
    ],
)
def test_what_the_sensor_lacks_is_unsupported(item: str) -> None:
    found = outcome(item)
    assert found.status == "unsupported"
    assert "carry no" in found.reasons[0]


def test_parent_process_id_does_not_pass_for_falcons_own_id() -> None:
    found = outcome("ParentProcessId: 4")
    assert found.status == "unsupported"
    assert "the number of the parent process" in found.reasons[0]


def test_an_alternative_that_the_sensor_lacks_is_left_out() -> None:
    found = outcome("selection:\n  - CommandLine: a\n  - OriginalFileName: b.exe", "selection")
    assert (found.status, found.reasons) == (
        "degraded",
        ("the platform's events carry no OriginalFileName; no longer seen: OriginalFileName = b.exe",),
    )
    assert found.rendered is not None
    assert found.rendered.files[".cql"] == WINDOWS + r"CommandLine=/\Aa\z/i"


def test_writer_of_a_file_is_known_by_name_on_windows_only() -> None:
    item = r"Image|endswith: '\7z.exe'"
    assert cql(item, category="file_event").endswith(
        r'event_platform="Win"' + "\n" + r"| ContextBaseFileName=/\A7z\.exe\z/i"
    )
    assert outcome(item, category="file_event", product="macos").status == "unsupported"
    assert outcome(r"Image: 'C:\7z.exe'", category="file_event").status == "unsupported"


# --- device paths ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "expected", "named"),
    [
        (r"Image: 'C:\a.exe'", rf"\A{VOLUME}\\a\.exe\z", True),
        (r"Image|startswith: 'C:\Windows\'", rf"\A{VOLUME}\\Windows\\", True),
        (r"Image|startswith: 'C:'", rf"\A{VOLUME}", True),
        (r"Image|contains: 'C:\Users\'", rf"\A{VOLUME}\\Users\\", True),
        (r"Image|contains: ':\Users\'", rf"\A{VOLUME}\\Users\\", False),
        (r"Image|endswith: ':\a.exe'", rf"\A{VOLUME}\\a\.exe\z", False),
        (r"Image|startswith: '?:\Users\'", rf"\A{VOLUME}\\Users\\", False),
        (r"Image|startswith: ['C:\a\', '\b\']", rf"\A(?:{VOLUME}\\a\\|\\b\\)", True),
        (r"Image|contains: '\Temp\'", r"\\Temp\\", False),
    ],
)
def test_drive_becomes_any_local_volume(item: str, expected: str, named: bool) -> None:
    found = outcome(item).rendered
    assert found is not None
    assert found.files[".cql"] == f"{WINDOWS}ImageFileName=/{expected}/i"
    assert found.warnings == ((ANY_DRIVE,) if named else ())


def test_command_line_keeps_its_drive_letters() -> None:
    assert process(r"CommandLine|contains: 'C:\Users\'") == r"CommandLine=/C:\\Users\\/i"


@pytest.mark.parametrize(
    "item",
    [
        r"Image|contains: 'x C:\Users\'",
        r"Image|re: '^C:[\\/]Users'",
        r"Image|re: 'abc:\\Users'",
        r"Image|startswith: '\\\\server\share'",
        "CommandLine|fieldref: Image",
        r"Image|re: '\\\\[a-z]:\\\\Users'",
        '"Image": "\\uE000"',
    ],
)
def test_path_that_cannot_be_told_is_unsupported(item: str) -> None:
    assert outcome(item).status == "unsupported"


@pytest.mark.parametrize(
    ("pattern", "expected", "named"),
    [
        (r"^C:\\Users", rf"\A{VOLUME}\\Users", True),
        (r"[a-zA-Z]:\\a", rf"{VOLUME}\\a", False),
        (r"^[c-d]:\\a", rf"\A{VOLUME}\\a", True),
        (r"(?:^\w:\\a|^.:\\b)", r"\A\\Device\\HarddiskVolume(?:\d+\\a|\d+\\b)", False),
    ],
)
def test_drive_in_a_regex(pattern: str, expected: str, named: bool) -> None:
    found = outcome(f"Image|re: '{pattern}'").rendered
    assert found is not None
    assert found.files[".cql"] == f"{WINDOWS}ImageFileName=/{expected}/"
    assert found.warnings == ((ANY_DRIVE,) if named else ())


@pytest.mark.parametrize("reference", ["User", "ParentImage"])
def test_reference_to_a_field_that_the_sensor_reports_in_part_is_unsupported(reference: str) -> None:
    """Left as it is, the name would be that of a field which no event has: never equal, and always under NOT."""
    found = outcome(f"CommandLine|fieldref|contains: {reference}")
    assert (found.status, found.reasons) == (
        "unsupported",
        (f"the platform's events carry no {reference}, and the rule cannot be told without",),
    )


def test_regex_on_a_device_path_without_a_drive() -> None:
    assert process(r"Image|re: '(?:a|bc)\\d'") == r"ImageFileName=/(?:a|bc)\\d/"


# --- defects of the stock backend and its pipeline -------------------------------------------------------------------


def test_file_event_without_mapping_and_event_filter() -> None:
    found = cql(r"TargetFilename|endswith: '.zip'", category="file_event")
    assert "#event_simpleName=" in found
    assert found.endswith(r"| TargetFileName=/\.zip\z/i")


def test_contains_cased_with_quotes_inside_a_regex() -> None:
    assert process("CommandLine|contains|cased: Abc") == 'CommandLine="*Abc*"'


def test_keywords_with_quotes_inside_a_regex() -> None:
    assert process("words: [foo]", "words") == "/foo/i"


def test_lower_case_operators_and_missing_parentheses() -> None:
    found = process(ABC, "a or (b and not c)")
    assert found == f"{A} OR ({B} AND NOT {C})"


def test_parent_image_with_a_folder_reduced_to_the_file_name() -> None:
    assert outcome(r"ParentImage|endswith: '\System32\cmd.exe'").status == "unsupported"


def test_drive_letter_on_device_paths_written_as_a_question_mark() -> None:
    """CQL has no ``?`` wildcard."""
    assert "?" not in process(r"Image|startswith: 'C:\Windows\'")


def test_exists_refused() -> None:
    assert process("CommandLine|exists: true") == "CommandLine=*"


def test_cidr_refused() -> None:
    assert process("CommandLine|cidr: [10.0.0.0/8, '::1/128']").startswith("cidr(field=CommandLine, ")


def test_fieldref_refused() -> None:
    assert process("CommandLine|fieldref: UserSid") == "test(lower(CommandLine) == lower(UserSid))"


@pytest.mark.parametrize("kind", ["event_count", "value_count", "temporal", "temporal_ordered"])
def test_correlations_refused(kind: str) -> None:
    condition = {"event_count": "gte: 2", "value_count": "gte: 2, field: CommandLine"}.get(kind, "")
    assert "slidingTimeWindow" in correlated(kind, "archiver, password", condition=condition)


def test_stock_conversion_fails_on_an_unmapped_field() -> None:
    collection = SigmaCollection.from_yaml(rule("selection: {OriginalFileName: x}\ncondition: selection"))
    with pytest.raises(SigmaError, match="OriginalFileName"):
        house_pipeline("logscale").apply(collection.rules[0])


# --- correlations ----------------------------------------------------------------------------------------------------

RULES = """
title: Archiver
name: archiver
logsource: {category: process_creation, product: windows}
detection: {s: {Image|endswith: '\\rar.exe'}, condition: s}
---
title: Password
name: password
logsource: {category: process_creation, product: windows}
detection: {s: {CommandLine|contains: ' -hp'}, condition: s}
---
title: Script
name: script
logsource: {category: ps_script, product: windows}
detection: {s: {ScriptBlockText|contains: Copy-Item}, condition: s}
---
title: Many
correlation:
    type: %s
    rules: [%s]
    group-by: [%s]
    timespan: 10m
"""
RAR, PASSWORD = r"ImageFileName=/\\rar\.exe\z/i", "CommandLine=/ -hp/i"
TIMES = "min(@timestamp, as=_first), max(@timestamp, as=_last)], span=600001ms)"


def correlation(kind: str, rules: str, keys: str = "Computer", condition: str = "") -> Outcome:
    """The outcome of a correlation over the rules above."""
    text = RULES % (kind, rules, keys) + (f"    condition: {{{condition}}}\n" if condition else "")
    return outcomes("logscale", text)[-1]


def correlated(kind: str, rules: str, keys: str = "Computer", condition: str = "") -> str:
    """The query of a correlation."""
    found = correlation(kind, rules, keys, condition)
    assert found.rendered is not None, found
    assert found.rendered.window == "sliding"
    return found.rendered.files[".cql"]


def test_event_count_slides() -> None:
    """head() hands on 200 events unless told; an event exactly one span older is outside a window."""
    assert correlated("event_count", "archiver", condition="gte: 10") == (
        f"{WINDOWS}{RAR}\n"
        "| ComputerName=*\n"
        "| head(limit=max)\n"
        f"| groupBy([ComputerName], function=slidingTimeWindow([count(as=_count), {TIMES}, limit=max)\n"
        "| _count >= 10"
    )


def test_event_count_over_several_rules_counts_an_event_once() -> None:
    both = f'{PROCESS} | event_platform="Win" | '
    assert correlated("event_count", "archiver, password", condition="gt: 9") == (
        f"case {{\n    {both}{RAR};\n    {both}{PASSWORD}\n  }}\n"
        "| ComputerName=*\n"
        "| head(limit=max)\n"
        f"| groupBy([ComputerName], function=slidingTimeWindow([count(as=_count), {TIMES}, limit=max)\n"
        "| _count >= 10"
    )


def test_value_count_folds_case() -> None:
    found = correlation("value_count", "archiver", "Computer, User", "gte: 5, field: CommandLine").rendered
    assert found is not None
    assert found.files[".cql"] == (
        f"{WINDOWS}{RAR}\n"
        "| _value := lower(CommandLine)\n"
        "| ComputerName=*\n"
        "| UserName=*\n"
        "| head(limit=max)\n"
        "| groupBy([ComputerName, UserName], function=slidingTimeWindow("
        f"[count(_value, distinct=true, as=_count), {TIMES}, limit=max)\n"
        "| _count >= 5"
    )
    account = "UserName holds no domain: accounts of one name in different domains are one to this query"
    assert found.warnings == (account, HEAD_WARNING, DISTINCT_WARNING)


MARKED = (
    f'{PROCESS}\n| event_platform="Win"\n'
    f"| case {{\n    {RAR} | _r1_archiver := 1;\n    *\n  }}\n"
    f"| case {{\n    {PASSWORD} | _r2_password := 1;\n    *\n  }}\n"
    "| _r1_archiver=1 OR _r2_password=1\n"
    "| ComputerName=*\n"
    "| head(limit=max)\n"
)


def test_temporal_sees_an_event_that_matches_both_rules() -> None:
    assert correlated("temporal", "archiver, password") == (
        f"{MARKED}"
        "| groupBy([ComputerName], function=slidingTimeWindow("
        "[{ _r1_archiver=1 | count(as=_r1_archiver_count) }, { _r2_password=1 | count(as=_r2_password_count) }, "
        f"{TIMES}, limit=max)\n"
        "| _r1_archiver_count >= 1\n"
        "| _r2_password_count >= 1"
    )


def test_temporal_ordered_takes_events_of_one_instant_as_in_order() -> None:
    assert correlated("temporal_ordered", "archiver, password") == (
        f"{MARKED}"
        "| groupBy([ComputerName], function=slidingTimeWindow("
        "[{ _r1_archiver=1 | min(@timestamp, as=_r1_archiver_time) }, "
        f"{{ _r2_password=1 | max(@timestamp, as=_r2_password_time) }}, {TIMES}, limit=max)\n"
        "| _r1_archiver_time=*\n"
        "| _r2_password_time=*\n"
        "| test(_r1_archiver_time <= _r2_password_time)"
    )


def test_temporal_over_event_types_with_different_key_fields() -> None:
    script = SCRIPT.replace("\n| ", " | ")
    found = correlated("temporal", "archiver, script", "ProcessGuid")
    steps = found.split("\n| ")
    assert steps[0] == (
        f'({PROCESS} AND event_platform="Win") OR '
        '(#event_simpleName="ScriptControlScanTelemetry" AND event_platform="Win")'
    )
    assert steps[1] == (
        f'case {{\n    {PROCESS} | event_platform="Win" | {RAR} | _r1_archiver := 1 | '
        "_key_ProcessGuid := TargetProcessId;\n    *\n  }"
    )
    assert steps[2].endswith("_r2_script := 1 | _key_ProcessGuid := ContextProcessId;\n    *\n  }")
    assert all(part in steps[2] for part in script.split(" | "))
    assert steps[4:6] == ["_key_ProcessGuid=*", "head(limit=max)"]


def test_chain_of_three_is_a_correlate_with_a_sequence() -> None:
    found = correlation("temporal_ordered", "archiver, password, script", "ProcessGuid").rendered
    assert found is not None
    lines = found.files[".cql"].split("\n")
    both = f'{PROCESS} | event_platform="Win" | '
    assert lines[:3] == [
        "correlate(",
        f"  r1_archiver: {{ {both}{RAR} | TargetProcessId=* }},",
        f"  r2_password: {{ {both}{PASSWORD} | TargetProcessId=* | TargetProcessId <=> r1_archiver.TargetProcessId }},",
    ]
    assert lines[3].endswith("| ContextProcessId=* | ContextProcessId <=> r1_archiver.TargetProcessId },")
    assert lines[4:] == ["  sequence=true,", "  within=600s", ")"]
    assert CORRELATE_WARNING in found.warnings


def test_correlation_without_group() -> None:
    text = (RULES % ("event_count", "archiver", "")).replace("    group-by: []\n", "    condition: {gte: 3}\n")
    assert query("logscale", text) == (
        f"{WINDOWS}{RAR}\n| head(limit=max)\n| slidingTimeWindow([count(as=_count), {TIMES}\n| _count >= 3"
    )


def test_threshold_above_what_a_window_holds_is_unsupported() -> None:
    found = correlation("event_count", "archiver", condition="gte: 10001")
    assert (found.status, found.reasons) == (
        "unsupported",
        ("a sliding window of LogScale holds at most 10,000 events",),
    )


def test_group_by_a_file_name_warns_that_the_group_is_coarser() -> None:
    found = correlation("event_count", "archiver", "ParentImage", "gte: 2").rendered
    assert found is not None
    assert found.warnings[0] == (
        "ParentBaseFileName holds no folder: files of one name in different folders are one to this query"
    )


WRITER = """
title: Writer
name: writer
logsource: {category: file_event, product: windows}
detection: {s: {TargetFilename|endswith: .zip}, condition: s}
---
"""


@pytest.mark.parametrize("kind", ["temporal", "temporal_ordered"])
def test_group_by_a_path_in_one_rule_and_a_file_name_in_the_other_is_unsupported(kind: str) -> None:
    found = outcomes("logscale", WRITER + RULES % (kind, "archiver, writer", "Image"))[-1]
    assert (found.status, found.reasons) == (
        "unsupported",
        ("ImageFileName and ContextBaseFileName write paths differently on Falcon: never one group",),
    )


def test_group_by_a_field_that_the_sensor_lacks_is_unsupported() -> None:
    found = correlation("event_count", "archiver", "ParentUser", "gte: 2")
    assert found.status == "unsupported"
    assert "carry no ParentUser" in found.reasons[0]


# --- any value -------------------------------------------------------------------------------------------------------

_LITERAL = re.compile(r"f=/\\A(.*)\\z/(d?i?)", re.DOTALL)
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


def unescaped(pattern: str, value: str) -> str:
    """The text that a regular expression without operators stands for, by LogScale's table of single characters.

    Where it lists the cases of a letter, the one that stands there in the value.
    """
    out, rest = [], pattern
    while rest:
        if found := re.match(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})", rest):
            out.append(chr(int(found[1] or found[2], 16)))
        elif found := re.match(r"\\([nrtf])", rest):
            out.append(_CONTROL[found[1]])
        elif found := re.match(r"\[([^\\\[\]^-]+)\]", rest):
            out.append(value[len(out)] if value[len(out)] in found[1] else found[0])
        elif found := re.match(r"\\([^0-9A-Za-z])|([^\\.^$|?*+()\[\]{}/\n])", rest):
            out.append(found[1] or found[2])
        else:
            raise AssertionError(f"not a literal: {rest!r}")
        rest = rest[found.end() :]
    return "".join(out)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_becomes_a_literal_of_itself(value: str) -> None:
    found = _LITERAL.fullmatch(CqlRenderer({}).expression(ex.Text("f", (ex.Glob.of(value),))))
    assert found is not None
    assert unescaped(found[1], value) == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_quoted(value: str) -> None:
    literal = quoted(value)
    assert "\n" not in literal
    inner = re.fullmatch(r'"((?:[^"\\]|\\["\\n])*)"', literal)
    assert inner is not None
    assert re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], inner[1]) == value


def test_half_of_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(Unsupported):
        CqlRenderer({}).expression(ex.Text("f", (ex.Glob.of("a\ud800"),), cased=True))


def test_field_name_that_is_no_bare_word_is_quoted() -> None:
    assert [field_name(name) for name in ("#event_simpleName", "@timestamp", "a-b", 'x"y')] == [
        "#event_simpleName",
        "@timestamp",
        '"a-b"',
        r'"x\"y"',
    ]
