"""What a platform cannot see: the reasons of the manifest, and the rules that each of them touches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stagewatch.site.docpaths import doc_path
from stagewatch.site.markup import Draft, link, text
from stagewatch.site.model import Model, Page, SiteRule
from stagewatch.site.pages.cells import rule_list, targets_of
from stagewatch.site.platforms import NAMES, PLATFORMS

LOST = "; no longer seen: "
"""What parts a reason from what a degraded rule loses by it."""

HEADS = (
    ("unsupported", "No query", "rules and correlations that the platform cannot express or has no events for."),
    ("degraded", "Less than the rule says", "rules and correlations whose query sees less here, never more."),
    ("failed", "Failed", "rules and correlations whose conversion failed."),
)


def pages(site: Model) -> Iterable[Page]:
    """A page for each platform."""
    return (_page(site, name, order) for order, name in enumerate(targets_of(site), start=20))


def path_of(target: str) -> str:
    """Where the page of a platform stands."""
    return f"coverage/{target}.html"


def summary(site: Model, target: str, page: str) -> list[str]:
    """A platform's row in a table: name, all, part, none, and the documents that tell more."""
    counts = [
        sum(rule.targets[target].status in statuses for rule in site.rules if target in rule.targets)
        for statuses in (("ok",), ("degraded",), ("unsupported", "failed"))
    ]
    return [
        link(text(PLATFORMS[target].full), site.link(page, path_of(target))),
        *map(str, counts),
        _documents(site, target, page),
    ]


def _documents(site: Model, target: str, page: str) -> str:
    shown = [
        link(name, site.link(page, doc_path(place)))
        for name, place in (("how it is targeted", f"targets/{target}.md"), ("import", f"import/{target}.md"))
        if place in site.docs
    ]
    return ", ".join(shown)


def _page(site: Model, target: str, order: int) -> Page:
    draft = Draft()
    path = path_of(target)
    rules = [rule for rule in site.rules if target in rule.targets]
    whole = sum(rule.targets[target].status == "ok" for rule in rules)
    more = _documents(site, target, path)
    draft.add(
        f"{whole} of {len(rules)} rules and correlations mean the same on {text(PLATFORMS[target].full)} as in Sigma."
        + (f" More: {more}." if more else "")
    )
    if whole == len(rules):
        draft.add("There is nothing that it cannot see.")
    for status, title, about in HEADS:
        touched = [rule for rule in rules if rule.targets[target].status == status]
        if touched:
            draft.add(f"## {title} {{: #{status} }}", f"{len(touched)} {about}")
            draft.add(*_reasons(site, path, target, touched, draft))
    return Page(
        path=path,
        title=f"What {NAMES[target]} cannot see",
        markdown=draft.markdown,
        section="Coverage",
        description=f"Rules that {PLATFORMS[target].full} answers in part or not at all, and why.",
        label=NAMES[target],
        order=order,
        fragments=draft.fragments,
    )


def _reasons(site: Model, path: str, target: str, rules: Sequence[SiteRule], draft: Draft) -> Iterator[str]:
    """Reasons, those that many rules share first, each with what is lost by it and the rules."""
    found: dict[str, dict[str, list[SiteRule]]] = {}
    for rule in rules:
        for reason in rule.targets[target].reasons:
            cause, _, lost = reason.partition(LOST)
            found.setdefault(cause, {}).setdefault(lost, []).append(rule)
    order = sorted(found.items(), key=lambda one: (-len(_all(one[1])), one[0]))
    for cause, losses in order:
        touched = _all(losses)
        lost = "".join(f"<li>{text(one)}</li>" for one in sorted(losses) if one)
        number = f"{len(touched)} {'rule' if len(touched) == 1 else 'rules and correlations'}"
        yield draft.html(
            f'<section class="sw-reason"><p class="sw-reason-title">{text(_sentence(cause))}</p>'
            + (f'<details class="sw-others"><summary>No longer seen</summary><ul>{lost}</ul></details>' if lost else "")
            + f"<details class='sw-others'><summary>{number}</summary>{rule_list(site, path, touched)}</details>"
            "</section>"
        )


def _all(losses: dict[str, list[SiteRule]]) -> list[SiteRule]:
    stems = {rule.stem: rule for rules in losses.values() for rule in rules}
    return [stems[stem] for stem in sorted(stems)]


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:]
