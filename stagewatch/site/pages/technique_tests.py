"""The public tests on a technique's page: commands, the events to expect, and which rule finds them where."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagewatch.site import prose
from stagewatch.site.behaviours import Finder, Signal, signals
from stagewatch.site.docpaths import by_name, resolver
from stagewatch.site.highlight import highlighted
from stagewatch.site.markup import Draft, badge, text
from stagewatch.site.model import Model
from stagewatch.site.pages.cells import platforms_said, rule_link, targets_of
from stagewatch.site.techniques import PublicTest, TechniqueText

_NAME = re.compile(r"(seed|Atomic) (T\d{4}(?:\.\d{3})?) test (\d+)")


def tests(site: Model, told: TechniqueText, draft: Draft) -> Iterator[str]:
    """The section on tests."""
    if not told.tests:
        return
    found = signals(site)
    yield "## Tests {: #tests }"
    yield (
        "Run one on a host that you may harm, and look whether the events arrive and the rules answer. The events "
        "below are those of the fixtures, on which every query is proven; they are written from the tests' "
        "descriptions and commands and were not recorded."
    )
    for test in told.tests:
        what = str(site.coverage.get("tests", {}).get(test.name, test.name))
        yield f"### {text(_title(test.name))} {{: #{anchor(test.name)} }}"
        yield f"{text(what)}."
        yield from _commands(test, draft)
        events = found.get(test.name, ())
        if events:
            yield draft.html("".join(_event(site, told.path, one) for one in events))
        if test.also:
            reader = prose.html(test.also, resolver(site, told.path, "techniques"), by_name(site, told.path))
            yield draft.html(f'<div class="sw-also"><p>Also to expect</p>{reader}</div>')


def anchor(name: str) -> str:
    """The anchor of a test by its name: ``atomic-t1119-test-2``."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _title(name: str) -> str:
    found = _NAME.fullmatch(name)
    if found is None:
        return name
    who, technique, number = found.groups()
    return f"Public page, test {number}" if who == "seed" else f"Atomic {technique} test {number}"


def _commands(test: PublicTest, draft: Draft) -> Iterator[str]:
    found = _NAME.fullmatch(test.name)
    if test.run:
        steps = (("Before", test.prepare), ("Test", test.run), ("Clean up", test.clean))
        note = "rem" if test.shell == "bat" else "#"
        yield draft.html(
            highlighted("\n".join(f"{note} {name}\n{lines}" for name, lines in steps if lines) + "\n", test.shell)
        )
    elif found is not None:
        technique, number = found[2], found[3]
        lines = f"Invoke-AtomicTest {technique} -TestNumbers {number}"
        yield draft.html(highlighted(f"{lines} -GetPrereqs\n{lines}\n{lines} -Cleanup\n", "powershell"))


def _event(site: Model, page: str, one: Signal) -> str:
    fields = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in one.fields)
    finders = "".join(f"<li>{_finder(site, page, finder)}</li>" for finder in one.finders)
    return (
        f'<article class="sw-event"><p class="sw-event-title">{badge(one.source, "plain")} {text(one.label)}</p>'
        f'<dl class="sw-fields">{fields}</dl>'
        f'<ul class="sw-finders" aria-label="Rules that find it">{finders}</ul></article>'
    )


def _finder(site: Model, page: str, finder: Finder) -> str:
    return f"{rule_link(site, page, finder.rule)} {platforms_said(finder.targets, targets_of(site))}"
