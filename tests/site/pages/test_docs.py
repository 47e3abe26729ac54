from __future__ import annotations

import dataclasses
import re
from types import MappingProxyType

import pytest

from stagewatch.site.docpaths import by_name, doc_path, resolver
from stagewatch.site.generate import pages_of
from stagewatch.site.model import Model, Page
from stagewatch.site.pages import docs
from tests.site.conftest import HOSTILE
from tests.site.pages.reading import raw, said, whole


@pytest.fixture(scope="module")
def everything(pack: Model) -> dict[str, Page]:
    return {page.path: page for page in pages_of(pack)}


def anchors(page: Page) -> set[str]:
    """The anchors of a page as its source gives them."""
    plain = re.findall(r"^##+ ([^{\n]+)$", page.markdown, re.MULTILINE)
    return {
        "top",
        *re.findall(r"\{: #([\w-]+)", page.markdown),
        *re.findall(r'\sid="([^"]+)"', "".join(page.fragments.values())),
        *(docs.slug(re.sub(r"<[^>]+>", "", heading)) for heading in plain),
    }


def with_docs(model: Model, **documents: str) -> Model:
    return dataclasses.replace(model, docs=MappingProxyType({f"{name}.md": text for name, text in documents.items()}))


def test_every_document_has_a_page(pack: Model, everything: dict[str, Page]) -> None:
    for place in pack.docs:
        if not place.startswith("guides/"):
            assert doc_path(place) in everything, place


def test_the_list_of_documents_names_each_of_them(pack: Model, everything: dict[str, Page]) -> None:
    shown = whole(everything[docs.INDEX])
    for place in pack.docs:
        if not place.startswith("guides/") and place != "coverage.md":
            assert f'href="{pack.link(docs.INDEX, doc_path(place))}"' in shown, place


def test_all_words_of_a_document_are_on_its_page(pack: Model, everything: dict[str, Page]) -> None:
    page = said(everything["docs/telemetry.html"])
    for word in re.findall(r"[A-Za-z]{4,}", re.sub(r"\]\([^)]*\)|<[^>]*>|#\S*|```\w+", " ", pack.docs["telemetry.md"])):
        assert word in page, word


SECTIONS_OF_SEEDS = (
    ("T1074, Data Staged", (
        "Data Staged, the opening text", "What is T1074 Data Staged?", "Severity and confidence", "MITRE ATT&CK",
        "The query, branch 1", "The query, branch 2", "The query, branch 3", "What the query detects", "Data Sources",
        "Required Tables", "False Positives", "Sigma rule and cross-platform mapping", "Platform-specific guides",
        "References", *(f"Testing Methodology, test {number}" for number in range(1, 6)),
        "Pro: response playbook", "Pro: investigation guide", "Pro: Atomic Red Team tests")),
    ("T1074.002, Remote Data Staging in Microsoft Sentinel", (
        "Detect Remote Data Staging, the opening text", "MITRE ATT&CK", "KQL Detection Query, detection 1",
        "KQL Detection Query, detection 2", "KQL Detection Query, detection 3", "Severity and confidence",
        "What the query detects", "Data Sources", "Required Tables", "False Positives and Tuning",
        "Download portable Sigma rule", "Other platforms",
        *(f"Testing Methodology, test {number}" for number in range(1, 5)),
        "Pro: response playbook", "Pro: investigation guide", "Pro: hunting queries", "Pro: Atomic Red Team tests",
        "Pro: tuning guidance", "Related Detections")),
)  # fmt: skip
"""The sections of the two public pages, in their order."""


def counterparts(pack: Model, heading: str) -> dict[str, list[str | None]]:
    """Their section -> the addresses on the site that the second column leads to."""
    resolve, named = resolver(pack, "index.html"), by_name(pack, "index.html")
    part = pack.docs["seed-pages.md"].partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line.split(" | ") for line in part.splitlines() if line.startswith("| ")][1:]
    return {
        line[0].removeprefix("| "): [
            *map(resolve, re.findall(r"\]\(([^)]+)\)", line[1])),
            *map(named, re.findall(r"`([^`]+)`", line[1])),
        ]
        for line in lines
    }


