"""A Splunk search as a tree: what the grammar cannot say is looked at here, and literals are unescaped."""

from __future__ import annotations

from fractions import Fraction
from functools import cache, reduce
from typing import Any, TypeVar

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken, VisitError

from stagewatch.languages.base import Problem, QueryError
from stagewatch.languages.spl_grammar import GRAMMAR
from stagewatch.languages.spl_tree import (
    Aggregate,
    And,
    Arithmetic,
    Call,
    Command,
    Compare,
    Eval,
    Expression,
    Field,
    Fields,
    Macro,
    Multisearch,
    Not,
    Number,
    OneOf,
    Or,
    Pipeline,
    Place,
    Relation,
    Rename,
    Search,
    SearchCommand,
    Sort,
    SortKey,
    Stats,
    Streamstats,
    Table,
    Text,
    Where,
)

TIME_MODIFIERS = frozenset({
    "earliest", "latest", "index_earliest", "index_latest", "starttime", "endtime", "starttimeu", "endtimeu",
    "timeformat", "daysago", "hoursago", "minutesago", "secondsago", "startdaysago", "starthoursago", "startminutesago",
})  # fmt: skip
"""Search Reference, "Time modifiers": words that look like fields and are none."""

EVAL_ESCAPES = {"\\": "\\", '"': '"', "t": "\t", "n": "\n", "r": "\r"}
r"""Search Manual, "Expressions and predicates": ``"C:\\windows\temp"`` holds a tab."""

EVAL_KEPT = frozenset("dDsSwW.")
r"""Search Reference, "Comparison and conditional functions": ``match(ip, "^\d{1,3}\.")``, where a backslash before one
of these reaches the regular expression."""

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SPANS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
}
BOOLEANS = {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}

Node = TypeVar("Node")


def parse(query: str) -> Pipeline:
    """The tree of a query. Raises :class:`QueryError` with line and column."""
    try:
        tree = _parser().parse(query)
        built: Pipeline = _Builder().transform(tree)
    except UnexpectedInput as error:
        raise QueryError(_problem(error, query)) from error
    except VisitError as error:
        raise error.orig_exc from error
    return built


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", maybe_placeholders=False)


