"""A rule on macOS process starts finds what osquery reports to Splunk, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sigma.collection import SigmaCollection
from sigma.rule import SigmaRule

from stagewatch import fixtures
from stagewatch.conversion import convert
from stagewatch.prove import prove_queries
from stagewatch.telemetry import load_telemetry
from stagewatch.telemetry.native import Native
from tests.support import target
from tests.telemetry.natives import LINUX_PROCESS, MAC_PROCESS

NO_FILES = (
    "Splunk documents no source of macOS file events; of osquery it lists process events only (es_process_events)"
)
LOGSOURCE = {"category": "process_creation", "product": "macos"}


def rule(selection: dict[str, str], logsource: dict[str, str] = LOGSOURCE) -> SigmaRule:
    detection = {"selection": selection, "condition": "selection"}
    document: dict[str, Any] = {"title": "t", "logsource": logsource, "detection": detection}
    found = SigmaCollection.from_dicts([document]).rules[0]
    assert isinstance(found, SigmaRule)
    return found


def changed(**values: str) -> Native:
    return replace(MAC_PROCESS, data={**MAC_PROCESS.data, **values})


@pytest.mark.parametrize(
    "selection",
    [
        {"Image|endswith": "/TAR", "CommandLine|contains": " /Users/"},
        {"CurrentDirectory": "/Users/jdoe", "User": "jdoe", "CommandLine|startswith": "tar c"},
        {"ProcessId": "4000", "ParentProcessId": "2000", "Image": "/usr/bin/tar", "CommandLine|contains": "czf"},
    ],
)
def test_a_rule_finds_its_event(selection: dict[str, str]) -> None:
    outcome = convert(rule(selection), target("splunk"))
    assert outcome.rendered is not None, outcome.reasons
    events = (
        MAC_PROCESS,
        changed(event_type="fork"),
        changed(path="/bin/ls", cmdline="ls", cwd="/"),
        replace(MAC_PROCESS, channel="es_process_file_events"),
        LINUX_PROCESS,
    )
    case = fixtures.Case(
        name="events",
        events=events,
        labels=tuple(map(fixtures.label, events)),
        match_count=1,
        matching=frozenset({0}),
        not_seen={},
    )
    telemetry = load_telemetry("splunk")
    fixture = fixtures.Fixture("t", (case,), "")
    proof = prove_queries("t", "splunk", outcome.rendered.files, telemetry, fixture, is_correlation=False)
    assert (proof.verdict, proof.problems) == ("proven", ())


@pytest.mark.parametrize(
    ("selection", "logsource", "reason"),
    [
        (
            {"CommandLine|endswith": ".zip"},
            LOGSOURCE,
            "osquery writes a blank behind the last argument, so that Splunk finds no end of a command line on macOS",
        ),
        (
            {"ParentImage|endswith": "/zsh"},
            LOGSOURCE,
            "the platform's events carry no ParentImage, and the rule cannot be told without",
        ),
        (
            {"TargetFilename|endswith": ".zip"},
            {"category": "file_event", "product": "macos"},
            NO_FILES,
        ),
    ],
)
def test_what_osquery_does_not_tell_is_refused(
    selection: dict[str, str], logsource: dict[str, str], reason: str
) -> None:
    assert convert(rule(selection, logsource), target("splunk")).reasons == (reason,)
