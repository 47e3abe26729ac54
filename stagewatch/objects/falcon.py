"""CrowdStrike Falcon Next-Gen SIEM: bodies for ``POST /correlation-rules/entities/rules/v1``.

Fields, values and limits are those of the vendor's Go models (CrowdStrike/gofalcon, ``correlationrulesapi_*``) and of
its Terraform provider (``crowdstrike_correlation_rule``). The service gives a rule its id; the comment holds ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewatch.findings import Unsupported
from stagewatch.manifest import dump
from stagewatch.objects.base import Deployable
from stagewatch.objects.description import Schedule
from stagewatch.objects.levels import FALCON_SEVERITY
from stagewatch.objects.note import note, provenance

CUSTOMER = "${CID}"
START = "${START_ON}"
"""What the import fills in, field by field: the tenant's number, and a time a quarter of an hour ahead at least."""

SHORTEST = 900
"""Seconds between two runs. Five minutes are allowed, but the look-back would then find each event three times, and a
rule is switched off after 50 outcomes."""

LONGEST = 168 * 3600
"""Seconds of look-back."""

MOST_ATTACK = 10
"""Entries of ``mitre_attack``."""

OVERLAP = "Runs overlap so that nothing falls between two: two runs may report the same events"


def files(rule: Deployable, name: str) -> Mapping[str, bytes]:
    """The rule's body. Raises :class:`Unsupported` where the look-back is longer than the service allows."""
    return {f"falcon/{rule.description.stem}.json": dump(_body(rule, name))}


def _body(rule: Deployable, name: str) -> dict[str, Any]:
    about = rule.description
    schedule = about.schedule(SHORTEST)
    if schedule.lookback > LONGEST:
        raise Unsupported(
            f"no correlation rule of Falcon Next-Gen SIEM: it looks back 168 hours at most, the rule needs "
            f"{_duration(schedule.lookback)}"
        )
    attack = _attack(rule)
    more = [OVERLAP]
    if len(attack) > MOST_ATTACK:
        left_out = ", ".join("/".join(entry.values()) for entry in attack[MOST_ATTACK:])
        more.append(f"A correlation rule names ten techniques at most; left out: {left_out}")
    return {
        "comment": f"Stagewatch: {provenance(rule)}",
        "customer_id": CUSTOMER,
        "description": note(rule, *more),
        "guardrail_notifications": [],
        "mitre_attack": attack[:MOST_ATTACK],
        "name": name,
        "notifications": [],
        "operation": {"schedule": {"definition": f"@every {_duration(schedule.every)}"}, "start_on": START},
        "search": _search(rule, schedule),
        "severity": FALCON_SEVERITY[about.level],
        "status": "active" if about.enabled else "inactive",
        "template_id": "",
    }


def _search(rule: Deployable, schedule: Schedule) -> dict[str, Any]:
    """By ingest time an event that comes late is still found; a burst is one by the events' own time only."""
    return {
        "execution_mode": "scheduled",
        "filter": rule.rendered.files[".cql"],
        "lookback": _duration(schedule.lookback),
        "outcome": "detection",
        "trigger_mode": "verbose",
        "use_ingest_time": rule.description.correlation is None,
    }


def _attack(rule: Deployable) -> list[dict[str, str]]:
    """Each technique under each tactic that it serves, the rule's tactics alone where it names no technique."""
    about = rule.description
    pairs = [
        {"tactic_id": tactic.id, "technique_id": technique.id}
        for technique in about.techniques
        for tactic in technique.tactics
        if tactic in about.tactics
    ]
    return pairs or [{"tactic_id": tactic.id} for tactic in about.tactics]


def _duration(seconds: int) -> str:
    """Hours and minutes, rounded up: ``1h15m``."""
    minutes = -(-seconds // 60)
    return f"{minutes // 60}h{minutes % 60}m"
