"""What several tables show alike: the state of a rule on a platform, rules in a line, platforms in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from stagewatch.site.markup import badge, link, text
from stagewatch.site.model import Model, SiteRule
from stagewatch.site.platforms import NAMES

WORDS: Mapping[str, str] = MappingProxyType(
    {"ok": "all", "degraded": "part", "unsupported": "none", "failed": "failed"}
)
"""Status -> what a narrow cell says, in words: a sign alone says nothing to a screen reader."""

LEGEND = (
    "On a platform: *all* of what a rule asks, *part* of it (less than the rule says, never more), or *none*, "
    "because the platform cannot express it or has no such events."
)


def state(status: str) -> str:
    """A status in a narrow cell."""
    return f'<span class="sw-st-{status}">{WORDS[status]}</span>'


def states(rule: SiteRule, targets: Sequence[str]) -> list[str]:
    """The cells of a rule on targets."""
    return [state(rule.targets[name].status) if name in rule.targets else "" for name in targets]


def turned(target: str) -> str:
    """A platform's name above a narrow column, turned where there is no room."""
    return f'<span class="sw-up">{text(NAMES.get(target, target))}</span>'


def targets_of(site: Model) -> list[str]:
    """The targets that the build has, in the order of all pages."""
    return [name for name in NAMES if any(name in rule.targets for rule in site.rules)]


def rule_link(site: Model, page: str, rule: SiteRule, *, level: bool = True) -> str:
    """A link to a rule's page with its level."""
    shown = link(text(rule.title), site.link(page, rule.path))
    return f"{shown} {badge(rule.level, f'level-{rule.level}')}" if level else shown


def rule_list(site: Model, page: str, rules: Iterable[SiteRule]) -> str:
    """Rules as an HTML list for a table's cell."""
    return f'<ul class="sw-plain-list">{"".join(f"<li>{rule_link(site, page, rule)}</li>" for rule in rules)}</ul>'


def platforms_said(found: Sequence[str], among: Sequence[str]) -> str:
    """Platforms in words: all of them, all but a few, or the few."""
    lacking = [NAMES[name] for name in among if name not in found]
    if not lacking:
        return "on all platforms"
    if len(lacking) <= len(among) // 2:
        return f"on all platforms but {joined(lacking)}"
    return f"on {joined([NAMES[name] for name in found])}" if found else "on no platform"


def joined(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
