"""What was proven, in numbers, and the benchmarks as charts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from stagewatch.site import prose
from stagewatch.site.charts import bars, shares
from stagewatch.site.docpaths import by_name, doc_path, resolver
from stagewatch.site.markup import Draft, link, table, text
from stagewatch.site.model import Model, Page
from stagewatch.site.pages.cells import targets_of
from stagewatch.site.pages.docs import title_of
from stagewatch.site.platforms import NAMES
from stagewatch.site.tables import tables

INDEX = "proof/index.html"
BENCHMARKS = "proof/benchmarks.html"

SAID = {"ok": "all", "degraded": "part", "unsupported": "none"}

MUTATIONS, FOREIGN = "mutations.md", "foreign-rules.md"


def pages(site: Model) -> Iterable[Page]:
    """The overview, and the benchmarks where there are figures."""
    yield _overview(site)
    if site.benchmarks:
        yield _benchmarks(site)


def _overview(site: Model) -> Page:
    draft = Draft()
    draft.add(
        "A query is proven when a parser of its language accepts it, a schema of the platform knows what it names, "
        "an engine runs it on the events of the rule's fixture, and it finds exactly what it must. Nothing here was "
        "run on a live SIEM; what each proof rests on "
        + (link("stands in full", site.link(INDEX, doc_path("proof.md"))) if "proof.md" in site.docs else "is recorded")
        + "."
    )
    draft.add("## The pack {: #pack }", *_pack(site, draft))
    draft.add(*_foreign(site, draft), *_mutations(site, draft), *_read_on(site))
    return Page(
        path=INDEX,
        title="Proof",
        markdown=draft.markdown,
        section="Proof",
        description="What was proven of every query, in numbers, and what holds the proofs themselves.",
        label="Overview",
        order=0,
        fragments=draft.fragments,
    )


def _pack(site: Model, draft: Draft) -> Iterator[str]:
    rows, status = [], []
    for name in targets_of(site):
        on = [rule.targets[name] for rule in site.rules if name in rule.targets]
        proofs = [one.proof for one in on if one.proof is not None]
        proven = sum(proof["verdict"] == "proven" for proof in proofs)
        engines = sorted({str(proof["engine"]) for proof in proofs})
        rows.append(
            [
                text(NAMES[name]),
                str(sum(bool(one.queries) for one in on)),
                str(proven),
                f"{sum(int(proof['events']) for proof in proofs):,}",
                " of ".join(f"{sum(int(proof[key]) for proof in proofs):,}" for key in ("found", "expected")),
                text("; ".join(engines)),
            ]
        )
        status.append((NAMES[name], Counter(one.status for one in on)))
    header = ["Platform", "Queries", "Proven", "Events tried", "Hits found of those expected", "Run by"]
    yield draft.html(table(header, rows, label="Proofs by platform"))
    yield "How much of each rule a platform answers:"
    yield draft.html(shares("pack", "Rules and correlations by platform", status, SAID))


def _foreign(site: Model, draft: Draft) -> Iterator[str]:
    """SigmaHQ's rules by platform, all log sources together."""
    total: dict[str, Counter[str]] = {}
    for header, *rows in tables(site.docs.get(FOREIGN, "")):
        if header == ["target", "ok", "degraded", "unsupported"]:
            for name, *counts in rows:
                found = zip(header[1:], map(int, counts), strict=True)
                total.setdefault(name, Counter()).update(dict(found))
    if total:
        rules = max(sum(counts.values()) for counts in total.values())
        yield "## Rules of others {: #foreign }"
        yield (
            f"{rules:,} of SigmaHQ's rules, which nobody here wrote. None ends in a traceback, and each that is not "
            f"whole says why. {link('By log source', site.link(INDEX, doc_path(FOREIGN)))}."
        )
        listed = [(NAMES.get(name, name), counts) for name, counts in total.items()]
        yield draft.html(shares("foreign", "SigmaHQ's rules by platform", listed, SAID))


def _mutations(site: Model, draft: Draft) -> Iterator[str]:
    """How many changes that make a query wrong were tried, and by what each was noticed."""
    found = next((rows for rows in tables(site.docs.get(MUTATIONS, "")) if rows[0][0] == "Target"), None)
    if found is None:
        return
    steps = ("parser", "schema", "engine", "events")
    counts: dict[str, Counter[str]] = {}
    for row in found[1:]:
        step = row[-1] if row[-1] in steps else "events"
        counts.setdefault(row[0], Counter())[step] += 1
    yield "## Changes that must be noticed {: #mutations }"
    yield (
        f"{len(found) - 1} changes, each of which makes a query wrong, and each is caught. "
        f"{link('All of them', site.link(INDEX, doc_path(MUTATIONS)))}."
    )
    rows = [
        [text(NAMES.get(name, name)), *(str(number[step]) for step in steps), str(number.total())]
        for name, number in counts.items()
    ]
    header = ["Platform", "By the parser", "By the schema", "By the engine", "By the events", "All"]
    yield draft.html(table(header, rows, label="Mutations by platform", kind="sw-narrow"))


def _read_on(site: Model) -> Iterator[str]:
    places = ("proof.md", "conformance.md", "mutations.md", "real-data.md", "foreign-rules.md", "foreign-proof.md")
    there = [place for place in places if place in site.docs]
    if there:
        yield "## Read on {: #more }"
        yield "\n".join(
            f"- {link(text(title_of(place, prose.parts(site.docs[place]))), site.link(INDEX, doc_path(place)))}"
            for place in there
        )


def _benchmarks(site: Model) -> Page:
    draft = Draft()
    draft.add(
        "Figures of single machines, with their hardware and method in the document that each chart names. "
        "They tell orders of magnitude; measure your own."
    )
    for group, charts in groupby(site.benchmarks, key=lambda chart: chart.group):
        draft.add(f"## {text(group)}")
        for chart in charts:
            draft.add(f"### {text(chart.title)} {{: #{text(chart.id)} }}")
            draft.add(draft.html(prose.html(chart.about, resolver(site, BENCHMARKS), by_name(site, BENCHMARKS))))
            how = ""
            if chart.document in site.docs:
                how = f" {link('How it was measured', site.link(BENCHMARKS, doc_path(chart.document)))}."
            caption = f"<figcaption>In {text(chart.unit)}.{how}</figcaption>"
            draft.add(draft.html(f'<figure class="sw-chart">{bars(chart)}{caption}</figure>'))
    return Page(
        path=BENCHMARKS,
        title="Benchmarks",
        markdown=draft.markdown,
        section="Proof",
        description="How fast rules are converted and logs are hunted.",
        order=50,
        fragments=draft.fragments,
    )
