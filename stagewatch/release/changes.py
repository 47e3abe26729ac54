"""What changed from one release to the next, rule by rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stagewatch.release.edition import Edition, OnPlatform, RuleState


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that both releases have, with what differs. Platforms are sorted by name."""

    before: RuleState
    now: RuleState
    gained: tuple[str, ...]
    """Platforms that have a query now and had none."""
    lost: tuple[str, ...]
    statuses: tuple[str, ...]
    """Platforms that say more or less of the rule than before: ``ok`` and ``degraded`` changed places."""
    queries: tuple[str, ...]
    """Platforms whose query changed."""
    objects: tuple[str, ...]
    """Platforms whose object changed."""

    @property
    def version(self) -> bool:
        """Whether the version is known to have changed."""
        return self.before.version is not None and self.before.version != self.now.version

    @property
    def renamed(self) -> bool:
        return self.before.stem != self.now.stem

    @property
    def of_the_rule(self) -> bool:
        """Whether the rule itself says something else, or is on other platforms; not only its text there."""
        retold = self.version or self.before.level != self.now.level or self.before.title != self.now.title
        return retold or bool(self.gained or self.lost or self.statuses)

    @property
    def of_the_text(self) -> bool:
        """Whether queries or objects changed."""
        return bool(self.queries or self.objects)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed. Rules are in the order of their stems."""

    added: tuple[RuleState, ...]
    removed: tuple[RuleState, ...]
    common: tuple[Change, ...]
    """Every rule that both have, changed or not."""
    new_platforms: tuple[str, ...]
    gone_platforms: tuple[str, ...]
    objects_are_new: bool
    """Whether the release before had no objects at all."""


def changes(before: Edition, now: Edition) -> Changes:
    """Compare two releases. A platform that only one of them has is told once, and not for every rule."""
    compared = _Compared(
        tuple(sorted(before.platforms & now.platforms)),
        before.shared_objects | now.shared_objects,
        before.has_objects and now.has_objects,
    )
    common = [_change(before.rules[key], now.rules[key], compared) for key in before.rules.keys() & now.rules.keys()]
    return Changes(
        _sorted(now, now.rules.keys() - before.rules.keys()),
        _sorted(before, before.rules.keys() - now.rules.keys()),
        tuple(sorted(common, key=lambda change: change.now.stem)),
        tuple(sorted(now.platforms - before.platforms)) if before.rules else (),
        tuple(sorted(before.platforms - now.platforms)) if now.rules else (),
        now.has_objects and not before.has_objects,
    )


def _sorted(edition: Edition, keys: set[str]) -> tuple[RuleState, ...]:
    return tuple(sorted((edition.rules[key] for key in keys), key=lambda rule: rule.stem))


@dataclass(frozen=True, slots=True)
class _Compared:
    """What of the two releases is compared."""

    platforms: tuple[str, ...]
    shared: frozenset[str]
    """Objects that belong to several rules in one of them: they tell nothing of a single rule."""
    objects: bool


_NOWHERE = OnPlatform("unsupported", (), {})


def _change(before: RuleState, now: RuleState, compared: _Compared) -> Change:
    def where(differs: Callable[[OnPlatform, OnPlatform], bool]) -> tuple[str, ...]:
        return tuple(
            name
            for name in compared.platforms
            if differs(before.platforms.get(name, _NOWHERE), now.platforms.get(name, _NOWHERE))
        )

    def both(old: OnPlatform, new: OnPlatform) -> bool:
        return old.expressed and new.expressed

    def own(one: OnPlatform) -> list[str]:
        return sorted(digest for path, digest in one.objects.items() if path not in compared.shared)

    return Change(
        before,
        now,
        gained=where(lambda old, new: new.expressed and not old.expressed),
        lost=where(lambda old, new: old.expressed and not new.expressed),
        statuses=where(lambda old, new: both(old, new) and old.status != new.status),
        queries=where(lambda old, new: both(old, new) and old.queries != new.queries),
        objects=where(lambda old, new: compared.objects and both(old, new) and own(old) != own(new)),
    )