@pytest.mark.parametrize(("heading", "sections"), SECTIONS_OF_SEEDS)
def test_each_section_of_a_public_page_has_its_counterpart(
    pack: Model, everything: dict[str, Page], heading: str, sections: tuple[str, ...]
) -> None:
    found = counterparts(pack, heading)
    for section in sections:
        assert any(named.startswith(section) for named in found), section
    for named, addresses in found.items():
        assert addresses, named
        for address in addresses:
            assert address is not None, named
            path, _, anchor = address.partition("#")
            assert not anchor or anchor in anchors(everything[path]), address


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("What is read", "what-is-read"),
        ("`filter_win_installers`", "filter_win_installers"),
        ("Windows: the Security log", "windows-the-security-log"),
        ("How it works, and what it costs", "how-it-works-and-what-it-costs"),
        ("a & b", "a--b"),
        ("[A link](x.md) here", "a-link-here"),
    ],
)
def test_anchors_are_those_of_github(heading: str, anchor: str) -> None:
    assert docs.slug(heading) == anchor


def test_headings_that_are_alike_are_counted(model: Model) -> None:
    page = docs.page_of(with_docs(model, x="# X\n\n## Same\n\n## Same\n"), "x.md")
    assert re.findall(r"\{: #([\w-]+) \}", page.markdown) == ["same", "same-1"]


def test_links_lead_to_the_pages_of_the_site(pack: Model) -> None:
    resolve = resolver(pack, "docs/hunt.html")
    assert resolve("logs.md") == "logs.html"
    assert resolve("targets/duckdb.md#the-table") == "targets/duckdb.html#the-table"
    assert resolve("import/README.md") == "../import/index.html"
    assert resolve("targets") == "index.html#platforms"
    assert resolve("coverage.md#splunk") == "../coverage/splunk.html"
    assert resolve("techniques/T1074.yml#tests") == "../techniques/T1074.html#tests"
    assert resolve("guides/posh_ps_file_split.md") == "../rules/posh_ps_file_split.html"
    assert resolve("../tests/conformance/triples") is None
    assert resolve("javascript:alert(1)") is None


def test_each_heading_of_the_coverage_leads_to_its_page(pack: Model, everything: dict[str, Page]) -> None:
    headings = re.findall(r"^##+ (.*)$", pack.docs["coverage.md"], re.MULTILINE)
    assert len(headings) > 10
    found = [resolver(pack, "index.html")(f"coverage.md#{docs.slug(one)}") for one in headings]
    assert found.count("coverage/behaviours.html") == 1  # of the heading Behaviours alone
    for address in map(str, found):
        path, _, anchor = address.partition("#")
        assert not anchor or anchor in anchors(everything[path])


def test_what_is_named_as_code_is_a_link(pack: Model) -> None:
    address = by_name(pack, "docs/x.html")
    assert address("docs/telemetry.md") == "telemetry.html"
    assert address("posh_ps_file_split") == "../rules/posh_ps_file_split.html"
    assert address("sigma/filters/filter_win_installers.yml") == "filters.html#filter_win_installers"
    assert address("dist/manifest.json") == "../downloads/manifest.json"
    assert address("coverage/index.html#navigator") == "../coverage/index.html#navigator"
    assert address("rules/gone.html") is None
    assert address("docs/gone.html") is None
    assert address("tests/rules/proofs.json") is None


def test_text_of_a_document_becomes_no_tag(model: Model) -> None:
    page = docs.page_of(with_docs(model, x=f"# X {HOSTILE}\n\n## Y {HOSTILE}\n\n{HOSTILE}\n"), "x.md")
    shown = raw(page)
    assert "<script" not in shown
    assert "<img" not in shown
    assert "javascript:" not in re.sub(r">[^<]*<", "><", shown)


def test_reports_have_a_title_and_no_tags_in_their_text(everything: dict[str, Page]) -> None:
    page = everything["docs/review/harmful.html"]
    assert page.title == "A report on a harmful change"
    assert not page.listed
    assert "<details>" not in whole(page)
    assert "[!CAUTION]" not in whole(page)


def test_tables_of_a_page_have_names_of_their_own(everything: dict[str, Page]) -> None:
    names = re.findall(r'aria-label="([^"]+)"', raw(everything["docs/foreign-rules.html"]))
    assert len(names) > 5
    assert len(names) == len(set(names))


def test_a_list_says_the_first_sentence_and_no_code() -> None:
    part = docs.prose.parts("# X\n\n```console\nrun it\n```\n\nIt does `this` well. And more.\n")
    assert docs.first_sentence(list(part)) == "It does this well."
