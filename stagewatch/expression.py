"""The expression that every target renders: what a rule asks of one event, free of pySigma and of any query language.

A rule's condition becomes a tree of the frozen nodes below. Each node has one meaning, that of the Sigma
specification; a target must render every kind of node or refuse it, so nothing falls through to a default.

The functions here are pure: pruning of what a platform lacks, negation normal form, grouping of alternatives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Literal, TypeVar

Item = TypeVar("Item")


class Wildcard(Enum):
    """A wildcard inside a :class:`Glob`."""

    ANY = "*"
    ONE = "?"

    __hash__ = object.__hash__  # a member is unique; Enum would hash its name, in Python, for every set of patterns


class Shape(Enum):
    """How a :class:`Glob` constrains a value; decides which operator of a language says it best."""

    EQUALS = "equals"
    CONTAINS = "contains"
    STARTSWITH = "startswith"
    ENDSWITH = "endswith"
    PRESENT = "present"
    """The pattern ``*``: any value, the empty one included, but not a lacking field."""
    WILDCARD = "wildcard"
    """A wildcard in the middle, or a ``?`` anywhere."""


@dataclass(frozen=True)
class Glob:
    """A Sigma string pattern, matched against the whole value of a field.

    ``parts`` alternate literal text and wildcards: neighbouring texts are merged and runs of ``*`` are one.
    """

    parts: tuple[str | Wildcard, ...]

    @classmethod
    def of(cls, *parts: str | Wildcard) -> Glob:
        """Build a pattern from literal text and wildcards, in normal form."""
        normal: list[str | Wildcard] = []
        for part in parts:
            last = normal[-1] if normal else None
            if part == "":
                continue
            if isinstance(part, str) and isinstance(last, str):
                normal[-1] = last + part
            elif part is Wildcard.ANY and last is Wildcard.ANY:
                continue
            else:
                normal.append(part)
        return cls(tuple(normal))

    @cached_property
    def shape(self) -> Shape:
        """The simplest operator that says this pattern."""
        parts = self.parts
        if not any(isinstance(part, Wildcard) for part in parts):
            return Shape.EQUALS
        match parts:
            case (Wildcard.ANY,):
                return Shape.PRESENT
            case (Wildcard.ANY, str(), Wildcard.ANY):
                return Shape.CONTAINS
            case (str(), Wildcard.ANY):
                return Shape.STARTSWITH
            case (Wildcard.ANY, str()):
                return Shape.ENDSWITH
            case _:
                return Shape.WILDCARD

    @cached_property
    def literal(self) -> str:
        """The literal text, wildcards left out; the operand of every shape but ``WILDCARD``."""
        return "".join(part for part in self.parts if isinstance(part, str))

    def render(self, escape: Callable[[str], str], any_: str, one: str) -> str:
        """Write the pattern with a language's wildcards; ``escape`` is applied to each literal part."""
        marks = {Wildcard.ANY: any_, Wildcard.ONE: one}
        return "".join(marks[part] if isinstance(part, Wildcard) else escape(part) for part in self.parts)

    def __str__(self) -> str:
        return self.render(str, "*", "?")


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Where a condition comes from. It stands beside a leaf and takes no part in what the leaf means or equals.

    ``source`` is what the detection item says of its place, None for one that a pipeline has added; ``applied`` names
    the pipeline's items that touched it, of which pySigma keeps no order.
    """

    source: object
    applied: Set[str]


def _origins() -> tuple[Origin, ...]:
    """The field of a leaf that holds its origins: several where alternatives were merged."""
    return field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """The field's whole value matches at least one of the patterns; without regard to case unless ``cased``."""

    field: str
    globs: tuple[Glob, ...]
    cased: bool = False
    origins: tuple[Origin, ...] = _origins()


RegexFlag = Literal["i", "m", "s"]


@dataclass(frozen=True, slots=True)
class Regex:
    """The pattern is found anywhere in the field's value (a search); sensitive to case unless flag ``i`` is set."""

    field: str
    pattern: str
    flags: frozenset[RegexFlag] = frozenset()
    origins: tuple[Origin, ...] = _origins()


