"""Elastic Security: EQL, and ES|QL where EQL cannot say it.

Facts come from the Elasticsearch reference, pages "EQL syntax reference" and "EQL function reference", and from the
classes that build Elasticsearch's queries (``ExpressionBuilder`` of the EQL parser, ``AutomatonQueries``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import ClassVar

from stagewatch import expression as ex
from stagewatch.correlation import Correlation
from stagewatch.findings import Unsupported
from stagewatch.regex import Dialect
from stagewatch.targets import elastic_esql as esql
from stagewatch.targets.base import Rendered, Renderer, Target, required_state
from stagewatch.targets.elastic_fields import FieldTypes, check_wildcards, eql_regex, has_case, lucene_globs, networks
from stagewatch.targets.marks import mark
from stagewatch.translation import Query

_PLAIN_NAME = re.compile(r"[A-Za-z_@][\w@]*(\.[A-Za-z_@][\w@]*)*", re.ASCII)
_ESCAPES = str.maketrans({"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'})


def literal(text: str) -> str:
    """A string literal: double quotes, the page's five escapes, and code points for all that does not print."""
    escaped = text.translate(_ESCAPES)
    return f'"{escaped if escaped.isprintable() else "".join(map(_code_point, escaped))}"'


def _code_point(char: str) -> str:
    if "\ud800" <= char <= "\udfff":
        raise Unsupported("a lone surrogate is no character that EQL can write")
    return char if char.isprintable() else f"\\u{{{ord(char):04x}}}"


