"""Findings as SARIF 2.1.0 (OASIS), which code scanning of GitHub and others show beside the code.

A result is recognised from one run to the next by a fingerprint of what it says, not of where its line has moved to.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any
from urllib.parse import quote

from stagewatch import __version__
from stagewatch.check.codes import codes
from stagewatch.check.formats.text import hint
from stagewatch.check.model import Code, Remark
from stagewatch.check.run import Report
from stagewatch.findings import one_line

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

FINGERPRINT = "primaryLocationLineHash"
"""The one of the partial fingerprints that GitHub compares results by."""


def written(report: Report) -> str:
    """One run with the kinds of findings that it has, its results and the defects as notifications."""
    named = sorted({remark.code for remark in report.remarks})
    index = {name: number for number, name in enumerate(named)}
    seen: Counter[str] = Counter()
    driver = {
        "name": "stagewatch",
        "version": __version__,
        "rules": [_rule(codes()[name]) for name in named],
    }
    notifications = [{"level": "error", "message": {"text": defect}} for defect in report.defects]
    run = {
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not report.defects, "toolExecutionNotifications": notifications}],
        "results": [_result(remark, index[remark.code], seen) for remark in report.remarks],
        "tool": {"driver": driver},
    }
    data = {"$schema": SCHEMA, "runs": [run], "version": "2.1.0"}
    return json.dumps(data, ensure_ascii=True, indent=2, sort_keys=True) + "\n"


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.name,
        "shortDescription": {"text": f"{code.title}."},
        "fullDescription": {"text": code.why},
        "help": {"text": f"{code.why} {code.hint}", "markdown": f"{code.why}\n\n**What to do:** {code.hint}"},
        "defaultConfiguration": {"level": code.severity},
        "properties": {"tags": ["sigma"]},
    }


def _result(remark: Remark, rule: int, seen: Counter[str]) -> dict[str, Any]:
    place = remark.place
    region = {"startLine": place.line or 1, **({"startColumn": place.column} if place.line and place.column else {})}
    properties = {"hint": hint(remark), "rule": remark.rule, "target": remark.target}
    return {
        "ruleId": remark.code,
        "ruleIndex": rule,
        "level": codes()[remark.code].severity,
        "message": {"text": _message(remark)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": quote(place.path)}, "region": region}}],
        "partialFingerprints": {FINGERPRINT: _fingerprint(remark, seen)},
        "properties": {key: value for key, value in properties.items() if value is not None},
    }


def _message(remark: Remark) -> str:
    target = "" if remark.target is None else f" [{remark.target}]"
    return one_line(f"{remark.message}{target}. {hint(remark)}")


def _fingerprint(remark: Remark, seen: Counter[str]) -> str:
    """A hash of code, file, target and message; those that are alike in all of these are numbered from the top."""
    told = "\0".join((remark.code, remark.place.path, remark.target or "", remark.message))
    digest = hashlib.sha256(told.encode(errors="replace")).hexdigest()[:16]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"
