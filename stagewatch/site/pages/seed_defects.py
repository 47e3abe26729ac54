"""A section for each defect of the public queries: the part at fault, what shows it, and what became of that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from stagewatch.site import prose
from stagewatch.site.docpaths import by_name, resolver
from stagewatch.site.examples import Value
from stagewatch.site.markup import Draft, badge, code, link, table, text
from stagewatch.site.model import Model
from stagewatch.site.pages.rule_examples import marked
from stagewatch.site.platforms import NAMES
from stagewatch.site.seeds import Columns, Defect, Seeds, Tried, Unused, Without

PATH = "seeds/index.html"

KINDS = {
    "found": "hit",
    "passed over": "hit",
    "missed": "proof-failed",
    "wrongly found": "proof-failed",
    "does not compile": "status-failed",
}
"""Verdict -> the theme's word for its colour and sign."""


def summary(seeds: Seeds) -> str:
    """All defects in a table: what the first try of each says."""
    rows = [
        [
            str(defect.number),
            link(with_code(defect.wrong), f"#{defect.anchor}"),
            text(defect.technique),
            *_in_short(defect),
        ]
        for defect in seeds.defects
    ]
    header = ["No.", "Defect", "Page", "The page's query", "Ours"]
    return table(header, rows, label="Defects of the public queries")


def _in_short(defect: Defect) -> tuple[str, str]:
    tried = [one for one in defect.tries if isinstance(one, Tried) and not one.folders_only]
    if tried:
        repaired = dict.fromkeys(one.repaired for one in tried if one.repaired is not None)
        theirs = [
            *map(_badge, dict.fromkeys(one.page for one in tried)),
            *(_badge(one, "repaired: ") for one in repaired),
        ]
        ours = dict.fromkeys(verdict for one in tried for _, verdict in one.ours)
        return " ".join(theirs), " ".join(map(_badge, ours))
    if defect.tries:
        return badge("shown by the compiler", "plain"), badge("has what is lacking", "hit")
    return "not tried", ""


def _badge(verdict: str, before: str = "") -> str:
    return badge(before + verdict, KINDS.get(verdict, "plain"))


def defect_sections(site: Model, seeds: Seeds, draft: Draft) -> Iterator[str]:
    """The sections, as Markdown."""
    for defect in seeds.defects:
        yield f"### {defect.number}. {with_code(defect.wrong)} {{: #{text(defect.anchor)} }}"
        if defect.fragments:
            yield f"From the public page on {text(defect.technique)}:"
            yield draft.highlighted("\n".join(defect.fragments), "kql")
        if defect.note:
            yield draft.html(prose.html(defect.note, resolver(site, PATH)))
        if defect.not_tried:
            yield draft.html(f"<p><strong>Not tried.</strong></p>{prose.html(defect.not_tried, resolver(site, PATH))}")
        yield draft.html("".join(_tried(site, one) for one in defect.tries))
        yield draft.html(
            f"<p><strong>Instead</strong></p>{prose.html(defect.instead, resolver(site, PATH), by_name(site, PATH))}"
        )


def _tried(site: Model, one: Tried | Columns | Unused | Without) -> str:
    match one:
        case Tried():
            return _card(site, one)
        case Columns():
            return _box(
                f"A custom detection of Defender needs {_codes(one.wanted)} in its answer. That of the page's query "
                f"has no {_codes(one.lacks)}. Of {len(one.ours)} queries of ours that were looked at, "
                f"{one.ours_lacking or 'none'} lacks one: {rules_named(site, one.ours)}."
            )
        case Unused():
            verdict = "compiles" if one.compiles_without else "does not compile"
            said = "nothing uses it" if one.compiles_without else "something uses it"
            return _box(
                f"Without its declaration of {code(one.name)} the query on {text(one.technique)} {verdict}: {said}."
            )
    differ = "no event" if not one.differ else f"only: {text('; '.join(one.differ))}"
    return _box(
        f"Without {_codes(one.fragments)} the query finds the same of {one.events} file events in our fixtures "
        f"({one.found} with them), but for {differ}."
    )


