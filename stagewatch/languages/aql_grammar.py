r"""The subset of AQL that is read here: its grammar, and how its tree is built.

Sources: IBM QRadar, "Ariel Query Language", pages "AQL Query structure", "AQL logical and comparison operators",
"Using quotation marks in AQL queries", "LIKE clause", "AQL subquery", "Conditional logic in AQL queries", "AQL data
aggregation functions", "AQL data retrieval functions"; Juniper documents the same language for JSA.

What IBM does not document is refused instead of guessed:

* precedence: ``AND`` beside ``OR`` needs parentheses; ``NOT`` needs them around its operand and stands last in its
  chain, as in IBM's own ``WHERE (NOT (a <= 3003 OR b = 'True')) AND (...)``;
* literals: no quotation mark and no control character inside one; a backslash is itself;
* comments.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from stagewatch.languages.aql_tree import (
    Bool,
    Call,
    Compare,
    Condition,
    Filter,
    Holds,
    If,
    In,
    IsNull,
    Item,
    Like,
    Literal,
    Name,
    Search,
    Value,
)
from stagewatch.languages.base import Problem, QueryError

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

GRAMMAR = r"""
search: "SELECT"i item ("," item)* "FROM"i source where? group? having? last?      // AQL Query structure
filter: condition

source: name                    -> table
      | "(" search ")"          -> subquery                                        // AQL subquery
where: "WHERE"i condition
group: "GROUP"i "BY"i name ("," name)*
having: "HAVING"i condition
last: "LAST"i NUMBER UNIT
item: value ("AS"i (name | text))?                                                 // Using quotation marks

?condition: conjunction | disjunction | unit | negation
conjunction: _ands | _ands "AND"i negation | unit "AND"i negation
disjunction: _ors | _ors "OR"i negation | unit "OR"i negation
_ands: unit "AND"i unit | _ands "AND"i unit
_ors: unit "OR"i unit | _ors "OR"i unit
negation: "NOT"i "(" condition ")"
?unit: predicate | "(" condition ")"
?predicate: operand COMPARE operand                      -> compare                // AQL logical and comparison
          | operand "IS"i "NULL"i                        -> is_null
          | operand "IS"i "NOT"i "NULL"i                 -> is_not_null
          | operand LIKE text                            -> like                   // LIKE clause
          | operand "IN"i "(" literal ("," literal)* ")" -> is_in
          | call                                         -> test                   // INCIDR('...', sourceip)

?value: operand | conditional
conditional: "IF"i condition "THEN"i operand "ELSE"i operand                       // Conditional logic in AQL queries
?operand: name | call | literal
call: WORD "(" (STAR | value ("," value)*) ")"
?literal: text | number
name: WORD | QUOTED
text: STRING
number: NUMBER

