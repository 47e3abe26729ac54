"""A hunt from files to a report."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stagewatch.findings import UsageError
from stagewatch.hunt.local import AT_ONCE
from stagewatch.hunt.results import MEMBERS, Hit
from tests.hunt.hunting import ROOT, hunted, pack_plan, plan_of, written

START = datetime(2026, 1, 31, 8, 0)  # noqa: DTZ001  times of events are naive and in UTC

RULE = """\
title: Rule {number}
id: 00000000-0000-4000-8000-{number:012}
name: rule_{number}
status: test
logsource: {{product: windows, category: process_creation}}
detection:
    selection:
{selection}
    condition: selection
level: low
"""

BURST = """\
title: Burst
id: 00000000-0000-4000-9000-000000000000
status: test
correlation:
    type: event_count
    rules: [rule_0]
    group-by: [Computer]
    timespan: 1h
    condition: {{gte: {at_least}}}
level: high
"""


def rules(folder: Path, *selections: str, more: str | None = None) -> Path:
    """A folder of rules on process starts, and one more file."""
    folder = folder / "rules"
    folder.mkdir()
    for number, selection in enumerate(selections):
        body = "\n".join(f"        {line}" for line in selection.splitlines())
        (folder / f"rule_{number}.yml").write_text(RULE.format(number=number, selection=body))
    if more is not None:
        (folder / "more.yml").write_text(more)
    return folder


def event(minute: float = 0, **fields: str) -> str:
    """A synthetic process start of Sysmon, flat."""
    when = START + timedelta(minutes=minute)
    frame = {
        "SourceName": "Microsoft-Windows-Sysmon",
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "EventID": 1,
        "Hostname": "WS-01.corp.example",
        "UtcTime": f"{when:%Y-%m-%d %H:%M:%S}.{when.microsecond // 1000:03}",
        "Image": "C:\\Windows\\System32\\cmd.exe",
        "User": "CORP\\jdoe",
    }
    return json.dumps(frame | fields)


def hits(folder: Path, selection: str, *events: str, **options: Any) -> list[Hit]:
    log = written(folder, "log.jsonl", events)
    with hunted(plan_of(rules(folder, selection)), log, **options) as report:
        return list(report.hits())


def test_a_hit_tells_rule_time_host_user_source_file_and_the_fields_that_matched(tmp_path: Path) -> None:
    (hit,) = hits(
        tmp_path,
        "- CommandLine|contains: ARCHIVE\n- ParentImage|endswith: '\\nowhere.exe'\n- Image|endswith: '\\CMD.exe'",
        event(5, CommandLine="cmd /c archive", ParentImage="C:\\explorer.exe"),
    )
    assert hit == Hit(
        rule="rule_0",
        time=START + timedelta(minutes=5),
        host="WS-01.corp.example",
        user="CORP\\jdoe",
        source="windows/sysmon/process_creation",
        origin=str(tmp_path / "log.jsonl"),
        position=0,
        matched={"CommandLine": "cmd /c archive", "Image": "C:\\Windows\\System32\\cmd.exe"},
    )


def test_hits_are_in_order_of_time_and_counted_by_rule_and_host(tmp_path: Path) -> None:
    log = written(
        tmp_path,
        "log.jsonl",
        [event(3, CommandLine="a"), event(1, CommandLine="a", Hostname="WS-02"), event(2, CommandLine="a")],
    )
    with hunted(plan_of(rules(tmp_path, "CommandLine: a")), log) as report:
        minutes = [(hit.time - START) / timedelta(minutes=1) for hit in report.hits() if hit.time]
        counts = [(count.rule, count.host, count.hits, count.first, count.last) for count in report.counts]
    assert minutes == [1, 2, 3]
    assert counts == [
        ("rule_0", "WS-01.corp.example", 2, START + timedelta(minutes=2), START + timedelta(minutes=3)),
        ("rule_0", "WS-02", 1, START + timedelta(minutes=1), START + timedelta(minutes=1)),
    ]


def test_a_keyword_is_shown_as_it_stands_in_the_rule(tmp_path: Path) -> None:
    (hit,) = hits(tmp_path, "- archive\n- elsewhere", event(CommandLine="x"), event(Description="An ARCHIVE tool"))
    assert hit.position == 1
    assert hit.matched == {"keyword": "*archive*"}


def test_only_events_of_the_time_span_take_part_both_ends_included(tmp_path: Path) -> None:
    log = written(tmp_path, "log.jsonl", [event(minute, CommandLine="a") for minute in range(5)])
    since, until = START + timedelta(minutes=1), START + timedelta(minutes=3)
    with hunted(plan_of(rules(tmp_path, "CommandLine: a")), log, since=since, until=until) as report:
        assert [hit.position for hit in report.hits()] == [1, 2, 3]
        assert report.dismissed == 2


def test_an_event_without_a_time_is_a_hit_unless_a_time_span_is_asked(tmp_path: Path) -> None:
    log = written(tmp_path, "log.jsonl", [event(CommandLine="a", UtcTime="")])
    plan = plan_of(rules(tmp_path, "CommandLine: a"))
    with hunted(plan, log) as report:
        assert [hit.time for hit in report.hits()] == [None]
    with hunted(plan, log, since=START) as report:
        assert list(report.hits()) == []
        assert report.dismissed == 1


def test_more_rules_than_one_query_takes_are_all_asked(tmp_path: Path) -> None:
    number = 2 * AT_ONCE + 3
    folder = rules(tmp_path, *(f"CommandLine|contains: word-{number:03}-" for number in range(number)))
    log = written(tmp_path, "log.jsonl", [event(CommandLine=f"a word-{n:03}- b") for n in range(number)])
    with hunted(plan_of(folder), log) as report:
        found = {(hit.rule, hit.position) for hit in report.hits()}
    assert found == {(f"rule_{n}", n) for n in range(number)}


def test_a_burst_tells_its_group_and_its_members_and_of_many_the_first(tmp_path: Path) -> None:
    many = MEMBERS + 5
    log = written(
        tmp_path, "log.jsonl", [event(n / 10, CommandLine="a") for n in range(many)] + [event(CommandLine="b")]
    )
    folder = rules(tmp_path, "CommandLine: a", more=BURST.format(at_least=3))
    with hunted(plan_of(folder, level="high"), log) as report:
        (burst,) = report.bursts
        assert list(report.hits()) == []  # the rule itself is below the level
        assert report.worst() == "high"
    assert burst.keys == {"Computer": "WS-01.corp.example"}
    assert (burst.count, burst.total, len(burst.members)) == (many, many, MEMBERS)
    assert [member.position for member in burst.members] == list(range(MEMBERS))
    assert burst.members[0].matched == {"CommandLine": "a"}
    assert (burst.host, burst.user) == ("WS-01.corp.example", "CORP\\jdoe")
    assert (burst.first, burst.last) == (START, START + timedelta(minutes=(many - 1) / 10))


def test_a_correlation_of_a_keyword_rule_sees_all_fields_of_an_event(tmp_path: Path) -> None:
    log = written(tmp_path, "log.jsonl", [event(n, Description="an archive tool") for n in range(3)])
    folder = rules(tmp_path, "- archive", more=BURST.format(at_least=3))
    with hunted(plan_of(folder), log) as report:
        assert [burst.total for burst in report.bursts] == [3]


def test_what_is_saved_answers_a_second_question(tmp_path: Path) -> None:
    saved = tmp_path / "events.parquet"
    log = written(tmp_path, "log.jsonl", [event(1, CommandLine="a", ParentCommandLine="second"), event(EventID="11")])
    first, second = plan_of(rules(tmp_path, "CommandLine: a")), tmp_path / "second"
    second.mkdir()
    with hunted(first, log, save=saved) as report:
        once = list(report.hits())
    with hunted(plan_of(rules(second, "ParentCommandLine: second")), saved) as report:
        (hit,) = report.hits()
        assert report.account.total == 2
    assert [one.matched for one in once] == [{"CommandLine": "a"}]
    assert hit.matched == {"ParentCommandLine": "second"}
    assert hit.origin == str(log)  # where the event was first read


def test_where_nothing_can_be_saved_is_wrong_usage(tmp_path: Path) -> None:
    log = written(tmp_path, "log.jsonl", [event(1, CommandLine="a")])
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(UsageError, match="the events cannot be kept"),
        hunted(plan_of(rules(tmp_path, "CommandLine: a")), log, save=tmp_path / "file" / "events.parquet"),
    ):
        pass


def test_the_scratch_folder_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    log = written(tmp_path, "log.jsonl", [event(CommandLine="a")])
    with hunted(plan_of(rules(tmp_path, "CommandLine: a")), log):
        assert list(scratch.iterdir())
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_scratch_folder_is_gone_after_an_interrupt(tmp_path: Path, stop: signal.Signals) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "convert.py"), "hunt", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(scratch)},
    )
    assert process.stdin is not None
    process.stdin.write(f"{event(CommandLine='a')}\n" * 50)
    process.stdin.flush()
    for _ in range(300):  # standard input stays open: it reads on until it is stopped
        if list(scratch.iterdir()):
            break
        time.sleep(0.1)
    process.send_signal(stop)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.strip() == "stagewatch: interrupted; nothing was changed"
    assert list(scratch.iterdir()) == []


def test_rules_that_no_event_concerns_are_asked_and_find_nothing(tmp_path: Path) -> None:
    log = written(tmp_path, "log.jsonl", [event(EventID="5")])
    with hunted(pack_plan(), log) as report:
        assert report.total == 0
        assert report.worst() is None
        assert report.account.total == 1
        assert len(report.rules) == sum(path.parent.name != "filters" for path in (ROOT / "sigma").rglob("*.yml"))


AUDITD = """\
type=SYSCALL msg=audit(1769846400.000:11): arch=c000003e syscall=59 success=yes comm="tar" exe="/usr/bin/tar" key="x"
type=EXECVE msg=audit(1769846400.000:11): argc=2 a0="tar" a1="/tmp/.x"
type=PATH msg=audit(1769846400.000:11): item=0 name="/usr/bin/tar"
type=PATH msg=audit(1769846400.000:11): item=1 name="/lib64/ld-linux-x86-64.so.2"
type=SYSCALL msg=audit(1769846460.000:12): arch=c000003e syscall=59 success=yes comm="tar" exe="/usr/bin/tar" key="x"
type=PATH msg=audit(1769846460.000:12): item=0 name="/usr/bin/tar"
"""
"""Synthetic: two events in six records."""

AUDITD_RULE = """\
title: Tar
id: 00000000-0000-4000-8000-000000000000
name: rule_0
status: test
logsource: {product: linux, service: auditd}
detection:
    selection: {type: PATH, name|contains: /}
    condition: selection
