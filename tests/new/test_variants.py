from __future__ import annotations

import pytest

from stagewatch.new.breaks import breaks
from stagewatch.new.condition import Group, Item, matches
from stagewatch.new.event import Event, template
from stagewatch.new.picks import Context, propose
from stagewatch.new.sources import SOURCES, WINDOWS_FILE, WINDOWS_PROCESS
from stagewatch.new.variants import Case, cases
from stagewatch.telemetry.native import native


def group(name: str, *items: Item) -> Group:
    return Group(name, items, "a reason")


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (Item("x", ("a", "a2", "xa")), "a"),
        (Item("x", ("\\Data\\",), "contains"), "C:\\Data\\Data\\o.zip"),
        (Item("x", (".zip", ".part", ".dat"), "endswith"), "C:\\x\\o.zip"),
        (Item("x", ("/srv/", "/opt/"), "startswith"), "/opt/o.zip"),
        (Item("x", ("aa", "a"), "contains", is_all=True), "b aaaa b"),
        (Item("EventID", ("5145", "5140"), number=True), "5145"),
    ],
)
def test_a_value_that_is_to_break_a_condition_breaks_it(item: Item, text: str) -> None:
    assert item.matches({item.field: text})
    assert [value for _, value in breaks(item, text) if item.matches({item.field: value})] == []


def test_a_near_miss_breaks_one_condition_and_leaves_the_others() -> None:
    event = template(WINDOWS_PROCESS, {"CommandLine": "7z.exe a x -a y o.7z"})
    groups = [
        group("short", Item("CommandLine", (" -a",), "contains")),
        group("long", Item("CommandLine", ("x -a y",), "contains")),
        group("img", Item("Image", ("\\\\7z.exe",), "endswith"), Item("OriginalFileName", ("7z.exe",))),
    ]
    misses = [case for case in cases(event, groups, "as it was").misses if ": " in case.label]
    assert {case.label.partition(":")[0] for case in misses} == {"Image"}  # the others cannot be broken one by one
    for case in misses:
        assert [one.matches(case.event.fields) for one in groups].count(False) == 1, case.label


def test_every_hit_is_hit_and_no_miss_is() -> None:
    event = template(WINDOWS_FILE)
    groups = [
        group("folder", Item("TargetFilename", (":\\PerfLogs\\",), "contains")),
        group("ending", Item("TargetFilename", (".7z",), "endswith")),
    ]
    made = cases(event, groups, "as it was")
    assert all(matches(groups, case.event.fields) for case in made.hits)
    same_words = [case.label for case in made.misses if matches(groups, case.event.fields)]
    assert same_words == ["the file is deleted, not created", "the same on Linux"]  # which the log source tells apart
    assert {"in capitals", "in small letters", "one directory deeper", "on another drive"} <= {
        case.label for case in made.hits
    }
    assert {
        "TargetFilename: in another directory",
        "TargetFilename: the ending without its dot",
        "TargetFilename: a directory whose name begins alike",
    } <= {case.label for case in made.misses}


def test_a_renamed_program_is_told_by_its_original_name() -> None:
    event = template(WINDOWS_PROCESS)
    groups = [group("img", Item("Image", ("\\7z.exe",), "endswith"), Item("OriginalFileName", ("7z.exe",)))]
    (renamed,) = [case for case in cases(event, groups, "x").hits if case.label.startswith("renamed")]
    assert not renamed.event.fields["Image"].endswith("\\7z.exe")
    assert renamed.event.fields["OriginalFileName"] == "7z.exe"


def test_given_negative_events_come_first_and_once() -> None:
    event = template(WINDOWS_PROCESS)
    groups = [group("cli", Item("CommandLine", (" a ",), "contains"))]
    other = event.changed({"CommandLine": "7z.exe x o.7z"})
    made = cases(event, groups, "x", [Case("given", other), Case("given again", other)])
    assert made.misses[0].label == "given"
    assert "given again" not in [case.label for case in made.misses]


@pytest.mark.parametrize("name", SOURCES)
def test_a_changed_event_is_still_one(name: str) -> None:
    event = template(SOURCES[name])
    groups = propose(event, Context(None, frozenset()))
    for field in {one for group in groups for one in group.fields} - {"EventID"}:
        changed = event.changed({field: "changed"})
        assert native(changed.document)
        assert changed.fields[field] == "changed", field
        assert event.fields[field] != "changed"  # the first stays as it was


def test_an_event_of_a_file_has_its_time_number_and_label() -> None:
    event: Event = template(WINDOWS_FILE)
    placed = native(event.placed(3, event.when, "what it is").document)
    assert placed.record_id == 1003
    assert (placed.time - event.when).total_seconds() == 3
    assert placed.data["RuleName"] == "what it is"
    assert placed.data["UtcTime"] == "2026-01-01 09:00:03.000"
