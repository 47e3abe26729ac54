"""Sigma in, YARA-L out."""

from __future__ import annotations

import re
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigma.processing.transformations import FieldMappingTransformation
from sigma.rule import SigmaRule

from stagewatch import expression as ex
from stagewatch.findings import Unsupported
from stagewatch.languages.yaral_udm import kind
from stagewatch.pipelines import house_pipeline
from stagewatch.targets.secops_events import REPEATED_FIELDS, SecopsRenderer
from stagewatch.targets.secops_rule import rule_name, rule_text
from stagewatch.telemetry import load_telemetry
from stagewatch.translation import Query
from tests.support import convert_detection, outcomes, query, reasons, rule, target

COMMAND = "$e.target.process.command_line"

LINUX_PROCESS = """
    $e.metadata.event_type = "PROCESS_LAUNCH"
    $e.principal.platform = "LINUX"
"""

WINDOWS_PROCESS = """
    $e.metadata.event_type = "PROCESS_LAUNCH"
    not $e.metadata.product_name = "Microsoft-Windows-PowerShell" nocase
    (
      $e.principal.platform = "WINDOWS" or
      $e.metadata.product_name = /(?s)^(?:Microsoft-Windows-Sysmon|Microsoft-Windows-Security-Auditing)$/ nocase
    )
"""

WINDOWS_FILE = """
    $e.metadata.event_type = "FILE_CREATION"
    ($e.principal.platform = "WINDOWS" or $e.metadata.product_name = "Microsoft-Windows-Sysmon" nocase)
"""


def whole(source: str, events: str, *, title: str = "test", match: str | None = None, condition: str = "$e") -> str:
    """The whole text of a rule around its predicates."""
    window = "" if match is None else f"\n  match:\n    {match}\n"
    body = source.strip("\n") + "\n" + textwrap.indent(textwrap.dedent(events).strip("\n"), "    ")
    description = title.replace("_", " ").capitalize()
    return (
        f'rule {title} {{\n  meta:\n    description = "{description}"\n\n  events:\n{body}\n{window}\n'
        f"  condition:\n    {condition}\n}}"
    )


def of_linux_process(item: str) -> str:
    """The query for one detection item of a Linux process creation."""
    return convert_detection("secops", f"selection:\n  {item}\ncondition: selection", product="linux")


