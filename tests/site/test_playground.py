"""The playground in a real browser, over HTTP and below an address of its own."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stagewatch import output
from stagewatch.cli import main
from stagewatch.layout import read_layout
from stagewatch.playground import answer
from stagewatch.site.collect import collect
from stagewatch.site.engine import DEFAULT, read_engine
from stagewatch.site.generate import generate
from tests.site.browser import chromium, served

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

ROOT = Path(__file__).parent.parent.parent

STEMS = (
    "aws_cloudtrail_snapshot_shared",
    "correlation_lnx_bulk_file_creation_hidden_tmp_directory",
    "file_event_lnx_susp_file_in_hidden_tmp_directory",
    "proc_creation_win_susp_archiver_staging_directory",
)

LINUX = "file_event_lnx_susp_file_in_hidden_tmp_directory"

ASK = """async ([rule, event]) => {
    const version = document.getElementById("playground").dataset.pyodide;
    window.ownWorker ??= new Worker(`worker.js?pyodide=${version}`, {type: "module"});
    return await new Promise((resolve, reject) => {
        window.ownWorker.onmessage = ({data}) => {
            if (data.kind === "answer") resolve(data.answer);
            if (data.kind === "unloadable" || data.kind === "defect") reject(new Error(data.message));
        };
        window.ownWorker.postMessage({rule, event});
    });
}"""
"""Ask the worker itself, past the page."""

SELECTED = """() => {
    const area = document.activeElement;
    return area.value.slice(area.selectionStart, area.selectionEnd);
}"""

HURRY = """() => {
    const wait = window.setTimeout;
    window.setTimeout = (what, milliseconds) => wait(what, milliseconds === 20_000 ? 3_000 : milliseconds);
}"""
"""Let twenty seconds, the limit of a run, be three."""

LOADED = 180_000
"""Milliseconds that the first run may take on a busy machine."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a small repository."""
    if not DEFAULT.is_dir():
        pytest.skip("Pyodide is not there: run npm ci in stagewatch/site/playground")
    root = tmp_path_factory.mktemp("repository")
    for stem in STEMS:
        (path,) = (ROOT / "sigma").rglob(f"{stem}.yml")
        copy = root / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
        shutil.copytree(ROOT / "tests/rules" / stem, root / "tests/rules" / stem)
    assert main(["build", "--queries-only"], root) == 0
    findings: list[Any] = []
    files = generate(collect(read_layout(root), findings, read_engine(None)))
    assert findings == []
    output.replace_folder(root / "site", files)
    return root / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = chromium()
    if path is None:
        pytest.skip("there is no Chromium: name one in STAGEWATCH_CHROMIUM")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=path)
        yield started
        started.close()


@dataclass
class Visit:
    """A page, where the site is, and what went wrong on it."""

    page: Any
    base: str
    outside: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def open(self, query: str = "") -> None:
        self.page.goto(f"{self.base}playground/index.html{query}")
        self.page.wait_for_selector("#pg-form")

    def give(self, rule: str, event: str = "") -> None:
        self.page.fill("#pg-rule", rule)
        self.page.fill("#pg-event", event)

    def run(self) -> None:
        self.page.click("#pg-go")
        self.page.wait_for_selector("#pg-go:not([aria-disabled])", timeout=LOADED)

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector))


@pytest.fixture(scope="module")
def visit(site: Path, browser: Any) -> Iterator[Visit]:
    """One page for all tests, since loading Python takes a while; each test runs something of its own."""
    with served(site) as base:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        found = Visit(context.new_page(), base)
        found.page.on("request", lambda one: one.url.startswith(base) or found.outside.append(one.url))
        found.page.on("requestfailed", lambda one: found.troubles.append(f"failed: {one.url}"))
        found.page.on("pageerror", lambda error: found.troubles.append(str(error)))
        found.page.on("console", lambda one: found.troubles.append(f"{one.type}: {one.text}"))
        found.page.on("response", lambda one: one.status < 400 or found.troubles.append(f"{one.status}: {one.url}"))
        yield found
        context.close()


@pytest.fixture(autouse=True)
def nothing_went_wrong(visit: Visit) -> Iterator[None]:
    visit.outside.clear()
    visit.troubles.clear()
    yield
    assert visit.outside == []
    assert visit.troubles == []


def given(site: Path, stem: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site / "playground/rules" / f"{stem}.json").read_text(encoding="utf-8"))
    return found


def test_a_rule_of_the_catalogue_is_converted_and_matched(
    site: Path, visit: Visit, record_property: pytest.RecordProperty
) -> None:
    visit.open(f"?rule={LINUX}")
    visit.page.wait_for_selector("#pg-events:not([disabled])")
    assert visit.page.input_value("#pg-rule") == given(site, LINUX)["rule"]
    began = time.monotonic()
    visit.run()
    record_property("first_run_seconds", round(time.monotonic() - began, 1))
    assert "9 of 9 platforms have a query. The event is a hit." in visit.text("#pg-status")
    assert visit.page.locator("#pg-results .sw-hit").count() == 1
    visit.page.click("#pg-0-splunk-tab")
    query = (site.parent / f"dist/splunk/queries/{LINUX}.spl").read_text(encoding="utf-8")
    assert visit.page.text_content("#pg-0-splunk pre code") == query.rstrip("\n")
    assert visit.page.locator("#pg-results mark").all_inner_texts() == ["/tmp/.", "/"]  # noqa: S108


def test_the_second_run_needs_no_loading(visit: Visit) -> None:
    requests: list[str] = []
    listener = lambda one: requests.append(one.url)  # noqa: E731 - it is taken off again
    visit.page.on("request", listener)
    visit.run()
    visit.page.remove_listener("request", listener)
    assert requests == []
    assert "Done." in visit.text("#pg-status")


