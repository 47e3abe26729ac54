"""Splunk: rule in, exact SPL out."""

from __future__ import annotations

import re
import textwrap

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stagewatch import expression as ex
from stagewatch.pipelines import house_directory
from stagewatch.targets.splunk_search import SearchRenderer, WhereRenderer, implied, printable, quote, split
from tests.reference import evaluate
from tests.support import convert_detection, outcomes, query, reasons, rule

PROCESS = "`stagewatch_sysmon` EventCode=1 "
FILE = "`stagewatch_sysmon` EventCode=11 "


def spl(item: str, *, condition: str = "", category: str = "process_creation", product: str = "windows") -> str:
    """The query for one detection item or, with a condition, for whole sections."""
    body = textwrap.dedent(item).strip()
    if not condition:
        body = f"selection:\n{textwrap.indent(body, '    ')}"
    return convert_detection(
        "splunk", f"{body}\ncondition: {condition or 'selection'}", category=category, product=product
    )


def process(item: str) -> str:
    """What follows the macro and the event code of a process start."""
    found = spl(item)
    assert found.startswith(PROCESS.strip()), found
    return found.removeprefix(PROCESS.strip()).removeprefix(" ")


# --- log sources -----------------------------------------------------------------------------------------------------


def test_process_creation_on_windows_is_sysmon_event_1() -> None:
    assert spl("CommandLine: a") == '`stagewatch_sysmon` EventCode=1 CommandLine="a"'


def test_process_creation_on_linux_has_its_own_source() -> None:
    assert spl("CommandLine: a", product="linux") == '`stagewatch_sysmon_linux` EventCode=1 CommandLine="a"'


def test_file_event_is_sysmon_event_11_on_both() -> None:
    found = [spl("TargetFilename: a", category="file_event", product=name) for name in ("windows", "linux")]
    assert found == [
        '`stagewatch_sysmon` EventCode=11 TargetFilename="a"',
        '`stagewatch_sysmon_linux` EventCode=11 TargetFilename="a"',
    ]


def test_ps_script_is_event_4104() -> None:
    found = spl("ScriptBlockText|contains: Compress-Archive", category="ps_script")
    assert found == '`stagewatch_powershell` EventCode=4104 ScriptBlockText="*Compress-Archive*"'


SECURITY = """
    title: Test
    logsource: {product: windows, service: security}
    detection:
        selection: {EventID: %s, RelativeTargetName|endswith: .zip}
        condition: selection
"""


def test_security_log_takes_its_event_id_from_the_rule() -> None:
    found = query("splunk", SECURITY % 5145)
    assert found == '`stagewatch_windows_security` EventCode=5145 RelativeTargetName="*.zip"'


def test_several_event_ids_are_a_list() -> None:
    found = query("splunk", SECURITY % "[5140, '5145']")
    assert found == '`stagewatch_windows_security` EventCode IN (5140, 5145) RelativeTargetName="*.zip"'


def test_process_creation_on_macos_is_an_exec_that_osquery_reports() -> None:
    found = spl("CommandLine|contains: tar", product="macos")
    assert found == ('`stagewatch_osquery` name="es_process_events" columns.event_type="exec" columns.cmdline="*tar*"')


def test_file_event_on_macos_is_refused() -> None:
    detection = "selection: {TargetFilename: a}\ncondition: selection"
    found = reasons("splunk", detection, category="file_event", product="macos")
    assert found == (
        "Splunk documents no source of macOS file events; of osquery it lists process events only (es_process_events)",
    )


def test_unknown_log_source_is_refused() -> None:
    found = reasons("splunk", "selection: {CommandLine: a}\ncondition: selection", category="dns_query")
    assert found[0].startswith("this log source has no Splunk mapping")