def _box(html: str) -> str:
    return f'<article class="sw-event"><div>{html}</div></article>'


def _codes(words: Sequence[str]) -> str:
    return ", ".join(map(code, words))


def _card(site: Model, tried: Tried) -> str:
    """An event with its deciding part marked, and the verdicts."""
    sort = badge("attack", "plain") if tried.attack else badge("benign", "plain")
    fields = "".join(
        f"<div><dt>{text(name)}</dt><dd>{marked(_value(name, value, tried.marks))}</dd></div>"
        for name, value in tried.columns.items()
    )
    return (
        f'<article class="sw-event"><p class="sw-event-title">{sort} {text(plain_label(tried.label))}</p>'
        f"<p>{_about(site, tried)}</p>"
        f'<dl class="sw-fields">{fields}</dl>'
        f'<dl class="sw-fields">{"".join(_rows(site, tried))}</dl></article>'
    )


def _about(site: Model, tried: Tried) -> str:
    where = f"{code(tried.table)} of {text(NAMES[tried.platform])}"
    many = f"{tried.events} events within {_span(tried.minutes)}, the first of them in {where}"
    shown = many if tried.events > 1 else f"One event in {where}"
    fixture = f", of the fixture of {rules_named(site, [tried.fixture])}" if tried.fixture else ""
    folders = ", with the folder alone in FolderPath" if tried.folders_only else ""
    return f"{shown}{fixture}{folders}."


def _span(minutes: float) -> str:
    return f"{minutes:g} minutes" if minutes < 120 else f"{minutes / 60:g} hours"


def _rows(site: Model, tried: Tried) -> Iterator[str]:
    messages = "".join(f"<br>{code(one)}" for one in tried.messages[:2])
    more = f"<br>and {len(tried.messages) - 2} more" if len(tried.messages) > 2 else ""
    yield _row(f"Page on {tried.technique}", f"{_badge(tried.page)}{messages}{more}")
    if tried.repaired is not None:
        yield _row("The same, repaired", _badge(tried.repaired))
    for verdict in dict.fromkeys(verdict for _, verdict in tried.ours):
        stems = [stem for stem, said in tried.ours if said == verdict]
        yield _row("Ours", f"{_badge(verdict)} {rules_named(site, stems)}")
    if tried.also:
        yield _row("Ours, further rules", f"{_badge('found')} {rules_named(site, tried.also)}")


def _row(name: str, html: str) -> str:
    return f"<div><dt>{text(name)}</dt><dd>{html}</dd></div>"


def _value(name: str, whole: str, marks: Iterable[str]) -> Value:
    """A column with the deciding parts that stand in it."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted((whole.find(mark), whole.find(mark) + len(mark)) for mark in marks if mark in whole):
        if not spans or start >= spans[-1][1]:
            spans.append((start, end))
    return Value(name, whole, tuple(spans), asked=True)


def rules_named(site: Model, stems: Iterable[str]) -> str:
    """Rules by their titles, each a link to its page, or by the name of a file that the site does not have."""
    return ", ".join(
        link(text(site.by_stem[stem].title), site.link(PATH, site.by_stem[stem].path))
        if stem in site.by_stem
        else code(stem)
        for stem in stems
    )


def plain_label(label: str) -> str:
    """The label of an event, in which a test of the pages goes by the name that the site has for it."""
    return re.sub(r"\bseed (T\d{4}(?:\.\d{3})?) test (\d+)", r"public page on \1, test \2", label)


def with_code(markdown: str) -> str:
    """One line in which only code between backticks is marked up."""
    parts = (code(part) if place % 2 else _spaced(part) for place, part in enumerate(markdown.split("`")))
    return "".join(parts)


def _spaced(part: str) -> str:
    """Text that keeps the blanks around it, which part it from code."""
    return f"{' ' * part[:1].isspace()}{text(part)}{' ' * (part[-1:].isspace() and bool(part.strip()))}"
