"""Findings as text, JSON, SARIF, JUnit and GitHub's annotations; the last but two against their makers' schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema

from stagewatch.check.formats import FORMATS, written
from stagewatch.check.model import Place, Remark
from stagewatch.check.run import Report
from stagewatch.cli_check import FORMATS as OFFERED

SCHEMAS = Path(__file__).parents[1] / "schemas"

AWKWARD = "sigma/näme with, colon: & <x> 100%.yml"

REPORT = Report(
    remarks=(
        Remark("SW021", Place("sigma/a.yml", 1, 1), "the rule has no level", rule="a"),
        Remark(
            "SW029", Place("sigma/a.yml", 13, 5), "the category <x> & 'y' is unknown: 100%", "Do this.", "splunk", "a"
        ),
        Remark("SW412", Place("docs/guides/b.md"), "there is no rule file b"),
        Remark("SW001", Place(AWKWARD, 2), "cannot be read: ]]> \u2028"),
    ),
    ignored=2,
    defects=("the check x broke down: KeyError: <1>",),
    paths=("sigma/a.yml", "sigma/clean.yml"),
    left_out=("dist and proofs",),
)
EMPTY = Report((), 0, (), ("sigma/a.yml",))


def sarif(report: Report) -> Any:
    return json.loads(written("sarif", report))


def test_the_command_offers_the_formats_that_there_are() -> None:
    assert OFFERED == FORMATS


def test_text_has_a_line_and_a_hint_for_each_finding_and_the_counts() -> None:
    assert written("text", REPORT).splitlines()[:4] == [
        "sigma/a.yml:1:1: SW021 warning: the rule has no level",
        "    Add level, as the Sigma specification describes it.",
        "sigma/a.yml:13:5: SW029 error: the category <x> & 'y' is unknown: 100% [splunk]",
        "    Do this.",
    ]
    assert written("text", REPORT).splitlines()[4] == "docs/guides/b.md: SW412 note: there is no rule file b"
    assert written("text", REPORT).splitlines()[-1] == (
        "2 rule files: 2 errors, 1 warning, 1 note; 2 switched off; not looked at: dist and proofs"
    )
    assert written("text", EMPTY) == "1 rule file: 0 errors, 0 warnings, 0 notes\n"


def test_json_tells_all_that_a_script_may_want() -> None:
    data = json.loads(written("json", REPORT))
    assert data["findings"][1] == {
        "code": "SW029",
        "column": 5,
        "fixable": False,
        "hint": "Do this.",
        "line": 13,
        "message": "the category <x> & 'y' is unknown: 100%",
        "path": "sigma/a.yml",
        "rule": "a",
        "severity": "error",
        "target": "splunk",
        "title": "A log source looks like a misspelt one",
    }
    assert data["summary"] == {
        "errors": 2, "files": 2, "left_out": ["dist and proofs"], "notes": 1, "switched_off": 2, "warnings": 1,
    }  # fmt: skip
    assert data["defects"] == list(REPORT.defects)


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "none"])
def test_sarif_is_valid(report: Report) -> None:
    schema = json.loads((SCHEMAS / "sarif-2.1.0.json").read_bytes())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in validator.iter_errors(sarif(report))] == []


def test_the_schema_of_sarif_would_refuse() -> None:
    schema = json.loads((SCHEMAS / "sarif-2.1.0.json").read_bytes())
    broken = sarif(REPORT)
    broken["runs"][0]["results"][0]["level"] = "fatal"
    assert not jsonschema.Draft7Validator(schema).is_valid(broken)


def test_sarif_points_into_the_repository() -> None:
    (run,) = sarif(REPORT)["runs"]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert places[1] == {"artifactLocation": {"uri": "sigma/a.yml"}, "region": {"startLine": 13, "startColumn": 5}}
    assert places[2]["region"] == {"startLine": 1}
    assert places[3]["artifactLocation"]["uri"] == "sigma/n%C3%A4me%20with%2C%20colon%3A%20%26%20%3Cx%3E%20100%25.yml"
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == ["SW021", "SW029", "SW412", "SW001"]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_a_fingerprint_outlives_a_moved_line_and_tells_two_alike_apart() -> None:
    def prints(*lines: int) -> list[str]:
        remarks = tuple(Remark("SW021", Place("sigma/a.yml", line, 1), "the rule has no level") for line in lines)
        results = sarif(Report(remarks, 0, (), ()))["runs"][0]["results"]
        return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]

    assert prints(1) == prints(99)
    assert len(set(prints(1, 2))) == 2
    assert prints(1, 2)[0] == prints(1)[0]


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "none"])
def test_junit_is_valid(report: Report) -> None:
    schema = xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")
    assert [error.reason for error in schema.iter_errors(written("junit", report))] == []


def test_the_schema_of_junit_would_refuse() -> None:
    schema = xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")
    assert not schema.is_valid(written("junit", REPORT).replace("<failure ", "<fault ").replace("</failure", "</fault"))


def test_junit_has_a_case_for_each_file_and_notes_do_not_fail_it() -> None:
    suite = ET.fromstring(written("junit", REPORT)).find("testsuite")  # noqa: S314 - our own
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("5", "2", "1")
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    failure = cases["sigma/a.yml"].find("failure")
    assert failure is not None
    assert (failure.get("type"), len((failure.text or "").splitlines())) == ("SW021", 2)
    assert cases["docs/guides/b.md"].find("failure") is None
    assert cases["docs/guides/b.md"].find("system-out") is not None
    assert cases["sigma/clean.yml"].find("failure") is None
    assert AWKWARD in cases


def test_annotations_of_github_are_escaped_as_its_runner_reads_them() -> None:
    lines = written("github", REPORT).splitlines()
    assert lines[0] == (
        "::warning file=sigma/a.yml,line=1,col=1,title=SW021%3A A rule has no level::"
        "the rule has no level. Add level, as the Sigma specification describes it."
    )
    assert lines[1].endswith("::the category <x> & 'y' is unknown: 100%25 [splunk]. Do this.")
    assert lines[2].startswith("::notice file=docs/guides/b.md,title=SW412%3A A guide is of no rule::")
    assert lines[3].startswith("::error file=sigma/näme with%2C colon%3A & <x> 100%25.yml,line=2,title=SW001%3A")


def test_no_format_lets_a_message_break_out_of_its_line() -> None:
    evil = Report((Remark("SW021", Place("a.yml", 1), "x\n::error::injected\r\n::stop-commands::y"),), 0, (), ())
    assert written("github", evil).count("\n") == 2
    assert len(written("text", evil).splitlines()) == 3


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_findings_give_the_same_bytes(name: str) -> None:
    assert written(name, REPORT) == written(name, REPORT)
    assert written(name, REPORT).endswith("\n")
