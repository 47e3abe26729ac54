"""What Defender XDR and Sentinel share: Microsoft's names of ATT&CK's tactics, and notes without the guide's steps."""

from __future__ import annotations

from dataclasses import replace

from stagewatch.findings import Unsupported
from stagewatch.objects.attack import Tactic
from stagewatch.objects.base import Deployable
from stagewatch.objects.note import note

TACTICS = (
    "Reconnaissance",
    "ResourceDevelopment",
    "InitialAccess",
    "Execution",
    "Persistence",
    "PrivilegeEscalation",
    "DefenseEvasion",
    "CredentialAccess",
    "Discovery",
    "LateralMovement",
    "Collection",
    "CommandAndControl",
    "Exfiltration",
    "Impact",
)
"""The Enterprise tactics of ``AttackTactic`` (Azure REST API, securityinsights, stable 2025-09-01)."""

_EARLIER = {"stealth": "DefenseEvasion"}
"""What ATT&CK v19 named anew: TA0005."""


def tactic_name(tactic: Tactic) -> str:
    """The tactic as Microsoft writes it. Raises :class:`Unsupported` for one that Microsoft does not know."""
    name = _EARLIER.get(tactic.tag, tactic.pascal)
    if name not in TACTICS:
        raise Unsupported(f"Microsoft has no name for ATT&CK's tactic {tactic.name}")
    return name


def note_without_steps(rule: Deployable, *more: str) -> str:
    """The object's note; the steps of the guide have a place of their own or no room."""
    return note(replace(rule, description=replace(rule.description, guide=None)), *more)
