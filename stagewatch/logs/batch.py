"""A batch of events: rows in memory, or the query that makes them of a file without a detour through Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from stagewatch.logs.account import FileAccount, State
from stagewatch.logs.engine import connected, said
from stagewatch.logs.values import HOUSE, Row


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one file. Taken from a running read, its query holds until the next batch is asked for."""

    origin: str
    count: int
    """Rows. The account counts events: an event of auditd has a row for each of its records."""
    held: Sequence[Row] = ()
    query: str | None = None
    """DuckDB SQL whose columns are those of the event table; files it reads may be in the read's scratch folder."""
    first: int | None = None
    """Where the query gives no ``position``: that of its first row. The others follow in the query's order."""
    account: FileAccount | None = None

    @property
    def rows(self) -> Iterator[Row]:
        """The events as rows; a field that an event lacks is no key, the house columns are always there."""
        if self.query is None:
            yield from self.held
            return
        import duckdb

        try:
            with connected(threads=1) as connection:  # more of them give the rows in no order
                answer = connection.execute(self.query)
                names = [column[0] for column in answer.description or ()]
                number = count(self.first or 0)
                while many := answer.fetchmany(4096):
                    for values in many:
                        row = {
                            name: value
                            for name, value in zip(names, values, strict=True)
                            if value is not None or name in HOUSE
                        }
                        if self.first is not None:
                            row["position"] = next(number)
                        yield row
        except duckdb.Error as error:
            self.failed(error)

    def failed(self, error: Exception) -> None:
        """Note in the account that the query did not run to its end: events that were counted are lacking."""
        if self.account is not None:
            reason = f"damaged: {said(error)}; of {self.count} events some or all are lacking"
            self.account.problem(reason, "the file", state=State.DAMAGED)
