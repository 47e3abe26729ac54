"""The repository's documents as pages: everything below ``docs/`` but guides, which stand on the pages of rules."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from types import MappingProxyType

from stagewatch.site import prose
from stagewatch.site.docpaths import by_name, doc_path, resolver
from stagewatch.site.github import common
from stagewatch.site.markup import Draft, code, link, text
from stagewatch.site.model import Model, Page
from stagewatch.site.platforms import NAMES
from stagewatch.site.prose import Part

INDEX = "docs/index.html"

LONGEST = 160
"""Letters of what a list says of a document."""

_TABLE = re.compile(r'aria-label="Table"')

GUIDES = "guides/"
"""Guides stand on the pages of their rules."""

OTHERWISE = ("coverage.md", "conformance.md")
"""Documents that have a kind of pages of their own."""

PROOF = ("proof.md", "conformance.md", "mutations.md", "real-data.md", "foreign-rules.md", "foreign-proof.md")
"""Documents of the section Proof, in its order."""

SEEDS = ("seed-pages.md", "seed-defects.md")

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "proof.md": "How a query is proven",
        "foreign-proof.md": "Recorded events of others",
        "seed-pages.md": "Section by section",
        "seed-defects.md": "Their defects",
        "import/README.md": "How to import",
        "import/falcon.md": "Falcon Next-Gen SIEM",
        "hunt.md": "Hunt",
        "scale.md": "Hunt on Spark",
        "regex.md": "Regular expressions",
    }
)
"""Shorter names for the navigation."""

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "review/honest.md": "A report on an honest change",
        "review/harmful.md": "A report on a harmful change",
        "review/cosmetic.md": "A report on a cosmetic change",
    }
)
"""Titles of documents that have none of their own."""

ABOUT: Mapping[str, str] = MappingProxyType(
    {
        "build.md": "From rules to queries and to objects for import: options, exit codes, files.",
        "release.md": "Versions of rules, and what a release holds.",
        "hunt.md": "Every rule over the logs at hand, with DuckDB, without a SIEM.",
        "scale.md": "The same on a Spark cluster.",
        "logs.md": "Which shapes of logs are read, and what becomes of what is not understood.",
        "review/honest.md": "What a pull request is told where a rule finds more and loses nothing.",
        "review/harmful.md": "What it is told where a filter takes detections away.",
        "review/cosmetic.md": "What it is told where no meaning changes.",
        "new.md": "An event becomes a rule with its fixture and guide.",
        "lists.md": "Places, tools, extensions, benign writers and thresholds, each with its reason.",
    }
)
"""What documents are about that do not begin with it."""

GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "Use",
        "use",
        ("build.md", "site.md", "environment.md", "lists.md", "filters.md", "telemetry.md", "release.md"),
    ),
    ("Hunt", "hunt", ("hunt.md", "logs.md", "scale.md")),
    (
        "Write and review rules",
        "rules",
        ("new.md", "explain.md", "review.md", *TITLES, "review-setup.md", "findings.md", "configuration.md"),
    ),
    ("How it works", "inside", ("architecture.md", "semantics.md", "regex.md")),
)
"""Groups of the list of documents: name, anchor, and what stands first; what is in no group is told under its last."""


def pages(site: Model) -> Iterable[Page]:
    """A page for each document, and the list of them."""
    own = [place for place in site.docs if not place.startswith(GUIDES) and place not in OTHERWISE]
    for place in own:
        yield page_of(site, place)
    if own:
        yield _index(site, own)


def page_of(site: Model, place: str) -> Page:
    """The page of one document."""
    path = doc_path(place)
    document = parts_of(site, place)
    draft = Draft()
    add(site, draft, path, place, document)
    return Page(
        path=path,
        title=title_of(place, document),
        markdown=draft.markdown,
        section=section_of(place),
        description=about(place, document),
        label=label_of(place, document),
        listed=place not in TITLES,
        order=order_of(place),
        fragments=draft.fragments,
    )


def parts_of(site: Model, place: str) -> list[Part]:
    """The parts of a document by its headings."""
    return list(prose.parts(common(site.docs[place])))


def order_of(place: str) -> int:
    """Where a document stands in its section: as the list of documents has it, platforms behind all others."""
    name = place.rpartition("/")[2].removesuffix(".md")
    if "/" in place:
        return 0 if name == "README" else 200 + list(NAMES).index(name) if name in NAMES else 300
    known = (*PROOF, *SEEDS, *(one for _, _, places in GROUPS for one in places))
    return known.index(place) + 10 if place in known else 100


def add(site: Model, draft: Draft, path: str, place: str, document: Iterable[Part]) -> None:
    """Add the parts of a document to a page's draft, with the anchors that GitHub gives its headings."""
    folder = place.rpartition("/")[0]
    seen: dict[str, int] = {}
    tables = count(1)
    for part in document:
        if part.level > 1:
            draft.add(f"{'#' * part.level} {heading(part.heading)} {{: #{unique(slug(part.heading), seen)} }}")
        if part.body:
            body = prose.html(part.body, resolver(site, path, folder), by_name(site, path))
            draft.add(draft.html(_TABLE.sub(lambda _: f'aria-label="Table {next(tables)}"', body)))


