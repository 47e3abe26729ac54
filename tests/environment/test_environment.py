from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from stagewatch import proofs
from stagewatch.build import build
from stagewatch.environment import KEYS, Environment, read_environment
from stagewatch.environment.rules import RULE_KEYS
from stagewatch.environment.site import SETTINGS
from stagewatch.findings import UsageError
from stagewatch.layout import read_layout
from stagewatch.objects.description import describe
from stagewatch.pack import apply_filters, read_pack
from stagewatch.targets import load_target
from tests.environment.site_pack import (
    CLOUD_BURST,
    FILE,
    PROCESS,
    ROOT,
    SECURITY,
    SMB_FILE,
    TARGETS,
    Read,
    changed,
    files,
    outcomes,
    pack,
    usual,
)

EXAMPLES = sorted((ROOT / "docs" / "environments").glob("*.toml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_of_use(path: Path) -> None:
    """Each changes queries of all the platforms that it sets something for, and fits the pack."""
    environment = read_environment(path, read_layout(ROOT))
    whole = read_pack([ROOT / "sigma"], environment.rewrite)
    own = read_pack(environment.filters, environment.rewrite)
    apply_filters(whole, own.filters)
    environment.check(whole)
    assert whole.findings == own.findings == []
    assert len(own.filters) >= len(environment.filters) > 0
    made = changed(environment)
    assert environment.sites.keys() <= {target for _, target in made}
    assert all(outcome.status != "failed" for outcome in made.values())


def test_there_are_two_examples_and_together_they_show_every_key() -> None:
    data = [tomllib.loads(path.read_text()) for path in EXAMPLES]
    assert len(data) == 2
    assert {key for one in data for key in one} == set(KEYS)
    assert {key for one in data for rule in one["rules"].values() for key in rule} == set(RULE_KEYS)
    shown = {(target, key) for one in data for target, site in one["targets"].items() for key in site}
    assert {(target, key) for target, keys in SETTINGS.items() for key in keys} <= shown
    assert {key for _, key in shown} >= {"fields"}


def test_the_page_shows_every_key() -> None:
    page = (ROOT / "docs" / "environment.md").read_text()
    for key in (*KEYS, *RULE_KEYS, "fields", "numeric_fields", *(key for keys in SETTINGS.values() for key in keys)):
        assert f"`{key}`" in page, key


def test_the_first_example_says_what_its_comments_say() -> None:
    environment = read_environment(ROOT / "docs" / "environments" / "windows-splunk.toml", read_layout(ROOT))
    stems = {entry.source.stem: describe(entry) for entry in pack().rules}
    off, on = (environment.described(stems[FILE], target) for target in ("splunk", "defender"))
    assert (off.enabled, on.enabled) == (False, True)
    assert (off.every, off.latency) == (900, 1200)
    credentials = next((ROOT / "sigma").rglob("file_event_win_susp_credential_store_in_staging_directory.yml"))
    about = describe(read_pack([credentials]).rules[0])
    wanted = environment.described(about, "splunk")
    assert (wanted.level, wanted.every, wanted.latency, wanted.enabled) == ("critical", 300, 1200, True)


@pytest.mark.parametrize(
    ("target", "path", "settings"),
    [
        ("defender", f"detection-rules/{PROCESS}.json", ['"enabled"']),
        ("sentinel", f"analytics-rules/{PROCESS}.yaml", ["queryFrequency: 2h"]),
        ("splunk", f"searches/{PROCESS}.conf", ["disabled = 0", "cron_schedule = 0 */2 * * *"]),
        ("elastic", f"ndjson/{PROCESS}.ndjson", ['"enabled": true', '"interval": "2h"']),
        ("qradar", f"rules/{PROCESS}.json", ['"enabled": true']),
        ("logscale", f"falcon/{PROCESS}.json", ['"active"', "@every 2h0m"]),
    ],
)
def test_objects_have_the_sites_switch_level_and_schedule(
    target: str, path: str, settings: list[str], read: Read
) -> None:
    environment = read(f"enabled = true\n[schedule]\nevery = '2h'\n[rules.{PROCESS}]\nlevel = 'critical'")
    before, after = files(target)[path].decode(), files(target, environment)[path].decode()
    assert all(setting in after and setting not in before for setting in settings)
    assert "ritical" in after or target in ("sentinel", "qradar", "splunk")  # Sentinel has no such severity
    assert changed(environment) == {}


@pytest.mark.parametrize(
    ("target", "path", "every", "expected"),
    [
        ("sentinel", f"analytics-rules/{PROCESS}.yaml", "10m", "queryFrequency: 10m"),
        ("defender", f"detection-rules/{SMB_FILE}.json", "10m", '"PT0S"'),
        ("defender", f"detection-rules/{SMB_FILE}.json", "4h", '"PT3H"'),
        ("secops", "rule_config.yaml", "2h", "run_frequency: HOURLY"),
        ("secops", "rule_config.yaml", "1d", "run_frequency: DAILY"),
        ("logscale", f"package/scheduled-searches/{CLOUD_BURST}.yaml", "5h", "0 */4 * * *"),
        ("logscale", f"falcon/{CLOUD_BURST}.json", "5m", "@every 0h15m"),
        ("splunk", f"searches/{CLOUD_BURST}.conf", "10m", "*/10 * * * *"),
    ],
)
def test_a_platform_takes_of_a_schedule_what_it_has(
    target: str, path: str, every: str, expected: str, read: Read
) -> None:
    assert expected in files(target, read(f"[schedule]\nevery = '{every}'"))[path].decode()


def test_a_period_of_two_days_is_searched_hourly_at_most(read: Read) -> None:
    environment = read("[schedule]\nevery = '10m'\nlatency = '2d'")
    assert "queryFrequency: 1h" in files("sentinel", environment)[f"analytics-rules/{PROCESS}.yaml"].decode()


def test_a_filter_of_the_pack_and_one_of_the_site_are_applied(read: Read, tmp_path: Path) -> None:
    own = tmp_path / "mine" / "own.yml"
    own.parent.mkdir()
    own.write_text(
        "title: Own\nlogsource: {category: process_creation, product: windows}\n"
        f"filter:\n    rules: ['{next(e.rule.id for e in pack().rules if e.source.stem == PROCESS)}']\n"
        "    selection: {CommandLine|contains: own-job}\n    condition: not selection\n"
    )
    environment = read("filters = ['mine/own.yml', 'filter_win_browsers']")
    assert environment.filters == (own, ROOT / "sigma" / "filters" / "filter_win_browsers.yml")
    found = changed(read("filters = ['mine/own.yml']"))
    assert {stem for stem, _ in found} == {PROCESS}
    assert len(found) == sum(bool(usual()[PROCESS, target].rendered) for target in TARGETS)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../own.yml", "leads out of the folder"),
        ("/etc/own.yml", "leads out of the folder"),
        ("linked.yml", "leads out of the folder"),
        ("../file_event/x", "leads out of the folder"),
        ("filter_win_browser", "there is no filter 'filter_win_browser'"),
        ("nothing.yml", "there is no filter 'nothing.yml'"),
    ],
)
def test_a_filter_that_is_not_there_or_elsewhere_is_refused(
    name: str, message: str, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "linked.yml").symlink_to(ROOT / "sigma" / "filters" / "filter_win_browsers.yml")
    with pytest.raises(UsageError, match=rf"site\.toml:1: filters: .*{message}"):
        read(f"filters = ['{name}']")


