"""The whole pack's site in a real browser, over HTTP and below an address of its own."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stagewatch import output
from stagewatch.site.links import broken
from tests.site.browser import chromium, served
from tests.site.crawl import WINDOWS, Crawl, crawl, watch

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

ROOT = Path(__file__).parents[2]

RULE = "rules/proc_creation_win_susp_archiver_staging_directory.html"
OTHER_RULE = "rules/proc_creation_win_copy_staging_directory.html"

KINDS = (
    "index.html",
    "techniques/T1074.001.html",
    RULE,
    "rules/correlation_win_bulk_write_to_share.html",
    "rules/index.html",
    "coverage/index.html",
    "coverage/splunk.html",
    "proof/index.html",
    "proof/benchmarks.html",
    "seeds/index.html",
    "docs/index.html",
    "docs/semantics.html",
    "import/splunk.html",
    "playground/index.html",
)
"""A page of every kind."""

NO_PAGE = "404.html"
"""What a server shows for a page that is not there; a browser that asks for it asks for an icon of the host as well."""

MOST = 300_000
"""Bytes that the first view of a page may transfer."""

Site = dict[str, bytes]


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if chromium() is None:
        pytest.skip("there is no Chromium: name one in STAGEWATCH_CHROMIUM")
    out = tmp_path_factory.mktemp("pack") / "site"
    output.replace_folder(out, request.getfixturevalue("pack_site"))
    return out


@pytest.fixture(scope="module")
def base(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def crawled(base: str, pack_site: Site) -> Crawl:
    path = chromium()
    assert path is not None
    return crawl(path, base, [path for path in pack_site if path.endswith(".html") and path != NO_PAGE])


@pytest.fixture(scope="module")
def browser(folder: Path) -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=chromium())
        yield started
        started.close()


@contextmanager
def visit(browser: Any, base: str, path: str, **settings: Any) -> Iterator[Any]:
    """A page of a visitor who has not been here before; nothing may go wrong on it."""
    context = browser.new_context(**{"viewport": WINDOWS[1], **settings})
    try:
        page, found = context.new_page(), Crawl()
        watch(page, base, found)
        page.goto(base + path)
        yield page
        assert (found.console, found.failed, found.outside) == ([], [], [])
    finally:
        context.close()


def tabs(page: Any) -> list[str]:
    """The platforms that are chosen in a page's sets of tabs."""
    labels = page.eval_on_selector_all(".tabbed-set > input:checked", "all => all.map(one => one.labels[0].innerText)")
    return [str(label) for label in labels]


def choose(page: Any, platform: str) -> None:
    page.locator(".tabbed-labels > label", has_text=platform).first.click()


def test_every_page_is_visited(crawled: Crawl, pack_site: Site) -> None:
    assert crawled.visited == {path for path in pack_site if path.endswith(".html")} - {NO_PAGE}
    assert len(crawled.visited) > 200
    assert set(KINDS) <= crawled.visited


def test_no_page_has_an_error_on_its_console(crawled: Crawl) -> None:
    assert crawled.console == []


def test_no_request_of_a_page_fails(crawled: Crawl) -> None:
    assert crawled.failed == []


def test_no_page_asks_anything_of_another_site(crawled: Crawl) -> None:
    assert crawled.outside == []


def test_no_page_is_wider_than_a_phone_or_a_desktop(crawled: Crawl) -> None:
    assert crawled.wide == []


def test_every_link_and_anchor_leads_somewhere(pack_site: Site) -> None:
    assert list(broken(pack_site)) == []


def test_a_link_followed_in_the_browser_arrives(browser: Any, base: str) -> None:
    """What the server answers, for the pages and files that the home page and a rule name."""
    for path in ("index.html", RULE):
        with visit(browser, base, path) as page:
            links = set(page.eval_on_selector_all("a[href]", "all => all.map(one => one.href.split('#')[0])"))
            inside = sorted(link for link in links if link.startswith(base))
            assert len(inside) > 20
            assert [link for link in inside if page.request.get(link).status != 200] == []


def test_a_chosen_platform_stays_chosen_from_page_to_page(browser: Any, base: str) -> None:
    with visit(browser, base, RULE) as page:
        assert tabs(page)[0] == "Defender"
        choose(page, "Splunk")
        assert tabs(page)[0] == "Splunk"
        page.goto(base + OTHER_RULE)
        assert tabs(page)[0] == "Splunk"
        page.reload()
        assert tabs(page)[0] == "Splunk"


def test_a_link_to_a_platform_opens_its_tab(browser: Any, base: str) -> None:
    with visit(browser, base, f"{RULE}#sumo-logic") as page:
        page.wait_for_function("document.querySelector('#sumo-logic, [name=sumo-logic]') !== null")
        assert tabs(page)[0] == "Sumo Logic"
        page.locator("ul.sw-grid a", has_text="QRadar").click()
        page.wait_for_function("location.hash === '#qradar'")
        assert tabs(page)[0] == "QRadar"