def section_of(place: str) -> str:
    """The section of the navigation that a document belongs to."""
    if place.startswith("import/"):
        return "Import"
    return "Proof" if place in PROOF else "Seeds" if place in SEEDS else "Docs"


def title_of(place: str, document: Iterable[Part]) -> str:
    """The title of a document: its first heading."""
    own = next((plain(part.heading) for part in document if part.level == 1), None)
    return own or TITLES.get(place) or place.rpartition("/")[2].removesuffix(".md")


def label_of(place: str, document: Iterable[Part]) -> str:
    """What the navigation calls a document."""
    target = place.rpartition("/")[2].removesuffix(".md")
    if "/" in place and target in NAMES:
        return NAMES[target]
    return LABELS.get(place) or title_of(place, document)


def heading(shown: str) -> str:
    """A document's heading as Markdown of the site: code stays code, all else is text."""
    pieces = re.split(r"`([^`]+)`", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", shown))
    return "".join(code(piece) if place % 2 else text(f"x{piece}x")[1:-1] for place, piece in enumerate(pieces))


def plain(shown: str) -> str:
    """A document's heading as plain text."""
    return re.sub(r"[`*]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", shown))


def slug(shown: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", plain(shown).strip().lower()).replace(" ", "-")


def unique(anchor: str, seen: dict[str, int]) -> str:
    """An anchor that no other heading of the page has, counted as GitHub counts."""
    number = seen.get(anchor, 0)
    seen[anchor] = number + 1
    return f"{anchor}-{number}" if number else anchor


def about(place: str, document: Iterable[Part]) -> str:
    """What a document is about, in a sentence."""
    return ABOUT.get(place) or first_sentence(document)


def first_sentence(document: Iterable[Part]) -> str:
    """The first sentence of a document's first paragraph, without Markdown; empty where it begins otherwise."""
    bodies = (re.sub(r"^```.*?^```$", "", part.body, flags=re.MULTILINE | re.DOTALL) for part in document)
    for paragraph in (one.strip() for body in bodies for one in body.split("\n\n")):
        if re.match(r"[\w`\[*]", paragraph):
            flat = " ".join(plain(paragraph).split())
            return textwrap.shorten(re.match(r".*?(?:\.(?= |$)|$)", flat)[0], LONGEST, placeholder=" …")  # type: ignore[index]
    return ""


def _index(site: Model, own: list[str]) -> Page:
    """The list of all documents."""
    draft = Draft()
    told = {place for _, _, places in GROUPS for place in places}
    targets = [place for place in own if place.startswith("targets/")]
    rest = [place for place in own if section_of(place) == "Docs" and place not in (*told, *targets)]
    for name, anchor, places in GROUPS:
        listed = [place for place in places if place in own] + (rest if anchor == GROUPS[-1][1] else [])
        if listed:
            draft.add(f"## {name} {{: #{anchor} }}", "\n".join(_entries(site, listed)))
    for name, anchor, listed in (
        ("Platforms", "platforms", targets),
        ("Proof", "proof", [place for place in PROOF if place in site.docs]),
        ("Import", "import", sorted((place for place in own if section_of(place) == "Import"), key=doc_path)),
        ("The public pages", "seeds", [place for place in SEEDS if place in own]),
    ):
        if listed:
            draft.add(f"## {name} {{: #{anchor} }}", "\n".join(_entries(site, listed)))
    return Page(
        path=INDEX,
        title="Documents",
        markdown=draft.markdown,
        section="Docs",
        description="All documents of the repository.",
        label="All documents",
        order=0,
        fragments=draft.fragments,
    )


def _entries(site: Model, places: Iterable[str]) -> Iterator[str]:
    for place in places:
        document = parts_of(site, place)
        told = about(place, document)
        shown = link(text(title_of(place, document)), site.link(INDEX, doc_path(place)))
        yield f"- {shown}{f': {text(told)}' if told else ''}"
