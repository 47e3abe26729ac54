"""``RELEASE_NOTES.md``: what changed since the release before, from the two manifests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stagewatch.release.changes import Change, Changes, changes
from stagewatch.release.edition import Edition, RuleState
from stagewatch.release.markdown import code, plain


def notes(version: str, before: Edition | None, now: Edition) -> str:
    """The notes of the release ``version``; ``before`` is None for the first one."""
    made = changes(before or Edition(None, {}), now)
    changed = [change for change in made.common if change.of_the_rule]
    retold = [change for change in made.common if change.of_the_text and not change.of_the_rule]
    renamed = [change for change in made.common if change.renamed]
    sections = [
        ("Added", [_added(rule) for rule in made.added]),
        ("Removed", [_named(rule) for rule in made.removed]),
        ("Renamed", [f"{code(one.before.stem)} is now {code(one.now.stem)}" for one in renamed]),
        ("Changed", ["\n  - ".join([_named(one.now), *_details(one)]) for one in changed]),
        ("Same rule, other text", list(_by_platforms(retold))),
    ]
    lines = [f"# Stagewatch {version}", "", _summary(before, made, len(renamed), len(changed), len(retold))]
    lines += [line for text in _platforms(made, first=before is None) for line in ("", text)]
    for title, items in sections:
        if items:
            lines += ["", f"## {title}", "", *(f"- {item}" for item in items)]
    lines += ["", "## Platforms", "", *_table(now)]
    return "\n".join(lines) + "\n"


def _summary(before: Edition | None, made: Changes, renamed: int, changed: int, retold: int) -> str:
    if before is None:
        return f"The first release: {_rules(len(made.added))}."
    since = f"Since {plain(before.release)}" if before.release else "Since the build before"
    counts = {"added": len(made.added), "removed": len(made.removed), "renamed": renamed, "changed": changed}
    parts = [f"{_rules(count)} {what}" for what, count in counts.items() if count]
    if retold:
        parts.append(f"{_rules(retold)} with the same meaning in other text")
    return f"{since}: {', '.join(parts) or 'no rule changed'}."


def _rules(count: int) -> str:
    return f"{count} rule" if count == 1 else f"{count} rules"


def _platforms(made: Changes, *, first: bool) -> Iterator[str]:
    if first:
        return
    if made.new_platforms:
        yield f"New platforms: {_listed(made.new_platforms)}."
    if made.gone_platforms:
        yield f"Platforms no longer built: {_listed(made.gone_platforms)}."
    if made.objects_are_new:
        yield "New for every rule: objects that the platforms import."


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(plain, names))


def _named(rule: RuleState) -> str:
    return f"**{plain(rule.title)}** ({code(rule.stem)})"


def _added(rule: RuleState) -> str:
    on = [
        f"{plain(name)} (degraded)" if one.status == "degraded" else plain(name)
        for name, one in sorted(rule.platforms.items())
        if one.expressed
    ]
    version = "" if rule.version is None else f", version {rule.version}"
    return f"{_named(rule)}{version}, {plain(rule.level or 'no level')}: {', '.join(on) or 'no platform expresses it'}"


def _details(change: Change) -> Iterator[str]:
    before, now = change.before, change.now
    if change.version:
        yield f"version {before.version} → {'none' if now.version is None else now.version}"
    if before.level != now.level:
        yield f"level {plain(before.level or 'none')} → {plain(now.level or 'none')}"
    if before.title != now.title:
        yield f"its title was: {plain(before.title)}"
    if change.gained:
        yield f"now on {_listed(change.gained)}"
    if change.lost:
        yield f"no longer on {_listed(change.lost)}"
    for name in change.statuses:
        yield f"{plain(name)}: {plain(before.platforms[name].status)} → {plain(now.platforms[name].status)}"
    yield from _texts(change)


def _texts(change: Change) -> Iterator[str]:
    if change.queries:
        yield f"query changed on {_listed(change.queries)}"
    if change.objects:
        yield f"object changed on {_listed(change.objects)}"


def _by_platforms(retold: Sequence[Change]) -> Iterator[str]:
    """One line for all rules with the same platforms: after a change of the converter that is most of them."""
    groups: dict[str, list[str]] = {}
    for change in retold:
        groups.setdefault("; ".join(_texts(change)), []).append(code(change.now.stem))
    for texts, stems in sorted(groups.items()):
        yield f"{texts}: {', '.join(stems)}"


def _table(now: Edition) -> Iterator[str]:
    yield "| platform | ok | degraded | unsupported |"
    yield "|---|---|---|---|"
    for name in sorted(now.platforms):
        statuses = [rule.platforms[name].status for rule in now.rules.values() if name in rule.platforms]
        ok, degraded = statuses.count("ok"), statuses.count("degraded")
        yield f"| {plain(name)} | {ok} | {degraded} | {len(statuses) - ok - degraded} |"
