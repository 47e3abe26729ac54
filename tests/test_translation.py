from __future__ import annotations

import pytest
from sigma.collection import SigmaCollection
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule

from stagewatch.expression import (
    And,
    Boolean,
    Cidr,
    Expression,
    FieldRef,
    Glob,
    Keyword,
    Not,
    Null,
    Number,
    Or,
    Present,
    Regex,
    Shape,
    Text,
    Wildcard,
)
from stagewatch.findings import Unsupported
from stagewatch.translation import Query, Translator
from tests.support import rule as rule_text

ANY, ONE = Wildcard.ANY, Wildcard.ONE

PIPELINE = r"""
vars:
    numeric_fields: [pid]
    qualified_names: {account: domain}
transformations:
    - id: mapping
      type: field_name_mapping
      mapping: {Image: path, CommandLine: args, ProcessId: pid, User: account, Hashes: [md5, sha1], ParentImage: parent}
      rule_conditions: [{type: logsource, category: process_creation}]
    - id: only_processes
      type: rule_failure
      message: only process events are known here
      rule_conditions: [{type: logsource, category: process_creation}]
      rule_cond_not: true
    - id: strict
      type: strict_field_mapping_failure
    - id: event_type
      type: add_condition
      conditions: {kind: start}
    - id: table
      type: set_state
      key: table
      val: processes
"""


def parse(detection: str, **source: str) -> SigmaRule:
    loaded = SigmaCollection.from_yaml(rule_text(detection, **source)).rules[0]
    assert isinstance(loaded, SigmaRule)
    return loaded


def translator() -> Translator:
    return Translator(ProcessingPipeline.from_yaml(PIPELINE))


def translate(detection: str, **source: str) -> Query:
    return translator().translate(parse(detection, **source))


def plain(selection: str) -> Expression:
    """The expression of one detection item without any pipeline."""
    rule = parse(f"selection: {{{selection}}}\ncondition: selection")
    return Translator(ProcessingPipeline()).translate(rule).expression


def text(field: str, *parts: str | Wildcard, cased: bool = False) -> Text:
    return Text(field, (Glob.of(*parts),), cased)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("f: x", text("f", "x")),
        ("f: 'a*b?c'", text("f", "a", ANY, "b", ONE, "c")),
        (r"f: 'a\*b\?c\\d\e'", text("f", "a*b?c\\d\\e")),
        ("f: ''", text("f")),
        ("f|contains: x", text("f", ANY, "x", ANY)),
        ("f|startswith: x", text("f", "x", ANY)),
        ("f|endswith: x", text("f", ANY, "x")),
        ("f|endswith: [x, y]", Text("f", (Glob.of(ANY, "x"), Glob.of(ANY, "y")))),
        ("f|contains|all: [x, y]", And((text("f", ANY, "x", ANY), text("f", ANY, "y", ANY)))),
        ("f|cased: X", text("f", "X", cased=True)),
        ("f|contains|cased: X", text("f", ANY, "X", ANY, cased=True)),
        ("f|re: '^a\\\\b'", Regex("f", "^a\\\\b")),
        ("f|re|i|m|s: 'a.b'", Regex("f", "a.b", frozenset({"i", "m", "s"}))),
        ("f|cidr: [10.0.0.0/8, '2001:db8::/32']", Cidr("f", ("10.0.0.0/8", "2001:db8::/32"))),
        ("f|exists: true", Present("f")),
        ("f|exists: false", Not(Present("f"))),
        ("f: null", Null("f")),
        ("f: true", Boolean("f", True)),
        ("f|gte: 7", Number("f", ">=", 7)),
        ("f|fieldref: g", FieldRef("f", "g")),
        ("f|fieldref|startswith: g", FieldRef("f", "g", Shape.STARTSWITH)),
        ("f|fieldref|endswith: g", FieldRef("f", "g", Shape.ENDSWITH)),
        ("f|fieldref|contains: g", FieldRef("f", "g", Shape.CONTAINS)),
        ("f|neq: x", Not(text("f", "x"))),
        ("f: 7", text("f", "7")),
    ],
)
def test_every_kind_of_value(item: str, expected: Expression) -> None:
    assert plain(item) == expected


def test_windash_is_one_group_of_alternatives_even_under_all() -> None:
    expression = plain("f|windash|contains|all: ['-a', b]")
    assert isinstance(expression, And)
    dashes, letter = expression.terms
    assert isinstance(dashes, Text)
    assert [glob.literal for glob in dashes.globs] == ["-a", "/a", "–a", "—a", "―a"]
    assert letter == text("f", ANY, "b", ANY)