@pytest.mark.parametrize(
    ("item", "predicate"),
    [
        # one value
        ("CommandLine: tar", f'{COMMAND} = "tar" nocase'),
        ("CommandLine|contains: tar", f"{COMMAND} = /(?s)tar/ nocase"),
        ("CommandLine|startswith: tar", f"{COMMAND} = /(?s)^tar/ nocase"),
        ("CommandLine|endswith: .tar", rf"{COMMAND} = /(?s)\.tar$/ nocase"),
        ("CommandLine: 'a*b?c'", f"{COMMAND} = /(?s)^a.*b.c$/ nocase"),
        ("CommandLine: '*'", f'{COMMAND} != ""'),
        # lists
        ("CommandLine: [tar, zip]", f"{COMMAND} = /(?s)^(?:tar|zip)$/ nocase"),
        ("CommandLine|contains: [a b, /]", rf"{COMMAND} = /(?s)a b|\// nocase"),
        ("CommandLine|startswith: [tar, zip]", f"{COMMAND} = /(?s)^(?:tar|zip)/ nocase"),
        ("CommandLine|endswith: [.tar, .zip]", rf"{COMMAND} = /(?s)(?:\.tar|\.zip)$/ nocase"),
        ("CommandLine: [x, '*y', 'z*', 'a*b', '*c*']", f"{COMMAND} = /(?s)^(?:x|a.*b)$|y$|^z|c/ nocase"),
        ("CommandLine: [x, '*']", f'{COMMAND} != ""'),
        ("CommandLine|contains|all: [a, b]", f"{COMMAND} = /(?s)a/ nocase\n{COMMAND} = /(?s)b/ nocase"),
        ("CommandLine|windash|contains: ' -x '", rf"{COMMAND} = /(?s) -x | \/x | –x | —x | ―x / nocase"),
        ("CommandLine|base64offset|contains: tar", f"{COMMAND} = /(?s)dGFy|Rhc|0YX/ nocase"),
        ("CommandLine|wide|base64offset|contains: tar", f"{COMMAND} = /(?s)dABhAHIA|QAYQByA|0AGEAcg/ nocase"),
        # case
        ("CommandLine|cased: Tar", f'{COMMAND} = "Tar"'),
        ("CommandLine|contains|cased: Tar", f"{COMMAND} = /(?s)Tar/"),
        # regular expressions: RE2, a dot stops at a line break unless the rule says otherwise
        (r"CommandLine|re: 'a/b`c\d{2}$'", rf"{COMMAND} = /(?s)a\/b`c\d{{2}}$/"),
        ("CommandLine|re|i: tar", f"{COMMAND} = /(?s)tar/ nocase"),
        ("CommandLine|re|i|m|s: ^tar.x$", f"{COMMAND} = /(?ms)^tar.x$/ nocase"),
        ("CommandLine|re: (?i:a)B", f"{COMMAND} = /(?s)(?i:a)B/"),
        ("CommandLine|re: a*", f'({COMMAND} != "" and {COMMAND} = /(?s)a*/)'),
        # presence; UDM does not tell an empty field from a lacking one
        ("CommandLine|exists: true", f'{COMMAND} != ""'),
        ("CommandLine|exists: false", f'{COMMAND} = ""'),
        ("CommandLine: null", f'{COMMAND} = ""'),
        ("CommandLine: ''", f'{COMMAND} = ""'),
        # field to field
        (
            "CommandLine|fieldref: ParentCommandLine",
            f'($e.principal.process.command_line != "" and {COMMAND} = $e.principal.process.command_line nocase)',
        ),
        (
            "CommandLine|fieldref|endswith: ParentCommandLine",
            (
                '($e.principal.process.command_line != "" and strings.ends_with('
                f"strings.to_lower({COMMAND}), strings.to_lower($e.principal.process.command_line)))"
            ),
        ),
        (
            "CommandLine|fieldref|startswith: ParentCommandLine",
            (
                '($e.principal.process.command_line != "" and strings.ends_with(strings.reverse('
                f"strings.to_lower({COMMAND})), strings.reverse(strings.to_lower($e.principal.process.command_line))))"
            ),
        ),
        (
            "CommandLine|fieldref|contains: ParentCommandLine",
            (
                '($e.principal.process.command_line != "" and strings.contains('
                f"strings.to_lower({COMMAND}), strings.to_lower($e.principal.process.command_line)))"
            ),
        ),
        # lists of UDM
        ("Product: x", 'any $e.target.asset.software.name = "x" nocase'),
        ("Product|contains: 'a`b'", r"re.regex(any $e.target.asset.software.name, `(?s)a\x60b`) nocase"),
        ("Product: null", 'not any $e.target.asset.software.name != ""'),
        ("Product|exists: false", 'not any $e.target.asset.software.name != ""'),
        # other fields
        ("ProcessId: 5", '$e.target.process.pid = "5" nocase'),
        ("CurrentDirectory: /tmp", '$e.additional.fields["current_directory"] = "/tmp" nocase'),
        ("User: root", '$e.principal.user.userid = "root" nocase'),
    ],
)
def test_leaf(item: str, predicate: str) -> None:
    assert of_linux_process(item) == whole(LINUX_PROCESS, predicate)


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (r"""say "hi" 'now'""", r""""say \"hi\" 'now'" nocase"""),
        (r"C:\temp\\", r'"C:\\temp\\" nocase'),
        (r"\\\\srv\\share", r'"\\\\srv\\share" nocase'),
        (r"a\*b\?c", '"a*b?c" nocase'),
        ("100% $HOME `id` /x] %20_", '"100% $HOME `id` /x] %20_" nocase'),
        ("überstaging", '"überstaging" nocase'),
        ("a\nb", r"/(?s)^a\nb$/ nocase"),
        ("a\tb\x00", r"/(?s)^a\tb\x00$/ nocase"),
    ],
)
def test_literal(value: str, literal: str) -> None:
    document = rule("selection: {CommandLine: VALUE}\ncondition: selection", product="linux")
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'
    document = document.replace("VALUE", quoted.replace("\x00", "\\0"))
    assert query("secops", document) == whole(LINUX_PROCESS, f"{COMMAND} = {literal}")


def test_a_pattern_that_ends_in_a_backslash_does_not_escape_the_delimiter() -> None:
    assert of_linux_process(r"CommandLine|contains: 'C:\x\'") == whole(
        LINUX_PROCESS, rf"{COMMAND} = /(?s)C:\\x[\\]/ nocase"
    )


def test_and_or_not_nest_in_parentheses_and_break_when_long() -> None:
    converted = convert_detection(
        "secops",
        """
        tool: {Image|endswith: /tar}
        other: {Image|endswith: /zip, CommandLine|contains: secret}
        home: {CommandLine|contains: /home}
        backup: {User: backup, CommandLine|contains: /var/backups}
        condition: (tool or (other and not home)) and not backup
        """,
        product="linux",
    )
    assert converted == whole(
        LINUX_PROCESS,
        r"""
        (
          $e.target.process.file.full_path = /(?s)\/tar$/ nocase or
          (
            $e.target.process.file.full_path = /(?s)\/zip$/ nocase and
            $e.target.process.command_line = /(?s)secret/ nocase and
            not $e.target.process.command_line = /(?s)\/home/ nocase
          )
        )
        not (
          $e.principal.user.userid = "backup" nocase and
          $e.target.process.command_line = /(?s)\/var\/backups/ nocase
        )
        """,
    )