def _problem(error: UnexpectedInput, query: str) -> Problem:
    if isinstance(error, UnexpectedEOF) or (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
        lines = query.split("\n")
        return Problem("the query ends too early", len(lines), len(lines[-1]) + 1)
    if isinstance(error, UnexpectedCharacters):
        return Problem(f"cannot read {error.char!r} here", error.line, error.column)
    found = str(error.token) if isinstance(error, UnexpectedToken) else ""
    return Problem(f"{found!r} is not expected here", error.line, error.column)


def place_of(token: Token) -> Place:
    """Where a token starts."""
    return Place(token.line or 1, token.column or 1)


def refuse(message: str, place: Place, shift: int = 0) -> QueryError:
    """What to raise for something that the grammar lets through."""
    return QueryError(Problem(message, place.line, place.column + shift))


def search_value(token: Token) -> str:
    r"""The value after a comparison operator of search.

    Search Manual, "Backslashes": ``\\`` is a backslash, and nothing escapes an asterisk; Search Reference, "search":
    ``\"`` is a quotation mark. Whatever else follows a backslash is undocumented, so it is refused.
    """
    if token.type == "BARE":
        return str(token)
    value = _unescape(token, {"\\": "\\", '"': '"'}, frozenset())
    if value.startswith(("CASE(", "TERM(")) and value.endswith(")"):
        raise refuse("CASE() and TERM() may be directives in a quoted value as well", place_of(token))
    return value


def _unescape(token: Token, escapes: dict[str, str], kept: frozenset[str]) -> str:
    body, built, at = str(token)[1:-1], [], 0
    while at < len(body):
        if body[at] != "\\":
            built.append(body[at])
            at += 1
            continue
        after = body[at + 1]
        if after in kept:
            built.append("\\")
        elif after not in escapes:
            raise refuse(f"nothing says what \\{after} means in this literal", place_of(token), at + 1)
        built.append(escapes.get(after, after))
        at += 2
    return "".join(built)


def _several(kind: type[And[Node]] | type[Or[Node]], terms: tuple[Any, ...]) -> Any:
    found = tuple(term for term in terms if not isinstance(term, Token))
    return found[0] if len(found) == 1 else kind(found)


def _terms(children: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(child for child in children if not isinstance(child, Token))


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """The tree of the grammar, made into ours."""

    def start(self, *children: Any) -> Pipeline:
        first, *rest = _terms(children)
        if isinstance(first, Pipeline):
            searches = tuple(child for child in (first, *rest) if isinstance(child, Pipeline))
            return Pipeline((Multisearch(searches), *rest[len(searches) - 1 :]))
        return Pipeline((SearchCommand(first), *rest))

    def subsearch(self, _: Token, expression: Search, *commands: Command) -> Pipeline:
        return Pipeline((SearchCommand(expression), *commands))

    def searching(self, _: Token, expression: Search) -> SearchCommand:
        return SearchCommand(expression)

    # search

    def both(self, *terms: Any) -> Search:
        found: Search = _several(And, terms)
        return found

    def either(self, *terms: Any) -> Search:
        found: Search = _several(Or, terms)
        return found

    def without(self, _: Token, term: Search) -> Not[Search]:
        return Not(term)

    def macro(self, token: Token) -> Macro:
        return Macro(str(token)[1:-1], place_of(token))

    def compare(self, field: Token, operator: Token, value: Token) -> Compare:
        place, said = _search_field(field), search_value(value)
        if operator not in ("=", "!=") and not _is_number(said):
            raise refuse(f"{operator} takes a number", place_of(value))
        return Compare(str(field), str(operator), said, place)

    def one_of(self, field: Token, _: Token, *values: Token) -> OneOf:
        return OneOf(str(field), tuple(map(search_value, values)), _search_field(field))

    # expressions

    def where(self, token: Token, expression: Expression) -> Where:
        return Where(expression, place_of(token))

    def eval(self, _: Token, *assignments: tuple[Field, Expression]) -> Eval:
        return Eval(assignments)

    def assignment(self, name: Field, sign: Token, expression: Expression) -> tuple[Field, Expression]:
        if sign != "=":
            raise refuse(f"'{sign}' is not expected here", place_of(sign))
        return name, expression

    def disjunction(self, *terms: Any) -> Expression:
        found: Expression = _several(Or, terms)
        return found

    def conjunction(self, *terms: Any) -> Expression:
        found: Expression = _several(And, terms)
        return found

    def negation(self, _: Token, term: Expression) -> Not[Expression]:
        return Not(term)

    def relation(self, left: Expression, operator: Token, right: Expression) -> Expression:
        if operator.type == "LIKE":
            return Call("like", (left, right), place_of(operator))
        return Relation("=" if operator == "==" else str(operator), left, right, place_of(operator))

    def member(self, value: Expression, operator: Token, *values: Expression) -> Expression:
        return Call("in", (value, *values), place_of(operator))

    def arithmetic(self, *parts: Any) -> Expression:
        first: Expression = parts[0]
        pairs = zip(parts[1::2], parts[2::2], strict=True)
        return reduce(lambda left, pair: Arithmetic(str(pair[0]), left, pair[1], place_of(pair[0])), pairs, first)

    def negative(self, token: Token, value: Expression) -> Expression:
        return Arithmetic("-", Number(Fraction(0), place_of(token)), value, place_of(token))

    def number(self, token: Token) -> Number:
        return Number(Fraction(str(token)), place_of(token))

    def text(self, token: Token) -> Text:
        return Text(_unescape(token, EVAL_ESCAPES, EVAL_KEPT), place_of(token))

    def name(self, token: Token) -> Field:
        return Field(str(token).strip("'"), place_of(token))

    def call(self, token: Token, *arguments: Expression) -> Call:
        return Call(str(token), arguments, place_of(token))

    # commands

    def sort(self, _: Token, *children: Any) -> Sort:
        given = children[0] if isinstance(children[0], Token) else None
        keys = tuple(child for child in children if isinstance(child, SortKey))
        end = keys[-1].field
        if len(keys) > 1 and end.name in ("d", "desc"):
            raise refuse(f"{end.name} reverses the order or names a field; write signs instead", end.place)
        # Search Reference, "sort": the first 10,000 results unless a count says otherwise; 0 is all of them.
        return Sort(10_000 if given is None else int(given), keys)

    def key(self, *tokens: Token) -> SortKey:
        *signs, name = tokens
        return SortKey(_field(name), bool(signs) and signs[0] == "-")

    def fields(self, _: Token, *tokens: Token) -> Fields:
        sign = tokens[0].type in ("PLUS", "MINUS")
        return Fields(tuple(map(_field, tokens[sign:])), tokens[0].type == "MINUS")

    def table(self, _: Token, *names: Token) -> Table:
        return Table(tuple(map(_field, names)))

    def rename(self, _: Token, *names: tuple[Field, Field]) -> Rename:
        return Rename(names)

    def renamed(self, old: Token, _: Token, new: Token) -> tuple[Field, Field]:
        return _field(old), _field(new)

    def streamstats(self, _: Token, *children: Any) -> Streamstats:
        settings: dict[str, Any] = {}
        for name, setting in (child for child in children if isinstance(child, tuple) and _is_option(child)):
            settings[str(name)] = _setting(name, setting)
        if {"window", "time_window"} <= settings.keys():
            raise refuse("window and time_window together are not read", place_of(_))
        return Streamstats(
            _aggregates(children), _grouping(children), settings.get("window"), settings.get("time_window"),
            settings.get("global", True), settings.get("current", True),
        )  # fmt: skip

    def stats(self, _: Token, *children: Any) -> Stats:
        return Stats(_aggregates(children), _grouping(children))

    def option(self, name: Token, setting: Token) -> tuple[Token, Token]:
        return name, setting

    def aggregate(self, function: Token, *rest: Token) -> Aggregate:
        named = next((at for at, token in enumerate(rest) if token.type == "AS"), len(rest))
        field = _field(rest[0]) if named else None
        plain = str(function) if field is None else f"{function}({field.name})"
        name = str(rest[-1]) if named < len(rest) else plain
        return Aggregate(str(function), field, name, place_of(function))

    def by(self, _: Token, *names: Token) -> list[Field]:
        return list(map(_field, names))


def _field(token: Token) -> Field:
    return Field(str(token), place_of(token))


def _search_field(token: Token) -> Place:
    if token in TIME_MODIFIERS:
        raise refuse(f"the time modifier {token} is not read", place_of(token))
    return place_of(token)


def _is_number(text: str) -> bool:
    try:
        Fraction(text)
    except ValueError:
        return False
    return "/" not in text and "_" not in text


def _is_option(child: tuple[Any, ...]) -> bool:
    return len(child) == 2 and isinstance(child[0], Token)


def _setting(name: Token, setting: Token) -> int | bool:
    """Search Reference, "streamstats": what each option takes."""
    said = str(setting).lower()
    if name in ("global", "current") and said in BOOLEANS:
        return BOOLEANS[said]
    if name == "window" and said.isdecimal() and int(said) > 0:
        return int(said)
    unit = said.lstrip("0123456789")
    if name == "time_window" and unit in SPANS and said != unit:
        return int(said.removesuffix(unit)) * SECONDS[SPANS[unit]]
    raise refuse(f"{name} does not take {setting}", place_of(setting))


def _aggregates(children: tuple[Any, ...]) -> tuple[Aggregate, ...]:
    return tuple(child for child in children if isinstance(child, Aggregate))


def _grouping(children: tuple[Any, ...]) -> tuple[Field, ...]:
    return tuple(name for child in children if isinstance(child, list) for name in child)
