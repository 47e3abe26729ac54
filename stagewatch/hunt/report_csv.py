r"""The report of a hunt as CSV (RFC 4180): a line for each hit, then one for each member of a burst.

The columns are :data:`COLUMNS`. ``burst`` is empty for a hit; for a member of a burst it is the stem of the
correlation, ``#`` and the number of the burst in the report, and ``level`` is that of the correlation, so that a
choice by level keeps what belongs together. ``matched`` is a JSON object, field to value.

Characters that do not print, line breaks too, stand as ``\xNN`` (in ``matched`` as JSON escapes), so that a record
is one line. A value that a spreadsheet might take for a formula has an apostrophe before it
(https://symfony.com/cve-2021-41270 tells which and why). Whoever needs each value as it was takes the JSON.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import TextIO

from stagewatch.hunt.report_values import utc, visible
from stagewatch.hunt.results import Hit, Report

COLUMNS = ("time", "level", "rule", "title", "host", "user", "source", "origin", "position", "burst", "matched")

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a formula begins with; the last four are the first four in full width, to be on the safe side."""


_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


def write(report: Report, out: TextIO) -> None:
    """Write the lines. ``out`` must take UTF-8 and keep line ends as they are (``newline=""``)."""
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(COLUMNS)
    for hit in report.hits():
        lines.writerow(_line(report, hit, report.rules[hit.rule].level, ""))
    for number, burst in enumerate(report.bursts, 1):
        for member in burst.members:
            lines.writerow(_line(report, member, report.rules[burst.rule].level, f"{burst.rule}#{number}"))


def _line(report: Report, hit: Hit, level: str, burst: str) -> Iterator[str]:
    title = report.rules[hit.rule].title
    for value in (utc(hit.time), level, hit.rule, title, hit.host, hit.user, hit.source, hit.origin):
        yield _guarded(value or "")
    yield str(hit.position)
    yield _guarded(burst)
    yield _one_line(_JSON.encode(dict(hit.matched)))


@lru_cache(maxsize=4096)  # rules, hosts, users and files come again and again
def _guarded(value: str) -> str:
    return ("'" if value.startswith(FORMULA) else "") + visible(value)


def _one_line(text: str) -> str:
    """JSON with escapes for what does not print, and with the rest as it is."""
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
