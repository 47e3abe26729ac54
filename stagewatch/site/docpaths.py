"""Where the documents below ``docs/`` stand on the site, and what their links become there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from stagewatch.site.model import SECTIONS, TECHNIQUES, Model
from stagewatch.site.platforms import NAMES
from stagewatch.site.prose import Resolve

MOVED: Mapping[str, str] = MappingProxyType({"coverage.md": "coverage/behaviours.html"})
"""Documents that have another address than their path gives them."""

COVERAGE: Mapping[str, str] = MappingProxyType(
    {
        "left-out": "coverage/index.html#left-out",
        "public-tests": "techniques/T1074.html#tests",
        "rules": "rules/index.html",
        "what-each-platform-cannot-see": "coverage/index.html#platforms",
        **{target: f"coverage/{target}.html" for target in NAMES},
    }
)
"""Headings of ``coverage.md``, which the site tells on several pages."""

FOLDERS: Mapping[str, str] = MappingProxyType(
    {"targets": "docs/index.html#platforms", "import": "import/index.html", "guides": "rules/index.html"}
)
"""Folders that documents link to, and the page that lists what is in them."""

_OF_THE_SITE = re.compile(rf"(?:{'|'.join(section.lower() for section in SECTIONS)})/[\w.-]+\.html(?:#[\w.-]+)?")


def doc_path(place: str) -> str:
    """Where a Markdown file below ``docs/`` stands: guides on the pages of their rules, import guides on their own."""
    folder, _, name = place.removesuffix(".md").rpartition("/")
    if folder == "guides":
        return f"rules/{name}.html"
    folder = folder if folder == "import" else posixpath.join("docs", folder)
    return MOVED.get(place) or f"{folder.rstrip('/')}/{'index' if name == 'README' else name}.html"


def resolver(site: Model, page: str, folder: str = "") -> Resolve:
    """Addresses in a document below ``docs/<folder>`` as they are on a page of the site; None for what is not on it."""

    def resolve(address: str) -> str | None:
        if re.match(r"https?://", address):
            return address
        path, mark, anchor = address.partition("#")
        if not path:
            return address
        place = posixpath.normpath(posixpath.join(folder, path))
        if place == "coverage.md" and place in site.docs:
            return site.link(page, COVERAGE.get(anchor, doc_path(place)))
        found = _place(site, place)
        return None if found is None else site.link(page, found if "#" in found else found + mark + anchor)

    return resolve


def by_name(site: Model, page: str) -> Callable[[str], str | None]:
    """What a text names as code and the site has, as addresses on a page of it.

    That is a rule or a filter by its file, a document, a file of ``dist/``, and a page of the site by its own address.
    """
    filters = {one.stem for one in site.filters} if "filters.md" in site.docs else set()

    def address(name: str) -> str | None:
        found = _named(site, name, filters)
        return site.link(page, found) if found is not None and found.partition("#")[0] != page else None

    return address


def _named(site: Model, name: str, filters: set[str]) -> str | None:
    if name in site.by_stem:
        return site.by_stem[name].path
    folder, _, rest = name.partition("/")
    if _OF_THE_SITE.fullmatch(name):
        return name if _is_page(site, name.partition("#")[0]) else None
    if folder == "docs":
        return _place(site, rest.rstrip("/"))
    if folder == "dist" and rest in site.files:
        return f"downloads/{rest}"
    stem = name.rpartition("/")[2].removesuffix(".yml")
    return f"{doc_path('filters.md')}#{stem}" if stem in filters else None


def _is_page(site: Model, path: str) -> bool:
    """Whether a text that looks like a page's address is one of a rule, a technique or a document, or of a list."""
    folder, _, name = path.removesuffix(".html").rpartition("/")
    if folder == "rules":
        return name == "index" or name in site.by_stem
    if folder == "techniques":
        return any(one.path == path for one in site.techniques)
    if folder in ("docs", "import"):
        return name == "index" or any(doc_path(place) == path for place in site.docs)
    if folder == "seeds":
        return name == "index" and site.seeds is not None
    return (folder in ("coverage", "proof", "playground") and name == "index") or path in MOVED.values()


def _place(site: Model, place: str) -> str | None:
    """The address of a path below ``docs/``. A guide of a rule that is gone is nowhere."""
    folder, _, name = place.rpartition("/")
    if place in FOLDERS:
        return FOLDERS[place]
    if folder == "techniques" and name.removesuffix(".yml") in TECHNIQUES:
        return f"techniques/{name.removesuffix('.yml')}.html"
    there = place in site.docs and (folder != "guides" or name.removesuffix(".md") in site.by_stem)
    return doc_path(place) if there else None