def test_an_or_at_the_top_stands_in_parentheses() -> None:
    """A line break is an ``and`` that binds weaker than ``or``."""
    assert of_linux_process("- {CommandLine: a, User: b}\n  - {Image: c}") == whole(
        LINUX_PROCESS,
        """
        (
          ($e.target.process.command_line = "a" nocase and $e.principal.user.userid = "b" nocase) or
          $e.target.process.file.full_path = "c" nocase
        )
        """,
    )


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (ex.Not(ex.Not(ex.Or((ex.Null("a"), ex.Null("b"))))), '($e.a = "" or $e.b = "")'),
        (ex.Not(ex.Null("a")), '$e.a != ""'),
        (ex.Not(ex.Cidr("a", ("10.0.0.0/8",))), 'not net.ip_in_range_cidr($e.a, "10.0.0.0/8")'),
    ],
)
def test_negation_as_an_operand(expression: ex.Expression, text: str) -> None:
    assert SecopsRenderer().operand(expression) == text


def test_a_lacking_field_reads_as_empty_so_its_negation_holds() -> None:
    converted = convert_detection(
        "secops", "s: {Image: a}\nf: {CommandLine|contains: b}\ncondition: s and not f", product="linux"
    )
    assert converted == whole(
        LINUX_PROCESS,
        """
        $e.target.process.file.full_path = "a" nocase
        not $e.target.process.command_line = /(?s)b/ nocase
        """,
    )


@pytest.mark.parametrize(
    ("category", "product", "item", "expected"),
    [
        (
            "process_creation",
            "windows",
            r"User: NT AUTHORITY\SYSTEM",
            whole(
                WINDOWS_PROCESS,
                """
                $e.principal.administrative_domain = "NT AUTHORITY" nocase
                $e.principal.user.userid = "SYSTEM" nocase
                """,
            ),
        ),
        (
            "process_creation",
            "linux",
            "Image: a",
            whole(LINUX_PROCESS, '$e.target.process.file.full_path = "a" nocase'),
        ),
        (
            "process_creation",
            "macos",
            "ParentImage: a",
            whole(LINUX_PROCESS.replace("LINUX", "MAC"), '$e.principal.process.file.full_path = "a" nocase'),
        ),
        (
            "file_event",
            "windows",
            "{TargetFilename|endswith: .zip, Image: a}",
            whole(
                WINDOWS_FILE,
                r"""
                $e.target.file.full_path = /(?s)\.zip$/ nocase
                $e.principal.process.file.full_path = "a" nocase
                """,
            ),
        ),
        (
            "file_event",
            "linux",
            "TargetFilename: a",
            whole(LINUX_PROCESS.replace("PROCESS_LAUNCH", "FILE_CREATION"), '$e.target.file.full_path = "a" nocase'),
        ),
        (
            "file_event",
            "macos",
            "TargetFilename: a",
            whole(
                LINUX_PROCESS.replace("PROCESS_LAUNCH", "FILE_CREATION").replace("LINUX", "MAC"),
                '$e.target.file.full_path = "a" nocase',
            ),
        ),
        (
            "ps_script",
            "windows",
            "ScriptBlockText|contains: Compress-Archive",
            whole(
                """
    $e.metadata.product_event_type = "4104" nocase
    $e.metadata.product_name = "Microsoft-Windows-PowerShell" nocase
""",
                "$e.target.process.command_line = /(?s)Compress-Archive/ nocase",
            ),
        ),
    ],
)
def test_log_source(category: str, product: str, item: str, expected: str) -> None:
    detection = f"selection: {item if item.startswith('{') else '{' + item + '}'}\ncondition: selection"
    assert convert_detection("secops", detection, category=category, product=product) == expected


SECURITY = """
    $e.metadata.product_name = "Microsoft-Windows-Security-Auditing" nocase
"""


def of_security(items: str) -> str:
    """A rule on the Windows Security log."""
    text = rule(f"selection: {{{items}}}\ncondition: selection")
    return text.replace("{category: process_creation, product: windows}", "{product: windows, service: security}")


