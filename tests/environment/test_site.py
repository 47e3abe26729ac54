from __future__ import annotations

import json
import re
import tomllib

import pytest

from stagewatch.environment.site import COLUMNS, SETTINGS
from stagewatch.findings import UsageError
from stagewatch.objects.splunk_sources import MACROS
from stagewatch.targets import TARGETS as ALL_TARGETS
from tests.environment.site_pack import (
    BURST,
    CLOUD,
    CLOUD_BURST,
    FILE,
    LINUX_PROCESS,
    PROCESS,
    SCRIPT,
    SECURITY,
    STEMS,
    TARGETS,
    Read,
    changed,
    changed_files,
    files,
    text,
    usual,
)


def test_every_platform_with_objects_can_be_set() -> None:
    assert set(SETTINGS) == set(COLUMNS) == set(TARGETS) == set(ALL_TARGETS) - {"duckdb"}


def test_macros_change_their_definition_in_the_app_and_no_search(read: Read) -> None:
    environment = read("[targets.splunk.macros]\nstagewatch_sysmon = '(index=own source=\"x\")'")
    assert changed(environment) == {}
    before, after = files("splunk"), files("splunk", environment)
    assert {path for path in before if before[path] != after[path]} == {
        "stagewatch/default/macros.conf",
        "stagewatch.spl",
    }
    macros = "stagewatch/default/macros.conf"
    usual_definition = f"definition = {MACROS['stagewatch_sysmon']}\n".encode()
    assert after[macros] == before[macros].replace(usual_definition, b'definition = (index=own source="x")\n')


def test_an_index_is_read_by_the_rules_of_its_log_source(read: Read) -> None:
    environment = read('[targets.elastic.indices]\n"windows/ps_script" = ["own-*", "hq:own-*"]')
    found = changed(environment)
    assert set(found) == {(SCRIPT, "elastic"), (BURST, "elastic")}
    assert text(found[SCRIPT, "elastic"]) == text(usual()[SCRIPT, "elastic"]).replace(
        "FROM logs-windows.powershell_operational-*", "FROM own-*, hq:own-*"
    )


def test_an_index_of_eql_is_in_the_object(read: Read) -> None:
    environment = read('[targets.elastic.indices]\n"windows/process_creation" = ["own-*"]')
    assert changed(environment) == {}
    path = f"ndjson/{PROCESS}.ndjson"
    assert changed_files("elastic", environment) == {path, f"toml/{PROCESS}.toml"}
    before, after = (json.loads(files("elastic", one)[path]) for one in (None, environment))
    assert after["index"] == ["own-*"]
    assert {key for key in before if before[key] != after[key]} == {"index", "tags"}
    toml = tomllib.loads(files("elastic", environment)[f"toml/{PROCESS}.toml"].decode())
    assert (toml["rule"]["index"], toml["metadata"]["integration"]) == (["own-*"], [])


def test_a_table_is_read_by_the_rules_of_its_log_source(read: Read) -> None:
    found = changed(read('[targets.sentinel.tables]\n"windows/security" = "Own_CL"'))
    assert set(found) == {(SECURITY, "sentinel")}
    assert text(found[SECURITY, "sentinel"]) == text(usual()[SECURITY, "sentinel"]).replace("SecurityEvent", "Own_CL")


def test_a_log_source_type_takes_the_place_of_the_usual_one(read: Read) -> None:
    found = changed(read('[targets.qradar.log_source_types]\n"windows/process_creation" = 4001'))
    assert set(found) == {(PROCESS, "qradar")}
    assert text(found[PROCESS, "qradar"]) == text(usual()[PROCESS, "qradar"]).replace(
        "devicetype = 12", "devicetype = 4001"
    )


def test_a_log_source_type_is_added_where_none_is_asked_for(read: Read) -> None:
    found = changed(read('[targets.qradar.log_source_types]\n"linux/process_creation" = 4001'))
    assert set(found) == {(LINUX_PROCESS, "qradar")}
    assert text(found[LINUX_PROCESS, "qradar"]).replace("devicetype = 4001 AND ", "") == text(
        usual()[LINUX_PROCESS, "qradar"]
    )


def test_log_types_are_asked_for(read: Read) -> None:
    found = changed(read('[targets.secops.log_types]\n"windows/security" = ["WINEVTLOG"]'))
    assert set(found) == {(SECURITY, "secops")}
    added = set(text(found[SECURITY, "secops"]).splitlines()) - set(text(usual()[SECURITY, "secops"]).splitlines())
    assert [line.strip() for line in added] == ['$e.metadata.log_type = "WINEVTLOG" nocase']


