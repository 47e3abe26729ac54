"""What ``diff`` tells of changes to a scratch repository, from the command to the report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from stagewatch.pipelines import house_at
from tests.diff.scratch import (
    ELSEWHERE,
    FIXTURE,
    ID,
    PATH,
    REPOSITORY,
    RICHCOPY,
    ROBOCOPY,
    STEM,
    XCOPY,
    Scratch,
    event,
    fixture,
    rule,
)

Diff = Callable[..., tuple[int, Any]]
OTHER = "22222222-2222-4222-8222-222222222222"


def only(report: dict[str, Any]) -> dict[str, Any]:
    """The one rule that is told of."""
    (change,) = report["rules"]
    return change  # type: ignore[no-any-return]


def labels(hits: list[dict[str, Any]]) -> list[str]:
    return [hit["label"] for hit in hits]


def test_says_that_nothing_changed(diff: Diff) -> None:
    code, report = diff()
    assert code == 0
    assert report["empty"]
    assert not report["harmful"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("status: test\n", "status: test\n# a comment\n"),
        ("- '\\robocopy.exe'\n            - '\\xcopy.exe'", "- '\\xcopy.exe'\n            - '\\robocopy.exe'"),
        ("'Temp'", '"Temp"'),
        ("status: test\n", "status: test\ndate: 2026-01-01\nmodified: 2026-01-02\n"),
        ("    selection:\n", "    copies:\n"),
    ],
    ids=["comment", "order", "quotes", "dates", "name of a detection"],
)
def test_a_change_of_text_alone_shows_nothing(scratch: Scratch, diff: Diff, old: str, new: str) -> None:
    scratch.replace(PATH, old, new)
    if "copies" in new:
        scratch.replace(PATH, "condition: selection", "condition: copies")
    code, report = diff()
    assert (code, report["empty"], report["rules"]) == (0, True, [])
    assert report["cosmetic"] == [PATH]


def test_tells_what_is_newly_hit_and_which_query_lines_changed(scratch: Scratch, diff: Diff) -> None:
    scratch.replace(
        PATH, "            - '\\xcopy.exe'\n", "            - '\\xcopy.exe'\n            - '\\richcopy.exe'\n"
    )
    fixture(scratch, [ROBOCOPY, XCOPY, RICHCOPY], [ELSEWHERE])
    code, report = diff()
    change = only(report)
    assert code == 0
    assert change["kind"] == "changed"
    assert change["terms"] == ["+ selection: Image|endswith: \\richcopy.exe"]
    assert labels(change["hits"]["newly"]) == ["RichCopy to Temp"]
    assert change["hits"]["newly"][0]["expected_now"] is True
    assert change["hits"]["newly"][0]["why"] == ["selection matches it"]
    assert change["hits"]["gone"] == []
    assert change["score"] == {"expected": 3, "hit": 3, "others": 1, "wrongly": 0}
    for query in change["queries"]:
        changed = [line for line in query["diff"] if line[:1] in "+-"]
        assert len(changed) == 1, query
        assert changed[0].startswith("+ ")
        assert "richcopy.exe" in changed[0]


FILTERED = (
    "    filter_main_admins:\n        User|contains: 'jdoe'\n    condition: selection and not 1 of filter_main_*\n"
)


def test_a_filter_that_swallows_the_attack_is_a_lost_detection(scratch: Scratch, diff: Diff) -> None:
    scratch.replace(PATH, "    condition: selection\n", FILTERED)
    code, report = diff()
    change = only(report)
    assert code == 1
    assert (report["harmful"], report["lost"]) == (True, 2)
    assert labels(change["hits"]["gone"]) == ["robocopy to Temp", "xcopy to Temp"]
    first = change["hits"]["gone"][0]
    assert (first["expected_before"], first["expected_now"]) == (True, True)
    assert first["why"] == ["filter_main_admins is new and matches it"]
    assert next(iter(first["fields"].items())) == ("CommandLine", "robocopy C:\\x C:\\Temp\\y")
    assert first["fields"]["User"] == "CORP\\jdoe"


def test_the_field_that_a_filter_matched_comes_first(scratch: Scratch, diff: Diff) -> None:
    scratch.replace(PATH, "    condition: selection\n", FILTERED)
    _, text = diff(form="markdown")
    assert "- robocopy to Temp · User `CORP\\jdoe` · CommandLine" in text
    assert text.index("Lost detection: 2 of 2 expected events are no longer hit") < text.index("| Rule |")


def test_it_is_lost_even_where_the_fixture_is_changed_with_it(scratch: Scratch, diff: Diff) -> None:
    scratch.replace(PATH, "    condition: selection\n", FILTERED)
    fixture(scratch, [], [ROBOCOPY, ELSEWHERE])
    code, report = diff()
    gone = {hit["label"]: hit["expected_now"] for hit in only(report)["hits"]["gone"]}
    assert code == 1
    assert gone == {"robocopy to Temp": False, "xcopy to Temp": None}
    assert diff("--fail-on", "undeclared")[0] == 0
    assert diff("--fail-on", "never")[0] == 0


def test_undeclared_still_fails_where_the_fixture_expects_it(scratch: Scratch, diff: Diff) -> None:
    scratch.replace(PATH, "    condition: selection\n", FILTERED)
    assert diff("--fail-on", "undeclared")[0] == 1


def test_a_near_miss_that_is_newly_hit_is_wrong(scratch: Scratch, diff: Diff) -> None:
    scratch.replace(PATH, "        CommandLine|contains: 'Temp'\n", "")
    code, report = diff()
    assert (code, report["wrong"], report["lost"]) == (1, 1, 0)
    assert labels(only(report)["hits"]["newly"]) == ["robocopy to D:"]
    _, text = diff(form="markdown")
    assert "1 near miss newly hit** that the fixture says must not match" in text


def test_tells_of_events_in_fixtures_of_other_rules(scratch: Scratch, diff: Diff) -> None:
    scratch.write("sigma/other.yml", rule("Other", OTHER).replace("\\xcopy.exe", "\\teracopy.exe"))
    teracopy = event("TeraCopy to Temp", "C:\\TeraCopy.exe", "teracopy C:\\x C:\\Temp\\y")
    fixture(scratch, [teracopy], [], OTHER, "other")
    scratch.commit("Another rule")
    scratch.git("branch", "--force", "main")
    scratch.replace(
        PATH, "            - '\\xcopy.exe'\n", "            - '\\xcopy.exe'\n            - '\\teracopy.exe'\n"
    )
    _, report = diff()
    (hit,) = only(report)["hits"]["newly"]
    assert (hit["label"], hit["own"], hit["place"]) == ("TeraCopy to Temp", False, "other: Attacks")


def test_a_new_rule_is_told_with_its_score(scratch: Scratch, diff: Diff) -> None:
    scratch.write("sigma/other.yml", rule("Other", OTHER, "high").replace("\\xcopy.exe", "\\teracopy.exe"))
    fixture(scratch, [event("TeraCopy to Temp", "C:\\TeraCopy.exe", "teracopy C:\\x C:\\Temp\\y")], [], OTHER, "other")
    code, report = diff()
    change = only(report)
    assert code == 0
    assert (change["kind"], change["level"], change["stem"]) == ("added", "high", "other")
    assert change["score"] == {"expected": 1, "hit": 1, "others": 0, "wrongly": 0}
    assert {query["target"]: query["now"] for query in change["queries"]} == {"splunk": "ok", "sentinel": "ok"}
    assert all(query["diff"] for query in change["queries"])


def test_a_removed_rule_loses_what_no_other_rule_hits(scratch: Scratch, diff: Diff) -> None:
    scratch.write("sigma/other.yml", rule("Only robocopy", OTHER).replace("            - '\\xcopy.exe'\n", ""))
    scratch.commit("Another rule")
    scratch.git("branch", "--force", "main")
    scratch.path(PATH).unlink()
    code, report = diff()
    change = only(report)
    assert (code, change["kind"], change["lost"]) == (1, "removed", 1)
    also = {hit["label"]: hit["also"] for hit in change["hits"]["gone"]}
    assert also == {"robocopy to Temp": ["other"], "xcopy to Temp": []}


def test_a_rule_of_a_lower_level_does_not_stand_in_for_a_removed_one(scratch: Scratch, diff: Diff) -> None:
    scratch.write("sigma/other.yml", rule("The same", OTHER, "low"))
    scratch.commit("Another rule")
    scratch.git("branch", "--force", "main")
    scratch.path(PATH).unlink()
    assert diff()[1]["lost"] == 2


def test_a_rule_replaced_by_an_equal_one_loses_nothing(scratch: Scratch, diff: Diff) -> None:
    scratch.write("sigma/other.yml", rule("Another", OTHER).replace("'Temp'", "'emp'"))
    scratch.path(PATH).unlink()
    code, report = diff()
    assert (code, report["lost"]) == (0, 0)
    assert {change["kind"] for change in report["rules"]} == {"added", "removed"}


@pytest.mark.parametrize("identifier", [ID, OTHER], ids=["same id", "other id"])
def test_a_renamed_rule_is_the_same_rule(scratch: Scratch, diff: Diff, identifier: str) -> None:
    scratch.path(PATH).unlink()
    scratch.write("sigma/moved/proc_creation_win_new_name.yml", rule(identifier=identifier))
    code, report = diff()
    change = only(report)
    assert (code, change["kind"], change["old_path"]) == (0, "retold", PATH)
    assert change["path"] == "sigma/moved/proc_creation_win_new_name.yml"
    assert [field["name"] for field in change["fields"]] == ([] if identifier == ID else ["id"])
    assert not change["queries"]


def test_what_is_said_of_a_rule_is_told_before_and_now(scratch: Scratch, diff: Diff) -> None:
    scratch.replace(PATH, "level: medium", "level: high")
    scratch.replace(PATH, "title: Copy to Temp", "title: Copies to Temp")
    scratch.replace(PATH, "    - attack.t1074\n", "    - attack.t1560\n    - attack.t1005\n")
    code, report = diff()
    fields = {field["name"]: field for field in only(report)["fields"]}
    assert code == 0
    assert (fields["level"]["before"], fields["level"]["now"]) == ("medium", "high")
    assert (fields["title"]["before"], fields["title"]["now"]) == ("Copy to Temp", "Copies to Temp")
    assert (fields["tags"]["gone"], fields["tags"]["new"]) == (["attack.t1074"], ["attack.t1560", "attack.t1005"])
    assert (report["tags_gone"], report["tags_new"]) == (["attack.t1074"], ["attack.t1005", "attack.t1560"])


def test_a_rule_that_no_longer_loads_is_not_called_removed(scratch: Scratch, diff: Diff) -> None:
    scratch.replace(PATH, "condition: selection", "condition: selection and nothing_there")
    code, report = diff()
    change = only(report)
    assert (code, change["kind"]) == (1, "unreadable")
    assert "nothing_there" in change["reason"]
    assert [finding["path"] for finding in report["findings"]] == [PATH]


@pytest.mark.parametrize("text", ["title: [\n", "\0binary", "- a list\n", "title: &a [*a]\n"])
def test_broken_yaml_now_is_a_finding(scratch: Scratch, diff: Diff, text: str) -> None:
    scratch.write(PATH, text)
    code, report = diff()
    assert (code, len(report["findings"]), report["unreadable"]) == (1, 1, 1)


def test_broken_yaml_before_is_a_note_and_the_rule_new(scratch: Scratch, diff: Diff) -> None:
    good = scratch.path(PATH).read_bytes()
    scratch.write(PATH, "title: [\n")
    scratch.commit("Broken")
    scratch.git("branch", "--force", "main")
    scratch.write(PATH, good)
    code, report = diff()
    assert (code, only(report)["kind"]) == (0, "added")
    assert any(PATH in note for note in report["notes"])


def test_what_was_broken_on_both_sides_is_left_to_check(scratch: Scratch, diff: Diff) -> None:
    scratch.write("sigma/broken.yml", "title: [\n")
    scratch.commit("Broken")
    scratch.git("branch", "--force", "main")
    code, report = diff()
    assert (code, report["empty"]) == (0, True)


def test_a_fixture_that_loses_events_is_told(scratch: Scratch, diff: Diff) -> None:
    fixture(scratch, [ROBOCOPY], [])
    code, report = diff()
    change = only(report)
    assert (code, change["kind"]) == (0, "fixture")
    assert change["fixture"]["gone_expected"] == ["xcopy to Temp"]
    assert change["fixture"]["gone_others"] == 1


def test_a_deleted_fixture_still_tells_what_the_rule_lost(scratch: Scratch, diff: Diff) -> None:
    scratch.replace(PATH, "'Temp'", "'elsewhere'")
    for path in scratch.path(FIXTURE).iterdir():
        path.unlink()
    code, report = diff()
    assert (code, report["lost"]) == (1, 2)
    assert only(report)["score"] is None


def test_a_broken_fixture_is_a_finding(scratch: Scratch, diff: Diff) -> None:
    scratch.write(f"{FIXTURE}/match.json", b"\xff\xfe\0")
    code, report = diff()
    assert code == 1
    assert [finding["path"] for finding in report["findings"]] == [f"{FIXTURE}/info.yml"]


def test_a_fixture_that_only_counts_loses_by_number(scratch: Scratch, diff: Diff) -> None:
    fixture(scratch, [ROBOCOPY, XCOPY, ELSEWHERE], [], counts=(2, 0))
    scratch.commit("Counts")
    scratch.git("branch", "--force", "main")
    scratch.replace(PATH, "            - '\\xcopy.exe'\n", "")
    code, report = diff()
    assert (code, report["lost"]) == (1, 1)
    assert only(report)["hits"]["gone"][0]["expected_now"] is True


def test_relabelled_and_renumbered_events_are_the_same(scratch: Scratch, diff: Diff) -> None:
    changed = json.loads(json.dumps(ROBOCOPY))
    changed["Event"]["EventData"]["RuleName"] = "another label"
    changed["Event"]["System"]["EventRecordID"] = 77
    fixture(scratch, [changed, XCOPY], [ELSEWHERE])
    assert diff()[1]["empty"]


CORRELATION = """\
title: Many copies
id: 33333333-3333-4333-8333-333333333333
status: test
level: high
correlation:
    type: event_count
    rules:
        - copies
    group-by:
        - Computer
    timespan: 1m
    condition:
        gte: 2