level: low
"""


def test_several_records_of_one_event_of_auditd_are_one_hit_and_count_once(tmp_path: Path) -> None:
    (tmp_path / "audit.log").write_text(AUDITD)
    folder = rules(tmp_path, more=BURST.format(at_least=2).replace("[Computer]", "[type]"))
    (folder / "rule_0.yml").write_text(AUDITD_RULE)
    with hunted(plan_of(folder), tmp_path / "audit.log") as report:
        assert report.account.total == 2
        assert [hit.matched["name"] for hit in report.hits()] == ["/usr/bin/tar", "/usr/bin/tar"]
        (burst,) = report.bursts
    assert (burst.count, burst.total) == (2, 2)


def test_fields_of_any_name_are_told_apart_from_what_a_hunt_itself_holds(tmp_path: Path) -> None:
    names = (
        "question",
        "questions",
        "joined",
        "burst",
        "branch",
        "number",
        "keys",
        "first_seen",
        "rule",
        "Position",
        "matched",
    )
    fields = dict.fromkeys(names, "a")
    folder = rules(
        tmp_path,
        "\n".join(f"{name}: a" for name in names),
        more=BURST.format(at_least=2).replace("[Computer]", f"[{', '.join(names)}]"),
    )
    log = written(tmp_path, "log.jsonl", [event(n, **fields) for n in range(2)])
    with hunted(plan_of(folder), log) as report:
        assert [set(hit.matched) for hit in report.hits()] == [{*names, "Position_"} - {"Position"}] * 2
        (burst,) = report.bursts
        assert burst.total == 2


ORDERED = """\
title: Then
id: 00000000-0000-4000-9000-000000000001
status: test
correlation:
    type: temporal
    rules: [rule_0, rule_1]
    group-by: [Computer]
    timespan: 1h
level: high
"""


def test_an_event_asked_in_two_passes_counts_once_and_is_asked_with_all_its_fields(tmp_path: Path) -> None:
    folder = rules(tmp_path, "CommandLine: a", more=ORDERED)
    of_any_category = RULE.format(number=1, selection="        ParentImage: null\n        EventID: 1")
    of_any_category = of_any_category.replace("{product: windows, category: process_creation}", "{product: windows}")
    (folder / "rule_1.yml").write_text(of_any_category)
    both = event(0, CommandLine="a")
    one = event(1, CommandLine="a", ParentImage="C:\\explorer.exe")
    with hunted(plan_of(folder), written(tmp_path, "log.jsonl", [both, one])) as report:
        (burst,) = report.bursts
        members = [(member.rule, member.position) for member in burst.members]
    assert (burst.count, burst.total) == (3, 2)  # the first stands for both rules
    assert members == [("rule_0", 0), ("rule_1", 0), ("rule_0", 1)]
