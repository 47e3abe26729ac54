"""Microsoft Defender XDR: its tables, fields and limits. The language itself is tested in ``test_kql.py``."""

from __future__ import annotations

import textwrap

import pytest

from tests.support import convert_detection, outcomes, query, reasons, rule


def kql(item: str, *, category: str = "process_creation", product: str = "windows") -> str:
    body = textwrap.indent(textwrap.dedent(item).strip(), "    ")
    return convert_detection(
        "defender", f"selection:\n{body}\ncondition: selection", category=category, product=product
    )


def why(item: str, *, category: str = "process_creation", product: str = "windows") -> tuple[str, ...]:
    text = rule(f"selection:\n    {item}\ncondition: selection", category=category, product=product)
    outcome = outcomes("defender", text)[-1]
    assert outcome.status in ("unsupported", "degraded")
    return outcome.reasons


# --- log sources -----------------------------------------------------------------------------------------------------

TABLES = {
    "process_creation": ("DeviceProcessEvents", "ProcessCreated"),
    "file_event": ("DeviceFileEvents", "FileCreated"),
}


@pytest.mark.parametrize("category", TABLES)
def test_windows_rules_see_no_path_of_another_system(category: str) -> None:
    table, action = TABLES[category]
    assert kql("Computer: a", category=category).splitlines() == [
        table,
        f'| where ActionType =~ "{action}"',
        '| where FolderPath !startswith "/"',
        '| where DeviceName =~ "a"',
    ]


@pytest.mark.parametrize("category", TABLES)
@pytest.mark.parametrize(("product", "other"), [("linux", "macOS"), ("macos", "Linux")])
def test_linux_and_macos_are_told_apart_by_device(category: str, product: str, other: str) -> None:
    table, action = TABLES[category]
    assert kql("Computer: a", category=category, product=product).splitlines() == [
        table,
        f'| where ActionType =~ "{action}"',
        '| where FolderPath startswith "/"',
        '| where DeviceName =~ "a"',
        f'| where DeviceId !in ((DeviceInfo | where OSPlatform =~ "{other}" | distinct DeviceId))',
    ]


def test_file_event_without_creation_filter_is_a_stock_defect() -> None:
    """Stock adds no ``ActionType``, so that deletions and renames match."""
    assert kql(r"TargetFilename|endswith: '\a.zip'", category="file_event") == (
        'DeviceFileEvents\n| where ActionType =~ "FileCreated"\n| where FolderPath !startswith "/"\n'
        r'| where FolderPath endswith @"\a.zip"'
    )


def test_user_of_a_file_event_as_request_account_is_a_stock_defect() -> None:
    assert kql(r"User: 'CONTOSO\eve'", category="file_event").splitlines()[3:] == [
        '| where InitiatingProcessAccountDomain =~ "CONTOSO"',
        '| where InitiatingProcessAccountName =~ "eve"',
    ]


def test_security_log_is_refused() -> None:
    text = """
    title: Test
    status: test
    logsource: {product: windows, service: security}
    detection:
        selection: {EventID: 5145}
        condition: selection
    """
    assert outcomes("defender", text)[0].reasons == (
        "Defender XDR has no Windows Security log (no logons, share or object access events); use Sentinel for it",
    )


def test_script_blocks_are_refused() -> None:
    assert why("ScriptBlockText: a", category="ps_script") == (
        "Defender XDR has no PowerShell script block log (event 4104)",
    )


@pytest.mark.parametrize(("category", "product"), [("registry_set", "windows"), ("process_creation", "aix")])
def test_other_sources_are_refused(category: str, product: str) -> None:
    assert why("Image: a", category=category, product=product) == (
        "the Defender XDR pipeline covers process_creation and file_event of windows, linux and macos only",
    )


def test_a_query_has_no_comment_and_no_filter_on_time() -> None:
    """Both forbid or disturb a continuous custom detection rule."""
    found = kql("CommandLine|contains: a")
    assert "Timestamp" not in found
    assert not any(line.lstrip().startswith("//") for line in found.splitlines())


# --- fields ----------------------------------------------------------------------------------------------------------

PROCESS_FIELDS = {
    "Image": "FolderPath",
    "OriginalFileName": "ProcessVersionInfoOriginalFileName",
    "CommandLine": "ProcessCommandLine",
    "User": "AccountName",
    "ParentUser": "InitiatingProcessAccountName",
    "IntegrityLevel": "ProcessIntegrityLevel",
    "ParentImage": "InitiatingProcessFolderPath",
    "ParentCommandLine": "InitiatingProcessCommandLine",
    "ProcessGuid": "ProcessUniqueId",
    "ParentProcessGuid": "InitiatingProcessUniqueId",
    "Product": "ProcessVersionInfoProductName",
    "Company": "ProcessVersionInfoCompanyName",
    "Description": "ProcessVersionInfoFileDescription",
    "Computer": "DeviceName",
}

FILE_FIELDS = {
    "TargetFilename": "FolderPath",
    "Image": "InitiatingProcessFolderPath",
    "CommandLine": "InitiatingProcessCommandLine",
    "User": "InitiatingProcessAccountName",
    "ProcessGuid": "InitiatingProcessUniqueId",
    "Computer": "DeviceName",
}


