r"""Conditions of Spark SQL on the event table, which hold for the same events as those of the target ``duckdb``.

How literals are written is from Spark's reference (https://apache.github.io/spark/sql-ref-literals.html); all was tried
on Spark 4.3.

What counts as the other case of a letter is what DuckDB says: Unicode's simple mapping of one character to one, with
``İ`` as ``i``. Spark's ``lower`` maps two letters otherwise, ``İ`` to two characters and ``Σ`` at the end of a word to
``ς``; with these two replaced before, both are equal for every character.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import ClassVar

from stagewatch import expression as ex
from stagewatch.findings import Unsupported
from stagewatch.regex.characters import has_case
from stagewatch.regex.dialects import SYNTAX, Dialect
from stagewatch.regex.tree import parse
from stagewatch.regex.writer import write
from stagewatch.targets.base import Renderer
from stagewatch.targets.duckdb_addresses import patterns

WHOLE_EVENT = "whole event"
"""The column with the values of all fields, joined by :data:`SEPARATOR`."""

SEPARATOR = "\x1f"
"""As in the target ``duckdb``: a sign that XML cannot hold."""

_JAVA = replace(SYNTAX[Dialect.JAVA_WHOLE], whole=False)
"""For a search alone: a pattern that begins with ``.*`` costs the square of a long text where it is not found."""

_LIKE_ESCAPES = re.compile("[!%_]")
_FUNCTIONS = {ex.Shape.CONTAINS: "contains", ex.Shape.STARTSWITH: "startswith", ex.Shape.ENDSWITH: "endswith"}
_DIGITS = r"\\d(?:_?\\d)*"
_NUMBER = rf"^[+-]?(?:{_DIGITS}[.]?(?:{_DIGITS})?|[.]{_DIGITS})(?:[eE][+-]?{_DIGITS})?\\z"
"""What DuckDB takes for a number, underscores between digits included."""


class SparkRenderer(Renderer):
    """Conditions of Spark SQL.

    A field in lower case is a column of its own, :func:`folded_name`, so that an event is lower-cased once and not
    once for each rule. Logic is three-valued, as in DuckDB: what stands below a NOT is made false where it is NULL.
    """

    and_token: ClassVar[str] = " AND "  # noqa: S105 - a word of the language
    or_token: ClassVar[str] = " OR "  # noqa: S105 - a word of the language

    def negation(self, term: ex.Expression) -> str:
        return f"NOT coalesce({self.expression(term)}, FALSE)"

    def text(self, leaf: ex.Text) -> str:
        if any(glob.shape is ex.Shape.PRESENT for glob in leaf.globs):
            return self.present(ex.Present(leaf.field))
        return _any_of(_conditions(leaf.field, leaf.globs, leaf.cased))

    def keyword(self, leaf: ex.Keyword) -> str:
        if any(glob.shape is ex.Shape.PRESENT for glob in leaf.globs):
            return "TRUE"
        return _any_of(_conditions(WHOLE_EVENT, leaf.globs, leaf.cased))

    def regex(self, leaf: ex.Regex) -> str:
        """``rlike`` is a search by Java's ``Matcher.find``."""
        return f"{name(leaf.field)} RLIKE {literal(write(parse(leaf.pattern, leaf.flags), _JAVA, leaf.flags))}"

    def number(self, leaf: ex.Number) -> str:
        """A text in Spark's other notations of a number is none here."""
        value = Decimal(str(leaf.value))
        if not value.is_finite() or abs(value) >= Decimal(10) ** 28:
            raise Unsupported(f"{leaf.field} is compared with {leaf.value}, which no decimal of 28 digits holds")
        sign = {"==": "=", "!=": "<>"}.get(leaf.op, leaf.op)
        field = f"trim({name(leaf.field)})"
        return (
            f"({field} RLIKE '{_NUMBER}' AND try_cast(replace({field}, '_', '') AS DECIMAL(38, 10)) {sign} {value:f}BD)"
        )

    def boolean(self, leaf: ex.Boolean) -> str:
        return f"{folded(leaf.field)} = '{str(leaf.value).lower()}'"

    def cidr(self, leaf: ex.Cidr) -> str:
        """``(?d)``: the dot is any character but a newline, as in DuckDB's engine."""
        known = (literal(f"(?d)^(?:{pattern})\\z") for pattern in patterns(leaf.networks) if pattern is not None)
        return _any_of(f"{folded(leaf.field)} RLIKE {pattern}" for pattern in known)

    def present(self, leaf: ex.Present) -> str:
        return f"{name(leaf.field)} IS NOT NULL"

    def null(self, leaf: ex.Null) -> str:
        return f"coalesce({name(leaf.field)}, '') = ''"

    def field_ref(self, leaf: ex.FieldRef) -> str:
        field, other = folded(leaf.field), folded(leaf.other)
        return f"{field} = {other}" if leaf.shape is ex.Shape.EQUALS else f"{_FUNCTIONS[leaf.shape]}({field}, {other})"


def name(field: str) -> str:
    """A column. In backticks a dot is a letter like others."""
    return "`" + field.replace("`", "``") + "`"


def folded_name(field: str) -> str:
    """The name of the column that has a field in lower case; no field has a line break in its name."""
    return f"{field}\nlower"


def folded(field: str) -> str:
    """The column that has a field in lower case."""
    return name(folded_name(field))


def lower(text: str) -> str:
    """An expression in lower case, one character to one."""
    return f"lower(replace(replace({text}, '\\u0130', 'i'), '\\u03A3', '\\u03C3'))"


def literal(text: str) -> str:
    r"""A string literal. What is special in one stands as ``\uXXXX``: the dollar sign too, since ``${...}`` is replaced
    in the text of a query wherever it stands (``spark.sql.variable.substitute``)."""
    return f"'{''.join(map(_character, text))}'"


def _character(char: str) -> str:
    if char.isprintable() and char not in "'\\$":
        return char
    return f"\\u{ord(char):04X}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08X}"


def _any_of(conditions: Iterable[str]) -> str:
    parts = list(conditions)
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def _conditions(field: str, globs: tuple[ex.Glob, ...], cased: bool) -> Iterator[str]:
    """The conditions of which one must hold. Each pattern is one call: a search for bytes, quicker than an alternation
    of Java's regular expressions, which tries branch after branch at each character."""
    fold = not cased and any(has_case(glob.literal) for glob in globs)
    subject = folded(field) if fold else name(field)
    whole = [_operand(glob.literal, fold) for glob in globs if glob.shape is ex.Shape.EQUALS]
    if whole:
        yield f"{subject} = {whole[0]}" if len(whole) == 1 else f"{subject} IN ({', '.join(whole)})"
    for glob in globs:
        if glob.shape is ex.Shape.WILDCARD:
            yield f"{subject} LIKE {_operand(glob.render(_like, '%', '_'), fold)} ESCAPE '!'"
        elif glob.shape is not ex.Shape.EQUALS:
            yield f"{_FUNCTIONS[glob.shape]}({subject}, {_operand(glob.literal, fold)})"


def _operand(text: str, fold: bool) -> str:
    """A letter beyond ASCII is lower-cased by Spark, so that pattern and value are mapped by the same table."""
    if not fold:
        return literal(text)
    return literal(text.lower()) if text.isascii() else lower(literal(text))


def _like(text: str) -> str:
    return _LIKE_ESCAPES.sub(r"!\g<0>", text)
