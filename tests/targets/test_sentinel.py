"""Microsoft Sentinel: what differs from Defender XDR. The language itself is tested in ``test_kql.py``."""

from __future__ import annotations

import textwrap

import pytest

from tests.support import convert_detection, outcomes, query, rule


def security(detection: str) -> str:
    """A rule on the Windows Security log."""
    return (
        "title: Test\nname: base\nstatus: test\nlogsource: {product: windows, service: security}\ndetection:\n"
        + textwrap.indent(textwrap.dedent(detection).strip(), "    ")
        + "\n"
    )


def script(item: str) -> str:
    return convert_detection("sentinel", f"selection:\n    {item}\ncondition: selection", category="ps_script")


# --- log sources -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("category", ["process_creation", "file_event"])
@pytest.mark.parametrize("product", ["windows", "linux", "macos"])
def test_device_tables_are_queried_as_in_defender(category: str, product: str) -> None:
    detection = r"""
    selection:
        - Image|endswith: ['\a', '\b']
        - User: 'D\u'
    condition: selection
    """
    found = [
        convert_detection(name, detection, category=category, product=product) for name in ("sentinel", "defender")
    ]
    assert found[0] == found[1]


def test_current_directory_of_linux_is_read_from_the_additional_fields() -> None:
    found = convert_detection("sentinel", "selection: {CurrentDirectory: /tmp}\ncondition: selection", product="linux")
    assert found.splitlines()[1] == (
        "| extend CurrentDirectory = tostring(parse_json(AdditionalFields).ProcessCurrentWorkingDirectory)"
    )


def test_script_blocks_are_events_4104_and_only_used_columns_are_computed() -> None:
    assert script("ScriptBlockText|contains: Compress-Archive") == (
        "WindowsEvent\n"
        "| extend ScriptBlockText = tostring(EventData.ScriptBlockText)\n"
        '| where Provider =~ "Microsoft-Windows-PowerShell"\n'
        "| where EventID == 4104\n"
        '| where ScriptBlockText contains "Compress-Archive"'
    )


SCRIPT_FIELDS = ("ScriptBlockText", "ScriptBlockId", "Path", "MessageNumber", "MessageTotal")


def test_a_keyword_is_searched_in_all_computed_columns() -> None:
    found = convert_detection("sentinel", "keywords: [Compress]\ncondition: keywords", category="ps_script")
    assert [found.splitlines()[at] for at in (1, -1)] == [
        f"| extend {', '.join(f'{field} = tostring(EventData.{field})' for field in SCRIPT_FIELDS)}",
        '| where * contains "Compress"',
    ]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("MessageNumber: 1", 'MessageNumber =~ "1"'),
        ("Path: null", "isempty(Path)"),
        ("Computer: a", 'Computer =~ "a"'),
        ("EventID: 4104", "EventID == 4104"),
    ],
)
def test_script_block_field(item: str, expected: str) -> None:
    assert script(item).splitlines()[-1] == f"| where {expected}"


def test_security_log_is_security_event() -> None:
    found = query(
        "sentinel",
        security(
            r"""
            selection:
                EventID: [5140, 5145]
                ShareName|endswith: '\C$'
                RelativeTargetName|contains: 'Temp\'
                IpAddress|cidr: 10.0.0.0/8
                AccessMask: '0x2'
            filter:
                SubjectUserName|endswith: '$'
            condition: selection and not filter
            """
        ),
    )
    assert found == textwrap.dedent(
        """\
        SecurityEvent
        | where EventID == 5140 or EventID == 5145
        | where ShareName endswith @"\\C$"
        | where RelativeTargetName contains @"Temp\\"
        | where coalesce(ipv4_is_in_range(IpAddress, "10.0.0.0/8"), false)
        | where AccessMask =~ "0x2"
        | where SubjectUserName !endswith "$\""""
    )


def test_process_id_of_the_security_log_is_text_and_a_number_elsewhere() -> None:
    found = query("sentinel", security("selection: {EventID: 4688, ProcessId: '0x4'}\ncondition: selection"))
    assert found.splitlines()[1:] == [
        "| extend CreatorProcessId = ProcessId",
        "| where EventID == 4688",
        '| where CreatorProcessId =~ "0x4"',
    ]
    found = convert_detection("sentinel", "selection: {ProcessId: '0x4'}\ncondition: selection")
    assert found.splitlines()[-1] == "| where ProcessId == 4"


@pytest.mark.parametrize(
    "field",
    """SubjectUserName SubjectDomainName SubjectUserSid SubjectLogonId ShareName ShareLocalPath RelativeTargetName
    IpAddress IpPort AccessMask ObjectType ObjectName ProcessName NewProcessName CommandLine ParentProcessName
    NewProcessId Computer""".split(),  # noqa: SIM905
)
def test_security_field(field: str) -> None:
    found = query("sentinel", security(f"selection: {{{field}: a}}\ncondition: selection"))
    assert found == f'SecurityEvent\n| where {field} =~ "a"'


def test_access_list_is_no_column() -> None:
    outcome = outcomes("sentinel", security("selection: {AccessList: a}\ncondition: selection"))[0]
    assert (outcome.status, outcome.reasons) == (
        "unsupported",
        ("the platform's events carry no AccessList, and the rule cannot be told without",),
    )


