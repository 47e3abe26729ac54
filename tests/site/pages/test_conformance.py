from __future__ import annotations

import re

import pytest

from stagewatch.site.model import Model, Page
from stagewatch.site.pages import conformance
from stagewatch.site.tables import tables
from tests.site.pages.reading import raw, rows, whole


@pytest.fixture(scope="module")
def pages(pack: Model) -> dict[str, Page]:
    return {page.path: page for page in conformance.pages(pack)}


def test_every_row_of_the_document_is_on_a_page(pack: Model, pages: dict[str, Page]) -> None:
    wanted = [
        [cell.replace("`", "") for cell in row]
        for table in tables(pack.docs["conformance.md"])
        if table[0][0] == "rule"
        for row in table[1:]
    ]
    shown = [
        [cell.replace("`", "") for cell in row]
        for path in pages
        if path != conformance.PATH
        for row in rows(raw(pages[path]))
    ]
    assert sorted(shown) == sorted(wanted)
    assert len(wanted) > 300


def test_reasons_that_a_section_names_stand_below_it(pack: Model, pages: dict[str, Page]) -> None:
    reasons = dict(re.findall(r"^(\d+)\. (.*)$", pack.docs["conformance.md"].partition("## Reasons")[2], re.MULTILINE))
    tried = 0
    for path, page in pages.items():
        for number in set(re.findall(r'href="#reason-(\d+)"', whole(page))):
            item = re.search(rf'<li id="reason-{number}" value="{number}">(.*?)</li>', whole(page))
            assert item is not None, (path, number)
            assert item[1] == reasons[number].replace("`", "")
            tried += 1
    assert tried > 50


def test_the_overview_leads_to_every_section_and_has_the_totals(pack: Model, pages: dict[str, Page]) -> None:
    overview = pages[conformance.PATH]
    for path in pages.keys() - {conformance.PATH}:
        assert f'href="{pack.link(conformance.PATH, path)}"' in whole(overview)
    totals = next(tables(pack.docs["conformance.md"]))[1:]
    for name, ok, no, differs in totals:
        assert [ok, differs, no] in [row[1:] for row in rows(raw(overview)) if row[0].lower().startswith(name[:4])]


def test_without_the_document_there_are_no_pages(model: Model) -> None:
    assert list(conformance.pages(model)) == []
