"""Reads a CQL query by :mod:`stagewatch.languages.cql_grammar`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from stagewatch.languages.base import Problem
from stagewatch.languages.cql_grammar import GRAMMAR
from stagewatch.languages.cql_tree import (
    Apply,
    Argument,
    Array,
    Assign,
    Bare,
    Binary,
    Call,
    Case,
    Constant,
    Correlate,
    Equal,
    Every,
    Expression,
    Filter,
    FreeText,
    Glob,
    Like,
    Link,
    Node,
    Not,
    Order,
    Pattern,
    Pipeline,
    Place,
    Quoted,
    Regex,
    Some,
    Step,
    Subquery,
    Unary,
    Where,
)

if TYPE_CHECKING:
    from lark import Lark, Token


class SyntaxProblem(Exception):
    """A query that is no CQL, or none of the part that is read here."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@lru_cache(maxsize=256)
def read(query: str) -> Pipeline:
    """The pipeline of a query. Raises :class:`SyntaxProblem`."""
    from lark import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
    from lark.exceptions import VisitError

    try:
        tree = _grammar().parse(query)
        pipeline: Pipeline = _Builder().transform(tree)
        return pipeline
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise SyntaxProblem(_at_end(query)) from None
        raise SyntaxProblem(Problem(f"{str(error.token)!r} is not expected here", error.line, error.column)) from None
    except UnexpectedCharacters as error:
        rest = query.split("\n")[error.line - 1][error.column - 1 :]
        raise SyntaxProblem(Problem(f"{rest[:20]!r} is not expected here", error.line, error.column)) from None
    except UnexpectedInput as error:
        raise SyntaxProblem(Problem(str(error), error.line, error.column)) from None
    except VisitError as error:
        if isinstance(error.orig_exc, SyntaxProblem):
            raise error.orig_exc from None
        raise


def _at_end(query: str) -> Problem:
    lines = query.split("\n")
    return Problem("the query ends too early", len(lines), len(lines[-1]) + 1)


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)


def unquoted(literal: str) -> str:
    r"""The text of a quoted string: ``\n`` is a line feed, any other escaped character itself."""
    out, characters = [], iter(literal[1:-1])
    for character in characters:
        escaped = next(characters) if character == "\\" else ""
        out.append("\n" if escaped == "n" else escaped or character)
    return "".join(out)


def _place(token: Token) -> Place:
    return Place(token.line or 1, token.column or 1)


def _pattern(token: Token) -> Pattern:
    if token.type == "REGEX":
        body, _, flags = str(token)[1:].rpartition("/")
        return Regex(body, flags, _place(token))
    return Glob(unquoted(token) if token.type == "STRING" else str(token), _place(token))


