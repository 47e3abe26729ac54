"""Samples of what stands beside a rule: fixtures, guides, lists, versions."""

from __future__ import annotations

import json

from sigma.rule import SigmaRule

from stagewatch.meaning import meaning as meaning_of
from tests.check.samples import RULE, SECTIONS, Content, Files, Sample, rule, text
from tests.check.samples_reading import CORRELATION

STEM = RULE.removesuffix(".yml")
FIXTURE = f"tests/rules/{STEM}"
IDENTIFIER = str(SECTIONS["id"])
GONE = "00000000-0000-4000-8000-000000000000"


def event(command: str) -> str:
    """A process creation as Sysmon records it."""
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
        "EventID": 1,
        "EventRecordID": 1,
        "TimeCreated": {"#attributes": {"SystemTime": "2026-11-21T09:00:00.000000Z"}},
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "host",
    }
    data = {"UtcTime": "2026-11-21 09:00:00.000", "Image": "C:\\a.exe", "CommandLine": command, "User": "a"}
    return json.dumps({"Event": {"System": system, "EventData": data}})


def case(name: str, count: int) -> str:
    """A case of a fixture, in a file of its own."""
    return f"    - name: {name}\n      type: json\n      path: {FIXTURE}/{name}.json\n      match_count: {count}\n"


def fixture(*cases: str, identifier: str = IDENTIFIER) -> Files:
    """A fixture of the rule with id ``identifier``: ``hit`` and ``miss`` are events files."""
    info = f"id: {GONE}\nrule_metadata:\n    - id: {identifier}\n      title: a\nregression_tests_info:\n"
    files = {f"{FIXTURE}/hit.json": event("tar -cf staging-directory"), f"{FIXTURE}/miss.json": event("tar")}
    return {**files, f"{FIXTURE}/info.yml": info + "".join(cases)}


HIT, MISS = case("hit", 1), case("miss", 0)
WHOLE = fixture(HIT, MISS)

LISTS = """\
places:
    description: Where data is staged
    forms: {path: {keys: [CommandLine|contains]}}
    entries:
        - {path: 'staging-directory', reason: A group staged there}
"""

THRESHOLDS = """\
thresholds:
    correlation_many:
        timespan: 10m
        gte: 10
        attack: [TransferWindow]
        reason: Nobody makes ten
"""


def listed(value: str) -> Files:
    """A rule that carries the list ``places``."""
    body = f"selection_places:\n    CommandLine|contains: '{value}'\ncondition: selection_places"
    return {**rule(detection=body), "lists/places.yml": LISTS}


def locked(meaning: str, identifier: str = IDENTIFIER) -> str:
    """A lock of versions with one rule."""
    return json.dumps({identifier: {"meaning": meaning, "stem": STEM, "version": 3}})


def versioned(meaning: str | None = None, identifier: str = IDENTIFIER) -> Content:
    """The rule and its lock; with the meaning that the rule has, where none is given."""
    now = meaning_of(SigmaRule.from_yaml(text()))
    return {**rule(), "versions.json": locked(meaning or now, identifier)}


def counted(file: str) -> Files:
    return {
        **rule(name="archive"),
        f"sigma/{file}": CORRELATION.format(name="archive"),
        "lists/thresholds.yml": THRESHOLDS,
    }


SAMPLES = {
    "SW400": (
        Sample({**rule(), f"{FIXTURE}/info.yml": "a: [\n"}, {**rule(), **WHOLE}, about="not valid YAML"),
        Sample({**rule(), "lists/a.yml": "- a\n"}, listed("staging-directory"), about="no mapping"),
        Sample({**rule(), "versions.json": "{"}, versioned(), about="no lock of versions"),
    ),
    "SW401": Sample({**rule(), **fixture(HIT, MISS, identifier=GONE)}, {**rule(), **WHOLE}, line=1),
    "SW402": Sample({**rule(), **fixture(MISS)}, {**rule(), **WHOLE}),
    "SW403": Sample({**rule(), **fixture(HIT)}, {**rule(), **WHOLE}),
    "SW404": Sample({**rule(), **fixture(HIT, MISS, identifier=GONE)}, {**rule(), **WHOLE}, about=GONE),
    "SW411": (
        Sample({**rule(), "docs/guides/other.md": ""}, {**rule(), f"docs/guides/{STEM}.md": ""}, line=1),
        Sample({**rule(), "docs/guides/other.md": ""}, rule()),
    ),
    "SW412": Sample(
        {**rule(), "docs/guides/other.md": ""}, {**rule(), f"docs/guides/{STEM}.md": "", "docs/guides/README.md": ""}
    ),
    "SW421": Sample(listed("elsewhere"), listed("staging-directory"), line=17),
    "SW422": Sample(counted("correlation_other.yml"), counted("correlation_many.yml"), about="correlation_many"),
    "SW431": Sample({**rule(), "versions.json": "{}"}, versioned(), line=1),
    "SW432": Sample(versioned("0" * 64), versioned(), about="version 3"),
    "SW433": Sample(versioned(identifier=GONE), versioned(), about=GONE),
}