def test_rules_and_fields_that_nothing_knows_are_told_when_the_pack_is_there(read: Read) -> None:
    read(f"[rules.{CLOUD_BURST}]\nenabled = true\n[rules.correlation_win_wevtutil_export_burst]\nlevel = 'low'").check(
        pack()
    )
    with pytest.raises(UsageError, match=rf"site\.toml:1: rules\.{PROCESS}s: unknown rule; did you mean {PROCESS}\?"):
        read(f"[rules.{PROCESS}s]\nenabled = true").check(pack())
    read("[targets.logscale.fields]\nOriginalFileName = 'OriginalFilename'").check(pack())
    with pytest.raises(UsageError, match=r":3: targets\.splunk\.fields\.\"windows/security\"\.ShareNames: no rule"):
        read("\n[targets.splunk.fields.'windows/security']\nShareNames = 'x'").check(pack())


def test_a_rule_of_anybody_may_be_named_when_it_is_built(read: Read, tmp_path: Path) -> None:
    (tmp_path / "theirs.yml").write_text((ROOT / "sigma" / "remote_copy" / f"{SECURITY}.yml").read_text())
    read("[rules.theirs]\nenabled = true").check(read_pack([tmp_path / "theirs.yml"]))


def test_without_lists_beside_the_rules_none_is_known(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text("[lists.web_roots.add]\npath = ['x']")
    with pytest.raises(UsageError, match="unknown list"):
        read_environment(tmp_path / "site.toml", read_layout(tmp_path))


def test_the_name_and_the_hash_are_those_of_the_file(read: Read) -> None:
    assert (read("").name, read("name = 'Own'").name) == ("site", "Own")
    assert read("").sha256 != read("#").sha256


def test_no_proof_is_claimed_for_a_query_that_the_site_changed(read: Read) -> None:
    """A build takes a proof by the hash of the query."""
    record = proofs.read(ROOT / "tests" / "rules" / "proofs.json")
    environment = read('[targets.sentinel.tables]\n"windows/security" = "Own_CL"')
    proven = {}
    for site in (None, environment):
        made = build(pack(site), [load_target("sentinel", environment=site)], record=record).manifest
        proven[site is None] = {rule["stem"] for rule in made["rules"] if "proof" in rule["targets"]["sentinel"]}
    assert proven[True] - proven[False] <= {SECURITY}
    assert SECURITY not in proven[False]


def test_the_same_file_gives_the_same_queries_twice(read: Read) -> None:
    environment = read_environment(EXAMPLES[0], read_layout(ROOT))
    assert outcomes(environment) == outcomes(environment)


def tables(data: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all tables whose keys the schema says."""
    yield keys
    for key, value in data.items():
        if isinstance(value, dict):
            yield from tables(value, (*keys, key))


FREE = (("rules",), ("targets", "splunk", "fields"))
"""Tables whose keys only a build can check: stems of rules, Sigma fields."""

PLACES = sorted(
    {
        keys
        for path in EXAMPLES
        for keys in tables(tomllib.loads(path.read_text()))
        if keys not in FREE and "fields" not in keys
    }
)

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)
VALUES = st.sampled_from(["true", "1", "'text'", "['text']", "{}", "{ a = 1 }", "1979-05-27", "'5m'"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), name=NAMES, value=VALUES)
@example(place=(), name="filter", value="['text']")
@example(place=("targets", "elastic", "indices"), name="windows/process_create", value="['text']")
def test_an_unknown_key_anywhere_is_an_error_that_names_it(
    place: tuple[str, ...], name: str, value: str, tmp_path: Path
) -> None:
    path = tmp_path / "site.toml"
    quoted = ".".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in (*place, name))
    path.write_text(f"{quoted} = {value}\n", encoding="utf-8")
    known = {*KEYS, *RULE_KEYS, "default", "every", "latency", "add", "remove", "fields", "numeric_fields", *TARGETS}
    known |= {key for keys in SETTINGS.values() for key in keys} | set(environment_names())
    assume(name not in known)
    with pytest.raises(UsageError) as caught:
        read_environment(path, read_layout(ROOT))
    assert ":1: " in str(caught.value)
    assert name in str(caught.value) or repr(name)[1:-1] in str(caught.value)


@cache
def environment_names() -> set[str]:
    """Names of lists, forms, levels, macros and log sources, which are known at their places."""
    empty: Environment = read_environment(EXAMPLES[0], read_layout(ROOT))
    lists = empty.rewriter.given.named
    forms = {form.name for named in lists.values() for form in named.forms}
    return {*lists, *forms, "informational", "low", "medium", "high", "critical"}
