"""The playground's page as a value."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stagewatch.layout import Layout, read_layout
from stagewatch.site.collect import collect
from stagewatch.site.engine import NO_ENGINE, Engine
from stagewatch.site.model import Model
from stagewatch.site.pages.playground import FEATURED, address_for, pages

ROOT = Path(__file__).parent.parent.parent.parent

ENGINE = Engine({"pyodide-1/x": b"12", "modules.json": b"{}"}, "", "1")


@pytest.fixture(scope="module")
def site() -> Model:
    layout: Layout = read_layout(ROOT)
    return collect(layout, [], ENGINE)


def test_rules_to_begin_with_are_in_the_pack_and_have_a_hit_and_a_near_miss(site: Model) -> None:
    (page,) = pages(site)
    for stem in FEATURED:
        events = json.loads(page.files[f"playground/rules/{stem}.json"])["events"]
        assert {one["hit"] for one in events} == {True, False}


def test_every_rule_has_its_text_and_events(site: Model) -> None:
    (page,) = pages(site)
    for rule in site.rules:
        example = json.loads(page.files[f"playground/rules/{rule.stem}.json"])
        assert rule.source.decode() in example["rule"]
        assert example["events"]
        assert f'value="{rule.stem}"' in "".join(page.fragments.values())


def test_a_correlation_comes_with_its_rules(site: Model) -> None:
    (page,) = pages(site)
    rule = next(rule for rule in site.rules if rule.is_correlation)
    text = json.loads(page.files[f"playground/rules/{rule.stem}.json"])["rule"]
    assert text.count("\n---\n") == len(set(rule.bases))
    for base in rule.bases:
        assert site.by_stem[base].source.decode() in text


def test_files_of_the_engine_stand_below_the_page(site: Model) -> None:
    (page,) = pages(site)
    assert page.files["playground/pyodide-1/x"] == b"12"


def test_without_an_engine_the_page_says_why(site: Model) -> None:
    without = replace(site, engine=NO_ENGINE)
    (page,) = pages(without)
    assert NO_ENGINE.missing in page.markdown
    assert not page.files
    assert not page.scripts
    assert address_for(without, "rules/x.html", site.rules[0]) == ""


def test_rules_link_to_the_page(site: Model) -> None:
    rule = site.rules[0]
    assert address_for(site, rule.path, rule) == f"../playground/index.html?rule={rule.stem}"
