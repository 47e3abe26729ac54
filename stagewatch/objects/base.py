"""What every platform's module offers: ``objects(rules)``, the files that the platform imports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from stagewatch.objects.description import Description
from stagewatch.targets.base import Rendered


@dataclass(frozen=True, slots=True)
class Deployable:
    """A rule that a target expresses, whole or in part: its description and what the target made of it.

    ``degraded`` are the reasons for which it sees less than the rule says; an object tells them.
    """

    description: Description
    rendered: Rendered
    degraded: tuple[str, ...] = ()


@dataclass(slots=True)
class Objects:
    """The files of one platform.

    ``files`` maps paths below ``dist/<target>/`` to content. ``of`` says which of them belong to a rule, by its stem; a
    file that holds all rules belongs to each. ``refused`` tells, by stem, why a rule has no object though it has a
    query.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


class Writer(Protocol):
    """A platform's module."""

    def objects(self, rules: Sequence[Deployable], **options: Any) -> Objects:
        """The files for these rules, in the order of their stems; the same bytes for the same rules.

        ``options`` are what a site sets of a platform's objects (``Environment.object_options``).
        """
        ...


MODULES: Mapping[str, str] = {
    name: f"stagewatch.objects.{name}"
    for name in ("defender", "sentinel", "splunk", "elastic", "qradar", "sumo", "secops", "logscale")
}
"""Target -> its module. DuckDB imports nothing: a hunt runs its queries."""
