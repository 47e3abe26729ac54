"""Parquet as input: the event table that :mod:`stagewatch.logs.parquet` wrote, in place; others' as JSON lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stagewatch.logs.account import FileAccount, State
from stagewatch.logs.batch import Batch
from stagewatch.logs.engine import connected, said
from stagewatch.logs.kinds import Kind
from stagewatch.logs.pieces import Piece
from stagewatch.logs.selection import Selection
from stagewatch.logs.sqltext import literal, needed, quoted
from stagewatch.logs.values import EVENT_KEY, HOUSE

_ROWS = 200_000
"""Rows of a piece."""

_HOUSE_TYPES = {"event_time": "TIMESTAMP", "position": "BIGINT"}


def is_event_table(path: Path, account: FileAccount) -> bool | None:
    """Whether the file is an event table; None where it cannot be read, which is noted."""
    import duckdb

    try:
        with connected() as connection:
            types = _schema(connection, path)
    except duckdb.Error as error:
        account.problem(f"damaged: {said(error)}", "the file", state=State.DAMAGED)
        return None
    return all(types.get(name) == _HOUSE_TYPES.get(name, "VARCHAR") for name in HOUSE)


def table_batch(path: Path, account: FileAccount, position: int, selection: Selection) -> tuple[Batch | None, int]:
    """The events wanted of an event table, numbered on from the position, and how many rows it has in all.

    They keep their origin.
    """
    import duckdb

    source = f"read_parquet({literal(str(path))}, file_row_number = true)"
    try:
        with connected() as connection:
            names = list(_schema(connection, path))
            key = quoted(EVENT_KEY) if EVENT_KEY in names else "NULL"
            kinds = connection.execute(
                "SELECT product, service, category, "  # noqa: S608
                f"count(*) FILTER ({key} IS NULL) + count(DISTINCT {key}), count(*) FROM {source} GROUP BY ALL"
            ).fetchall()
    except duckdb.Error as error:
        account.problem(f"damaged: {said(error)}", "the file", state=State.DAMAGED)
        return None, 0
    account.events = Counter({Kind(*kind): events for *kind, events, _ in kinds})
    if not account.total:
        account.problem("empty", "the file", state=State.EMPTY)
        return None, 0
    total = sum(rows for *_, rows in kinds)
    wanted = [(Kind(*kind), rows) for *kind, _, rows in kinds if selection.keeps(Kind(*kind))]
    if not wanted:
        return None, total
    columns = ", ".join(
        f"(file_row_number + {position})::BIGINT AS position" if name == "position" else quoted(name)
        for name in names
        if name in HOUSE or selection.has(name)
    )
    query = f"SELECT {columns} FROM {source}"  # noqa: S608
    if len(wanted) < len(kinds):
        query += f" WHERE {' OR '.join(_test(kind) for kind, _ in wanted)}"
    return Batch(account.path, sum(rows for _, rows in wanted), query=query, account=account), total


def _test(kind: Kind) -> str:
    tests = " AND ".join(
        f"{name} IS NOT DISTINCT FROM {literal(value)}" for name, value in zip(Kind._fields, kind, strict=True)
    )
    return f"({tests})"


def row_pieces(
    path: Path, account: FileAccount, scratch: Path, selection: Selection, flat: bool | None = None
) -> Iterator[Piece]:
    """The rows as files of JSON, one a line; each takes the place of the one before.

    ``flat`` says that the columns are those of flat Windows events, of which only the ones wanted are read. Rows that
    cannot be read are noted, and the others go on.
    """
    import duckdb

    source = f"read_parquet({literal(str(path))}, file_row_number = true)"
    piece = scratch / "piece.jsonl"
    with connected(scratch) as connection:
        try:
            names = list(_schema(connection, path))
            total: int = connection.execute(f"SELECT count(*) FROM read_parquet({literal(str(path))})").fetchone()[0]  # noqa: S608
        except duckdb.Error as error:
            account.problem(f"damaged: {said(error)}", "the file", state=State.DAMAGED)
            return
        if flat and selection.fields is not None:
            frame = {name.lower() for name in needed("nxlog", selection.fields | _FRAME)}
            names = [name for name in names if name.lower() in frame] or names
        columns = ", ".join(map(quoted, names))
        for start in range(0, total, _ROWS):
            rows = f"file_row_number >= {start} AND file_row_number < {start + _ROWS}"
            try:
                connection.execute(
                    f"COPY (SELECT {columns} FROM {source} WHERE {rows}) TO {literal(str(piece))} (FORMAT json)"  # noqa: S608
                )
            except duckdb.Error as error:
                lost = min(_ROWS, total - start)
                account.problem(f"damaged: {said(error)}", f"row {start + 1}", lost, state=State.DAMAGED)
                continue
            yield Piece(piece, start)


_FRAME = frozenset({"EventID", "EventId", "Channel", "Provider_Name", "EventType", "Message", "Computer"})


def _schema(connection: Any, path: Path) -> dict[str, str]:
    answer = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})")  # noqa: S608
    return {name: kind for name, kind, *_ in answer.fetchall()}
