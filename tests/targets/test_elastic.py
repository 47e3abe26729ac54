"""Elastic, single rules in EQL: rule in, exact query out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagewatch import expression as ex
from stagewatch.findings import Unsupported
from stagewatch.targets.elastic import EqlRenderer, literal
from stagewatch.targets.elastic_fields import FieldTypes
from tests.support import convert_detection, outcomes, query, reasons, rule

WINDOWS_PROCESS = 'process where event.type == "start"\n  and host.os.type == "windows"\n  and '
ONLY_CREATIONS = '(?event.code == null or not event.code in ("17", "27", "29"))'
WINDOWS_FILE = f'file where event.type == "creation"\n  and host.os.type == "windows"\n  and {ONLY_CREATIONS}\n  and '


def process(condition: str) -> str:
    """The EQL condition of a one-line selection on windows/process_creation, its event type taken off."""
    text = convert_detection("elastic", f"selection:\n  {condition}\ncondition: selection")
    assert text.startswith(WINDOWS_PROCESS)
    return text.removeprefix(WINDOWS_PROCESS)


def process_condition(condition: str, detections: str) -> str:
    """The EQL condition of several detections on windows/process_creation, in the parentheses of its AND."""
    text = convert_detection("elastic", f"{detections}\ncondition: {condition}").removeprefix(WINDOWS_PROCESS)
    assert (text[0], text[-1]) == ("(", ")")
    return text[1:-1]


def security(detection: str) -> str:
    """The EQL query of a detection on windows/security."""
    body = "\n".join("    " + line for line in detection.splitlines())
    return query(
        "elastic",
        f"title: T\nstatus: test\nlogsource: {{product: windows, service: security}}\ndetection:\n{body}\n"
        "    condition: selection\n",
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("CommandLine: one", 'process.command_line : "one"'),
        ("CommandLine: [one, two]", 'process.command_line in~ ("one", "two")'),
        ("CommandLine: '42'", 'process.command_line == "42"'),
        ("CommandLine|contains: one", 'process.command_line : "*one*"'),
        ("CommandLine|contains: [one, two]", 'process.command_line like~ ("*one*", "*two*")'),
        ("CommandLine|startswith: one", 'process.command_line : "one*"'),
        ("CommandLine|startswith: [one, two]", 'process.command_line like~ ("one*", "two*")'),
        ("CommandLine|endswith: one", 'process.command_line : "*one"'),
        ("CommandLine|endswith: [one, two]", 'process.command_line like~ ("*one", "*two")'),
        ("CommandLine: 'o?e*two'", 'process.command_line : "o?e*two"'),
        ("CommandLine: ['o?e', 'two*', three]", 'process.command_line like~ ("o?e", "two*", "three")'),
        ("CommandLine: '*'", "?process.command_line != null"),
        ("CommandLine: ''", 'process.command_line == ""'),
        (
            "CommandLine: ['', 'one*']",
            '(process.command_line == "" or process.command_line : "one*")',
        ),
        ("CommandLine: null", '(?process.command_line == null or process.command_line == "")'),
        ("CommandLine|exists: true", "?process.command_line != null"),
        ("CommandLine|exists: false", "?process.command_line == null"),
        ("CommandLine|cased: One", 'process.command_line == "One"'),
        ("CommandLine|cased: [One, Two]", 'process.command_line in ("One", "Two")'),
        ("CommandLine|contains|cased: [One, Two]", 'process.command_line like ("*One*", "*Two*")'),
        (
            "CommandLine|contains|all: [one, two]",
            'process.command_line : "*one*"\n  and process.command_line : "*two*"',
        ),
        (
            "CommandLine|windash|contains: ' -m '",
            'process.command_line like~ ("* -m *", "* /m *", "* –m *", "* —m *", "* ―m *")',
        ),
        ("CommandLine|re: 'a[0-9]+b'", 'process.command_line regex ".*a[0-9]+b.*"'),
        ("CommandLine|re: '^ab$'", 'process.command_line regex "ab"'),
        ("CommandLine|re|i: '^$'", 'process.command_line == ""'),
        ("CommandLine|re|i: '^a[b-f]$'", 'process.command_line regex~ "a[b-fB-F]"'),
        (
            "CommandLine|wide|base64offset|contains: ab",
            'process.command_line like~ ("*YQBiA*", "*EAYg*", "*hAGIA*")',
        ),
        ("ProcessId: 4", "process.pid == 4"),
        ("ProcessId: '0x10'", "process.pid == 16"),
        ("ProcessId|gte: 4", "process.pid >= 4"),
        ("ProcessId|lt: 4", "process.pid < 4"),
        ("ProcessId: null", "?process.pid == null"),
        ("CommandLine: 42", 'process.command_line == "42"'),
        (
            "Image|fieldref: ParentImage",
            (
                "(startsWith~(process.executable, process.parent.executable)"
                " and startsWith~(process.parent.executable, process.executable))"
            ),
        ),
        (
            "CommandLine|fieldref|endswith: ParentImage",
            "endsWith~(process.command_line, process.parent.executable)",
        ),
    ],
)
def test_leaf(condition: str, expected: str) -> None:
    assert process(condition) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("Image: one", '(?process.executable == null or not process.executable : "one")'),
        ("Image: [one, two]", '(?process.executable == null or not process.executable in~ ("one", "two"))'),
        ("Image|cased: One", '(?process.executable == null or not process.executable == "One")'),
        ("Image|re: one", '(?process.executable == null or not process.executable regex ".*one.*")'),
        ("Image: '*'", "?process.executable == null"),
        ("Image: null", '(?process.executable != null and process.executable != "")'),
        ("Image|exists: true", "?process.executable == null"),
        ("ProcessId: 4", "(?process.pid == null or not process.pid == 4)"),
        ("ProcessId|gt: 4", "(?process.pid == null or not process.pid > 4)"),
        ("ProcessId: null", "?process.pid != null"),
        (
            "Image|fieldref|startswith: ParentImage",
            (
                "(?process.executable == null or ?process.parent.executable == null"
                " or not startsWith~(process.executable, process.parent.executable))"
            ),
        ),
    ],
)
def test_a_negated_leaf_holds_where_the_field_is_lacking(condition: str, expected: str) -> None:
    text = convert_detection("elastic", f"a:\n  CommandLine: x\nb:\n  {condition}\ncondition: a and not b")
    assert text == f'{WINDOWS_PROCESS}process.command_line : "x"\n  and {expected}'


def test_negation_reaches_each_leaf() -> None:
    detection = """
    a: {CommandLine: x}
    b: {Image: one, ParentImage: [two, three]}
    condition: a and not (b or not a)
    """
    assert convert_detection("elastic", detection).removeprefix(WINDOWS_PROCESS) == (
        'process.command_line : "x"\n'
        '  and ((?process.executable == null or not process.executable : "one")'
        " or (?process.parent.executable == null"
        ' or not process.parent.executable in~ ("two", "three")))\n'
        '  and process.command_line : "x"'
    )


def test_and_and_or_are_always_parenthesised() -> None:
    detection = """
    a: {CommandLine: x, Image: y}
    b: {ParentImage: z}
    condition: a or b
    """
    assert convert_detection("elastic", detection) == (
        WINDOWS_PROCESS
        + '((process.command_line : "x" and process.executable : "y") or process.parent.executable : "z")'
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (r"""'a"b'""", r'process.command_line : "a\"b"'),
        (r"'C:\Temp\x'", r'process.command_line : "C:\\Temp\\x"'),
        (r"'\\\\server\share'", r'process.command_line : "\\\\server\\share"'),
        (r'"a\nb\r\tc"', r'process.command_line : "a\nb\r\tc"'),
        (r'"a\u202Eb"', r'process.command_line : "a\u{202e}b"'),
        ("'100%_$]{x}'", 'process.command_line : "100%_$]{x}"'),
        ("'日本'", 'process.command_line == "日本"'),
    ],
)
def test_escapes(value: str, expected: str) -> None:
    assert process(f"CommandLine: {value}") == expected


def test_a_literal_wildcard_is_compared_literally() -> None:
    assert process(r"CommandLine: 'a\*b'") == 'process.command_line in~ ("a*b")'
    assert process(r"CommandLine: '1\?2'") == 'process.command_line == "1?2"'
    assert process(r"CommandLine: ['a\*b', 'c*']") == (
        '(process.command_line in~ ("a*b") or process.command_line : "c*")'
    )


def test_a_literal_wildcard_beside_a_wildcard_needs_a_regular_expression() -> None:
    assert process(r"CommandLine|contains: 'a\*b'") == r'process.command_line regex~ ".*a\\*b.*"'
    assert process(r"CommandLine|contains|cased: 'a\?'") == r'process.command_line regex ".*a\\?.*"'


def test_elastic_folds_ascii_only_so_other_letters_are_spelled_out() -> None:
    assert process("CommandLine|contains: 'É'") == 'process.command_line regex~ ".*[éÉ].*"'
    assert process("CommandLine|contains|cased: 'É'") == 'process.command_line like "*É*"'


def test_white_space_class_is_a_range() -> None:
    assert process(r"CommandLine|re: 'a\sb'") == r'process.command_line regex ".*a[\t-\r ]b.*"'


def test_number_unequal_needs_the_field() -> None:
    types = FieldTypes(frozenset({"n"}), frozenset(), frozenset(), (), {})
    unequal = ex.Number("n", "!=", 3)
    assert EqlRenderer(types).event(unequal) == "any where (?n != null and n != 3)"
    assert EqlRenderer(types).event(ex.Not(unequal)) == "any where (?n == null or n == 3)"


def test_a_field_name_that_is_no_identifier_is_quoted() -> None:
    types = FieldTypes(frozenset(), frozenset(), frozenset(), (), {})
    assert EqlRenderer(types).event(ex.Text("my field", (ex.Glob.of("x"),))) == 'any where `my field` : "x"'


def test_user_is_split_into_domain_and_name() -> None:
    assert process(r"User: 'NT AUTHORITY\SYSTEM'") == 'user.domain : "NT AUTHORITY"\n  and user.name : "SYSTEM"'
    assert process("User|contains: [AUTHORI, AUTORI]") == (
        '(user.domain like~ ("*AUTHORI*", "*AUTORI*") or user.name like~ ("*AUTHORI*", "*AUTORI*"))'
    )


def test_integrity_level_stands_in_one_of_two_fields() -> None:
    assert process("IntegrityLevel: High") == (
        '(?winlog.event_data.IntegrityLevel : "High" or ?process.Ext.token.integrity_level_name : "High")'
    )


@pytest.mark.parametrize("condition", ["IntegrityLevel: null", "IntegrityLevel|exists: false"])
def test_absence_cannot_be_told_where_a_field_is_one_of_two(condition: str) -> None:
    assert reasons("elastic", f"selection:\n  {condition}\ncondition: selection") == (
        "winlog.event_data.IntegrityLevel is one of two fields for one Sigma field; absence cannot be told",
    )


def test_a_negated_item_is_refused_where_a_field_is_one_of_two() -> None:
    found = reasons("elastic", "selection:\n  CommandLine: x\n  IntegrityLevel|neq: High\ncondition: selection")
    assert found == ("winlog.event_data.IntegrityLevel is one of two fields for one Sigma field; write 'not' outside",)


@pytest.mark.parametrize(
    "item", ["IntegrityLevel|neq: High", "IntegrityLevel|re|neq: [High, System]", "IntegrityLevel|contains|neq: [H, S]"]
)
@pytest.mark.parametrize("condition", ["a", "not a", "b and not a", "not (b and not a)"])
def test_a_negated_item_on_one_of_two_fields_under_not_asks_for_both_at_once(item: str, condition: str) -> None:
    """``not`` over it would be: the value in either field, which no event carries both of."""
    found = reasons("elastic", f"a: {{{item}}}\nb: {{CommandLine: x}}\ncondition: {condition}")
    assert "is one of two fields for one Sigma field; write 'not' outside" in "".join(found)


def test_alternatives_that_the_condition_negates_are_of_both_fields_each() -> None:
    assert process_condition("not a or not b", "a: {IntegrityLevel: High}\nb: {LogonId: '0x3e7'}") == (
        '((?winlog.event_data.IntegrityLevel == null or not ?winlog.event_data.IntegrityLevel : "High")'
        " and (?process.Ext.token.integrity_level_name == null"
        ' or not ?process.Ext.token.integrity_level_name : "High"))'
        ' or ((?winlog.event_data.LogonId == null or not ?winlog.event_data.LogonId : "0x3e7")'
        ' and (?process.Ext.authentication_id == null or not ?process.Ext.authentication_id : "0x3e7"))'
    )


def test_hashes_are_one_field_each() -> None:
    assert process("Hashes|contains: ['MD5=AB', 'IMPHASH=CD']") == (
        '(process.hash.md5 : "AB*" or process.pe.imphash : "CD*")'
    )


def test_an_algorithm_that_the_platform_lacks_degrades_the_rule() -> None:
    sha512 = "0" * 128
    outcome = outcomes(
        "elastic", rule(f"selection:\n  Hashes|contains: ['MD5=AB', 'SHA512={sha512}']\ncondition: selection")
    )[-1]
    assert outcome.status == "degraded"
    assert "SHA512" in outcome.reasons[0]


@pytest.mark.parametrize(
    ("category", "product", "expected"),
    [
        ("process_creation", "windows", 'process where event.type == "start"\n  and host.os.type == "windows"'),
        (
            "process_creation",
            "linux",
            'process where event.type == "start"\n  and event.action == "exec"\n  and host.os.type == "linux"',
        ),
        (
            "process_creation",
            "macos",
            'process where event.type == "start"\n  and event.action == "exec"\n  and host.os.type == "macos"',
        ),
        ("file_event", "windows", WINDOWS_FILE.removesuffix("\n  and ")),
        ("file_event", "linux", 'file where event.type == "creation"\n  and host.os.type == "linux"'),
    ],
)
def test_event_type(category: str, product: str, expected: str) -> None:
    text = convert_detection(
        "elastic", "selection:\n  Image: x\ncondition: selection", category=category, product=product
    )
    assert text == expected + '\n  and process.executable : "x"'


def test_several_conditions_share_one_event_category() -> None:
    detection = "a: {Image: x}\nb: {Image: y, CommandLine: z}\ncondition: [a, b]"
    assert convert_detection("elastic", detection) == (
        'process where (event.type == "start" and host.os.type == "windows" and process.executable : "x")'
        ' or (event.type == "start" and host.os.type == "windows"'
        ' and process.executable : "y" and process.command_line : "z")'
    )


def test_security_share_access() -> None:
    text = security(
        "selection:\n  EventID: 5145\n  ShareName|endswith: '\\C$'\n  RelativeTargetName|endswith: .zip\n"
        "  SubjectUserName|startswith: adm\n  IpAddress|cidr: [10.0.0.0/8, 'fe80::/10']"
    )
    assert text == (
        'any where winlog.channel == "Security"\n'
        '  and event.code == "5145"\n'
        '  and winlog.event_data.ShareName : "*\\\\C$"\n'
        '  and winlog.event_data.RelativeTargetName : "*.zip"\n'
        '  and winlog.event_data.SubjectUserName : "adm*"\n'
        '  and cidrMatch(source.ip, "10.0.0.0/8", "fe80::/10")'
    )


def test_security_process_start() -> None:
    text = security("selection:\n  EventID: 4688\n  NewProcessName|endswith: '\\x.exe'\n  NewProcessId: '0x1F4'")
    assert text == (
        'any where winlog.channel == "Security"\n'
        '  and event.code == "4688"\n'
        '  and process.executable : "*\\\\x.exe"\n'
        "  and process.pid == 500"
    )


def test_an_address_is_matched_as_a_network() -> None:
    text = security("selection:\n  IpAddress: ['10.*', '192.168.*', 127.0.0.1, '::1', '::ffff:10.1.2.3']")
    assert text.endswith(
        'cidrMatch(source.ip, "10.0.0.0/8", "192.168.0.0/16", "127.0.0.1/32", "::1/128", "10.1.2.3/32")'
    )


@pytest.mark.parametrize("value", ["'-'", "'*.1'", "'10.1*'"])
def test_what_is_no_address_is_refused(value: str) -> None:
    with pytest.raises(AssertionError, match="neither an address nor whole leading octets"):
        security(f"selection:\n  IpAddress: {value}")


def test_a_field_that_the_platform_lacks_degrades_or_refuses() -> None:
    outcome = outcomes("elastic", rule("a: {Image: x}\nb: {NoSuch: y}\ncondition: a or b"))[-1]
    assert outcome.status == "degraded"
    assert outcome.reasons == ("the platform's events carry no NoSuch; no longer seen: NoSuch = y",)
    outcome = outcomes("elastic", rule("a: {Image: x}\nb: {NoSuch: y}\ncondition: a and not b"))[-1]
    assert outcome.status == "unsupported"


@pytest.mark.parametrize(
    ("detection", "reason"),
    [
        ("keywords: [mimikatz]\ncondition: keywords", "keyword *mimikatz* searches the raw event"),
        ("selection: {CommandLine|gt: 4}\ncondition: selection", "process.command_line holds no number here"),
        ("selection: {CommandLine|cidr: 10.0.0.0/8}\ncondition: selection", "process.command_line is not mapped as an"),
        ("selection: {ProcessId|re: '4'}\ncondition: selection", "process.pid holds no text here"),
        ("selection: {CommandLine: true}\ncondition: selection", "process.command_line holds no truth value here"),
    ],
)
def test_unsupported(detection: str, reason: str) -> None:
    assert reason in reasons("elastic", detection)[0]


def test_a_regular_expression_longer_than_an_index_accepts_is_refused() -> None:
    found = reasons("elastic", f"selection:\n  CommandLine|re: '{'ab' * 600}'\ncondition: selection")
    assert "index.max_regex_length" in found[0]


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        ("*a" + "?" * 11 + "b*", False),
        ("*a" + "?" * 14 + "b*", True),
        ("*" + "?" * 40, False),
        ("?" * 40 + "*", False),
        ("*a?b" + "?" * 20, True),
    ],
)
@pytest.mark.parametrize(("field", "category"), [("CommandLine", "process_creation"), ("ScriptBlockText", "ps_script")])
def test_wildcards_that_lucene_gives_up_on_are_refused(value: str, refused: bool, field: str, category: str) -> None:
    """Compared with Lucene 10.5, which makes a wildcard pattern deterministic as it does a regular expression."""
    found = reasons("elastic", f"s: {{{field}: '{value}'}}\ncondition: s", category=category)
    assert bool(found) is refused
    assert all("max_determinized_states" in reason for reason in found)


def test_macos_file_event_is_refused() -> None:
    found = reasons(
        "elastic", "selection: {TargetFilename: x}\ncondition: selection", category="file_event", product="macos"
    )
    assert "no file creations on macOS" in found[0]


def test_other_log_sources_are_refused() -> None:
    found = reasons(
        "elastic", "selection: {Image: x}\ncondition: selection", category="registry_set", product="windows"
    )
    assert "not this log source" in found[0]


# Defects of the stock backend and its ECS pipeline: what they write, and what is written here.


def test_defect_any_where_instead_of_the_event_category() -> None:
    assert not process("Image: x").startswith("any")
    text = convert_detection("elastic", "selection: {TargetFilename: x}\ncondition: selection", category="file_event")
    assert text == WINDOWS_FILE + 'file.path : "x"'


def test_defect_caseless_subfield_that_only_one_integration_has() -> None:
    assert process("Image: x") == 'process.executable : "x"'


def test_defect_computer_left_as_winlog_event_data() -> None:
    assert process("Computer: x") == 'host.name : "x"'


def test_defect_cased_contains_as_equality_with_a_literal_asterisk() -> None:
    assert process("CommandLine|contains|cased: Copy-Item") == 'process.command_line like "*Copy-Item*"'


def test_defect_escaped_asterisk_that_no_parser_accepts() -> None:
    assert process(r"CommandLine: '1\*2'") == 'process.command_line == "1*2"'


def test_defect_number_written_as_text() -> None:
    assert process("ParentProcessId: 445") == "process.parent.pid == 445"


def test_defect_regex_unanchored_and_insensitive() -> None:
    assert process("CommandLine|re: 'Ab'") == 'process.command_line regex ".*Ab.*"'


def test_defect_exists_refused() -> None:
    assert process("CommandLine|exists: true") == "?process.command_line != null"


def test_defect_fieldref_refused() -> None:
    assert process("Image|fieldref|startswith: CurrentDirectory") == (
        "startsWith~(process.executable, process.working_directory)"
    )


def test_defect_linux_fields_unmapped() -> None:
    text = convert_detection(
        "elastic", "selection: {TargetFilename: /tmp/x}\ncondition: selection", category="file_event", product="linux"
    )
    assert text.endswith('file.path : "/tmp/x"')


def unescape(text: str) -> str:
    """The value of an EQL string literal, by the rules of the syntax reference alone."""
    assert text[0] == text[-1] == '"'
    body, value, index = text[1:-1], "", 0
    plain = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}
    while index < len(body):
        char = body[index]
        assert char not in '"\n\r'
        if char != "\\":
            value, index = value + char, index + 1
        elif body[index + 1] == "u":
            end = body.index("}", index)
            value, index = value + chr(int(body[index + 3 : end], 16)), end + 1
        else:
            value, index = value + plain[body[index + 1]], index + 2
    return value


@given(st.text())
def test_any_text_survives_its_literal(text: str) -> None:
    assert unescape(literal(text)) == text


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(Unsupported):
        literal("\ud800")