@pytest.mark.parametrize("rule", [RULE, "rules/correlation_lnx_esxi_snapshot_then_disk_copy.html"])
def test_a_copy_is_exactly_the_query(browser: Any, base: str, pack_site: Site, rule: str) -> None:
    copied = 0
    with visit(browser, base, rule, permissions=["clipboard-read", "clipboard-write"]) as page:
        for block in page.locator(".tabbed-set > .tabbed-content > .tabbed-block").all():
            index = block.evaluate("one => [...one.parentElement.children].indexOf(one)")
            page.locator(".tabbed-labels > label").nth(index).click()
            name = block.locator("a[download][href*='/queries/']")
            if not name.count():
                continue
            path = name.first.get_attribute("href").removeprefix("../")
            code = block.locator("pre:has(> code)").first
            code.scroll_into_view_if_needed()
            code.hover()
            code.locator("xpath=..").locator("button[data-md-type=copy], .md-code__button").first.click()
            expected = pack_site[path].decode().rstrip("\n")
            page.wait_for_function("async () => (await navigator.clipboard.readText()).length > 0")
            assert page.evaluate("navigator.clipboard.readText()").rstrip("\n") == expected, path
            page.evaluate("navigator.clipboard.writeText('')")
            copied += 1
    assert copied >= 7


@pytest.mark.parametrize(
    ("words", "path"),
    [
        pytest.param("archive written to staging directory via archiver", RULE, id="rule"),
        pytest.param("proc_creation_win_copy_staging_directory", OTHER_RULE, id="file of a rule"),
        pytest.param("robocopy", OTHER_RULE, id="command"),
        pytest.param("RelativeTargetName", "rules/correlation_win_bulk_write_to_share.html", id="field"),
        pytest.param("Volt Typhoon", "techniques/T1074.001.html", id="actor"),
    ],
)
def test_the_search_finds(browser: Any, base: str, words: str, path: str) -> None:
    with visit(browser, base, "index.html") as page:
        page.keyboard.press("/")
        page.locator(".sw-search input").fill(words)
        page.wait_for_selector(".sw-search-found a")
        found = page.eval_on_selector_all(".sw-search-found a", "all => all.map(one => one.href)")
        addresses = [one.removeprefix(base).partition("#")[0] for one in found]
        assert path in addresses
        page.locator(".sw-search-found a").nth(addresses.index(path)).click()
        page.wait_for_url(f"{base}{path}**")
        assert page.locator("h1").count() == 1


def test_a_search_without_a_page_says_so(browser: Any, base: str) -> None:
    with visit(browser, base, "index.html") as page:
        page.keyboard.press("Control+k")
        page.locator(".sw-search input").fill("zzxqy")
        page.wait_for_function("document.querySelector('.sw-search-said').textContent.startsWith('No page')")
        page.keyboard.press("Escape")  # empties the field, as in every browser
        page.keyboard.press("Escape")
        assert not page.locator(".sw-search").is_visible()


def test_the_downloads_are_the_files_of_dist(pack_site: Site) -> None:
    served_files = {path.removeprefix("downloads/"): path for path in pack_site if path.startswith("downloads/")}
    built = {path.relative_to(ROOT / "dist").as_posix(): path for path in (ROOT / "dist").rglob("*") if path.is_file()}
    rules = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "sigma").rglob("*.yml")}
    shown = {name for name in served_files if not name.startswith("navigator/")}
    assert len(shown) > 2000
    assert shown <= built.keys() | rules.keys()
    sources = {**rules, **built}
    assert [name for name in shown if pack_site[served_files[name]] != sources[name].read_bytes()] == []


def test_a_download_in_the_browser_is_the_file(browser: Any, base: str, tmp_path: Path) -> None:
    with visit(browser, base, RULE) as page:
        choose(page, "Splunk")
        link = page.locator("a[download][href*='/splunk/']").first
        address = link.get_attribute("href").removeprefix("../downloads/")
        with page.expect_download() as waited:
            link.click()
        waited.value.save_as(tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == (ROOT / "dist" / address).read_bytes()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", WINDOWS, ids=["phone", "desktop"])
def test_the_page_is_as_dark_as_the_reader_wants_it(browser: Any, base: str, scheme: str, window: Any) -> None:
    with visit(browser, base, RULE, color_scheme=scheme, viewport=window) as page:
        assert lightness(page) == scheme
        page.locator("[data-md-component=palette] label:visible").click()
        other = {"light": "dark", "dark": "light"}[scheme]
        assert lightness(page) == other
        page.goto(base + OTHER_RULE)
        assert lightness(page) == other


def lightness(page: Any) -> str:
    red, green, blue = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).slice(0, 3)")
    return "light" if float(red) + float(green) + float(blue) > 3 * 128 else "dark"