@pytest.mark.parametrize(
    ("items", "predicates"),
    [
        (
            r"EventID: 5145, ShareName: '\\\\\*\\C$', RelativeTargetName|endswith: [.zip, .7z], AccessMask: '0x2'",
            r"""
            $e.metadata.product_event_type = "5145" nocase
            $e.target.resource.name = "\\\\*\\C$" nocase
            re.regex(any $e.target.file.names, `(?s)(?:\.zip|\.7z)$`) nocase
            $e.principal.process.access_mask = 2
            """,
        ),
        (
            "EventID: 5140, IpAddress|cidr: [192.0.2.0/24, '2001:db8::/32'], SubjectUserName|endswith: '$'",
            r"""
            $e.metadata.product_event_type = "5140" nocase
            (net.ip_in_range_cidr(any $e.principal.ip, "192.0.2.0/24") or NET)
            $e.principal.user.userid = /(?s)\$$/
            """.replace("NET", 'net.ip_in_range_cidr(any $e.principal.ip, "2001:db8::/32")'),
        ),
        (
            "EventID: 5145, IpAddress: '::1', IpPort|lt: 1024",
            """
            $e.metadata.product_event_type = "5145" nocase
            any $e.principal.ip = "::1" nocase
            ($e.principal.port != 0 and $e.principal.port < 1024)
            """,
        ),
        (
            "EventID: 4688, NewProcessName|endswith: tar.exe, CommandLine|contains: x",
            r"""
            $e.metadata.product_event_type = "4688" nocase
            $e.target.process.file.full_path = /(?s)tar\.exe$/ nocase
            ($e.target.process.command_line = /(?s)x/ nocase or $e.principal.process.command_line = /(?s)x/ nocase)
            """,
        ),
    ],
)
def test_security_log(items: str, predicates: str) -> None:
    assert query("secops", of_security(items)) == whole(SECURITY, predicates)


NO_COMMAND_LINE = """
$e.metadata.product_event_type = "4688" nocase
$e.target.process.command_line = ""
$e.principal.process.command_line = ""
"""


@pytest.mark.parametrize(
    ("items", "predicates"),
    [
        ("EventID: 4688, CommandLine: null", NO_COMMAND_LINE),
        ("EventID: 4688, CommandLine: ''", NO_COMMAND_LINE),
        ("EventID: 4688, CommandLine|exists: false", NO_COMMAND_LINE),
        (
            "EventID: 4688, CommandLine|neq: x",
            """
            $e.metadata.product_event_type = "4688" nocase
            not $e.target.process.command_line = "x" nocase
            not $e.principal.process.command_line = "x" nocase
            """,
        ),
        (
            "EventID: 4688, CommandLine|exists: true",
            """
            $e.metadata.product_event_type = "4688" nocase
            ($e.target.process.command_line != "" or $e.principal.process.command_line != "")
            """,
        ),
    ],
)
def test_a_command_line_in_two_places_is_lacking_only_in_both(items: str, predicates: str) -> None:
    assert query("secops", of_security(items)) == whole(SECURITY, predicates)


def test_two_command_lines_are_lacking_in_a_correlation_too() -> None:
    text = of_security("EventID: 4688, CommandLine: null").replace("title: Test", "title: Test\nname: bare")
    correlation = """
---
title: Many
correlation: {type: event_count, rules: [bare], group-by: [Computer], timespan: 5m, condition: {gte: 5}}
"""
    converted = query("secops", text + correlation)
    assert '    $e.target.process.command_line = ""\n    $e.principal.process.command_line = ""\n' in converted


def test_lacking_fields_of_two_roles_stay_alternatives() -> None:
    detection = "a: {CommandLine: null}\nb: {ParentCommandLine: null}\ncondition: a or b"
    assert convert_detection("secops", detection, product="linux") == whole(
        LINUX_PROCESS, '($e.target.process.command_line = "" or $e.principal.process.command_line = "")'
    )


@pytest.mark.parametrize(
    ("op", "value", "text"),
    [
        ("==", 7, "$e.principal.port = 7"),
        ("!=", 7, "($e.principal.port != 0 and $e.principal.port != 7)"),
        ("!=", 0, "$e.principal.port != 0"),
        ("<", 7, "($e.principal.port != 0 and $e.principal.port < 7)"),
        ("<=", 0, "($e.principal.port != 0 and $e.principal.port <= 0)"),
        (">", 7, "$e.principal.port > 7"),
        (">=", 0, "($e.principal.port != 0 and $e.principal.port >= 0)"),
        (">", -1, "($e.principal.port != 0 and $e.principal.port > 0-1)"),
        (">", 1.5, "$e.principal.port > 1.5"),
    ],
)
def test_a_lacking_number_reads_as_zero_and_satisfies_no_comparison(
    op: ex.NumberOperator, value: float, text: str
) -> None:
    assert SecopsRenderer().number(ex.Number("principal.port", op, value)) == text


