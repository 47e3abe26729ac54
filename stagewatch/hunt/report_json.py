"""The report of a hunt as one JSON document, written hit by hit.

Keys are sorted, times are ISO 8601 in UTC with microseconds and ``Z``, what is not known is ``null``. The document is
ASCII: every other character is a JSON escape, lone surrogates and NUL included, so that no value is changed.

==============  ==================================================================================================
``account``     ``events``: how many were read; ``files``: each with ``path``, ``format``, ``state`` (``read``,
                ``torn``, ``damaged``, ``encrypted``, ``locked``, ``empty``, ``unknown``), ``events`` by kind and
                ``problems`` (``reason``, ``count``, ``first`` place); ``kinds``: events by kind
``bursts``      each with ``rule``, ``level``, ``keys`` (group-by field to value), ``first``, ``last``, ``count``
                (the most that one timespan holds), ``host``, ``user``, ``members`` (hits, the first 100) and
                ``total`` (all members)
``counts``      the summary: ``rule``, ``host``, ``hits``, ``first``, ``last``
``engine``      what asked the events
``hits``        in order of time: ``time``, ``rule``, ``level``, ``host``, ``user``, ``source`` (log source),
                ``origin`` (file), ``position`` (number in the read), ``matched`` (field to value)
``not_asked``   rules that could not be asked, or only in part: ``path``, ``line``, ``message``
``notes``       what else a reader must know
``rules``       by stem: ``id``, ``title``, ``level``, ``path``, ``kind`` (``rule`` or the type of a correlation),
                ``tags``, ``description``, ``false_positives``, ``seconds`` (a correlation's timespan)
``schema``      the version of this layout, a number
``since``       the time that was asked from; ``until``: the time that was asked to
``stagewatch``  the version of Stagewatch
``totals``      ``hits``, ``bursts``, ``events``, ``dismissed`` (events outside ``since`` to ``until``), ``levels``
                (findings of each level), ``worst`` (the highest level found)
==============  ==================================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TextIO

from stagewatch import __version__
from stagewatch.hunt.report_values import bursts_by_level, hits_by_level, utc
from stagewatch.hunt.results import LEVELS, Burst, Count, Hit, Report
from stagewatch.logs import FileAccount

SCHEMA = 1

Json = dict[str, object]

_JSON = json.JSONEncoder(sort_keys=True)


def write(report: Report, out: TextIO) -> None:
    """Write the document; each hit, burst and file stands on a line of its own."""
    hits, bursts = hits_by_level(report), bursts_by_level(report)
    out.write("{")
    out.write('\n"account": {"events": ' + str(report.account.total))
    out.write(',\n"files": ')
    _array(out, map(_file, report.account.files))
    out.write(',\n"kinds": ' + _text(_kinds(report.account.kinds().items())) + "}")
    out.write(',\n"bursts": ')
    _array(out, (_burst(report, burst) for burst in report.bursts))
    out.write(',\n"counts": ')
    _array(out, map(_count, report.counts))
    out.write(',\n"engine": ' + _text(report.engine))
    out.write(',\n"hits": ')
    _array(out, (_hit(report, hit) for hit in report.hits()))
    rest: Json = {
        "not_asked": [{"path": one.path, "line": one.line, "message": one.message} for one in report.not_asked],
        "notes": report.notes,
        "rules": {
            stem: {key: value for key, value in asdict(rule).items() if key != "stem"}
            for stem, rule in report.rules.items()
        },
        "schema": SCHEMA,
        "since": utc(report.since),
        "stagewatch": __version__,
        "totals": {
            "hits": hits.total(),
            "bursts": len(report.bursts),
            "events": report.account.total,
            "dismissed": report.dismissed,
            "levels": {level: hits[level] + bursts[level] for level in LEVELS},
            "worst": report.worst(),
        },
        "until": utc(report.until),
    }
    out.writelines(f",\n{_text(key)}: {_text(value)}" for key, value in rest.items())
    out.write("\n}\n")


def _array(out: TextIO, items: Iterable[Json]) -> None:
    out.write("[")
    out.writelines(_separated(map(_text, items)))
    out.write("]")


def _separated(lines: Iterable[str]) -> Iterator[str]:
    before = "\n"
    for line in lines:
        yield before + line
        before = ",\n"


def _text(value: object) -> str:
    return _JSON.encode(value)


def _file(file: FileAccount) -> Json:
    return {
        "path": file.path,
        "format": file.format,
        "state": str(file.state),
        "events": _kinds(file.events.items()),
        "problems": [
            {"reason": problem.reason, "count": problem.count, "first": problem.first}
            for problem in file.problems.values()
        ],
    }


def _kinds(events: Iterable[tuple[object, int]]) -> dict[str, int]:
    """Events by the name of their kind; two kinds may share one, such as ``other``."""
    named: dict[str, int] = {}
    for kind, count in events:
        named[str(kind)] = named.get(str(kind), 0) + count
    return named


def _count(count: Count) -> Json:
    return {
        "rule": count.rule,
        "host": count.host,
        "hits": count.hits,
        "first": utc(count.first),
        "last": utc(count.last),
    }


def _hit(report: Report, hit: Hit) -> Json:
    return {
        "time": utc(hit.time),
        "rule": hit.rule,
        "level": report.rules[hit.rule].level,
        "host": hit.host,
        "user": hit.user,
        "source": hit.source,
        "origin": hit.origin,
        "position": hit.position,
        "matched": dict(hit.matched),
    }


def _burst(report: Report, burst: Burst) -> Json:
    return {
        "rule": burst.rule,
        "level": report.rules[burst.rule].level,
        "keys": dict(burst.keys),
        "first": utc(burst.first),
        "last": utc(burst.last),
        "count": burst.count,
        "host": burst.host,
        "user": burst.user,
        "members": [_hit(report, member) for member in burst.members],
        "total": burst.total,
    }
