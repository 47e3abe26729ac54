from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from stagewatch.findings import StagewatchError
from stagewatch.site import generate as generated
from stagewatch.site.generate import SIGN, generate, pages_of
from stagewatch.site.links import broken, loaded_from_outside
from stagewatch.site.model import Model, Page

ROOT = Path(__file__).resolve().parents[2]

Site = dict[str, bytes]


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def html(site: Site) -> dict[str, bytes]:
    return {path: content for path, content in site.items() if path.endswith(".html")}


def test_every_page_stands_at_its_address(model: Model, site: Site) -> None:
    assert {page.path for page in pages_of(model)} <= site.keys()
    assert {"index.html", "rules/index.html", "rules/copy.html", "rules/odd.html", "rules/many.html"} <= site.keys()


def test_the_sign_lists_the_pages(model: Model, site: Site) -> None:
    assert json.loads(site[SIGN])["pages"] == [page.path for page in pages_of(model)]


def test_downloads_are_what_the_build_wrote(repository: Path, site: Site) -> None:
    for path in sorted((repository / "dist").rglob("*")):
        if path.is_file():
            assert site[f"downloads/{path.relative_to(repository / 'dist').as_posix()}"] == path.read_bytes()
    assert site["downloads/sigma/rules/copy.yml"] == (repository / "sigma/rules/copy.yml").read_bytes()


def test_nothing_is_loaded_from_elsewhere(site: Site) -> None:
    assert list(loaded_from_outside(site)) == []
    sheets = [content for path, content in site.items() if path.endswith(".css")]
    assert sheets
    for content in sheets:
        assert not re.findall(rb"(?:url\(|@import)\s*[\"']?(?:https?:)?//", content)


def test_text_of_rules_becomes_no_tag_and_no_address(site: Site) -> None:
    for path, content in html(site).items():
        for tag, told in Tags(content).found:
            assert not [name for name in told if name.startswith("on")], (path, tag, told)
            for name in ("href", "src", "action"):
                assert not re.match(r"\s*(?:javascript|data|vbscript):", told.get(name) or ""), (path, tag, told)
            if tag == "img":
                pytest.fail(f"{path}: {told}")
        assert b"<script>alert" not in content
        assert b'src="http' not in content
        assert b"<Config" not in content  # what {{ config }} would be


def test_hostile_text_says_itself(site: Site) -> None:
    class Text(HTMLParser):
        said = ""

        def handle_data(self, data: str) -> None:
            self.said += data

    reader = Text()
    reader.feed(site["rules/odd.html"].decode())
    said = " ".join(reader.said.split())
    for part in ("<script>alert(1)</script> {{ config }} {% x %} ![i](http", '``` === "Tab"', "@@0@@ &lt;b&gt; **b**"):
        assert said.count(part) >= 5, part  # heading, summary, false positive, label, value


def test_every_link_leads_somewhere(site: Site) -> None:
    own = {"techniques", "import", "docs"}  # pages of the pack's own documents
    missing = [(page, to) for page, to in broken(site) if not own.intersection(to.split("/"))]
    assert missing == []


def test_pages_have_one_heading_a_language_and_a_way_past_the_navigation(site: Site) -> None:
    for path, content in html(site).items():
        if path == "404.html":
            continue
        tags = Tags(content).found
        assert [told.get("id") for tag, told in tags if tag == "h1"] == ["top"], path
        assert [told.get("lang") for tag, told in tags if tag == "html"] == ["en"], path
        skips = [told["href"] for tag, told in tags if tag == "a" and "md-skip" in (told.get("class") or "")]
        assert skips == ["#top"], path
        ids = [told["id"] for _, told in tags if "id" in told]
        assert sorted(set(ids)) == sorted(ids), path


def test_scripts_and_styles_that_are_named_are_there(site: Site) -> None:
    for path, content in html(site).items():
        for tag, told in Tags(content).found:
            address = told.get("src") if tag == "script" else told.get("href") if tag == "link" else None
            if address is not None and path != "404.html":
                place = os.path.normpath(os.path.join(os.path.dirname(path), address))  # noqa: PTH118, PTH120
                assert place in site, (path, address)


def test_two_pages_at_one_address_are_refused(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page("a/b.html", "One", "", "Docs")
    monkeypatch.setattr(generated, "KINDS", (lambda _: [page], lambda _: [page]))
    with pytest.raises(StagewatchError, match="a/b.html"):
        pages_of(model)


def test_the_search_is_loaded_when_somebody_searches_and_not_before(site: Site) -> None:
    assert b"search-index.js" not in site["rules/copy.html"]
    assert "assets/search-index.js" in site


LATER = """
import sys, time
from pathlib import Path
time.time = lambda: 4102444800.0
from stagewatch.layout import read_layout
from stagewatch.output import replace_folder
from stagewatch.site.collect import collect
from stagewatch.site.generate import generate
replace_folder(Path(sys.argv[2]), generate(collect(read_layout(Path(sys.argv[1])), [])))
"""


def test_the_same_input_gives_the_same_bytes_in_another_folder_on_another_day(
    site: Site, repository: Path, tmp_path: Path
) -> None:
    elsewhere = Path(shutil.copytree(repository, tmp_path / "a folder" / "elsewhere"))
    told = {
        **os.environ,
        "LANG": "tr_TR.UTF-8",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": str(ROOT),
        "SOURCE_DATE_EPOCH": "1",
        "TZ": "Asia/Kathmandu",
    }
    command = [sys.executable, "-c", LATER, str(elsewhere), str(tmp_path / "out")]
    subprocess.run(command, env=told, cwd=tmp_path, check=True)
    written = {
        path.relative_to(tmp_path / "out").as_posix(): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert written.keys() == site.keys()
    assert [path for path in site if written[path] != site[path]] == []
    assert not [path for path, content in site.items() if str(repository).encode() in content]


def test_the_pack_has_a_page_for_every_rule(pack_model: Model, pack_site: Site) -> None:
    assert {rule.path for rule in pack_model.rules} <= pack_site.keys()
    assert len(pack_model.rules) == len(json.loads((ROOT / "dist" / "manifest.json").read_bytes())["rules"])


def test_every_link_of_the_pack_leads_somewhere(pack_site: Site) -> None:
    assert list(broken(pack_site)) == []


def test_no_page_of_the_pack_asks_anything_of_elsewhere(pack_site: Site) -> None:
    assert list(loaded_from_outside(pack_site)) == []


def test_a_page_of_the_pack_is_light(pack_site: Site) -> None:
    """What is transferred for a first view, as every web server compresses it; the page alone even without that."""
    import gzip

    shared = [path for path in pack_site if path.startswith("assets/") and path.endswith((".css", ".js"))]
    loaded = sum(len(gzip.compress(pack_site[path], mtime=0)) for path in shared if "search-index" not in path)
    for path, content in html(pack_site).items():
        assert loaded + len(gzip.compress(content, mtime=0)) < 300_000, path
        assert len(content) < 300_000, path


def test_generating_leaves_the_environment_as_it_was(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "12")
    before = dict(os.environ)
    generate(model)
    assert dict(os.environ) == before
