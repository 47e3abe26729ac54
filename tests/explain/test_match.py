"""Events: which part matched on which platform, and why the others did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagewatch.explain.match import Platform, Verdict
from stagewatch.explain.pipelines import PipelinePlaces
from stagewatch.explain.run import Base, own_fields
from stagewatch.explain.why import Cause, causes
from stagewatch.targets import load_target
from stagewatch.telemetry.native import Native
from tests.explain.helpers import described, sysmon

DETECTION = r"""
selection_img:
    - Image|endswith: ['\7z.exe', '\rar.exe']
    - OriginalFileName: '7z.exe'
selection_cli: {CommandLine|contains: ' a '}
filter_main: {ParentImage|endswith: '\agent.exe'}
condition: all of selection_* and not filter_main
"""

HIT = {"Image": r"C:\Tools\7z.exe", "CommandLine": "7z a x.7z y", "ParentImage": r"C:\cmd.exe", "OriginalFileName": "-"}

QUICK = ("splunk", "elastic", "qradar", "sumo", "secops", "logscale", "duckdb")


def looked(base: Base, target: str, native: Native) -> tuple[Verdict, list[Cause]]:
    loaded = load_target(target)
    (verdict,) = Platform(loaded, PipelinePlaces(loaded)).verdicts(base.rule, base.tree, [native])
    return verdict, causes(verdict, base.tree, own_fields(native), base.asked)


@pytest.fixture
def base(tmp_path: Path) -> Base:
    return described(tmp_path, DETECTION)


@pytest.mark.parametrize("target", QUICK)
def test_a_hit_has_no_reasons(base: Base, target: str) -> None:
    verdict, why = looked(base, target, sysmon(**HIT))
    assert (verdict.hit, verdict.agrees, why) == (True, True, [])


def test_a_part_says_what_the_record_holds_in_the_platforms_column(base: Base) -> None:
    verdict, _ = looked(base, "elastic", sysmon(**HIT))
    told = verdict.told
    assert told is not None
    answers = {item.key: answer for item, answer in told.answers.items()}
    (column,) = answers["CommandLine|contains"].columns
    assert (column.name, column.value, column.present) == ("process.command_line", "7z a x.7z y", True)
    assert [answers[key].met for key in answers] == [True, False, True, False]


@pytest.mark.parametrize("target", QUICK)
def test_a_miss_by_one_part_names_it_and_where_the_value_differs(base: Base, target: str) -> None:
    verdict, why = looked(base, target, sysmon(**HIT | {"CommandLine": "7z -a x.7z y"}))
    assert (verdict.hit, verdict.agrees) == (False, True)
    (cause,) = why
    assert (cause.kind, [item.key for item in cause.items]) == ("miss", ["CommandLine|contains"])
    assert cause.text == "CommandLine|contains: '7z -a x.7z y' does not fit"


def test_a_near_miss_tells_the_first_sign_that_differs(base: Base) -> None:
    _, why = looked(base, "splunk", sysmon(**HIT | {"Image": r"C:\Tools\7za.exe"}))
    assert [cause.text for cause in why] == [
        (
            r"Image|endswith: none of the 2 values fits 'C:\Tools\7za.exe'; '\7z.exe' differs before '.exe': '\7z' is "
            "asked for, '7za' is there"
        ),
        "OriginalFileName: '-' does not fit",
    ]


@pytest.mark.parametrize("target", QUICK)
def test_a_filter_that_took_the_event_away_is_named_with_the_line_of_its_value(base: Base, target: str) -> None:
    verdict, why = looked(base, target, sysmon(**HIT | {"ParentImage": r"C:\x\agent.exe"}))
    assert (verdict.hit, verdict.agrees) == (False, True)
    (cause,) = why
    assert cause.kind == "filter"
    assert cause.text.startswith("filter_main took it away: ParentImage|endswith fits ")
    assert cause.text.endswith("agent.exe' (line 10)")


def test_an_event_of_another_kind_is_told_by_the_condition_that_it_misses(base: Base) -> None:
    verdict, why = looked(base, "splunk", sysmon(11, Image="x", TargetFilename="y"))
    assert verdict.hit is False
    (cause,) = why
    assert cause.kind == "log source"
    assert cause.text.startswith("the event is none of windows/process_creation: EventCode = 1 is asked for (pipelines")
    assert cause.text.endswith("EventCode is '11'")


def test_an_event_in_another_table_is_told_by_the_tables(base: Base) -> None:
    verdict, why = looked(base, "defender", sysmon(11, Image=r"C:\a\b.exe", TargetFilename=r"C:\c\d.txt"))
    assert verdict.hit is False
    assert [cause.text for cause in why] == [
        (
            "the event is none of windows/process_creation: the query reads DeviceProcessEvents, its record stands in "
            "DeviceFileEvents"
        )
    ]


def test_a_field_that_the_platform_lacks_is_no_value_that_differs(tmp_path: Path) -> None:
    base = described(tmp_path, "a: [{Image: x}, {OriginalFileName: y}]\ncondition: a")
    verdict, why = looked(base, "logscale", sysmon(Image=r"C:\z", OriginalFileName="y"))
    assert verdict.hit is False
    assert [(cause.kind, cause.text) for cause in why if cause.items[0].key == "OriginalFileName"] == [
        ("lacking", "OriginalFileName: the platform's events carry no OriginalFileName")
    ]


def test_a_field_that_the_event_lacks_is_told_apart_from_one_that_the_platform_drops(tmp_path: Path) -> None:
    base = described(tmp_path, "a: {OriginalFileName: y}\ncondition: a")
    _, why = looked(base, "splunk", sysmon(Image="x"))
    assert [cause.text for cause in why] == [
        "OriginalFileName: the record has no such field, nor has the event itself OriginalFileName"
    ]


def test_an_unsupported_rule_gives_the_reason_of_the_platform(tmp_path: Path) -> None:
    base = described(tmp_path, "a: {OriginalFileName: y}\ncondition: a")
    verdict, why = looked(base, "logscale", sysmon(OriginalFileName="y"))
    assert verdict.hit is None
    assert [cause.kind for cause in why] == ["unsupported"]
    assert "carry no OriginalFileName" in why[0].text


def test_a_platform_without_a_record_says_so(tmp_path: Path) -> None:
    base = described(tmp_path, "a: {Image: y}\ncondition: a")
    verdict, why = looked(base, "logscale", sysmon(22, QueryName="example.org", Image="y"))
    assert (verdict.hit, [(cause.kind, cause.text) for cause in why]) == (
        False,
        [("no record", "the platform keeps no record of this event")],
    )


def test_several_events_are_told_apart(base: Base) -> None:
    loaded = load_target("duckdb")
    events = [sysmon(**HIT), sysmon(**HIT | {"CommandLine": "x"}), sysmon(**HIT)]
    verdicts = Platform(loaded, PipelinePlaces(loaded)).verdicts(base.rule, base.tree, events)
    assert [verdict.hit for verdict in verdicts] == [True, False, True]


@pytest.mark.parametrize(
    ("detection", "event", "hit"),
    [
        ("a: {CommandLine|re: 'b+$'}\ncondition: a", {"CommandLine": "xbb"}, True),
        ("a: {User|exists: false}\ncondition: a", {"Image": "x"}, True),
        ("a: {User: null}\ncondition: not a", {"Image": "x"}, False),
        ("a: {CommandLine|contains|all: [x, y]}\ncondition: a", {"CommandLine": "yx"}, True),
        ("a: {CommandLine|contains|all: [x, y]}\ncondition: a", {"CommandLine": "xx"}, False),
        ("a: {User|neq: x}\ncondition: a", {"User": "y"}, True),
        ("a: {User|fieldref: ParentUser}\ncondition: a", {"User": "y", "ParentUser": "Y"}, True),
        ("a: [needle, other]\ncondition: a", {"CommandLine": "a needle here"}, True),
        ("a: {CommandLine|cased: X}\ncondition: a", {"CommandLine": "x"}, False),
        ("a: {User: x}\nb: {Image: y}\ncondition: a or not b", {"Image": "y"}, False),
        ("a: {User: x}\nb: {Image: y}\ncondition: 1 of them", {"Image": "y"}, True),
    ],
)
def test_every_kind_of_part_agrees_with_the_whole(
    tmp_path: Path, detection: str, event: dict[str, str], hit: bool
) -> None:
    base = described(tmp_path, detection)
    for target in ("duckdb", "splunk"):
        verdict, why = looked(base, target, sysmon(**event))
        assert (verdict.hit, verdict.agrees) == (hit, True), target
        assert bool(why) is not hit


def test_parts_that_contradict_the_query_are_told_loudly(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stagewatch.explain.match.holds", lambda *_: False)
    verdict, why = looked(base, "duckdb", sysmon(**HIT))
    assert not verdict.agrees
    assert why == [Cause("disagreement", "the parts say no hit, the query says hit: do not trust this explanation")]


def test_a_pipeline_that_looks_at_the_whole_rule_sees_it_for_each_part(tmp_path: Path) -> None:
    path = tmp_path / "rule.yml"
    path.write_text(
        "title: Test\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: windows, service: security}\n"
        "detection:\n    a: {EventID: 5145}\n    b: {ShareName|contains: data}\n    condition: a and b\n"
    )
    from stagewatch.telemetry.native import native
    from tests.explain.helpers import explanation

    base = explanation(path).bases[0]
    event = native(
        {
            "Event": {
                "System": {
                    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
                    "EventID": 5145,
                    "TimeCreated": {"#attributes": {"SystemTime": "2026-11-21T09:00:00Z"}},
                    "Channel": "Security",
                    "Computer": "srv",
                },
                "EventData": {"ShareName": r"\\*\data", "RelativeTargetName": "x", "AccessMask": "0x2"},
            }
        }
    )
    verdict, why = looked(base, "secops", event)
    assert (verdict.hit, verdict.agrees, why) == (True, True, [])
