"""The grammar of YARA-L 2.0 rules, as much of it as converted rules use and hand-written ones of their kind.

Sources, all Google SecOps documentation: "YARA-L 2.0 language syntax" (sections and their order, meta, literals,
comments, options), "Expressions, operators, and constructs" (``not`` over ``and`` over ``or``, keywords in any case,
lines as a weaker ``and``), "Match section syntax" (``over``, ``after``, ``before``, units) and "Condition section
syntax" (``$e``, ``#e``, ``#placeholder``).

Left out and refused: the outcome section, tumbling windows, ``!$e``, reference lists, indices of repeated fields,
division and remainders. A parenthesis in arithmetic is refused by Google too (known issues of YARA-L).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedEOF, UnexpectedInput, VisitError

from stagewatch.languages.base import Problem, QueryError
from stagewatch.languages.yaral_tree import (
    And,
    Call,
    Compare,
    Condition,
    Count,
    Exists,
    Field,
    Flag,
    Match,
    Not,
    Number,
    Operand,
    Or,
    Pattern,
    Place,
    Placeholder,
    Predicate,
    Rule,
    Sum,
    Test,
    Text,
)

GRAMMAR = r"""
// "YARA-L 2.0 language syntax": the sections stand in this order.
rule: "rule" NAME "{" meta? events match? condition options? "}"

meta: "meta" ":" entry+
entry: NAME "=" STRING

events: "events" ":" _predicate+

// "Match section syntax".
match: "match" ":" VARIABLE ("," VARIABLE)* OVER DURATION [(AFTER | BEFORE) VARIABLE]

// "Condition section syntax".
condition: "condition" ":" _occurrence
_occurrence: some | every_occurrence | occurrence
some: _term ("or"i _term)+
_term: every_occurrence | occurrence
every_occurrence: occurrence ("and"i occurrence)+
?occurrence: VARIABLE -> exists
    | COUNTED OPERATOR NUMBER -> count
    | "(" _occurrence ")"

options: "options" ":" option+
option: NAME "=" BOOLEAN

// "Expressions, operators, and constructs".
_predicate: either | both | _unary
either: _factor ("or"i _factor)+
_factor: both | _unary
both: _unary ("and"i _unary)+
_unary: negated | _atom
negated: "not"i _unary
_atom: compare | test | group
group: "(" _predicate ")"
compare: _operand OPERATOR (_operand | pattern) [NOCASE]
test: call [NOCASE]

_operand: _value | sum
sum: _value (SIGN _value)+
_value: field | placeholder | text | raw | number | flag | call
field: [QUANTIFIER] PATH ["[" STRING "]"]
placeholder: VARIABLE
text: STRING
raw: RAW
pattern: REGEX
number: NUMBER
flag: BOOLEAN
call: FUNCTION "(" _operand ("," _operand)* ")"

