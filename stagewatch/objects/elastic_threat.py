"""ATT&CK as Elastic's detection rules have it: ``threat``, an entry per tactic, all with names and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stagewatch.findings import Unsupported
from stagewatch.objects.attack import Tactic, Technique, techniques
from stagewatch.objects.description import Description


def threat(about: Description) -> list[dict[str, Any]]:
    """The rule's ``threat``. Raises :class:`Unsupported` for a technique without a name."""
    entries = []
    for tactic in about.tactics:
        below = _techniques([one for one in about.techniques if tactic in one.tactics])
        named = {"framework": "MITRE ATT&CK", "tactic": _entry(tactic)}
        entries.append({**named, "technique": below} if below else named)
    return entries


def _techniques(found: Sequence[Technique]) -> list[dict[str, Any]]:
    """Techniques with their sub-techniques below them."""
    entries: dict[str, dict[str, Any]] = {}
    for technique in found:
        parent = entries.setdefault(technique.parent, _entry(_parent(technique)))
        if technique.is_sub:
            parent.setdefault("subtechnique", []).append(_entry(technique))
    return list(entries.values())


def _parent(technique: Technique) -> Technique:
    if technique.parent not in techniques():
        raise Unsupported(f"the ATT&CK technique {technique.parent} is not in the table of names")
    return techniques()[technique.parent]


def _entry(named: Tactic | Technique) -> dict[str, Any]:
    return {"id": named.id, "name": named.name, "reference": named.url}