def test_base64offset_is_one_group_of_alternatives() -> None:
    assert plain("f|base64offset|contains: foo") == Text(
        "f", tuple(Glob.of(ANY, part, ANY) for part in ("Zm9v", "Zvb", "mb2"))
    )


def test_keywords_occur_anywhere() -> None:
    rule = parse("keywords: [one, 'two*three']\ncondition: keywords")
    assert Translator(ProcessingPipeline()).translate(rule).expression == Keyword(
        (Glob.of(ANY, "one", ANY), Glob.of(ANY, "two", ANY, "three", ANY))
    )


def test_several_conditions_are_alternatives() -> None:
    rule = parse("one: {f: x}\ntwo: {g: y}\ncondition: [one, two]")
    assert Translator(ProcessingPipeline()).translate(rule).expression == Or((text("f", "x"), text("g", "y")))


def test_quantifiers_and_negation() -> None:
    rule = parse(
        """
        sel_a: {f: x}
        sel_b: {g: y}
        filter: {h: z}
        condition: all of sel_* and not 1 of filter
        """
    )
    expected = And((text("f", "x"), text("g", "y"), Not(text("h", "z"))))
    assert Translator(ProcessingPipeline()).translate(rule).expression == expected


def test_the_pipeline_maps_fields_adds_conditions_and_sets_the_state() -> None:
    query = translate("selection: {Image|endswith: '\\a.exe'}\ncondition: selection")
    assert query.expression == And((text("kind", "start"), text("path", ANY, "\\a.exe")))
    assert query.state == {"table": "processes"}
    assert query.degraded == ()


def test_one_field_of_sigma_may_be_several_of_the_platform() -> None:
    query = translate("selection: {Hashes|contains: abc}\ncondition: selection")
    either = Or((text("md5", ANY, "abc", ANY), text("sha1", ANY, "abc", ANY)))
    assert query.expression == And((text("kind", "start"), either))


def test_a_lacking_field_in_an_or_branch_degrades_the_rule() -> None:
    query = translate(
        """
        selection:
            - Image|endswith: '\\a.exe'
            - OriginalFileName: [a.exe, b.exe, c.exe]
        condition: selection
        """
    )
    assert query.expression == And((text("kind", "start"), text("path", ANY, "\\a.exe")))
    assert query.degraded == (
        "the platform's events carry no OriginalFileName; no longer seen: OriginalFileName = a.exe, b.exe and 1 more",
    )


@pytest.mark.parametrize(
    "condition", ["selection and other", "other", "selection and not other", "selection and not (filter or other)"]
)
def test_a_lacking_field_under_and_or_not_is_unsupported(condition: str) -> None:
    detection = f"selection: {{Image: a}}\nfilter: {{Image: b}}\nother: {{CurrentDirectory: c}}\ncondition: {condition}"
    with pytest.raises(Unsupported, match="carry no CurrentDirectory, and the rule cannot be told without"):
        translate(detection)


def test_a_reference_to_a_lacking_field_lacks_too() -> None:
    with pytest.raises(Unsupported, match="carry no GrandParentImage"):
        translate("selection: {Image|fieldref: GrandParentImage}\ncondition: selection")


def test_a_reference_to_a_known_field_is_mapped() -> None:
    query = translate("selection: {Image|fieldref: ParentImage}\ncondition: selection")
    assert query.expression == And((text("kind", "start"), FieldRef("path", "parent")))


def test_an_unknown_log_source_is_unsupported() -> None:
    with pytest.raises(Unsupported, match="only process events are known here"):
        translate("selection: {Image: a}\ncondition: selection", category="file_event")


def test_a_number_field_compares_as_a_number() -> None:
    for value in ("4", "'4'", "'0x4'"):
        query = translate(f"selection: {{ProcessId: {value}}}\ncondition: selection")
        assert query.expression == And((text("kind", "start"), Number("pid", "==", 4)))


def test_a_text_pattern_on_a_number_field_can_never_match() -> None:
    with pytest.raises(Unsupported, match=r"pid holds a number here; the pattern '\*4' can never match"):
        translate("selection: {ProcessId|endswith: '4'}\ncondition: selection")


def test_a_qualified_name_is_split() -> None:
    query = translate("selection: {User: 'CORP\\bob'}\ncondition: selection")
    assert query.expression == And((text("kind", "start"), text("domain", "CORP"), text("account", "bob")))


