r"""ES|QL, for what EQL cannot read or count.

Facts come from the Elasticsearch reference, pages "ES|QL operators" (LIKE, RLIKE, IN), "ES|QL null values" and
"ES|QL limitations", and from the lexer (``EsqlBaseLexer``): ``\t \n \r \" \\`` are its only escapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from stagewatch import expression as ex
from stagewatch.findings import Unsupported
from stagewatch.regex import Dialect, translate
from stagewatch.targets.base import Renderer
from stagewatch.targets.elastic_fields import FieldTypes, check_wildcards, has_case, indices, lucene_globs, networks
from stagewatch.translation import Query

_PLAIN_NAME = re.compile(r"[A-Za-z_@][\w@]*(\.[A-Za-z_@][\w@]*)*", re.ASCII)
_ESCAPES = str.maketrans({"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'})
_LIKE_ESCAPES = str.maketrans({"\\": "\\\\", "*": "\\*", "?": "\\?"})
_RESERVED = frozenset(
    {"and", "as", "asc", "by", "desc", "false", "first", "in", "is", "last", "like", "not", "null", "nulls", "on", "or"}
    | {"rlike", "true", "where", "with"}
)


def literal(text: str) -> str:
    """A string literal; every character but the five with an escape stands for itself."""
    return f'"{text.translate(_ESCAPES)}"'


def column(name: str) -> str:
    """A column's name, in backticks where it is not a plain one."""
    plain = _PLAIN_NAME.fullmatch(name) and name.lower() not in _RESERVED
    return name if plain else "`" + name.replace("`", "``") + "`"


