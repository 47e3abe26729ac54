"""The report of a hunt for a terminal. The summary comes last, because that is what is left on the screen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

import click
from rich.cells import cell_len, set_cell_size

from stagewatch.hunt.report_values import (
    WorstHits,
    amount,
    clock,
    visible,
    worst_bursts,
    worst_counts,
)
from stagewatch.hunt.results import Burst, Hit, Report

SHOWN = 200
"""Hits that are shown."""

BURSTS_SHOWN = 50
COUNTS_SHOWN = 50
"""Bursts and lines of the summary that are shown, those of the highest levels."""

MEMBERS_SHOWN = 5
"""Members that are shown of a burst."""

PIPED_WIDTH = 120
"""Columns of an output that is no terminal."""

NAME_WIDTH = 24
"""Columns at most for a host or a user."""

COLOURS = {"critical": "bright_red", "high": "red", "medium": "yellow", "low": "cyan", "informational": "bright_black"}


def write(report: Report, out: TextIO) -> None:
    """Write the report, as wide as the terminal; in colours only on a terminal and where ``NO_COLOR`` is not set."""
    colours = out.isatty() and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size((PIPED_WIDTH, 24)).columns
    encoding = getattr(out, "encoding", None) or "utf-8"
    lines = _Table(report, width, colours).lines()
    out.writelines(line.encode(encoding, "backslashreplace").decode(encoding) + "\n" for line in lines)


class _Table:
    """The lines of one report."""

    def __init__(self, report: Report, width: int, colours: bool) -> None:
        self._report = report
        self._width = max(width, 40)
        self._colours = colours

    def lines(self) -> Iterator[str]:
        yield from self._hits()
        yield from self._bursts()
        yield from self._account()
        yield from self._not_asked()
        yield from self._summary()
        yield self._closing()

    def _heading(self, text: str) -> str:
        return click.style(text, bold=True) if self._colours else text

    def _paint(self, level: str, text: str) -> str:
        return click.style(text, fg=COLOURS[level]) if self._colours else text

    def _hits(self) -> Iterator[str]:
        worst = WorstHits(self._report, SHOWN)
        for hit in self._report.hits():
            if worst.full:
                break
            worst.offer(hit)
        if not worst.chosen:
            return
        choice = f", {len(worst.chosen)} of the highest level" if worst.omitted else ""
        yield self._heading(f"Hits in order of time (UTC){choice}")
        yield from self._listed(worst.chosen, "")
        if worst.omitted:
            yield f"and {worst.omitted:,} more: --output json"
        yield ""

    def _listed(self, hits: Sequence[Hit], indent: str) -> Iterator[str]:
        """Two lines for each hit: what it is, and below it what matched."""
        rules = _widest((hit.rule for hit in hits), self._width // 2 - len(indent) - 10)
        hosts = _widest((hit.host for hit in hits), NAME_WIDTH)
        levels = max((len(self._level(hit.rule)) for hit in hits), default=0)
        for hit in hits:
            level = self._level(hit.rule)
            head = f"{indent}{clock(hit.time):19}  "
            names = f"  {_cell(hit.rule, rules)}  {_cell(hit.host, hosts)}  {visible(hit.user or '-')}"
            names = _shortened(names, self._width - cell_len(head) - levels)
            yield (head + self._paint(level, level.ljust(levels)) + names).rstrip()
            if hit.matched:
                yield f"{indent}    " + _fields(hit.matched, self._width - len(indent) - 4)

    def _bursts(self) -> Iterator[str]:
        bursts = worst_bursts(self._report)
        if not bursts:
            return
        yield self._heading("Bursts, the highest level first (UTC)")
        for burst in bursts[:BURSTS_SHOWN]:
            yield from self._burst(burst)
        if len(bursts) > BURSTS_SHOWN:
            yield f"and {len(bursts) - BURSTS_SHOWN:,} more: --output json"
        yield ""

    def _burst(self, burst: Burst) -> Iterator[str]:
        rule = self._report.rules[burst.rule]
        unit = "value" if rule.kind == "value_count" else "event"
        last = f" to {clock(burst.last)}" if self._width >= PIPED_WIDTH // 2 else ""
        head = f"{clock(burst.first)}{last}  "
        rest = f"  {amount(burst.count, unit)}  {visible(rule.stem)}"
        yield head + self._paint(rule.level, rule.level) + _shortened(rest, self._width - len(head) - len(rule.level))
        if burst.keys:
            yield "    " + _fields(burst.keys, self._width - 4)
        shown = burst.members[:MEMBERS_SHOWN]
        yield from self._listed(shown, "    ")
        if burst.total > len(shown):
            yield f"    and {amount(burst.total - len(shown), 'more member')}"

    def _account(self) -> Iterator[str]:
        """The account whole, however long: what was not understood is never left out."""
        yield self._heading("What was read")
        for line in self._report.account.lines():
            yield visible(line)
        if self._report.dismissed:
            yield f"{amount(self._report.dismissed, 'event')} outside of the time that was asked for"
        for note in self._report.notes:
            yield visible(note)
        yield ""

    def _not_asked(self) -> Iterator[str]:
        if self._report.not_asked:
            yield self._heading("Rules that were not asked, or only in part")
            for finding in self._report.not_asked:
                yield visible(str(finding))
            yield ""

    def _summary(self) -> Iterator[str]:
        counts = worst_counts(self._report)
        if not counts:
            return
        shown = counts[:COUNTS_SHOWN]
        yield self._heading("Summary by rule and host")
        levels = max(len(self._level(count.rule)) for count in shown)
        numbers = max(len(f"{count.hits:,}") for count in shown)
        hosts = _widest((count.host for count in shown), NAME_WIDTH)
        left = self._width - levels - numbers - hosts - 19 * 2 - 2 * 5
        below = left < len("rule") * 4  # a narrow terminal: the rule on a line of its own
        rules = min(max(cell_len(visible(count.rule)) for count in shown), left)
        for count in shown:
            level = self._level(count.rule)
            mark = self._paint(level, level.ljust(levels))
            host = _cell(count.host, hosts)
            if below:
                yield f"{mark}  {_shortened(visible(count.rule), self._width - levels - 2)}"
                yield _shortened(f"    {count.hits:>{numbers},}  {host}  {clock(count.first)}".rstrip(), self._width)
            else:
                times = f"{clock(count.first):19}  {clock(count.last):19}"
                yield f"{mark}  {_cell(count.rule, rules)}  {host}  {count.hits:>{numbers},}  {times}".rstrip()
        if len(counts) > COUNTS_SHOWN:
            yield f"and {amount(len(counts) - COUNTS_SHOWN, 'more line')}: --output json"
        yield ""

    def _closing(self) -> str:
        report = self._report
        bursts = len(report.bursts)
        hits = report.total - bursts
        found = f"{amount(hits, 'hit')} and {amount(bursts, 'burst')}"
        worst = report.worst()
        if worst:
            hosts = len({count.host for count in report.counts if count.host is not None})
            rules = len({count.rule for count in report.counts})
            found += f" of {amount(rules, 'rule')} on {amount(hosts, 'host')}, the highest level {worst}"
        troubled = sum(1 for _ in report.account.troubled())
        trouble = f", {troubled:,} not wholly understood" if troubled else ""
        read = f"{amount(report.account.total, 'event')} in {amount(len(report.account.files), 'file')}{trouble}"
        return f"{found}; {amount(len(report.rules), 'rule')} asked of {read}"

    def _level(self, stem: str) -> str:
        return self._report.rules[stem].level


def _widest(names: Iterable[str | None], most: int) -> int:
    return min(most, max((cell_len(visible(name or "-")) for name in names), default=0))


def _cell(name: str | None, width: int) -> str:
    """A value cut or filled up to so many columns of the terminal; a wide character takes two."""
    return set_cell_size(_shortened(visible(name or "-"), width), width)


def _shortened(text: str, width: int) -> str:
    """The text, in no more than so many columns, with an ellipsis where something is cut."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)).rstrip() + "…"


def _fields(fields: Mapping[str, str], width: int) -> str:
    """``name=value`` for each field on one line; where the line is too short, the longest values give way."""
    names = [f"{visible(name)}=" for name in fields]
    values = [visible(value) for value in fields.values()]
    room = width - sum(map(cell_len, names)) - 2 * (len(names) - 1)
    allowed = _fair([cell_len(value) for value in values], room)
    texts = (name + _shortened(value, share) for name, value, share in zip(names, values, allowed, strict=True))
    return _shortened("  ".join(texts), width)


def _fair(lengths: Sequence[int], room: int) -> list[int]:
    """How much of ``room`` each length gets: what it needs, as long as no other has to do with less than it."""
    shares = [0] * len(lengths)
    waiting = sorted(range(len(lengths)), key=lengths.__getitem__)
    while waiting:
        one = waiting.pop(0)
        shares[one] = max(1, min(lengths[one], room // (len(waiting) + 1)))
        room -= shares[one]
    return shares