OVER: /over\b/i
AFTER: /after\b/i
BEFORE: /before\b/i
NOCASE: /nocase\b/i
QUANTIFIER: /(?:any|all)\b/i
BOOLEAN: /(?:true|false)\b/i
OPERATOR: /[!<>]=|[=<>]/
SIGN: /[-+*]/
DURATION: /[0-9]+[mhd]\b/
NUMBER: /[0-9]+(?:\.[0-9]+)?(?!\w)/
PATH.2: /\$[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+/
VARIABLE: /\$[A-Za-z_]\w*/
COUNTED: /#[A-Za-z_]\w*/
FUNCTION: /[a-z]+\.[a-z0-9_]+(?=\s*\()/
NAME: /[A-Za-z_]\w*/
STRING: /"(?:[^"\\\n]|\\[^\n])*"/
RAW: /`[^`]*`/
REGEX: /\/(?![*\/])(?:[^\\\/\n]|\\[^\n])+\//
COMMENT: /\/\/[^\n]*|\/\*.*?\*\//s

%ignore /[ \t\r\n]+/
%ignore COMMENT
"""

ESCAPES = {"\\\\": "\\", '\\"': '"', "\\t": "\t", "\\n": "\n"}
"""The page shows ``\\t`` alone; ``\\n`` is unverified."""

UNITS = {"m": 60, "h": 3600, "d": 86400}


def read(query: str) -> Rule:
    """The one rule of a query. Raises :class:`QueryError`."""
    outcome = _read(query)
    if isinstance(outcome, QueryError):
        raise outcome
    return outcome


@lru_cache(maxsize=512)
def _read(query: str) -> Rule | QueryError:
    try:
        rule: Rule = _Reader(visit_tokens=False).transform(_lark().parse(query))
    except UnexpectedInput as error:
        return QueryError(_unexpected(query, error))
    except VisitError as error:
        if isinstance(error.orig_exc, QueryError):
            return error.orig_exc
        raise
    return rule


@cache
def _lark() -> Lark:
    return Lark(GRAMMAR, start="rule", parser="lalr", propagate_positions=True)


def _unexpected(query: str, error: UnexpectedInput) -> Problem:
    lines = query.splitlines() or [""]
    token = getattr(error, "token", None)
    if isinstance(error, UnexpectedEOF) or (token is not None and token.type == "$END"):
        return Problem("the rule ends too early", len(lines), len(lines[-1]) + 1)
    rest = lines[error.line - 1][error.column - 1 :] if 0 < error.line <= len(lines) else ""
    return Problem(f"not expected here: {rest[:40].strip() or 'line break'}", error.line, error.column)


def _place(item: Any) -> Place:
    return Place(item.line, item.column)


@v_args(meta=True)
class _Reader(Transformer[Token, Any]):
    """Turns the parse tree into :mod:`stagewatch.languages.yaral_tree`."""

    def rule(self, meta: Any, children: list[Any]) -> Rule:
        name, *sections = children
        found: dict[str, Any] = dict(sections)
        return Rule(
            str(name),
            _place(meta),
            found.get("meta", ()),
            found["events"],
            found.get("match"),
            found["condition"],
            found.get("options", ()),
        )

    def meta(self, _: Any, children: list[Any]) -> tuple[str, Any]:
        return "meta", tuple(children)

    def entry(self, _: Any, children: list[Any]) -> tuple[str, str]:
        return str(children[0]), _unescaped(children[1])

    def events(self, _: Any, children: list[Predicate]) -> tuple[str, Any]:
        for before, after in pairwise(children):
            if after.place.line == before.last_line:
                raise QueryError(Problem("a predicate on a line of its own", after.place.line, after.place.column))
        return "events", tuple(children)

    def match(self, _: Any, children: list[Any]) -> tuple[str, Match]:
        keys = [token for token in children if token is not None and token.type == "VARIABLE"]
        tokens = {token.type: token for token in children if token is not None}
        direction = "AFTER" if "AFTER" in tokens else "BEFORE" if "BEFORE" in tokens else None
        pivot = keys.pop() if direction else None
        length = tokens["DURATION"]
        return "match", Match(
            tuple(Placeholder(_place(key), key[1:]) for key in keys),
            int(length[:-1]) * UNITS[length[-1]],
            direction.lower() if direction else "",
            pivot[1:] if pivot else "",
            _place(pivot or length),
        )

    def condition(self, _: Any, children: list[Condition]) -> tuple[str, Condition]:
        return "condition", children[0]

    def options(self, _: Any, children: list[Any]) -> tuple[str, Any]:
        return "options", tuple(children)

    def option(self, _: Any, children: list[Token]) -> tuple[str, bool, Place]:
        return str(children[0]), children[1].lower() == "true", _place(children[0])

    def exists(self, meta: Any, children: list[Token]) -> Exists:
        return Exists(_place(meta), children[0][1:])

    def count(self, meta: Any, children: list[Token]) -> Count:
        return Count(_place(meta), children[0][1:], str(children[1]), _number(children[2]))

    def some(self, meta: Any, children: list[Any]) -> Or[Condition]:
        return Or(_place(meta), meta.end_line, tuple(children))

    def every_occurrence(self, meta: Any, children: list[Any]) -> And[Condition]:
        return And(_place(meta), meta.end_line, tuple(children))

    either, both = some, every_occurrence

    def group(self, meta: Any, children: list[Predicate]) -> Predicate:
        return replace(children[0], place=_place(meta), last_line=meta.end_line)

    def negated(self, meta: Any, children: list[Predicate]) -> Not:
        return Not(_place(meta), meta.end_line, children[0])

    def compare(self, meta: Any, children: list[Any]) -> Compare:
        left, operator, right, nocase = children
        return Compare(_place(meta), meta.end_line, left, str(operator), right, nocase is not None)

    def test(self, meta: Any, children: list[Any]) -> Test:
        return Test(_place(meta), meta.end_line, children[0], children[1] is not None)

    def sum(self, meta: Any, children: list[Any]) -> Operand:
        if "*" in children[1::2] and len(children) > 3:
            raise QueryError(Problem("one operator where * is one", meta.line, meta.column))
        return Sum(_place(meta), tuple(children[::2]), tuple(map(str, children[1::2])))

    def field(self, meta: Any, children: list[Any]) -> Field:
        quantifier, path, key = children
        event, _, rest = path[1:].partition(".")
        name = None if key is None else _unescaped(key)
        return Field(_place(meta), event, rest, name, "" if quantifier is None else quantifier.lower())

    def placeholder(self, meta: Any, children: list[Token]) -> Placeholder:
        return Placeholder(_place(meta), children[0][1:])

    def text(self, meta: Any, children: list[Token]) -> Text:
        return Text(_place(meta), _unescaped(children[0]))

    def raw(self, meta: Any, children: list[Token]) -> Text:
        return Text(_place(meta), children[0][1:-1])

    def pattern(self, meta: Any, children: list[Token]) -> Pattern:
        return Pattern(_place(meta), children[0][1:-1])

    def number(self, meta: Any, children: list[Token]) -> Number:
        return Number(_place(meta), _number(children[0]))

    def flag(self, meta: Any, children: list[Token]) -> Flag:
        return Flag(_place(meta), children[0].lower() == "true")

    def call(self, meta: Any, children: list[Any]) -> Call:
        return Call(_place(meta), str(children[0]), tuple(children[1:]))


def _number(token: Token) -> int | float:
    return float(token) if "." in token else int(token)


def _unescaped(token: Token) -> str:
    inside, parts, position = token[1:-1], [], 0
    while position < len(inside):
        piece = inside[position]
        if piece == "\\":
            piece = inside[position : position + 2]
            if piece not in ESCAPES:
                column = (token.column or 0) + 1 + position
                raise QueryError(Problem(f"no such escape in a string: {piece}", token.line, column))
        parts.append(ESCAPES.get(piece, piece))
        position += len(piece)
    return "".join(parts)