# --- text in search --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("Image: 'C:\\a.exe'", r'Image="C:\\a.exe"'),
        ("Image|contains: '\\Temp\\'", r'Image="*\\Temp\\*"'),
        ("Image|startswith: 'C:\\'", r'Image="C:\\*"'),
        ("Image|endswith: '\\a.exe'", r'Image="*\\a.exe"'),
        ("Image: [a, b]", 'Image IN ("a", "b")'),
        ("Image|contains: [a, b]", 'Image IN ("*a*", "*b*")'),
        ("Image|startswith: [a, b]", 'Image IN ("a*", "b*")'),
        ("Image|endswith: ['\\a.exe', '\\b.exe']", r'Image IN ("*\\a.exe", "*\\b.exe")'),
        ("Image: [a, '*b', 'c*', '*d*']", 'Image IN ("a", "*b", "c*", "*d*")'),
        ("Image: '*'", '(Image=* OR Image="")'),
        ("Image: ['*', a]", '(Image=* OR Image="")'),
        ("Image: ''", 'Image=""'),
        ("Image: ['', a]", '(Image="" OR Image="a")'),
        ("CommandLine|contains|all: [a, b]", 'CommandLine="*a*" CommandLine="*b*"'),
        (
            "CommandLine|windash|contains: ' -r '",
            'CommandLine IN ("* -r *", "* /r *", "* –r *", "* —r *", "* ―r *")',
        ),
        ("CommandLine|wide|base64offset|contains: abc", 'CommandLine IN ("*YQBiAGMA*", "*EAYgBjA*", "*hAGIAYw*")'),
        ("CommandLine|contains: 'say \"hi\"'", r'CommandLine="*say \"hi\"*"'),
        ("CommandLine: 'a | b [c] %d% $e$ TRUE'", 'CommandLine="a | b [c] %d% $e$ TRUE"'),
        ("CommandLine: 'ü'", 'CommandLine="ü"'),
        ("ProcessId: 42", 'ProcessId="42"'),
        ("ProcessId|gt: 42", "ProcessId>42"),
        ("ProcessId|gte: 42", "ProcessId>=42"),
        ("ProcessId|lt: 42", "ProcessId<42"),
        ("ProcessId|lte: 42", "ProcessId<=42"),
        ("ProcessId|neq: 42", 'NOT ProcessId="42"'),
        ("Image|cidr: 10.0.0.0/8", 'Image="10.0.0.0/8"'),
        ("Image|cidr: [10.0.0.0/8, 'fe80::/10']", '(Image="10.0.0.0/8" OR Image="fe80::/10")'),
        ("Image|exists: true", '(Image=* OR Image="")'),
        ("Image|exists: false", 'NOT (Image=* OR Image="")'),
        ("Image: null", '(NOT Image=* OR Image="")'),
        ("Image: true", 'Image="true"'),
    ],
)
def test_leaf_in_search(item: str, expected: str) -> None:
    assert process(item) == expected


AWS = """
title: Copies
name: copies
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventName: CopyObject}
    condition: selection
---
"""


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("userIdentity.arn|endswith: /jdoe", 'userIdentity.arn="*/jdoe"'),
        (
            "requestParameters.x-amz-acl: [public-read, private]",
            'requestParameters.x-amz-acl IN ("public-read", "private")',
        ),
        ("errorCode: null", 'errorCode="success"'),
        (
            "requestParameters.x-amz-acl|re: '^public'",
            "\n| where match('requestParameters.x-amz-acl', \"^public\")",
        ),
    ],
)
def test_leaf_on_a_record_of_aws(item: str, expected: str) -> None:
    text = AWS.replace("eventName: CopyObject", item).removesuffix("---\n")
    assert query("splunk", text) == f"`stagewatch_aws_cloudtrail`{'' if expected[0] == chr(10) else ' '}{expected}"


@pytest.mark.parametrize(
    "item", ["errorCode: '*'", "errorCode|exists: true", "errorCode|re: '.'", "errorCode: [a, '*']"]
)
def test_any_error_of_aws_is_refused_since_success_stands_there_too(item: str) -> None:
    found = outcomes("splunk", AWS.replace("eventName: CopyObject", item).removesuffix("---\n"))[0]
    assert found.reasons[0].startswith("the Splunk Add-on for AWS writes success into errorCode")


