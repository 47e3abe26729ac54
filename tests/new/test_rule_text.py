"""Event in, exact rule out."""

# ruff: noqa: E501  rules stand here as they are written

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sigma.rule import SigmaRule

from stagewatch.findings import UsageError
from stagewatch.layout import Layout
from stagewatch.new.event import Event, template
from stagewatch.new.rule_text import tags
from stagewatch.new.sources import SOURCES, WINDOWS_PROCESS
from stagewatch.objects.attack import techniques
from tests.new.making import answers, detection_of, drafted, repository, rule_of
from tests.new.samples import SAMPLES, SYSMON
from tests.new.test_intake import given as read_given


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return repository(tmp_path / "with")


@pytest.fixture
def bare(tmp_path: Path) -> Layout:
    return repository(tmp_path / "without", lists=False)


def sample(name: str) -> Event:
    (found,) = read_given(SAMPLES[name][1])
    assert found.event is not None
    return found.event


def test_a_process_without_lists(bare: Layout) -> None:
    assert (
        rule_of(drafted(sample("sysmon as JSON"), bare, answers(references=("https://example.org/a?b=c",))))
        == r"""title: Archive Made for a Test
id: 11111111-1111-4111-8111-111111111111
status: experimental
description: |
    Detects the start of a program in which Image ends with \rar.exe or OriginalFileName is Rar.exe and CommandLine holds a and -hp and -v and :\PerfLogs\ and .rar.
    ATT&CK detection strategy and analytic: DET0261 (AN0724).
references:
    - https://example.org/a?b=c
author: Somebody
date: 2026-11-22
tags:
    - attack.collection
    - attack.t1074
    - attack.t1074.001
logsource:
    category: process_creation
    product: windows
detection:
    selection_img:
        - Image|endswith: '\rar.exe'
        - OriginalFileName: 'Rar.exe'
    selection_cli:
        CommandLine|contains|all:
            - ' a '
            - ' -hp'
            - ' -v'
            - ':\PerfLogs\'
            - '.rar'
        # not asked: ParentImage|endswith: '\cmd.exe'
    condition: all of selection_*
falsepositives:
    - Administrators and scripts that run rar.exe in the same way in their daily work
level: medium
regression_tests_path: tests/rules/proc_creation_win_archive_made_test/info.yml
"""
    )


def test_a_file_of_the_event_viewer(bare: Layout) -> None:
    assert (
        detection_of(drafted(sample("XML of the Event Viewer"), bare))
        == r"""detection:
    selection:
        TargetFilename|contains: '\Music\'
        TargetFilename|endswith: '.xyz'
        # not asked: Image|endswith: '\explorer.exe'
    condition: selection
"""
    )


def test_a_share_by_the_number_of_its_event(bare: Layout) -> None:
    text = rule_of(drafted(sample("security 5145, flat"), bare))
    assert (
        text[text.index("logsource:") : text.index("falsepositives:")]
        == r"""logsource:
    product: windows
    service: security
    definition: 'Requirements: the audit policy "Object Access > Audit Detailed File Share" must be configured for Success'
detection:
    selection:
        EventID: 5145
        ShareName|endswith: '\ADMIN$'
        RelativeTargetName|endswith: '.qqq'
        # not asked: AccessMask: '0x1'
    condition: selection
"""
    )


DETECTIONS = {
    "script block": r"""detection:
    selection:
        ScriptBlockText|contains|all:
            - 'Compress-Archive'
            - ':\ProgramData\'
    condition: selection
""",
    "auditd": r"""detection:
    selection_record_type:
        type: 'EXECVE'
    selection_program:
        - a0: 'zip'
        - a0|endswith: '/zip'
    selection_argument_1:
        a1: '-r'
    selection_argument_2:
        a2|startswith: '/dev/shm/'
    condition: all of selection_*
""",
    "file of CloudTrail": r"""detection:
    selection:
        eventSource: 'rds.amazonaws.com'
        eventName: 'CopyDBSnapshot'
    condition: selection
""",
    "audit log of Google Cloud": r"""detection:
    selection:
        gcp.audit.method_name|endswith: '.compute.machineImages.insert'
    condition: selection
""",
    "activity log of Azure": r"""detection:
    selection:
        operationName: 'MICROSOFT.COMPUTE/DISKS/BEGINGETACCESS/ACTION'
        # not asked: resultType: 'Success'
    condition: selection
""",
    "osquery": r"""detection:
    selection:
        Image|endswith: '/ditto'
        CommandLine|contains|all:
            - ' -c'
            - ' -k'
            - '/private/tmp/'
            - '.zip'
    condition: selection
""",
    "sysmon for Linux by syslog": r"""detection:
    selection:
        TargetFilename|startswith: '/var/tmp/'
        TargetFilename|endswith: '.tgz'
        # not asked: Image|endswith: '/tar'
    condition: selection
""",
}


@pytest.mark.parametrize("name", DETECTIONS)
def test_the_selection_of_each_log_source(name: str, bare: Layout) -> None:
    assert detection_of(drafted(sample(name), bare)) == DETECTIONS[name]


