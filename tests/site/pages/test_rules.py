from __future__ import annotations

import re

from stagewatch.site.model import Model
from stagewatch.site.pages.rules import pages


def html(model: Model) -> str:
    [page] = pages(model)
    return "".join(page.fragments.values())


def test_every_rule_has_a_row_with_an_anchor_and_a_link(model: Model) -> None:
    for rule in model.rules:
        assert f'<tr id="{rule.stem}"' in html(model)
        assert f'href="{rule.stem}.html"' in html(model)


def test_a_row_tells_what_the_filter_asks(model: Model) -> None:
    row = re.search(r'<tr id="copy"[^>]*>', html(model))
    assert row is not None
    assert 'data-level="high"' in row[0]
    assert 'data-sources="windows/process_creation"' in row[0]
    assert 'data-techniques="T1074 T1074.001"' in row[0]
    assert 'data-states="defender:ok splunk:ok duckdb:ok"' in row[0]


def test_a_status_is_told_in_words_as_well(model: Model) -> None:
    assert html(model).count('<span class="sw-hidden">ok</span>') == 9


def test_without_scripts_the_filter_is_hidden_and_the_table_is_not(model: Model) -> None:
    assert re.search(r'<form id="sw-filter"[^>]* hidden', html(model))
    assert not re.search(r"<t(able|r|body)[^>]* hidden", html(model))


def test_the_filter_offers_what_there_is(model: Model) -> None:
    levels = re.search(r'<select name="level">(.*?)</select>', html(model))
    assert levels is not None
    assert re.findall(r'value="(\w+)"', levels[1]) == ["critical", "high", "medium"]
    platforms = re.search(r'<select name="platform">(.*?)</select>', html(model))
    assert platforms is not None
    assert re.findall(r'value="(\w+)"', platforms[1]) == ["defender", "splunk", "duckdb"]


def test_a_parent_technique_is_not_said_beside_its_sub_technique(model: Model) -> None:
    row = html(model).partition('<tr id="copy"')[2].partition("</tr>")[0]
    assert "<td>T1074.001</td>" in row
