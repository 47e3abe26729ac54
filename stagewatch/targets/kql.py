"""Kusto Query Language, as Microsoft Defender XDR and Microsoft Sentinel run it: literals, conditions, queries.

Vendor pages are named as in ``MicrosoftDocs/dataexplorer-docs``, folder ``data-explorer/kusto/query``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stagewatch import expression as ex
from stagewatch.findings import Unsupported
from stagewatch.regex import Dialect, from_globs, matches_empty, translate
from stagewatch.targets.base import Renderer, required_state
from stagewatch.targets.marks import mark, within
from stagewatch.translation import Query

LINE = 120
"""A list of alternatives that would make a line longer than this is written one per line."""

MANY = 100
"""Alternatives in one list from which on they become one regular expression.

The vendor's parser (``@kusto/language-service-next`` 12.4.1) refuses a chain of 500 with "Query syntax depth exceeds
maximum safe limit"; a rule may have several lists.
"""

LONG_MAX = 2**63 - 1
"""``scalar-data-types/long.md``: 64 bits, signed."""

_WORDS = """and as between by contains count datatable distinct dynamic endswith evaluate extend false find has has_all
has_any hasprefix hassuffix in join kind let limit lookup materialize matches null of on or order print project range
render sample scan search serialize set sort startswith step summarize take to top true typeof union where with"""

KEYWORDS = frozenset(_WORDS.split())
"""Words that ``schema-entities/entity-names.md`` wants quoted as a name."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_NEGATED = {
    "=~": "!~",
    "==": "!=",
    "in~": "!in~",
    "in": "!in",
    "contains": "!contains",
    "contains_cs": "!contains_cs",
    "startswith": "!startswith",
    "startswith_cs": "!startswith_cs",
    "endswith": "!endswith",
    "endswith_cs": "!endswith_cs",
}
"""``datatypes-string-operators.md``. A string is never null, so each is true where its counterpart is false."""

_SHAPES = {
    ex.Shape.EQUALS: ("=~", "=="),
    ex.Shape.CONTAINS: ("contains", "contains_cs"),
    ex.Shape.STARTSWITH: ("startswith", "startswith_cs"),
    ex.Shape.ENDSWITH: ("endswith", "endswith_cs"),
}
"""The operator that ignores the case of ASCII letters, and the one that does not."""


def literal(value: str) -> str:
    r"""A string literal that holds exactly ``value`` (``scalar-data-types/string.md``).

    Paths and regular expressions, all that hold a backslash or a quote, are written verbatim (``@"..."``, a quote
    doubled), so that a reader sees the value itself. A raw line break is allowed in no single-line literal: a value
    with any character that does not print is written with escapes.
    """
    if value.isprintable():
        if "\\" in value or '"' in value:
            return '@"' + value.replace('"', '""') + '"'
        return f'"{value}"'
    return _quoted(value)


def _quoted(value: str) -> str:
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(char: str) -> str:
    named = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    if char in named:
        return named[char]
    if char.isprintable():
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def name(column: str) -> str:
    """A column's name, quoted where the language wants it (``schema-entities/entity-names.md``)."""
    if _NAME.fullmatch(column) and column not in KEYWORDS:
        return column
    return f"[{_quoted(column)}]"


def timespan(seconds: int) -> str:
    """A timespan literal in the largest unit that divides it (``scalar-data-types/timespan.md``)."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left operator right``, or a whole condition where ``operator`` is empty."""

    left: str
    operator: str = ""
    right: str = ""

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}" if self.operator else self.left

    @property
    def negated(self) -> str:
        """The opposite, with the language's own operator where there is one."""
        operator = _NEGATED.get(self.operator)
        return f"{self.left} {operator} {self.right}" if operator else f"not({self})"