# --- what search cannot say ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "prefilter", "where"),
    [
        ("CommandLine: 'a?b'", 'CommandLine="a*"', r'match(CommandLine, "(?is)^a.b\\z")'),
        (r"CommandLine: 'a\*b'", 'CommandLine="a*"', r'match(CommandLine, "(?i)^a\\*b\\z")'),
        ("CommandLine|contains|cased: Copy", 'CommandLine="*Copy*"', 'match(CommandLine, "Copy")'),
        ("CommandLine|cased: [Aa, Bb]", 'CommandLine IN ("Aa", "Bb")', r'match(CommandLine, "^(?:Aa|Bb)\\z")'),
        ("CommandLine: 10.0.0.0/24", "", r'match(CommandLine, "^10\\.0\\.0\\.0/24\\z")'),
        ("CommandLine: 'fe80::/10'", "", r'match(CommandLine, "(?i)^fe80::/10\\z")'),
        ("CommandLine: 'CASE(a)'", 'CommandLine="*a)"', r'match(CommandLine, "(?i)^CASE\\(a\\)\\z")'),
        ('CommandLine: "a\\nb\\tc"', 'CommandLine="a*"', r'match(CommandLine, "(?i)^a\\nb\\tc\\z")'),
        ("CommandLine|contains: 'a`b'", 'CommandLine="*a*"', r'match(CommandLine, "(?i)a\\x60b")'),
        ("CommandLine|contains: '/../..'", 'CommandLine="*..*"', r'match(CommandLine, "/\\.\\./\\.\\.")'),
        ("CommandLine|re: '\\\\Temp\\\\[^\\\\]+$'", "", r'match(CommandLine, "\\\\Temp\\\\[^\\\\]+\\z")'),
        ("CommandLine|re|i: 'a|\"b\"'", "", r'match(CommandLine, "(?i)a|\"b\"")'),
        ("CommandLine|re|i|m|s: '^a.b$'", "", 'match(CommandLine, "(?ims)^a.b$")'),
        ("CommandLine|re: 'a`b'", "", r'match(CommandLine, "a\\x60b")'),
        ("CommandLine|fieldref: Image", "", "lower(CommandLine)=lower(Image)"),
        (
            "CommandLine|fieldref|startswith: Image",
            "",
            '(isnotnull(CommandLine) AND (Image="" OR substr(lower(CommandLine), 1, len(Image))=lower(Image)))',
        ),
        (
            "CommandLine|fieldref|endswith: Image",
            "",
            '(isnotnull(CommandLine) AND (Image="" OR substr(lower(CommandLine), -len(Image))=lower(Image)))',
        ),
    ],
)
def test_leaf_in_where(item: str, prefilter: str, where: str) -> None:
    assert process(item) == f"{prefilter}\n| where {where}"


@pytest.mark.parametrize(
    ("item", "prefilter", "where"),
    [
        ("Image: 'C:\\\\*\\a.exe'", r'Image="*\\a.exe"', r'match(Image, "(?is)^C:\\\\.*\\\\a\\.exe\\z")'),
        ("Image|startswith: '/tmp/.*/'", 'Image="/tmp/.*"', r'match(Image, "(?is)^/tmp/\\..*/")'),
        ("Image|contains: 'a*bc*d'", 'Image="*bc*"', 'match(Image, "(?is)a.*bc.*d")'),
        ("Image: [a, 'b*c']", 'Image IN ("a", "b*")', r'match(Image, "(?is)^(?:a|b.*c)\\z")'),
    ],
)
def test_wildcard_in_the_middle_is_left_to_where_since_it_may_cross_segments_of_the_index(
    item: str, prefilter: str, where: str
) -> None:
    """``"/tmp/.*/*"`` is no segment of ``/tmp/.my dir/x``, which the index splits at the space."""
    assert process(item) == f"{prefilter}\n| where {where}"


def test_negated_number_holds_for_text_that_is_no_number() -> None:
    found = spl("a: {ProcessId|gt: 4}\nb: {Image|re: b}", condition="not (a and b)")
    assert found.endswith(
        '| where (isnull(tonumber(ProcessId)) OR NOT tonumber(ProcessId)>4) OR (isnull(Image) OR NOT match(Image, "b"))'
    )


def test_keyword_is_looked_for_in_the_raw_event() -> None:
    assert process("[a b]") == '\n| where match(_raw, "(?i)a b")'


def test_keyword_in_a_raw_event_may_be_escaped_for_xml() -> None:
    assert (
        process("['a&\"b']")
        == r"""
| where match(_raw, "(?i)a&\"b|a&amp;\"b|a&amp;&quot;b")"""
    )


# --- structure -------------------------------------------------------------------------------------------------------


