"""The saved search of one rule: schedule, alert, and what Enterprise Security makes of its results.

Keys of the platform are those of ``savedsearches.conf.spec``; keys of Enterprise Security are those that Splunk's own
generator writes (splunk/contentctl, ``savedsearches_detections.j2``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from stagewatch.objects.base import Deployable
from stagewatch.objects.levels import SPLUNK_ALERT_SEVERITY, SPLUNK_RISK
from stagewatch.objects.note import note, remarks
from stagewatch.objects.splunk_conf import block, search, search_name, stanza, text
from stagewatch.objects.splunk_sources import MACROS, Source, macros_of, query_of, source_of

_INTERVALS = (5, 6, 10, 12, 15, 20, 30)
"""Minutes between runs that fit an hour, so that runs are equally far apart."""

_HOURS = (1, 2, 3, 4, 6, 8, 12, 24)
"""Hours between runs that fit a day."""


def saved_search(rule: Deployable, title: str) -> str:
    """The stanza. ``title`` is the rule's, made unique. Raises :class:`Unsupported` for what a stanza cannot hold."""
    about = rule.description
    source = source_of(rule)
    name = search_name(about.stem, about.derived_id("splunk"))
    label = text(title)
    where = f" on ${source.pivot}$" if source.pivot and source.risk.get(source.pivot) == "system" else ""
    settings = {
        "description": _description(rule),
        "search": search(query_of(rule)),
        "disabled": "0" if about.enabled else "1",
        **_schedule(rule),
        **_alert(rule, source),
        **_correlation_search(rule, label),
        **_notable(rule, label + where, source),
        **_risk(rule, label + where, source),
    }
    return stanza(name, settings)


def _schedule(rule: Deployable) -> dict[str, str]:
    """Runs are never skipped (``realtime_schedule = 0``), and the scheduler spreads them (``allow_skew``)."""
    planned = rule.description.schedule()
    return {
        "enableSched": "1",
        "cron_schedule": cron(planned.every),
        "dispatch.earliest_time": f"-{-(-planned.lookback // 60)}m@m",
        "dispatch.latest_time": "now",
        "schedule_window": "auto",
        "allow_skew": "100%",
        "realtime_schedule": "0",
        "is_visible": "0",
    }


def cron(every: int) -> str:
    """Runs at most ``every`` seconds apart, at least five minutes."""
    hours = max((fit for fit in _HOURS if fit * 3600 <= every), default=0)
    if hours:
        return {1: "0 * * * *", 24: "0 0 * * *"}.get(hours, f"0 */{hours} * * *")
    return f"*/{max((fit for fit in _INTERVALS if fit * 60 <= every), default=_INTERVALS[0])} * * * *"


def _alert(rule: Deployable, source: Source) -> dict[str, str]:
    """Every result counts, but the same finding only once while runs can see it again.

    An event is seen by runs for as long as the search looks back; one interval more allows for the search's start
    being rounded down to a minute. Without fields the search as a whole is silent for that time.
    """
    about = rule.description
    planned = about.schedule()
    fields = source.throttle or (() if about.correlation else ("_raw",))
    return {
        "counttype": "number of events",
        "relation": "greater than",
        "quantity": "0",
        "alert.digest_mode": "1",
        "alert.track": _switch(_alerts(rule)),
        "alert.severity": str(SPLUNK_ALERT_SEVERITY[about.level]),
        "alert.suppress": "1",
        **({"alert.suppress.fields": ",".join(fields)} if fields else {}),
        "alert.suppress.period": f"{planned.lookback + planned.every}s",
    }


