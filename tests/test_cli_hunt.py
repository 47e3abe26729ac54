"""The command ``hunt``: options, exit codes and what is printed."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from stagewatch import cli_hunt
from stagewatch.cli import main
from stagewatch.hunt.results import LEVELS
from stagewatch.logs import FORMATS

ROOT = Path(__file__).resolve().parents[1]
PROCESS = {
    "SourceName": "Microsoft-Windows-Sysmon",
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "EventID": 1,
    "Hostname": "WS-01.corp.example",
    "UtcTime": "2026-01-31 08:00:00.000",
    "User": "CORP\\jdoe",
    "Image": "C:\\Tools\\7z.exe",
    "OriginalFileName": "7z.exe",
    "CommandLine": "7z a -pSecret C:\\Users\\Public\\x.7z C:\\Finance",
}
"""Synthetic: an archive with a password in a staging directory, which a rule of level high finds."""


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    path = tmp_path / "logs.jsonl"
    path.write_text(json.dumps(PROCESS) + "\n" + json.dumps(PROCESS | {"CommandLine": "7z l x.7z"}) + "\n")
    return path


def hunt(*arguments: object) -> int:
    return main(["hunt", *map(str, arguments)], ROOT)


def test_a_hit_at_or_above_fail_on_ends_with_1_else_0(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hunt(logs) == 1
    assert hunt(logs, "--fail-on", "high") == 1
    assert hunt(logs, "--fail-on", "critical") == 0
    assert hunt(logs, "--fail-on", "never") == 0
    assert hunt(logs, "--until", "2026-01-30") == 0


def test_the_json_names_rule_level_time_host_user_and_fields(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hunt(logs, "--output", "json", "--level", "high")
    (hit,) = json.loads(capsys.readouterr().out)["hits"]
    assert hit["rule"] == "proc_creation_win_susp_archiver_password_staging_directory"
    assert (hit["level"], hit["time"], hit["host"]) == ("high", "2026-01-31T08:00:00.000000Z", "WS-01.corp.example")
    assert hit["user"] == "CORP\\jdoe"
    assert hit["matched"]["CommandLine"] == PROCESS["CommandLine"]


def test_the_table_ends_with_a_summary(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hunt(logs)
    out = capsys.readouterr().out
    assert "WS-01.corp.example" in out
    assert "the highest level high" in out.splitlines()[-1]


def test_the_csv_has_a_line_for_each_hit(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hunt(logs, "--output", "csv", "--level", "high")
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["level"], row["host"]) == ("high", "WS-01.corp.example")


def test_the_page_is_one_html_file(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hunt(logs, "--output", "html")
    out = capsys.readouterr().out
    assert out.startswith("<!DOCTYPE html>")
    assert "7z a -pSecret" in out


def test_filters_are_applied(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filters = tmp_path / "filter.yml"
    filters.write_text(
        "title: f\nid: 00000000-0000-4000-8000-000000000001\nstatus: test\n"
        "logsource: {product: windows, category: process_creation}\n"
        "filter:\n    rules: [75f53f61-0000-4000-8000-000000000000]\n    known: {User: 'CORP\\jdoe'}\n"
        "    condition: not known\n"
    )
    assert hunt(logs, "--filters", filters) == 1
    assert "which is not among the rules" in capsys.readouterr().err  # a filter that names no rule is no silence
    ids = [
        line[4:]
        for path in (ROOT / "sigma").rglob("proc*.yml")
        for line in path.read_text().splitlines()
        if line[:3] == "id:"
    ]
    filters.write_text(filters.read_text().replace("75f53f61-0000-4000-8000-000000000000", ", ".join(ids)))
    assert hunt(logs, "--filters", filters) == 0


def test_standard_input_is_read(
    logs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(logs.read_bytes())))
    assert hunt("-", "--output", "json") == 1
    assert json.loads(capsys.readouterr().out)["hits"][0]["origin"] == "standard input"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["LOGS", "nowhere.evtx"], "no such file or folder: nowhere.evtx"),
        ([str(ROOT / "README.md")], "no event was read from "),
        (["LOGS", "--since", "yesterday"], "is no time in ISO 8601"),
        (["LOGS", "--since", "2026-02-01", "--until", "2026-01-01"], "--until is before --since"),
        (["LOGS", "--master", "local[2]"], "give --engine spark too"),
        (["LOGS", "--format", "word"], "is not one of"),
        (["LOGS", "--rules", "nowhere"], "no such file or folder: nowhere"),
        (["LOGS", "--save", "/proc/nowhere/events.parquet"], "the events cannot be kept"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage_ends_with_2(
    logs: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hunt(*(str(logs) if argument == "LOGS" else argument for argument in arguments)) == 2
    assert message in capsys.readouterr().err


def test_a_rule_that_does_not_load_is_a_finding_and_the_others_are_asked(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.yml").write_text("title: [")
    assert hunt(logs, "--rules", ROOT / "sigma", "--rules", tmp_path / "bad.yml", "--level", "critical") == 1
    assert "bad.yml" in capsys.readouterr().err


def test_a_time_with_a_zone_is_taken_as_utc(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hunt(logs, "--since", "2026-01-31T09:30:00+02:00") == 1
    assert hunt(logs, "--since", "2026-01-31T09:30:00+01:00") == 0


def test_what_help_says_is_what_there_is() -> None:
    assert cli_hunt.LEVELS == LEVELS
    assert cli_hunt.FORMATS == FORMATS


def test_without_the_extra_the_message_says_what_to_install(
    logs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert hunt(logs) == 2
    assert capsys.readouterr().err == "stagewatch: duckdb is not installed; install the extra 'hunt'\n"
