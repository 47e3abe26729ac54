"""What an engine puts into the store comes out as hits and bursts."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from stagewatch.hunt import store as store_module
from stagewatch.hunt.results import Count
from stagewatch.hunt.store import BurstRow, Store
from stagewatch.logs import EVENT_KEY
from tests.hunt.hunting import pack_plan

START = datetime(2026, 1, 31, 8)  # noqa: DTZ001  times of events are naive and in UTC


def a_row(position: int, **fields: object) -> dict[str, object]:
    house = {"product": "windows", "category": "file_event", "service": "sysmon", "origin": "log", "position": position}
    return house | {"event_time": START + timedelta(minutes=position)} | fields


def test_found_events_become_hits_with_the_fields_that_matched(tmp_path: Path) -> None:
    plan = pack_plan()
    number = next(
        n for n, question in enumerate(plan.questions) if question.rule.startswith("file_event_win_susp_data")
    )
    path = "C:\\inetpub\\wwwroot\\dump\0ü\n'\".zip"
    rows = [(number, a_row(n, TargetFilename=path, Computer="WS-01", User="-", SubjectUserName="jdoe")) for n in (2, 1)]
    with closing(Store(plan, tmp_path)) as store:
        store.add_found(iter(rows))
        store.finish()
        hits = list(store.hits())
        assert [(hit.position, hit.time, hit.host, hit.user) for hit in hits] == [
            (1, START + timedelta(minutes=1), "WS-01", "jdoe"),
            (2, START + timedelta(minutes=2), "WS-01", "jdoe"),
        ]
        assert hits[0].matched == {"TargetFilename": path}
        assert hits[0].source == "windows/sysmon/file_event"
        assert store.counts([]) == [Count(plan.questions[number].rule, "WS-01", 2, hits[0].time, hits[1].time)]


def test_rows_of_one_event_are_one_hit_of_each_rule(tmp_path: Path) -> None:
    with closing(Store(pack_plan(), tmp_path)) as store:
        store.add_found([(question, a_row(n, **{EVENT_KEY: "a"})) for question in (0, 1) for n in range(3)])
        store.add_found([(0, a_row(n)) for n in (7, 8)])
        store.finish()
        assert [hit.position for hit in store.hits()] == [0, 0, 7, 8]


def test_many_rows_go_in(tmp_path: Path) -> None:
    with closing(Store(pack_plan(), tmp_path)) as store:
        store.add_found((0, a_row(n, TargetFilename=f"{n}")) for n in range(10_000))
        store.finish()
        assert sum(1 for _ in store.hits()) == 10_000
        assert sum(1 for _ in zip(store.hits(), store.hits(), strict=True)) == 10_000  # two readers at once


def test_bursts_have_their_members_in_order_of_time(tmp_path: Path) -> None:
    plan = pack_plan()
    keys = tuple(f"key {n}" for n in range(len(plan.joined[0].correlation.keys)))
    with closing(Store(plan, tmp_path)) as store:
        store.add_bursts(0, [BurstRow(1, keys, START, START + timedelta(minutes=5), 4, 9)])
        store.add_members(0, [(1, 0, a_row(3, Computer="WS-01")), (1, 0, a_row(2, Computer="WS-02"))])
        store.finish()
        (burst,) = store.bursts()
    assert tuple(burst.keys.values()) == keys
    assert (burst.count, burst.total, burst.first) == (4, 9, START)
    assert [member.position for member in burst.members] == [2, 3]
    assert burst.host is None  # there are two


def test_of_very_many_bursts_each_keeps_its_first_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "ALL_MEMBERS", 7)
    plan = pack_plan()
    keys = ("key",) * len(plan.joined[0].correlation.keys)
    with closing(Store(plan, tmp_path)) as store:
        store.add_bursts(0, [BurstRow(number, keys, START, START, 5, 5) for number in range(3)])
        store.add_members(0, [(number, 0, a_row(10 * number + n)) for number in range(3) for n in range(5)])
        store.finish()
        kept = [[member.position for member in burst.members] for burst in store.bursts()]
    assert kept == [[0, 1, 2], [10, 11], [20, 21]]