def test_contains_with_a_trailing_backslash_is_a_stock_defect() -> None:
    r"""Stock, azure_monitor: ``ObjectName endswith "\\Temp*"``, which never matches."""
    found = query(
        "sentinel", security("selection: {EventID: 4663, ObjectName|contains: '\\Temp\\'}\ncondition: selection")
    )
    assert found.splitlines()[2] == r'| where ObjectName contains @"\Temp\"'


def test_linux_rules_sent_to_the_windows_security_log_is_a_stock_defect() -> None:
    found = convert_detection("sentinel", "selection: {Image: /bin/tar}\ncondition: selection", product="linux")
    assert found.startswith("DeviceProcessEvents\n")


def test_path_matched_against_the_file_name_is_a_stock_defect() -> None:
    """Stock, sentinel_asim: ``TargetFileName endswith @"\\Temp\\a.zip"``, a column that holds the name alone."""
    detection = r"""
    selection: {TargetFilename|endswith: '\Temp\a.zip'}
    condition: selection
    """
    found = convert_detection("sentinel", detection, category="file_event")
    assert found.splitlines()[-1] == r'| where FolderPath endswith @"\Temp\a.zip"'


def test_original_file_name_mapped_to_an_invalid_column_is_a_stock_defect() -> None:
    """Stock, sentinel_asim: the rule is refused, for ``TargetProcessFilename`` is no column."""
    found = convert_detection("sentinel", "selection: {OriginalFileName: 7z.exe}\ncondition: selection")
    assert found.splitlines()[-1] == '| where ProcessVersionInfoOriginalFileName =~ "7z.exe"'


def test_security_log_without_an_event_id_filter_is_a_stock_defect() -> None:
    """Stock, azure_monitor: file and process rules read ``SecurityEvent`` and name no event."""
    found = convert_detection("sentinel", "selection: {TargetFilename: a}\ncondition: selection", category="file_event")
    assert found.splitlines()[:2] == ["DeviceFileEvents", '| where ActionType =~ "FileCreated"']


def test_other_sources_are_refused() -> None:
    outcome = outcomes("sentinel", rule("selection: {Image: a}\ncondition: selection", category="dns_query"))[0]
    (found,) = outcome.reasons
    assert found.startswith("the Sentinel pipeline covers process_creation, file_event, ps_script")


# --- limits ----------------------------------------------------------------------------------------------------------


def test_a_query_of_more_than_10000_characters_is_unsupported() -> None:
    values = ", ".join(f"value{number:05}" for number in range(1000))
    outcome = outcomes("sentinel", rule(f"selection: {{CommandLine: [{values}]}}\ncondition: selection"))[0]
    assert (outcome.status, outcome.reasons) == (
        "unsupported",
        ("the query has 14,125 characters, an analytics rule takes 10,000 at most",),
    )


def burst(timespan: str) -> str:
    return (
        security("selection: {EventID: 5145}\ncondition: selection")
        + f"""---
title: Burst
status: test
correlation:
    type: value_count
    rules: [base]
    group-by: [IpAddress, SubjectUserName]
    timespan: {timespan}
    condition: {{gte: 20, field: RelativeTargetName}}
"""
    )


def test_value_count_on_the_security_log() -> None:
    assert query("sentinel", burst("10m")) == textwrap.dedent(
        """\
        let Matches = materialize(
            SecurityEvent
            | where EventID == 5145
            | where isnotempty(IpAddress) and isnotempty(SubjectUserName) and isnotempty(RelativeTargetName)
            | project TimeGenerated, Computer,
                IpAddress = tolower(IpAddress),
                SubjectUserName = tolower(SubjectUserName),
                Value = tolower(RelativeTargetName));
        Matches
        | summarize by IpAddress, SubjectUserName, End = TimeGenerated
        | mv-expand Bucket = pack_array(bin(End, 10m), bin(End, 10m) - 10m) to typeof(datetime)
        | join kind=inner (Matches | extend Bucket = bin(TimeGenerated, 10m)) on IpAddress, SubjectUserName, Bucket
        | where (End - TimeGenerated) between (0s .. 10m)
        | summarize FirstSeen = min(TimeGenerated), """
        """arg_max(TimeGenerated, Computer) by IpAddress, SubjectUserName, End, Value
        | summarize Values = count(), FirstSeen = min(FirstSeen), """
        """arg_max(TimeGenerated, Computer) by IpAddress, SubjectUserName, End
        | where Values >= 20
        | summarize arg_max(End, *) by IpAddress, SubjectUserName
        | project-away End"""
    )


def test_a_timespan_beyond_the_query_period_is_unsupported() -> None:
    outcome = outcomes("sentinel", burst("14d"))[-1]
    assert (outcome.status, outcome.reasons) == (
        "unsupported",
        ("an analytics rule looks back 14 days at most, too short for this timespan",),
    )


def test_branches_of_different_tables_keep_the_columns_that_both_have() -> None:
    text = (
        security("selection: {EventID: 5145}\ncondition: selection")
        + r"""---
title: Archiver
name: archiver
status: test
logsource: {category: process_creation, product: windows}
detection:
    selection: {Image|endswith: '\7z.exe'}
    condition: selection
---
title: Both
status: test
correlation:
    type: temporal
    rules: [base, archiver]
    group-by: [Computer]
    timespan: 10m
"""
    )
    found = query("sentinel", text)
    assert '    | project TimeGenerated,\n        Computer = tolower(Computer),\n        Value = "r1_base"),' in found
    assert "Rules = count(), FirstSeen = min(FirstSeen), TimeGenerated = max(TimeGenerated) by Computer, End" in found
