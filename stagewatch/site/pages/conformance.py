"""``docs/conformance.md`` as pages: the overview, and one for each of its sections with the reasons that it names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from stagewatch.site import prose
from stagewatch.site.charts import shares
from stagewatch.site.docpaths import by_name, doc_path, resolver
from stagewatch.site.markup import Draft, link, table, text
from stagewatch.site.model import Model, Page
from stagewatch.site.pages.cells import turned
from stagewatch.site.pages.docs import slug
from stagewatch.site.platforms import NAMES
from stagewatch.site.prose import Part
from stagewatch.site.tables import Row, tables

PLACE = "conformance.md"
PATH = doc_path(PLACE)

REASONS = "Reasons"

SAID = {"ok": "ok", "degraded": "differ", "unsupported": "not expressed"}
"""What the shares are called; the pages of conformance have words of their own."""

_REASON = re.compile(r"\((\d+)\)")


def pages(site: Model) -> Iterable[Page]:
    """The overview and the sections; nothing where the document is not there."""
    if PLACE not in site.docs:
        return
    lead, *sections = [part for part in prose.parts(site.docs[PLACE]) if part.level]
    reasons = dict(_reasons(next((part.body for part in sections if part.heading == REASONS), "")))
    told = [part for part in sections if part.heading != REASONS]
    yield _overview(site, lead, told)
    for order, part in enumerate(told):
        yield _section(site, part, reasons, order)


def _path(part: Part) -> str:
    return f"docs/conformance/{slug(part.heading)}.html"


def _overview(site: Model, lead: Part, sections: Sequence[Part]) -> Page:
    draft = Draft()
    about = lead.body.partition("\n| target |")[0].replace("; the forms by target:", ".")
    draft.add(draft.html(prose.html(about, resolver(site, PATH), by_name(site, PATH))))
    totals = next(tables(lead.body), [])[1:]
    if totals:
        rows = [
            (NAMES.get(name, name), {"ok": int(ok), "unsupported": int(no), "degraded": int(differs)})
            for name, ok, no, differs in totals
        ]
        draft.add("## By platform {: #platforms }")
        draft.add(draft.html(shares("conformance", "Forms of rules by platform", rows, SAID)))
        cells = [[text(name), *(str(counts[kind]) for kind in SAID)] for name, counts in rows]
        header = ["Platform", *(text(said) for said in SAID.values())]
        draft.add(draft.html(table(header, cells, label="Forms by platform", kind="sw-narrow")))
    draft.add("## Sections {: #sections }")
    listed = [[link(text(part.heading), site.link(PATH, _path(part))), *_counted(part)] for part in sections]
    header = ["Section", "Rules", "Found exactly, everywhere", "With exceptions"]
    draft.add(draft.html(table(header, listed, label="Sections", kind="sw-narrow")))
    return Page(
        path=PATH,
        title="Conformance",
        markdown=draft.markdown,
        section="Proof",
        description="Short rules derived from Sigma's specification, with events, on every platform.",
        order=11,
        fragments=draft.fragments,
    )


def _rows(part: Part) -> list[Row]:
    return next(tables(part.body), [[]])


def _counted(part: Part) -> list[str]:
    rows = _rows(part)[1:]
    kinds = Counter(all(cell == "ok" for cell in row[1:]) for row in rows)
    return [str(len(rows)), str(kinds[True]), str(kinds[False])]


def _section(site: Model, part: Part, reasons: dict[str, str], order: int) -> Page:
    draft = Draft()
    path = _path(part)
    header, *rows = _rows(part)
    draft.add(
        f"{len(rows)} rules. *ok*: found what must be found and nothing "
        "else, negated as well. *no*: the platform cannot express the rule. *differs*: it does not hold the events as "
        "the rule needs. *neg.*: only the negated form.",
    )
    shown = [[text(row[0]), *map(_cell, row[1:])] for row in rows]
    draft.add(draft.html(table(["Rule", *map(turned, header[1:])], shown, label=part.heading, kind="sw-states")))
    named = sorted({number for row in rows for cell in row for number in _REASON.findall(cell)}, key=int)
    if named:
        draft.add("## Reasons {: #reasons }")
        items = "".join(
            f'<li id="reason-{number}" value="{number}">{text(reasons.get(number, ""))}</li>' for number in named
        )
        draft.add(draft.html(f"<ol>{items}</ol>"))
    return Page(
        path=path,
        title=f"Conformance: {part.heading}",
        markdown=draft.markdown,
        section="Proof",
        description=f"{len(rows)} short rules with their events, on every platform.",
        listed=False,
        hide=("navigation",),
        crumbs=f"{link('Conformance', site.link(path, PATH))} / {text(part.heading)}",
        order=1000 + order,
        fragments=draft.fragments,
    )


def _cell(cell: str) -> str:
    kind = "ok" if cell == "ok" else "degraded" if cell.startswith(("differs", "neg")) else "unsupported"
    shown = _REASON.sub(
        lambda match: f'(<a href="#reason-{match[1]}">{match[1]}</a>)', text(cell).replace("&#40;", "(")
    )
    return f'<span class="sw-st-{kind}">{shown}</span>'


def _reasons(body: str) -> Iterator[tuple[str, str]]:
    for number, reason in re.findall(r"^(\d+)\. (.*)$", body, re.MULTILINE):
        yield number, reason.replace("`", "")
