"""CrowdStrike LogScale: a package of filter alerts and scheduled searches; Falcon Next-Gen SIEM's correlation rules.

The package's files follow those of the vendor (CrowdStrike/logscale-community-content: ``filteralert/v0.1.0``,
``scheduledsearch/v0.1.0``, ``manifest/v2.0.0``). An alert on single events is a filter alert, as the vendor advises
(page "Triggers"); a query that aggregates is a scheduled search. No form has a place for severity and ATT&CK, so labels
hold them. A trigger runs only once it has an action (page "Alert Properties"), which is the site's.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from stagewatch import __version__
from stagewatch.objects import falcon
from stagewatch.objects.base import Deployable, Objects
from stagewatch.objects.collect import add_shared, collect, display_names, identifier
from stagewatch.objects.note import note
from stagewatch.objects.yaml_text import dump_yaml

PACKAGE = "stagewatch/staged-data"
"""Scope and name: with an object's own name, what makes an update of it."""

SLIDING = "1.174.0"
"""The version that brought ``slidingTimeWindow()`` (its page); ``correlate()`` needs 1.192."""
CORRELATE = "1.192.0"

SCHEMAS = "https://schemas.humio.com"

MINUTES = (30, 20, 15, 12, 10, 6, 5)
"""Intervals that divide an hour, as a cron pattern runs evenly only with them."""

HOURS = (24, 12, 8, 6, 4, 3, 2, 1)
"""Intervals that divide a day."""

BACKFILL = 12
"""Missed runs that are made up for, after a maintenance window of an hour at the shortest interval."""

OVERLAP = "Runs overlap so that no burst falls between two: two runs may report the same one"


def objects(rules: Sequence[Deployable]) -> Objects:
    """``package/`` and the same as ``stagewatch.zip``, and one Falcon rule per rule below ``falcon/``.

    A rule that Falcon's limits shut out still has its trigger in the package; it is told in ``refused``.
    """
    names = display_names(rules)
    result = collect(rules, lambda rule: _trigger(rule, names[rule.description.stem]))
    correlates = any("correlate(" in rule.rendered.files[".cql"] for rule in rules)
    add_shared(result, "package/manifest.yaml", dump_yaml(_manifest(CORRELATE if correlates else SLIDING)))
    add_shared(result, "package/README.md", README.encode())
    add_shared(result, "stagewatch.zip", _zipped(result.files))
    of_falcon = collect(rules, lambda rule: falcon.files(rule, names[rule.description.stem]))
    result.files.update(of_falcon.files)
    result.refused.update(of_falcon.refused)
    for stem, paths in of_falcon.of.items():
        result.of[stem] = tuple(sorted({*result.of.get(stem, ()), *paths}))
    return result


def _trigger(rule: Deployable, name: str) -> Mapping[str, bytes]:
    stem = identifier(rule.description.stem)
    if rule.description.correlation is None:
        return {f"package/filter-alerts/{stem}.yaml": dump_yaml(_filter_alert(rule, name))}
    return {f"package/scheduled-searches/{stem}.yaml": dump_yaml(_scheduled_search(rule, name))}


def _filter_alert(rule: Deployable, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": note(rule),
        "enabled": rule.description.enabled,
        "queryString": rule.rendered.files[".cql"],
        "labels": _labels(rule),
        "actionNameReferences": [],
        "$schema": f"{SCHEMAS}/filteralert/v0.1.0",
    }


def _scheduled_search(rule: Deployable, name: str) -> dict[str, Any]:
    schedule = rule.description.schedule()
    return {
        "name": name,
        "description": note(rule, OVERLAP),
        "enabled": rule.description.enabled,
        "queryString": rule.rendered.files[".cql"],
        "queryStart": f"{schedule.lookback}s",
        "queryEnd": "now",
        "schedule": _cron(schedule.every),
        "timeZone": "UTC+00:00",
        "backfillLimit": BACKFILL,
        "labels": _labels(rule),
        "actionNameReferences": [],
        "$schema": f"{SCHEMAS}/scheduledsearch/v0.1.0",
    }


def _cron(every: int) -> str:
    """A pattern that runs at least as often as every ``every`` seconds, which are five minutes at least."""
    hours = max((fit for fit in HOURS if fit * 3600 <= every), default=0)
    if hours:
        return {1: "0 * * * *", 24: "0 0 * * *"}.get(hours, f"0 */{hours} * * *")
    return f"*/{next(minutes for minutes in MINUTES if minutes * 60 <= every)} * * * *"


def _labels(rule: Deployable) -> list[str]:
    about = rule.description
    return [
        f"severity:{about.level}",
        *(tactic.id for tactic in about.tactics),
        *(technique.id for technique in about.techniques),
        f"stagewatch:{about.id}",
    ]


def _manifest(oldest: str) -> dict[str, Any]:
    return {
        "name": PACKAGE,
        "version": __version__,
        "type": "application",
        "author": {"name": "Stagewatch"},
        "description": "Detections of staged data (MITRE ATT&CK T1074), made of Sigma rules",
        "minHumioVersion": oldest,
        "$schema": f"{SCHEMAS}/manifest/v2.0.0",
    }


README = """# Stagewatch: staged data (MITRE ATT&CK T1074)

Filter alerts and scheduled searches over the events of the Falcon sensor and CloudTrail, made of Sigma rules. Each
trigger's description says which rule and version it is, what it does not see and what an analyst does first.

Everything is disabled and has no action: a trigger runs only once it has one. Scheduled searches look for bursts; let
them use the event timestamp.
"""


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """``package/`` as an archive with ``manifest.yaml`` at its root: the same bytes on any machine.

    Nothing is compressed, as the output of zlib differs between its versions.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path.removeprefix("package/"), date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, whatever wrote it
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[path])
    return buffer.getvalue()
