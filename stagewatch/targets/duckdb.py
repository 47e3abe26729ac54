r"""DuckDB: SQL over one table of events whose columns carry Sigma's own field names.

Facts are from DuckDB's documentation ("Pattern matching", "Regular expressions", "Text functions", "Literal types",
"Cast", "Star expression", "Keywords and identifiers") and were tried on DuckDB 2.0.

What counts as the other case of a letter is what ``lower()`` says, for every operator: Unicode's simple mapping of one
character to one. A literal with other than ASCII letters is lower-cased by DuckDB itself, so that pattern and value are
mapped by the same table. One pair is joined beyond Unicode's case folding: ``İ`` becomes ``i``.
"""

# ruff: noqa: S608 - what is put in SQL are names of columns and literals

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property, reduce
from typing import ClassVar, TypeGuard

from stagewatch import expression as ex
from stagewatch.correlation import Correlation
from stagewatch.findings import Unsupported
from stagewatch.pipelines import house_pipeline
from stagewatch.regex import Dialect, from_globs, translate
from stagewatch.regex.characters import has_case
from stagewatch.targets.base import Rendered, Renderer, Target
from stagewatch.targets.duckdb_addresses import in_networks
from stagewatch.targets.duckdb_sources import leave_open
from stagewatch.translation import Query, Translator

SOURCE_COLUMNS = ("product", "category", "service")
"""The columns that hold an event's log source."""

HOUSE_COLUMNS = ("event_time", *SOURCE_COLUMNS, "origin", "position")
"""The columns that are no field of an event. A rule's own field of such a name has an underscore behind it."""

WHOLE_EVENT = '"whole event"'
_WITH_WHOLE_EVENT = (
    "(SELECT *, concat_ws(E'\\x1f', *COLUMNS(* EXCLUDE ("
    + ", ".join(HOUSE_COLUMNS)
    + f"))) AS {WHOLE_EVENT} FROM events) AS events"
)
"""The table with one column more: the text of all fields that an event carries ("Star expression", unpacked
``*COLUMNS``; ``concat_ws`` skips NULL). The sign between them is one that XML cannot hold: no keyword without a
wildcard reaches from one field into the next."""

MOST_CALLS = 2
"""Of more patterns on one field one regular expression is made: twenty ``contains`` take twenty times as long."""

_LIKE_ESCAPES = re.compile("[!%_]")
_BACKSLASHED = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def asks_for_source(term: ex.Expression) -> TypeGuard[ex.Text]:
    """Whether a condition is one on the log source, which the target's pipeline adds."""
    return isinstance(term, ex.Text) and term.field in SOURCE_COLUMNS