def _correlation_search(rule: Deployable, label: str) -> dict[str, str]:
    about = rule.description
    changed = about.modified or about.created
    metadata: dict[str, Any] = {"deprecated": "0", "detection_id": about.id, "detection_version": str(about.version)}
    if changed is not None:
        metadata["publish_time"] = datetime.combine(changed, time(), UTC).timestamp()
    return {
        "action.correlationsearch.enabled": "1",
        "action.correlationsearch.label": label,
        "action.correlationsearch.detection_type": "ebd",
        "action.correlationsearch.annotations": _json({"mitre_attack": [one.id for one in about.techniques]}),
        "action.correlationsearch.metadata": _json(metadata),
    }


def _notable(rule: Deployable, title: str, source: Source) -> dict[str, str]:
    fields = ",".join(source.risk)
    drilldowns = _drilldowns(rule, source)
    steps = {"version": 1, "data": block(note(rule, *_undefined(rule)))}
    return {
        "action.notable": _switch(_alerts(rule)),
        "action.notable.param.rule_title": title,
        "action.notable.param.rule_description": text(f"{rule.description.summary} {_limits(rule)}"),
        "action.notable.param.security_domain": source.domain,
        "action.notable.param.severity": rule.description.level,
        **({"action.notable.param.nes_fields": fields} if fields else {}),
        "action.notable.param.next_steps": _json(steps),
        **({"action.notable.param.drilldown_searches": _json(drilldowns)} if drilldowns else {}),
    }


def _drilldowns(rule: Deployable, source: Source) -> list[dict[str, str]]:
    """What the same host or caller did at the time. No text of the rule is in it, as tokens are replaced there."""
    if source.pivot is None:
        return []
    names = [f"`{name}`" for name in macros_of(rule)]
    events = names[0] if len(names) == 1 else f"({' OR '.join(names)})"
    return [
        {
            "name": f"Events of ${source.pivot}$ in the time searched",
            "search": f'{events} {source.pivot}="${source.pivot}$"',
            "earliest_offset": "$info_min_time$",
            "latest_offset": "$info_max_time$",
        }
    ]


def _risk(rule: Deployable, message: str, source: Source) -> dict[str, str]:
    """A risk event for each system and user of a result; none where the search names neither."""
    if not source.risk:
        return {"action.risk": "0"}
    score = SPLUNK_RISK[rule.description.level]
    entries: list[Mapping[str, Any]] = [
        {"risk_object_field": name, "risk_object_type": kind, "risk_score": score} for name, kind in source.risk.items()
    ]
    entries += [{"threat_object_field": name, "threat_object_type": kind} for name, kind in source.threats.items()]
    return {
        "action.risk": "1",
        "action.risk.param._risk": _json(entries),
        "action.risk.param._risk_message": message,
        "action.risk.param._risk_score": "0",
        "action.risk.param.verbose": "0",
    }


def _alerts(rule: Deployable) -> bool:
    """Nobody is alerted by an informational rule (Sigma specification, ``level``): it leaves a risk event only."""
    return rule.description.level != "informational"


def _undefined(rule: Deployable) -> tuple[str, ...]:
    """What the app leaves to the site."""
    return tuple(
        f"The search needs the macro {name}, which this app does not define"
        for name in macros_of(rule)
        if name not in MACROS
    )


def _description(rule: Deployable) -> str:
    """Description, limits, false positives, references and author: all that is seen without Enterprise Security."""
    about = rule.description
    parts = (
        about.summary,
        _limits(rule),
        _told("False positives", about.false_positives),
        _told("References", about.references),
        _told("Author", (about.author,)),
        f"Sigma rule {about.id}, version {about.version}.",
    )
    return text(" ".join(part for part in parts if part))


def _limits(rule: Deployable) -> str:
    return _told("Limits", (*remarks(rule), *_undefined(rule)))


def _told(heading: str, items: tuple[str, ...]) -> str:
    told = "; ".join(item.strip() for item in items if item.strip())
    return f"{heading}: {told}." if told else ""


def _switch(on: bool) -> str:
    return "1" if on else "0"


def _json(value: object) -> str:
    """JSON in one line of ASCII; it ends in a bracket, so never in a backslash."""
    return json.dumps(value)
