"""Findings for people: one a line, with what to do below it, and a closing line of counts."""

from __future__ import annotations

from stagewatch.check.codes import codes
from stagewatch.check.model import Place, Remark
from stagewatch.check.run import Report
from stagewatch.findings import one_line


def written(report: Report) -> str:
    """``path:line:column: CODE severity: message [target]``, each followed by its hint."""
    lines = [line for remark in report.remarks for line in (line_of(remark), f"    {hint(remark)}")]
    return "\n".join([*lines, summary(report)]) + "\n"


def hint(remark: Remark) -> str:
    """What to do: here if the remark knows, else in general."""
    return one_line(remark.hint or codes()[remark.code].hint)


def summary(report: Report) -> str:
    """The counts in one line; what was switched off or left out is said as well."""
    counts = [_counted(report.count(severity), severity) for severity in ("error", "warning", "note")]
    told = f"{_counted(report.files, 'rule file')}: {', '.join(counts)}"
    if report.ignored:
        told += f"; {report.ignored} switched off"
    return f"{told}; not looked at: {', '.join(report.left_out)}" if report.left_out else told


def line_of(remark: Remark) -> str:
    """The finding in one line."""
    target = "" if remark.target is None else f" [{remark.target}]"
    severity = codes()[remark.code].severity
    return one_line(f"{_place(remark.place)}: {remark.code} {severity}: {remark.message}{target}")


def _place(place: Place) -> str:
    return ":".join(str(part) for part in (place.path, place.line, place.column) if part is not None)


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"
