"""The public pages' queries beside ours: whether they compile, what they find of what they say, and their defects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stagewatch.site.benchmarks import Chart, Figure
from stagewatch.site.charts import bars
from stagewatch.site.docpaths import doc_path
from stagewatch.site.markup import Draft, badge, code, link, table, text
from stagewatch.site.model import TECHNIQUES, Model, Page
from stagewatch.site.pages.seed_defects import PATH, defect_sections, plain_label, rules_named, summary, with_code
from stagewatch.site.platforms import NAMES, PLATFORMS
from stagewatch.site.seeds import Claim, Counted, OwnTest, PublicPage, Seeds

DOCUMENTS = (("seed-pages.md", "section by section"), ("seed-defects.md", "the defects in short"))
"""Documents on the same pages, and what each of them tells."""


def pages(site: Model) -> Iterable[Page]:
    """The one page, where there is a comparison to show."""
    seeds = site.seeds
    if seeds is None:
        return
    draft = Draft()
    draft.add(draft.html(_lead(site, seeds)))
    for part in (_compiled(seeds, draft), _claims(site, seeds, draft), _tests(site, seeds, draft)):
        draft.add(*part)
    draft.add("## Defect by defect {: #defects }", _defects_lead(seeds), draft.html(summary(seeds)))
    draft.add(*defect_sections(site, seeds, draft))
    yield Page(
        path=PATH,
        title="The public queries beside ours",
        label="Their queries beside ours",
        markdown=draft.markdown,
        section="Seeds",
        description="Two public Kusto queries for T1074 and T1074.002, run beside ours on the same events.",
        order=1,
        fragments=draft.fragments,
        keywords=tuple(page.technique for page in seeds.pages),
    )


def _lead(site: Model, seeds: Seeds) -> str:
    named = " and ".join(page.technique for page in seeds.pages)
    return (
        f"<p>Two public web pages, on {text(named)}, give a Kusto query each. Here both queries run as they stand, "
        "beside ours, on the same events. Read what follows with this in mind:</p><ul>"
        "<li>The events are synthetic: those of our rules' fixtures, in the shape in which "
        f"{text(PLATFORMS[seeds.platform].full)} holds them by Microsoft's documentation and published rows. "
        f"Microsoft's own parser and binder read the queries, {text(seeds.engine)} runs them. Nothing was run in a "
        "live tenant.</li>"
        "<li>The events were written with our rules, so that ours find all of them says nothing new, and none of the "
        "numbers is a rate at a site. They show what the other queries do with the same events, and which ones.</li>"
        "<li>Where there was a choice, it favours the public pages: what a page does not name (another directory, "
        "extension or tool) is counted apart, a near miss that any rule of ours finds is not counted as benign, events "
        "that differ in case alone count once.</li></ul>"
        f"{_elsewhere(site)}{_numbers(seeds)}"
    )


def _numbers(seeds: Seeds) -> str:
    """The sums over all parts of both queries."""
    compiled = [messages for page in seeds.pages for messages in page.compiled.values()]
    numbers = [(f"{sum(not one for one in compiled)} of {len(compiled)}", "pairs of query and platform compile")]
    for sort, what in (("named", "attack events found"), ("benign", "near misses wrongly found")):
        counted = [claim.sorts[sort] for claim in seeds.claims]
        events = sum(one.events for one in counted)
        numbers.append((f"{sum(one.page for one in counted)} of {events}", f"{what} by theirs, repaired where needed"))
        numbers.append((f"{sum(one.ours for one in counted)} of {events}", f"{what} by ours"))
    shown = "".join(f"<li><strong>{text(number)}</strong> {text(said)}</li>" for number, said in numbers)
    return f'<ul class="sw-numbers">{shown}</ul>'


def _elsewhere(site: Model) -> str:
    there = [link(said, site.link(PATH, doc_path(name))) for name, said in DOCUMENTS if name in site.docs]
    return f"<p>On the same pages: {', '.join(there)}.</p>" if there else ""


def _compiled(seeds: Seeds, draft: Draft) -> Iterator[str]:
    yield "## Do they compile? {: #compile }"
    yield (
        "What Microsoft's compiler says of each query on the tables of each platform. Where it refuses one, the least "
        "repair that makes it run was made, and nothing else: only then can be seen what the query would find. Results "
        "of a repaired query are always called so."
    )
    rows = [_compiled_row(page, platform) for page in seeds.pages for platform in page.compiled]
    header = ["Page", "Names as its platform", "Tried on", "As it stands", "Least repair"]
    yield draft.html(table(header, rows, label="Whether the public queries compile"))


def _compiled_row(page: PublicPage, platform: str) -> list[str]:
    messages = page.compiled[platform]
    said = badge("compiles", "hit")
    if messages:
        more = f" and {len(messages) - 1} more" if len(messages) > 1 else ""
        said = f"{badge('does not compile', 'status-failed')}<p>{code(messages[0])}{more}</p>"
    repairs = "<br>".join(f"{code(old)} → {code(new)}" for old, new in page.repairs.get(platform, ()))
    return [text(page.technique), text(page.named_for), text(NAMES[platform]), said, repairs or "none needed"]


def _claims(site: Model, seeds: Seeds, draft: Draft) -> Iterator[str]:
    yield "## What they say that they find {: #claims }"
    yield (
        f"Each query has three parts. For each, the events of our fixtures that show what the page's text says, in "
        f"{text(NAMES[seeds.platform])}'s tables. An event that shows what both pages say counts for each."
    )
    yield draft.html(_chart("found", "Attack events found, of those within what the page names", seeds, "named"))
    yield draft.html(_chart("wrongly", "Near misses wrongly found", seeds, "benign"))
    header = [
        "Part",
        "What the text says",
        "Attack events within what the page names",
        "Attack events beyond it",
        "Near misses wrongly found",
        "Our rules",
    ]
    rows = [
        [
            _part(claim),
            text(claim.says),
            *(_cell(claim.sorts[sort]) for sort in ("named", "beyond", "benign")),
            rules_named(site, claim.rules),
        ]
        for claim in seeds.claims
    ]
    yield draft.html(table(header, rows, label="What the queries find of what the pages say"))
    yield draft.html("".join(_wrong(site, claim) for claim in seeds.claims))


def _part(claim: Claim) -> str:
    repaired = "" if claim.published else "<p>repaired</p>"
    return f'<span class="sw-nowrap">{text(claim.technique)}</span> {text(claim.part)}{repaired}'


def _cell(counted: Counted) -> str:
    if not counted.events:
        return "none"
    return f"page {counted.page}, ours {counted.ours}, of {counted.events}"


def _chart(name: str, title: str, seeds: Seeds, sort: str) -> str:
    figures = [figure for claim in seeds.claims for figure in _figures(claim, claim.sorts[sort])]
    chart = Chart(f"seeds-{name}", "", title, "percent of the events", "", "", tuple(figures))
    return f'<figure class="sw-chart"><figcaption>{text(title)}, in percent</figcaption>{bars(chart)}</figure>'


def _figures(claim: Claim, counted: Counted) -> Iterator[Figure]:
    repaired = "" if claim.published else ", repaired"
    for who, number in ((f"page{repaired}", counted.page), ("ours", counted.ours)):
        share = round(100 * number / max(counted.events, 1))
        name = f"{claim.technique}, {claim.part}: {who}, {number} of {counted.events}"
        yield Figure(name, share, share, " %", ours=who == "ours")


def _wrong(site: Model, claim: Claim) -> str:
    """What the page's query gets wrong, event by event, by the labels that the fixtures give them."""
    said = {"named": "missed, within what the page names", "beyond": "missed, beyond it", "benign": "wrongly found"}
    parts = []
    for sort, words in said.items():
        wrong = claim.sorts[sort].wrong
        if wrong:
            listed = _by_rule(site, wrong)
            parts.append(f"<p>{len(wrong)} {words}:</p><ul>{listed}</ul>")
    if not parts:
        return ""
    shown = f"{text(claim.technique)}, {text(claim.part)}: which events"
    left_out = f"<p>Near misses left out, since a rule of ours finds them: {claim.left_out}.</p>"
    return f'<details class="sw-others"><summary>{shown}</summary>{"".join(parts)}{left_out}</details>'


