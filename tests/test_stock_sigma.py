"""The pipelines in stock sigma-cli: read from their files and, installed, discovered as plugins."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stagewatch.targets import TARGETS

ROOT = Path(__file__).resolve().parents[1]
SIGMA = Path(sys.executable).with_name("sigma")

STOCK = {
    "defender": "kusto",
    "sentinel": "kusto",
    "splunk": "splunk",
    "elastic": "eql",
    "qradar": "qradar-aql-community",
    "sumo": "sumologic_cse",
    "secops": "secops",
    "logscale": "log_scale",
}

PROCESS = """\
title: Process
status: test
logsource: {category: process_creation, product: windows}
detection:
    selection: {FIELD: staged-value}
    condition: selection
level: low
"""

FILE = PROCESS.replace("process_creation", "file_event")

EXPECTED = {
    "defender": ("ProcessCommandLine", "ProcessCreated", "FolderPath", "FileCreated"),
    "sentinel": ("ProcessCommandLine", "ProcessCreated", "FolderPath", "FileCreated"),
    "splunk": ("CommandLine", "EventCode=1", "TargetFilename", "EventCode=11"),
    "elastic": ("process.command_line", "start", "file.path", "creation"),
    "qradar": ("Command", "devicetype", "Filename", "devicetype"),
    "sumo": ("commandLine", "Operational-1", "file_path", "Operational-11"),
    "secops": ("target.process.command_line", "PROCESS_LAUNCH", "target.file.full_path", "FILE_CREATION"),
    "logscale": ("CommandLine", "ProcessRollup2", "TargetFileName", "FileWritten"),
}
"""Target -> the field and the event type that a process rule and a file rule must name."""


def convert(target: str, pipeline: str, rule: str, tmp_path: Path) -> Result:
    from sigma.cli.convert import convert as command

    (tmp_path / "rule.yml").write_text(rule)
    arguments = ["-t", STOCK[target], "-p", pipeline, "--disable-pipeline-check", str(tmp_path / "rule.yml")]
    return CliRunner().invoke(command, arguments)


def test_the_table_is_complete() -> None:
    assert set(STOCK) == set(EXPECTED)
    assert [target for target in TARGETS if target not in STOCK] == ["duckdb"]  # no backend of pySigma writes its SQL


@pytest.mark.parametrize("target", STOCK)
def test_stock_convert_maps_fields_and_adds_the_event_type(target: str, tmp_path: Path) -> None:
    process_field, process_type, file_field, file_type = EXPECTED[target]
    pipeline = str(ROOT / "pipelines" / f"{target}.yml")
    for rule, name, words in (
        (PROCESS, "CommandLine", (process_field, process_type)),
        (FILE, "TargetFilename", (file_field, file_type)),
    ):
        result = convert(target, pipeline, rule.replace("FIELD", name), tmp_path)
        assert result.exit_code == 0, result.output
        assert all(word in result.output for word in ("staged-value", *words)), result.output


@pytest.mark.parametrize("target", STOCK)
def test_stock_convert_refuses_an_unmapped_field_loudly(target: str, tmp_path: Path) -> None:
    pipeline = str(ROOT / "pipelines" / f"{target}.yml")
    result = convert(target, pipeline, PROCESS.replace("FIELD", "NoSuchField"), tmp_path)
    assert result.exit_code != 0
    assert "The following fields are not mapped: NoSuchField" in result.output + str(result.exception)


@pytest.mark.parametrize("target", STOCK)
def test_stock_convert_refuses_an_unknown_log_source_loudly(target: str, tmp_path: Path) -> None:
    pipeline = str(ROOT / "pipelines" / f"{target}.yml")
    rule = PROCESS.replace("process_creation", "dns_query").replace("FIELD", "QueryName")
    assert convert(target, pipeline, rule, tmp_path).exit_code != 0


def test_installed_the_pipelines_stand_in_sigma_list_pipelines() -> None:
    listing = subprocess.run([SIGMA, "list", "pipelines"], capture_output=True, text=True, check=True).stdout
    assert [name for name in STOCK if f"stagewatch_{name} " not in listing] == []


def test_installed_a_pipeline_is_used_by_its_name(tmp_path: Path) -> None:
    result = convert("splunk", "stagewatch_splunk", PROCESS.replace("FIELD", "CommandLine"), tmp_path)
    assert result.exit_code == 0, result.output
    assert "EventCode=1" in result.output
