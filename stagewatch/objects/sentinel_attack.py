"""ATT&CK as the validator of Azure/Azure-Sentinel knows it.

``NoTechniquesWithoutMatchingTactics.cs`` wants, for each technique, every tactic under which
``KillChainTechniquesHelper.cs`` (stored at cbdb7dfe) lists it, and refuses a technique that is listed nowhere. Its list
is older than the ATT&CK that rules are tagged with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stagewatch.objects.attack import Tactic, Technique
from stagewatch.objects.microsoft import TACTICS, tactic_name

LISTED: Mapping[str, str] = {
    "T1003": "CredentialAccess",
    "T1005": "Collection",
    "T1006": "DefenseEvasion",
    "T1021": "LateralMovement",
    "T1027": "DefenseEvasion",
    "T1030": "Exfiltration",
    "T1036": "DefenseEvasion",
    "T1039": "Collection",
    "T1059": "Execution",
    "T1074": "Collection",
    "T1082": "Discovery",
    "T1105": "CommandAndControl",
    "T1114": "Collection",
    "T1119": "Collection",
    "T1213": "Collection",
    "T1530": "Collection",
    "T1537": "Exfiltration",
    "T1555": "CredentialAccess",
    "T1560": "Collection",
    "T1564": "DefenseEvasion",
}
"""Technique -> its tactic there, of the techniques in ``attack.json``."""

UNLISTED = frozenset({"T1654"})
"""Techniques in ``attack.json`` that the validator does not know."""


def listed(techniques: Iterable[Technique]) -> list[str]:
    """The numbers of the techniques that the validator takes."""
    return [technique.id for technique in techniques if technique.parent in LISTED]


def tactics(named: Iterable[Tactic], techniques: Iterable[Technique]) -> list[str]:
    """The rule's tactics and those that the validator wants for its techniques, in ATT&CK's order."""
    wanted = {tactic_name(tactic) for tactic in named}
    wanted |= {LISTED[technique.parent] for technique in techniques if technique.parent in LISTED}
    return sorted(wanted, key=TACTICS.index)