def test_and_or_not_are_parenthesised() -> None:
    found = spl(
        """
        a: {Image: a, User: b}
        b: {Image: c}
        c: {CommandLine: d}
        """,
        condition="(a or b) and not c",
    )
    assert found == PROCESS + '((Image="a" User="b") OR Image="c") NOT CommandLine="d"'


def test_not_before_a_conjunction() -> None:
    assert spl("a: {Image: a, User: b}\nb: {CommandLine: c}", condition="b and not a") == (
        PROCESS + 'CommandLine="c" NOT (Image="a" User="b")'
    )


def test_a_negated_or_is_split_between_search_and_where() -> None:
    found = spl("a: {Image: a}\nb: {CommandLine|re: b}\nc: {User: c}", condition="c and not (a or b)")
    assert found == PROCESS + 'User="c" NOT Image="a"\n| where (isnull(CommandLine) OR NOT match(CommandLine, "b"))'


def test_an_or_with_one_branch_for_where_moves_as_a_whole() -> None:
    found = spl("a: {Image: a}\nb: {CommandLine|cased: B, User: c}", condition="a or b")
    assert found == (
        PROCESS + '(Image="a" OR (CommandLine="B" User="c"))\n'
        r'| where match(Image, "(?i)^a\\z") OR (match(CommandLine, "^B\\z") AND match(User, "(?i)^c\\z"))'
    )


def test_several_terms_for_where_stand_on_lines_of_their_own() -> None:
    found = spl("a: {Image|re: a, CommandLine|re: b, User: c}", condition="a")
    assert found == PROCESS + 'User="c"\n| where match(Image, "a")\n| where match(CommandLine, "b")'


@pytest.mark.parametrize(
    ("item", "negated"),
    [
        ("Image|re: a", '(isnull(Image) OR NOT match(Image, "a"))'),
        ("Image|fieldref: User", "(isnull(Image) OR isnull(User) OR NOT lower(Image)=lower(User))"),
        ("[a]", 'NOT match(_raw, "(?i)a")'),
    ],
)
def test_negation_in_where_holds_for_a_lacking_field(item: str, negated: str) -> None:
    found = spl(f"a:\n    {item}\nb: {{User: u}}", condition="b and not a")
    assert found == f'{PROCESS}User="u"\n| where {negated}'


@pytest.mark.parametrize(
    ("item", "said", "negated"),
    [
        ("User: null", '(isnull(User) OR User="")', 'User!=""'),
        ("User: '*'", "isnotnull(User)", "isnull(User)"),
        ("User: ''", 'User=""', '(isnull(User) OR NOT User="")'),
        ("User|exists: true", "isnotnull(User)", "isnull(User)"),
        ("User: true", 'lower(User)="true"', '(isnull(User) OR NOT lower(User)="true")'),
        ("ProcessId|gt: 4", "tonumber(ProcessId)>4", "(isnull(tonumber(ProcessId)) OR NOT tonumber(ProcessId)>4)"),
        (
            "User|cidr: [10.0.0.0/8, 'fe80::/10']",
            '(cidrmatch("10.0.0.0/8", User) OR cidrmatch("fe80::/10", User))',
            '(isnull(User) OR NOT (cidrmatch("10.0.0.0/8", User) OR cidrmatch("fe80::/10", User)))',
        ),
    ],
)
def test_leaf_beside_one_for_where(item: str, said: str, negated: str) -> None:
    sections = f"a: {{{item}}}\nb: {{Image|re: b}}"
    assert spl(sections, condition="a or b").endswith(f'\n| where {said} OR match(Image, "b")')
    assert spl(sections, condition="b or not a").endswith(f'\n| where match(Image, "b") OR {negated}')


# --- what the platform lacks -----------------------------------------------------------------------------------------


def test_or_branch_on_a_lacking_field_is_left_out() -> None:
    text = rule("a: {Image: a}\nb: {GrandParentImage: b}\ncondition: a or b")
    outcome = outcomes("splunk", text)[0]
    assert (outcome.status, query("splunk", text)) == ("degraded", PROCESS + 'Image="a"')
    assert outcome.reasons == ("the platform's events carry no GrandParentImage; no longer seen: GrandParentImage = b",)


def test_lacking_field_under_and_is_unsupported() -> None:
    found = reasons("splunk", "a: {TargetFilename: a, CommandLine: b}\ncondition: a", category="file_event")
    assert found == ("the platform's events carry no CommandLine, and the rule cannot be told without",)


