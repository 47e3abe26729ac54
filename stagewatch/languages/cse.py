"""Rule expressions and rules of Sumo Logic Cloud SIEM: an own grammar and an own evaluator, as none is public.

A text that begins with a brace is a rule as JSON; any other is an expression, run on single records.

Open questions, as the vendor's pages say nothing. Where one changes the answer on the records given, the run is
refused:

* whether ``matches /regex/`` and ``rlike`` search or match the whole value;
* ``!=`` and ``isEmpty`` with a field that a record lacks; ``substring`` outside of the text.

Where one is answered by a reading: ``=`` and ``in`` heed case, as ``like`` does and as the vendor's rules expect; a
cast of what is no decimal number is null; a record that lacks a field of the grouping is in a group of its own; a
window holds matches that are exactly as far apart as it is long, wherever they fall (the step of the overlapping
windows is not told); a record that two expressions of a chain match counts for both; in exact order, the second match
is strictly later. Precedence and escapes in literals are never needed: :mod:`stagewatch.languages.cse_grammar` refuses
an expression whose meaning depends on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import ClassVar

from stagewatch.languages.base import Event, Language, Problem, QueryError, Result, Schema

TABLE = "Record"


class Cse(Language):
    """The subset of the rules language that a detection needs."""

    name: ClassVar[str] = "CSE rules"
    parser: ClassVar[str] = "own grammar"
    engine: ClassVar[str] = "own evaluator in Python, RE2"

    def versions(self) -> Mapping[str, str]:
        from stagewatch.languages import regexes

        return {"lark": version("lark"), **regexes.versions(regexes.Dialect.RE2)}

    def parse(self, query: str) -> list[Problem]:
        from stagewatch.languages import cse_grammar, cse_rule

        try:
            (cse_rule.parse_rule if cse_rule.is_rule(query) else cse_grammar.parse)(query)
        except QueryError as error:
            return list(error.problems)
        return []

    def check(self, query: str, schema: Schema) -> list[Problem]:
        from stagewatch.languages import cse_check, cse_grammar, cse_rule

        if cse_rule.is_rule(query):
            return list(cse_check.check_rule(cse_rule.parse_rule(query), schema))
        return list(cse_check.check(cse_grammar.parse(query), schema))

    def run(self, query: str, events: Sequence[Event], schema: Schema) -> Result:
        from stagewatch.languages import cse_grammar, cse_rule, cse_run, cse_windows

        problems = self.check(query, schema)
        if problems:
            raise QueryError(*problems)
        condition = None if cse_rule.is_rule(query) else cse_grammar.parse(query)
        if condition is None:
            rule = cse_rule.parse_rule(query)
            if rule.kind != "match":
                return Result(rows=cse_windows.rows(rule, [event for event in events if event.source == TABLE]))
            (condition,) = rule.expressions
        return Result(
            events=frozenset(
                position
                for position, event in enumerate(events)
                if event.source == TABLE and cse_run.holds(condition, event.record)
            )
        )


LANGUAGE = Cse()