"""


def test_a_correlation_is_compared_by_its_groups(scratch: Scratch, diff: Diff) -> None:
    scratch.write(PATH, "name: copies\n" + rule())
    scratch.write("sigma/correlation_many.yml", CORRELATION)
    fixture(scratch, [ROBOCOPY, XCOPY], [], "33333333-3333-4333-8333-333333333333", "correlation_many")
    scratch.replace(
        "tests/rules/correlation_many/info.yml", "  match_count: 2\n", "  match_count: 1\n  groups: [[WS-1]]\n"
    )
    scratch.commit("A correlation")
    scratch.git("branch", "--force", "main")
    scratch.replace("sigma/correlation_many.yml", "gte: 2", "gte: 3")
    code, report = diff()
    change = only(report)
    assert (code, change["correlation"], change["lost"]) == (1, True, 1)
    assert change["terms"] == ["- correlation: condition: gte: 2", "+ correlation: condition: gte: 3"]
    group, elsewhere = change["hits"]["gone"]
    assert (group["own"], elsewhere["own"], elsewhere["place"]) == (True, False, f"{STEM}: Attacks")
    assert group["fields"] == {"Computer": "WS-1.corp.example"}
    assert (group["expected_before"], group["expected_now"]) == (True, True)


def test_a_correlation_changes_with_the_rule_that_it_refers_to(scratch: Scratch, diff: Diff) -> None:
    scratch.write(PATH, "name: copies\n" + rule())
    scratch.write("sigma/correlation_many.yml", CORRELATION)
    scratch.commit("A correlation")
    scratch.git("branch", "--force", "main")
    scratch.replace(PATH, "            - '\\xcopy.exe'\n", "")
    report = diff()[1]
    assert {change["stem"]: change["kind"] for change in report["rules"]} == {
        STEM: "changed",
        "correlation_many": "changed",
    }


FILTER = f"""\
title: Administrators
id: 44444444-4444-4444-8444-444444444444
logsource:
    category: process_creation
    product: windows
