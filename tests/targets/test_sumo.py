r"""Cloud SIEM rule expressions: rule in, exact query out."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagewatch import expression as ex
from stagewatch.findings import Unsupported
from stagewatch.targets.sumo import CseRenderer, attribute
from stagewatch.targets.sumo_correlation import STEPS
from tests.support import convert_detection, outcomes, query, reasons, rule

WINDOWS = "metadata_vendor = 'Microsoft' AND metadata_product = 'Windows' AND "
LINUX = "metadata_vendor = 'Linux' AND metadata_product = 'Sysmon for Linux' AND "
PROCESS = WINDOWS + "metadata_deviceEventId = 'Microsoft-Windows-Sysmon/Operational-1' AND "
FILE = WINDOWS + "metadata_deviceEventId = 'Microsoft-Windows-Sysmon/Operational-11' AND "
SECURITY = WINDOWS + "metadata_deviceEventId like 'Security-%' AND "


def expression(selection: str, condition: str = "selection") -> str:
    """The expression for one selection on windows/process_creation, without the event-type condition."""
    text = convert_detection("sumo", f"selection:\n  {selection}\ncondition: {condition}")
    assert text.startswith(PROCESS)
    return text.removeprefix(PROCESS)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("CommandLine: Copy", "lower(commandLine) = 'copy'"),
        ("CommandLine: [copy, move]", "lower(commandLine) in ('copy', 'move')"),
        ("Image: 'C:\\Temp\\a.exe'", "lower(baseImage) like 'c:\\\\temp\\\\a.exe'"),
        ("CommandLine|contains: copy", "lower(commandLine) like '%copy%'"),
        ("CommandLine|contains: [a, b]", "(lower(commandLine) like '%a%' OR lower(commandLine) like '%b%')"),
        ("CommandLine|contains|all: [a, b]", "lower(commandLine) like '%a%' AND lower(commandLine) like '%b%'"),
        ("Image|startswith: 'C:\\Temp\\'", "lower(baseImage) like 'c:\\\\temp\\\\%'"),
        ("Image|startswith: [C, D]", "(lower(baseImage) like 'c%' OR lower(baseImage) like 'd%')"),
        ("Image|endswith: '\\a.exe'", "lower(baseImage) like '%\\\\a.exe'"),
        ("Image|endswith: [.zip, .rar]", "(lower(baseImage) like '%.zip' OR lower(baseImage) like '%.rar')"),
        ("Image: [a, 'b*']", "(lower(baseImage) = 'a' OR lower(baseImage) like 'b%')"),
        ("Image: 'C:\\\\*\\a?.exe'", "lower(baseImage) like 'c:\\\\%\\\\a_.exe'"),
        ("CommandLine: '50% a_b \\* \\?'", "lower(commandLine) = '50% a_b * ?'"),
        ("CommandLine|contains: '50% a_b'", "lower(commandLine) like '%50\\% a\\_b%'"),
        ("CommandLine: it's", "lower(commandLine) = \"it's\""),
        ("CommandLine: 'say \"a\"'", "lower(commandLine) = 'say \"a\"'"),
        ("CommandLine: \"it's \\\"a\\\"\"", "commandLine matches /(?is)^it\\x27s \\x22a\\x22$/"),
        ("CommandLine|contains: \"it's\\\\a\"", "commandLine matches /(?is).*it\\x27s\\\\a.*/"),
        ("CommandLine|contains: \"a\\nb/\"", "commandLine matches /(?is).*a\\nb\\x2f.*/"),
        ("Image: '*'", "!isNull(baseImage)"),
        ("Image: ''", "lower(baseImage) = ''"),
        ("Image: null", "(isNull(baseImage) OR baseImage = '')"),
        ("Image|exists: true", "!isNull(baseImage)"),
        ("Image|exists: false", "!(!isNull(baseImage))"),
        ("CommandLine|cased: Copy", "commandLine = 'Copy'"),
        ("CommandLine|contains|cased: Copy", "commandLine like '%Copy%'"),
        ("Image|fieldref: ParentImage", "lower(baseImage) = lower(parentBaseImage)"),
        (
            "CommandLine|fieldref|startswith: Image",
            "substring(lower(commandLine), 0, length(lower(baseImage))) = lower(baseImage)",
        ),
        ("ProcessId: 4", "pid = 4"),
        ("ProcessId: [4, 8]", "(pid = 4 OR pid = 8)"),
        ("ProcessId|gte: 4", "pid >= 4"),
        ("ProcessId|neq: 4", "!(pid = 4)"),
        ("LogonId|lt: 4", "toLong(fields['EventData.LogonId']) < 4"),
        ("OriginalFileName: a", "lower(fields['EventData.OriginalFileName']) = 'a'"),
        ("User: 'NT AUTHORITY\\SYSTEM'", "lower(user_username_raw) like 'nt authority\\\\system'"),
        (
            "CommandLine|cidr: [10.0.0.0/8, 192.0.2.0/24]",
            '(compareCIDRPrefix(commandLine, "10.0.0.0", "8") OR compareCIDRPrefix(commandLine, "192.0.2.0", "24"))',
        ),
        (
            "CommandLine|wide|base64offset|contains: ab",
            ("(lower(commandLine) like '%yqbia%' OR lower(commandLine) like '%eayg%' "
            "OR lower(commandLine) like '%hagia%')"),
        ),
    ],
)  # fmt: skip
def test_leaf(selection: str, expected: str) -> None:
    assert expression(selection) == expected


def test_number_unequal_needs_the_field() -> None:
    leaf = ex.Number("pid", "!=", 4)
    assert CseRenderer().expression(leaf) == "(!isNull(pid) AND !(pid = 4))"


def test_windash() -> None:
    assert expression("CommandLine|windash|contains: ' -r'") == (
        "(lower(commandLine) like '% -r%' OR lower(commandLine) like '% /r%' OR lower(commandLine) like '% –r%' "
        "OR lower(commandLine) like '% —r%' OR lower(commandLine) like '% ―r%')"
    )


def test_nesting_is_parenthesised() -> None:
    detection = """
    a: {Image: a, CommandLine: b}
    b: {Image: c}
    c: {User: d}
    condition: (a or b) and not (b and c)
    """
    assert convert_detection("sumo", detection) == (
        f"{PROCESS}((lower(baseImage) = 'a' AND lower(commandLine) = 'b') OR lower(baseImage) = 'c') AND "
        "!(lower(baseImage) = 'c' AND lower(user_username_raw) = 'd')"
    )


def test_negation_holds_for_a_lacking_field() -> None:
    assert expression("User: x", "not selection") == "!(lower(user_username_raw) = 'x')"
    assert expression("User: [x, 'y*']", "not selection") == (
        "!((lower(user_username_raw) = 'x' OR lower(user_username_raw) like 'y%'))"
    )


# Defects of the stock backend


def test_endswith_is_anchored() -> None:
    assert expression("Image|endswith: .zip") == "lower(baseImage) like '%.zip'"


def test_value_without_regard_to_case() -> None:
    assert expression("CommandLine|contains: '\\Temp\\'") == "lower(commandLine) like '%\\\\temp\\\\%'"


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("CommandLine|re: '\\\\\\\\[a-z]+'", "commandLine matches /(?s).*\\\\\\\\[a-z]+.*/"),
        ("CommandLine|re: ^a.*b/c$", "commandLine matches /(?s)^a[^\\n]*b\\x2fc$/"),
        ("CommandLine|re|i: a.*b", "commandLine matches /(?is).*a[^\\n]*b.*/"),
        ("CommandLine|re|s|i: a.*b", "commandLine matches /(?is).*a.*b.*/"),
        ("CommandLine|re|m: ^a$", "commandLine matches /(?ms).*^a$.*/"),
    ],
)
def test_regex_is_not_escaped_twice_and_keeps_its_flags(selection: str, expected: str) -> None:
    assert expression(selection) == expected


def test_integrity_level_is_not_severity() -> None:
    assert expression("IntegrityLevel: High") == "lower(fields['EventData.IntegrityLevel']) = 'high'"


def test_original_file_name_is_not_file_basename() -> None:
    assert "file_basename" not in expression("OriginalFileName: a")


def test_cidr_is_no_text_pattern() -> None:
    text = """
    title: Test
    logsource: {product: windows, service: security}
    detection: {s: {EventID: 5145, IpAddress|cidr: 10.16.0.0/12}, condition: s}
    """
    assert query("sumo", text) == (
        f'{SECURITY}metadata_deviceEventId = \'Security-5145\' AND compareCIDRPrefix(srcDevice_ip, "10.16.0.0", "12")'
    )


def test_fieldref_startswith_is_supported() -> None:
    assert expression("CommandLine|fieldref|startswith: Image") == (
        "substring(lower(commandLine), 0, length(lower(baseImage))) = lower(baseImage)"
    )


def test_two_conversions_are_the_same_text() -> None:
    assert expression("Image: a") == expression("Image: a")


# Log sources


@pytest.mark.parametrize(
    ("category", "product", "field", "expected"),
    [
        ("process_creation", "windows", "ProcessGuid", f"{PROCESS}lower(fields['EventData.ProcessGuid']) = 'a'"),
        (
            "process_creation",
            "linux",
            "ProcessGuid",
            f"{LINUX}metadata_deviceEventId = 'Linux-Sysmon/Operational-1' AND lower(fields['ProcessGuid']) = 'a'",
        ),
        ("file_event", "windows", "TargetFilename", f"{FILE}lower(file_path) = 'a'"),
        (
            "file_event",
            "linux",
            "TargetFilename",
            f"{LINUX}metadata_deviceEventId = 'Linux-Sysmon/Operational-11' AND lower(file_path) = 'a'",
        ),
        (
            "ps_script",
            "windows",
            "ScriptBlockText",
            (
                f"{WINDOWS}metadata_deviceEventId = 'Microsoft-Windows-PowerShell/Operational-4104' "
                "AND lower(commandLine) = 'a'"
            ),
        ),
    ],
)
def test_log_source_is_part_of_the_expression(category: str, product: str, field: str, expected: str) -> None:
    assert convert_detection("sumo", f"s: {{{field}: a}}\ncondition: s", category=category, product=product) == expected


def test_security_event_numbers() -> None:
    text = """
    title: Test
    logsource: {product: windows, service: security}
    detection: {s: {EventID: [5140, 5145], ShareName: '\\\\*\\C$'}, condition: s}
    """
    assert query("sumo", text) == (
        f"{SECURITY}metadata_deviceEventId in ('Security-5140', 'Security-5145') AND "
        "lower(fields['EventData.ShareName']) like '\\\\%\\\\c$'"
    )


def test_raw_keys_of_cloudtrail_hold_dots_and_hyphens() -> None:
    text = """
        title: Test
        logsource: {product: aws, service: cloudtrail}
        detection:
            selection: {eventName: CopyObject, requestParameters.x-amz-acl: public-read}
            condition: selection
    """
    assert query("sumo", text) == (
        "metadata_vendor = 'Amazon AWS' AND metadata_product = 'CloudTrail' AND "
        "lower(action) = 'copyobject' AND lower(fields['requestParameters.x-amz-acl']) = 'public-read'"
    )


@pytest.mark.parametrize("name", ["user-name", "a.b", "fields.a b", "fields.a'b", "fields.", "fields.-a"])
def test_a_name_that_is_neither_an_attribute_nor_a_key_is_refused(name: str) -> None:
    with pytest.raises(Unsupported, match="cannot be written in a Cloud SIEM rule expression"):
        attribute(name)


@pytest.mark.parametrize(("category", "product"), [("process_creation", "macos"), ("registry_set", "windows")])
def test_unknown_log_source_is_refused(category: str, product: str) -> None:
    (reason,) = reasons("sumo", "s: {Image: a}\ncondition: s", category=category, product=product)
    assert reason.startswith("Sumo Logic: no records are known for this log source")


def test_hashes_become_one_attribute_each() -> None:
    assert expression("Hashes|contains: ['MD5=AB', 'IMPHASH=CD']") == (
        "(lower(file_hash_md5) like 'ab%' OR lower(file_hash_imphash) like 'cd%')"
    )


# What cannot be said


@pytest.mark.parametrize(
    ("selection", "status", "reason"),
    [
        ("Image|fieldref|endswith: ParentImage", "unsupported", "Cloud SIEM cannot ask whether baseImage ends with"),
        ("CommandLine|cidr: 2001:db8::/32", "unsupported", "Cloud SIEM has no test for the IPv6 network 2001:db8::/32"),
        ("GrandParent: a", "unsupported", "the platform's events carry no GrandParent"),
        ("Hashes|contains: [MD5=AB, beef]", "unsupported", "Sumo Logic keeps one attribute per hash algorithm"),
        ("Hashes|contains: [MD5=AB, SHA512=CD]", "degraded", "the platform's events carry no HashSHA512"),
    ],
)
def test_unsupported_and_degraded(selection: str, status: str, reason: str) -> None:
    (outcome,) = outcomes("sumo", rule(f"s:\n  {selection}\ncondition: s"))
    assert outcome.status == status
    assert outcome.reasons[0].startswith(reason)


def test_a_number_is_lacking_or_never_empty() -> None:
    assert expression("ProcessId: null") == "isNull(pid)"
    assert expression("ProcessId: null", "not selection") == "!(isNull(pid))"


@pytest.mark.parametrize("items", ["EventID|re: ^51", "EventID|fieldref: IpPort", "IpPort|fieldref: EventID"])
def test_an_event_number_behind_its_channel_fits_no_regex_and_no_field(items: str) -> None:
    text = f"""
    title: Test
    logsource: {{product: windows, service: security}}
    detection: {{s: {{{items}}}, condition: s}}
    """
    (outcome,) = outcomes("sumo", text)
    assert outcome.status == "unsupported"
    assert outcome.reasons[0].startswith("metadata_deviceEventId holds a channel and a number")


def test_keywords_are_refused() -> None:
    assert reasons("sumo", "keywords: [rar]\ncondition: keywords") == (
        "a Cloud SIEM rule reads fields, not the raw event: no keyword *rar*",
    )


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
ARCHIVE = FILE + "lower(file_path) like '%.zip' AND !isNull(device_hostname)"
PACKER = PROCESS + "lower(baseImage) like '%\\\\rar.exe' AND !isNull(device_hostname)"
HOST = [{"entityType": "_hostname", "expression": "device_hostname"}]


def correlate(kind: str, names: str, keys: str, span: str, rest: str = "") -> tuple[dict[str, str], Any, str]:
    """A correlation of :data:`RULES`: its expressions by suffix, its settings and its warnings."""
    text = RULES.replace("TYPE", kind).replace("NAMES", names).replace("KEYS", keys).replace("SPAN", span)
    outcome = outcomes("sumo", text + rest)[-1]
    assert outcome.rendered is not None, outcome.reasons
    assert outcome.rendered.window == "hopping"
    files = dict(outcome.rendered.files)
    return files, json.loads(files.pop(".rule.json")), "|".join(outcome.rendered.warnings)


def test_event_count_is_a_threshold_rule() -> None:
    files, settings, warnings = correlate("event_count", "archive", "Computer", "5m", "    condition: {gte: 10}")
    assert files == {".cse": ARCHIVE}
    assert settings == {
        "type": "threshold",
        "expression": ARCHIVE,
        "limit": 10,
        "countDistinct": False,
        "groupByFields": ["device_hostname"],
        "entitySelectors": HOST,
        "windowSize": "T05M",
    }
    assert warnings == STEPS


def test_event_count_of_two_rules() -> None:
    files, _, _ = correlate("event_count", "archive, packer", "Computer", "5m", "    condition: {gte: 10}")
    assert files == {".cse": f"({ARCHIVE}) OR ({PACKER})"}


def test_value_count_is_a_threshold_rule_on_distinct_values() -> None:
    condition = "    condition: {gt: 9, field: TargetFilename}"
    files, settings, warnings = correlate("value_count", "archive", "Computer", "1h", condition)
    assert files == {".cse": f"{ARCHIVE} AND !isNull(file_path)"}
    assert settings == {
        "type": "threshold",
        "expression": files[".cse"],
        "limit": 10,
        "countDistinct": True,
        "countField": "file_path",
        "groupByFields": ["device_hostname"],
        "entitySelectors": HOST,
        "windowSize": "T60M",
    }
    assert warnings == f"{STEPS}|Cloud SIEM may count values that differ only in case as different"


@pytest.mark.parametrize(("kind", "ordered"), [("temporal", False), ("temporal_ordered", True)])
def test_temporal_is_a_chain_rule(kind: str, ordered: bool) -> None:
    files, settings, _ = correlate(kind, "packer, archive", "Computer", "15m")
    assert files == {".r1.cse": PACKER, ".r2.cse": ARCHIVE}
    assert settings == {
        "type": "chain",
        "ordered": ordered,
        "expressionsAndLimits": [{"expression": PACKER, "limit": 1}, {"expression": ARCHIVE, "limit": 1}],
        "groupByFields": ["device_hostname"],
        "entitySelectors": HOST,
        "windowSize": "CUSTOM",
        "windowSizeMilliseconds": "900000",
    }


def test_window_shorter_than_a_minute_is_rounded_up() -> None:
    _, settings, warnings = correlate("temporal", "packer, archive", "Computer", "30s")
    assert settings["windowSizeMilliseconds"] == "60000"
    assert warnings == f"{STEPS}|the shortest Cloud SIEM window is 60 seconds; the rule asks for 30"


def test_raw_group_key_is_warned_about() -> None:
    _, settings, warnings = correlate("event_count", "share", "SubjectUserName", "5m", "    condition: {gte: 3}")
    assert settings["groupByFields"] == ["fields['EventData.SubjectUserName']"]
    assert settings["entitySelectors"] == []
    assert "grouping by a raw key is not documented" in warnings
    assert "no group-by field names an entity" in warnings


@pytest.mark.parametrize(
    ("kind", "names", "keys", "span", "rest", "reason"),
    [
        ("temporal_ordered", "packer, archive, share", "Computer", "5m", "", "a Cloud SIEM chain in exact order"),
        ("temporal", "packer, archive", "Computer", "6d", "", "a Cloud SIEM window is five days at most"),
        ("temporal", "packer, archive", "", "5m", "", "a Cloud SIEM rule always counts per entity"),
        (
            "temporal",
            "packer, share",
            "who",
            "5m",
            "    aliases: {who: {packer: User, share: SubjectUserName}}",
            "the group-by field who is user_username_raw and fields.EventData.SubjectUserName",
        ),
    ],
)  # fmt: skip
def test_correlation_unsupported(kind: str, names: str, keys: str, span: str, rest: str, reason: str) -> None:
    text = RULES.replace("TYPE", kind).replace("NAMES", names).replace("KEYS", keys).replace("SPAN", span)
    outcome = outcomes("sumo", text + rest)[-1]
    assert outcome.status == "unsupported"
    assert outcome.reasons[0].startswith(reason)


# Any value


def cse_value(condition: str) -> str:
    """The one value that a condition on ``f`` holds for, read by the rules of literals, ``like`` and RE2."""
    equal = re.fullmatch(r"f = (?:'([^'\\]*)'|\"([^\"\\]*)\")", condition)
    if equal is not None:
        return equal[1] if equal[1] is not None else equal[2]
    like = re.fullmatch(r"f like (?:'((?:[^'\\%_]|\\[\\%_])*)'|\"((?:[^\"\\%_]|\\[\\%_])*)\")", condition)
    if like is not None:
        return re.sub(r"\\(.)", r"\1", like[1] if like[1] is not None else like[2])
    regex = re.fullmatch(r"f matches /(?:\(\?s\))?\^([^/\x00-\x1f]*)\$/", condition)
    assert regex is not None, condition
    return re.sub(r"\\(x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|.)", _re2_escape, regex[1], flags=re.DOTALL)


def _re2_escape(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1:
        return chr(int(code.strip("x{}"), 16))
    return {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "a": "\a"}.get(code, code)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12))
def test_any_value_is_held_exactly(value: str) -> None:
    condition = CseRenderer().expression(ex.Text("f", (ex.Glob.of(value),), cased=True))
    assert cse_value(condition) == value


@given(st.text(alphabet="'\\%_*?\n\"a]$/", min_size=1, max_size=8))
def test_nasty_value_is_held_exactly(value: str) -> None:
    condition = CseRenderer().expression(ex.Text("f", (ex.Glob.of(value),), cased=True))
    assert cse_value(condition) == value
