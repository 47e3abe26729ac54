"""Findings for scripts: one JSON object, with what a person would have to look up in it."""

from __future__ import annotations

import json
from typing import Any

from stagewatch import __version__
from stagewatch.check.codes import codes
from stagewatch.check.formats.text import hint
from stagewatch.check.model import Remark
from stagewatch.check.run import Report
from stagewatch.findings import one_line

SCHEMA = 1
"""Raised when a key changes its meaning or goes away, not when one is added."""


def written(report: Report) -> str:
    """Canonical JSON: sorted keys, two spaces, ASCII."""
    data = {
        "defects": list(report.defects),
        "findings": [_plain(remark) for remark in report.remarks],
        "generator": f"stagewatch {__version__}",
        "schema": SCHEMA,
        "summary": {
            "errors": report.count("error"),
            "files": report.files,
            "left_out": list(report.left_out),
            "notes": report.count("note"),
            "switched_off": report.ignored,
            "warnings": report.count("warning"),
        },
    }
    return json.dumps(data, ensure_ascii=True, indent=2, sort_keys=True) + "\n"


def _plain(remark: Remark) -> dict[str, Any]:
    code = codes()[remark.code]
    return {
        "code": remark.code,
        "column": remark.place.column,
        "fixable": code.fixable,
        "hint": hint(remark),
        "line": remark.place.line,
        "message": one_line(remark.message),
        "path": remark.place.path,
        "rule": remark.rule,
        "severity": code.severity,
        "target": remark.target,
        "title": code.title,
    }
