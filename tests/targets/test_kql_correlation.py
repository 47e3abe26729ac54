"""Correlations in KQL: exact queries, on Defender."""

from __future__ import annotations

import textwrap

import pytest

from tests.support import outcomes, query

RULES = r"""
title: Staged file
name: staged
status: test
logsource: {category: file_event, product: windows}
detection:
    selection: {TargetFilename|contains: '\Temp\'}
    condition: selection
---
title: Archiver
name: archiver
status: test
logsource: {category: process_creation, product: windows}
detection:
    selection: {Image|endswith: '\7z.exe'}
    condition: selection
---
title: Upload
name: upload
status: test
logsource: {category: process_creation, product: windows}
detection:
    selection: {Image|endswith: '\curl.exe'}
    condition: selection
---
title: Correlation
status: test
correlation:
"""


def correlation(section: str, target: str = "defender") -> str:
    return query(target, RULES + textwrap.indent(textwrap.dedent(section), "    "))


def test_event_count_slides_exactly() -> None:
    found = correlation(
        """
        type: event_count
        rules: [staged]
        group-by: [Computer, User]
        timespan: 5m
        condition: {gte: 10}
        """
    )
    assert found == textwrap.dedent(
        """\
        let Matches = materialize(
            DeviceFileEvents
            | where ActionType =~ "FileCreated"
            | where FolderPath !startswith "/"
            | where FolderPath contains @"\\Temp\\"
            | where isnotempty(DeviceName) and isnotempty(InitiatingProcessAccountName)
            | project Timestamp, DeviceId, DeviceName, ReportId,
                Computer = tolower(DeviceName),
                User = tolower(strcat(InitiatingProcessAccountDomain, "/", InitiatingProcessAccountName)));
        Matches
        | summarize by Computer, User, End = Timestamp
        | mv-expand Bucket = pack_array(bin(End, 5m), bin(End, 5m) - 5m) to typeof(datetime)
        | join kind=inner (Matches | extend Bucket = bin(Timestamp, 5m)) on Computer, User, Bucket
        | where (End - Timestamp) between (0s .. 5m)
        | summarize Events = count(), FirstSeen = min(Timestamp), """
        """arg_max(Timestamp, DeviceId, DeviceName, ReportId) by Computer, User, End
        | where Events >= 10
        | summarize arg_max(End, *) by Computer, User
        | project-away End"""
    )


def test_value_count_counts_distinct_values_exactly_and_without_case() -> None:
    found = correlation(
        """
        type: value_count
        rules: [staged]
        group-by: [ProcessGuid]
        timespan: 90s
        condition: {gt: 10, field: TargetFilename}
        """
    )
    assert found == textwrap.dedent(
        """\
        let Matches = materialize(
            DeviceFileEvents
            | where ActionType =~ "FileCreated"
            | where FolderPath !startswith "/"
            | where FolderPath contains @"\\Temp\\"
            | where isnotempty(InitiatingProcessUniqueId) and isnotempty(FolderPath)
            | project Timestamp, DeviceId, DeviceName, ReportId,
                ProcessGuid = tolower(InitiatingProcessUniqueId),
                Value = tolower(FolderPath));
        Matches
        | summarize by ProcessGuid, End = Timestamp
        | mv-expand Bucket = pack_array(bin(End, 90s), bin(End, 90s) - 90s) to typeof(datetime)
        | join kind=inner (Matches | extend Bucket = bin(Timestamp, 90s)) on ProcessGuid, Bucket
        | where (End - Timestamp) between (0s .. 90s)
        | summarize FirstSeen = min(Timestamp), """
        """arg_max(Timestamp, DeviceId, DeviceName, ReportId) by ProcessGuid, End, Value
        | summarize Values = count(), FirstSeen = min(FirstSeen), """
        """arg_max(Timestamp, DeviceId, DeviceName, ReportId) by ProcessGuid, End
        | where Values >= 11
        | summarize arg_max(End, *) by ProcessGuid
        | project-away End"""
    )


def test_temporal_counts_the_rules_seen() -> None:
    found = correlation(
        """
        type: temporal
        rules: [staged, archiver]
        group-by: [Computer]
        timespan: 1h
        """
    )
    assert found == textwrap.dedent(
        """\
        let Matches = materialize(
            union
            (DeviceFileEvents
            | where ActionType =~ "FileCreated"
            | where FolderPath !startswith "/"
            | where FolderPath contains @"\\Temp\\"
            | where isnotempty(DeviceName)
            | project Timestamp, DeviceId, DeviceName, ReportId,
                Computer = tolower(DeviceName),
                Value = "r1_staged"),
            (DeviceProcessEvents
            | where ActionType =~ "ProcessCreated"
            | where FolderPath !startswith "/"
            | where FolderPath endswith @"\\7z.exe"
            | where isnotempty(DeviceName)
            | project Timestamp, DeviceId, DeviceName, ReportId,
                Computer = tolower(DeviceName),
                Value = "r2_archiver"));
        Matches
        | summarize by Computer, End = Timestamp
        | mv-expand Bucket = pack_array(bin(End, 1h), bin(End, 1h) - 1h) to typeof(datetime)
        | join kind=inner (Matches | extend Bucket = bin(Timestamp, 1h)) on Computer, Bucket
        | where (End - Timestamp) between (0s .. 1h)
        | summarize FirstSeen = min(Timestamp), """
        """arg_max(Timestamp, DeviceId, DeviceName, ReportId) by Computer, End, Value
        | summarize Rules = count(), FirstSeen = min(FirstSeen), """
        """arg_max(Timestamp, DeviceId, DeviceName, ReportId) by Computer, End
        | where Rules >= 2
        | summarize arg_max(End, *) by Computer
        | project-away End"""
    )


