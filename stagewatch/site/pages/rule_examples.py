"""Examples on a rule's page: events that it hits, near misses that it does not, the matching parts marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import islice

from stagewatch.site.examples import Burst, Example, Step, Value
from stagewatch.site.markup import Draft, badge, code, table, text
from stagewatch.site.model import SiteRule
from stagewatch.site.platforms import NAMES

LONGEST = 900
"""Characters of a value that are shown; a marked part behind them is not."""

STEPS = 6
"""Events of a burst that are shown."""


def examples(rule: SiteRule, draft: Draft) -> Iterator[str]:
    """The section on examples, as Markdown."""
    found = rule.examples
    if not (found.hits or found.misses or found.bursts):
        return
    yield "## Examples"
    yield (
        "From the rule's fixture; the events are synthetic. Marked is what a condition of the rule matches. "
        "Every query above is held to these hits and misses; what a degraded one does not see is said beside the hit."
    )
    if rule.is_correlation:
        yield "### Bursts that it finds"
        yield draft.html("".join(_burst(one) for one in found.bursts if one.hit) + _others(found.other_hits))
        yield "### Near misses"
        yield draft.html("".join(_burst(one) for one in found.bursts if not one.hit) + _others(found.other_misses))
        return
    yield "### Events that it hits"
    yield draft.html("".join(map(example_card, found.hits)) + _others(found.other_hits))
    if found.misses:
        yield "### Near misses that it does not hit"
        yield draft.html("".join(map(example_card, found.misses)) + _others(found.other_misses))


def example_card(example: Example) -> str:
    """An event with its fields, the matching parts marked, and the rule's detections."""
    verdict = badge("hit", "hit") if example.hit else badge("no hit", "miss")
    fields = "".join(f"<div><dt>{text(one.name)}</dt><dd>{marked(one)}</dd></div>" for one in example.values)
    unseen = ", ".join(NAMES[name] for name in example.unseen)
    told = f'<p class="sw-unseen">Not seen on {text(unseen)}, whose events lack a field.</p>' if unseen else ""
    checks = "".join(_check(name, holds) for name, holds in example.checks)
    return (
        f'<article class="sw-event"><p class="sw-event-title">{verdict} {text(example.label)}</p>'
        f'<dl class="sw-fields">{fields}</dl>'
        f'<ul class="sw-checks" aria-label="Detections of the rule">{checks}</ul>{told}</article>'
    )


def _check(name: str, holds: bool) -> str:
    said = "holds" if holds else "does not hold"
    sign = "✓" if holds else "✗"
    return (
        f'<li class="{"sw-yes" if holds else "sw-no"}"><span aria-hidden="true">{sign}</span> '
        f'{code(name)}<span class="sw-hidden"> {said}</span></li>'
    )


def marked(value: Value) -> str:
    """A value with its matching parts in <mark>."""
    shown, at = [], 0
    whole = value.text
    for start, end in value.spans:
        if start >= LONGEST:
            break
        shown += [escape(whole[at:start]), f"<mark>{escape(whole[start : min(end, LONGEST)])}</mark>"]
        at = min(end, LONGEST)
    rest = whole[at:LONGEST]
    return "".join([*shown, escape(rest), "…" if len(whole) > LONGEST else ""])


def _others(labels: Iterable[str]) -> str:
    listed = list(labels)
    if not listed:
        return ""
    items = "".join(f"<li>{text(one)}</li>" for one in listed)
    return f"<details class='sw-others'><summary>{len(listed)} more in the fixture</summary><ul>{items}</ul></details>"


def _burst(burst: Burst) -> str:
    verdict = badge("found", "hit") if burst.hit else badge("not found", "miss")
    count = f"{burst.events} events, {burst.matched} of them match a base rule"
    groups = "".join(f"<li>{', '.join(map(code, group))}</li>" for group in burst.groups)
    found = f"<p>Groups to be reported:</p><ul>{groups}</ul>" if groups else ""
    return (
        f'<article class="sw-event"><p class="sw-event-title">{verdict} {text(burst.name)}</p>'
        f"<p>{text(count)}</p>{_steps(burst)}{found}</article>"
    )


def _steps(burst: Burst) -> str:
    if not burst.steps:
        return ""
    several = len({step.base for step in burst.steps}) > 1
    keys = [name for name, _ in burst.steps[0].keys]
    header = ["After", *(["Rule"] if several else []), *map(text, keys), "What matches"]
    shown = burst.steps if len(burst.steps) <= STEPS else (*islice(burst.steps, STEPS - 1), burst.steps[-1])
    rows = [[text(_after(step)), *([text(step.base)] if several else []), *_cells(step)] for step in shown]
    if len(burst.steps) > STEPS:
        left_out = len(burst.steps) - STEPS
        rows.insert(STEPS - 1, [f"… {left_out} more", *([""] * (len(header) - 1))])
    return table(header, rows, label=burst.name)


def _cells(step: Step) -> Iterator[str]:
    for _, value in step.keys:
        yield text(value)
    named = {name for name, _ in step.keys}
    telling = sorted(step.evidence, key=lambda one: (one.name == "EventID", one.name in named))
    yield "<br>".join(f"{text(one.name)}: {marked(one)}" for one in telling[:2])


def _after(step: Step) -> str:
    seconds = round(step.seconds)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