def test_a_value_that_is_in_a_named_list_is_asked_for_as_that_list(layout: Layout) -> None:
    detection = yaml.safe_load(detection_of(drafted(sample("sysmon for Linux by syslog"), layout)))["detection"]
    lists = yaml.safe_load((layout.lists / "places_unix.yml").read_text(encoding="utf-8"))
    wanted = [entry["path"] for entry in lists["temporary_directories"]["entries"]]
    assert detection["selection_temporary_directories"] == {"TargetFilename|startswith": wanted}
    assert "selection_archive_extensions" in detection
    assert detection["condition"] == "all of selection_*"


def test_a_field_can_be_added_and_left_out(bare: Layout) -> None:
    event = sample("sysmon as JSON")
    detection = yaml.safe_load(detection_of(drafted(event, bare, fields=("ParentImage",), without=("cli",))))[
        "detection"
    ]
    assert detection["selection_parent"] == {"ParentImage|endswith": "\\cmd.exe"}
    assert "selection_cli" not in detection
    with pytest.raises(UsageError, match="--field Colour: the event has"):
        drafted(event, bare, fields=("Colour",))
    with pytest.raises(UsageError, match="--without Colour: the proposal asks for"):
        drafted(event, bare, without=("Colour",))
    with pytest.raises(UsageError, match="nothing in this event is worth asking for"):
        drafted(event, bare, without=("Image", "CommandLine"))


def test_a_negative_event_makes_the_selection_ask_for_what_tells_it_apart(bare: Layout) -> None:
    event = sample("sysmon as JSON")
    negative = event.changed({"ParentImage": r"C:\Backup\agent.exe"})
    detection = yaml.safe_load(detection_of(drafted(event, bare, negatives=(negative,))))["detection"]
    assert detection["selection_parent"] == {"ParentImage|endswith": "\\cmd.exe"}
    with pytest.raises(UsageError, match="the negative event 1 has all that is asked for"):
        drafted(event, bare, negatives=(event.changed({"ProcessId": "1"}),))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=40), rest=st.text(min_size=1, max_size=40))
def test_any_values_give_a_rule_that_loads_and_means_them(name: str, rest: str, tmp_path: Path) -> None:
    clean = name.encode("utf-8", "ignore").decode()
    event = template(
        WINDOWS_PROCESS, {"Image": f"C:\\x\\{clean}", "CommandLine": f"x -a {rest}", "OriginalFileName": "-"}
    )
    event = Event(event.source, json.loads(json.dumps(event.document).encode("utf-8", "ignore")))
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    made = drafted(event, repository(folder, lists=False))
    rule = SigmaRule.from_yaml(rule_of(made))
    assert not rule.errors
    assert made.groups[0].matches(made.cases.hits[0].event.fields)


@pytest.mark.parametrize(
    "value",
    [
        "': x",
        "- a\n- b",
        "a: {b: c}",
        "%TAG",
        "!!python/object:os.system",
        "'''",
        "&a *a",
        "\u2028x",
        "a\x07b",
        "../../x",
        "*?",
    ],
)
def test_values_that_would_break_yaml_do_not(value: str, bare: Layout) -> None:
    changed = json.loads(json.dumps(SYSMON))
    changed["Event"]["EventData"]["Image"] = f"C:\\x\\tool{value}"
    changed["Event"]["EventData"]["CommandLine"] = f"tool{value} -switch {value}"
    (found,) = read_given(json.dumps(changed))
    assert found.event is not None
    rule = SigmaRule.from_yaml(rule_of(drafted(found.event, bare, answers(description=f"Detects {value} and more"))))
    (image,) = rule.detection.detections["selection_img"].detection_items[0].detection_items[0].value
    asked = "".join(part for part in image.s if isinstance(part, str))
    assert f"C:\\x\\tool{value}".endswith(asked)
    assert len(asked) > 1


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("detects archives made by someone.", "Archives Made by Someone"),
        ("  A\tTitle\nof two   lines ", "A Title of Two Lines"),
    ],
)
def test_a_title_is_written_as_sigmahq_writes_titles(title: str, told: str, bare: Layout) -> None:
    assert f"title: {told}\n" in rule_of(drafted(template(WINDOWS_PROCESS), bare, answers(title)))


@pytest.mark.parametrize("title", ["x", "", "y" * 200, "漢字漢字漢字漢字漢字漢字", "../../../..////", "....."])
def test_a_title_of_which_no_file_name_can_be_made_is_refused(title: str, bare: Layout) -> None:
    with pytest.raises(UsageError, match=r"title"):
        drafted(template(WINDOWS_PROCESS), bare, answers(title))


@pytest.mark.parametrize(
    "title", ["../../../etc/cron.d/evil file", "C:\\Windows\\evil file name", "a/../../b of the house"]
)
def test_a_path_in_a_title_leads_nowhere(title: str, bare: Layout) -> None:
    for path in drafted(template(WINDOWS_PROCESS), bare, answers(title)).files:
        assert path.resolve().is_relative_to(bare.root.resolve())
        assert ".." not in path.parts


def test_each_technique_of_the_table_gives_tags() -> None:
    for number in techniques():
        assert f"attack.{number.lower()}" in tags(number)
    assert tags("T1074.002") == ["attack.collection", "attack.t1074", "attack.t1074.002"]


@pytest.mark.parametrize("name", SOURCES)
def test_each_log_source_has_a_template_that_gives_a_rule(name: str, layout: Layout) -> None:
    made = drafted(template(SOURCES[name]), layout)
    assert made.stem.startswith(SOURCES[name].prefix)
    assert len(made.cases.hits) >= 5
    assert len(made.cases.misses) >= 5
