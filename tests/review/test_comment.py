"""The comment on a pull request: one of them, ours, up to date, and no more than the token may do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stagewatch.cli import main
from stagewatch.findings import UsageError
from stagewatch.review import web
from stagewatch.review.markdown import marker
from stagewatch.review.web import Refused, Unreachable, Web
from tests.review.forge import GITHUB_MOST, PAGE, World

HIDDEN = marker("review")
TOKEN = "ghs_secret"  # noqa: S105 - one that opens nothing


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.md"
    path.write_text("**Passes.**\n", encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def job(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    for name, value in {
        "GITHUB_API_URL": world.url,
        "GITHUB_REPOSITORY": "own/rules",
        "GITHUB_EVENT_PATH": str(event),
        "CI_API_V4_URL": world.url,
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_PROJECT_URL": "https://gitlab.example.org/own/rules",
        "STAGEWATCH_TOKEN": TOKEN,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(web, "WAITS", (0, 0, 0))


def post(report: Path, where: str = "github", *more: str) -> int:
    return main(["comment", str(report), "--to", where, *more])


def test_the_first_report_is_a_new_comment(report: Path, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.add("Thanks!", "somebody")
    assert post(report) == 0
    assert [one["body"] for one in world.comments] == ["Thanks!", f"{HIDDEN}\n**Passes.**\n"]
    assert capsys.readouterr().out == "created https://example.org/c2\n"
    assert world.calls[-1] == ("POST", "/repos/own/rules/issues/7/comments")
    assert world.tokens == {f"Bearer {TOKEN}"}


def test_the_next_report_takes_its_place(report: Path, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.add("Thanks!", "somebody")
    world.add(f"{HIDDEN}\n**Fails:** 1 error.\n")
    assert post(report) == 0
    assert world.comments[1]["body"] == f"{HIDDEN}\n**Passes.**\n"
    assert len(world.comments) == 2
    assert capsys.readouterr().out == "updated https://example.org/c2\n"
    assert world.calls[-1] == ("PATCH", "/repos/own/rules/issues/comments/2")


@pytest.mark.parametrize(
    ("body", "login"),
    [
        (f"{HIDDEN}\nlooks good to me", "mallory"),
        (f"{HIDDEN}\nby nobody", None),
        (f"> {HIDDEN}\nquoted", "github-actions[bot]"),
        (f"{marker('linux')}\nanother report", "github-actions[bot]"),
    ],
)
def test_no_other_comment_is_touched(body: str, login: str | None, report: Path, world: World) -> None:
    world.add(body, login)
    assert post(report) == 0
    assert world.comments[0]["body"] == body
    assert len(world.comments) == 2


def test_ours_is_found_on_a_later_page(report: Path, world: World) -> None:
    for number in range(2 * PAGE + 1):
        world.add(f"comment {number}", "somebody")
    world.add(f"{HIDDEN}\nold")
    assert post(report) == 0
    assert world.comments[-1]["body"] == f"{HIDDEN}\n**Passes.**\n"
    assert world.methods() == ["GET", "GET", "GET", "PATCH"]


def test_another_token_has_another_author(report: Path, world: World) -> None:
    world.add(f"{HIDDEN}\nold", "rule-bot")
    assert post(report, "github", "--author", "rule-bot") == 0
    assert [one["body"] for one in world.comments] == [f"{HIDDEN}\n**Passes.**\n"]


def test_several_reports_stand_beside_each_other(report: Path, world: World) -> None:
    assert post(report, "github", "--name", "linux") == post(report, "github", "--name", "windows") == 0
    assert [one["body"].splitlines()[0] for one in world.comments] == [marker("linux"), marker("windows")]


def test_a_token_that_may_not_write_is_no_failure(
    report: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.read_only = True
    assert post(report) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("no comment: the token may not write here (POST /repos/own/rules/issues/7/comments was ")
    assert "403: Resource not accessible by integration" in printed
    assert TOKEN not in printed


def test_without_a_token_nothing_is_asked(
    report: Path, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STAGEWATCH_TOKEN", "")
    assert post(report) == 0
    assert capsys.readouterr().out == "no comment: there is no token in STAGEWATCH_TOKEN\n"
    assert world.calls == []


@pytest.mark.parametrize("event", ["{}", '{"pull_request": {"number": "7/../8"}}', "[]", "no JSON"])
def test_a_run_for_no_pull_request_is_wrong_usage(event: str, report: Path, tmp_path: Path, world: World) -> None:
    (tmp_path / "event.json").write_text(event)
    assert post(report) == 2
    assert world.calls == []


def test_a_report_that_is_too_long_is_shortened(report: Path, world: World) -> None:
    rows = "".join(f"| row {number} |\n" for number in range(20_000))
    report.write_text(f"<details>\n\n```diff\n{rows}```\n\n</details>\n", encoding="utf-8")
    assert post(report) == 0
    body = world.comments[0]["body"]
    assert 60_000 < len(body) <= GITHUB_MOST
    assert body.count("```") == 2
    assert body.count("</details>") == 1
    assert body.rstrip().endswith("the whole of it is with the run.*")


@pytest.mark.parametrize(
    ("failing", "methods"),
    [
        ([(502, {})], ["GET", "GET", "POST"]),
        ([(429, {"Retry-After": "0"})], ["GET", "GET", "POST"]),
        ([(403, {"X-RateLimit-Remaining": "0"})], ["GET", "GET", "POST"]),
    ],
)
def test_what_passes_is_tried_again(
    failing: list[tuple[int, dict[str, str]]], methods: list[str], report: Path, world: World
) -> None:
    world.failing = list(failing)
    assert post(report) == 0
    assert world.methods() == methods
    assert len(world.comments) == 1


def test_what_does_not_pass_is_told(report: Path, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.failing = [(500, {})] * 9
    assert post(report) == 1
    assert capsys.readouterr().err.startswith("stagewatch: GET /repos/own/rules/issues/7/comments?per_page=100&page=1 ")
    assert world.methods() == ["GET"] * 4


def test_a_comment_is_not_written_twice(world: World) -> None:
    """Where a request to write was answered with an error of the server's, it may have been done."""
    world.failing = [(502, {})]
    with pytest.raises(Unreachable):
        Web(world.url, {}).call("POST", "/x", {"body": "x"})
    assert world.methods() == ["POST"]


