"""The timeline of the HTML report: a lane for each rule, hits binned to bars, bursts as bars from first to last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stagewatch.hunt.report_html_parts import cell, region, table_head, text
from stagewatch.hunt.report_values import amount, clock, is_correlation, span, worst_counts
from stagewatch.hunt.results import Burst, Hit, Report, RuleFacts

BINS = 120
"""Bins at most, so that a bar is a few pixels wide and the drawing stays small however many hits there are."""

LANES = 20
"""Lanes at most, those of the highest levels."""

TICKS = 6

HEIGHT = 30
"""Pixels of a lane; a bar is at least :data:`LOWEST` of them."""

LOWEST = 6

_DAY = 86400
_YEAR = 365 * _DAY
_STEPS = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
    _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY, 91 * _DAY,
    _YEAR, 2 * _YEAR, 5 * _YEAR, 10 * _YEAR, 100 * _YEAR, 1000 * _YEAR, 10000 * _YEAR,
)  # fmt: skip
"""Seconds of a bin or between two ticks."""

_EPOCH = datetime.fromisoformat("1970-01-01")
_LOWEST, _HIGHEST = datetime.fromisoformat("0001-01-01"), datetime.fromisoformat("9999-12-31T23:59:59")


@dataclass(slots=True)
class _Lane:
    rule: RuleFacts
    first: datetime
    last: datetime
    total: int
    bars: Counter[tuple[int, int]] = field(default_factory=Counter)
    """Findings from one bin to another, which are the same for a hit."""


class Timeline:
    """Counts hits into bins while they pass by, then draws."""

    def __init__(self, report: Report) -> None:
        self.lanes: dict[str, _Lane] = {}
        self.left_out = 0
        counts = worst_counts(report)
        first, last = span(counts)
        if first is None or last is None:
            return
        whole = _seconds(last) - _seconds(first)
        self.step = next(step for step in _STEPS if whole // step + 2 <= BINS)
        self._origin = _seconds(first) // self.step
        self.bins = _seconds(last) // self.step - self._origin + 1
        for rule in dict.fromkeys(count.rule for count in counts):
            own = [count for count in counts if count.rule == rule]
            begin, end = span(own)
            if begin is None or end is None:
                continue
            if len(self.lanes) == LANES:
                self.left_out += 1
            else:
                self.lanes[rule] = _Lane(report.rules[rule], begin, end, sum(count.hits for count in own))
        self._correlations = {rule for rule in self.lanes if is_correlation(report, rule)}
        for burst in report.bursts:
            self._take(burst)

    def add(self, hit: Hit) -> None:
        """Count a hit; one without a time or without a lane is passed over."""
        lane = self.lanes.get(hit.rule)
        if lane is not None and hit.time is not None:
            number = self._bin(hit.time)
            lane.bars[number, number] += 1

    def _take(self, burst: Burst) -> None:
        lane = self.lanes.get(burst.rule)
        if lane is not None:
            lane.bars[self._bin(burst.first), self._bin(burst.last)] += 1

    def _bin(self, time: datetime) -> int:
        return min(max(_seconds(time) // self.step - self._origin, 0), self.bins - 1)

    def html(self) -> Iterator[str]:
        """The drawing as HTML with one small SVG for each lane, then the same in words."""
        if not self.lanes:
            yield "<p>Nothing that was found tells its time.</p>\n"
            return
        ticks = list(self._ticks())
        yield '<div class="timeline" id="timeline">\n'
        for lane in self.lanes.values():
            yield from self._lane(lane, ticks)
        yield '<div class="lane axis" aria-hidden="true">'
        yield f'<span class="zone">{self._date()}UTC</span><svg height="20">'
        for number, (place, label) in enumerate(ticks):
            anchor = "start" if place < 5 else "end" if place > 92 else "middle"
            kind = ' class="minor"' if number % 2 else ""
            yield f'<text x="{place:.2f}%" y="14" text-anchor="{anchor}"{kind}>{label}</text>'
        yield "</svg></div>\n</div>\n"
        yield from self._words()

    def _lane(self, lane: _Lane, ticks: Sequence[tuple[float, str]]) -> Iterator[str]:
        joined = lane.rule.stem in self._correlations
        title = text(lane.rule.title)
        noun = "burst" if joined else "hit"
        told = f"{title}: {amount(lane.total, noun)}, {clock(lane.first)} to {clock(lane.last)}"
        yield f'<div class="lane {lane.rule.level}">'
        yield f'<span class="name">{title} <span class="n">{lane.total:,}</span></span>'
        yield f'<svg height="{HEIGHT}" role="img" aria-label="{told}">'
        for place, _ in ticks:
            yield f'<line x1="{place:.2f}%" x2="{place:.2f}%" y1="0" y2="{HEIGHT}"/>'
        most = max(lane.bars.values(), default=1)
        for (begin, end), count in sorted(lane.bars.items()):
            height = (
                HEIGHT // 2 if joined else LOWEST + round((HEIGHT - LOWEST) * ((count - 1) / max(most - 1, 1)) ** 0.5)
            )
            top = (HEIGHT - height) // 2 if joined else HEIGHT - height
            since, until = self._time(begin), self._time(end + 1, -1)
            yield (
                f'<rect x="{100 * begin / self.bins:.2f}%" y="{top}" height="{height}" '
                f'width="{100 * (end + 1 - begin) / self.bins:.2f}%" data-from="{since}" data-to="{until}">'
                f"<title>{amount(count, noun)}, {_clock(since)} to {_clock(until)}</title></rect>"
            )
        yield "</svg></div>\n"

    def _words(self) -> Iterator[str]:
        yield '<details class="words"><summary>The timeline as a table</summary>\n'
        yield region("Timeline in words")
        yield table_head(("Rule", "Findings", "First", "Last", "Most at once"), "once")
        for lane in self.lanes.values():
            peak = ""
            if lane.bars:
                (begin, end), count = min(lane.bars.items(), key=lambda item: (-item[1], item[0]))
                peak = f"{count:,} in {_clock(self._time(begin))} to {_clock(self._time(end + 1, -1))}"
            yield f'<tr role="row">{cell("Rule", text(lane.rule.title), head=True)}'
            yield (
                cell("Findings", f"{lane.total:,}") + cell("First", clock(lane.first)) + cell("Last", clock(lane.last))
            )
            yield cell("Most at once", peak) + "</tr>\n"
        yield "</tbody></table></div></details>\n"
        if self.left_out:
            yield f"<p>{amount(self.left_out, 'more rule')} without a lane, of that level or below.</p>\n"

    def _time(self, number: int, seconds: int = 0) -> str:
        """The beginning of a bin, as ISO 8601 to the second."""
        return _moment((self._origin + number) * self.step + seconds)

    def _date(self) -> str:
        """The date, where it is one and the same."""
        first, last = self._time(0)[:10], self._time(self.bins, -1)[:10]
        return f"{first} " if first == last else ""

    def _ticks(self) -> Iterator[tuple[float, str]]:
        """Places, in percent of the width, and labels of round times."""
        begin, whole = self._origin * self.step, self.bins * self.step
        step = next(step for step in _STEPS if step >= self.step and whole // step < TICKS)
        for second in range(-(-begin // step) * step, begin + whole, step):
            date, _, time = _moment(second).partition("T")
            short = time if step < 60 else time[:5]
            label = date if step >= _DAY else short if self._date() else f"{date[5:]} {short}"
            yield 100 * (second - begin) / whole, label


def _clock(time: str) -> str:
    """An ISO time for a reader."""
    return time.replace("T", " ")


def _seconds(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(seconds=1)


def _moment(seconds: int) -> str:
    """Seconds since 1970 as ISO 8601; bins may reach over the ends of what a datetime holds."""
    return (_EPOCH + timedelta(seconds=min(max(seconds, _seconds(_LOWEST)), _seconds(_HIGHEST)))).isoformat()
