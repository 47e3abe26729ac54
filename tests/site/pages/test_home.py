from __future__ import annotations

import re
from html import unescape

from stagewatch.site.model import Model, Page
from stagewatch.site.pages.home import page


def said(model: Model, others: list[Page]) -> str:
    html = "".join(page(model, others).fragments.values())
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def test_the_numbers_are_those_of_the_pack(model: Model) -> None:
    assert "2 rules 1 correlations 0 queries proven 10 events in fixtures" in said(model, [])


def test_every_platform_of_the_build_is_listed(model: Model) -> None:
    text = said(model, [])
    for name in ("Microsoft Defender XDR", "Splunk", "DuckDB"):
        assert name in text
    assert "QRadar" not in text
    assert "3 ok" in text


def test_an_import_guide_is_linked_where_the_site_has_one(model: Model) -> None:
    assert 'href="import/splunk.html"' not in "".join(page(model, []).fragments.values())
    guide = Page("import/splunk.html", "Splunk", "", "Import", description="How to")
    assert 'href="import/splunk.html"' in "".join(page(model, [guide]).fragments.values())
    assert "Import How to" in said(model, [guide])


def test_it_shows_a_hit_of_the_gravest_rule_that_has_one(model: Model) -> None:
    assert "to Temp" in said(model, [])