@pytest.mark.parametrize(
    ("detection", "reason"),
    [
        ("keywords: [a]\ncondition: keywords", "rules of Google SecOps cannot search the raw log for a keyword (*a*)"),
        (
            "s: {ProcessId|gt: 5}\ncondition: s",
            "target.process.pid holds text here and cannot be compared as a number",
        ),
        (
            "s: {ProcessGuid: x}\ncondition: s",
            (
                "the parsers of Google SecOps rewrite the identifier in target.process.product_specific_process_id: "
                "no literal equals it"
            ),
        ),
        (
            "s: {CommandLine|re: 'a(?=b)'}\ncondition: s",
            "the regular expression uses a look-ahead, which RE2 lacks",
        ),
        (
            "s: {OriginalFileName: a}\ncondition: s",
            "the platform's events carry no OriginalFileName, and the rule cannot be told without",
        ),
        ("s: {CommandLine: true}\ncondition: s", "target.process.command_line holds no truth value here"),
        (
            "s: {CommandLine|fieldref: Product}\ncondition: s",
            "target.asset.software.name cannot be compared with another field here",
        ),
    ],
)
def test_unsupported(detection: str, reason: str) -> None:
    assert reasons("secops", detection) == (reason,)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (
            "EventID: 4624, IpAddress: '10.0.0.1'",
            (
                "only the events 4663, 4688, 5140 and 5145 of the Windows Security log are mapped for Google SecOps; "
                "other events keep the same fields in other places"
            ),
        ),
        (
            "EventID: [4656, 4663], ObjectName: a",
            (
                "only the events 4663, 4688, 5140 and 5145 of the Windows Security log are mapped for Google SecOps; "
                "other events keep the same fields in other places"
            ),
        ),
        (
            "EventID: 5145, SubjectUserName|startswith: svc",
            "for Google SecOps, SubjectUserName can be compared with whole names and endings only",
        ),
    ],
)
def test_unsupported_on_the_security_log(items: str, reason: str) -> None:
    assert outcomes("secops", of_security(items))[0].reasons == (reason,)


def test_unknown_log_source() -> None:
    (found,) = reasons("secops", "s: {a: b}\ncondition: s", category="registry_set")
    assert found.startswith("this log source has no Google SecOps mapping: known are process_creation")


def test_degraded() -> None:
    outcome = outcomes(
        "secops", rule(r"s: [{Image|endswith: \tar.exe}, {OriginalFileName: bsdtar}]" + "\ncondition: s")
    )[0]
    assert outcome.status == "degraded"
    assert outcome.reasons == (
        "the platform's events carry no OriginalFileName; no longer seen: OriginalFileName = bsdtar",
    )
    assert outcome.rendered is not None
    assert outcome.rendered.files == {
        ".yaral": whole(WINDOWS_PROCESS, r"$e.target.process.file.full_path = /(?s)\\tar\.exe$/ nocase")
    }


# Enumerations: nocase does not compile, and only whole names exist.


def test_an_enumeration_is_compared_without_nocase() -> None:
    two = ex.Text("principal.platform", (ex.Glob.of("WINDOWS"), ex.Glob.of("LINUX")))
    assert SecopsRenderer().text(two) == '($e.principal.platform = "WINDOWS" or $e.principal.platform = "LINUX")'


def test_an_enumeration_has_no_patterns() -> None:
    with pytest.raises(Unsupported, match="only whole names"):
        SecopsRenderer().text(ex.Text("principal.platform", (ex.Glob.of("WIN", ex.Wildcard.ANY),)))


# Defects of the stock backend, each with the right query.


def test_defect_section_is_called_conditions() -> None:
    text = of_linux_process("CommandLine: a")
    assert "\n  condition:\n" in text
    assert "conditions:" not in text


def test_defect_lists_lose_their_anchors() -> None:
    assert of_linux_process("CommandLine|endswith: [.zip, .7z, .rar]") == whole(
        LINUX_PROCESS, rf"{COMMAND} = /(?s)(?:\.zip|\.7z|\.rar)$/ nocase"
    )


def test_defect_startswith_lists_lose_their_anchors() -> None:
    assert of_linux_process("CommandLine|startswith: [/tmp/, /dev/]") == whole(
        LINUX_PROCESS, rf"{COMMAND} = /(?s)^(?:\/tmp\/|\/dev\/)/ nocase"
    )


def test_defect_fieldref_startswith_is_unsupported() -> None:
    image = "$e.target.process.file.full_path"
    test = f"strings.ends_with({', '.join(f'strings.reverse(strings.to_lower({name}))' for name in (COMMAND, image))})"
    assert of_linux_process("CommandLine|fieldref|startswith: Image") == whole(
        LINUX_PROCESS, f'({image} != "" and {test})'
    )


def test_defect_exact_lists_become_unanchored_unescaped_patterns() -> None:
    assert of_linux_process("CommandLine: [robocopy.exe, XCOPY.EXE]") == whole(
        LINUX_PROCESS, rf"{COMMAND} = /(?s)^(?:robocopy\.exe|XCOPY\.EXE)$/ nocase"
    )


def test_defect_file_events_are_uncategorized_and_searched_by_names() -> None:
    assert convert_detection(
        "secops", "s: {TargetFilename|endswith: .zip}\ncondition: s", category="file_event"
    ) == whole(WINDOWS_FILE, r"$e.target.file.full_path = /(?s)\.zip$/ nocase")