class DuckdbRenderer(Renderer):
    """Conditions of DuckDB.

    Logic is three-valued, and ``WHERE`` keeps what is true. Without NOT a condition is true exactly where it is with
    each NULL taken for false; so it is enough that what stands below a NOT is made false where it is NULL.
    """

    and_token: ClassVar[str] = " AND "
    or_token: ClassVar[str] = " OR "

    def where(self, expression: ex.Expression) -> str:
        """The condition of a WHERE, every term of an outer AND or OR on a line of its own."""
        match expression:
            case ex.And(terms):
                return "\n  AND ".join(map(self.operand, terms))
            case ex.Or(terms):
                return "\n   OR ".join(map(self.operand, terms))
            case _:
                return self.expression(expression)

    def from_where(self, expression: ex.Expression) -> str:
        """The clauses FROM and WHERE."""
        table = _WITH_WHOLE_EVENT if has_keywords(expression) else "events"
        return f"FROM {table}\nWHERE {self.where(expression)}"

    def negation(self, term: ex.Expression) -> str:
        match term:
            case ex.Present(field):
                return f"{column(field)} IS NULL"
            case ex.Text(field, globs) if _any_value(globs):
                return f"{column(field)} IS NULL"
            case ex.Null(field):
                return f"{column(field)} <> ''"  # NULL where the field is lacking, as little as false
            case _:
                return f"NOT COALESCE({self.expression(term)}, FALSE)"

    def text(self, leaf: ex.Text) -> str:
        if _any_value(leaf.globs):
            return self.present(ex.Present(leaf.field))
        return _any_of(_conditions(column(leaf.field), leaf.globs, leaf.cased))

    def keyword(self, leaf: ex.Keyword) -> str:
        """The keyword ``*`` is in every event."""
        return "TRUE" if _any_value(leaf.globs) else _any_of(_conditions(WHOLE_EVENT, leaf.globs, leaf.cased))

    def regex(self, leaf: ex.Regex) -> str:
        """RE2, a search; flags stand in the pattern ("Regular expressions")."""
        return f"regexp_matches({column(leaf.field)}, {literal(translate(leaf.pattern, leaf.flags, Dialect.RE2))})"

    def number(self, leaf: ex.Number) -> str:
        """The field is text: what is no number is NULL. A decimal, unlike a double, knows no ``nan`` or ``inf`` and
        keeps every digit of a 64-bit number."""
        value = Decimal(str(leaf.value))
        if not value.is_finite() or abs(value) >= Decimal(10) ** 28:
            raise Unsupported(f"{leaf.field} is compared with {leaf.value}, which no decimal of 28 digits holds")
        sign = {"==": "=", "!=": "<>"}.get(leaf.op, leaf.op)
        return f"TRY_CAST({column(leaf.field)} AS DECIMAL(38, 10)) {sign} {value:f}"

    def boolean(self, leaf: ex.Boolean) -> str:
        """Readers keep a truth value as its text."""
        return f"lower({column(leaf.field)}) = '{str(leaf.value).lower()}'"

    def cidr(self, leaf: ex.Cidr) -> str:
        return in_networks(column(leaf.field), leaf.networks)

    def present(self, leaf: ex.Present) -> str:
        return f"{column(leaf.field)} IS NOT NULL"

    def null(self, leaf: ex.Null) -> str:
        return f"COALESCE({column(leaf.field)}, '') = ''"

    def field_ref(self, leaf: ex.FieldRef) -> str:
        field, other = f"lower({column(leaf.field)})", f"lower({column(leaf.other)})"
        return f"{field} = {other}" if leaf.shape is ex.Shape.EQUALS else f"{_FUNCTIONS[leaf.shape]}({field}, {other})"


def has_keywords(expression: ex.Expression) -> bool:
    """Whether the whole event is asked, and not only fields of it."""
    return any(isinstance(leaf, ex.Keyword) for leaf in ex.leaves(expression))


def column(name: str) -> str:
    """A column, always in quotes: some fields of Sigma are keywords of SQL, such as ``User``."""
    if not name or "\0" in name or not _encodes(name):
        raise Unsupported(f"the field name {name!r} cannot be written in SQL")
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    r"""A string literal. Characters that cannot be seen stand as escapes in ``E'...'`` ("Literal types"): beyond
    ASCII as the bytes of UTF-8, since ``\\u`` is a plain ``u`` there. No escape stands for the character NUL.
    """
    if not _encodes(text):
        raise Unsupported(f"the value {text!r} holds half of a character, which no text has")
    if "\0" in text:
        return f"({' || chr(0) || '.join(map(literal, text.split(chr(0))))})"
    if all(map(str.isprintable, text)):
        return "'" + text.replace("'", "''") + "'"
    return f"E'{''.join(map(_escaped, text))}'"


def _escaped(char: str) -> str:
    if char in _BACKSLASHED:
        return _BACKSLASHED[char]
    return char if char.isprintable() else "".join(f"\\x{byte:02x}" for byte in char.encode())