class KqlRenderer(Renderer):
    """Writes conditions so that each is true or false, never null: ``not(null)`` is null and drops the row.

    Strings have no null: a lacking one is ``""`` (``scalar-data-types/null-values.md``). Comparisons of other types
    with null, and the address functions on what is no address, give null and are wrapped in ``coalesce``.

    A leaf's text is in parentheses where it is made of several conditions, and only then starts with one.
    """

    and_token = " and "
    or_token = " or "

    def __init__(self, numeric_fields: frozenset[str]) -> None:
        self._numeric = numeric_fields

    def where(self, expression: ex.Expression) -> str:
        """The expression as ``| where`` lines, one for each term of its topmost AND."""
        return "\n".join(f"| where {line}" for line in self._lines(expression))

    def _lines(self, expression: ex.Expression) -> Iterator[str]:
        match expression:
            case ex.And(terms):
                for term in terms:
                    yield from self._lines(term)
            case ex.Not(ex.Or(terms)):
                for term in terms:
                    yield from self._lines(ex.Not(term))
            case ex.Not(ex.Not(term)):
                yield from self._lines(term)
            case ex.Or() | ex.Text():
                yield _folded(self._alternatives(expression))
            case ex.Not(ex.Text() as leaf) if len(found := self._comparisons(leaf)) > 1:
                yield mark(expression, f"not({_folded(list(map(str, found)))})", self)
            case ex.Not():
                yield self.expression(expression)
            case _:
                yield _bare(self.leaf(expression))

    def _alternatives(self, expression: ex.Expression) -> list[str]:
        match expression:
            case ex.Or(terms):
                return [part for term in terms for part in self._alternatives(term)]
            case ex.Text():
                return [mark(expression, str(found), self) for found in self._comparisons(expression)]
            case _:
                return [self.operand(expression)]

    def negation(self, term: ex.Expression) -> str:
        match term:
            case ex.Text():
                found = self._comparisons(term)
                return found[0].negated if len(found) == 1 else f"not({self.or_token.join(map(str, found))})"
            case ex.Null(column):
                return self.present(ex.Present(column))
            case ex.Present(column):
                return self.null(ex.Null(column))
            case ex.Number(column, "==", value) if column in self._numeric:
                return f"{name(column)} != {_number(value)}"  # true of null (logical-operators.md)
            case ex.And() | ex.Or() | ex.Not():
                return f"not({self.expression(term)})"
            case _:
                return f"not({_bare(self.leaf(term))})"

    def text(self, leaf: ex.Text) -> str:
        return _any(list(map(str, self._comparisons(leaf))))

    def _comparisons(self, leaf: ex.Text) -> list[Comparison]:
        """The conditions of which one must hold."""
        return list(_compare(self._string(leaf.field), leaf.globs, leaf.cased))

    def _string(self, column: str) -> str:
        return f"tostring({name(column)})" if column in self._numeric else name(column)

    def regex(self, leaf: ex.Regex) -> str:
        column = self._string(leaf.field)
        # A lacking column holds the empty text, in which some patterns are found.
        found = f"{column} matches regex {literal(translate(leaf.pattern, leaf.flags, Dialect.RUST))}"
        return f"(isnotempty({column}) and {found})" if matches_empty(leaf.pattern, leaf.flags) else found

    def number(self, leaf: ex.Number) -> str:
        value = _number(leaf.value)
        column = name(leaf.field) if leaf.field in self._numeric else f"todouble({name(leaf.field)})"
        match leaf.op:
            case "==":  # null equals nothing: false, not null (logical-operators.md)
                return f"{column} == {value}"
            case "!=":  # null differs from everything: true
                return f"(isnotnull({column}) and {column} != {value})"
            case _:
                return f"coalesce({column} {leaf.op} {value}, false)"

    def boolean(self, leaf: ex.Boolean) -> str:
        return f'tostring({name(leaf.field)}) =~ "{str(leaf.value).lower()}"'

    def cidr(self, leaf: ex.Cidr) -> str:
        families: dict[str, list[str]] = {}
        for network in leaf.networks:
            families.setdefault("ipv6" if ":" in network else "ipv4", []).append(network)
        return _any([_in_range(family, name(leaf.field), networks) for family, networks in families.items()])

    def present(self, leaf: ex.Present) -> str:
        return f"isnotnull({name(leaf.field)})" if leaf.field in self._numeric else f"isnotempty({name(leaf.field)})"

    def null(self, leaf: ex.Null) -> str:
        return f"isnull({name(leaf.field)})" if leaf.field in self._numeric else f"isempty({name(leaf.field)})"

    def field_ref(self, leaf: ex.FieldRef) -> str:
        column, other = self._string(leaf.field), self._string(leaf.other)
        operator = _SHAPES[leaf.shape][1]  # on lower-case text: ``=~`` folds ASCII letters only
        return f"(isnotempty({column}) and isnotempty({other}) and tolower({column}) {operator} tolower({other}))"

    def keyword(self, leaf: ex.Keyword) -> str:
        """``where-operator.md``: ``*`` stands for any column."""
        if any(glob.shape is ex.Shape.PRESENT for glob in leaf.globs):
            return "true"
        return _any(list(map(str, _compare("*", leaf.globs, leaf.cased))))