def test_defect_cased_contains_puts_quotes_into_the_pattern() -> None:
    assert of_linux_process("CommandLine|contains|cased: Copy-Item") == whole(
        LINUX_PROCESS, f"{COMMAND} = /(?s)Copy-Item/"
    )


def test_defect_keywords_become_a_field_called_none() -> None:
    assert outcomes("secops", rule("keywords: [a]\ncondition: keywords"))[0].status == "unsupported"


def test_defect_inner_wildcards_are_not_quoted() -> None:
    assert of_linux_process(r"CommandLine: 'copy ?:\*\temp'") == whole(
        LINUX_PROCESS, rf"{COMMAND} = /(?s)^copy .:\*\\temp$/ nocase"
    )


def test_conditions_of_the_pipeline_are_not_among_them() -> None:
    found = convert_detection("secops", "a: {CommandLine: x}\nb: {User: y}\ncondition: 1 of them")
    assert found == convert_detection("secops", "a: {CommandLine: x}\nb: {User: y}\ncondition: a or b")


def test_defect_windash_alternatives_lose_their_parentheses() -> None:
    converted = convert_detection(
        "secops",
        "s: {Image: a, CommandLine|windash|contains|all: [' -a', ' -b']}\nf: {User: b}\ncondition: s and not f",
        product="linux",
    )
    assert converted == whole(
        LINUX_PROCESS,
        rf"""
        $e.target.process.file.full_path = "a" nocase
        {COMMAND} = /(?s) -a| \/a| –a| —a| ―a/ nocase
        {COMMAND} = /(?s) -b| \/b| –b| —b| ―b/ nocase
        not $e.principal.user.userid = "b" nocase
        """,
    )


def test_defect_backslashes_of_regular_expressions_are_doubled() -> None:
    assert of_linux_process(r"CommandLine|re: '\\\\\w+\\c\$'") == whole(
        LINUX_PROCESS, rf"{COMMAND} = /(?s)\\\\\w+\\c\$/"
    )


def test_defect_original_file_name_is_searched_in_names() -> None:
    assert outcomes("secops", rule("s: {OriginalFileName: a}\ncondition: s"))[0].status == "unsupported"


def test_defect_operators_in_capitals() -> None:
    text = convert_detection("secops", "a: {Image: a}\nb: {CommandLine: b}\ncondition: not (a or b)", product="linux")
    assert not re.search(r"\b(AND|OR|NOT)\b", text)


# Correlations.

BASE = r"""
title: Copy
name: copy
status: test
logsource: {category: process_creation, product: linux}
detection:
  selection: {Image|endswith: /cp}
  condition: selection
---
title: Pack
name: pack
status: test
logsource: {category: file_event, product: windows}
detection:
  selection: {TargetFilename|endswith: .zip}
  condition: selection
---
title: Bulk
status: test
correlation:
"""

COPY = r"""
    $r1.metadata.event_type = "PROCESS_LAUNCH"
    $r1.principal.platform = "LINUX"
    $r1.target.process.file.full_path = /(?s)\/cp$/ nocase
    $computer = $r1.principal.hostname
"""

PACK = r"""
$r2.metadata.event_type = "FILE_CREATION"
($r2.principal.platform = "WINDOWS" or $r2.metadata.product_name = "Microsoft-Windows-Sysmon" nocase)
$r2.target.file.full_path = /(?s)\.zip$/ nocase
$computer = $r2.principal.hostname
"""


def correlation(text: str) -> str:
    """The rules above and a correlation of them."""
    return BASE + textwrap.indent(textwrap.dedent(text).strip("\n"), "  ")


def test_event_count() -> None:
    domain = "strings.to_lower($e.principal.administrative_domain)"
    name = "strings.to_lower($e.principal.user.userid)"
    document = correlation(
        """
        type: event_count
        rules: [pack]
        group-by: [Computer, User]
        timespan: 10m
        condition: {gte: 20}
        """
    )
    assert query("secops", document) == whole(
        WINDOWS_FILE,
        r"""
        $e.target.file.full_path = /(?s)\.zip$/ nocase
        $computer = $e.principal.hostname
        $e.principal.user.userid != ""
        $user = ACCOUNT
        """.replace("ACCOUNT", f'strings.concat({domain}, "/", {name})'),
        title="bulk",
        match="$computer, $user over 12m",
        condition="#e >= 20",
    )
    rendered = outcomes("secops", document)[-1].rendered
    assert rendered is not None
    assert rendered.window == "hopping"
    assert rendered.warnings == (
        (
            "counted in overlapping windows of 12m, which Google SecOps places, so that no burst within 600 s is "
            "missed; a burst spread over up to 12m is reported too, and one burst may be reported by several windows"
        ),
    )