# --- defects of stock conversion -------------------------------------------------------------------------------------


def test_no_source_or_event_code_on_linux_and_ps_script() -> None:
    linux = spl("Image|endswith: /tar", product="linux")
    script = spl("ScriptBlockText|contains: a", category="ps_script")
    assert (linux, script) == (
        '`stagewatch_sysmon_linux` EventCode=1 Image="*/tar"',
        '`stagewatch_powershell` EventCode=4104 ScriptBlockText="*a*"',
    )


def test_escaped_asterisk_becomes_a_wildcard() -> None:
    share = r"""
        title: Test
        logsource: {product: windows, service: security}
        detection:
            selection: {EventID: 5140, ShareName: '\\\\\*\\C$'}
            condition: selection
    """
    assert query("splunk", share) == (
        r"`stagewatch_windows_security` EventCode=5140 "
        r'ShareName="*\\C$"' + "\n" + r'| where match(ShareName, "(?i)^\\\\\\\\\\*\\\\C\\$\\z")'
    )


def test_question_mark_becomes_any_run() -> None:
    assert process("CommandLine: 'a?'").endswith(r'| where match(CommandLine, "(?is)^a.\\z")')


def test_cased_is_refused() -> None:
    assert process("CommandLine|startswith|cased: Copy").endswith('| where match(CommandLine, "^Copy")')


def test_regex_under_or_becomes_rex_and_eval() -> None:
    found = spl("a: {CommandLine|re: a}\nb: {CommandLine|re: b}", condition="a or b")
    assert found == PROCESS.strip() + '\n| where match(CommandLine, "a") OR match(CommandLine, "b")'


def test_regex_loses_its_flags() -> None:
    assert process("CommandLine|re|i: abc").endswith('match(CommandLine, "(?i)abc")')


def test_fieldref_under_or_is_refused() -> None:
    found = spl("a: {CommandLine|fieldref: Image}\nb: {User: u}", condition="a or b")
    assert found.endswith(r'| where lower(CommandLine)=lower(Image) OR match(User, "(?i)^u\\z")')


def test_fieldref_startswith_is_unsupported() -> None:
    assert process("CommandLine|fieldref|startswith: Image").endswith(
        "substr(lower(CommandLine), 1, len(Image))=lower(Image)))"
    )


def test_correlation_counts_in_tumbling_bins() -> None:
    text = "{type: event_count, rules: [file], group-by: [Computer], timespan: 5m, condition: {gte: 2}}"
    assert " bin " not in correlation(text)
    assert "streamstats window=2" in correlation(text)


@pytest.mark.parametrize("kind", ["temporal", "temporal_ordered"])
def test_temporal_correlation_is_refused(kind: str) -> None:
    assert correlation(f"{{type: {kind}, rules: [file, archive], group-by: [Computer], timespan: 5m}}")


def test_null_does_not_match_an_empty_field() -> None:
    assert process("User: null") == '(NOT User=* OR User="")'


def test_plain_value_is_taken_as_a_subnet() -> None:
    assert process("CommandLine: 192.0.2.0/24").startswith("\n| where match(")


def test_query_relies_on_the_precedence_of_search() -> None:
    found = spl("a: {Image: a}\nb: {Image|contains|all: [b, c]}\nc: {User: c}", condition="c and (a or b)")
    assert found == PROCESS + 'User="c" (Image="a" OR (Image="*b*" Image="*c*"))'


# --- correlations ----------------------------------------------------------------------------------------------------

RULES = """
title: Archive
name: archive
logsource: {category: process_creation, product: windows}
detection:
    selection: {Image|endswith: '\\rar.exe'}
    condition: selection
---
title: File
name: file
logsource: {category: file_event, product: windows}
detection:
    selection: {TargetFilename|contains: '\\Staging\\'}
    condition: selection
---
title: Share
name: share
logsource: {product: windows, service: security}
detection:
    selection: {EventID: 5145, ShareName|re: '\\$$'}
    condition: selection
---
"""

ARCHIVE = r'`stagewatch_sysmon` EventCode=1 Image="*\\rar.exe" '
STAGED = r'`stagewatch_sysmon` EventCode=11 TargetFilename="*\\Staging\\*" '
SHARE = "`stagewatch_windows_security` EventCode=5145 "
SHARE_WHERE = r'| where match(ShareName, "\\$\\z")'