class EqlRenderer(Renderer):
    """Writes a tree in negation normal form as an EQL condition.

    A negated leaf is guarded by ``?field == null``: a query that the server compiles to a script is false on a lacking
    field even when it is negated, one that it compiles to a term query is not, so the guard is always written.
    """

    and_token = " and "
    or_token = " or "

    def __init__(self, types: FieldTypes) -> None:
        self.types = types

    def event(self, expression: ex.Expression, *, break_lines: bool = True) -> str:
        """The event query ``category where condition``; every term of an outer AND on a line of its own."""
        self.types.check_alternatives(expression)
        expression = ex.negation_normal_form(expression)
        category = event_category(expression)
        rest = expression if category is None else _without_category(expression)
        separator = "\n  and " if break_lines else self.and_token
        terms = rest.terms if isinstance(rest, ex.And) else (rest,)
        shown = map(self.operand, terms) if len(terms) > 1 else map(self.expression, terms)
        said = "any" if category is None else mark(_categories(expression), category, self)
        return f"{said} where {separator.join(shown)}"

    def name(self, field: str) -> str:
        """The field; with ``?`` where an index may lack it, which would be an error for the whole query."""
        return f"?{_quoted(field)}" if field in self.types.optional else _quoted(field)

    def join_keys(self, fields: Iterable[str]) -> str:
        """The keys of a sequence, without ``?``, since with it events that lack the key would join each other.

        That is right for the domain of an account only: accounts without one are the same by their names.
        """
        keys: dict[str, None] = {}
        for field in fields:
            if field in self.types.domains:
                keys[f"?{_quoted(self.types.domains[field])}"] = None
            keys[_quoted(field)] = None
        return ", ".join(keys)

    def absent(self, field: str) -> str:
        """Whether the event lacks the field."""
        return f"?{_quoted(field)} == null"

    def negation(self, term: ex.Expression) -> str:
        match term:
            case ex.Present(field):
                return self.absent(field)
            case ex.Text(field, globs) if any(glob.shape is ex.Shape.PRESENT for glob in globs):
                return self.absent(field)
            case ex.Null(field) if self.types.is_text(field):
                return f'(?{_quoted(field)} != null and {self.name(field)} != "")'
            case ex.Null(field):
                return self.present(ex.Present(field))
            case ex.Number(field, "!=", value):
                return f"({self.absent(field)} or {self.name(field)} == {value})"
            case ex.And() | ex.Or() | ex.Not():
                raise ValueError("only a tree in negation normal form can be rendered")
            case _:
                guards = self.or_token.join(map(self.absent, ex.fields(term)))
                return f"({guards} or not {self.leaf(term)})"

    def text(self, leaf: ex.Text) -> str:
        if any(glob.shape is ex.Shape.PRESENT for glob in leaf.globs):
            return self.present(ex.Present(leaf.field))
        if leaf.field in self.types.address:
            return self.cidr(ex.Cidr(leaf.field, networks(leaf)))
        self.types.require_text(leaf.field)
        field = self.name(leaf.field)
        said: list[ex.Glob] = []
        spelled: list[ex.Glob] = []
        for glob in leaf.globs:
            (said if _is_plain(glob) and (leaf.cased or _folds(glob)) else spelled).append(glob)
        check_wildcards(said)
        alternatives = list(_matches(field, said, cased=leaf.cased))
        if spelled:
            dialect, operator = (Dialect.LUCENE_WHOLE, "regex") if leaf.cased else (Dialect.LUCENE_FOLDED, "regex~")
            alternatives.append(f"{field} {operator} {_one_or_list(lucene_globs(spelled, dialect, cased=leaf.cased))}")
        return alternatives[0] if len(alternatives) == 1 else f"({self.or_token.join(alternatives)})"

    def regex(self, leaf: ex.Regex) -> str:
        self.types.require_text(leaf.field)
        operator, pattern = eql_regex(leaf)
        if not pattern:  # a field of type wildcard finds nothing with an empty expression (WildcardFieldMapper)
            return f'{self.name(leaf.field)} == ""'
        return f"{self.name(leaf.field)} {operator} {literal(pattern)}"

    def number(self, leaf: ex.Number) -> str:
        if leaf.field not in self.types.numeric:
            raise Unsupported(f"{leaf.field} holds no number here and cannot be compared with {leaf.value}")
        compared = f"{self.name(leaf.field)} {leaf.op} {leaf.value}"
        return f"(?{_quoted(leaf.field)} != null and {compared})" if leaf.op == "!=" else compared

    def boolean(self, leaf: ex.Boolean) -> str:
        raise Unsupported(f"{leaf.field} holds no truth value here")

    def cidr(self, leaf: ex.Cidr) -> str:
        """``cidrMatch`` takes a field only where it is mapped as ``ip`` ("EQL function reference")."""
        if leaf.field not in self.types.address:
            raise Unsupported(f"{leaf.field} is not mapped as an address here; cidrMatch takes no other field")
        return f"cidrMatch({self.name(leaf.field)}, {', '.join(map(literal, leaf.networks))})"

    def present(self, leaf: ex.Present) -> str:
        return f"?{_quoted(leaf.field)} != null"

    def null(self, leaf: ex.Null) -> str:
        if not self.types.is_text(leaf.field):
            return self.absent(leaf.field)
        return f'({self.absent(leaf.field)} or {self.name(leaf.field)} == "")'

    def field_ref(self, leaf: ex.FieldRef) -> str:
        """Operators compare no field with a field, the string functions take two ("EQL function reference").

        A value that starts with the other one and the other way round is equal to it.
        """
        self.types.require_text(leaf.field)
        self.types.require_text(leaf.other)
        field, other = self.name(leaf.field), self.name(leaf.other)
        match leaf.shape:
            case ex.Shape.EQUALS:
                return f"(startsWith~({field}, {other}) and startsWith~({other}, {field}))"
            case ex.Shape.STARTSWITH:
                return f"startsWith~({field}, {other})"
            case ex.Shape.ENDSWITH:
                return f"endsWith~({field}, {other})"
            case ex.Shape.CONTAINS:
                return f"stringContains~({field}, {other})"

    def keyword(self, leaf: ex.Keyword) -> str:
        raise Unsupported(f"the keyword {leaf.globs[0]} searches the raw event; EQL and ES|QL search named fields only")


def _quoted(field: str) -> str:
    return field if _PLAIN_NAME.fullmatch(field) else "`" + field.replace("`", "``") + "`"


def _is_plain(glob: ex.Glob) -> bool:
    """Whether the wildcard operators say the pattern: they know no escape for a literal ``*`` or ``?``.

    ``==`` and ``in~`` compare literally (``ExpressionBuilder``: ``in~`` becomes insensitive equality).
    """
    return glob.shape is ex.Shape.EQUALS or not _has_marks(glob.literal)