def test_repositories_are_asked_for_by_their_tag(read: Read) -> None:
    found = changed(read('[targets.logscale]\nrepositories = ["own"]'))
    assert set(found) == {key for key in usual() if key[1] == "logscale" and usual()[key].rendered}
    assert text(found[PROCESS, "logscale"]) == '#repo="own"\n| ' + text(usual()[PROCESS, "logscale"])


COLUMN = {
    "defender": "OwnCommand",
    "sentinel": "OwnCommand",
    "splunk": "own_command",
    "elastic": "own.command",
    "qradar": "Own Command",
    "sumo": "fields.Own.Command",
    "secops": "target.process.own_command",
    "logscale": "OwnCommand",
}


SPELLED = {
    "defender": ("OwnCommand", "ProcessCommandLine"),
    "sentinel": ("OwnCommand", "ProcessCommandLine"),
    "splunk": ("own_command", "CommandLine"),
    "elastic": ("own.command", "process.command_line"),
    "qradar": ('"Own Command"', '"Command"'),
    "sumo": ("fields['Own.Command']", "commandLine"),
    "secops": ("target.process.own_command", "target.process.command_line"),
    "logscale": ("OwnCommand", "CommandLine"),
}
"""How a query writes the column, and the one in whose place it stands."""


@pytest.mark.parametrize("target", TARGETS)
def test_a_column_of_the_site_stands_where_the_usual_one_stood(target: str, read: Read) -> None:
    found = changed(read(f'[targets.{target}.fields]\nCommandLine = "{COLUMN[target]}"'))
    assert set(found) == {(PROCESS, target), (LINUX_PROCESS, target)}
    for (stem, _), outcome in found.items():
        own, usually = SPELLED[target]
        assert own in text(outcome)
        before = re.sub(rf"(?<!\w){re.escape(usually)}(?!\w)", "COLUMN", text(usual()[stem, target]))
        assert text(outcome).replace(own, "COLUMN") == before


def test_a_column_of_one_log_source_comes_before_that_of_all(read: Read) -> None:
    content = '[targets.splunk.fields]\nCommandLine = "everywhere"\n"linux/process_creation" = {CommandLine = "there"}'
    found = changed(read(content))
    assert "there" in text(found[LINUX_PROCESS, "splunk"])
    assert "everywhere" not in text(found[LINUX_PROCESS, "splunk"])
    assert "everywhere" in text(found[PROCESS, "splunk"])


def test_a_column_that_is_called_like_another_sigma_field_is_that_column(read: Read) -> None:
    """The pipeline maps User to AccountName; here User is the name of a column."""
    found = changed(read('[targets.sentinel.fields."windows/process_creation"]\nCommandLine = "User"'))
    query = text(found[PROCESS, "sentinel"])
    assert "AccountName" not in query
    assert re.search(r"\bUser matches regex", query)


def test_a_field_that_the_platform_lacks_is_there_with_a_column_of_the_site(read: Read) -> None:
    environment = read('[targets.sentinel.fields."windows/security"]\nAccessList = "AccessList_s"')
    from stagewatch.conversion import convert
    from stagewatch.targets import load_target
    from tests.support import rule

    text_of_rule = rule("s: {EventID: 5145, AccessList: '%%4417'}\ncondition: s", category="x").replace(
        "category: x", "service: security"
    )
    from sigma.rule import SigmaRule

    parsed = SigmaRule.from_yaml(text_of_rule)
    assert convert(parsed, load_target("sentinel")).status == "unsupported"
    outcome = convert(parsed, load_target("sentinel", environment=environment))
    assert outcome.status == "ok"
    assert 'AccessList_s =~ "%%4417"' in text(outcome)


def test_a_group_by_field_is_the_column_of_the_site(read: Read) -> None:
    found = changed(read('[targets.splunk.fields]\n"requestParameters.bucketName" = "own_bucket"'))
    assert set(found) == {(CLOUD_BURST, "splunk")}
    assert text(found[CLOUD_BURST, "splunk"]) == text(usual()[CLOUD_BURST, "splunk"]).replace(
        "requestParameters.bucketName", "own_bucket"
    )


def test_a_column_of_numbers_is_compared_as_one(read: Read) -> None:
    content = '[targets.sentinel]\nnumeric_fields = ["Mask"]\n[targets.sentinel.fields]\nEventID = "Number"\n'
    assert changed(read('[targets.sentinel]\nnumeric_fields = ["Mask"]')) == {}
    with_text = text(changed(read(content))[SECURITY, "sentinel"])
    with_number = text(changed(read(content.replace('"Mask"', '"Mask", "Number"')))[SECURITY, "sentinel"])
    assert 'Number =~ "5140"' in with_text
    assert "Number == 5140" in with_number


