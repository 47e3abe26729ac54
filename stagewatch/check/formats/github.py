"""Findings as GitHub's workflow commands, which become annotations at the lines of a pull request.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands; the escaping is that of
``@actions/core``: a message may not hold ``%``, CR and LF, a property not ``:`` and ``,`` either.
"""

from __future__ import annotations

from stagewatch.check.codes import codes
from stagewatch.check.formats.text import hint, summary
from stagewatch.check.model import Remark
from stagewatch.check.run import Report

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def written(report: Report) -> str:
    """One command for each finding, and the counts for the log."""
    return "\n".join([*map(_command, report.remarks), summary(report)]) + "\n"


def _command(remark: Remark) -> str:
    code = codes()[remark.code]
    place = remark.place
    properties = {"file": place.path, "line": place.line, "col": place.column, "title": f"{code.name}: {code.title}"}
    told = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value is not None)
    target = "" if remark.target is None else f" [{remark.target}]"
    return f"::{COMMANDS[code.severity]} {told}::{_data(f'{remark.message}{target}. {hint(remark)}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
