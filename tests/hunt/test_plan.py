"""What a hunt asks, and what it needs to know of an event for that."""

from __future__ import annotations

from pathlib import Path

from stagewatch import expression as ex
from stagewatch.hunt.plan import Plan
from stagewatch.logs import Kind
from tests.hunt.hunting import plan_of

RULE = """\
title: Archive
id: 00000000-0000-4000-8000-00000000000{number}
name: rule_{number}
status: test
logsource: {source}
detection:
    selection: {{CommandLine|contains: archive, ParentImage|endswith: '\\cmd.exe'}}
    filter: {{User: backup}}
    condition: selection and not filter
level: {level}
"""

CORRELATION = """\
title: Archives
id: 00000000-0000-4000-8000-000000000009
status: test
correlation:
    type: value_count
    rules: [rule_1]
    group-by: [LogonId]
    timespan: 5m
    condition: {gte: 3, field: TargetFilename}
level: high
"""

WINDOWS = "{product: windows, category: process_creation}"


def planned(folder: Path, *texts: str, level: str = "informational") -> Plan:
    for number, text in enumerate(texts):
        (folder / f"rule_{number}.yml").write_text(text)
    return plan_of(folder, level=level)


def test_a_question_is_told_apart_into_log_source_and_the_rest(tmp_path: Path) -> None:
    (question,) = planned(tmp_path, RULE.format(number=1, source=WINDOWS, level="low")).questions
    assert {(term.field, str(term.globs[0])) for term in question.source} == {
        ("product", "windows"),
        ("category", "process_creation"),
    }
    assert set(ex.fields(ex.conjunction(*question.rest))) == {"CommandLine", "ParentImage", "User"}


def test_what_stands_below_a_not_is_no_evidence(tmp_path: Path) -> None:
    (question,) = planned(tmp_path, RULE.format(number=1, source=WINDOWS, level="low")).questions
    assert {leaf.field for leaf in question.evidence if isinstance(leaf, ex.Text)} == {"CommandLine", "ParentImage"}


def test_the_fields_of_conditions_filters_groups_and_counted_values_are_needed(tmp_path: Path) -> None:
    plan = planned(tmp_path, RULE.format(number=1, source=WINDOWS, level="low"), CORRELATION)
    assert plan.fields is not None
    assert plan.fields >= {"CommandLine", "ParentImage", "User", "LogonId", "TargetFilename", "Computer"}
    assert "product" not in plan.fields


def test_a_keyword_needs_all_fields(tmp_path: Path) -> None:
    text = RULE.format(number=1, source=WINDOWS, level="low").replace("filter: {User: backup}", "filter: [backup]")
    assert planned(tmp_path, text).fields is None


def test_only_events_of_the_log_sources_asked_are_wanted(tmp_path: Path) -> None:
    plan = planned(tmp_path, RULE.format(number=1, source=WINDOWS, level="low"))
    assert plan.wants(Kind("windows", "sysmon", "process_creation"))
    assert plan.wants(Kind("windows", "security", "process_creation"))
    assert not plan.wants(Kind("windows", "sysmon", "file_event"))
    assert not plan.wants(Kind("linux", "sysmon", "process_creation"))


def test_a_category_that_stands_for_several_wants_them_all(tmp_path: Path) -> None:
    plan = planned(tmp_path, RULE.format(number=1, source="{product: windows, category: registry_event}", level="low"))
    assert plan.wants(Kind("windows", "sysmon", "registry_set"))
    assert plan.wants(Kind("windows", "sysmon", "registry_add"))
    assert not plan.wants(Kind("windows", "sysmon", "process_creation"))


def test_a_level_leaves_out_lower_rules_but_not_what_a_correlation_needs(tmp_path: Path) -> None:
    rules = (RULE.format(number=number, source=WINDOWS, level=level) for number, level in ((1, "low"), (2, "medium")))
    plan = planned(tmp_path, *rules, CORRELATION, level="high")
    assert plan.questions == ()
    assert [joined.rule for joined in plan.joined] == ["rule_2"]
    assert [question.rule for question in plan.joined[0].questions] == ["rule_0"]
    assert plan.rules["rule_0"].level == "low"
    assert "rule_1" not in plan.rules


def test_a_rule_that_cannot_be_asked_is_named_with_the_reason_and_the_others_are_asked(tmp_path: Path) -> None:
    bad = RULE.format(number=2, source=WINDOWS, level="low").replace(
        "CommandLine|contains: archive", "CommandLine|re: (?=a)b"
    )
    plan = planned(tmp_path, RULE.format(number=1, source=WINDOWS, level="low"), bad)
    assert [question.rule for question in plan.questions] == ["rule_0"]
    (finding,) = plan.not_asked
    assert finding.path.endswith("rule_1.yml")
    assert "look" in finding.message