def query_text(query: Query, renderer: KqlRenderer, columns: tuple[str, ...] = ()) -> str:
    """A rule's query: its table, the computed columns that it or ``columns`` name, its conditions.

    A pipeline sets ``table``; ``columns``, field name to KQL, where a field is no plain column; ``scope``, a condition
    in KQL that Sigma cannot say. A keyword may stand in any of the computed columns.
    """
    computed: Mapping[str, str] = query.state.get("columns") or {}
    named = {*ex.fields(query.expression), *columns}
    anywhere = any(isinstance(leaf, ex.Keyword) for leaf in ex.leaves(query.expression))
    used = [field for field in computed if anywhere or field in named]
    lines = [required_state(query, "table")]
    if used:
        lines.append("| extend " + ", ".join(f"{name(field)} = {computed[field]}" for field in used))
    lines.append(renderer.where(query.expression))
    if "scope" in query.state:
        lines.append(f"| where {query.state['scope']}")
    return "\n".join(lines)


def _compare(column: str, globs: tuple[ex.Glob, ...], cased: bool) -> Iterator[Comparison]:
    """The conditions of which one must hold for the column to match one of the patterns."""
    equal: list[str] = []
    simple: list[Comparison] = []
    patterns: list[ex.Glob] = []
    many = len(globs) > MANY
    for glob in globs:
        shape = glob.shape
        if shape is ex.Shape.PRESENT or not glob.parts:
            simple.append(Comparison(f"{'isnotempty' if glob.parts else 'isempty'}({column})"))
        elif shape is ex.Shape.WILDCARD or not (cased or _folds_as_ascii(glob.literal)):
            patterns.append(glob)
        elif shape is ex.Shape.EQUALS:
            equal.append(literal(glob.literal))
        elif many:
            patterns.append(glob)
        else:
            simple.append(Comparison(column, _SHAPES[shape][cased], literal(glob.literal)))
    if len(equal) == 1:
        yield Comparison(column, _SHAPES[ex.Shape.EQUALS][cased], equal[0])
    elif equal:
        yield Comparison(column, "in" if cased else "in~", f"({', '.join(equal)})")
    yield from simple
    if patterns:
        yield Comparison(column, "matches regex", literal(from_globs(tuple(patterns), Dialect.RUST, cased=cased)))


def _folds_as_ascii(text: str) -> bool:
    """Whether an operator that ignores the case of ASCII letters only ignores the case of all of the text.

    ``includes/in-operator-comparison.md``: "Case-insensitive operators are currently supported only for ASCII-text".
    """
    return text.isascii() or not any(char.lower() != char or char.upper() != char for char in text if char > "\x7f")


def _in_range(family: str, column: str, networks: list[str]) -> str:
    """``ipv4-is-in-range-function.md`` and its kin: null where the column holds no address, hence ``coalesce``."""
    function = f"{family}_is_in_range" if len(networks) == 1 else f"{family}_is_in_any_range"
    return f"coalesce({function}({column}, {', '.join(map(literal, networks))}), false)"


def _number(value: int | float) -> str:
    if isinstance(value, int) and abs(value) > LONG_MAX:
        raise Unsupported(f"the number {value} does not fit the 64 bits of a Kusto long")
    if isinstance(value, float) and not math.isfinite(value):
        raise Unsupported(f"{value} is not a number that Kusto can compare with")
    return str(value)


def _any(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"


def _bare(leaf: str) -> str:
    before, text, behind = within(leaf)
    return f"{before}{text[1:-1]}{behind}" if text.startswith("(") else leaf


def _folded(alternatives: list[str]) -> str:
    line = " or ".join(alternatives)
    return line if len(line) <= LINE else "\n    or ".join(alternatives)