def test_a_token_is_not_sent_elsewhere(world: World) -> None:
    world.failing = [(302, {"Location": f"{world.url}/elsewhere"})]
    with pytest.raises(Unreachable, match="redirection"):
        Web(world.url, {"Authorization": TOKEN}).call("GET", "/x")
    assert world.calls == [("GET", "/x")]


@pytest.mark.parametrize("url", ["http://api.example.org", "ftp://x", "file:///etc/passwd", ""])
def test_a_token_is_sent_over_tls_only(url: str) -> None:
    with pytest.raises(UsageError, match="must begin with https"):
        Web(url, {})


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_is_not_tried_again(status: int, world: World) -> None:
    world.failing = [(status, {})]
    with pytest.raises(Refused, match=f"was answered with {status}: answer {status}"):
        Web(world.url, {}).call("GET", "/x")
    assert world.methods() == ["GET"]


def test_nobody_there_is_told_in_one_line(world: World) -> None:
    with pytest.raises(Unreachable, match="GET /x failed"):
        Web("http://127.0.0.1:1", {}).call("GET", "/x")


def test_gitlab_gets_a_note(report: Path, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.add(f"{HIDDEN}\nmine", "mallory")
    assert post(report, "gitlab") == 0
    assert post(report, "gitlab") == 0
    assert [one["body"] for one in world.comments] == [f"{HIDDEN}\nmine", f"{HIDDEN}\n**Passes.**\n"]
    notes = "https://gitlab.example.org/own/rules/-/merge_requests/7#note_2"
    assert capsys.readouterr().out == f"created {notes}\nupdated {notes}\n"
    assert world.calls[-1] == ("PUT", "/projects/5/merge_requests/7/notes/2")
    assert world.tokens == {TOKEN}


def test_a_note_does_nothing_but_tell(report: Path, world: World) -> None:
    """GitLab does what lines such as /merge say, with the rights of who writes them."""
    report.write_text("/merge\n  /approve\n| /close |\n//comment\n", encoding="utf-8")
    assert post(report, "gitlab") == 0
    lines = world.comments[0]["body"].splitlines()[1:]
    assert lines == ["\u200b/merge", "  \u200b/approve", "| /close |", "//comment"]


@pytest.mark.parametrize("lacking", ["CI_MERGE_REQUEST_IID", "CI_API_V4_URL", "CI_PROJECT_ID"])
def test_a_pipeline_for_no_merge_request_is_wrong_usage(
    lacking: str, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(lacking)
    assert post(report, "gitlab") == 2
