"""The report on a terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from stagewatch.hunt import report_table
from stagewatch.hunt.results import Hit, Report
from tests.hunt.samples import ARCHIVER, COPY, HOSTILE, a_report, an_empty_report, hit, some_bursts, some_hits


class Terminal(io.StringIO):
    """An output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.delenv("NO_COLOR", raising=False)


def written(report: Report, out: io.StringIO | None = None) -> list[str]:
    out = out or io.StringIO()
    report_table.write(report, out)
    return out.getvalue().split("\n")


def test_a_hit_is_shown_with_what_matched_below_it() -> None:
    lines = written(a_report([hit(ARCHIVER, 0, user=None, Image="7z.exe", CommandLine="7z a b")]))
    assert lines[:3] == [
        "Hits in order of time (UTC)",
        f"2026-03-04 08:55:12  high  {ARCHIVER.stem}  WS-0417  -",
        "    Image=7z.exe  CommandLine=7z a b",
    ]


def test_the_sections_come_in_this_order_and_a_line_closes() -> None:
    lines = written(a_report())
    headings = ["Hits in", "Bursts", "What was read", "Rules that were not asked", "Summary by"]
    places = [next(number for number, line in enumerate(lines) if line.startswith(one)) for one in headings]
    assert places == sorted(places)
    assert lines[-2] == (
        "22 hits and 2 bursts of 5 rules on 4 hosts, the highest level critical; "
        "6 rules asked of 190,838 events in 8 files, 7 not wholly understood"
    )


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("out", [io.StringIO, Terminal])
def test_nothing_of_a_log_acts_on_the_terminal(
    value: str, out: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    report = a_report([hit(ARCHIVER, 0, value, value, value, 0, **{value: value})])
    report.account.file(value).problem(value, value)
    report.notes.append(value)
    assert all(line.isprintable() for line in written(report, out()))


def test_every_trouble_of_the_account_is_named() -> None:
    text = "\n".join(written(a_report()))
    for path in ("export.csv", "torn.evtx", "damaged.json.gz", "inner.evtx", "locked.evtx", "empty.json"):
        assert path in text
    assert "4 x a line with too many columns, first at line 812" in text
    assert "1,320 events outside" in text


def test_rules_not_asked_are_named_with_the_reason() -> None:
    assert "sigma/other/keywords.yml:12: a keyword asks the whole event, which Parquet does not keep" in written(
        a_report()
    )


def test_of_many_hits_the_worst_are_shown_in_order_of_time_and_the_rest_counted() -> None:
    hits = [hit(ARCHIVER if number == 1000 else COPY, number) for number in range(1434)]
    lines = written(a_report(hits))
    shown = [line for line in lines if re.match(r"2026-\S+ \S+  (low|high)", line)]
    assert len(shown) == 200
    assert shown == sorted(shown)
    assert shown[-1].startswith("2026-03-04 09:11:52  high")
    assert "and 1,234 more: --output json" in lines


def test_no_more_hits_are_read_than_are_shown() -> None:
    report = a_report([hit(COPY, number) for number in range(500)])
    taken = 0
    all_hits = report.hits

    def hits() -> Iterator[Hit]:
        nonlocal taken
        for one in all_hits():
            taken += 1
            yield one

    report.hits = hits
    written(report)
    assert taken <= report_table.SHOWN + 1


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_hits_bursts_and_summary_fit_the_width(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    report = a_report()
    lines = written(report)
    first, last = lines.index("What was read"), next(n for n, line in enumerate(lines) if line.startswith("Summary"))
    for line in [*lines[:first], *lines[last:-2]]:
        assert cell_len(line) <= columns, line


def test_wide_characters_keep_the_columns_straight() -> None:
    lines = written(a_report([hit(COPY, 0, "営業部", "one"), hit(COPY, 1, "WS-0417", "two")]))
    places = [cell_len(line[: line.index(user)]) for line in lines for user in ("one", "two") if line.endswith(user)]
    assert len(places) == 2
    assert len(set(places)) == 1


def test_the_longest_value_gives_way_and_a_short_one_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = written(a_report([hit(ARCHIVER, 0, Image="rar.exe", CommandLine="x" * 90, User="me")]))
    assert lines[2] == f"    Image=rar.exe  CommandLine={'x' * 19}…  User=me"


def test_a_burst_shows_its_group_its_first_members_and_how_many_more() -> None:
    hits = some_hits()
    lines = written(a_report(hits, some_bursts(hits)))
    start = next(n for n, line in enumerate(lines) if line.startswith("Bursts"))
    assert "2026-03-04 09:01:52 to 2026-03-04 09:02:27  critical  14 values" in lines[start + 1]
    assert lines[start + 2].startswith("    Computer=WS-0417  ProcessGuid={9f3c")
    assert lines[start + 13] == "    and 9 more members"


def test_colours_are_for_a_terminal_alone_and_not_where_they_are_unwanted(monkeypatch: pytest.MonkeyPatch) -> None:
    report = a_report([hit(ARCHIVER, 0)])
    assert "\x1b[31mhigh\x1b[0m" in "\n".join(written(report, Terminal()))
    assert "\x1b" not in "\n".join(written(report))
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in "\n".join(written(report, Terminal()))


def test_an_output_that_cannot_say_a_character_gets_its_number() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    report_table.write(a_report([hit(COPY, 0, "営業部")]), out)
    out.flush()
    assert b"\\u55b6" in raw.getvalue()


def test_nothing_found_says_so() -> None:
    assert written(an_empty_report())[-2] == "0 hits and 0 bursts; 0 rules asked of 0 events in 0 files"
