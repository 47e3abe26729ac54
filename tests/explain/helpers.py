"""Rules in a folder of a test, their structure and their trace; events in the frame that fixtures have."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagewatch.explain.pipelines import PipelinePlaces
from stagewatch.explain.run import Base, Explanation, explain
from stagewatch.explain.trace import Part, Trace, trace
from stagewatch.pack import read_pack
from stagewatch.targets import load_target
from stagewatch.telemetry.native import Native, native

HEAD = """\
title: Test
id: 11111111-1111-4111-8111-111111111111
status: test
logsource: {{category: {category}, product: {product}}}
detection:
"""
"""Five lines: a detection section begins on line 6."""


def written(folder: Path, detection: str, *, category: str = "process_creation", product: str = "windows") -> Path:
    """A rule file around a detection section."""
    path = folder / "rule.yml"
    body = textwrap.indent(textwrap.dedent(detection).strip("\n"), "    ")
    path.write_text(HEAD.format(category=category, product=product) + body + "\n")
    return path


def explanation(path: Path, *, full: bool = False) -> Explanation:
    """The explanation of the last rule of a file."""
    pack = read_pack([path])
    assert not pack.findings, pack.findings
    return explain(pack.rules[-1], lambda one: one.name, full=full)


def described(folder: Path, detection: str, *, category: str = "process_creation", product: str = "windows") -> Base:
    """A detection section as a rule with its structure."""
    return explanation(written(folder, detection, category=category, product=product)).bases[0]


def traced(path: Path, target: str, pipelines: tuple[Path, ...] = ()) -> Trace:
    """The trace of the last rule of a file on a target."""
    told = explanation(path)
    loaded = load_target(target, pipelines)
    places = PipelinePlaces(loaded, pipelines, shown=lambda one: one.name)
    unused = [item for base in told.bases for item in base.described.unused]
    return trace(told.entry.rule, loaded, places, told.items, unused)


def shown(part: Part) -> tuple[str, str, list[str], list[str]]:
    """A part: its kind, its text, the keys and lines of the rule, what the pipelines did and where."""
    rule = [f"{item.detection}.{item.key}:{item.lines[0]}-{item.lines[1]}" for item in part.items]
    return part.kind, part.text, rule, [f"{step.what} @{step.place.path}" for step in part.steps]


def sysmon(event_id: int = 1, /, **data: str) -> Native:
    """An event of Sysmon."""
    return native(document(event_id, **data))


def document(event_id: int = 1, /, **data: str) -> Mapping[str, Any]:
    """An event of Sysmon as a fixture holds it."""
    return {
        "Event": {
            "System": {
                "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
                "EventID": event_id,
                "TimeCreated": {"#attributes": {"SystemTime": "2026-11-21T09:00:00Z"}},
                "EventRecordID": 1000,
                "Channel": "Microsoft-Windows-Sysmon/Operational",
                "Computer": "ws-1.corp.example",
            },
            "EventData": data,
        }
    }


def saved(path: Path, *documents: Mapping[str, Any]) -> Path:
    """Documents in a file, one after another."""
    path.write_text("\n".join(map(json.dumps, documents)))
    return path
