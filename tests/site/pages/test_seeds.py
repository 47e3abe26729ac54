from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from stagewatch.site.model import Model, Page
from stagewatch.site.pages.seeds import pages
from stagewatch.site.seeds import (
    Claim,
    Columns,
    Counted,
    Defect,
    OwnTest,
    PublicPage,
    Seeds,
    Tried,
    Unused,
    Without,
    read_seeds,
)
from tests.site.conftest import HOSTILE

ROOT = Path(__file__).resolve().parents[3]

TRIED = Tried(
    technique="T1",
    platform="defender",
    label="seed T1074 test 3: copied",
    fixture="copy",
    attack=True,
    folders_only=False,
    table="DeviceProcessEvents",
    columns={"FileName": "a.exe", "ProcessCommandLine": "a.exe C:\\Temp\\b C:\\Temp"},
    marks=("C:\\Temp\\b",),
    events=1,
    minutes=0.0,
    page="does not compile",
    messages=("1:2: no such column", "3:4: nor that", "5:6: nor that"),
    repaired="missed",
    ours=(("copy", "found"), ("elsewhere", "missed")),
    also=("odd",),
)

NONE = Counted(0, 0, 0, ())

COLUMNS = Columns("T1", ("A", "B"), ("B",), ("copy",), 0)
UNUSED = Unused("T1", "List", compiles_without=True)
WITHOUT = Without("T1", ("x",), 9, 4, ())

SEEDS = Seeds(
    platform="defender",
    engine="an engine",
    pages=(PublicPage("T1", "Here", {"defender": ("1:1: wrong",), "sentinel": ()}, {"defender": (("a", "b"),)}),),
    claims=(
        Claim(
            technique="T1",
            part="Branch 1",
            says="it finds",
            rules=("copy",),
            published=False,
            left_out=4,
            sorts={"named": Counted(8, 2, 7, (("late", "copy"),)), "beyond": NONE, "benign": Counted(5, 3, 0, ())},
        ),
    ),
    tests=(OwnTest("T1", 2, "does `x`", 3, None, 0, 3, ("copy",)),),
    defects=(
        Defect(1, "first", "T1", "`has` is wrong", "We use `copy`.", "A note.", "", ("| where a has b",), (TRIED,)),
        Defect(2, "second", "T1", "more", "less", "", "", (), (COLUMNS, UNUSED, WITHOUT)),
        Defect(3, "third", "T1", "else", "so", "", "Nothing can be tried.", (), ()),
    ),
)


def shown(model: Model, seeds: Seeds = SEEDS) -> Page:
    [page] = pages(replace(model, seeds=seeds))
    return page


def html(page: Page) -> str:
    return "\n".join([page.markdown, *page.fragments.values()])


def said(page: Page) -> str:
    return " ".join(unescape(unescape(re.sub(r"<[^>]*>", " ", html(page)))).split())


def test_without_a_comparison_there_is_no_page(model: Model) -> None:
    assert list(pages(replace(model, seeds=None))) == []


def test_an_event_has_its_deciding_part_marked_and_nothing_else(model: Model) -> None:
    assert re.findall(r"<mark>(.*?)</mark>", html(shown(model))) == ["C:\\Temp\\b"]


def test_each_verdict_is_told_with_what_gave_it(model: Model) -> None:
    text = said(shown(model))
    assert "Page on T1 does not compile 1:2: no such column 3:4: nor that and 1 more" in text
    assert "The same, repaired missed" in text
    assert "Ours found Copy to staging directory Ours missed elsewhere Ours, further rules found" in text


def test_a_rule_that_the_site_has_is_linked_and_another_is_not(model: Model) -> None:
    assert '<a href="../rules/copy.html">Copy to staging directory</a>' in unescape(html(shown(model)))
    assert "rules/elsewhere.html" not in unescape(html(shown(model)))


def test_a_defect_has_a_stable_place_a_fragment_and_an_entry_in_the_table(model: Model) -> None:
    page = shown(model)
    assert "### 1. <code>has</code> is wrong {: #first }" in page.markdown
    assert 'href="#first"' in unescape(html(page))
    assert "does not compile repaired: missed found missed" in said(page)


def test_what_was_not_tried_says_why(model: Model) -> None:
    assert "Not tried. Nothing can be tried." in said(shown(model))
    assert "Of them, 1 cannot be shown" in said(shown(model))


def test_what_the_compiler_shows_is_told_in_words(model: Model) -> None:
    text = said(shown(model))
    assert "needs A , B in its answer. That of the page's query has no B . Of 1 queries" in text
    assert "Without its declaration of List the query on T1 compiles: nothing uses it." in text
    assert "finds the same of 9 file events in our fixtures (4 with them), but for no event" in text


def test_sums_and_shares_are_those_of_the_data(model: Model) -> None:
    text = said(shown(model))
    assert "1 of 2 pairs of query and platform compile" in text
    assert "2 of 8 attack events found by theirs" in text
    assert "7 of 8 attack events found by ours" in text
    assert "3 of 5 near misses wrongly found by theirs" in text
    assert "T1, Branch 1: page, repaired, 2 of 8 25 %" in text
    assert "page 2, ours 7, of 8" in text


def test_a_test_that_no_query_runs_on_is_no_miss_of_the_query_alone(model: Model) -> None:
    assert "T1 test 2 does x 3 does not compile 0 of 3 3 of 3" in said(shown(model))


def test_labels_speak_of_the_public_page(model: Model) -> None:
    assert "public page on T1074, test 3: copied" in said(shown(model))


def test_text_of_others_stays_text(model: Model) -> None:
    tried = replace(
        TRIED, label=HOSTILE, columns={HOSTILE: HOSTILE}, marks=("alert(1)",), messages=(HOSTILE,), fixture=HOSTILE
    )
    defect = replace(
        SEEDS.defects[0], wrong=HOSTILE, instead=HOSTILE, note=HOSTILE, fragments=(HOSTILE,), tries=(tried,)
    )
    claim = replace(SEEDS.claims[0], says=HOSTILE, part=HOSTILE, rules=(HOSTILE,))
    page = shown(model, replace(SEEDS, defects=(defect,), claims=(claim,), engine=HOSTILE))
    assert "<script" not in html(page)
    assert "<img" not in html(page)
    assert "src=" not in re.sub(r">[^<]*<", "><", html(page))
    assert not re.search(r'href="\s*javascript', unescape(html(page)))
    assert not re.search(r"^\s*(```|===)", page.markdown, re.MULTILINE)


@pytest.fixture(scope="module")
def real(model: Model) -> Page:
    seeds = read_seeds(ROOT / "docs" / "seeds.json")
    assert seeds is not None
    return shown(model, seeds)


def test_the_page_of_the_record_has_all_defects_in_order(real: Page) -> None:
    numbers = [int(number) for number in re.findall(r"^### (\d+)\. .*\{: #[\w-]+ \}$", real.markdown, re.MULTILINE)]
    assert numbers == list(range(1, 24))


def test_the_page_names_nobody(real: Page) -> None:
    assert not re.search(r"df00tech\.com", html(real))


def test_every_event_has_a_marked_part(real: Page) -> None:
    cards = re.findall(r'<article class="sw-event"><p class="sw-event-title">.*?</article>', html(real), re.DOTALL)
    assert len(cards) > 30
    assert all("<mark>" in card for card in cards)
