from __future__ import annotations

from pathlib import Path

import pytest

from stagewatch.pack import read_pack

RULE = """\
title: A rule
name: a_rule
logsource: {{category: process_creation, product: windows}}
detection:
    selection:
        {item}
    condition: selection
"""


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("Image|re: {a: b}", "Image|re: a value must be text, a number, true, false or null, not a dict"),
        ("Image|re: [[a]]", "Image|re: a value must be text, a number, true, false or null, not a list"),
        ("Image|re: [a, true]", "Image|re: a regular expression must be text"),
        ("Image: []", "Image: the list of values is empty"),
        ("ProcessId: .nan", "ProcessId: nan is no number that an event can hold"),
        ("ProcessId|gt: .inf", "ProcessId|gt: inf is no number that an event can hold"),
        ("5: x", "selection: a field name must be text, not 5"),
        (
            "UtcTime: 2024-01-01",
            "UtcTime: a value must be text, a number, true, false or null, not a date; put quotes around it",
        ),
    ],
)
def test_a_value_of_a_wrong_type_is_one_finding_with_its_line(item: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(RULE.format(item=item))
    (finding,) = read_pack([tmp_path]).findings
    assert finding.message == message
    assert finding.line in (5, 6)


CORRELATION = """\
title: A correlation
correlation:
    type: event_count
    rules: {rules}
    group-by: {group_by}
    timespan: 5m
    condition: {condition}
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rules": "[0]"}, "a correlation's rules must be ids or names of rules"),
        ({"rules": "[]"}, "a correlation's rules must be ids or names of rules"),
        ({"group_by": "[null]"}, "group-by must be a list of field names"),
        ({"condition": "{gte: true}"}, "a correlation's condition must compare with whole numbers"),
        ({"condition": "{gte: 2.5}"}, "a correlation's condition must compare with whole numbers"),
        ({"condition": "{gte: 2, field: 5}"}, "the condition's field must be a field name"),
    ],
)
def test_a_correlation_of_a_wrong_shape(change: dict[str, str], message: str, tmp_path: Path) -> None:
    parts = {"rules": "[a_rule]", "group_by": "[Computer]", "condition": "{gte: 3}"}
    (tmp_path / "correlation.yml").write_text(CORRELATION.format(**{**parts, **change}))
    (tmp_path / "rule.yml").write_text(RULE.format(item="Image: x"))
    assert [finding.message for finding in read_pack([tmp_path]).findings] == [message]


@pytest.mark.parametrize("rules", ["[]", "[0]", "5"])
def test_a_filter_that_would_apply_to_every_rule_by_mistake(rules: str, tmp_path: Path) -> None:
    (tmp_path / "filter.yml").write_text(
        "title: F\nlogsource: {category: process_creation, product: windows}\n"
        f"filter: {{rules: {rules}, a: {{User: u}}, condition: not a}}\n"
    )
    (finding,) = read_pack([tmp_path]).findings
    assert finding.message == "a filter's rules must be 'any' or a list of ids and names of rules"


def test_a_log_source_of_a_wrong_type(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(RULE.format(item="Image: x").replace("windows", "{}"))
    assert [finding.message for finding in read_pack([tmp_path]).findings] == ["the log source's product must be text"]