def _by_rule(site: Model, wrong: Sequence[tuple[str, str]]) -> str:
    labels: dict[str, list[str]] = {}
    for label, rule in wrong:
        labels.setdefault(rule, []).append(plain_label(label))
    return "".join(f"<li>{rules_named(site, [rule])}: {text('; '.join(said))}</li>" for rule, said in labels.items())


def _tests(site: Model, seeds: Seeds, draft: Draft) -> Iterator[str]:
    yield "## Their own tests {: #tests }"
    yield (
        "Each page describes tests for its query. How many of the events that stand for each test, of those that "
        f"{text(NAMES[seeds.platform])} holds, each query finds. One is enough to notice a test."
    )
    rows = [
        [
            _test_name(site, test),
            with_code(test.does),
            str(test.events),
            _found(test.page, test.events),
            "" if test.repaired is None else _found(test.repaired, test.events),
            _found(test.ours, test.events),
        ]
        for test in seeds.tests
    ]
    header = ["Test", "What it does", "Events", "The page's query", "Repaired", "Ours"]
    yield draft.html(table(header, rows, label="The public pages' own tests"))


def _test_name(site: Model, test: OwnTest) -> str:
    shown = f'<span class="sw-nowrap">{text(test.technique)}</span> test {test.number}'
    if test.technique not in {one.technique.id for one in site.techniques} or test.technique not in TECHNIQUES:
        return shown
    anchor = f"seed-{test.technique.lower().replace('.', '-')}-test-{test.number}"
    return link(shown, site.link(PATH, f"techniques/{test.technique}.html#{anchor}"))


def _found(number: int | None, events: int) -> str:
    if number is None:
        return badge("does not compile", "status-failed")
    return badge(f"{number} of {events}", "hit" if number else "proof-failed")


def _defects_lead(seeds: Seeds) -> str:
    untried = sum(bool(one.not_tried) for one in seeds.defects)
    return (
        f"A review of both pages found {len(seeds.defects)} defects. For each: the part at fault, an event that shows "
        f"it with its deciding part marked, and what each query makes of it. Of them, {untried} cannot be shown on an "
        "event and say why."
    )
