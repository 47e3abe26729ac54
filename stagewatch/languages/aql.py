"""AQL, the Ariel query language of IBM QRadar: an own grammar and an own evaluator, as no parser or engine is public.

A text that begins with ``SELECT`` is a search; any other is the condition of one, which QRadar's rule wizard takes as
an AQL filter. "Now" is one millisecond after the latest event given, so ``LAST n MINUTES`` needs no clock; an event
exactly that old is outside.

Open questions, as IBM's pages say nothing. Where one changes the answer on the events given, the run is refused:

* whether ``MATCHES`` and ``IMATCHES`` search or match the whole value;
* whether ``=``, ``!=`` and ``IN`` heed case; whether ``ILIKE`` folds letters beyond ASCII.

Where one is answered by a reading: NULL follows SQL (an unguarded ``NOT`` loses rows, NULL is a group of its own and is
not counted); regular expressions are Java's; ``UNIQUECOUNT`` is exact. Precedence and escapes in literals are never
needed: :mod:`stagewatch.languages.aql_grammar` refuses a query whose meaning depends on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import ClassVar

from stagewatch.languages.base import Event, Language, Problem, QueryError, Result, Schema


class Aql(Language):
    """The subset of AQL that a detection needs."""

    name: ClassVar[str] = "AQL"
    parser: ClassVar[str] = "own grammar"
    engine: ClassVar[str] = "own evaluator in Python, java.util.regex"

    def versions(self) -> Mapping[str, str]:
        from stagewatch.languages import regexes

        return {"lark": version("lark"), **regexes.versions(regexes.Dialect.JAVA)}

    def parse(self, query: str) -> list[Problem]:
        from stagewatch.languages import aql_grammar

        try:
            aql_grammar.parse(query)
        except QueryError as error:
            return list(error.problems)
        return []

    def check(self, query: str, schema: Schema) -> list[Problem]:
        from stagewatch.languages import aql_check, aql_grammar

        return aql_check.check(aql_grammar.parse(query), schema)

    def run(self, query: str, events: Sequence[Event], schema: Schema) -> Result:
        from stagewatch.languages import aql_grammar, aql_run

        problems = self.check(query, schema)
        if problems:
            raise QueryError(*problems)
        return aql_run.run(aql_grammar.parse(query), events, schema)


LANGUAGE = Aql()
