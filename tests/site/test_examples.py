from __future__ import annotations

import pytest
from sigma.rule import SigmaRule

from stagewatch.findings import Unsupported
from stagewatch.matching import trace
from stagewatch.site.examples import LOG_SOURCE, Example, _row
from stagewatch.site.lineartime import search
from stagewatch.site.model import Model
from stagewatch.targets import load_target


def shown(example: Example) -> dict[str, str]:
    """Field -> value with its marks in brackets."""
    found = {}
    for value in example.values:
        text = value.text
        for start, end in reversed(value.spans):
            text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
        found[value.name] = text
    return found


def test_a_hit_shows_its_fields_with_what_matches(model: Model) -> None:
    hits = model.by_stem["copy"].examples.hits
    assert [one.label for one in hits] == ["to Temp", "renamed"]
    assert shown(hits[0]) == {
        "Computer": "HOST-1",
        "User": "CORP\\jdoe",
        "ParentImage": "C:\\a.exe",
        "Image": "C:\\Windows[\\robocopy.exe]",
        "CommandLine": "robocopy D:\\x C:\\Windows[\\Temp\\]y",
    }
    assert hits[0].checks == (("selection_tool", True), ("selection_place", True), ("filter_main_backup", False))


def test_near_misses_come_with_the_nearest_first(model: Model) -> None:
    misses = model.by_stem["copy"].examples.misses
    assert [one.label for one in misses] == ["by the backup", "elsewhere", "another tool"]
    assert dict(misses[0].checks)["filter_main_backup"]
    assert shown(misses[1])["Image"] == "C:\\Windows[\\robocopy.exe]"
    assert shown(misses[1])["CommandLine"] == "robocopy D:\\x E:\\y"


def test_a_burst_shows_the_events_that_count(model: Model) -> None:
    found, missed = model.by_stem["many"].examples.bursts
    assert (found.name, found.hit, found.events, found.matched) == ("hits", True, 2, 2)
    assert [step.seconds for step in found.steps] == [0, 30]
    assert found.steps[0].keys == (("Computer", "HOST-1"),)
    assert found.groups == (("HOST-1",),)
    assert (missed.hit, missed.matched) == (False, 1)


def test_what_the_site_says_of_the_packs_events_is_what_the_fixtures_say(pack_model: Model) -> None:
    translator = load_target("duckdb").translator
    tried = 0
    for rule in pack_model.rules:
        assert rule.examples.hits or rule.examples.bursts, rule.stem
        if isinstance(rule.entry.rule, SigmaRule) and rule.fixture is not None:
            whole = translator.translate(rule.entry.rule).expression
            for case in rule.fixture.cases:
                for position, native in enumerate(case.events):
                    found = trace(whole, _row(native, whole), search)
                    assert case.matching is not None
                    assert found.holds == (position in case.matching), (rule.stem, case.labels[position])
                    tried += 1
    assert tried > 2000


def test_every_hit_of_the_pack_has_a_mark_and_every_near_miss_none_of_a_whole_rule(pack_model: Model) -> None:
    for rule in pack_model.rules:
        for one in rule.examples.hits:
            assert any(value.spans for value in one.values), (rule.stem, one.label)
            assert any(holds for _, holds in one.checks)


def test_a_near_miss_of_another_log_source_says_so(pack_model: Model) -> None:
    """Else all of its detections would hold, and nothing would tell why it is none."""
    silent = [
        (rule.stem, one.label)
        for rule in pack_model.rules
        for one in rule.examples.misses
        if one.checks
        and all(holds for name, holds in one.checks if not name.startswith("filter_"))
        and not any(holds for name, holds in one.checks if name.startswith("filter_"))
    ]
    told = [one for rule in pack_model.rules for one in rule.examples.misses if (LOG_SOURCE, False) in one.checks]
    assert silent == []
    assert told
    assert not any((LOG_SOURCE, False) in one.checks for rule in pack_model.rules for one in rule.examples.hits)


def test_a_regular_expression_takes_linear_time_or_is_refused() -> None:
    assert search("(a+)+$", "a" * 5000 + "b") is None
    with pytest.raises(Unsupported, match="linear time"):
        search("(?=a)b", "ab")
