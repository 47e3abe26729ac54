"""Splunk's Search Processing Language, as far as this project writes it: an own grammar and an own evaluator.

The meaning follows Splunk's Search Reference and Search Manual; the pages stand with each rule, in the grammar
(:mod:`~stagewatch.languages.spl_grammar`), with search (:mod:`~stagewatch.languages.spl_values`), with ``where`` and
``eval`` (:mod:`~stagewatch.languages.spl_eval`) and with the commands (:mod:`~stagewatch.languages.spl_commands`).
Regular expressions run in PCRE2; Splunk says "PCRE" and no version.

A macro is replaced by its definition as text before the search is read (Search Manual, "Use search macros"). The
definitions are data of the schema, in its entry ``macros``; the entry ``data sources`` tells what is the same in all
events of a table.

A query that has ``streamstats``, ``stats`` or ``multisearch`` gives rows, any other one events. Numbers in rows are
numbers, all else is text; ``_time`` is in seconds. There is no "now": a search takes all events, as time modifiers are
refused.

Where the documentation is silent, the reading was taken that makes more queries fail:

- ``field=*`` does not match an empty value.
- A quoted ``CASE(...)`` or ``TERM(...)`` may still be a directive, so it is refused; so is a backquote in a literal.
- A backslash in a literal before anything that no page mentions is refused.
- A value that looks like a subnet matches addresses only, also in ``IN``, and not the same text.
- An asterisk inside of a value is a problem of the check, as the value may be cut there in the index.
- ``and``, ``or`` and ``not`` in lower case are refused rather than looked for as words.
- Two texts that look like numbers are equal in ``where`` only as text; text and a number have no order.
- ``like`` has no escape.
- The far edge of ``time_window`` is outside of the window; 10,000 events bound it, of all groups together.
- Results of equal time come with the last one first, and ``sort`` leaves them so.
- ``streamstats`` gives a result that lacks a field of ``BY`` no summary, and keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from importlib.metadata import version
from typing import ClassVar

from stagewatch.languages.base import Event, Language, Problem, QueryError, Result, Schema, Value
from stagewatch.languages.spl_tree import Command, Multisearch, Pipeline, Place, SearchCommand, Stats, Streamstats
from stagewatch.languages.spl_values import Row, Scalar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MACRO = re.compile(r"`(\w+)`", re.ASCII)


class Spl(Language):
    """SPL as Splunk Enterprise and Splunk Cloud Platform run it; not SPL2."""

    name: ClassVar[str] = "SPL"
    parser: ClassVar[str] = "own grammar"
    engine: ClassVar[str] = "own evaluator, PCRE2"

    def versions(self) -> Mapping[str, str]:
        from stagewatch.languages import regexes

        return {"lark": version("lark"), **regexes.versions(regexes.Dialect.PCRE)}

    def parse(self, query: str) -> list[Problem]:
        from stagewatch.languages import spl_syntax

        try:
            spl_syntax.parse(query)
        except QueryError as error:
            return list(error.problems)
        return []

    def check(self, query: str, schema: Schema) -> list[Problem]:
        from stagewatch.languages import spl_check, spl_syntax

        try:
            pipeline = spl_syntax.parse(query)
            check = spl_check.Check(schema)
            check.pipeline(pipeline, Place(1, 1))
        except QueryError as error:
            return list(error.problems)
        return check.problems

    def run(self, query: str, events: Sequence[Event], schema: Schema) -> Result:
        from stagewatch.languages import spl_commands, spl_syntax

        written = spl_syntax.parse(query)
        pipeline = expanded(written, spl_syntax.parse(expand(query, schema.get("macros", {}))))
        rows = spl_commands.run(pipeline, [_row(position, event) for position, event in enumerate(events)])
        if any(isinstance(command, (Multisearch, Stats, Streamstats)) for command in pipeline.commands):
            return Result(rows=tuple({name: _plain(value) for name, value in row.values.items()} for row in rows))
        return Result(events=frozenset(row.position for row in rows if row.position is not None))


def expand(query: str, macros: Mapping[str, str]) -> str:
    """A query with its macros replaced. A query that parses has backquotes nowhere else."""

    def definition(found: re.Match[str]) -> str:
        if found[1] not in macros:
            raise QueryError(Problem(f"no macro {found[1]} is known"))
        return macros[found[1]]

    return MACRO.sub(definition, query)


def expanded(written: Pipeline, read: Pipeline) -> Pipeline:
    """A query with the searches that its macros make of it; all else tells the places of the query as it is written."""
    return Pipeline(tuple(map(_expanded, written.commands, read.commands)))


def _expanded(written: Command, read: Command) -> Command:
    if isinstance(written, Multisearch) and isinstance(read, Multisearch):
        return Multisearch(tuple(map(expanded, written.searches, read.searches)))
    return read if isinstance(read, SearchCommand) else written


def _row(position: int, event: Event) -> Row:
    """Admin Manual, "props.conf": ``_time`` and ``_raw`` are fields of each event. The others are text."""
    values: dict[str, Scalar] = {name: _text(name, value) for name, value in event.record.items() if value is not None}
    microseconds = (event.time - EPOCH) // timedelta(microseconds=1)
    return Row(position, values | {"_time": Fraction(microseconds, 1_000_000), "_raw": event.raw})


def _text(name: str, value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise QueryError(Problem(f"the values of {name} are not read: {value!r}"))


def _plain(value: Scalar) -> Value:
    if isinstance(value, str):
        return value
    return value.numerator if value.denominator == 1 else float(value)


LANGUAGE = Spl()
