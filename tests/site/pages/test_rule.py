from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from types import MappingProxyType

import pytest

from stagewatch.site.model import Model, Page, SiteRule
from stagewatch.site.pages.rule import page_of


def whole(page: Page) -> str:
    """The page's Markdown with its fragments in, as text without tags."""
    found = re.sub(r"@@(\d+)@@", lambda match: page.fragments[match[1]], page.markdown)
    return unescape(re.sub(r"<[^>]*>", "", found))


def changed(rule: SiteRule, target: str, **told: object) -> SiteRule:
    on = replace(rule.targets[target], **told)  # type: ignore[arg-type]
    return replace(rule, targets=MappingProxyType({**rule.targets, target: on}))


def test_a_rule_has_its_sections_in_order(model: Model) -> None:
    page = page_of(model, model.by_stem["copy"])
    found = re.findall(r"^## (.*)$", page.markdown, re.MULTILINE)
    assert found == [
        "At a glance", "In words", "Sigma rule", "Queries", "Examples", "Hunting", "Related", "False positives",
        "Guide for the analyst {: #guide }", "References",
    ]  # fmt: skip


def test_a_locked_version_is_told_with_its_meaning(model: Model) -> None:
    rule = replace(model.by_stem["copy"], version=3, meaning="abc123")
    said = whole(page_of(model, rule))
    assert "Version 3." in said
    assert "Meaning abc123" in said


def test_words_that_somebody_tells_are_shown(model: Model) -> None:
    rule = replace(model.by_stem["copy"], words=((0, "A program called *robocopy*, and:"), (1, "selection_x: <b>")))
    page = page_of(model, rule)
    assert "A program called *robocopy*, and:" in whole(page)
    assert '<p class="sw-depth-1"><code>selection&#95;x</code> &#60;b&#62;</p>' in "".join(page.fragments.values())


def test_queries_are_shown_as_they_are_written(model: Model) -> None:
    rule = model.by_stem["copy"]
    said = whole(page_of(model, rule))
    for on in rule.targets.values():
        for query in on.queries:
            assert query.text.strip() in said
    assert rule.source.decode().strip() in said


def test_every_file_of_a_platform_can_be_downloaded(model: Model) -> None:
    rule = model.by_stem["copy"]
    page = page_of(model, rule)
    html = "".join(page.fragments.values())
    for on in rule.targets.values():
        own = [path for path in on.objects if rule.stem in path]
        for path in (*(query.path for query in on.queries), *own):
            assert f'href="../downloads/{path}" download' in html


@pytest.mark.parametrize(
    ("status", "said"),
    [("degraded", "sees less than the rule says, never more"), ("unsupported", "There is no query")],
)
def test_limits_are_told_with_their_reasons(model: Model, status: str, said: str) -> None:
    rule = changed(
        model.by_stem["copy"], "splunk", status=status, reasons=("it lacks <Field>",), warnings=("mind *this*",)
    )
    told = whole(page_of(model, rule))
    for part in (said, "it lacks <Field>", "mind *this*"):
        assert part in told


def test_a_correlation_tells_its_window(model: Model) -> None:
    rule = model.by_stem["many"]
    assert {on.window for on in rule.targets.values()} == {"sliding"}
    assert "Sliding window: a burst is found wherever it falls." in whole(page_of(model, rule))
    hopping = whole(page_of(model, changed(rule, "splunk", window="hopping")))
    assert "one that is a little too long may be reported as well" in hopping


def test_a_proof_tells_parser_engine_versions_and_hits(model: Model) -> None:
    proof = {
        "engine": "an engine", "events": 16, "expected": 9, "found": 8, "parser": "own grammar",
        "verdict": "failed", "versions": {"lark": "1.3"},
    }  # fmt: skip
    told = whole(page_of(model, changed(model.by_stem["copy"], "splunk", proof=proof)))
    parser = "our grammar, written from the vendor's documentation"
    for part in (parser, "an engine", "lark 1.3", "8 found, 9 expected", "failed"):
        assert part in told


def test_what_was_not_proven_says_so(model: Model) -> None:
    assert "not proven" in whole(page_of(model, model.by_stem["copy"]))


def test_a_correlation_and_its_rule_lead_to_each_other(model: Model) -> None:
    assert 'href="copy.html"' in page_of(model, model.by_stem["many"]).markdown
    assert 'href="many.html"' in page_of(model, model.by_stem["copy"]).markdown


def test_a_filter_that_touches_the_rule_is_named(model: Model) -> None:
    assert "No backups nobackup" in whole(page_of(model, model.by_stem["copy"]))
    assert "nobackup" not in whole(page_of(model, model.by_stem["odd"]))


def test_matching_parts_are_marked(model: Model) -> None:
    html = "".join(page_of(model, model.by_stem["copy"]).fragments.values())
    assert "C:\\Windows<mark>\\robocopy.exe</mark>" in html


def test_the_guide_stands_below_the_page_with_its_links_mended(model: Model) -> None:
    page = page_of(model, model.by_stem["copy"])
    assert "### Goal {: #guide-goal }" in page.markdown
    assert "#### First five questions {: #guide-first-five-questions }" in page.markdown
    html = "".join(page.fragments.values())
    assert '<a href="odd.html"><code>odd</code></a>' in html
    assert '<a href="../docs/targets/splunk.html">the targets</a>' in html
    assert ", gone." in re.sub(r"<[^>]*>", "", html)


def test_tuning_stands_with_the_false_positives(model: Model) -> None:
    said = whole(page_of(model, model.by_stem["copy"]))
    assert said.index("Backups & scripts") < said.index("Leave out odd hosts") < said.index("Guide for the analyst")
    assert said.count("Tuning") == 1


def test_only_web_addresses_of_references_are_links(model: Model) -> None:
    page = page_of(model, model.by_stem["copy"])
    assert 'href="https&#58;//example.com/a"' in page.markdown
    assert 'href="javascript' not in page.markdown


def test_the_search_knows_the_rule_by_name_id_technique_and_field(model: Model) -> None:
    words = page_of(model, model.by_stem["copy"]).keywords
    assert {"copy", "11111111-1111-4111-8111-111111111111", "T1074.001", "CommandLine"} <= set(words)
