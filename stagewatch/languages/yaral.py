"""YARA-L 2.0 of Google SecOps: accepted by yaraast's two parsers and its validator and by a grammar of our own, and
evaluated on UDM events.

Google publishes no parser. yaraast (MIT) is third party: its ``YaraLParser`` is strict, its ``EnhancedYaraLParser``
keeps precedence and collects what it could not read, its ``YaraLValidator`` finds lacking sections and loose variables.
The three have to accept a rule as well as our grammar (:mod:`stagewatch.languages.yaral_syntax`), which refuses what it
does not know. One report of the validator is false: it takes ``#name`` for a count of events, although it counts a
placeholder as well ("Condition section syntax"), and so calls ``name`` undefined. It is passed over where ``name`` is
a placeholder with a value and the condition has it as ``#name``, and nowhere else.

How rules are read: :mod:`stagewatch.languages.yaral_run` and :mod:`stagewatch.languages.yaral_windows`, which list the
open questions. A rule with a match section tells rows, one without tells events. There is no clock in a rule, so none
is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version

from stagewatch.languages.base import Event, Language, Problem, QueryError, Result, Schema
from stagewatch.languages.yaral_check import problems
from stagewatch.languages.yaral_plan import Plan, plan
from stagewatch.languages.yaral_run import holds, tellings
from stagewatch.languages.yaral_syntax import read
from stagewatch.languages.yaral_tree import Count, Rule, occurrences
from stagewatch.languages.yaral_windows import met, rows

PACKAGES = ("yaraast", "lark", "google-re2")


class YaraL(Language):
    """Rules of Google SecOps."""

    name = "YARA-L 2.0"
    parser = "third party"
    engine = "own evaluator, regular expressions by RE2"

    def versions(self) -> Mapping[str, str]:
        return {name: version(name) for name in PACKAGES}

    def parse(self, query: str) -> list[Problem]:
        try:
            rule = read(query)
        except QueryError as error:
            return list(error.problems)
        return list(_third_party(query, rule))

    def check(self, query: str, schema: Schema) -> list[Problem]:
        return problems(read(query), schema)

    def run(self, query: str, events: Sequence[Event], schema: Schema) -> Result:
        rule = read(query)
        if wrong := problems(rule, schema):
            raise QueryError(*wrong)
        taken = plan(rule)
        if rule.match:
            return Result(rows=tuple(rows(taken, rule.match, events, schema)))
        return Result(events=frozenset(_hits(taken, events, schema)))


def _hits(taken: Plan, events: Sequence[Event], schema: Schema) -> Iterator[int]:
    [variable] = taken.variables
    for scope in tellings(taken, variable, events, schema):
        if all(holds(one, scope) for one in taken.joins) and met(taken.rule.condition, [scope]):
            yield scope.events[variable].position


def _third_party(query: str, rule: Rule) -> Iterator[Problem]:
    from yaraast.errors import YaraASTError
    from yaraast.yaral.enhanced_parser import EnhancedYaraLParser
    from yaraast.yaral.parser import YaraLParser
    from yaraast.yaral.validator import YaraLValidator

    try:
        strict = YaraLParser(query).parse()
        second = EnhancedYaraLParser(query)
        recovering = second.parse()
    except YaraASTError as error:
        token = getattr(error, "token", None)
        yield Problem(f"yaraast: {error}", getattr(token, "line", None), getattr(token, "column", None))
        return
    yield from (Problem(f"yaraast: {message}") for message in second.errors)
    passed = _false_reports(rule)
    for tree in (strict, recovering):
        if len(tree.rules) != 1:
            yield Problem(f"yaraast: {len(tree.rules)} rules")
        for report in YaraLValidator().validate(tree)[0]:
            if (report.section, report.message) not in passed:
                yield Problem(f"yaraast: {report.section}: {report.message}")


def _false_reports(rule: Rule) -> frozenset[tuple[str, str]]:
    """What the validator says of placeholders that are counted."""
    counted = {term.name for term in occurrences(rule.condition) if isinstance(term, Count)}
    return frozenset(("condition", f"Undefined event variable: {name}") for name in counted if plan(rule).bound(name))


LANGUAGE = YaraL()
