"""Elasticsearch ES|QL: read and checked by Elastic's parser and analyzer, run by rules of Elastic's manual.

No engine for ES|QL can be had without a server, so the vendor's syntax tree is evaluated over the events that FROM
reads. The rules are those of the "ES|QL reference", cited where they are applied. ``NOW()`` is just after the latest
event.

Open questions, and how they are answered here so that a wrong query shows:

* A string function given a field of several values is null, as the page "ES|QL limitations" says of all functions that
  are not documented otherwise; the page of each string function is silent.
* A backslash in a LIKE pattern escapes ``*``, ``?`` and itself; before anything else it is an error here.
* A query without LIMIT gives 1,000 rows at most; that is not applied here, since which ones is not defined.
* COUNT_DISTINCT is exact here and approximate above its threshold there.
* Types that differ between the indices of one FROM are an error there; here the schema's tables agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from stagewatch.languages import regexes
from stagewatch.languages.base import Event, Language, Problem, QueryError, Result, Schema, Value
from stagewatch.languages.esql_commands import Commands, Line, Lines, lines_of, now_of, tables
from stagewatch.languages.esql_expressions import Expressions
from stagewatch.languages.esql_syntax import Node, accepted, parsed, problem
from stagewatch.languages.regexes import Dialect


class Esql(Language):
    """Elasticsearch's piped query language."""

    name = "ES|QL"
    parser = "vendor"
    engine = "evaluator of Elastic's syntax tree"

    def versions(self) -> Mapping[str, str]:
        try:
            package = {"detection-rules-esql-py": version("detection-rules-esql-py")}
        except PackageNotFoundError:
            return {}
        grammar = {"antlr4-python3-runtime": version("antlr4-python3-runtime")}
        return {**package, **grammar, **regexes.versions(Dialect.LUCENE)}

    def parse(self, query: str) -> list[Problem]:
        try:
            parsed(query)
        except QueryError as error:
            return list(error.problems)
        return []

    def check(self, query: str, schema: Schema) -> list[Problem]:
        try:
            tree = parsed(query)
            types = _types(_source(tree), schema)
            if types:
                accepted(query, types)
        except QueryError as error:
            return list(error.problems)
        return []

    def run(self, query: str, events: Sequence[Event], schema: Schema) -> Result:
        problems = self.check(query, schema)
        if problems:
            raise QueryError(*problems)
        tree = parsed(query)
        source = _source(tree)
        commands = Commands(query, Expressions(query, _types(source, schema), now_of(events)))
        lines: Lines = lines_of(source, events)
        for command in tree.commands[1:]:
            lines = commands.run(command, lines)
        return _result(list(lines))


def _source(tree: Node) -> Node:
    if tree.settings:
        raise QueryError(problem(tree.settings[0], "not run here: SET"))
    source = tree.commands[0]
    if type(source).__name__ != "FromCommand":
        raise QueryError(problem(source, "not run here: a query that does not begin with FROM"))
    return source


def _types(source: Node, schema: Schema) -> dict[str, str]:
    """The columns of all indices that FROM reads; ES|QL knows a column that any of them maps."""
    return {column: kind for table in tables(source, schema) for column, kind in schema[table].items()}


def _result(lines: list[Line]) -> Result:
    positions = [line.event for line in lines]
    if any(position is None for position in positions):
        return Result(rows=tuple({column: _plain(value) for column, value in line.row.items()} for line in lines))
    return Result(events=frozenset(position for position in positions if position is not None))


def _plain(value: Any) -> Value:
    plain: Value = [str(one) for one in value] if isinstance(value, tuple) else value
    return plain


LANGUAGE = Esql()
