"""Hunts over recorded events: SigmaHQ's own, each for the rule that it was recorded for, and all public datasets."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import yaml

from stagewatch.logs import State
from tests.hunt.hunting import DATASETS, FOREIGN, hunted, needs_datasets, needs_foreign_rules, pack_plan, plan_of

REGRESSION = DATASETS / "sigmahq_regression"

NOT_AT_HAND = {
    "af688c76-4ce4-4309-bfdd-e896f01acf27": "rules-emerging-threats is not among the rules",
    "5299fadf-f228-4526-8274-251db1960be9": "rules-emerging-threats is not among the rules",
    "bae7c70b-8569-44e9-accf-b30073da8a5d": "rules-emerging-threats is not among the rules",
}
"""Ids of the rules whose events are here but who are not, with the reason."""

APPLE = "__MACOSX/"
"""What macOS puts beside a file that it packs: no events."""

MORE_THAN_SAID = {
    "0b9ad457-2554-44c1-82c2-d56a99c42377": 3,  # user.conf.new twice and user.conf~RF2d9c20d.TMP
    "8fbf3271-1ef6-4e94-8210-03c2317947f6": 3,
}
"""Ids of rules that plainly match more of their events than the one that SigmaHQ counts."""


@needs_datasets
@needs_foreign_rules
def test_each_event_that_sigmahq_recorded_for_a_rule_is_found_in_evtx_and_in_json() -> None:
    expected: dict[tuple[str, str], int | None] = {}
    for info in sorted(REGRESSION.rglob("info.yml")):
        document = yaml.safe_load(info.read_text(encoding="utf-8"))
        for rule in document["rule_metadata"]:
            for test in document["regression_tests_info"]:
                for suffix in (".evtx", ".json"):
                    path = info.with_name(Path(test["path"]).name).with_suffix(suffix)
                    expected[rule["id"], str(path)] = MORE_THAN_SAID.get(rule["id"], test.get("match_count"))
    wanted = {identifier for identifier, _ in expected} - set(NOT_AT_HAND)
    named = re.compile(rb"^id: *([0-9a-f-]{36})", re.MULTILINE)
    rules = [
        path
        for path in sorted(FOREIGN.rglob("*.yml"))
        if (known := named.search(path.read_bytes())) is not None and known[1].decode() in wanted
    ]
    plan = plan_of(*rules)
    assert {facts.id for facts in plan.rules.values()} == wanted
    assert plan.not_asked == ()
    with hunted(plan, REGRESSION) as report:
        found = Counter((report.rules[hit.rule].id, hit.origin) for hit in report.hits())
    asked = {key: count for key, count in expected.items() if key[0] in wanted}
    assert len(asked) > 200
    missed = [key for key, count in asked.items() if found[key] != count and (count is not None or not found[key])]
    assert missed == []


@needs_datasets
def test_every_file_of_the_datasets_is_read_or_accounted_for() -> None:
    with hunted(pack_plan(), DATASETS) as report:
        account = report.account
    assert account.total > 300_000
    unread = {
        Path(file.path).suffix for file in account.files if file.state is not State.READ and APPLE not in file.path
    }
    assert unread == {".yml", ".yaml", ".md"}  # what describes the events
    assert all(file.total or file.format == "zip" for file in account.files if file.state is State.READ)