def test_the_object_tells_of_columns_of_the_site(read: Read) -> None:
    environment = read('[targets.splunk.fields."windows/process_creation"]\nUser = "src_user"')
    assert changed_files("splunk", environment) == {f"searches/{PROCESS}.conf"}
    told = files("splunk", environment)[f"searches/{PROCESS}.conf"].decode()
    assert "own columns (User is src_user)" in told
    assert b"src_user" not in files("splunk", environment)[f"searches/{FILE}.conf"]


WRONG = [
    ("[targets.duckdb]", r":1: targets\.duckdb: unknown target"),
    ("[targets.splnk]", r"targets\.splnk: unknown target; did you mean splunk\?"),
    (
        "[targets.splunk]\nindices = {}",
        r":2: targets\.splunk\.indices: cannot be set for splunk; it takes fields,",
    ),
    ("[targets.defender]\ntables = {}", r"tables: cannot be set for defender; it takes fields, numeric_fields"),
    ("[targets.sumo]\nmacros = {}", r"cannot be set for sumo"),
    ("[targets.splunk]\nmacro = {}", r"targets\.splunk\.macro: unknown key; did you mean macros\?"),
    ("[targets.splunk.macros]\nstagewatch_symon = '(a)'", r"unknown macro; did you mean stagewatch_sysmon\?"),
    ("[targets.splunk.macros]\nstagewatch_sysmon = 'index=a'", r"one pair of parentheses"),
    ("[targets.splunk.macros]\nstagewatch_sysmon = '(index=a) OR (index=b)'", r"one pair of parentheses"),
    ('[targets.splunk.macros]\nstagewatch_sysmon = \'(index=a ")")"\'', r"one pair of parentheses"),
    ("[targets.splunk.macros]\nstagewatch_sysmon = '(`own`)'", r"without backticks"),
    ('[targets.splunk.macros]\nstagewatch_sysmon = "(a\\n)"', r"one line of text"),
    ('[targets.elastic.indices]\n"windows/ps_script" = "a"', r"must be a list of texts"),
    ('[targets.elastic.indices]\n"windows/ps_script" = ["a, b"]', r"'a, b' is not an index pattern"),
    ('[targets.elastic.indices]\n"windows/ps_script" = ["-a"]', r"is not an index pattern"),
    ('[targets.elastic.indices]\n"windows/ps_scripts" = ["a"]', r'"windows/ps_scripts": elastic reads no log source'),
    ('[targets.elastic.indices]\nwindows = ["a"]', r"is no log source such as"),
    ('[targets.elastic.indices]\n"macos/file_event" = ["a"]', r"elastic reads no log source"),
    ('[targets.sentinel.tables]\n"windows/security" = "a | b"', r"is not the name of a table"),
    ('[targets.sentinel.tables]\n"linux/auditd" = "Own"', r"sentinel reads no log source of this name"),
    ('[targets.qradar.log_source_types]\n"windows/security" = "12"', r"must be a whole number"),
    ('[targets.qradar.log_source_types]\n"windows/security" = 0', r"0 is not between"),
    ('[targets.secops.log_types]\n"windows/security" = ["winevtlog"]', r"is not a log type"),
    ('[targets.logscale]\nrepositories = "a"', r"must be a list of texts"),
    ('[targets.logscale]\nrepositories = ["a b"]', r"is not the name of a repository"),
    ("[targets.splunk.fields]\nUser = ['a', 'b']", r"must be a text in quotes, not a list"),
    ("[targets.splunk.fields.windows]\nUser = 'a'", r"is no log source such as"),
    ("[targets.splunk]\nnumeric_fields = ['a b']", r"is not the name of a column that splunk can read"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_what_a_target_does_not_take_is_refused(content: str, message: str, read: Read) -> None:
    with pytest.raises(UsageError, match=message):
        read(content)


NO_COLUMNS = ["", " a", "a b;c", "a'b", 'a"b', "a`b", "a|b", "a\tb", "\u00e9a", "a=b", "$a", "a[0]", "a\\\\b"]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", NO_COLUMNS)
def test_a_column_that_a_language_would_read_as_something_else_is_refused(name: str, target: str, read: Read) -> None:
    with pytest.raises(UsageError, match=rf"targets\.{target}\.fields\.User: "):
        read(f"[targets.{target}.fields]\nUser = {json.dumps(name)}")


def test_nothing_is_set_for_the_other_targets(read: Read) -> None:
    environment = read('[targets.splunk.fields]\nCommandLine = "own"')
    assert [target for target in TARGETS if environment.pipelines(target) != ((), ())] == ["splunk"]
    assert {stem for stem, _ in usual()} == set(STEMS)
    assert (CLOUD, "splunk") not in changed(environment)