def test_event_count_of_several_rules_joins_them_with_or() -> None:
    document = correlation(
        """
        type: event_count
        rules: [copy, pack]
        group-by: [Computer]
        timespan: 1d
        condition: {gt: 3}
        """
    )
    assert query("secops", document) == whole(
        r"""
    (
      (
        $e.metadata.event_type = "PROCESS_LAUNCH" and
        $e.principal.platform = "LINUX" and
        $e.target.process.file.full_path = /(?s)\/cp$/ nocase
      ) or
      (
        $e.metadata.event_type = "FILE_CREATION" and
        ($e.principal.platform = "WINDOWS" or $e.metadata.product_name = "Microsoft-Windows-Sysmon" nocase) and
        $e.target.file.full_path = /(?s)\.zip$/ nocase
      )
    )
""",
        "$computer = $e.principal.hostname",
        title="bulk",
        match="$computer over 1600m",
        condition="#e >= 4",
    )


def test_value_count_counts_distinct_values_without_regard_to_case() -> None:
    document = correlation(
        """
        type: value_count
        rules: [pack]
        group-by: [ProcessGuid]
        timespan: 1h
        condition: {gte: 20, field: TargetFilename}
        """
    )
    assert query("secops", document) == whole(
        WINDOWS_FILE,
        r"""
        $e.target.file.full_path = /(?s)\.zip$/ nocase
        $e.target.file.full_path != ""
        $value = strings.to_lower($e.target.file.full_path)
        $processguid = $e.principal.process.product_specific_process_id
        """,
        title="bulk",
        match="$processguid over 67m",
        condition="$e and #value >= 20",
    )


def test_temporal() -> None:
    document = correlation(
        """
        type: temporal
        rules: [copy, pack]
        group-by: [Computer]
        timespan: 30m
        """
    )
    assert query("secops", document) == whole(
        COPY,
        PACK
        + """
$r2.metadata.event_timestamp.seconds <= $r1.metadata.event_timestamp.seconds + 1800
$r1.metadata.event_timestamp.seconds <= $r2.metadata.event_timestamp.seconds + 1800
""".lstrip("\n"),
        title="bulk",
        match="$computer over 34m",
        condition="$r1 and $r2",
    )
    rendered = outcomes("secops", document)[-1].rendered
    assert rendered is not None
    assert rendered.window == "hopping"
    assert rendered.warnings == (
        (
            "evaluated in overlapping windows of 34m, which Google SecOps places; that the events lie within 1800 s is "
            "tested exactly, but the same events may be reported by several windows"
        ),
    )


def test_temporal_ordered_slides_with_the_first_event() -> None:
    document = correlation(
        """
        type: temporal_ordered
        rules: [copy, pack]
        group-by: [Computer]
        timespan: 2h
        """
    )
    assert query("secops", document) == whole(
        COPY,
        PACK
        + "$r1.metadata.event_timestamp.seconds <= $r2.metadata.event_timestamp.seconds\n"
        + "$r2.metadata.event_timestamp.seconds <= $r1.metadata.event_timestamp.seconds + 7200\n",
        title="bulk",
        match="$computer over 121m after $r1",
        condition="$r1 and $r2",
    )
    rendered = outcomes("secops", document)[-1].rendered
    assert rendered is not None
    assert rendered.window == "sliding"


def test_temporal_ordered_within_a_span_that_is_no_whole_minute() -> None:
    document = correlation(
        """
        type: temporal_ordered
        rules: [copy, pack]
        group-by: [Computer]
        timespan: 45s
        """
    )
    assert query("secops", document) == whole(
        COPY,
        PACK
        + "$r1.metadata.event_timestamp.seconds <= $r2.metadata.event_timestamp.seconds\n"
        + "$r2.metadata.event_timestamp.seconds <= $r1.metadata.event_timestamp.seconds + 45\n",
        title="bulk",
        match="$computer over 1m after $r1",
        condition="$r1 and $r2",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "type: event_count\nrules: [pack]\ngroup-by: [Computer]\ntimespan: 30s\ncondition: {gte: 2}",
            "windows of Google SecOps last at least one minute",
        ),
        (
            "type: event_count\nrules: [pack]\ngroup-by: [Computer]\ntimespan: 2d\ncondition: {gte: 2}",
            "it takes a window of 3200 minutes; those of Google SecOps last at most 2880",
        ),
        (
            "type: temporal_ordered\nrules: [copy, pack]\ngroup-by: [Computer]\ntimespan: 3d",
            "it takes a window of 4320 minutes; those of Google SecOps last at most 2880",
        ),
        (
            "type: event_count\nrules: [pack]\ntimespan: 5m\ncondition: {gte: 2}",
            "a rule of Google SecOps over a window needs at least one group-by field",
        ),
        (
            "type: event_count\nrules: [copy, pack]\ngroup-by: [Image]\ntimespan: 5m\ncondition: {gte: 2}",
            "the rules to count together keep the group-by or counted fields in different UDM fields",
        ),
    ],
)
def test_unsupported_correlation(text: str, reason: str) -> None:
    assert outcomes("secops", correlation(text))[-1].reasons == (reason,)


