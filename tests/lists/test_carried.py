"""Where a rule differs from the lists that the names of its detections say it carries, and how that is healed."""

import pytest

from stagewatch.lists.carried import carried_by, differences
from stagewatch.lists.model import Form, Lists, NamedList, Threshold
from stagewatch.lists.renew import healed_text


def named(name: str, *forms: Form) -> NamedList:
    return NamedList(name, "", "", forms)


LISTS = Lists(
    {
        one.name: one
        for one in (
            named(
                "places",
                Form("path", frozenset({"TargetFilename|contains"}), (":\\A\\", ":\\B\\")),
                Form("argument", frozenset(), ("a", "b[|]", "c(d|e)")),
                Form("variable", frozenset(), ("x", "a")),
            ),
            named("odd_places", Form("path", frozenset({"TargetFilename|contains"}), (":\\C\\",))),
            named(
                "tools",
                Form("image", frozenset({"Image|endswith"}), ("\\t.exe", "\\u.exe")),
                Form("original", frozenset({"OriginalFileName"}), ("t.exe",)),
            ),
        )
    },
    {"correlation_x": Threshold("10m", {"gte": 3})},
)


def rule(detection: str, section: str = "detection") -> str:
    return f"title: A rule\n{section}:\n{detection}    condition: selection\n"


def told(text: str, stem: str = "a_rule") -> list[tuple[int, str]]:
    return [(one.line, one.message) for one in differences(text, stem, LISTS)]


def healed(text: str, stem: str = "a_rule") -> str:
    return healed_text(text, differences(text, stem, LISTS))


PATHS = """\
    selection_places:
        TargetFilename|contains:
            - ':\\A\\'
            - ':\\B\\' # with a comment
"""


@pytest.mark.parametrize(
    ("identifier", "names"),
    [
        ("selection_places", ["places"]),
        ("selection_odd_places", ["odd_places"]),
        ("selection_tools_odd_places", ["tools", "odd_places"]),
        ("selection_odd_places_x_places", ["odd_places", "places"]),
        ("places", ["places"]),
        ("selection_placeset", []),
        ("selection_img", []),
    ],
)
def test_a_detection_says_by_its_name_which_lists_it_carries(identifier: str, names: list[str]) -> None:
    assert [one.name for one in carried_by(identifier, LISTS)] == names


def test_a_rule_that_carries_its_list_does_not_differ() -> None:
    assert told(rule(PATHS)) == []


def test_a_detection_whose_name_says_nothing_is_free() -> None:
    assert told(rule(PATHS.replace("selection_places", "selection_paths").replace(":\\A\\", ":\\Z\\"))) == []


def test_a_value_too_many_one_too_few_and_another_order_are_told() -> None:
    more = rule(PATHS.replace("            - ':\\B", "            - ':\\X\\'\n            - ':\\B"))
    assert told(more) == [(5, "TargetFilename|contains differs from the list places: it has :\\X\\ more")]
    less = rule(PATHS.replace("            - ':\\A\\'\n", ""))
    assert told(less) == [(5, "TargetFilename|contains differs from the list places: it lacks :\\A\\")]
    swapped = rule(PATHS.replace("\\A", "\\Q").replace("\\B", "\\A").replace("\\Q", "\\B"))
    assert told(swapped) == [(5, "TargetFilename|contains differs from the list places: the order is another")]
    for text in (more, less, swapped):
        assert told(healed(text)) == []


def test_healing_leaves_everything_else_as_it_was() -> None:
    text = rule(PATHS.replace("':\\A\\'", "':\\Z\\'") + "    selection_other: # stays\n        User: 'x'\n")
    assert healed(text) == text.replace("':\\Z\\'", "':\\A\\'").replace(" # with a comment", "")


def test_one_value_becomes_a_list_and_a_flow_list_stays_one() -> None:
    one = rule("    selection_places:\n        TargetFilename|contains: ':\\Z\\'\n")
    assert "TargetFilename|contains: [':\\A\\', ':\\B\\']\n" in healed(one)
    flow = rule("    selection_places: {TargetFilename|contains: [':\\Z\\']}\n")
    assert "{TargetFilename|contains: [':\\A\\', ':\\B\\']}" in healed(flow)


def test_each_form_of_a_list_of_mappings_is_compared() -> None:
    text = rule(
        "    selection_tools:\n        - Image|endswith:\n              - '\\t.exe'\n              - '\\u.exe'\n"
        "        - OriginalFileName: 'v.exe'\n        - CommandLine|contains: ' free'\n"
    )
    assert told(text) == [(7, "OriginalFileName differs from the list tools: it has v.exe more and it lacks t.exe")]
    assert "OriginalFileName: 't.exe'" in healed(text)


def test_two_lists_under_one_key_stand_behind_each_other() -> None:
    text = rule(PATHS.replace("_places", "_odd_places_x_places"))
    assert told(text) == [(5, "TargetFilename|contains differs from the list odd_places and places: it lacks :\\C\\")]
    assert told(healed(text)) == []


PATTERN = "    selection_places:\n        CommandLine|re|i: '^x(a|b[|]|c(d|e))y(z|q)'\n"


def test_a_group_of_a_pattern_is_compared_with_the_form_that_fits_it() -> None:
    assert told(rule(PATTERN)) == []
    less = rule(PATTERN.replace("a|", ""))
    assert told(less) == [(4, "a group differs from the list places: it lacks a")]
    more = rule(PATTERN.replace("a|", "a|f|"))
    assert told(more) == [(4, "a group differs from the list places: it has f more")]
    assert healed(less) == healed(more) == rule(PATTERN)


def test_a_group_may_be_made_of_several_forms() -> None:
    both = rule(PATTERN.replace("c(d|e))", "c(d|e)|x|a)"))
    assert told(both) == []
    assert told(rule(PATTERN.replace("c(d|e))", "c(d|e)|x)"))) == [
        (4, "a group differs from the list places: the order is another")
    ]


def test_a_quote_in_a_pattern_survives_healing() -> None:
    text = rule(PATTERN.replace("y(z|q)", "[''\"](z|q)").replace("a|", ""))
    assert "'^x(a|b[|]|c(d|e))[''\"](z|q)'" in healed(text)


def test_a_name_without_any_form_of_its_list_is_told() -> None:
    text = rule("    selection_places:\n        CommandLine|contains: 'a'\n")
    assert told(text) == [(4, "selection_places names the list places and holds no form of it")]
    assert healed(text) == text


def test_filters_carry_lists_too() -> None:
    assert told(rule(PATHS.replace("\\A", "\\Z"), section="filter")) != []


CORRELATION = "title: C\ncorrelation:\n    type: event_count\n    timespan: 10m\n    condition:\n        gte: 3\n"


def test_a_correlation_has_the_threshold_of_its_file() -> None:
    assert told(CORRELATION, "correlation_x") == []
    other = CORRELATION.replace("10m", "5m").replace("3", "4")
    assert told(other, "correlation_x") == [
        (4, "timespan is 5m, the lists say 10m"),
        (6, "gte is 4, the lists say 3"),
    ]
    assert healed(other, "correlation_x") == CORRELATION


def test_a_correlation_without_threshold_or_with_another_comparison_is_told() -> None:
    assert told(CORRELATION, "correlation_y") == [(3, "the lists have no threshold for this correlation")]
    assert told(CORRELATION.replace("gte", "gt"), "correlation_x") == [
        (3, "gte is missing; the lists say 3"),
        (6, "the lists have no threshold for gt"),
    ]