def test_a_near_miss_is_none(site: Path, visit: Visit) -> None:
    places = [number for number, one in enumerate(given(site, LINUX)["events"]) if not one["hit"]]
    visit.page.select_option("#pg-events", str(places[0]))
    visit.run()
    assert "The event is no hit." in visit.text("#pg-status")
    assert visit.page.locator("#pg-results .sw-miss").count() == 1


@pytest.mark.parametrize("stem", STEMS)
def test_the_browser_answers_as_python_does(site: Path, visit: Visit, stem: str) -> None:
    example = given(site, stem)
    for event in example["events"]:
        told = visit.page.evaluate(ASK, [example["rule"], event["text"]])
        assert told == json.loads(answer(example["rule"], event["text"]))


def test_a_wrong_rule_is_told_with_its_line(visit: Visit) -> None:
    visit.give("title: x\ntitle: y\n", '{\n "a": ,\n}')
    visit.run()
    assert "duplicate key 'title'" in visit.text("#pg-rule-problems")
    assert "not valid JSON" in visit.text("#pg-event-problems")
    assert visit.page.get_attribute("#pg-rule", "aria-invalid") == "true"
    visit.page.click("#pg-rule-problems button")
    assert visit.page.evaluate(SELECTED) == "title: y"


def test_too_large_a_rule_is_refused_at_once(visit: Visit) -> None:
    visit.give("#" * 65_537)
    visit.run()
    assert "larger than 64 kB" in visit.text("#pg-rule-problems")


def test_what_is_pasted_stays_text(visit: Visit) -> None:
    evil = "<img src=x onerror=alert(1)>"
    rule = (
        f"title: '{evil}'\nlogsource: {{product: windows, category: process_creation}}\n"
        f"detection:\n  '{evil}': {{Image|contains: '{evil}'}}\n  condition: 1 of them\n"
    )
    visit.give(rule, json.dumps({"Image": f"a {evil} b", evil: evil}))
    visit.run()
    assert visit.page.locator("#pg-results h3").inner_text() == evil
    assert visit.page.locator("#pg-results img").count() == 0
    assert visit.page.locator("#pg-results mark").first.inner_text() == evil


def test_marks_stand_right_behind_characters_beyond_the_first_plane(visit: Visit) -> None:
    visit.give(
        "title: t\nlogsource: {product: windows}\ndetection:\n  s: {Image|contains: zip}\n  condition: s\n",
        json.dumps({"Image": "\U0001f4e6\U0001f4e6 zip \U0001f4e6"}),
    )
    visit.run()
    assert visit.page.locator("#pg-results mark").all_inner_texts() == ["zip"]


def test_the_chosen_platform_stays(visit: Visit) -> None:
    visit.page.click("#pg-0-elastic-tab")
    visit.page.keyboard.press("ArrowRight")
    assert visit.page.get_attribute("#pg-0-qradar-tab", "aria-selected") == "true"
    assert visit.page.evaluate("() => document.activeElement.id") == "pg-0-qradar-tab"
    visit.run()
    assert visit.page.is_visible("#pg-0-qradar")
    assert visit.page.evaluate("() => __md_get('__tabs')[0]") == "QRadar"


def test_a_query_is_copied(visit: Visit) -> None:
    visit.page.click("#pg-0-duckdb-tab")
    visit.page.click("#pg-0-duckdb .pg-copy >> nth=0")
    visit.page.wait_for_selector("#pg-status:has-text('Copied.')")
    copied = visit.page.evaluate("() => navigator.clipboard.readText()")
    assert copied == visit.page.text_content("#pg-0-duckdb pre code >> nth=0")


def test_what_takes_too_long_is_stopped_and_python_comes_back(visit: Visit) -> None:
    slow = "title: slow\nlogsource: {product: windows}\ndetection:\n  s: {Image|re: '(a+)+$'}\n  condition: s\n"
    visit.give(slow, json.dumps({"Image": "a" * 60 + "b"}))
    visit.page.evaluate(HURRY)
    visit.page.click("#pg-go")
    visit.page.wait_for_selector("#pg-stop", state="visible")
    visit.page.wait_for_selector("#pg-status:has-text('longer than 20 seconds')")
    assert visit.page.is_hidden("#pg-stop")
    visit.give(slow, json.dumps({"Image": "aaa"}))
    visit.run()
    assert "The event is a hit." in visit.text("#pg-status")


def test_no_part_is_wider_than_a_phone(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    assert visit.page.evaluate("() => document.documentElement.scrollWidth") == 390
    visit.page.set_viewport_size({"width": 1280, "height": 900})


def test_the_engine_is_not_loaded_until_something_is_run(visit: Visit) -> None:
    asked: list[str] = []
    context = visit.page.context.browser.new_context()
    page = context.new_page()
    page.on("request", lambda one: asked.append(one.url))
    page.goto(f"{visit.base}playground/index.html")
    page.wait_for_selector("#pg-form")
    page.wait_for_timeout(300)
    context.close()
    own = [url.rpartition("/")[2] for url in asked if "/playground/" in url]
    assert own[0] == "index.html"
    assert not [name for name in own if name.startswith(("pyodide", "worker", "modules", "python"))]


def test_from_a_folder_the_page_says_how_to_serve_it(site: Path, browser: Any) -> None:
    page = browser.new_page()
    troubles: list[str] = []
    page.on("console", lambda one: troubles.append(one.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto((site / "playground/index.html").as_uri())
    assert "python -m http.server" in page.inner_text("#pg-unusable")
    assert page.is_hidden("#pg-form")
    page.close()
    assert troubles == []
