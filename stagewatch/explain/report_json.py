"""An explanation for programs; docs/explain.md says what the keys mean."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from stagewatch.check.model import Place
from stagewatch.explain.match import Answer, Column, Seen
from stagewatch.explain.model import Item, items
from stagewatch.explain.pipelines import Step
from stagewatch.explain.run import Base, Explained, Explanation, Looked
from stagewatch.explain.trace import Part, Trace, Traced
from stagewatch.explain.why import Cause
from stagewatch.explain.words import Line

SCHEMA = 1
"""Raised when a key changes its meaning or goes away, not when one is added."""


def write(explanation: Explanation, out: TextIO | None = None, *, full: bool = False, detailed: bool = False) -> None:
    """Write the whole explanation. It is always whole: ``full`` has made its words, ``detailed`` changes nothing."""
    del full, detailed
    text = json.dumps(plain(explanation), ensure_ascii=True, indent=2, sort_keys=True, default=str)
    (out or sys.stdout).write(text + "\n")


def plain(told: Explanation) -> dict[str, Any]:
    """The explanation as JSON holds it."""
    rule = told.entry.rule
    return {
        "agrees": told.agrees,
        "correlation": [
            {"reason": one.reason, "rows": [dict(row) for row in one.rows], "target": one.target}
            for one in told.together
        ],
        "events": [_event(event) for event in told.events],
        "id": None if rule.id is None else str(rule.id),
        "line": told.entry.source.line,
        "notes": list(told.notes),
        "path": told.path,
        "rules": [_base(base) for base in told.bases],
        "schema": SCHEMA,
        "stem": told.entry.source.stem,
        "targets": [_trace(trace) for trace in told.traces],
        "title": rule.title,
        "words": _outline(told.outline),
    }


def _outline(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [
        {"depth": line.depth, "lines": list(line.lines) if line.lines else None, "text": line.text} for line in lines
    ]


def _base(base: Base) -> dict[str, Any]:
    return {
        "logsource": base.asked,
        "parts": [{**_item(item), "used": item not in base.described.unused} for item in base.described.items],
        "path": base.path,
        "sentence": base.sentence,
        "title": base.title,
        "words": _outline(base.outline),
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "detection": item.detection,
        "filter": item.filtered,
        "key": item.key,
        "lines": list(item.lines),
        "place": _place(item.place),
        "values": [place.line for place in item.values],
    }


def _place(place: Place) -> dict[str, Any]:
    return {"column": place.column, "line": place.line, "path": place.path}


def _step(step: Step) -> dict[str, Any]:
    return {"id": step.identifier, "place": _place(step.place), "what": step.what}


def _trace(trace: Trace) -> dict[str, Any]:
    return {
        "absent": [{**_item(absent.item), "reason": absent.reason} for absent in trace.absent],
        "not_located": [_item(item) for item in trace.lost],
        "queries": [_query(traced) for traced in trace.queries],
        "reasons": list(trace.outcome.reasons),
        "status": trace.outcome.status,
        "target": trace.target,
    }


def _query(traced: Traced) -> dict[str, Any]:
    return {
        "parts": [_part(part) for part in traced.parts],
        "problem": traced.problem,
        "suffix": traced.suffix,
        "text": traced.text,
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "end": part.end,
        "kind": part.kind,
        "reason": part.reason,
        "rule": [_item(item) for item in part.items],
        "start": part.start,
        "steps": [_step(step) for step in part.steps],
        "text": part.text,
    }


def _event(event: Explained) -> dict[str, Any]:
    return {
        "label": event.given.label,
        "number": event.given.number,
        "rules": [
            {"targets": [_looked(base, looked) for looked in found], "title": base.title}
            for base, found in event.by_rule
        ],
    }


def _looked(base: Base, looked: Looked) -> dict[str, Any]:
    return {
        "agrees": looked.verdict.agrees,
        "hit": looked.verdict.hit,
        "records": [_seen(base, seen) for seen in looked.verdict.records],
        "target": looked.verdict.target,
        "why": [_cause(cause) for cause in looked.causes],
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "columns": list(cause.columns),
        "kind": cause.kind,
        "parts": [_item(item) for item in cause.items],
        "text": cause.text,
    }


def _seen(base: Base, seen: Seen) -> dict[str, Any]:
    return {
        "composed": seen.composed,
        "conditions": [
            {
                "columns": [_column(column) for column in condition.columns],
                "met": condition.met,
                "steps": [_step(step) for step in condition.steps],
                "text": condition.text,
            }
            for condition in seen.conditions
        ],
        "hit": seen.whole,
        "in_table": seen.in_table,
        "logsource": seen.source_met,
        "parts": [{**_item(item), **_answer(seen.answers[item])} for item in dict.fromkeys(items(base.tree))],
        "source": seen.source,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {"columns": [_column(column) for column in answer.columns], "met": answer.met, "reason": answer.reason}


def _column(column: Column) -> dict[str, Any]:
    return {
        "computed": column.computed or None,
        "name": column.name,
        "present": column.present,
        "value": column.value,
    }