def test_group_keys_keep_clear_of_other_variables() -> None:
    document = correlation("type: event_count\nrules: [pack]\ngroup-by: [R1]\ntimespan: 5m\ncondition: {gte: 2}")
    document += "\n  aliases: {R1: {pack: Computer}}"
    assert "\n    $key_r1 = $e.principal.hostname\n" in query("secops", document)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ({"category": "process_creation", "product": "windows"}, ["Computer", "User", "Image", "ProcessGuid"]),
        ({"category": "file_event", "product": "linux"}, ["Computer", "User", "Image", "ProcessGuid"]),
        ({"category": "ps_script", "product": "windows"}, ["Computer"]),
        (
            {"product": "windows", "service": "security"},
            ["Computer", "IpAddress", "SubjectUserName", "ShareName", "RelativeTargetName"],
        ),
    ],
)
def test_group_keys_have_one_field_each(source: dict[str, str], names: list[str]) -> None:
    mapped = SigmaRule.from_dict(
        {"title": "t", "logsource": source, "detection": {"s": {"EventID": 5145}, "condition": "s"}}
    )
    assert len({target("secops").translator.map_field(mapped, name) for name in names}) == len(names)


# The frame of a rule.


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Data Staged: 7-Zip (T1074.001)", "data_staged_7_zip_t1074_001"),
        ("7-Zip", "rule_7_zip"),
        ("Rule", "rule_rule"),
        ("", "stagewatch_rule"),
        ("数据", "stagewatch_rule_67677b3d"),
        ("x {\n condition:", "x_condition"),
    ],
)
def test_rule_name(title: str, name: str) -> None:
    assert rule_name(title) == name


def test_a_title_stays_inside_its_literal() -> None:
    assert rule_text('a"\n}\\', ['$e.a = "b"'], "$e") == (
        'rule a {\n  meta:\n    description = "a\\" }\\\\"\n\n  events:\n    $e.a = "b"\n\n  condition:\n    $e\n}'
    )


def test_a_query_without_a_title_is_a_whole_rule() -> None:
    rendered = target("secops").render(Query(ex.Present("a"), {}))
    assert rendered.files == {
        ".yaral": 'rule stagewatch_rule {\n  meta:\n    description = "stagewatch_rule"\n\n'
        '  events:\n    $e.a != ""\n\n  condition:\n    $e\n}'
    }


# Any value at all reads back as itself.

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)

CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}

REGEX_TOKEN = re.compile(r"\[\\\\\]|\\x\{([0-9A-Fa-f]+)\}|\\x([0-9A-Fa-f]{2})|\\(.)|(.)", re.DOTALL)


def read_literal(text: str) -> str:
    """The value of a string literal, by the rules of the language alone."""
    assert text.startswith('"')
    assert text.endswith('"')
    assert re.fullmatch(r'(?:[^"\\]|\\["\\])*', text[1:-1])
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def read_regex(text: str) -> str:
    """The one value that a regular expression without operators matches."""
    assert re.fullmatch(r"/(?:[^/\\\n]|\\.)*/", text)
    value = []
    for found in REGEX_TOKEN.finditer(text[1:-1].removeprefix("(?s)")):
        wide, byte, escaped, plain = found.groups()
        if wide or byte:
            value.append(chr(int(wide or byte, 16)))
        elif escaped:
            value.append(CONTROLS.get(escaped, escaped))
        else:
            value.append(plain or "\\")
    return "".join(value)


@given(TEXTS)
def test_every_value_reads_back_from_an_equality(value: str) -> None:
    text = SecopsRenderer().text(ex.Text("a", (ex.Glob.of(value),), cased=True)).removeprefix("$e.a = ")
    if text.startswith('"'):
        assert read_literal(text) == value
    else:
        inner = read_regex(text)
        assert (inner[0], inner[1:-1], inner[-1]) == ("^", value, "$")


@given(TEXTS)
def test_every_value_reads_back_from_a_contains(value: str) -> None:
    glob = ex.Glob.of(ex.Wildcard.ANY, value, ex.Wildcard.ANY)
    assert read_regex(SecopsRenderer().text(ex.Text("a", (glob,), cased=True)).removeprefix("$e.a = ")) == value


def test_every_list_that_the_pipeline_maps_to_is_known_as_one() -> None:
    """By the vendor's own description of UDM, which the target does not read."""
    schema = load_telemetry("secops").schema
    mappings = [item.transformation for item in house_pipeline("secops").items]
    paths = {
        path
        for mapping in mappings
        if isinstance(mapping, FieldMappingTransformation)
        for mapped in mapping.mapping.values()
        for path in ([mapped] if isinstance(mapped, str) else mapped)
        if "[" not in path
    }
    assert len(paths) > 20
    assert {path for path in paths if kind(schema, path).root} == paths & REPEATED_FIELDS