def test_temporal_ordered_chains_the_rules_within_the_timespan() -> None:
    found = correlation(
        """
        type: temporal_ordered
        rules: [staged, archiver, upload]
        group-by: [Computer]
        timespan: 30m
        """
    )
    assert found == textwrap.dedent(
        """\
        let r1_staged =
            DeviceFileEvents
            | where ActionType =~ "FileCreated"
            | where FolderPath !startswith "/"
            | where FolderPath contains @"\\Temp\\"
            | where isnotempty(DeviceName)
            | project Timestamp, DeviceId, DeviceName, ReportId,
                Computer = tolower(DeviceName);
        let r2_archiver =
            DeviceProcessEvents
            | where ActionType =~ "ProcessCreated"
            | where FolderPath !startswith "/"
            | where FolderPath endswith @"\\7z.exe"
            | where isnotempty(DeviceName)
            | project Timestamp, DeviceId, DeviceName, ReportId,
                Computer = tolower(DeviceName);
        let r3_upload =
            DeviceProcessEvents
            | where ActionType =~ "ProcessCreated"
            | where FolderPath !startswith "/"
            | where FolderPath endswith @"\\curl.exe"
            | where isnotempty(DeviceName)
            | project Timestamp, DeviceId, DeviceName, ReportId,
                Computer = tolower(DeviceName);
        r1_staged
        | summarize by Computer, Start = Timestamp, End = Timestamp
        | extend Bucket = bin(Start, 30m)
        | join kind=inner (r2_archiver | mv-expand Bucket = """
        """pack_array(bin(Timestamp, 30m), bin(Timestamp, 30m) - 30m) to typeof(datetime)) on Computer, Bucket
        | where Timestamp >= End and Timestamp - Start <= 30m
        | summarize Start = max(Start) by Computer, End = Timestamp
        | extend Bucket = bin(Start, 30m)
        | join kind=inner (r3_upload | mv-expand Bucket = """
        """pack_array(bin(Timestamp, 30m), bin(Timestamp, 30m) - 30m) to typeof(datetime)) on Computer, Bucket
        | where Timestamp >= End and Timestamp - Start <= 30m
        | summarize Start = max(Start) by Computer, Timestamp, DeviceId, DeviceName, ReportId
        | summarize arg_max(Timestamp, Start, DeviceId, DeviceName, ReportId) by Computer
        | project-rename FirstSeen = Start"""
    )


def test_without_groups_no_row_is_made_of_no_events() -> None:
    """``summarize`` without ``by`` gives one row even of an empty table, which would be an alert."""
    counted = correlation("type: event_count\nrules: [staged]\ntimespan: 5m\ncondition: {gte: 3}")
    assert counted.endswith("by End\n| where Events >= 3\n| top 1 by End desc\n| project-away End")
    assert "on Bucket\n" in counted
    chained = correlation("type: temporal_ordered\nrules: [staged, archiver]\ntimespan: 5m")
    assert chained.endswith("\n| top 1 by Timestamp desc\n| project-rename FirstSeen = Start")


def test_a_group_key_named_like_a_column_of_ours_gets_another_name() -> None:
    found = correlation(
        """
        type: event_count
        rules: [staged]
        aliases: {Value: {staged: Computer}}
        group-by: [Value]
        timespan: 5m
        condition: {gte: 3}
        """
    )
    assert "        Value_key = tolower(DeviceName));" in found
    assert "summarize arg_max(End, *) by Value_key" in found


def test_numbers_are_group_keys_as_text() -> None:
    found = correlation("type: event_count\nrules: [staged]\ngroup-by: [ProcessId]\ntimespan: 5m\ncondition: {gte: 3}")
    assert "| where isnotnull(InitiatingProcessId)\n" in found
    assert "ProcessId = tostring(InitiatingProcessId));" in found


def test_a_correlation_slides() -> None:
    section = "type: event_count\nrules: [staged]\ngroup-by: [User]\ntimespan: 5m\ncondition: {gte: 3}"
    outcome = outcomes("defender", RULES + textwrap.indent(section, "    "))[-1]
    assert outcome.rendered is not None
    assert (outcome.status, outcome.rendered.window, outcome.rendered.warnings) == ("ok", "sliding", ())


TWO_RULES = "{{type: event_count, rules: [{rules}], {more}timespan: 5m, condition: {{gte: 10}}}}"


def rendered(target: str, rules: str, more: str = "") -> tuple[str, tuple[str, ...]]:
    text = TWO_RULES.format(rules=rules, more=more)
    found = outcomes(target, RULES.rsplit("correlation:", 1)[0] + f"correlation: {text}")[-1].rendered
    assert found is not None
    return found.files[".kql"], found.warnings


@pytest.mark.parametrize("target", ["defender", "sentinel"])
def test_an_event_that_two_rules_of_an_event_count_match_counts_once(target: str) -> None:
    found, warnings = rendered(target, "archiver, upload")
    assert "union" not in found
    assert r'FolderPath endswith @"\7z.exe"' in found
    assert r'FolderPath endswith @"\curl.exe"' in found
    assert warnings == ()


@pytest.mark.parametrize("target", ["defender", "sentinel"])
def test_event_count_over_different_tables_is_a_union(target: str) -> None:
    found, warnings = rendered(target, "archiver, staged")
    assert "union\n" in found
    assert warnings == ()


@pytest.mark.parametrize("target", ["defender", "sentinel"])
def test_event_count_that_may_count_an_event_twice_says_so(target: str) -> None:
    aliases = "aliases: {program: {archiver: ParentImage, upload: Image}}, group-by: [program], "
    found, warnings = rendered(target, "archiver, upload", aliases)
    assert "union\n" in found
    assert warnings == ("an event that several of the rules match counts once for each",)
