"""CrowdStrike Falcon LogScale: CQL over the events of the Falcon sensor.

Facts on the language are from the vendor's pages, named as they are under library.humio.com: "Grammar Subset", written
for programs that generate queries, "Operators", "Query Filters", "Expressions", "Conditional Evaluation", "Regular
Expression Flags" and "Regular Expression Syntax Patterns".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar

from stagewatch import expression as ex
from stagewatch.correlation import Correlation
from stagewatch.findings import Unsupported
from stagewatch.regex import Dialect, from_globs, jitrex_flags, translate
from stagewatch.targets.base import Rendered, Renderer, Target
from stagewatch.targets.logscale_paths import ANY_DRIVE, MARK, VOLUME, regex_without_drive, without_drive
from stagewatch.targets.marks import mark
from stagewatch.translation import Query

_BARE_FIELD = re.compile(r"[#%&.0-9@A-Z\\^_a-z]+")
"""Grammar Subset, appendix C: what a field name may hold without quotes (its Latin-1 letters left out)."""

_QUOTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff*]*")
"""What a quoted pattern can hold literally: an asterisk in it is a wildcard always, and it may not span lines."""

_NUMBER = re.compile(r"\s*[+-]?(\d|\.\d|0[xX])")
"""Text that ``field = "text"`` could compare as a number where the field holds one."""


_ANYTHING = ex.Glob.of(ex.Wildcard.ANY)
_NOTHING = ex.Glob.of()


def field_name(name: str) -> str:
    """A field's name as it stands in a filter."""
    return name if _BARE_FIELD.fullmatch(name) else quoted(name)


def expression_field(name: str) -> str:
    """A field's value inside an expression, where quotes would make it a text."""
    return name if _BARE_FIELD.fullmatch(name) else f"getField({quoted(name)})"


