"""What the reports have in common: how a time and an untrusted value are written, and which findings come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from stagewatch.hunt.results import LEVELS, Burst, Count, Hit, Report

WORST_FIRST = tuple(reversed(LEVELS))


def utc(time: datetime | None) -> str | None:
    """A naive time in UTC as ISO 8601 with microseconds and ``Z``: of one length, so that text sorts as time does."""
    return None if time is None else time.isoformat(timespec="microseconds") + "Z"


def clock(time: datetime | None) -> str:
    """A time for a reader: ``2026-03-04 09:12:01``, to the second; a dash for none."""
    return "-" if time is None else time.isoformat(" ", "seconds")


def visible(value: str, keep: str = "") -> str:
    r"""A value in which nothing acts: all that does not print stands as ``\xNN``, ``\uNNNN`` or ``\UNNNNNNNN``.

    That goes for control and escape characters, for those that turn the direction of text, for spaces that look like
    the ordinary one, and for lone surrogates. Characters in ``keep`` stay. A backslash stays one, paths are full of
    them: a value that holds the text ``\x1b`` looks like one that holds the character.
    """
    if value.isprintable():
        return value
    return "".join(char if char.isprintable() or char in keep else _escape(ord(char)) for char in value)


def _escape(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def amount(count: int, noun: str) -> str:
    """``1 hit``, ``1,234 hits``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def is_correlation(report: Report, stem: str) -> bool:
    """Whether the rule joins events, so that its findings are bursts and not hits."""
    return report.rules[stem].kind != "rule"


def hits_by_level(report: Report) -> Counter[str]:
    """Hits, without bursts, of each level."""
    levels: Counter[str] = Counter()
    for count in report.counts:
        if not is_correlation(report, count.rule):
            levels[report.rules[count.rule].level] += count.hits
    return levels


def bursts_by_level(report: Report) -> Counter[str]:
    """Bursts of each level."""
    return Counter(report.rules[burst.rule].level for burst in report.bursts)


def worst_counts(report: Report) -> list[Count]:
    """The summary, the highest level first, then rule by rule, the busiest host first."""
    of_rule: Counter[str] = Counter()
    for count in report.counts:
        of_rule[count.rule] += count.hits

    def key(count: Count) -> tuple[object, ...]:
        rank = WORST_FIRST.index(report.rules[count.rule].level)
        return rank, -of_rule[count.rule], count.rule, -count.hits, count.host is None, count.host or ""

    return sorted(report.counts, key=key)


def worst_bursts(report: Report) -> list[Burst]:
    """The bursts, the highest level first, those of one level in order of time."""
    return sorted(report.bursts, key=lambda burst: (WORST_FIRST.index(report.rules[burst.rule].level), burst.first))


def span(times: Sequence[Count]) -> tuple[datetime | None, datetime | None]:
    """The first and the last time that these lines of the summary tell."""
    firsts = [count.first for count in times if count.first is not None]
    lasts = [count.last for count in times if count.last is not None]
    return min(firsts, default=None), max(lasts, default=None)


class WorstHits:
    """Chooses so many hits of a stream: those of the highest levels, of one level the earliest.

    The summary tells beforehand how many there are of each level, so that no more hits are held than asked for.
    """

    def __init__(self, report: Report, limit: int) -> None:
        self.total = 0
        self._report = report
        self._left: dict[str, int] = {}
        levels = hits_by_level(report)
        for level in WORST_FIRST:
            self._left[level] = min(levels[level], limit)
            limit -= self._left[level]
        self.total = levels.total()
        self.chosen: list[Hit] = []
        """In the order of the stream, which is that of time."""

    @property
    def full(self) -> bool:
        """Whether nothing that may come would be taken."""
        return not any(self._left.values())

    @property
    def omitted(self) -> int:
        """Hits that are not among the chosen."""
        return max(0, self.total - len(self.chosen))

    def offer(self, hit: Hit) -> None:
        """Take the hit if it is one of those asked for."""
        level = self._report.rules[hit.rule].level
        if self._left[level]:
            self._left[level] -= 1
            self.chosen.append(hit)

    def worst_first(self) -> list[Hit]:
        """The chosen, the highest level first, those of one level in order of time."""
        return sorted(self.chosen, key=lambda hit: WORST_FIRST.index(self._report.rules[hit.rule].level))