class EsqlRenderer(Renderer):
    """Writes a tree in negation normal form as an ES|QL condition.

    Logic is three-valued and ``WHERE`` keeps only what is true: each negated leaf is guarded by ``IS NULL``. Operators
    are sensitive to case: the column is lower-cased where the pattern has letters.
    """

    and_token = " AND "
    or_token = " OR "

    def __init__(self, types: FieldTypes) -> None:
        self.types = types

    def query(self, query: Query) -> str:
        """The whole query for one rule; the metadata are what a detection rule needs to tell alerts apart."""
        return (
            f"FROM {', '.join(indices([query]))} METADATA _id, _index, _version\n| WHERE {self.where(query.expression)}"
        )

    def where(self, expression: ex.Expression) -> str:
        """The condition of a WHERE, every term of an outer AND or OR on a line of its own."""
        self.types.check_alternatives(expression)
        expression = ex.negation_normal_form(expression)
        if isinstance(expression, ex.And | ex.Or):
            token = self.and_token if isinstance(expression, ex.And) else self.or_token
            return f"\n   {token}".join(map(self.operand, expression.terms))
        return self.expression(expression)

    def condition(self, expression: ex.Expression) -> str:
        """The condition on one line, safe as an operand and as a function's argument."""
        self.types.check_alternatives(expression)
        return self.operand(ex.negation_normal_form(expression))

    def warnings(self, queries: Iterable[Query]) -> tuple[str, ...]:
        """A column that no index maps is an error in ES|QL, which has no counterpart to EQL's ``?``."""
        read = dict.fromkeys(field for query in queries for field in ex.fields(query.expression))
        missing = [field for field in read if field in self.types.optional]
        return tuple(f"the query is an error where no index maps {field}" for field in missing)

    def negation(self, term: ex.Expression) -> str:
        match term:
            case ex.Present(field):
                return f"{column(field)} IS NULL"
            case ex.Text(field, globs) if any(glob.shape is ex.Shape.PRESENT for glob in globs):
                return f"{column(field)} IS NULL"
            case ex.Null(field) if self.types.is_text(field):
                return f'{column(field)} != ""'
            case ex.Null(field):
                return f"{column(field)} IS NOT NULL"
            case ex.And() | ex.Or() | ex.Not():
                raise ValueError("only a tree in negation normal form can be rendered")
            case _:
                guards = self.or_token.join(f"{column(field)} IS NULL" for field in ex.fields(term))
                return f"({guards} OR NOT {self.leaf(term)})"

    def text(self, leaf: ex.Text) -> str:
        if any(glob.shape is ex.Shape.PRESENT for glob in leaf.globs):
            return self.present(ex.Present(leaf.field))
        if leaf.field in self.types.address:
            return self.cidr(ex.Cidr(leaf.field, networks(leaf)))
        self.types.require_text(leaf.field)
        name, fold = column(leaf.field), not leaf.cased and any(has_case(glob.literal) for glob in leaf.globs)
        spelled = [glob for glob in leaf.globs if fold and not _lowers_evenly(glob.literal)]
        said = [_lower(glob) if fold else glob for glob in leaf.globs if glob not in spelled]
        check_wildcards(said)
        alternatives = list(_matches(f"TO_LOWER({name})" if fold else name, said))
        alternatives += [
            f"{name} RLIKE {literal(regex)}" for regex in lucene_globs(spelled, Dialect.LUCENE_WHOLE, cased=False)
        ]
        return alternatives[0] if len(alternatives) == 1 else f"({self.or_token.join(alternatives)})"

    def regex(self, leaf: ex.Regex) -> str:
        self.types.require_text(leaf.field)
        pattern = translate(leaf.pattern, leaf.flags, Dialect.LUCENE_WHOLE)
        if not pattern:  # a field of type wildcard finds nothing with an empty expression (WildcardFieldMapper)
            return f'{column(leaf.field)} == ""'
        return f"{column(leaf.field)} RLIKE {literal(pattern)}"

    def number(self, leaf: ex.Number) -> str:
        if leaf.field not in self.types.numeric:
            raise Unsupported(f"{leaf.field} holds no number here and cannot be compared with {leaf.value}")
        return f"{column(leaf.field)} {leaf.op} {leaf.value}"

    def boolean(self, leaf: ex.Boolean) -> str:
        raise Unsupported(f"{leaf.field} holds no truth value here")

    def cidr(self, leaf: ex.Cidr) -> str:
        if leaf.field not in self.types.address:
            raise Unsupported(f"{leaf.field} is not mapped as an address here; CIDR_MATCH takes no other column")
        return f"CIDR_MATCH({column(leaf.field)}, {', '.join(map(literal, leaf.networks))})"

    def present(self, leaf: ex.Present) -> str:
        return f"{column(leaf.field)} IS NOT NULL"

    def null(self, leaf: ex.Null) -> str:
        name = column(leaf.field)
        return f'({name} IS NULL OR {name} == "")' if self.types.is_text(leaf.field) else f"{name} IS NULL"

    def field_ref(self, leaf: ex.FieldRef) -> str:
        self.types.require_text(leaf.field)
        self.types.require_text(leaf.other)
        field, other = f"TO_LOWER({column(leaf.field)})", f"TO_LOWER({column(leaf.other)})"
        match leaf.shape:
            case ex.Shape.EQUALS:
                return f"{field} == {other}"
            case ex.Shape.STARTSWITH:
                return f"STARTS_WITH({field}, {other})"
            case ex.Shape.ENDSWITH:
                return f"ENDS_WITH({field}, {other})"
            case ex.Shape.CONTAINS:
                return f"LOCATE({field}, {other}) > 0"

    def keyword(self, leaf: ex.Keyword) -> str:
        raise Unsupported(f"the keyword {leaf.globs[0]} searches the raw event; EQL and ES|QL search named fields only")


def _lower(glob: ex.Glob) -> ex.Glob:
    return ex.Glob.of(*(part.lower() if isinstance(part, str) else part for part in glob.parts))


def _lowers_evenly(text: str) -> bool:
    """Whether lower-casing the text alone gives what it gives inside a longer value.

    A capital sigma becomes another letter at the end of a word, and some capitals become two characters.
    """
    return text.isascii() or (not set("Σσς") & set(text) and len(text.lower()) == len(text))


def _matches(operand: str, globs: list[ex.Glob]) -> Iterable[str]:
    """Lists of LIKE patterns came with 9.1 only, so patterns are joined with OR."""
    whole = [literal(glob.literal) for glob in globs if glob.shape is ex.Shape.EQUALS]
    if len(whole) == 1:
        yield f"{operand} == {whole[0]}"
    elif whole:
        yield f"{operand} IN ({', '.join(whole)})"
    for glob in globs:
        if glob.shape is not ex.Shape.EQUALS:
            yield f"{operand} LIKE {literal(glob.render(lambda part: part.translate(_LIKE_ESCAPES), '*', '?'))}"