def quoted(text: str) -> str:
    """A string literal. The grammar knows three escapes: quote, backslash and newline."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def regex_literal(pattern: str, flags: str) -> str:
    """A pattern of :mod:`stagewatch.regex` between slashes: it holds no raw line break and no escaped slash yet."""
    delimited = pattern.replace("/", r"\/")
    return f"/{delimited}/{flags}"


class CqlRenderer(Renderer):
    """Writes expressions as CQL: a filter where the grammar has one, steps of a pipeline for what needs a function.

    In a filter OR binds more tightly than AND, so mixed ones stand in parentheses. A comparison of a lacking field
    fails, save ``!=``; ``NOT`` of it holds ("Operators").
    """

    and_token: ClassVar[str] = " AND "
    or_token: ClassVar[str] = " OR "

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._device_paths = frozenset(variables.get("device_path_fields", ()))
        self._file_names = frozenset(variables.get("file_name_fields", ()))
        self._cased = frozenset(variables.get("cased_fields", ()))
        self.warnings: dict[str, None] = {}

    def is_event_type(self, expression: ex.Expression) -> bool:
        """Whether this is a condition on the kind of event, which selects the data to search."""
        return isinstance(expression, ex.Text) and expression.field in self._cased

    def spelling(self, field: str) -> str:
        """How the sensor spells a process or a file in the field: values of different spellings are never equal."""
        if field in self._device_paths:
            return "device path"
        return "file name" if field in self._file_names else "text"

    # --- pipelines: what a filter cannot say ---------------------------------------------------------------------

    def steps(self, expression: ex.Expression) -> list[str]:
        """The steps of a pipeline that lets exactly the matching events through.

        Functions are steps and cannot stand in a filter ("Grammar Subset"). An OR with a function becomes ``case``: an
        event passes with the first clause that lets it through, and is dropped where none does ("Conditional
        Evaluation").
        """
        if isinstance(expression, ex.And):
            return [step for term in expression.terms for step in self.steps(term)]
        if all(map(_is_filter, ex.leaves(expression))):
            return [self.expression(expression)]
        return self._function_steps(ex.negation_normal_form(expression))

    def _function_steps(self, expression: ex.Expression) -> list[str]:
        match expression:
            case ex.And():
                return self.steps(expression)
            case ex.Or(terms):
                return [case(*(" | ".join(self.steps(term)) for term in _filters_first(terms)))]
            case ex.Not(leaf):
                return [mark(expression, self._without_function(leaf), self)]
            case _:
                return [self.leaf(expression)]

    def _without_function(self, leaf: ex.Expression) -> str:
        """A negated function. Whether ``!f(...)`` holds for a lacking field is documented for ``cidr`` only."""
        match leaf:
            case ex.Cidr():
                return f"!{self.cidr(leaf)}"
            case ex.Number(field):
                return case(f"NOT {field_name(field)}=*", f"!{self.number(leaf)}")
            case ex.FieldRef(field, other):
                lacking = [f"NOT {field_name(name)}=*" for name in (field, other)]
                return case(self.or_token.join(lacking), f"!{self.field_ref(leaf)}")
            case _:
                raise AssertionError(leaf)

    # --- filters ---------------------------------------------------------------------------------------------------

    def negation(self, term: ex.Expression) -> str:
        return self.operand(term.term) if isinstance(term, ex.Not) else f"NOT {self.operand(term)}"

    def text(self, leaf: ex.Text) -> str:
        field, cased = leaf.field, leaf.cased or leaf.field in self._cased
        if _ANYTHING in leaf.globs:
            return f"{field_name(field)}=*"
        if leaf.globs == (_NOTHING,):
            return f'{field_name(field)}=""'
        globs = tuple(map(self._native_path, leaf.globs)) if field in self._device_paths else leaf.globs
        if cased and len(globs) == 1 and self._fits_quotes(field, globs[0]):
            return f"{field_name(field)}={quoted(globs[0].render(str, '*', ''))}"
        return f"{field_name(field)}={_globs_literal(globs, cased)}"

    def _native_path(self, glob: ex.Glob) -> ex.Glob:
        native, named = without_drive(glob)
        self._warn_of_drive(named)
        return native

    def _warn_of_drive(self, named: bool) -> None:
        if named:
            self.warnings[ANY_DRIVE] = None

    def _fits_quotes(self, field: str, glob: ex.Glob) -> bool:
        if ex.Wildcard.ONE in glob.parts or MARK in glob.literal or not _QUOTABLE.fullmatch(glob.literal):
            return False
        return field in self._cased or glob.shape is not ex.Shape.EQUALS or not _NUMBER.match(glob.literal)

    def regex(self, leaf: ex.Regex) -> str:
        pattern = leaf.pattern
        if leaf.field in self._device_paths:
            pattern, named = regex_without_drive(leaf.field, pattern)
            self._warn_of_drive(named)
        pattern = translate(pattern, leaf.flags, Dialect.JITREX)
        if not pattern:
            return f"{field_name(leaf.field)}=*"  # // would begin a comment
        return f"{field_name(leaf.field)}={regex_literal(pattern, jitrex_flags(leaf.flags))}"

    def number(self, leaf: ex.Number) -> str:
        name, value = field_name(leaf.field), _decimal(leaf.value)
        if leaf.value < 0:  # a filter's numbers have no sign
            return f"test({expression_field(leaf.field)} {leaf.op} {value})"
        if leaf.op == "!=":
            return f"({name}=* AND {name}!={value})"
        return f"{name}{'=' if leaf.op == '==' else leaf.op}{value}"

    def boolean(self, leaf: ex.Boolean) -> str:
        return f'{field_name(leaf.field)}="{str(leaf.value).lower()}"'

    def present(self, leaf: ex.Present) -> str:
        return f"{field_name(leaf.field)}=*"

    def null(self, leaf: ex.Null) -> str:
        name = field_name(leaf.field)
        return f'(NOT {name}=* OR {name}="")'

    def keyword(self, leaf: ex.Keyword) -> str:
        """A regular expression without a field searches all fields and the raw text ("Query Filters")."""
        if _ANYTHING in leaf.globs:
            return "true"
        return _globs_literal(leaf.globs, leaf.cased)

    # --- functions -------------------------------------------------------------------------------------------------

    def cidr(self, leaf: ex.Cidr) -> str:
        subnets = ", ".join(map(quoted, leaf.networks))
        return f"cidr(field={field_name(leaf.field)}, subnet=[{subnets}])"

    def field_ref(self, leaf: ex.FieldRef) -> str:
        """Expressions may call functions of one field; a lacking field makes them null, and null lets nothing pass."""
        if self.spelling(leaf.field) != self.spelling(leaf.other):
            raise Unsupported(f"{leaf.field} and {leaf.other} write paths differently on Falcon and cannot be compared")
        field, other = (f"lower({field_name(name)})" for name in (leaf.field, leaf.other))
        if leaf.shape is ex.Shape.EQUALS:
            return f"test({field} == {other})"
        return f"{_TEXT_FUNCTIONS[leaf.shape]}(string={field}, substring={other})"


_TEXT_FUNCTIONS = {
    ex.Shape.STARTSWITH: "text:startsWith",
    ex.Shape.ENDSWITH: "text:endsWith",
    ex.Shape.CONTAINS: "text:contains",
}


def case(*clauses: str) -> str:
    """A ``case`` step of the clauses, each a pipeline."""
    return f"case {{ {'; '.join(clauses)} }}"


def _is_filter(leaf: ex.Leaf) -> bool:
    """Whether the leaf can stand in a filter."""
    negative = isinstance(leaf, ex.Number) and leaf.value < 0
    return not negative and not isinstance(leaf, ex.Cidr | ex.FieldRef)


def _filters_first(terms: tuple[ex.Expression, ...]) -> list[ex.Expression]:
    """The alternatives that a filter can say as one, before those that need a function."""
    plain = [term for term in terms if all(map(_is_filter, ex.leaves(term)))]
    others = [term for term in terms if term not in plain]
    return [ex.disjunction(*plain), *others] if plain else others


_WRITTEN_MARK = rf"\u{ord(MARK):04X}"
"""The mark as a regular expression spells it."""


@lru_cache(maxsize=4096)
def _globs_literal(globs: tuple[ex.Glob, ...], cased: bool) -> str:
    pattern = from_globs(globs, Dialect.JITREX, cased=cased).replace(_WRITTEN_MARK, VOLUME)
    dots = any(glob.shape is ex.Shape.WILDCARD for glob in globs)
    return regex_literal(pattern, ("d" if dots else "") + ("" if cased else "i"))


def _decimal(value: int | float) -> str:
    """A number without an exponent."""
    return str(value) if isinstance(value, int) else f"{Decimal(repr(value)):f}"


class LogscaleTarget(Target):
    """Queries over the Falcon sensor's events."""

    name = "logscale"
    title = "CrowdStrike Falcon LogScale (CQL)"

    def renderer(self) -> CqlRenderer:
        """A renderer that collects the warnings of one rule."""
        return CqlRenderer(self.translator.pipeline.vars)

    def render(self, query: Query) -> Rendered:
        renderer = self.renderer()
        text = "\n| ".join(renderer.steps(query.expression))
        return Rendered({".cql": text}, warnings=(*state_warnings(query), *renderer.warnings))

    def render_correlation(self, correlation: Correlation) -> Rendered:
        from stagewatch.targets.logscale_correlation import render  # only where a correlation is rendered

        return render(correlation, self.renderer())


def state_warnings(query: Query) -> tuple[str, ...]:
    """What the pipeline says a user of this log source should know."""
    warning = query.state.get("warning")
    return (warning,) if isinstance(warning, str) else ()


TARGET = LogscaleTarget