@pytest.mark.parametrize(
    ("path", "section"),
    [("index.html", "Home"), (RULE, "Rules"), ("rules/index.html", "Rules"), ("coverage/splunk.html", "Coverage")],
)
def test_the_current_section_is_marked(browser: Any, base: str, path: str, section: str) -> None:
    with visit(browser, base, path) as page:
        assert page.locator(".md-tabs__item--active").all_inner_texts() == [section]
        assert page.locator(".md-tabs [aria-current=true]").all_inner_texts() == [section]


def test_on_a_phone_the_drawer_opens_and_shuts(browser: Any, base: str) -> None:
    with visit(browser, base, "coverage/index.html", viewport=WINDOWS[0], has_touch=True) as page:
        opener = page.locator("[data-sw-drawer]")
        opener.tap()
        assert opener.get_attribute("aria-expanded") == "true"
        page.keyboard.press("Escape")
        assert opener.get_attribute("aria-expanded") == "false"


@pytest.mark.parametrize("path", KINDS)
def test_axe_finds_nothing_serious(browser: Any, base: str, path: str) -> None:
    """By light all that axe knows; in the dark, which changes colours alone, whether they can be told apart."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    quick = {"resultTypes": ["violations"], "elementRef": False}
    with visit(browser, base, path) as page:
        assert serious(axe.Axe().run(page, options=quick)) == []
    with visit(browser, base, path, color_scheme="dark") as page:
        assert lightness(page) == "dark"
        assert serious(axe.Axe().run(page, options={**quick, "runOnly": ["color-contrast"]})) == []


def serious(results: Any) -> list[tuple[str, str]]:
    return [
        (one["id"], one["nodes"][0]["html"])
        for one in results.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def test_the_first_stop_of_a_keyboard_leads_past_the_navigation(browser: Any, base: str) -> None:
    with visit(browser, base, RULE) as page:
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        assert focused.inner_text().strip() == "Skip to content"
        page.wait_for_function("getComputedStyle(document.activeElement).opacity === '1'")
        assert focused.bounding_box()["y"] >= 0
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('article, main') !== null")


def test_a_keyboard_reaches_the_tabs_and_shows_where_it_is(browser: Any, base: str) -> None:
    with visit(browser, base, RULE) as page:
        row = page.locator(".tabbed-labels").first
        row.scroll_into_view_if_needed()
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)
        before = row.screenshot()
        page.locator(".tabbed-set .tabbed-block:visible a").first.focus()
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("document.activeElement.matches('.tabbed-set > input')")
        page.wait_for_timeout(300)
        assert row.screenshot() != before
        page.keyboard.press("ArrowRight")
        assert tabs(page)[0] == "Sentinel"


def test_the_rules_are_filtered_by_keyboard(browser: Any, base: str, pack_site: Site) -> None:
    rules = sum(path.startswith("rules/") and path.endswith(".html") for path in pack_site) - 1
    with visit(browser, base, "rules/index.html") as page:
        said = page.locator("#sw-filter output")
        assert said.inner_text() == f"{rules} of {rules} shown"
        while not page.evaluate("document.activeElement.matches('#sw-filter input')"):
            page.keyboard.press("Tab")
        page.keyboard.type("robocopy")
        shown = page.locator("#sw-rules tbody tr:visible").count()
        assert 0 < shown < rules
        assert said.inner_text() == f"{shown} of {rules} shown"
        page.keyboard.press("Tab")
        page.keyboard.type("high")
        high = page.locator("#sw-rules tbody tr:visible .sw-level-high").count()
        assert page.locator("#sw-rules tbody tr:visible").count() == high < shown
        page.reload()
        assert page.locator("#sw-rules tbody tr:visible").count() == high


@pytest.mark.parametrize("path", KINDS)
def test_a_first_view_is_light(browser: Any, base: str, pack_site: Site, path: str) -> None:
    """The page and all that it asks for, each as a web server sends it: compressed by gzip."""
    asked: list[str] = []
    context = browser.new_context()
    try:
        page = context.new_page()
        page.on("request", lambda one: one.url.startswith(base) and asked.append(one.url.removeprefix(base)))
        page.goto(base + path, wait_until="networkidle" if path.startswith("playground/") else "load")
    finally:
        context.close()
    assert path in asked
    sizes = {one: len(gzip.compress(pack_site[one.partition("?")[0]], mtime=0)) for one in asked}
    assert sum(sizes.values()) < MOST, sizes


def test_the_site_works_from_a_folder(browser: Any, folder: Path) -> None:
    with visit(browser, folder.as_uri() + "/", RULE, color_scheme="dark") as page:
        choose(page, "Splunk")
        assert tabs(page)[0] == "Splunk"
        page.keyboard.press("/")
        page.locator(".sw-search input").fill("robocopy")
        page.wait_for_selector(".sw-search-found a")


def test_a_page_that_is_not_there_says_so(browser: Any, base: str) -> None:
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(base + NO_PAGE)
        assert page.locator("h1").inner_text() == "Not found"
    finally:
        context.close()
