"""Kusto Query Language, as Microsoft Defender XDR and Microsoft Sentinel run it.

Microsoft's own parser and binder read a query; ``duckdb-kql`` runs it on DuckDB. Pages are those of
``MicrosoftDocs/dataexplorer-docs``, folder ``data-explorer/kusto/query``. Before the engine gets a query it is written
anew in a few places, by Microsoft's syntax tree, where the engine lacks something or reads it otherwise:

* string literals, of which the engine does not know ``\\uXXXX`` (``scalar-data-types/string.md``);
* ``matches regex``, which Rust's engine runs (``regex.md``);
* ``* contains "x"``: every column is asked, those that are no strings by their text (``where-operator.md``);
* operators that ignore case before a literal with other than ASCII characters
  (``includes/in-operator-comparison.md``);
* projections of a query on single events, which keep the column that tells the event.

Open questions. The pages of ``=~``, ``contains`` and their like do not say that only ASCII letters are folded, that of
``in~`` does: it is read as said of all. Left of them, the engine folds the letters of a value as Unicode does where the
literal is ASCII: ``K`` (Kelvin) equals ``k``. Which columns ``*`` stands for is not said: all are asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import ClassVar

from stagewatch.languages import kql_analyser, kql_engine
from stagewatch.languages.base import Event, Language, Problem, QueryError, Result, Schema


class Kql(Language):
    """KQL. Which of its dialects, of Defender or of Sentinel, is a question of the schema."""

    name: ClassVar[str] = "KQL"
    parser: ClassVar[str] = "vendor"
    engine: ClassVar[str] = "duckdb-kql on DuckDB"

    def versions(self) -> Mapping[str, str]:
        return {**kql_analyser.versions(), **kql_engine.versions()}

    def parse(self, query: str) -> list[Problem]:
        """Microsoft's diagnostics of syntax, and what Rust's engine has against regular expressions."""
        return list(kql_analyser.syntax(query))

    def check(self, query: str, schema: Schema) -> list[Problem]:
        """Microsoft's diagnostics against tables of this schema."""
        return list(kql_analyser.analyse(query, kql_analyser.schema_key(schema)).problems)

    def run(self, query: str, events: Sequence[Event], schema: Schema) -> Result:
        """Run a query; ``now()`` and ``ago()`` count from a second after the last event."""
        key = kql_analyser.schema_key(schema)
        analysis = kql_analyser.analyse(query, key)
        if problems := (*kql_analyser.syntax(query), *analysis.problems):
            raise QueryError(*dict.fromkeys(problems))
        engine = _engine(key)
        engine.load(events)
        if analysis.events:
            return Result(events=engine.positions(analysis.query))
        return Result(rows=engine.rows(analysis.query))


@cache
def _engine(schema: str) -> kql_engine.Engine:
    return kql_engine.Engine(kql_analyser.schema_of(schema))


LANGUAGE = Kql()
