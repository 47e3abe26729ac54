"""What two releases are compared by: the rules of a manifest, reduced to what a reader of the notes asks about."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagewatch.findings import UsageError


@dataclass(frozen=True, slots=True)
class OnPlatform:
    """A rule on one platform."""

    status: str
    queries: tuple[str, ...]
    """SHA-256 without paths: a rule that was renamed has the same query in another file."""
    objects: Mapping[str, str]
    """Path -> SHA-256, files that hold other rules as well among them."""

    @property
    def expressed(self) -> bool:
        """Whether there is a query."""
        return self.status in ("ok", "degraded")


@dataclass(frozen=True, slots=True)
class RuleState:
    """A rule as a manifest tells it. ``version`` is None in manifests from before there were versions."""

    stem: str
    title: str
    level: str | None
    version: int | None
    platforms: Mapping[str, OnPlatform]


@dataclass(frozen=True, slots=True)
class Edition:
    """A manifest. ``release`` is its number, None for a build that was not released."""

    release: str | None
    rules: Mapping[str, RuleState]
    """The rule's id, or its stem where it has none -> what is known of it."""

    @property
    def shared_objects(self) -> frozenset[str]:
        """Paths of objects that belong to several rules, such as an app: one changed rule changes them for all."""
        of_rules = ({path for one in rule.platforms.values() for path in one.objects} for rule in self.rules.values())
        uses = Counter(path for paths in of_rules for path in paths)
        return frozenset(path for path, count in uses.items() if count > 1)

    @property
    def has_objects(self) -> bool:
        """Whether any rule has an object."""
        return any(one.objects for rule in self.rules.values() for one in rule.platforms.values())

    @property
    def platforms(self) -> frozenset[str]:
        """Every platform that a rule was built for."""
        return frozenset(name for rule in self.rules.values() for name in rule.platforms)


def read_edition(path: Path) -> Edition:
    """An earlier release's manifest. Raises :class:`UsageError` for a file that is none."""
    try:
        return edition(json.loads(path.read_bytes()))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path} is no manifest of a release: {error}") from error


def edition(manifest: Mapping[str, Any]) -> Edition:
    """What a manifest says. Raises what plain data of another shape raises."""
    release = manifest.get("release")
    return Edition(
        None if release is None else str(release),
        {str(rule.get("id") or rule["stem"]): _state(rule) for rule in manifest["rules"]},
    )


def _state(rule: Mapping[str, Any]) -> RuleState:
    version, level = rule.get("version"), rule.get("level")
    return RuleState(
        str(rule["stem"]),
        str(rule.get("title", "")),
        None if level is None else str(level),
        None if version is None else int(version),
        {str(name): _on_platform(one) for name, one in rule["targets"].items()},
    )


def _on_platform(one: Mapping[str, Any]) -> OnPlatform:
    return OnPlatform(
        str(one["status"]),
        tuple(sorted(map(str, one["files"].values()))),
        {str(path): str(digest) for path, digest in one.get("objects", {}).items()},
    )