filter:
    rules:
        - {ID}
    selection:
        User|contains: 'jdoe'
    condition: not selection
"""


def test_a_filter_that_nothing_switches_on_tells_what_it_would_take_away(scratch: Scratch, diff: Diff) -> None:
    scratch.write("sigma/filters/admins.yml", FILTER)
    code, report = diff()
    (change,) = report["filters"]
    assert (code, report["rules"], report["lost"]) == (1, [], 2)
    assert (change["kind"], change["path"]) == ("added", "sigma/filters/admins.yml")
    assert labels(change["rules"][STEM]["gone"]) == ["robocopy to Temp", "xcopy to Temp"]
    assert change["rules"][STEM]["gone"][0]["why"] == ["filter:selection is new and matches it"]


def test_a_filter_changed_in_its_text_alone_shows_nothing(scratch: Scratch, diff: Diff) -> None:
    scratch.write("sigma/filters/admins.yml", FILTER)
    scratch.commit("A filter")
    scratch.git("branch", "--force", "main")
    scratch.write("sigma/filters/admins.yml", FILTER.replace("'jdoe'", "jdoe  # the administrator"))
    assert diff()[1]["empty"]


def test_a_filter_that_is_switched_on_shows_as_the_rule_that_it_changes(scratch: Scratch, diff: Diff) -> None:
    scratch.write("stagewatch.toml", 'filters = ["filters"]\n')
    scratch.write("filters/none.yml", FILTER.replace("'jdoe'", "'nobody'"))
    scratch.commit("A filter")
    scratch.git("branch", "--force", "main")
    scratch.write("filters/none.yml", FILTER)
    code, report = diff()
    assert (code, report["filters"], only(report)["stem"], report["lost"]) == (1, [], STEM, 2)
    assert only(report)["terms"] == [
        "- filter:selection: User|contains: nobody",
        "+ filter:selection: User|contains: jdoe",
    ]


PIPELINE = """\
name: Site
priority: 10
transformations:
    - id: user
      type: add_condition
      conditions:
          User|contains: {user}