def correlation(text: str) -> str:
    """The query of a correlation over the three rules."""
    return query("splunk", f"{RULES}title: Correlation\ncorrelation: {text}")


def warnings(text: str) -> tuple[str, ...]:
    rendered = outcomes("splunk", f"{RULES}title: Correlation\ncorrelation: {text}")[-1].rendered
    assert rendered is not None
    assert rendered.window == "sliding"
    return rendered.warnings


def test_event_count_compares_the_first_and_last_of_n_events() -> None:
    text = "{type: event_count, rules: [file], group-by: [Computer, User], timespan: 5m, condition: {gte: 20}}"
    assert correlation(text) == (
        STAGED + "Computer=* User=*\n"
        "| sort 0 _time\n"
        "| streamstats window=20 global=f count AS event_count min(_time) AS first_time BY Computer, User\n"
        "| where event_count >= 20 AND _time - first_time <= 300"
    )
    assert warnings(text) == ()


def test_a_group_whose_name_search_does_not_take_is_asked_for_by_where() -> None:
    azure = (
        "title: Azure\nname: azure\nlogsource: {product: azure, service: activitylogs}\n"
        "detection: {a: {operationName: x}, condition: a}\n---\n"
    )
    text = "{type: event_count, rules: [azure], group-by: [caller], timespan: 1m, condition: {gte: 2}}"
    claim = "'identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn'"
    assert query("splunk", f"{azure}title: Correlation\ncorrelation: {text}") == (
        f'`stagewatch_azure_activity` operationName="x"\n| where isnotnull({claim})\n'
        f"| eval group_caller={claim}\n| sort 0 _time\n"
        "| streamstats window=2 global=f count AS event_count min(_time) AS first_time BY group_caller\n"
        "| where event_count >= 2 AND _time - first_time <= 60"
    )


def test_event_count_without_group() -> None:
    assert correlation("{type: event_count, rules: [file], timespan: 1m, condition: {gt: 2}}") == (
        STAGED.strip() + "\n| sort 0 _time\n"
        "| streamstats window=3 global=f count AS event_count min(_time) AS first_time\n"
        "| where event_count >= 3 AND _time - first_time <= 60"
    )


def test_event_count_over_rules_of_one_source_is_one_search() -> None:
    text = "{type: event_count, rules: [archive, file], group-by: [Computer], timespan: 1m, condition: {gte: 2}}"
    assert correlation(text) == (
        f"`stagewatch_sysmon` (({ARCHIVE[20:-1]}) OR ({STAGED[20:-1]})) Computer=*\n"
        "| sort 0 _time\n"
        "| streamstats window=2 global=f count AS event_count min(_time) AS first_time BY Computer\n"
        "| where event_count >= 2 AND _time - first_time <= 60"
    )


def test_event_count_over_several_sources() -> None:
    text = "{type: event_count, rules: [file, share], group-by: [Computer], timespan: 1m, condition: {gte: 2}}"
    assert correlation(text) == (
        f"| multisearch\n    [ search {STAGED}Computer=* ]\n    [ search {SHARE}Computer=*\n    {SHARE_WHERE} ]\n"
        "| sort 0 _time\n"
        "| streamstats window=2 global=f count AS event_count min(_time) AS first_time BY Computer\n"
        "| where event_count >= 2 AND _time - first_time <= 60"
    )
    assert warnings(text) == ()


def test_event_count_that_may_count_an_event_twice_says_so() -> None:
    text = (
        "{type: event_count, rules: [archive, file], aliases: {program: {archive: ParentImage, file: Image}}, "
        "group-by: [program], timespan: 1m, condition: {gte: 2}}"
    )
    assert correlation(text).startswith(
        f"| multisearch\n    [ search {ARCHIVE}ParentImage=*\n    | eval group_program=ParentImage ]\n"
        f"    [ search {STAGED}Image=*\n    | eval group_program=Image ]\n"
    )
    assert warnings(text) == ("an event that several of the rules match counts once for each",)


def test_more_events_than_a_window_holds_are_refused() -> None:
    text = "{type: event_count, rules: [file], timespan: 1m, condition: {gte: 10001}}"
    found = outcomes("splunk", f"{RULES}title: Correlation\ncorrelation: {text}")[-1]
    assert found.reasons == ("streamstats looks at 10,000 events together, the rule asks for 10,001",)