class _Builder:
    """Turns Lark's tree into :mod:`stagewatch.languages.cql_tree`, from the leaves up."""

    def transform(self, tree: Any) -> Any:
        from lark import Tree

        if not isinstance(tree, Tree):
            return tree
        children = [self.transform(child) for child in tree.children]
        return getattr(self, f"_{tree.data}")(*children)

    # steps

    def _start(self, pipeline: Pipeline) -> Pipeline:
        return pipeline

    def _pipeline(self, *steps: Step) -> Pipeline:
        return steps

    def _where(self, found: Filter) -> Step:
        return Where(found)

    def _apply(self, call: Call) -> Step:
        return Apply(call, negated=False)

    def _apply_not(self, call: Call) -> Step:
        return Apply(call, negated=True)

    def _assign(self, name: tuple[str, Place], value: Expression) -> Step:
        return Assign(name[0], value, name[1])

    def _shorthand(self, name: tuple[str, Place], call: Call, *, negated: bool = False) -> Step:
        """FieldShorthand: the field becomes the argument of that name."""
        field = Argument("field", Quoted(*name), name[1])
        return Apply(Call(call.name, (field, *call.arguments), call.place), negated=negated)

    def _shorthand_not(self, name: tuple[str, Place], call: Call) -> Step:
        return self._shorthand(name, call, negated=True)

    def _case(self, *branches: Pipeline) -> Step:
        return Case(branches)

    def _link(self, field: Token, other: Token) -> Step:
        return Link(str(field), str(other), _place(field))

    # filters

    def _every(self, *operands: Filter) -> Filter:
        return operands[0] if len(operands) == 1 else Every(operands)

    def _some(self, *operands: Filter) -> Filter:
        return operands[0] if len(operands) == 1 else Some(operands)

    def _not_(self, operand: Filter) -> Filter:
        return Not(operand)

    def _group(self, operand: Filter) -> Filter:
        return operand

    def _equal(self, name: tuple[str, Place], pattern: Pattern) -> Filter:
        return Equal(name[0], pattern, negated=False, place=name[1])

    def _unequal(self, name: tuple[str, Place], pattern: Pattern) -> Filter:
        return Equal(name[0], pattern, negated=True, place=name[1])

    def _like(self, name: tuple[str, Place], pattern: Glob) -> Filter:
        return Like(name[0], pattern, name[1])

    def _order(self, name: tuple[str, Place], operator: Token, number: Token) -> Filter:
        return Order(name[0], str(operator), float(number), name[1])

    def _free(self, token: Token) -> Filter:
        if token.type == "WORD" and token.lower() in {"and", "or", "not", "like"}:
            raise SyntaxProblem(Problem(f"{str(token)!r} is a word of the language", token.line, token.column))
        return FreeText(_pattern(token), token.type in {"STRING", "REGEX"}, _place(token))

    def _true(self, _: Token) -> Filter:
        return Constant(value=True)

    def _false(self, _: Token) -> Filter:
        return Constant(value=False)

    def _pattern(self, token: Token) -> Pattern:
        return _pattern(token)

    _glob = _pattern

    def _name(self, token: Token) -> tuple[str, Place]:
        return (unquoted(token) if token.type == "STRING" else str(token)), _place(token)

    # expressions

    def _call(self, name: Token, *arguments: Argument) -> Call:
        return Call(str(name), arguments, _place(name))

    def _named(self, name: Token, value: Expression) -> Argument:
        return Argument(str(name), value, _place(name))

    def _unnamed(self, value: Expression) -> Argument:
        return Argument(None, value, place_of(value))

    def _binary(self, left: Expression, operator: Token, right: Expression) -> Expression:
        return Binary(str(operator), left, right)

    def _unary(self, operator: Token, operand: Expression) -> Expression:
        return Unary(str(operator), operand)

    def _subquery(self, brace: Token, pipeline: Pipeline) -> Expression:
        return Subquery(pipeline, _place(brace))

    def _bare(self, token: Token) -> Expression:
        return Bare(str(token), _place(token))

    def _quoted(self, token: Token) -> Expression:
        return Quoted(unquoted(token), _place(token))

    def _array(self, bracket: Token, *items: Expression | Assign) -> Expression:
        return Array(items, _place(bracket))

    def _assign_call(self, name: Token, call: Call) -> Assign:
        return Assign(str(name), call, _place(name))

    # correlate()

    def _correlate(self, word: Token, *members: Node | Argument) -> Step:
        nodes = tuple(member for member in members if isinstance(member, Node))
        options = tuple(member for member in members if isinstance(member, Argument))
        return Correlate(nodes, options, _place(word))

    def _node(self, name: Token, pipeline: Pipeline, include: tuple[str, ...] | str = ()) -> Node:
        return Node(str(name), pipeline, None if isinstance(include, str) else include, _place(name))

    def _attribute(self, name: Token, value: Token | Array) -> tuple[str, ...] | str:
        if name != "include":
            raise SyntaxProblem(Problem(f"{str(name)!r} is no attribute of a query", name.line, name.column))
        if not isinstance(value, Array):
            return "*"
        return tuple(item.text for item in value.items if isinstance(item, Bare | Quoted))


def place_of(node: Expression | Assign) -> Place:
    """Where an expression begins, near enough for a message."""
    match node:
        case Unary(_, operand):
            return place_of(operand)
        case Binary(_, left, _):
            return place_of(left)
        case _:
            return node.place