@pytest.mark.parametrize(("field", "column"), PROCESS_FIELDS.items())
def test_process_field(field: str, column: str) -> None:
    assert kql(f"{field}: a").splitlines()[3] == f'| where {column} =~ "a"'


@pytest.mark.parametrize(("field", "column"), FILE_FIELDS.items())
def test_file_field(field: str, column: str) -> None:
    assert kql(f"{field}: a", category="file_event").splitlines()[3] == f'| where {column} =~ "a"'


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("ProcessId: 4", "ProcessId == 4"),
        ("ParentProcessId: '4'", "InitiatingProcessId == 4"),
        ("LogonId: '0x3e7'", "LogonId == 999"),
    ],
)
def test_numeric_field(item: str, expected: str) -> None:
    assert kql(item).splitlines()[3] == f"| where {expected}"


def test_user_is_split_into_domain_and_name() -> None:
    assert kql(r"User: 'NT AUTHORITY\SYSTEM'").splitlines()[3:] == [
        '| where AccountDomain =~ "NT AUTHORITY"',
        '| where AccountName =~ "SYSTEM"',
    ]
    assert kql("User|contains: AUTHORI").splitlines()[3:] == [
        '| where AccountDomain contains "AUTHORI" or AccountName contains "AUTHORI"'
    ]


MD5, OTHER_MD5, SHA1 = "0" * 32, "1" * 32, "2" * 40


def test_hashes_are_split_by_algorithm() -> None:
    found = kql(f"Hashes|contains: ['SHA1={SHA1}', 'MD5={MD5}', 'MD5={OTHER_MD5}']")
    assert found.splitlines()[3:] == [f'| where SHA1 =~ "{SHA1}"', f'    or MD5 in~ ("{MD5}", "{OTHER_MD5}")']


def test_a_hash_without_a_column_degrades_the_rule() -> None:
    assert why(f"Hashes|contains: ['SHA1={SHA1}', 'IMPHASH={MD5}']") == (
        f"the platform's events carry no IMPHASH; no longer seen: IMPHASH = {MD5}",
    )


def test_a_lacking_field_under_and_makes_the_rule_unsupported() -> None:
    assert reasons("defender", "selection: {Image: a, CurrentDirectory: b}\ncondition: selection") == (
        "the platform's events carry no CurrentDirectory, and the rule cannot be told without",
    )


def test_current_directory_of_linux_is_read_from_the_additional_fields() -> None:
    assert kql("CurrentDirectory: /tmp", product="linux").splitlines()[:-1] == [
        "DeviceProcessEvents",
        "| extend CurrentDirectory = tostring(parse_json(AdditionalFields).ProcessCurrentWorkingDirectory)",
        '| where ActionType =~ "ProcessCreated"',
        '| where FolderPath startswith "/"',
        '| where CurrentDirectory =~ "/tmp"',
    ]
    assert "extend" not in kql("Image: /tmp", product="linux")


def test_file_events_have_no_parent() -> None:
    assert why("ParentImage: a", category="file_event") == (
        "the platform's events carry no ParentImage, and the rule cannot be told without",
    )


# --- correlations: limits of custom detection rules ------------------------------------------------------------------


def correlation(timespan: str) -> str:
    return f"""
    title: Base
    name: base
    status: test
    logsource: {{category: file_event, product: linux}}
    detection:
        selection: {{TargetFilename|startswith: /tmp/}}
        condition: selection
    ---
    title: Burst
    status: test
    correlation:
        type: event_count
        rules: [base]
        group-by: [Computer]
        timespan: {timespan}
        condition: {{gte: 10}}
    """


@pytest.mark.parametrize(
    ("timespan", "hours"), [("1h", None), ("3h", None), ("4h", 3), ("9h", 3), ("10h", 12), ("36h", 12), ("29d", 24)]
)
def test_a_long_timespan_names_the_frequency_that_looks_back_far_enough(timespan: str, hours: int | None) -> None:
    rendered = outcomes("defender", correlation(timespan))[-1].rendered
    assert rendered is not None
    assert rendered.warnings == (
        ()
        if hours is None
        else (f"run it every {hours} hours: a more frequent custom detection does not look back far enough",)
    )


def test_a_timespan_beyond_the_look_back_is_unsupported() -> None:
    outcome = outcomes("defender", correlation("30d"))[-1]
    assert (outcome.status, outcome.reasons) == (
        "unsupported",
        ("a custom detection rule looks back 30 days at most, too short for this timespan",),
    )


def test_a_correlation_of_linux_rules_keeps_the_device_condition() -> None:
    assert 'OSPlatform =~ "macOS"' in query("defender", correlation("1h"))


def test_a_correlation_returns_what_a_custom_detection_needs() -> None:
    """``Timestamp``, ``ReportId`` and a device, of the burst's latest event."""
    assert "arg_max(Timestamp, DeviceId, DeviceName, ReportId)" in query("defender", correlation("1h"))