def test_value_count_counts_distinct_values_in_lower_case() -> None:
    text = (
        "{type: value_count, rules: [file], group-by: [Computer], timespan: 5m, "
        "condition: {field: TargetFilename, gte: 20}}"
    )
    assert correlation(text) == (
        STAGED + "Computer=* TargetFilename=*\n"
        "| eval counted_value=lower(TargetFilename)\n"
        "| sort 0 _time\n"
        "| streamstats time_window=301s dc(counted_value) AS value_count BY Computer\n"
        "| where value_count >= 20"
    )
    looked_at = "streamstats looks at max_stream_window events at most (10,000 unless limits.conf says otherwise)"
    assert [warning.split(":")[0].split(";")[0] for warning in warnings(text)] == [
        f"{looked_at}, as its page reads of all groups together",
        "the far edge of a time window is undocumented in Splunk",
    ]


def test_temporal_keeps_the_latest_time_of_each_branch() -> None:
    text = "{type: temporal, rules: [archive, share], group-by: [Computer], timespan: 1h}"
    assert correlation(text) == (
        "| multisearch\n"
        f"    [ search {ARCHIVE}Computer=*\n"
        "    | eval time_1=_time ]\n"
        f"    [ search {SHARE}Computer=*\n"
        f"    {SHARE_WHERE}\n"
        "    | eval time_2=_time ]\n"
        "| sort 0 _time\n"
        "| streamstats max(time_1) AS latest_1 max(time_2) AS latest_2 BY Computer\n"
        "| where _time - latest_1 <= 3600 AND _time - latest_2 <= 3600"
    )


def test_temporal_ordered_of_two() -> None:
    text = "{type: temporal_ordered, rules: [file, archive], group-by: [Computer], timespan: 1h}"
    assert correlation(text) == (
        "| multisearch\n"
        f"    [ search {STAGED}Computer=*\n"
        "    | eval step=1 ]\n"
        f"    [ search {ARCHIVE}Computer=*\n"
        "    | eval step=2 ]\n"
        "| sort 0 _time, step\n"
        "| eval start=if(step=1, _time, null())\n"
        "| streamstats max(start) AS start_1 BY Computer\n"
        "| where step=2 AND _time - start_1 <= 3600"
    )


def test_temporal_ordered_of_three_with_different_keys() -> None:
    text = (
        "{type: temporal_ordered, rules: [share, file, archive], timespan: 1h, group-by: [Computer, account], "
        "aliases: {account: {share: SubjectUserName, file: User, archive: User}}}"
    )
    assert correlation(text) == (
        "| multisearch\n"
        f"    [ search {SHARE}Computer=* SubjectUserName=*\n"
        f"    {SHARE_WHERE}\n"
        "    | eval step=1, group_account=SubjectUserName ]\n"
        f"    [ search {STAGED}Computer=* User=*\n"
        "    | eval step=2, group_account=User ]\n"
        f"    [ search {ARCHIVE}Computer=* User=*\n"
        "    | eval step=3, group_account=User ]\n"
        "| sort 0 _time, step\n"
        "| eval start=if(step=1, _time, null())\n"
        "| streamstats max(start) AS start_1 BY Computer, group_account\n"
        "| eval start=if(step=2, start_1, null())\n"
        "| streamstats max(start) AS start_2 BY Computer, group_account\n"
        "| where step=3 AND _time - start_2 <= 3600"
    )


def test_a_correlation_groups_by_a_name_with_dots_as_it_is() -> None:
    text = (
        f"{AWS}title: Correlation\ncorrelation: {{type: value_count, rules: [copies], group-by: [userIdentity.arn], "
        "timespan: 1h, condition: {field: requestParameters.x-amz-copy-source, gte: 2}}"
    )
    assert query("splunk", text) == (
        '`stagewatch_aws_cloudtrail` eventName="CopyObject" userIdentity.arn=* requestParameters.x-amz-copy-source=*\n'
        "| eval counted_value=lower('requestParameters.x-amz-copy-source')\n"
        "| sort 0 _time\n"
        "| streamstats time_window=3601s dc(counted_value) AS value_count BY userIdentity.arn\n"
        "| where value_count >= 2"
    )


