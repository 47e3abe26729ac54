"""Makes the site of a model: pages to Markdown, MkDocs to HTML, and all of it into the output folder in one step."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from stagewatch.findings import StagewatchError, one_line
from stagewatch.site import searchindex
from stagewatch.site.model import DOWNLOADS, SECTIONS, Model, Page
from stagewatch.site.pages import conformance, coverage, docs, home, playground, proof, rule, rules, seeds, technique

Kind = Callable[[Model], Iterable[Page]]

KINDS: tuple[Kind, ...] = (
    technique.pages,
    rules.pages,
    rule.pages,
    coverage.pages,
    proof.pages,
    conformance.pages,
    seeds.pages,
    docs.pages,
    playground.pages,
)
"""Every kind of pages but the home page, which is made of the others. A further one is a line here."""

SIGN = "site.json"
"""The file by which a later run knows a folder as a site that it may replace."""

THEME = Path(__file__).with_name("theme")

NAME = "Stagewatch"


def pages_of(site: Model) -> list[Page]:
    """Every page, in order of its section, its order and its title. Raises where two pages have one address."""
    pages = _sorted([page for kind in KINDS for page in kind(site)])
    pages.insert(0, home.page(site, pages))
    seen: set[str] = set()
    for path in [one for page in pages for one in (page.path, *page.files)]:
        if path in seen:
            raise StagewatchError(f"two pages or files of the site want to stand at {path}")
        seen.add(path)
    return pages


def _sorted(pages: Iterable[Page]) -> list[Page]:
    return sorted(pages, key=lambda page: (SECTIONS.index(page.section), page.order, page.title, page.path))


def generate(site: Model) -> dict[str, bytes]:
    """The files of the site by path."""
    pages = pages_of(site)
    files = _rendered(pages)
    for page in pages:
        files.update(page.files)
    files.update({f"{DOWNLOADS}/{path}": content for path, content in site.files.items()})
    files.update({f"{DOWNLOADS}/{one.download}": one.source for one in site.rules})
    files[SIGN] = _json({"generator": site.generator, "pages": [page.path for page in pages], "schema": 1})
    return dict(sorted(files.items()))


def _rendered(pages: Sequence[Page]) -> dict[str, bytes]:
    """What MkDocs makes of the pages, with the theme's files. All of it happens in a scratch folder."""
    with tempfile.TemporaryDirectory(prefix="stagewatch-site-") as name:
        scratch = Path(name).resolve()
        docs, out = scratch / "docs", scratch / "site"
        for page in pages:
            source = docs / _source(page)
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_bytes(_markdown(page).encode())
        for path in sorted((THEME / "assets").rglob("*")):
            if path.is_file():
                copy = docs / "assets" / path.relative_to(THEME / "assets")
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())
        settings = scratch / "mkdocs.yml"
        settings.write_bytes(_json(_configuration(pages, docs, out)))
        entries = _run(settings, {_source(page): page for page in pages})
        files = {
            path.relative_to(out).as_posix(): path.read_bytes()
            for path in sorted(out.rglob("*"))
            if path.is_file() and not _is_waste(path.relative_to(out).as_posix())
        }
        return {**files, searchindex.PATH: searchindex.script([entries[page.path] for page in pages if page.searched])}


def _run(settings: Path, pages: Mapping[str, Page]) -> Mapping[str, searchindex.Entry]:
    """Run MkDocs, its one clock stopped, and return what the search knows of each page."""
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import MkDocsException

    from stagewatch.site.plugin import Fragments

    log = logging.getLogger("mkdocs")
    log.setLevel(logging.WARNING)
    with _environment(SOURCE_DATE_EPOCH="315532800", NO_MKDOCS_2_WARNING="true", DISABLE_MKDOCS_2_WARNING="true"):
        try:
            config = load_config(str(settings))
            config.mdx_configs["pymdownx.tabbed"] = {"alternate_style": True, "slugify": _slug}
            plugin = Fragments.of(pages)
            config.plugins["stagewatch"] = plugin
            build(config)
            return plugin.entries
        except MkDocsException as error:
            raise StagewatchError(one_line(f"MkDocs cannot build the site: {error}")) from error


