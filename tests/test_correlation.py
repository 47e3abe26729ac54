from __future__ import annotations

import pytest
import yaml
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.pipeline import ProcessingPipeline

from stagewatch.correlation import Correlation, resolve
from stagewatch.findings import Unsupported
from stagewatch.translation import Translator

PIPELINE = """
transformations:
    - type: field_name_mapping
      mapping: {Image: proc_path, Computer: host, User: account, CommandLine: args}
      rule_conditions: [{type: logsource, category: process_creation}]
    - type: field_name_mapping
      mapping: {Image: writer_path, Computer: host, TargetFilename: file_path}
      rule_conditions: [{type: logsource, category: file_event}]
    - type: strict_field_mapping_failure
"""

RULES = """
title: Process One
name: one
logsource: {category: process_creation, product: windows}
detection: {selection: {Image: a}, condition: selection}
---
title: File "Two"
name: two
logsource: {category: file_event, product: windows}
detection: {selection: {TargetFilename: b}, condition: selection}
---
title: Both
correlation:
    type: TYPE
    rules: [RULES]
    group-by: [KEYS]
    timespan: 15m
    REST
"""


def resolved(kind: str, rules: str, keys: str, rest: str = "generate: true") -> Correlation:
    text = RULES.replace("TYPE", kind).replace("[RULES]", f"[{rules}]").replace("KEYS", keys).replace("REST", rest)
    collection = SigmaCollection.from_dicts(list(yaml.safe_load_all(text)))
    rule = next(rule for rule in collection.rules if isinstance(rule, SigmaCorrelationRule))
    return resolve(rule, Translator(ProcessingPipeline.from_yaml(PIPELINE)))


def test_each_branch_has_the_platforms_own_group_fields() -> None:
    correlation = resolved("temporal_ordered", "one, two", "Computer, Image")
    assert correlation.keys == ("Computer", "Image")
    assert [branch.keys for branch in correlation.branches] == [("host", "proc_path"), ("host", "writer_path")]
    assert [branch.label for branch in correlation.branches] == ["r1_one", "r2_two"]
    assert (correlation.kind, correlation.seconds, correlation.at_least) == ("temporal_ordered", 900, 1)
    assert correlation.title == "Both"


def test_the_order_of_the_rules_is_kept() -> None:
    correlation = resolved("temporal_ordered", "two, one", "Computer")
    assert [branch.label for branch in correlation.branches] == ["r1_two", "r2_one"]


def test_value_count_maps_the_counted_field() -> None:
    correlation = resolved("value_count", "two", "Computer", "condition: {gte: 10, field: TargetFilename}")
    assert (correlation.at_least, correlation.branches[0].value) == (10, "file_path")


def test_gt_asks_for_one_more() -> None:
    assert resolved("event_count", "one", "Computer", "condition: {gt: 10}").at_least == 11


def test_an_alias_names_a_field_per_rule() -> None:
    rest = "aliases: {path: {one: CommandLine, two: TargetFilename}}"
    correlation = resolved("temporal", "one, two", "path", rest)
    assert [branch.keys for branch in correlation.branches] == [("args",), ("file_path",)]


@pytest.mark.parametrize(
    ("kind", "rules", "keys", "rest", "reason"),
    [
        ("event_count", "one", "Computer", "condition: {lt: 3}", "condition lt is not supported"),
        ("event_count", "one", "Computer", "condition: {eq: 3}", "condition eq is not supported"),
        ("event_count", "one", "Computer", "condition: {gte: 0}", "must ask for at least one event"),
        ("event_count", "two", "User", "condition: {gte: 3}", "windows/file_event carry no User here"),
        ("temporal", "one", "Computer", "generate: true", "needs at least two rules"),
        ("temporal", "one, two", "Computer", "condition: one and not two", "condition of its own"),
        ("value_sum", "one", "Computer", "condition: {gte: 3, field: Image}", "type value_sum is not supported"),
        ("value_count", "two", "Computer", "condition: {gte: 3, field: [Image, TargetFilename]}", "several fields"),
    ],
)
def test_what_no_target_can_express_is_refused(kind: str, rules: str, keys: str, rest: str, reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        resolved(kind, rules, keys, rest)


def test_group_keys_become_identifiers() -> None:
    assert resolved("temporal", "one, two", "Computer, Computer", "generate: true").keys == ("Computer", "Computer_2")
