"""Events out of JSON lines and out of other people's tables, made where the data lies: in Spark's Python workers.

The rows are those of :mod:`stagewatch.logs`, by its own functions. What was not understood comes along as rows too, one
for each file of a partition: an accumulator counts twice what is computed twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from stagewatch.logs.account import FileAccount
from stagewatch.logs.auditd import Joiner
from stagewatch.logs.documents import Broken, exact, loads
from stagewatch.logs.kinds import Kind
from stagewatch.logs.shapes import KEY, Found, found
from stagewatch.logs.values import EVENT_KEY, HOUSE, InexactError, Row

_ODD = (TypeError, AttributeError, LookupError, ValueError, ArithmeticError, RecursionError)
"""What a document of a form that nobody writes may bring forth."""

Record = tuple[Any, ...]
"""``event_time``, ``product``, ``category``, ``service``, ``origin``, ``hunt_note``, then the fields of
:class:`Wanted`."""


@dataclass(frozen=True)
class Wanted:
    """What a worker needs to know, in plain data.

    ``sources`` are the log sources asked, each a list of columns with the values allowed; ``fields`` are in lower case;
    ``whole`` asks for the text of all fields, joined by this sign.
    """

    sources: tuple[tuple[tuple[str, frozenset[str]], ...], ...]
    fields: tuple[str, ...]
    whole: str | None
    since: datetime | None
    until: datetime | None

    def asks(self, row: Row) -> bool:
        """Whether a rule asks events of this log source."""
        return any(all(row[column] in values for column, values in source) for source in self.sources)

    def within(self, when: datetime | None) -> bool:
        """Whether a time takes part; none does not where there are bounds."""
        if self.since is None and self.until is None:
            return True
        return when is not None and (self.since or when) <= when <= (self.until or when)

    def record(self, row: Row, origin: str) -> Record:
        """The columns of an event."""
        known = {name.lower(): value for name, value in row.items()}
        house = (row["event_time"], row["product"], row["category"], row["service"], origin, None)
        record = (*house, *(known.get(name) for name in self.fields))
        if self.whole is None:
            return record
        values = (value for name, value in row.items() if name not in (*HOUSE, EVENT_KEY) and value is not None)
        return (*record, self.whole.join(values))


@dataclass
class _File:
    kinds: Counter[Kind] = field(default_factory=Counter)
    problems: dict[str, list[Any]] = field(default_factory=dict)
    joiner: Joiner = field(default_factory=Joiner)
    last_key: str | None = None
    format: str | None = None
    dismissed: int = 0

    def note(self) -> str:
        kinds = [[*kind, count] for kind, count in self.kinds.items()]
        problems = [[reason, *known] for reason, known in self.problems.items()]
        return json.dumps({"format": self.format, "kinds": kinds, "problems": problems, "dismissed": self.dismissed})


def records(documents: Iterable[tuple[str, str]], wanted: Wanted) -> Iterator[Record]:
    """The events of one partition: (address of the file, line of JSON) in, records out; notes last."""
    files: dict[str, _File] = {}
    for address, document in documents:
        origin = plain(address)
        file = files.setdefault(origin, _File())
        for place, one in _found(document):
            yield from _taken(file, place, one, wanted, origin)
    for origin, file in files.items():
        for place, row in file.joiner.rest():
            yield from _kept(file, ("auditd", row, ""), place, wanted, origin)
        yield (None, None, None, None, origin, file.note(), *([None] * len(wanted.fields)), *_none(wanted))


def _none(wanted: Wanted) -> tuple[None, ...]:
    return () if wanted.whole is None else (None,)


def _found(document: str) -> Iterator[tuple[str, Found]]:
    if not document or document.isspace():
        return
    place = f"the line that begins {document[:60]!r}"
    value = loads(document)
    if isinstance(value, Broken):
        yield place, ("json", None, value.reason)
        return
    try:
        shaped = list(_shaped(value))
    except InexactError:
        shaped = list(_shaped(exact(document.encode())))
    yield from ((place, one) for one in shaped)


def _shaped(value: Any) -> list[Found]:
    try:
        return list(found(value))
    except InexactError:
        raise
    except _ODD as error:
        return [("json", None, f"an event of a form of its own ({type(error).__name__})")]


def _taken(file: _File, place: str, one: Found, wanted: Wanted, origin: str) -> Iterator[Record]:
    """An event as it stands, or those that are complete where events come as several records."""
    row = one[1]
    if row is None or KEY not in row:
        yield from _kept(file, one, place, wanted, origin)
        return
    for where, joined in file.joiner.add(row.pop(KEY), row, place):
        yield from _kept(file, ("auditd", joined, ""), where, wanted, origin)


def _kept(file: _File, one: Found, place: str, wanted: Wanted, origin: str) -> Iterator[Record]:
    shape, row, why = one
    if row is None:
        known = file.problems.setdefault(why, [0, place])
        known[0] += 1
        return
    file.format = shape
    key = row.get(EVENT_KEY)
    if key is None or key != file.last_key:  # the rows of one event come one after another
        file.kinds[Kind(row["product"], row["service"], row["category"])] += 1
    file.last_key = key
    if not wanted.within(row["event_time"]):
        file.dismissed += 1
    elif wanted.asks(row):
        yield wanted.record(row, origin)


def tell(account: FileAccount, note: Mapping[str, Any]) -> int:
    """Add the note of one partition to the account of its file; the events outside the time span."""
    account.format = account.format or note["format"]
    for product, service, category, count in note["kinds"]:
        account.events[Kind(product, service, category)] += count
    for reason, count, place in note["problems"]:
        account.problem(reason, place, count)
    return int(note["dismissed"])


def plain(address: str) -> str:
    """A path as a user writes it; a file of another file system keeps its address."""
    parts = urlsplit(address)
    return unquote(parts.path) if parts.scheme == "file" else address
