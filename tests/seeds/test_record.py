"""The record is what the public pages' text gives; skipped where that is not at hand."""

from __future__ import annotations

import json

import pytest

from tests.seeds import public, record
from tests.seeds.tries import defects

pytestmark = pytest.mark.skipif(not public.present(), reason=public.ABSENT)


def test_the_record_is_up_to_date() -> None:
    assert record.FILE.read_text(encoding="utf-8") == record.text(), "run `python -m tests.seeds.record`"


@pytest.mark.parametrize("defect", defects(), ids=lambda defect: str(defect["number"]))
def test_what_is_quoted_stands_on_the_page(defect: dict[str, object]) -> None:
    pages = [(public.FOLDER / page.file).read_text(encoding="utf-8") for page in public.PAGES.values()]
    fragments = defect["fragments"]
    assert isinstance(fragments, list)
    for fragment in fragments:
        assert any(fragment in page for page in pages), fragment


@pytest.mark.parametrize("page", public.PAGES.values(), ids=lambda page: page.technique)
def test_only_parts_of_a_query_are_kept_here(page: public.PublicPage) -> None:
    content = json.dumps(record.recorded(), ensure_ascii=False)
    lines = [line.strip() for line in page.query.splitlines() if len(line.strip()) > 12]
    kept = [line for line in lines if json.dumps(line, ensure_ascii=False)[1:-1] in content]
    assert len(kept) < len(lines) / 3, kept


@pytest.mark.parametrize("page", public.PAGES.values(), ids=lambda page: page.technique)
def test_a_repair_is_needed_and_enough(page: public.PublicPage) -> None:
    from tests.seeds.trial import refused

    for platform in ("defender", "sentinel"):
        repaired = page.repaired(platform)
        assert bool(refused(page.query, platform)) == (repaired is not None)
        assert repaired is None or refused(repaired, platform) == ()


def test_a_repair_changes_nothing_but_names_of_columns() -> None:
    for page in public.PAGES.values():
        for platform in page.repairs:
            assert _plain(page.repaired(platform) or "") == _plain(page.query)


def _plain(query: str) -> str:
    """A query without what a repair may say of a column."""
    return query.replace("Timestamp", "TimeGenerated").replace("=InitiatingProcessAccountName,", ",")