"""


def test_a_pipeline_changes_the_queries_of_rules_that_did_not(scratch: Scratch, diff: Diff) -> None:
    scratch.write("stagewatch.toml", 'pipelines = ["site.yml"]\n')
    scratch.write("site.yml", PIPELINE.format(user="corp"))
    scratch.commit("A pipeline")
    scratch.git("branch", "--force", "main")
    assert diff()[1]["empty"]
    scratch.write("site.yml", "# a comment\n" + PIPELINE.format(user="corp"))
    assert diff()[1]["empty"]
    scratch.write("site.yml", PIPELINE.format(user="nobody"))
    code, report = diff()
    assert (code, report["sources"]) == (1, ["site.yml"])
    assert [change["target"] for change in report["pipelines"]] == ["sentinel", "splunk"]
    ((lines, stems),) = report["pipelines"][0]["groups"]
    assert stems == [STEM]
    assert sum(line.startswith("+ ") and "nobody" in line for line in lines) == 2  # domain and name
    assert labels(only(report)["hits"]["gone"]) == ["robocopy to Temp", "xcopy to Temp"]


def test_a_query_that_a_target_no_longer_has_is_told_loudly(scratch: Scratch, diff: Diff) -> None:
    scratch.replace(PATH, "CommandLine|contains: 'Temp'", "CommandLine|contains: 'Temp'\n        Rarely|contains: 'x'")
    _, report = diff()
    worse = {query["target"]: (query["before"], query["now"]) for query in only(report)["queries"]}
    assert worse["sentinel"] == ("ok", "unsupported")
    _, text = diff(form="markdown")
    assert f"**No query any more on sentinel, splunk:** `{STEM}`" in text
    assert "`sentinel`: ok → unsupported (" in text


def test_a_named_list_tells_its_values(scratch: Scratch, diff: Diff) -> None:
    named = "tools:\n    description: Tools.\n    forms: {paths: {keys: [Image|endswith]}}\n    entries:\n"
    entry = "        - {{paths: '{}', reason: copies}}\n"
    scratch.write("lists/tools.yml", named + entry.format("\\robocopy.exe") + entry.format("\\xcopy.exe"))
    scratch.commit("A list")
    scratch.git("branch", "--force", "main")
    scratch.write("lists/tools.yml", named + entry.format("\\robocopy.exe") + entry.format("\\richcopy.exe"))
    _, report = diff()
    assert report["lists"] == [{"gone": ["\\xcopy.exe"], "name": "tools", "new": ["\\richcopy.exe"]}]


def test_logs_tell_what_they_hold(scratch: Scratch, diff: Diff) -> None:
    logs = [
        event(f"event {number}", "C:\\xcopy.exe", f"xcopy C:\\x C:\\Temp\\{number}", number) for number in range(40)
    ]
    scratch.write("logs/events.json", "\n".join(map(json.dumps, logs)))
    scratch.replace(PATH, "            - '\\xcopy.exe'\n", "            - '\\xcopy64.exe'\n")
    _, report = diff("--events", str(scratch.path("logs")))
    hits = only(report)["logs"]
    assert (hits["gone_count"], hits["newly_count"], len(hits["gone"])) == (40, 0, 25)
    assert hits["gone"][0]["place"] == "logs/events.json"
    assert hits["gone"][0]["fields"]["CommandLine"] == "xcopy C:\\x C:\\Temp\\0"
    assert report["logs"] == {"events": 40, "files": 1, "troubled": 0}


def test_logs_tell_of_groups_too(scratch: Scratch, diff: Diff) -> None:
    scratch.write(PATH, "name: copies\n" + rule())
    scratch.write("sigma/correlation_many.yml", CORRELATION)
    scratch.commit("A correlation")
    scratch.git("branch", "--force", "main")
    scratch.write("logs/events.json", "\n".join(map(json.dumps, [ROBOCOPY, XCOPY])))
    scratch.replace("sigma/correlation_many.yml", "gte: 2", "gte: 3")
    _, report = diff("--events", str(scratch.path("logs")))
    (group,) = only(report)["logs"]["gone"]
    assert group["fields"] == {"Computer": "WS-1.corp.example"}


def test_a_version_that_did_not_rise_is_told(scratch: Scratch, diff: Diff) -> None:
    lock = {ID: {"meaning": "0" * 64, "stem": STEM, "version": 3}}
    scratch.write("versions.json", json.dumps(lock))
    scratch.commit("A lock")
    scratch.git("branch", "--force", "main")
    scratch.replace(PATH, "'Temp'", "'emp'")
    assert only(diff()[1])["stale_version"] is True
    lock[ID] |= {"meaning": "1" * 64, "version": 4}
    scratch.write("versions.json", json.dumps(lock))
    change = only(diff()[1])
    assert (change["version"], change["stale_version"]) == ([3, 4], False)


def test_a_broken_lock_or_setting_before_is_a_note(scratch: Scratch, diff: Diff) -> None:
    scratch.write("versions.json", "no lock")
    scratch.write("stagewatch.toml", "rules = 3\n")
    scratch.commit("Broken")
    scratch.git("branch", "--force", "main")
    scratch.path("versions.json").unlink()
    scratch.path("stagewatch.toml").unlink()
    code, report = diff()
    assert (code, report["rules"]) == (0, [])
    assert len(report["notes"]) == 2


def test_two_runs_give_the_same_bytes(scratch: Scratch, diff: Diff) -> None:
    scratch.write("sigma/filters/admins.yml", FILTER)
    scratch.replace(PATH, "    condition: selection\n", FILTERED)
    for form in ("markdown", "json", "html", "text"):
        assert diff(form=form) == diff(form=form)


def test_the_pipelines_of_the_house_are_compared_in_its_own_repository(scratch: Scratch, diff: Diff) -> None:
    shutil.copytree(REPOSITORY / "pipelines", scratch.path("pipelines"))
    scratch.commit("Pipelines")
    scratch.git("branch", "--force", "main")
    with house_at(scratch.path("pipelines")):
        assert diff()[1]["empty"]
        path = scratch.path("pipelines/sentinel.yml")
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("DeviceProcessEvents", "SomeOtherTable"), encoding="utf-8")
        code, report = diff()
    assert (code, report["sources"], report["rules"]) == (0, ["pipelines/sentinel.yml"], [])
    ((lines, stems),) = report["pipelines"][0]["groups"]
    assert (report["pipelines"][0]["target"], stems) == ("sentinel", [STEM])
    assert [line for line in lines if line[0] in "+-"] == ["- DeviceProcessEvents", "+ SomeOtherTable"]


def test_a_sites_settings_show_what_they_do_to_queries(scratch: Scratch, diff: Diff) -> None:
    scratch.write("stagewatch.toml", 'environment = "site.toml"\n')
    scratch.write("site.toml", 'name = "Site"\n\n[targets.sentinel.tables]\n"windows/process_creation" = "Old"\n')
    scratch.commit("A site")
    scratch.git("branch", "--force", "main")
    assert diff()[1]["empty"]
    scratch.write("site.toml", '# new\nname = "Site"\n[targets.sentinel.tables]\n"windows/process_creation" = "New"\n')
    code, report = diff()
    assert (code, report["sources"]) == (0, ["site.toml"])
    ((lines, _),) = report["pipelines"][0]["groups"]
    assert [line for line in lines if line[0] in "+-"] == ["- Old", "+ New"]