def _folds(glob: ex.Glob) -> bool:
    """Whether Elasticsearch folds the case of every character: it does so for ASCII only (``AutomatonQueries``)."""
    literal_ = glob.literal
    return literal_.isascii() or all(char.isascii() or not has_case(char) for char in literal_)


def _matches(field: str, globs: list[ex.Glob], *, cased: bool) -> Iterable[str]:
    """The conditions for patterns that the operators can say: at most one on whole values and one on wildcards."""
    only_whole = all(glob.shape is ex.Shape.EQUALS for glob in globs)
    whole: list[str] = []
    wild: list[str] = []
    for glob in globs:
        # A whole value among wildcard patterns stays in their list, unless a character in it would be a wildcard.
        is_whole = glob.shape is ex.Shape.EQUALS and (only_whole or not glob.parts or _has_marks(glob.literal))
        (whole if is_whole else wild).append(glob.literal if is_whole else str(glob))
    sensitive = cased or not any(map(has_case, whole))
    if len(whole) == 1 and (sensitive or not _has_marks(whole[0])):
        yield f"{field} {'==' if sensitive else ':'} {literal(whole[0])}"
    elif whole:
        yield f"{field} {'in' if sensitive else 'in~'} ({', '.join(map(literal, whole))})"
    if wild:
        operator = "like" if cased else ":" if len(wild) == 1 else "like~"
        yield f"{field} {operator} {_one_or_list(wild)}"


def _has_marks(text: str) -> bool:
    return "*" in text or "?" in text


def _one_or_list(texts: Iterable[str]) -> str:
    literals = [literal(text) for text in texts]
    return literals[0] if len(literals) == 1 else f"({', '.join(literals)})"


CATEGORY = "event.category"


def event_category(expression: ex.Expression) -> str | None:
    """The one event category that every event of the expression has, by a condition at its top."""
    match expression:
        case ex.Text(field, (ex.Glob((str(category),)),), True) if field == CATEGORY:
            return category
        case ex.And(terms):
            found = [event_category(term) for term in terms if isinstance(term, ex.Text)]
            return next((category for category in found if category), None)
        case ex.Or(terms):
            categories = {event_category(term) for term in terms}
            return categories.pop() if len(categories) == 1 else None
        case _:
            return None


def _without_category(expression: ex.Expression) -> ex.Expression:
    """The expression without the condition that :func:`event_category` found."""
    match expression:
        case ex.And(terms):
            return ex.conjunction(*(term for term in terms if event_category(term) is None or isinstance(term, ex.Or)))
        case ex.Or(terms):
            return ex.disjunction(*map(_without_category, terms))
        case _:
            return expression


def _categories(expression: ex.Expression) -> ex.Expression:
    """The conditions that :func:`_without_category` leaves out."""
    return ex.disjunction(*(leaf for leaf in ex.leaves(expression) if event_category(leaf) is not None))


class ElasticTarget(Target):
    """Elastic Security, EQL where it can say the rule and ES|QL where not."""

    name: ClassVar[str] = "elastic"
    title: ClassVar[str] = "Elastic Security, EQL and ES|QL"

    @cached_property
    def types(self) -> FieldTypes:
        """What the pipeline says about its fields."""
        return FieldTypes.of(self.translator.pipeline.vars)

    @cached_property
    def eql(self) -> EqlRenderer:
        """The renderer of EQL conditions."""
        return EqlRenderer(self.types)

    @cached_property
    def esql(self) -> esql.EsqlRenderer:
        """The renderer of ES|QL conditions."""
        return esql.EsqlRenderer(self.types)

    def render(self, query: Query) -> Rendered:
        if speaks_eql(query):
            return Rendered({".eql": self.eql.event(query.expression)})
        return Rendered({".esql": self.esql.query(query)}, warnings=self.esql.warnings([query]))

    def render_correlation(self, correlation: Correlation) -> Rendered:
        from stagewatch.targets.elastic_correlation import render_correlation

        return render_correlation(correlation, self.eql, self.esql)


def speaks_eql(query: Query) -> bool:
    """Whether EQL can read the log source: it cannot query fields of type ``text``."""
    return required_state(query, "language") == "eql"


TARGET = ElasticTarget