def test_a_correlation_groups_by_a_copy_of_a_name_with_hyphens() -> None:
    """``BY`` with a bare hyphen is in no search of Splunk's own."""
    text = (
        f"{AWS}title: Correlation\ncorrelation: {{type: event_count, rules: [copies], "
        "group-by: [awsRegion, requestParameters.x-amz-acl], timespan: 1h, condition: {gte: 2}}"
    )
    assert query("splunk", text) == (
        '`stagewatch_aws_cloudtrail` eventName="CopyObject" awsRegion=* requestParameters.x-amz-acl=*\n'
        "| eval group_requestParameters_x_amz_acl='requestParameters.x-amz-acl'\n"
        "| sort 0 _time\n"
        "| streamstats window=2 global=f count AS event_count min(_time) AS first_time "
        "BY awsRegion, group_requestParameters_x_amz_acl\n"
        "| where event_count >= 2 AND _time - first_time <= 3600"
    )


# --- properties ------------------------------------------------------------------------------------------------------


def unquote(text: str) -> str:
    """A quoted string back to its value: a backslash makes the next character literal."""
    assert text[0] == text[-1] == '"'
    body = text[1:-1]
    assert not re.search(r'(?<!\\)(?:\\\\)*"', body), "an open quote"
    return re.sub(r"\\(.)", r"\1", body, flags=re.DOTALL)


@given(st.text())
def test_quoted_text_reads_back_as_itself(value: str) -> None:
    assert unquote(quote(value)) == value


@given(st.text(min_size=1))
def test_any_value_is_said_exactly_in_search_or_in_where(value: str) -> None:
    leaf = ex.Text("Image", (ex.Glob.of(value),))
    base, _ = split(leaf)
    if base:
        said = SearchRenderer().leaf(leaf)
        assert unquote(said.removeprefix("Image=")) == value
        assert not set(value) & set("*`\r\n\t\x00")
    else:
        said = WhereRenderer().leaf(leaf)
        pattern = unquote(said.removeprefix("match(Image, ").removesuffix(")"))
        python = re.sub(r"\\x\{([0-9A-Fa-f]+)\}", lambda match: re.escape(chr(int(match[1], 16))), pattern)
        assert re.search(python.replace(r"\z", r"\Z"), value)
    assert not set(said) & set("`\r\n\t\x00")


@given(st.text(alphabet="a`\\\n\x85[]", max_size=8))
def test_printable_pattern_matches_the_same(text: str) -> None:
    shown = printable(re.escape(text))
    assert not set(shown) & set("`\n\x85")
    assert re.fullmatch(shown, text)


VALUES = st.text(alphabet="ab*?`/.1", max_size=5)
PARTS = st.lists(st.one_of(VALUES, st.sampled_from(list(ex.Wildcard))), max_size=4)
GLOBS = st.lists(PARTS.map(lambda parts: ex.Glob.of(*parts)), min_size=1, max_size=2).map(tuple)
LEAVES = st.one_of(
    st.builds(ex.Text, st.sampled_from(["x", "y"]), GLOBS, st.booleans()),
    st.builds(ex.Regex, st.just("x"), st.sampled_from(["a", "^b", "1$"])),
    st.builds(ex.Null, st.just("y")),
    st.builds(ex.FieldRef, st.just("x"), st.just("y")),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(ex.Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: ex.conjunction(*terms)),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: ex.disjunction(*terms)),
    ),
    max_leaves=6,
)
EVENTS = st.dictionaries(st.sampled_from(["x", "y"]), st.text(alphabet="abAB*?`/.1", max_size=5))


@given(TREES, EVENTS)
def test_search_and_where_together_mean_the_rule(tree: ex.Expression, event: dict[str, str]) -> None:
    base, rest = split(tree)
    assert all(evaluate(term, event) for term in (*base, *rest)) == evaluate(tree, event)
    weaker = [found for term in rest if evaluate(term, event) and (found := implied(term)) is not None]
    assert all(evaluate(found, event) for found in weaker)


def test_pipeline_gives_each_item_an_id() -> None:
    pipeline = yaml.safe_load((house_directory() / "splunk.yml").read_text(encoding="utf-8"))
    ids = [item.get("id") for item in pipeline["transformations"] + pipeline["postprocessing"]]
    assert None not in ids
    assert len(ids) == len(set(ids))
