import json
import re
import subprocess
import sys
import time
import uuid
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from sigma.cli.check import check
from sigma.correlations import SigmaCorrelationType
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule

from stagewatch import expression as ex
from stagewatch.regex import Dialect, translate
from stagewatch.telemetry.native import read_natives
from stagewatch.translation import Translator
from tests.attack_data import all_validators, use_local_data
from tests.hunt.hunting import FOREIGN, needs_foreign_rules
from tests.reference import matches
from tests.rules_pack.fixtures import (
    EVENTS,
    REPOSITORY,
    SIGMA,
    Case,
    cases,
    correlations,
    detections,
    fixtures,
    info,
    of_the_product,
    pack,
)

RULE_FILES = sorted(path for folder in SIGMA.iterdir() if folder.name != "filters" for path in folder.glob("*.yml"))

FIELD_ORDER = [
    "title",
    "id",
    "name",
    "related",
    "status",
    "description",
    "references",
    "author",
    "date",
    "modified",
    "tags",
    "logsource",
    "correlation",
    "detection",
    "falsepositives",
    "level",
    "regression_tests_path",
]
"""The order that SigmaHQ's rules have."""

LONGEST_LUCENE_REGEX = 1000
"""``index.max_regex_length``: what an Elasticsearch index takes unless told otherwise."""

MOST_GROUPS = 16
"""Kusto's ``matches regex`` takes no more capture groups."""


# The events


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_rule_matches_what_it_must_and_nothing_else(case: Case) -> None:
    assert (case.of_the_log_source and matches(detections()[case.stem], case.event)) is case.expected


def of_sysmon(category: str) -> list[str]:
    """The rules on a category of events that Sysmon writes on Windows and on Linux."""
    return [
        stem
        for stem, rule in sorted(detections().items())
        if rule.logsource.category == category and rule.logsource.product in ("windows", "linux")
    ]


@pytest.mark.parametrize("stem", of_sysmon("file_event"))
def test_file_rules_have_an_event_that_differs_in_its_kind_alone(stem: str) -> None:
    rule = detections()[stem]
    own = [case for case in cases() if case.stem == stem and of_the_product(rule, case.event)]
    others = [case for case in own if not case.of_the_log_source]
    assert {case.event["EventID"] for case in others} == {"23"}
    assert all(matches(rule, case.event) for case in others)


@pytest.mark.parametrize(
    "stem", of_sysmon("process_creation") + [one for one in of_sysmon("file_event") if "win" in one]
)
def test_a_rule_has_an_event_that_differs_in_its_product_alone(stem: str) -> None:
    """Not the file rules of Linux: no path on Windows begins with a slash."""
    rule = detections()[stem]
    others = [case for case in cases() if case.stem == stem and not of_the_product(rule, case.event)]
    assert {case.event["category"] for case in others} == {rule.logsource.category}
    assert all(matches(rule, case.event) for case in others)


@pytest.mark.parametrize("stem", sorted(detections()))
def test_a_fixture_describes_its_rule_and_its_events(stem: str) -> None:
    rule, described = detections()[stem], info(stem)
    assert rule.custom_attributes["regression_tests_path"] == f"tests/rules/{stem}/info.yml"
    assert described["rule_metadata"] == [{"id": str(rule.id), "title": rule.title}]
    assert "Synthetic" in described["description"]
    tests = described["regression_tests_info"]
    assert {Path(test["path"]).parent for test in tests} == {Path("tests/rules") / stem}
    for test, case in zip(tests, fixtures()[str(rule.id)].cases, strict=True):
        assert len(case.events) >= 5
        assert test["match_count"] in (0, len(case.events))
    assert sorted(bool(test["match_count"]) for test in tests) == [False, True]


