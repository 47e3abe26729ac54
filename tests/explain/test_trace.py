"""Each part of a query and the lines that made it."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from stagewatch.explain.trace import Part, Trace
from stagewatch.pipelines import house_directory
from stagewatch.targets.marks import Marks
from tests.explain.helpers import shown, traced, written
from tests.explain.test_words import BASES


def line_of(target: str, pattern: str, after: str = "") -> int:
    """The line of a pipeline of the house on which a pattern first stands, behind another one."""
    begun = not after
    for number, line in enumerate((house_directory() / f"{target}.yml").read_text().splitlines(), 1):
        begun = begun or after in line
        if begun and re.search(pattern, line):
            return number
    raise AssertionError(pattern)


def parts(trace: Trace, *kinds: str) -> list[Part]:
    return [part for query in trace.queries for part in query.parts if part.kind in (kinds or ("rule",))]


DETECTION = r"""
selection:
    Image|endswith:
        - '\7z.exe'
        - '\rar.exe'
    CommandLine|contains: ' a '
filter:
    ParentImage: 'C:\agent.exe'
condition: selection and not filter
"""


def test_parts_of_an_spl_search(tmp_path: Path) -> None:
    trace = traced(written(tmp_path, DETECTION), "splunk")
    mapped = "splunk_sysmon_process_fields"
    assert [shown(part) for part in parts(trace, "rule", "pipeline")] == [
        (
            "pipeline",
            "stagewatch_sysmon",
            [],
            ["sets search_macro @pipelines/splunk.yml"],
        ),
        ("pipeline", "EventCode=1", [], ["adds the condition @pipelines/splunk.yml"]),
        (
            "rule",
            r'Image IN ("*\\7z.exe", "*\\rar.exe")',
            ["selection.Image|endswith:7-9"],
            ["Image keeps its name @pipelines/splunk.yml"],
        ),
        (
            "rule",
            'CommandLine="* a *"',
            ["selection.CommandLine|contains:10-10"],
            ["CommandLine keeps its name @pipelines/splunk.yml"],
        ),
        (
            "rule",
            r'NOT ParentImage="C:\\agent.exe"',
            ["filter.ParentImage:12-12"],
            ["ParentImage keeps its name @pipelines/splunk.yml"],
        ),
    ]
    macro, event, image, *_ = parts(trace, "rule", "pipeline")
    assert macro.steps[0].place.line == line_of("splunk", "val: stagewatch_sysmon")
    assert event.steps[0].place.line == line_of("splunk", "EventCode: 1", "id: splunk_process_start")
    assert image.steps[0].place.line == line_of("splunk", "Image: Image", f"id: {mapped}")
    assert image.steps[0].identifier == mapped


def test_a_guard_against_a_lacking_field_is_the_targets(tmp_path: Path) -> None:
    trace = traced(written(tmp_path, "a: {User: x}\nb: {Image|re: 'y+'}\ncondition: a and not b"), "splunk")
    guarded = parts(trace)[1]
    assert guarded.text == '(isnull(Image) OR NOT match(Image, "y+"))'
    assert guarded.reason.startswith("with `(isnull(Image) OR NOT`: The term does not hold; true where a field")
    assert guarded.reason.endswith("(stagewatch/targets/splunk_search.py)")


def test_alternatives_that_are_merged_name_all_their_lines(tmp_path: Path) -> None:
    path = written(tmp_path, "a: {User: x}\nb: {User: y}\ncondition: a or b")
    (merged,) = parts(traced(path, "splunk"))
    assert merged.text == 'User IN ("x", "y")'
    assert [(item.detection, item.place.line) for item in merged.items] == [("a", 6), ("b", 7)]


def test_a_category_that_a_language_has_a_place_for_is_the_pipelines(tmp_path: Path) -> None:
    trace = traced(written(tmp_path, DETECTION), "elastic")
    first = parts(trace, "rule", "pipeline", "target")[0]
    assert shown(first) == ("pipeline", "process", [], ["adds the condition @pipelines/elastic.yml"])
    assert first.steps[0].place.line == line_of("elastic", r"event\.category", "id: event_process_creation_windows")


def test_a_part_that_the_platform_lacks_is_told_with_its_reason(tmp_path: Path) -> None:
    path = written(tmp_path, "a: [{Image: x}, {OriginalFileName: y}]\nb: {User: z}\ncondition: a")
    trace = traced(path, "logscale")
    assert trace.outcome.status == "degraded"
    assert {(absent.item.key, absent.reason) for absent in trace.absent} == {
        ("OriginalFileName", "left out: the platform's events carry no OriginalFileName"),
        ("User", "the condition does not use this detection"),
    }
    assert trace.lost == ()


def test_an_unsupported_rule_has_its_reason_for_each_part(tmp_path: Path) -> None:
    path = written(tmp_path, "a: {OriginalFileName: y, Image: x}\ncondition: a")
    trace = traced(path, "logscale")
    assert {absent.item.key for absent in trace.absent} == {"OriginalFileName", "Image"}
    assert all(absent.reason.startswith("unsupported here: ") for absent in trace.absent)
    assert trace.queries == ()


def test_text_that_nobody_asked_for_is_the_targets_own(tmp_path: Path) -> None:
    own = parts(traced(written(tmp_path, "a: {User: x}\ncondition: a"), "qradar"), "target")
    assert own[0].text.startswith("SELECT starttime, devicetime")
    assert own[-1].text == "LAST 24 HOURS"
    assert own[0].reason == "`.aql` is the whole search, `.where.aql` the filter alone. (stagewatch/targets/qradar.py)"


def test_an_account_that_is_split_names_the_two_fields(tmp_path: Path) -> None:
    (part,) = parts(traced(written(tmp_path, "a: {User: 'CORP\\jdoe'}\ncondition: a"), "elastic"))[:1]
    assert "qualified_names" in [step.identifier for step in part.steps]


def test_hashes_lead_back_to_the_combined_field(tmp_path: Path) -> None:
    digest = "a" * 64
    path = written(tmp_path, f"a: {{Hashes|contains: 'SHA256={digest}'}}\ncondition: a")
    trace = traced(path, "defender")
    (part,) = parts(trace)
    assert part.text == f'SHA256 =~ "{digest}"'
    assert [item.key for item in part.items] == ["Hashes|contains"]
    assert any(step.what == "applies hashes_fields" for step in part.steps)


def test_a_users_pipeline_comes_before_the_house(tmp_path: Path) -> None:
    pipeline = tmp_path / "own.yml"
    pipeline.write_text(
        textwrap.dedent("""\
            name: own
            priority: 1
            transformations:
              - type: field_name_mapping
                mapping:
                  Program: Image
        """)
    )
    path = written(tmp_path, "a: {Program: x}\ncondition: a")
    (part,) = parts(traced(path, "splunk", (pipeline,)))
    assert part.text == 'Image="x"'
    assert next((step.what, step.place.path, step.place.line) for step in part.steps) == (
        "Program is Image",
        "own.yml",
        6,
    )
    assert part.steps[1].what == "Image keeps its name"


def test_values_that_stand_twice_are_both_traced(tmp_path: Path) -> None:
    path = written(tmp_path, "a: {User: x}\nb: {User: x}\ncondition: a and b")
    for target in ("splunk", "elastic", "sentinel", "duckdb"):
        assert traced(path, target).lost == (), target


@pytest.mark.parametrize("target", ["splunk", "elastic", "sentinel", "qradar", "secops", "logscale", "duckdb", "sumo"])
def test_parts_of_a_correlation_are_those_of_its_rules(tmp_path: Path, target: str) -> None:
    path = tmp_path / "rules.yml"
    section = "type: temporal_ordered\nrules: [first, second]\ngroup-by: [Computer]\ntimespan: 5m"
    path.write_text(BASES + textwrap.indent(section, "    ") + "\n")
    trace = traced(path, target)
    if trace.outcome.rendered is None:
        assert trace.absent
        return
    found = {item.place.line for part in parts(trace) for item in part.items}
    assert found | {absent.item.place.line for absent in trace.absent} == {5, 11}
    assert trace.lost == ()


def test_a_query_that_reads_otherwise_when_marked_claims_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "a: {User: x}\ncondition: a")
    monkeypatch.setattr("stagewatch.explain.trace._again", lambda *_: (Marks(), {".spl": "another query"}))
    trace = traced(path, "splunk")
    assert trace.queries[0].parts == ()
    assert trace.queries[0].problem.startswith("the query reads otherwise when its parts are marked")
    assert [item.key for item in trace.lost] == ["User"]
