from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
import yaml

from stagewatch import cli_new
from stagewatch.cli import main
from stagewatch.new import make
from stagewatch.new.sources import SOURCES
from tests.new.making import ID, repository
from tests.new.samples import SAMPLES, SYSMON

TITLE = "Archive Made With a Password by Rar"
RULE = "sigma/process_creation/proc_creation_win_archive_made_password_rar.yml"
WRITTEN = [
    "docs/guides/proc_creation_win_archive_made_password_rar.md",
    RULE,
    "tests/rules/proc_creation_win_archive_made_password_rar/info.yml",
    "tests/rules/proc_creation_win_archive_made_password_rar/match.json",
    "tests/rules/proc_creation_win_archive_made_password_rar/no_match.json",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "repository").root


@pytest.fixture
def event(tmp_path: Path) -> Path:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(SYSMON), encoding="utf-8")
    return path


def new(root: Path, *arguments: str | Path, title: str | None = TITLE) -> int:
    given = ["--technique", "t1074.001", "--author", "Somebody", "--date", "2026-11-22", "--id", str(ID)]
    given += ["--title", title] if title else []
    return main(["new", *given, *map(str, arguments)], root)


def files(root: Path) -> list[str]:
    found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return sorted(path for path in found if not path.startswith("lists/"))