NumberOperator = Literal["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Number:
    """The field's value, a number, compares with ``value``. A lacking field satisfies none, ``!=`` included."""

    field: str
    op: NumberOperator
    value: int | float
    origins: tuple[Origin, ...] = _origins()


@dataclass(frozen=True, slots=True)
class Boolean:
    """The field's value is the truth value ``value``."""

    field: str
    value: bool
    origins: tuple[Origin, ...] = _origins()


@dataclass(frozen=True, slots=True)
class Cidr:
    """The field holds an address inside one of the networks, IPv4 or IPv6 (``192.0.2.0/24``, ``2001:db8::/32``)."""

    field: str
    networks: tuple[str, ...]
    origins: tuple[Origin, ...] = _origins()


@dataclass(frozen=True, slots=True)
class Present:
    """The event carries the field (``|exists: true``)."""

    field: str
    origins: tuple[Origin, ...] = _origins()


@dataclass(frozen=True, slots=True)
class Null:
    """The field is lacking or empty (``field: null``)."""

    field: str
    origins: tuple[Origin, ...] = _origins()


@dataclass(frozen=True, slots=True)
class FieldRef:
    """The field's value equals, starts with or ends with another field's value, without regard to case."""

    field: str
    other: str
    shape: Literal[Shape.EQUALS, Shape.STARTSWITH, Shape.ENDSWITH, Shape.CONTAINS] = Shape.EQUALS
    origins: tuple[Origin, ...] = _origins()


@dataclass(frozen=True, slots=True)
class Keyword:
    """At least one of the patterns occurs anywhere in the raw event (a Sigma keyword, bound to no field)."""

    globs: tuple[Glob, ...]
    cased: bool = False
    origins: tuple[Origin, ...] = _origins()


@dataclass(frozen=True, slots=True)
class Not:
    """The term does not hold. A lacking field makes every leaf false, so its negation true."""

    term: Expression


@dataclass(frozen=True, slots=True)
class And:
    """All terms hold."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one term holds."""

    terms: tuple[Expression, ...]


Leaf = Text | Regex | Number | Boolean | Cidr | Present | Null | FieldRef | Keyword
Expression = Leaf | Not | And | Or


def conjunction(*terms: Expression) -> Expression:
    """AND of the terms, nested ANDs flattened; a single term stands for itself."""
    flat = tuple(inner for term in terms for inner in (term.terms if isinstance(term, And) else (term,)))
    return flat[0] if len(flat) == 1 else And(flat)


def disjunction(*terms: Expression) -> Expression:
    """OR of the terms, nested ORs flattened, alternatives on one field grouped; a single term stands for itself."""
    if len(terms) == 1:
        return terms[0]
    flat = [inner for term in terms for inner in (term.terms if isinstance(term, Or) else (term,))]
    grouped = tuple(_group(flat))
    return grouped[0] if len(grouped) == 1 else Or(grouped)


def _group(terms: list[Expression]) -> Iterator[Expression]:
    """Merge alternatives that ask the same of one field into one leaf, at the place of the first."""
    groups: dict[tuple[object, ...], list[Expression]] = {}
    for term in terms:
        match term:
            case Text(field, _, cased):
                key: tuple[object, ...] = (Text, field, cased)
            case Keyword(_, cased):
                key = (Keyword, cased)
            case Cidr(field, _):
                key = (Cidr, field)
            case _:
                key = (id(term),)  # a hash of the whole term would cost more than saying it twice
        groups.setdefault(key, []).append(term)
    for members in groups.values():
        yield _merge(members)


def _merge(members: list[Expression]) -> Expression:
    first = members[0]
    if len(members) == 1:
        return first
    origins = _unique(origin for member in members if isinstance(member, Leaf) for origin in member.origins)
    if isinstance(first, Text):
        globs = _unique(g for m in members if isinstance(m, Text) for g in m.globs)
        return Text(first.field, globs, first.cased, origins)
    if isinstance(first, Keyword):
        return Keyword(_unique(g for m in members if isinstance(m, Keyword) for g in m.globs), first.cased, origins)
    if isinstance(first, Cidr):
        return Cidr(first.field, _unique(n for m in members if isinstance(m, Cidr) for n in m.networks), origins)
    return first  # the same term twice


def _unique(items: Iterator[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(items))


def leaves(expression: Expression, *, negated: bool = True) -> Iterator[Leaf]:
    """Every leaf of the tree, left to right; without the ``negated`` ones those that are below no NOT."""
    ahead = [expression]
    while ahead:
        match ahead.pop():
            case And(terms) | Or(terms):
                ahead.extend(reversed(terms))
            case Not(term):
                ahead += [term] if negated else []
            case leaf:
                yield leaf


def conjuncts(expression: Expression) -> tuple[Expression, ...]:
    """What all must hold for the expression to hold."""
    return expression.terms if isinstance(expression, And) else (expression,)


def fields(expression: Expression) -> tuple[str, ...]:
    """The names of the fields that the tree reads, in order of first use, each once."""
    names: dict[str, None] = {}
    for leaf in leaves(expression):
        if not isinstance(leaf, Keyword):
            names[leaf.field] = None
        if isinstance(leaf, FieldRef):
            names[leaf.other] = None
    return tuple(names)


def inherit(expression: Expression, origins: tuple[Origin, ...]) -> Expression:
    """The expression; every leaf of it without an origin has the given ones, those of the leaf that it was made of."""
    match expression:
        case And(terms):
            return And(tuple(inherit(term, origins) for term in terms))
        case Or(terms):
            return Or(tuple(inherit(term, origins) for term in terms))
        case Not(term):
            return Not(inherit(term, origins))
        case _:
            return expression if expression.origins else replace(expression, origins=origins)


def rewrite(expression: Expression, leaf_rule: Callable[[Leaf], Expression]) -> Expression:
    """Replace each leaf by what ``leaf_rule`` makes of it; the rest of the tree keeps its shape."""
    match expression:
        case And(terms) | Or(terms):
            changed = [rewrite(term, leaf_rule) for term in terms]
            if all(new is old for new, old in zip(changed, terms, strict=True)):
                return expression
            return conjunction(*changed) if isinstance(expression, And) else disjunction(*changed)
        case Not(term):
            return Not(rewrite(term, leaf_rule))
        case _:
            made = leaf_rule(expression)
            return made if made is expression else inherit(made, expression.origins)


def negation_normal_form(expression: Expression) -> Expression:
    """An equal tree in which ``Not`` stands only directly above a leaf.

    Languages with three-valued logic need this: there the negation of one leaf can be made safe against a
    lacking field, the negation of a whole tree cannot.
    """
    match expression:
        case And(terms):
            return conjunction(*map(negation_normal_form, terms))
        case Or(terms):
            return disjunction(*map(negation_normal_form, terms))
        case Not(And(terms)):
            return disjunction(*(negation_normal_form(Not(term)) for term in terms))
        case Not(Or(terms)):
            return conjunction(*(negation_normal_form(Not(term)) for term in terms))
        case Not(Not(term)):
            return negation_normal_form(term)
        case _:
            return expression


@dataclass(frozen=True, slots=True)
class Pruned:
    """What :func:`prune` left of a tree.

    ``expression`` is None where nothing can be seen without the lacking parts. ``dropped`` are the OR branches
    that were left out, for the report.
    """

    expression: Expression | None
    dropped: tuple[Expression, ...] = ()


def prune(expression: Expression, lacks: Callable[[Leaf], bool]) -> Pruned:
    """Leave out the OR branches that need what a platform lacks, so that the rest sees less, never more.

    Under AND a lacking leaf takes the whole AND with it, under NOT the whole NOT: without the leaf either would
    see more than the rule says.
    """
    if not any(map(lacks, leaves(expression))):
        return Pruned(expression)
    match expression:
        case Or(terms):
            results = [prune(term, lacks) for term in terms]
            kept = [result.expression for result in results if result.expression is not None]
            if not kept:
                return Pruned(None)
            dropped = [
                branch
                for term, result in zip(terms, results, strict=True)
                for branch in ((term,) if result.expression is None else result.dropped)
            ]
            return Pruned(disjunction(*kept), tuple(dropped))
        case And(terms):
            results = [prune(term, lacks) for term in terms]
            kept = [result.expression for result in results if result.expression is not None]
            if len(kept) < len(terms):
                return Pruned(None)
            return Pruned(conjunction(*kept), tuple(branch for result in results for branch in result.dropped))
        case _:  # a leaf that lacks, or a NOT above one
            return Pruned(None)