def _encodes(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _any_value(globs: Iterable[ex.Glob]) -> bool:
    return any(glob.shape is ex.Shape.PRESENT for glob in globs)


def _any_of(conditions: Iterable[str]) -> str:
    parts = list(conditions)
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


_FUNCTIONS = {ex.Shape.CONTAINS: "contains", ex.Shape.STARTSWITH: "starts_with", ex.Shape.ENDSWITH: "ends_with"}
"""Functions that take the text as it is, so that ``%`` and ``_`` need no escape ("Text functions")."""


def _conditions(plain: str, globs: tuple[ex.Glob, ...], cased: bool) -> Iterator[str]:
    """The conditions of which one must hold; whole values in one list, many patterns in one regular expression."""
    fold = not cased and any(has_case(glob.literal) for glob in globs)
    subject = f"lower({plain})" if fold else plain
    whole = [_operand(glob.literal, fold) for glob in globs if glob.shape is ex.Shape.EQUALS]
    if whole:
        yield f"{subject} = {whole[0]}" if len(whole) == 1 else f"{subject} IN ({', '.join(whole)})"
    patterns = [glob for glob in globs if glob.shape is not ex.Shape.EQUALS]
    together = [glob for glob in patterns if not fold or _lowers_here(glob.literal)]
    if len(together) > MOST_CALLS:
        yield f"regexp_matches({subject}, {literal(_alternation(together, fold))})"
        patterns = [glob for glob in patterns if fold and not _lowers_here(glob.literal)]
    for glob in patterns:
        if glob.shape is ex.Shape.WILDCARD:
            yield f"{plain} {'ILIKE' if fold else 'LIKE'} {literal(glob.render(_like, '%', '_'))} ESCAPE '!'"
        else:
            yield f"{_FUNCTIONS[glob.shape]}({subject}, {_operand(glob.literal, fold)})"


def _operand(text: str, fold: bool) -> str:
    if not fold:
        return literal(text)
    return literal(text.lower()) if _lowers_here(text) else f"lower({literal(text)})"


def _lowers_here(text: str) -> bool:
    """Whether Python's lower case is DuckDB's, whatever their versions of Unicode: ASCII, and signs without case."""
    return text.isascii() or all(
        char.isascii() or (unicodedata.category(char)[0] in "PSZ" and not has_case(char)) for char in text
    )


def _alternation(globs: Iterable[ex.Glob], fold: bool) -> str:
    """The patterns as one expression on a value that is in lower case already."""
    if fold:
        globs = (
            ex.Glob.of(*(part.lower() if isinstance(part, str) else part for part in glob.parts)) for glob in globs
        )
    return from_globs(tuple(dict.fromkeys(globs)), Dialect.RE2, cased=True)


def _like(text: str) -> str:
    """``LIKE`` has no escape unless one is named ("Pattern matching"); the backslash is too common in paths."""
    return _LIKE_ESCAPES.sub(r"!\g<0>", text)


class DuckdbTarget(Target):
    """DuckDB, SQL."""

    name: ClassVar[str] = "duckdb"
    title: ClassVar[str] = "DuckDB (SQL)"
    renderer: ClassVar[DuckdbRenderer] = DuckdbRenderer()

    @cached_property
    def translator(self) -> Translator:
        """Beside what every translator does: the parts of a log source that a rule leaves open are no condition."""
        pipeline = reduce(operator.add, [*self._pipelines, house_pipeline(self.name)])
        leave_open(pipeline)
        return Translator(pipeline)

    def render(self, query: Query) -> Rendered:
        """``.sql`` is the whole query: the events that match, with all their columns."""
        shown = f"* EXCLUDE ({WHOLE_EVENT})" if has_keywords(query.expression) else "*"
        return Rendered({".sql": f"SELECT {shown}\n{self.renderer.from_where(query.expression)}"})

    def render_correlation(self, correlation: Correlation) -> Rendered:
        """One row for each burst of a group."""
        from stagewatch.targets.duckdb_correlation import correlation_text

        return Rendered({".sql": correlation_text(correlation, self.renderer)}, "sliding")


TARGET = DuckdbTarget