def test_the_files_are_written_where_they_belong(root: Path, event: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(root, "--event", event) == 0
    assert files(root) == WRITTEN
    told = capsys.readouterr()
    assert f"wrote {RULE}" in told.out
    assert "recognised: windows/process_creation, event 1 (raw)" in told.err
    assert "asked: CommandLine|contains|all" in told.err
    assert "duckdb    ok        proven" in told.err
    assert f"python convert.py prove --record --rules {RULE}" in told.out


def test_what_is_written_passes_check_and_prove(root: Path, event: Path) -> None:
    assert new(root, "--event", event, "--reference", "https://example.org/report") == 0
    assert main(["check", "--no-dist", "--rules", str(root / RULE)], root) == 0
    assert main(["prove", "--rules", str(root / RULE), "--target", "duckdb", "--target", "sumo"], root) == 0


def test_the_environment_of_the_fixture_is_named(root: Path, event: Path) -> None:
    assert new(root, "--event", event) == 0
    text = (root / WRITTEN[3]).read_text(encoding="utf-8")
    assert "bob" not in text.lower()
    assert "CORP\\\\jdoe" in text
    info = yaml.safe_load((root / WRITTEN[2]).read_text(encoding="utf-8"))
    assert info["description"].startswith("The first event was recorded, its names and addresses replaced. Synthetic")
    assert info["regression_tests_info"][0]["path"] == WRITTEN[3]


def test_names_and_times_are_kept_on_demand(root: Path, event: Path) -> None:
    assert new(root, "--event", event, "--keep") == 0
    text = (root / WRITTEN[3]).read_text(encoding="utf-8")
    assert "CONTOSO\\\\bob" in text
    assert "2024-05-01T10:00:00.123456Z" in text
    assert "bob" not in (root / RULE).read_text(encoding="utf-8")


def test_a_dry_run_prints_the_files_and_writes_none(
    root: Path, event: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(root, "--event", event, "--dry-run") == 0
    dry = capsys.readouterr().out
    assert files(root) == []
    assert new(root, "--event", event) == 0
    for path in WRITTEN:
        assert f"--- {path}\n{(root / path).read_text(encoding='utf-8')}" in dry


def test_it_never_writes_over_a_file(root: Path, event: Path, capsys: pytest.CaptureFixture[str]) -> None:
    guide = root / WRITTEN[0]
    guide.parent.mkdir(parents=True)
    guide.write_text("mine", encoding="utf-8")
    assert new(root, "--event", event) == 2
    assert files(root) == [WRITTEN[0]]
    assert guide.read_text(encoding="utf-8") == "mine"
    assert "is there already" in capsys.readouterr().err


def test_a_link_that_leads_away_is_not_followed(
    root: Path, event: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "sigma" / "process_creation").symlink_to(tmp_path / "elsewhere")
    assert new(root, "--event", event) == 2
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert "would lie outside" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"title: Another One\nid: {ID}\n", f"the id {ID} is that of"),
        (f"title: {TITLE.upper()}\nid: 22222222-2222-4222-8222-222222222222\n", "the title"),
    ],
)
def test_an_id_or_title_that_is_taken_is_refused(
    text: str, told: str, root: Path, event: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = "logsource: {product: windows, category: file_event}\ndetection: {a: {Image: x}, condition: a}\n"
    (root / "sigma" / "other.yml").write_text(text + rest, encoding="utf-8")
    assert new(root, "--event", event) == 2
    assert told in capsys.readouterr().err
    assert files(root) == ["sigma/other.yml"]


def test_author_and_folder_are_those_of_the_rules_that_are_there(root: Path, event: Path) -> None:
    text = (
        "title: Another One\nid: 22222222-2222-4222-8222-222222222222\nauthor: The House\n"
        "description: Without any analytic\ntags: [attack.t1074.001]\n"
        "logsource: {product: windows, category: process_creation}\ndetection: {a: {Image: x}, condition: a}\n"
    )
    (root / "sigma" / "windows" / "collect").mkdir(parents=True)
    (root / "sigma" / "windows" / "collect" / "other.yml").write_text(text, encoding="utf-8")
    given = ["--technique", "T1074.001", "--title", TITLE, "--event", str(event)]
    assert main(["new", *given], root) == 0
    (rule,) = (root / "sigma" / "windows" / "collect").glob("proc_*.yml")
    made = yaml.safe_load(rule.read_text(encoding="utf-8"))
    assert made["author"] == "The House"
    assert "ATT&CK detection strategy" not in made["description"]


def test_a_repository_of_another_layout(tmp_path: Path, event: Path) -> None:
    root = tmp_path / "theirs"
    (root / "content" / "rules").mkdir(parents=True)
    (root / "stagewatch.toml").write_text(
        'rules = ["content/rules"]\nfixtures = "content/tests"\nguides = "content/guides"\ntargets = ["splunk"]\n',
        encoding="utf-8",
    )
    assert new(root, "--event", event) in (0, 1)
    stem = "proc_creation_win_archive_made_password_rar"
    assert files(root) == [
        f"content/guides/{stem}.md",
        f"content/rules/process_creation/{stem}.yml",
        f"content/tests/{stem}/info.yml",
        f"content/tests/{stem}/match.json",
        f"content/tests/{stem}/no_match.json",
        "stagewatch.toml",
    ]
    rule = yaml.safe_load((root / f"content/rules/process_creation/{stem}.yml").read_text(encoding="utf-8"))
    assert rule["regression_tests_path"] == f"content/tests/{stem}/info.yml"


def test_without_an_event_it_says_that_nobody_recorded_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(root, "--logsource", "linux/file_event", title="File Created in a Temporary Directory") == 0
    assert "nobody recorded it" in capsys.readouterr().err
    (info,) = root.glob("tests/rules/file_event_lnx_*/info.yml")
    assert "none was recorded" in info.read_text(encoding="utf-8")


def test_a_negative_event_stands_in_the_fixture(root: Path, event: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps(SYSMON).replace("rar.exe", "tool.exe").replace("Rar.exe", "tool.exe"), encoding="utf-8")
    assert new(root, "--event", event, "--negative", other) == 0
    assert "given as a negative event, 1" in (root / WRITTEN[4]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--event", "none.json"], "no such file"),
        (["--event", "EVENT", "--record", "5"], "has no event 5"),
        (["--event", "EVENT", "--logsource", "windows/file_event"], "is windows/process_creation, not"),
        (["--event", "EVENT", "--technique", "T9999"], "is no technique"),
        (["--event", "EVENT", "--field", "Colour"], "--field Colour"),
        (["--event", "EVENT", "--negative", "EVENT"], "has all that is asked for"),
        ([], "give an event with --event FILE"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str], told: str, root: Path, event: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(root, *(str(event) if one == "EVENT" else one for one in arguments)) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert told in last
    assert files(root) == []


def test_a_title_is_asked_for_where_nobody_can_answer(
    root: Path, event: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(root, "--event", event, title=None) == 2
    assert "--title is missing" in capsys.readouterr().err


def test_several_events_are_listed(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(f"{json.dumps(SYSMON)}\n{SAMPLES['script block'][1]}\n", encoding="utf-8")
    assert new(root, "--event", path) == 2
    told = capsys.readouterr().err
    assert "1  windows/process_creation" in told
    assert "say which with --record N" in told
    assert new(root, "--event", path, "--record", "2", title="Archive Made by a Script Block") == 0
    assert any("posh_ps_archive_made_script_block" in one for one in files(root))


class Terminal(io.TextIOWrapper):
    """Standard input with somebody at it."""

    def __init__(self, *lines: str) -> None:
        super().__init__(io.BytesIO("".join(f"{line}\n" for line in lines).encode()))

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_it_asks(
    root: Path, event: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    replies = ["y", "n", "y", TITLE, "T1074.001", "high", "Somebody", "Backup of the finance share"]
    monkeypatch.setattr(sys, "stdin", Terminal(*replies))
    assert main(["new", "--event", str(event), "--id", str(ID), "--date", "2026-11-22"], root) == 0, capsys.readouterr()
    rule = yaml.safe_load((root / RULE).read_text(encoding="utf-8"))
    assert rule["level"] == "high"
    assert rule["falsepositives"] == ["Backup of the finance share"]
    assert set(rule["detection"]) == {"selection_archivers", "selection_parent", "condition"}


def test_an_event_on_standard_input(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(SYSMON).encode())))
    assert new(root, "--event", "-") == 0
    assert files(root) == WRITTEN


def test_a_rule_that_fails_on_its_own_events_is_not_written(
    root: Path, event: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = make.cases

    def wrong(*given: object) -> object:
        found = real(*given)  # type: ignore[arg-type]
        return found._replace(misses=found.hits) if hasattr(found, "_replace") else type(found)(found.hits, found.hits)

    monkeypatch.setattr(make, "cases", wrong)
    assert new(root, "--event", event) == 1
    assert "nothing was written" in capsys.readouterr().err
    assert files(root) == []


def test_the_log_sources_of_the_help_are_those_that_there_are() -> None:
    assert tuple(SOURCES) == cli_new.LOG_SOURCES
    assert cli_new.LEVELS == make.LEVELS
