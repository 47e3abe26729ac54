"""Filters tried on events: the one that takes them away is named, and no other."""

from __future__ import annotations

from pathlib import Path

from stagewatch.check import logic_fixtures
from stagewatch.check.model import Remark
from tests.check.samples import Files, detection, remarks
from tests.check.samples_beside import FIXTURE, HIT, event, fixture
from tests.check.samples_logic_rules import sigma_filter, tried

TWO = """\
selection:
    CommandLine|contains: 'staging-directory'
filter_main_user:
    User: nobody
filter_optional_flag:
    CommandLine|contains: '-cf'
condition: {condition}
"""


def said(files: Files, root: Path) -> list[Remark]:
    return remarks(logic_fixtures, files, root / "repository")


def two(condition: str) -> Files:
    return {**detection(TWO.format(condition=condition)), **fixture(HIT)}


def test_the_filter_that_takes_the_event_away_is_named_and_no_other(tmp_path: Path) -> None:
    (found,) = said(two("selection and not 1 of filter_main_* and not 1 of filter_optional_*"), tmp_path)
    assert found.message.startswith("the filter filter_optional_flag takes away 1 of 1 events")
    assert (found.code, found.place.line) == ("SW242", 20)


def test_a_filter_below_other_operators_is_found(tmp_path: Path) -> None:
    (found,) = said(two("selection and not (filter_main_user or filter_optional_flag)"), tmp_path)
    assert "filter_optional_flag" in found.message


def test_filters_that_take_away_together_only_are_not_blamed_one_by_one(tmp_path: Path) -> None:
    assert said(two("selection and not (filter_main_user and filter_optional_flag)"), tmp_path) == []


def test_an_event_that_the_selections_miss_is_for_prove_to_say(tmp_path: Path) -> None:
    body = TWO.replace("'staging-directory'", "'elsewhere'").format(condition="selection and not 1 of filter_*")
    assert said({**detection(body), **fixture(HIT)}, tmp_path) == []


def test_a_rule_of_filters_alone_is_tried_as_well(tmp_path: Path) -> None:
    body = TWO.format(condition="not 1 of filter_*").replace(
        "selection:\n    CommandLine|contains: 'staging-directory'\n", ""
    )
    (found,) = said({**detection(body), **fixture(HIT)}, tmp_path)
    assert "filter_optional_flag" in found.message


def test_a_sigma_filter_that_leaves_one_of_two_events_is_not_objected_to(tmp_path: Path) -> None:
    both = f"{event('tar -cf staging-directory')}\n{event('zip staging-directory')}"
    info = fixture(HIT.replace("match_count: 1", "match_count: 2"))
    files = {**tried("User: b"), **info, f"{FIXTURE}/hit.json": both}
    place = "sigma/filters/filter_a.yml"
    assert said({**files, place: sigma_filter("CommandLine|contains: '-cf'")}, tmp_path) == []
    (found,) = said({**files, place: sigma_filter("CommandLine|contains: 'staging'")}, tmp_path)
    assert "leaves none of the 2 events" in found.message


def test_a_sigma_filter_of_another_rule_is_not_tried_on_this_one(tmp_path: Path) -> None:
    other = sigma_filter("Image|endswith: '\\a.exe'").replace("5f0c3a0e", "6f0c3a0e")
    assert said({**tried("User: b"), "sigma/filters/filter_a.yml": other}, tmp_path) == []


def test_an_expression_that_duckdb_lacks_is_not_tried(tmp_path: Path) -> None:
    assert said(tried("CommandLine|re: '(?=-cf)'"), tmp_path) == []


def test_many_events_are_counted(tmp_path: Path) -> None:
    events = "\n".join(event(f"tar -cf staging-directory {number}") for number in range(5))
    files = {
        **tried("CommandLine|contains: '-cf'"),
        **fixture(HIT.replace("match_count: 1", "match_count: 5")),
        f"{FIXTURE}/hit.json": events,
    }
    (found,) = said(files, tmp_path)
    assert "5 of 5 events" in found.message
    assert found.message.endswith("and 2 more")
