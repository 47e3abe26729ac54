from __future__ import annotations

from pathlib import Path

import pytest

from stagewatch.pack import apply_filters, read_pack
from tests.support import convert_detection

RULE = """\
title: A rule
logsource: {{category: process_creation, product: windows}}
detection: {{{detections}, condition: {condition}}}
"""


def findings(folder: Path, names: list[str], condition: str) -> list[str]:
    """What is found wrong with a rule that has a detection of each name."""
    detections = ", ".join(f"{name}: {{Image: {name}}}" for name in names)
    (folder / "rule.yml").write_text(RULE.format(detections=detections, condition=condition))
    return [finding.message for finding in read_pack([folder]).findings]


@pytest.mark.parametrize(
    ("names", "condition", "reading"),
    [
        (["hing", "nothing"], "nothing", "nothing would be read as 'not hing'"),
        (["x", "notx"], "x or notx", "notx would be read as 'not x'"),
        (["x", "_y", "not_y"], "x and not_y", "not_y would be read as 'not _y'"),
        (["x", "y", "noty"], "x and not (noty)", "noty would be read as 'not y'"),
        (["x", "y", "andy"], "x andy", "andy would be read as 'and y'"),
        (["x", "y", "ory"], "x ory", "ory would be read as 'or y'"),
    ],
)
def test_an_operator_is_not_taken_from_the_front_of_a_name(
    names: list[str], condition: str, reading: str, tmp_path: Path
) -> None:
    assert findings(tmp_path, names, condition) == [f"the condition's {reading}; rename the detection"]


@pytest.mark.parametrize(
    ("names", "condition"),
    [
        (["x", "orange"], "x or orange"),
        (["x", "android"], "x and not android"),
        (["all", "x"], "all and x"),
        (["x", "y", "unused"], "(x)and(y)"),
        (["sel_a", "sel_b", "f"], "1 of sel_* and not all of f*"),
        (["a-b", "x"], "x and a-b"),
        (["_x", "y"], "y or 1 of _*"),
    ],
)
def test_conditions_that_say_what_they_mean(names: list[str], condition: str, tmp_path: Path) -> None:
    assert findings(tmp_path, names, condition) == []


def test_a_detection_named_like_an_operator(tmp_path: Path) -> None:
    expected = ["the condition uses an operator's name as the name of a detection"]
    assert findings(tmp_path, ["or", "x"], "x or or") == expected


def test_a_pattern_that_names_no_detection(tmp_path: Path) -> None:
    assert findings(tmp_path, ["x"], "x and not 1 of filter_*") == ["the condition's 1 of filter_* names no detection"]


def test_a_pattern_with_an_underscore_does_not_take_in_what_the_pipeline_adds() -> None:
    query = convert_detection("splunk", "_a: {Image: x}\n_b: {Image: y}\ncondition: 1 of _*")
    assert query == '`stagewatch_sysmon` EventCode=1 Image IN ("x", "y")'


def test_a_pattern_with_an_underscore_does_not_take_in_what_a_filter_adds(tmp_path: Path) -> None:
    assert findings(tmp_path, ["_a"], "1 of _*") == []
    (tmp_path / "filter.yml").write_text(
        "title: F\nlogsource: {category: process_creation, product: windows}\n"
        "filter: {rules: any, f_a: {User: u}, f_b: {User: v}, condition: not 1 of f_*}\n"
    )
    pack = read_pack([tmp_path])
    apply_filters(pack, pack.filters)
    from stagewatch.conversion import convert
    from tests.support import target

    outcome = convert(pack.rules[0].rule, target("splunk"))
    assert outcome.rendered is not None
    assert outcome.rendered.files[".spl"] == '`stagewatch_sysmon` EventCode=1 Image="_a" NOT User IN ("u", "v")'


@pytest.mark.parametrize("name", ["_a", "1a"])
def test_a_filter_whose_names_would_mean_those_of_the_rule_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "filter.yml").write_text(
        "title: F\nlogsource: {category: process_creation, product: windows}\n"
        f"filter: {{rules: any, {name}: {{User: u}}, condition: not {name}}}\n"
    )
    (finding,) = read_pack([tmp_path]).findings
    assert finding.message == f"the name {name} in a filter's condition must start with a letter and be no operator"