def test_a_placeholder_without_a_value_is_unsupported() -> None:
    with pytest.raises(Unsupported, match="the placeholder %admins% has no value"):
        translate("selection: {Image|expand: '%admins%'}\ncondition: selection")


def test_translating_leaves_the_rule_as_it_was() -> None:
    rule = parse("selection: {Image: a, CommandLine|contains: b}\ncondition: selection")
    before = rule.to_dict()
    one = translator()
    assert one.translate(rule) == one.translate(rule)
    assert rule.to_dict() == before


def test_map_field() -> None:
    rule = parse("selection: {Image: a}\ncondition: selection")
    assert translator().map_field(rule, "User") == "account"
    with pytest.raises(Unsupported, match="events of windows/process_creation carry no Computer here"):
        translator().map_field(rule, "Computer")
    with pytest.raises(Unsupported, match="the field Hashes is split into md5, sha1 here"):
        translator().map_field(rule, "Hashes")


def test_the_reason_names_only_the_fields_that_cannot_be_left_out() -> None:
    with pytest.raises(Unsupported, match="carry no CurrentDirectory, and"):
        translate(
            """
            selection:
                - Image: a
                - OriginalFileName: b
            other: {CurrentDirectory: c}
            condition: selection and not other
            """
        )


def test_a_field_called_like_another_field_of_the_platform_is_not_that_field() -> None:
    """Falcon's ParentProcessId is no process id of Sigma's: a name that meets a mapping's target is still unmapped."""
    with pytest.raises(Unsupported, match="carry no parent,"):
        translate("selection: {ParentImage: a, parent: b}\ncondition: selection")
    with pytest.raises(Unsupported, match="carry no parent,"):
        translate("selection: {Image|fieldref: parent}\ncondition: selection")
    with pytest.raises(Unsupported, match="carry no parent here"):
        translator().map_field(parse("selection: {Image: a}\ncondition: selection"), "parent")


@pytest.mark.parametrize(
    "change", ["{type: replace_string, regex: x, replacement: y}", "{type: map_string, mapping: {x: y}}"]
)
def test_a_value_transformation_keeps_a_value_case_sensitive(change: str) -> None:
    one = Translator(ProcessingPipeline.from_yaml(f"transformations: [{change}]"))
    assert one.translate(parse("selection: {f|cased: x}\ncondition: selection")).expression == text(
        "f", "y", cased=True
    )
    assert one.translate(parse("selection: {f: x}\ncondition: selection")).expression == text("f", "y")


def test_a_name_beside_a_qualified_name_cannot_be_compared() -> None:
    with pytest.raises(
        Unsupported, match="account is split into domain and name here and cannot be compared with args"
    ):
        translate("selection: {CommandLine|fieldref: User}\ncondition: selection")


CONDITIONAL = """
transformations:
    - {type: field_name_mapping, mapping: {Image: path}}
    - type: field_name_mapping
      mapping: {ParentImage: parent_name}
      detection_item_conditions: [{type: match_string, pattern: '^[a-z]+$', cond: all}]
    - {type: strict_field_mapping_failure}
"""


def test_a_reference_that_is_mapped_for_some_patterns_only_lacks() -> None:
    one = Translator(ProcessingPipeline.from_yaml(CONDITIONAL))
    with pytest.raises(Unsupported, match="carry no ParentImage"):
        one.translate(parse("selection: {Image|fieldref: ParentImage}\ncondition: selection"))


MOVED = """
transformations:
    - {type: change_logsource, category: file_event, product: windows}
    - type: field_name_mapping
      mapping: {Image: writer}
      rule_conditions: [{type: logsource, category: file_event}]
    - {type: strict_field_mapping_failure}
"""


def test_a_pipeline_may_change_the_log_source_on_the_way() -> None:
    one = Translator(ProcessingPipeline.from_yaml(MOVED))
    assert one.translate(parse("selection: {Image: a}\ncondition: selection")).expression == text("writer", "a")


@pytest.mark.parametrize("named", ["", "name: event_type\n      "])
def test_what_a_pipeline_adds_is_none_of_them(named: str) -> None:
    """pySigma counts a condition that a pipeline has named among the rule's own: every process start would match."""
    pipeline = ProcessingPipeline.from_yaml(
        PIPELINE.replace("      conditions: {kind", f"      {named}conditions: {{kind")
    )
    found = Translator(pipeline).translate(parse("selection: {Image: a}\ncondition: 1 of them")).expression
    assert found == And((Text("kind", (Glob.of("start"),)), Text("path", (Glob.of("a"),))))