@pytest.mark.parametrize(
    "path", sorted(EVENTS.glob("*/*match.json")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_the_events_of_a_file_lie_within_one_search(path: Path) -> None:
    """QRadar's queries look back 24 hours; the events stand in the order of their times."""
    times = [event.time for event in read_natives(path.read_text(encoding="utf-8"))]
    assert times == sorted(set(times))
    assert times[-1] - times[0] < timedelta(hours=1)


def test_every_fixture_belongs_to_a_rule() -> None:
    assert {path.name for path in EVENTS.iterdir() if path.is_dir()} == {*detections(), *correlations()}


def test_each_event_says_once_what_it_is_about() -> None:
    repeated = [key for key, count in Counter(map(str, cases())).items() if count > 1]
    assert repeated == []


def windows_matches() -> list[Case]:
    """Events that must match whatever their case. Those of tar are left out, which tells -c from -C."""
    found = [case for case in cases() if case.expected and "_win_" in case.stem]
    return [
        case
        for case in found
        if case.event.get("OriginalFileName") != "bsdtar" and not str(case.event.get("Image")).endswith("tar.exe")
    ]


@pytest.mark.parametrize("case", windows_matches(), ids=str)
def test_windows_rules_do_not_look_at_case(case: Case) -> None:
    for changed in (str.upper, str.lower):
        event = {name: changed(text) if isinstance(text, str) else text for name, text in case.event.items()}
        assert matches(detections()[case.stem], event)


@pytest.mark.parametrize("stem", sorted(stem for stem in detections() if "proc_creation_win" in stem))
def test_windows_command_rules_have_an_event_with_a_renamed_binary(stem: str) -> None:
    labels = {case.label for case in cases() if case.stem == stem and case.expected}
    assert any("renamed" in label for label in labels)


# The form


@pytest.fixture(scope="session", autouse=True)
def _offline(tmp_path_factory: pytest.TempPathFactory) -> None:
    use_local_data(tmp_path_factory.mktemp("validators"))


def test_the_pack_loads_without_findings() -> None:
    assert pack().findings == []
    assert {entry.source.path.split("/", 1)[1] for entry in pack().rules} == {
        path.relative_to(SIGMA).as_posix() for path in RULE_FILES
    }


def test_every_rule_passes_the_validators_of_sigmahq() -> None:
    issues = all_validators().validate_rules([entry.rule for entry in pack().rules])
    assert [f"{type(issue).__name__}: {issue.rules[0].title}" for issue in issues] == []


def test_sigma_check_accepts_the_pack() -> None:
    result = CliRunner().invoke(check, ["--fail-on-error", "--fail-on-issues", str(SIGMA)])
    assert "Found 0 errors, 0 condition errors and 0 issues." in result.output
    assert result.exit_code == 0


def test_the_validators_would_speak_up() -> None:
    rule = SigmaRule.from_yaml(
        """
        title: Detects something
        logsource: {category: process_creation, product: windows}
        tags: [attack.t1074.009]
        detection: {selection: {Imagine: x}, condition: selection}
        """
    )
    found = {type(issue).__name__ for issue in all_validators().validate_rules([rule])}
    assert found >= {"SigmahqTitleStartIssue", "InvalidATTACKTagIssue", "SigmahqInvalidFieldnameIssue"}


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
def test_a_rule_file_has_the_form_of_sigmahq(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    rule = yaml.safe_load(text)
    assert list(rule) == [key for key in FIELD_ORDER if key in rule]
    assert uuid.UUID(rule["id"]).version == 4
    assert rule["status"] == "experimental"
    assert rule["author"] == "Stagewatch"
    assert {"attack.collection", "attack.t1074"} <= set(rule["tags"])
    assert rule["falsepositives"] != ["Unknown"]
    assert text.endswith("\n")
    assert not re.search(r"[ \t]$", text, re.MULTILINE)


def test_ids_and_names_are_unique() -> None:
    files = [path.read_text(encoding="utf-8") for path in SIGMA.rglob("*.yml")]
    documents = [document for text in files for document in yaml.safe_load_all(text)]
    fixtures = [info(stem) for stem in detections()]
    ids = [document["id"] for document in documents + fixtures]
    names = [document["name"] for document in documents if "name" in document]
    assert len(set(ids)) == len(ids)
    assert len(set(names)) == len(names)


def test_related_rules_exist_in_the_pack_or_in_sigmahqs() -> None:
    """``tests/data/sigmahq_rules.json`` lists SigmaHQ's by id, with their titles."""
    own = {str(entry.rule.id) for entry in pack().rules}
    elsewhere = set(json.loads((REPOSITORY / "tests" / "data" / "sigmahq_rules.json").read_bytes()))
    related = {str(one.id) for entry in pack().rules if entry.rule.related for one in entry.rule.related.related}
    assert related - own == elsewhere


@needs_foreign_rules
def test_the_related_rules_of_sigmahq_have_the_titles_that_are_listed() -> None:
    listed = json.loads((REPOSITORY / "tests" / "data" / "sigmahq_rules.json").read_bytes())
    text = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in FOREIGN.rglob("*.yml"))
    assert [title for title in listed.values() if f"title: {title}" not in text] == []


HIGH = {
    "correlation_lnx_credential_archive_then_internal_copy",
    "correlation_lnx_esxi_snapshot_then_disk_copy",
    "correlation_lnx_hidden_staging_copy_then_archive",
    "correlation_macos_private_store_copy_then_archive",
    "correlation_win_archive_hidden_via_attrib",
    "file_event_win_susp_credential_store_in_staging_directory",
    "proc_creation_win_ntdsutil_ifm_staging_directory",
    "proc_creation_win_reg_save_hive_staging_directory",
    "proc_creation_win_susp_archiver_password_staging_directory",
    "proc_creation_win_susp_shadow_copy_staging_directory",
}
"""Two rare signs at once, one after the other, or the keys of a whole domain: worth waking somebody."""


def test_only_what_is_named_here_is_worth_waking_somebody() -> None:
    assert {entry.source.stem for entry in pack().rules if str(entry.rule.level) in ("high", "critical")} == HIGH


# The folder


def test_the_folder_sigma_holds_yaml_alone() -> None:
    assert [path for path in SIGMA.rglob("*") if path.is_file() and path.suffix != ".yml"] == []


def test_the_folder_sigma_does_not_hide_pysigma() -> None:
    """``sigma/`` is also pySigma's package name; without ``__init__.py`` Python prefers the installed package."""
    code = "import sigma.collection, sigma.rule; print(sigma.collection.__file__)"
    run = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert str(SIGMA) not in run.stdout


# The patterns


def regexes(stem: str) -> list[ex.Regex]:
    expression = Translator(ProcessingPipeline()).translate(detections()[stem]).expression
    return [leaf for leaf in ex.leaves(expression) if isinstance(leaf, ex.Regex)]


@pytest.mark.parametrize("stem", sorted(detections()))
def test_regular_expressions_are_portable(stem: str) -> None:
    for leaf in regexes(stem):
        assert not re.search(r"\(\?|\\[bBAZz0-9]|[*+?}][?+]", leaf.pattern), leaf.pattern
        assert re.compile(leaf.pattern).groups <= MOST_GROUPS
        for dialect in Dialect:
            translated = translate(leaf.pattern, leaf.flags, dialect)
            assert dialect is not Dialect.LUCENE_WHOLE or len(translated) <= LONGEST_LUCENE_REGEX


@pytest.mark.parametrize("stem", sorted(detections()))
def test_regular_expressions_survive_long_command_lines(stem: str) -> None:
    """Backtracking stays polynomial with a small exponent: hostile lines of the length that Windows allows."""
    lines = [
        word * (8000 // len(word)) for word in ("a ", '"', "copy ", "cp 'x' ", " -a", " /c", "tar c ", "$a=", "\\\\a\\")
    ]
    for leaf in regexes(stem):
        for line in lines:
            begin = time.perf_counter()
            re.search(leaf.pattern, line, re.IGNORECASE)
            assert time.perf_counter() - begin < 3, (leaf.pattern, line[:10])


# Rules that stand together


def test_the_rule_for_any_tool_looks_for_what_the_rules_for_one_tool_do() -> None:
    single = ["robocopy_xcopy", "cmd_copy", "powershell_copy"]
    parts = {leaf.pattern for name in single for leaf in regexes(f"proc_creation_win_{name}_unc_path")}
    assert {leaf.pattern for leaf in regexes("proc_creation_win_copy_unc_path")} == parts


def test_bulk_creation_counts_files_per_process() -> None:
    rule = correlations()["correlation_win_bulk_file_creation_staging_directory"]
    assert rule.type is SigmaCorrelationType.VALUE_COUNT
    assert [reference.rule.name for reference in rule.rules] == ["staging_directory_file_creation"]
    assert rule.group_by == ["Computer", "ProcessGuid", "Image"]
    assert rule.timespan.seconds == 600
    assert rule.condition.fieldref == "TargetFilename"
    assert (rule.condition.op.name, rule.condition.count) == ("GTE", 10)


def test_net_use_comes_before_the_copy() -> None:
    rule = correlations()["correlation_win_net_use_copy_to_unc_path"]
    assert rule.type is SigmaCorrelationType.TEMPORAL_ORDERED
    assert [reference.rule.name for reference in rule.rules] == ["net_use_share", "copy_to_unc_path"]
    assert rule.group_by == ["Computer", "User"]
    assert rule.timespan.seconds == 900


def test_correlated_events_carry_the_keys() -> None:
    for rule in correlations().values():
        for reference in rule.rules:
            stem = next(stem for stem, base in detections().items() if base.name == reference.rule.name)
            for case in cases():
                if case.stem == stem:
                    assert all(case.event.get(key) for key in rule.group_by)


LACKED = {
    "secops": {"OriginalFileName"},
    "logscale": {"OriginalFileName", "Description", "CurrentDirectory"},
}
"""Fields of process events that a platform does not carry (its page under docs/targets)."""


@pytest.mark.parametrize("stem", sorted(stem for stem in detections() if stem.startswith("proc_creation")))
def test_a_fixture_says_what_a_platform_does_not_see(stem: str) -> None:
    """Exactly the events that the rule matches by a lacking field alone, where the rule converts at all."""
    manifest = json.loads((REPOSITORY / "dist" / "manifest.json").read_bytes())
    (entry,) = [rule for rule in manifest["rules"] if rule["stem"] == stem]
    lost: dict[str, list[str]] = {}
    for case in (case for case in cases() if case.stem == stem and case.expected):
        for target, fields in LACKED.items():
            carried = {name: value for name, value in case.event.items() if name not in fields}
            if entry["targets"][target]["status"] != "unsupported" and not matches(detections()[stem], carried):
                lost.setdefault(target, []).append(case.label)
    (told,) = [test.get("not_seen", {}) for test in info(stem)["regression_tests_info"] if test["match_count"]]
    assert {target: told[target] for target in told if target in LACKED} == lost
