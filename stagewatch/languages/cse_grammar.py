r"""The subset of Cloud SIEM rule expressions that is read here: its grammar, and how its tree is built.

Source: Sumo Logic, "CSE Rules Syntax"; ``and`` and ``or`` as words are what rules of the vendor's catalogue use.

What the vendor does not document is refused instead of guessed:

* precedence: ``and`` beside ``or`` needs parentheses; ``!`` stands before parentheses or a call;
* literals: a backslash is itself, as in the vendor's ``'%SystemDrive%\Users\John'``, except in ``\"`` between double
  quotation marks; there, two backslashes before a quotation mark can be read in two ways and are refused. A single
  quotation mark cannot stand between two of its kind, control characters nowhere, and ``/`` not in ``/regex/``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from stagewatch.languages.base import Problem, QueryError
from stagewatch.languages.cse_tree import Bool, Call, Compare, Condition, Field, Holds, In, Literal, Match, Value

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

GRAMMAR = r"""
start: condition

?condition: conjunction | disjunction | unit
conjunction: unit (_AND unit)+
disjunction: unit (_OR unit)+
?unit: negation | predicate | "(" condition ")"
negation: "!" ("(" condition ")" | holds)
?predicate: operand COMPARE operand                           -> compare   // =, ==, !=, <, <=, >, >=
          | operand "like"i text ("escape"i text)?            -> like
          | operand "rlike"i text                             -> rlike
          | operand "matches"i text                           -> glob      // matches
          | operand "matches"i regex                          -> regex
          | operand "in"i "(" literal ("," literal)* ")"      -> is_in
          | holds
holds: call

?operand: field | raw | call | literal
field: WORD
raw: FIELDS ("[" text "]" | "." WORD)
call: WORD "(" operand ("," operand)* ")"
?literal: text | number | truth
text: SINGLE | DOUBLE
number: NUMBER
truth: TRUTH
regex: REGEX

_AND: "&&" | /and\b/i
_OR: "||" | /or\b/i
COMPARE: "==" | "!=" | "<=" | ">=" | "=" | "<" | ">"
FIELDS.3: /fields(?=\s*[\[.])/
TRUTH.2: /(true|false)\b/
SINGLE: /'[^'\x00-\x1f]*'/
DOUBLE: /"([^"\\\x00-\x1f]|\\[^\x00-\x1f])*"/
REGEX: /\/[^\/\x00-\x1f]+\//
NUMBER: /-?[0-9]+(\.[0-9]+)?/
WORD: /[A-Za-z_][A-Za-z0-9_]*/
%ignore /[ \t\r\n]+/
"""

RESERVED = frozenset({"and", "escape", "false", "in", "like", "matches", "or", "rlike", "true"})
WORDS = {"conjunction": "AND", "disjunction": "OR", "negation": "NOT"}


@cache
def _lark() -> Lark:
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", start=["start", "operand"], propagate_positions=True, maybe_placeholders=False)


@cache
def parse(expression: str) -> Condition:
    """The tree of an expression. Raises :class:`QueryError` with the place that the grammar does not know."""
    return _condition(_trees(_parse(expression, "start"))[0])


@cache
def parse_field(expression: str) -> Field:
    """The field that a rule groups or counts by. Raises :class:`QueryError`."""
    value = _value(_parse(expression, "operand"))
    if not isinstance(value, Field):
        raise QueryError(Problem(f"{expression} is no field", 1, 1))
    return value


def _parse(expression: str, start: str) -> Tree[Token]:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    try:
        tree: Tree[Token] = _lark().parse(expression, start=start)
    except UnexpectedToken as error:
        if error.token.type == "$END":
            lines = expression.split("\n")
            place = Problem("unexpected end of the expression", len(lines), len(lines[-1]) + 1)
            raise QueryError(place) from error
        raise QueryError(Problem(f"unexpected {str(error.token)!r}", error.line, error.column)) from error
    except UnexpectedCharacters as error:
        raise QueryError(Problem(f"unexpected {error.char!r}", error.line, error.column)) from error
    return tree


def _trees(tree: Tree[Token]) -> list[Tree[Token]]:
    from lark import Tree

    return [child for child in tree.children if isinstance(child, Tree)]


def _tokens(tree: Tree[Token]) -> list[Token]:
    from lark import Token

    return [child for child in tree.children if isinstance(child, Token)]


def _text(tree: Tree[Token]) -> str:
    (token,) = _tokens(tree)
    if token.type == "DOUBLE" and '\\\\"' in token:
        raise QueryError(
            Problem("backslashes before a quotation mark can be read in two ways", token.line, token.column)
        )
    return token[1:-1].replace('\\"', '"') if token.type == "DOUBLE" else token[1:-1]


def _value(tree: Tree[Token]) -> Value:
    kind, tokens = str(tree.data), _tokens(tree)
    if kind == "text":
        return Literal(_text(tree))
    word, line, column = str(tokens[0]), tokens[0].line or 0, tokens[0].column or 0
    if kind == "number":
        return Literal(float(word) if "." in word else int(word))
    if kind == "truth":
        return Literal(word == "true")
    if kind == "raw":
        return Field(_text(_trees(tree)[0]) if len(tokens) == 1 else str(tokens[1]), True, line, column)
    if word.lower() in RESERVED:
        raise QueryError(Problem(f"{word} is no name", line, column))
    if kind == "field":
        return Field(word, False, line, column)
    return Call(word, tuple(map(_value, _trees(tree))), line, column)


def _condition(tree: Tree[Token]) -> Condition:
    kind, children = str(tree.data), _trees(tree)
    if kind in WORDS:
        return Bool(WORDS[kind], tuple(map(_condition, children)))
    left = _value(children[0])
    if kind == "holds":
        assert isinstance(left, Call)  # noqa: S101 - so says the grammar
        return Holds(left)
    if kind == "compare":
        return Compare(str(_tokens(tree)[0]), left, _value(children[1]))
    if kind == "is_in":
        return In(left, tuple(value for value in map(_value, children[1:]) if isinstance(value, Literal)))
    if kind == "regex":
        return Match(kind, left, _tokens(children[1])[0][1:-1])
    return Match(kind, left, *map(_text, children[1:]))
