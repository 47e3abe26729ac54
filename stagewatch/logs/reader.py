"""Reading logs: paths in, batches of events out, and an account of what was read and what was not."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from stagewatch.logs import fast
from stagewatch.logs.account import Account, FileAccount, State
from stagewatch.logs.auditd import Joiner
from stagewatch.logs.batch import Batch
from stagewatch.logs.documents import Broken, documents, exact, loads
from stagewatch.logs.engine import said
from stagewatch.logs.evtxfile import evtx_pieces, evtx_records
from stagewatch.logs.kinds import Kind
from stagewatch.logs.parquetfile import is_event_table, row_pieces, table_batch
from stagewatch.logs.pieces import Piece, pieces
from stagewatch.logs.recognise import CONTAINERS, container, reason
from stagewatch.logs.selection import Selection
from stagewatch.logs.shapes import KEY, Found, found
from stagewatch.logs.sources import UNPACKED, Source, sources
from stagewatch.logs.streams import HEAD
from stagewatch.logs.texts import table_events, text_events
from stagewatch.logs.values import EVENT_KEY, InexactError, Row

ROWS = 4096
"""Rows that a batch holds at most."""

FORMATS = tuple(CONTAINERS)
"""What ``format`` may be."""

_ODD = (TypeError, AttributeError, LookupError, ValueError, ArithmeticError, RecursionError, OSError)
"""What a document of a form that nobody writes may bring forth."""


def read(
    paths: Sequence[str],
    format: str | None = None,  # noqa: A002  the name of the option
    *,
    account: Account | None = None,
    scratch: Path | None = None,
    fields: frozenset[str] | None = None,
    wanted: Callable[[Kind], bool] | None = None,
    unpacked: int = UNPACKED,
) -> Iterator[Batch]:
    """The events of files, folders, globs, archives and ``-`` (standard input), in bounded memory.

    ``format``, one of :data:`FORMATS`, overrides what the content tells. ``account`` is filled while the batches are
    taken. ``fields`` are the ones that the caller will look at, compared without case: the rows have these and the
    columns of the house, and reading is many times as fast as with all. Events of a kind that is not ``wanted`` are
    counted in the account and not returned. ``unpacked`` is how many bytes one file may have unpacked.

    A batch is to be used before the next one is taken: what it reads may lie in the scratch folder. Bad input raises
    nothing; an unknown format raises :class:`ValueError`.
    """
    if format is not None and format not in CONTAINERS:
        raise ValueError(f"no such format: {format}; known are {', '.join(FORMATS)}")
    account = account if account is not None else Account()
    return _read(paths, format, account, scratch, Selection.of(fields, wanted), unpacked)


def _read(
    paths: Sequence[str], forced: str | None, account: Account, scratch: Path | None, selection: Selection, limit: int
) -> Iterator[Batch]:
    with tempfile.TemporaryDirectory(prefix="stagewatch-", dir=scratch, ignore_cleanup_errors=True) as folder:
        run = _Run(forced, Path(folder), selection)
        for source in sources(paths, account, run.scratch, limit):
            yield from _unharmed(run.batches(source), source.account)
            if not source.account.total and source.account.state is State.READ:
                if not source.account.problems:
                    source.account.problem("no event in it", "the file")
                source.account.state = State.UNKNOWN


def _unharmed(batches: Iterator[Batch], account: FileAccount) -> Iterator[Batch]:
    """The batches; where a file fails as no reader foresaw, what is lacking of it is noted and the next one goes on."""
    import duckdb

    try:
        yield from batches
    except (*_ODD, RuntimeError, EOFError, MemoryError, duckdb.Error) as error:
        state = State.LOCKED if isinstance(error, PermissionError) else State.DAMAGED
        account.problem(f"cannot be read: {said(error)}", f"event {account.total + 1}", state=state)


@dataclass(slots=True)
class _Run:
    """What one read carries from file to file."""

    forced: str | None
    scratch: Path
    selection: Selection
    position: int = 0

    def batches(self, source: Source) -> Iterator[Batch]:
        account, stream = source.account, source.stream
        head = stream.peek(HEAD)
        if not head:
            if not account.problems:
                account.problem("empty", "the file", state=State.EMPTY)
            return
        kind = CONTAINERS[self.forced] if self.forced else container(head)
        account.format = self.forced or kind
        if kind is None:
            why = reason(head)
            account.problem(why, "byte 0", state=State.ENCRYPTED if why.startswith("encrypted") else State.UNKNOWN)
        elif kind == "evtx":
            yield from self._evtx(source)
        elif kind == "parquet":
            yield from self._parquet(source)
        elif kind == "csv":
            yield from self._rows(account, table_events(stream))
        elif kind == "text":
            yield from self._rows(account, text_events(stream))
        else:
            yield from self._json(source)

    def _file(self, source: Source) -> Path:
        """The bytes as a file: where they stand, or in the scratch folder, where the next one takes its place."""
        return source.path or source.stream.spool(self.scratch, "spooled")

    def _evtx(self, source: Source) -> Iterator[Batch]:
        path, account = self._file(source), source.account
        if path.stat().st_size < fast.MIN_SIZE:
            records = ((place, loads(text), text.encode()) for place, text in evtx_records(path, account, self.scratch))
            yield from self._rows(account, self._found(records, "evtx"))
            return
        for piece in evtx_pieces(path, account, self.scratch):
            yield from self._piece(piece, account, "raw", "evtx", "record")

    def _parquet(self, source: Source) -> Iterator[Batch]:
        path, account = self._file(source), source.account
        mine = is_event_table(path, account)
        if mine:
            batch, rows = table_batch(path, account, self.position, self.selection)
            self.position += rows
            if batch is not None:
                yield batch
        elif mine is False:
            shape = None
            for first in row_pieces(path, account, self.scratch, Selection()):
                with first.path.open("rb") as lines:
                    shape = self._one_shape(lines.read(HEAD))
                break
            for piece in row_pieces(path, account, self.scratch, self.selection, flat=shape == "nxlog"):
                yield from self._piece(piece, account, shape, None, "row")

    def _json(self, source: Source) -> Iterator[Batch]:
        stream, account = source.stream, source.account
        shape = self._one_shape(stream.peek(HEAD))
        if shape is None or len(stream.peek(fast.MIN_SIZE)) < fast.MIN_SIZE:
            yield from self._rows(account, self._found(documents(cast("BinaryIO", stream)), None))
            return
        for piece in pieces(source, self.scratch):
            yield from self._piece(piece, account, shape, shape, "line")

    def _piece(
        self, piece: Piece, account: FileAccount, shape: str | None, name: str | None, unit: str
    ) -> Iterator[Batch]:
        """The events of a file of one a line; the name of its format where it is not the shape of each event."""
        planned = None
        if shape in fast.SHAPES and piece.path.stat().st_size >= fast.MIN_SIZE:
            planned = fast.plan(piece.path, shape, account.path, self.scratch, self.selection)
        if planned is None:
            with piece.path.open("rb") as raw:
                values = documents(raw, piece.before)
                renamed = ((place.replace("line", unit, 1), value, text) for place, value, text in values)
                yield from self._rows(account, self._found(renamed, name))
            return
        account.events.update(planned.kinds)
        account.format = name or shape
        if planned.query is not None:
            first, self.position = self.position, self.position + planned.count
            yield Batch(account.path, planned.count, query=planned.query, first=first, account=account)
        if planned.left:
            with piece.path.open("rb") as raw:
                yield from self._rows(account, self._found(_left(raw, planned.left, piece.before, unit), name))

    def _one_shape(self, head: bytes) -> str | None:
        """The shape of the first lines, where all are of one that the fast way knows."""
        shapes: set[str] = set()
        for line in head.split(b"\n")[:20]:
            document = loads(line) if line.startswith(b"{") else None
            if isinstance(document, dict):
                shapes.update(shape for _, (shape, row, _) in self._shaped("", document, line) if row is not None)
        return shapes.pop() if len(shapes) == 1 and shapes <= fast.SHAPES else None

    def _found(self, values: Iterable[tuple[str, Any, bytes]], name: str | None) -> Iterator[tuple[str, Found]]:
        joiner = Joiner()
        for place, value, line in values:
            if isinstance(value, Broken):
                yield place, ("json", None, f"torn: {value.reason}" if value.torn else value.reason)
                continue
            for where, (shape, row, why) in self._shaped(place, value, line):
                if row is not None and KEY in row:
                    for there, one in joiner.add(row.pop(KEY), row, where):
                        yield there, ("auditd", one, "")
                else:
                    yield where, (name or shape, row, why)
        for where, one in joiner.rest():
            yield where, ("auditd", one, "")

    def _shaped(self, place: str, value: Any, line: bytes) -> list[tuple[str, Found]]:
        try:
            return [(place, one) for one in found(value, self.forced)]
        except InexactError:
            return self._shaped(place, exact(line), line)
        except _ODD as error:
            return [(place, ("json", None, f"an event of a form of its own ({type(error).__name__})"))]

    def _rows(self, account: FileAccount, events: Iterable[tuple[str, Found]]) -> Iterator[Batch]:
        held: list[Row] = []
        last_key = None
        for place, (shape, row, why) in events:
            if row is None:
                account.problem(why, place)
                if why.startswith("torn"):
                    account.state = State.TORN
                continue
            if account.format != shape and not self.forced:
                account.format = shape
            kind = Kind(row["product"], row["service"], row["category"])
            key = row.get(EVENT_KEY)
            if key is None or key != last_key:  # the rows of one event come one after another
                account.events[kind] += 1
            last_key = key
            if not self.selection.keeps(kind):
                continue
            chosen = self.selection.row(row)
            chosen["origin"] = account.path
            chosen["position"] = self.position
            self.position += 1
            held.append(chosen)
            if len(held) >= ROWS:
                yield Batch(account.path, len(held), held, account=account)
                held = []
        if held:
            yield Batch(account.path, len(held), held, account=account)


def _left(raw: BinaryIO, wanted: frozenset[int], before: int, unit: str) -> Iterator[tuple[str, Any, bytes]]:
    """The lines that the fast way left, which it counts without blank ones."""
    filled, last = 0, max(wanted)
    for number, line in enumerate(raw, before + 1):
        if line.isspace():
            continue
        filled += 1
        if filled in wanted:
            value = loads(line)
            torn = isinstance(value, Broken) and not line.endswith(b"\n")
            yield f"{unit} {number}", Broken(value.reason, torn) if isinstance(value, Broken) else value, line
        if filled >= last:
            return