COMPARE: "=" | "!=" | "<=" | ">=" | "<" | ">"
LIKE.2: /(I?LIKE|I?MATCHES)\b/i
UNIT.2: /(MINUTES|HOURS|DAYS)\b/i
STAR: "*"
STRING: /'[^'\x00-\x1f]*'/
QUOTED: /"[^"\x00-\x1f]+"/
NUMBER: /[0-9]+/
WORD: /[A-Za-z_][A-Za-z0-9_]*/
%ignore /[ \t\r\n]+/
"""


RESERVED = frozenset(
    {"AND", "AS", "BY", "ELSE", "FROM", "GROUP", "HAVING", "IF", "IN", "IS", "LAST", "NOT", "NULL", "OR"}
    | {"ILIKE", "IMATCHES", "LIKE", "MATCHES", "SELECT", "THEN", "WHERE"}
)

SECONDS = {"MINUTES": 60, "HOURS": 3600, "DAYS": 86400}


@cache
def _lark() -> Lark:
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", start=["search", "filter"], propagate_positions=True, maybe_placeholders=False)


@cache
def parse(query: str) -> Search | Filter:
    """The tree of a query. Raises :class:`QueryError` with the place that the grammar does not know."""
    from lark import Tree
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    start = "search" if query.lstrip()[:6].upper() == "SELECT" else "filter"
    try:
        tree = _lark().parse(query, start=start)
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise QueryError(Problem("unexpected end of the query", *_end(query))) from error
        raise QueryError(Problem(f"unexpected {str(error.token)!r}", error.line, error.column)) from error
    except UnexpectedCharacters as error:
        raise QueryError(Problem(f"unexpected {error.char!r}", error.line, error.column)) from error
    assert isinstance(tree, Tree)  # noqa: S101 - what Lark gives for a start rule that is not inlined
    return _search(tree) if start == "search" else Filter(_condition(_trees(tree)[0]))


def _end(query: str) -> tuple[int, int]:
    lines = query.split("\n")
    return len(lines), len(lines[-1]) + 1


def _trees(tree: Tree[Token]) -> list[Tree[Token]]:
    from lark import Tree

    return [child for child in tree.children if isinstance(child, Tree)]


def _tokens(tree: Tree[Token]) -> list[Token]:
    from lark import Token

    return [child for child in tree.children if isinstance(child, Token)]


def _search(tree: Tree[Token]) -> Search:
    parts = {child.data: child for child in _trees(tree) if child.data != "item"}
    source = parts["table"] if "table" in parts else parts["subquery"]
    inner = _trees(source)[0]
    seconds = None
    if "last" in parts:
        number, unit = _tokens(parts["last"])
        seconds = int(number) * SECONDS[unit.upper()]
    return Search(
        items=tuple(_item(child) for child in _trees(tree) if child.data == "item"),
        source=_name(inner) if source.data == "table" else _search(inner),
        where=_condition(_trees(parts["where"])[0]) if "where" in parts else None,
        group=tuple(map(_name, _trees(parts["group"]))) if "group" in parts else (),
        having=_condition(_trees(parts["having"])[0]) if "having" in parts else None,
        seconds=seconds,
    )


def _item(tree: Tree[Token]) -> Item:
    value, *alias = _trees(tree)
    return Item(_value(value), _alias(alias[0]) if alias else None)


def _alias(tree: Tree[Token]) -> Name:
    name = _name(tree)
    # 'Log Source' is an alias in single quotation marks, and "Log Source" is how it is referred to
    return Name(name.text, True, name.line, name.column) if tree.data == "text" else name


def _name(tree: Tree[Token]) -> Name:
    (token,) = _tokens(tree)
    quoted = token.type != "WORD"
    if not quoted and token.upper() in RESERVED:
        raise QueryError(Problem(f"{token} is no name", token.line, token.column))
    return Name(token[1:-1] if quoted else str(token), quoted, token.line or 0, token.column or 0)


def _value(tree: Tree[Token]) -> Value:
    kind = tree.data
    if kind == "name":
        return _name(tree)
    if kind == "text":
        return Literal(_tokens(tree)[0][1:-1])
    if kind == "number":
        return Literal(int(_tokens(tree)[0]))
    if kind == "conditional":
        condition, yes, no = _trees(tree)
        return If(_condition(condition), _value(yes), _value(no))
    word, *star = _tokens(tree)
    arguments = tuple(map(_value, _trees(tree)))
    return Call(word.upper(), arguments, bool(star), word.line or 0, word.column or 0)


WORDS = {"conjunction": "AND", "disjunction": "OR", "negation": "NOT"}


def _condition(tree: Tree[Token]) -> Condition:
    kind, children = str(tree.data), _trees(tree)
    if kind in WORDS:
        return Bool(WORDS[kind], tuple(map(_condition, children)))
    left, *others = map(_value, children)
    if kind == "test":
        assert isinstance(left, Call)  # noqa: S101 - so says the grammar, here and below
        return Holds(left)
    if kind in {"is_null", "is_not_null"}:
        return IsNull(left, kind == "is_not_null")
    if kind == "is_in":
        return In(left, tuple(other for other in others if isinstance(other, Literal)))
    (operator,), (right,) = _tokens(tree), others
    if kind == "like":
        assert isinstance(right, Literal)  # noqa: S101
        return Like(operator.upper(), left, str(right.value))
    return Compare(str(operator), left, right)
