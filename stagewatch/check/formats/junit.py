"""Findings as a JUnit report: a case for each file, so that a test report names the files that need work."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from stagewatch.check.codes import codes
from stagewatch.check.formats.text import hint
from stagewatch.check.model import Remark
from stagewatch.check.run import Report
from stagewatch.findings import one_line


def written(report: Report) -> str:
    """One suite without times, so that it compares: errors and warnings fail the case of their file, notes do not."""
    by_path: dict[str, list[Remark]] = {path: [] for path in report.paths}
    for remark in report.remarks:
        by_path.setdefault(remark.place.path, []).append(remark)
    failing = {path: [one for one in found if codes()[one.code].severity != "note"] for path, found in by_path.items()}
    counts = {
        "tests": str(len(by_path) + len(report.defects)),
        "failures": str(sum(map(bool, failing.values()))),
        "errors": str(len(report.defects)),
        "skipped": "0",
    }
    root = ET.Element("testsuites", name="stagewatch check")
    suite = ET.SubElement(root, "testsuite", {"name": "stagewatch check", **counts})
    for path, found in sorted(by_path.items()):
        case = ET.SubElement(suite, "testcase", name=_text(path), classname="stagewatch.check")
        if failing[path]:
            first = failing[path][0]
            failure = ET.SubElement(case, "failure", type=first.code, message=_text(first.message))
            failure.text = "\n".join(map(_line, failing[path]))
        notes = [one for one in found if one not in failing[path]]
        if notes:
            ET.SubElement(case, "system-out").text = "\n".join(map(_line, notes))
    for number, defect in enumerate(report.defects, start=1):
        case = ET.SubElement(suite, "testcase", name=f"defect {number}", classname="stagewatch.check")
        ET.SubElement(case, "error", type="defect", message=_text(defect))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _line(remark: Remark) -> str:
    place, target = remark.place, "" if remark.target is None else f" [{remark.target}]"
    return _text(
        f"{place.line or 1}:{place.column or 1}: {remark.code} {codes()[remark.code].severity}: "
        f"{remark.message}{target}. {hint(remark)}"
    )


def _text(text: str) -> str:
    """One line of characters that XML has: a file name may hold a lone surrogate."""
    return one_line(text).encode(errors="replace").decode()