def _slug(label: str, separator: str) -> str:
    """The anchor of a tab: ``sumo-logic``."""
    return re.sub(r"[^a-z0-9]+", separator, label.lower()).strip(separator)


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _configuration(pages: Sequence[Page], docs: Path, out: Path) -> dict[str, Any]:
    return {
        "site_name": NAME,
        "docs_dir": str(docs),
        "site_dir": str(out),
        "use_directory_urls": False,
        "theme": {
            "name": "material",
            "custom_dir": str(THEME / "overrides"),
            "font": False,
            "language": "en",
            "favicon": "assets/favicon.svg",
            "features": [
                "content.code.copy",
                "content.tabs.link",
                "navigation.tabs",
                "navigation.indexes",
                "navigation.prune",
                "toc.follow",
            ],
            "palette": [
                {
                    "media": "(prefers-color-scheme: light)",
                    "scheme": "default",
                    "primary": "custom",
                    "accent": "custom",
                    "toggle": {"icon": "material/weather-night", "name": "Switch to dark mode"},
                },
                {
                    "media": "(prefers-color-scheme: dark)",
                    "scheme": "slate",
                    "primary": "custom",
                    "accent": "custom",
                    "toggle": {"icon": "material/weather-sunny", "name": "Switch to light mode"},
                },
            ],
        },
        "plugins": [],
        "markdown_extensions": [
            "admonition",
            "attr_list",
            "def_list",
            "footnotes",
            "md_in_html",
            "tables",
            {"toc": {"permalink": True, "permalink_title": "Link to this section", "toc_depth": "2-3"}},
            "pymdownx.details",
            {"pymdownx.highlight": {"anchor_linenums": False}},
            "pymdownx.inlinehilite",
            "pymdownx.superfences",
            {"pymdownx.tabbed": {"alternate_style": True}},
        ],
        "extra_css": ["assets/stagewatch.css", "assets/charts.css"],
        "extra_javascript": ["assets/stagewatch.js"],
        "extra": {"generator": False},
        "validation": {
            "nav": {"omitted_files": "ignore", "not_found": "ignore", "absolute_links": "ignore"},
            "links": {"not_found": "ignore", "absolute_links": "ignore", "unrecognized_links": "ignore"},
        },
        "nav": _navigation(pages),
    }


def _navigation(pages: Sequence[Page]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for section in SECTIONS:
        listed = [page for page in pages if page.section == section and page.listed]
        entries: list[Any] = [{escape(page.label or page.title): _source(page)} for page in listed]
        if len(listed) == 1:
            found.append({section: _source(listed[0])})
        elif listed:
            found.append({section: entries})
    return found


def _source(page: Page) -> str:
    return page.path.removesuffix(".html") + ".md"


def _markdown(page: Page) -> str:
    """The source of a page as MkDocs reads it: what it is told of the page, the heading, the text."""
    meta: dict[str, Any] = {"title": escape(page.title)}
    if page.description:
        meta["description"] = escape(" ".join(page.description.split()))
    if page.scripts:
        meta["scripts"] = list(page.scripts)
    if page.hide:
        meta["hide"] = list(page.hide)
    head = "\n".join(f"{key}: {json.dumps(value)}" for key, value in meta.items())
    return f"---\n{head}\n---\n\n{page.markdown}"


def _is_waste(path: str) -> bool:
    """What nothing loads: source maps, and what belongs to Material's own search and to an address of the site."""
    return path.endswith(".map") or path.startswith(
        ("assets/javascripts/lunr/", "assets/javascripts/workers/", "sitemap")
    )


def _json(data: object) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
