"""EQL's conditions, from a parse tree to a function of a document. Rules by Elasticsearch's "EQL syntax reference".

Elastic's own engine for Python is not used: it folds case everywhere, reads regular expressions as Python's, searches
instead of matching whole values and knows neither ``like`` nor ``in`` without case.

A condition is true, false or null. On a field that a document lacks it is null, ``not`` null is null, and only true is
a hit. See :mod:`stagewatch.languages.eql` for why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stagewatch.languages.base import QueryError, Value
from stagewatch.languages.eql_syntax import Tree, field_of, literal_of, named, problem
from stagewatch.languages.eql_values import (
    COMPARISONS,
    FUNCTIONS,
    MATH,
    address,
    changed,
    folded,
    like,
    regex,
    same_type,
    unchanged,
)

Record = Mapping[str, Value]
Condition = Callable[[Record], bool | None]
Values = Callable[[Record], list[Any]]
"""The values of an expression: none where it is null, several where a field is an array."""


class Conditions:
    """Makes functions of conditions, for documents whose columns have these types."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self._types = types

    def condition(self, tree: Tree) -> Condition:
        """A condition's verdict on a document."""
        match tree.data:
            case "or_expr":
                return self._joined(tree, decisive=True)
            case "and_expr":
                return self._joined(tree, decisive=False)
            case "not_expr":
                term = self.condition(tree.children[-1])
                return _negated(term) if len(named(tree, "NOT_OP")) % 2 else term
            case "comparison":
                return self._comparison(tree)
            case "in_set":
                return self._in(tree)
            case "not_in_set":
                return _negated(self._in(tree))
            case "string_predicate":
                return self._pattern(tree)
        values = self.values(tree)  # a boolean field, function or literal
        return lambda record: True in found if (found := values(record)) else None

    def values(self, tree: Tree) -> Values:
        """An expression's values in a document."""
        field = field_of(tree)
        if field:
            return _column(field[0])
        match tree.data:
            case "literal":
                constant = [value for value in [literal_of(tree)] if value is not None]
                return lambda _: constant
            case "value":
                positive, sign = self.values(tree.children[-1]), str(tree.children[0])
                return positive if sign == "+" else lambda record: [-value for value in positive(record)]
            case "sum_expr" | "mul_expr":
                return self._math(tree)
            case "function_call":
                return self._function(tree)
        raise QueryError(problem(tree, f"not run here: {tree.data}"))

    def _joined(self, tree: Tree, *, decisive: bool) -> Condition:
        terms = [self.condition(child) for child in tree.children]

        def verdict(record: Record) -> bool | None:
            result: bool | None = not decisive
            for term in terms:
                found = term(record)
                if found is decisive:
                    return decisive
                result = None if found is None else result
            return result

        return verdict

    def _comparison(self, tree: Tree) -> Condition:
        left, sign, right = tree.children[0], str(tree.children[1]), tree.children[2]
        for side, other in ((left, right), (right, left)):
            if _is_null(side):
                return self._null_test(other, exists=sign == "!=")
        values, others = self._compared(left, right), self._compared(right, left)
        compare = COMPARISONS[sign]

        def verdict(record: Record) -> bool | None:
            here, there = values(record), others(record)
            if not here or not there:
                return None
            return any(compare(*same_type(tree, one, other)) for one in here for other in there)

        return _negated(verdict) if sign == "!=" else verdict

    def _null_test(self, tree: Tree, *, exists: bool) -> Condition:
        """Section "Check if a field exists"."""
        if _is_null(tree):
            return lambda _: not exists
        values = self.values(tree)
        return lambda record: bool(values(record)) is exists

    def _compared(self, tree: Tree, other: Tree) -> Values:
        """An expression's values; addresses in one spelling where one of the two is an address ("IP field type")."""
        values = self.values(tree)
        kinds = {self._types.get(field[0]) for side in (tree, other) if (field := field_of(side))}
        if "ip" not in kinds:
            return values
        return lambda record: [address(tree, value) for value in values(record)]

    def _in(self, tree: Tree) -> Condition:
        subject, sign, container = tree.children[0], str(named(tree, "IN")[0]), named(tree, "expressions")[0]
        items = [child for child in container.children if child is not None]
        values = self._compared(subject, subject)
        change = folded if sign.endswith("~") else unchanged
        allowed = [self._compared(item, subject) for item in items]

        def verdict(record: Record) -> bool | None:
            found = values(record)
            wanted = [value for item in allowed for value in item(record)]
            pairs = (same_type(tree, one, other) for one in found for other in wanted)
            return any(changed(one, change) == changed(other, change) for one, other in pairs) if found else None

        return verdict

    def _pattern(self, tree: Tree) -> Condition:
        """``:``, ``like`` and ``regex``: sections "Comparison operators" and "Pattern comparison keywords"."""
        sign = str(named(tree, "STRING_PREDICATE")[0])
        values = self.values(tree.children[0])
        patterns = [literal_of(literal) for literal in named(tree, "literal")[tree.children[0].data == "literal" :]]
        matches = regex(patterns, sign) if sign.startswith("regex") else like(patterns, sign)

        def verdict(record: Record) -> bool | None:
            found = values(record)
            if any(not isinstance(value, str) for value in found):
                raise QueryError(problem(tree, f"{sign} is for text"))
            return any(map(matches, found)) if found else None

        return verdict

    def _math(self, tree: Tree) -> Values:
        parts = [self.values(child) for child in tree.children[::2]]
        signs = [MATH[str(sign)] for sign in tree.children[1::2]]

        def result(record: Record) -> list[Any]:
            values = [part(record) for part in parts]
            if not all(values):
                return []
            total = values[0][0]
            for sign, value in zip(signs, values[1:], strict=True):
                total = sign(total, value[0])
            return [total]

        return result

    def _function(self, tree: Tree) -> Values:
        name = str(tree.children[0])
        function = FUNCTIONS.get(name.removesuffix("~"))
        if function is None:
            raise QueryError(problem(tree, f"not run here: {name}"))
        change = folded if name.endswith("~") else unchanged
        arguments = [self.values(child) for part in named(tree, "expressions") for child in part.children if child]

        def result(record: Record) -> list[Any]:
            values = [[changed(value, change) for value in argument(record)] for argument in arguments]
            if not all(values):
                return []
            rest = [value[0] for value in values[1:]]
            try:
                return [found for first in values[0] if (found := function(first, *rest)) is not None]
            except (AttributeError, TypeError, ValueError) as error:
                raise QueryError(problem(tree, f"wrong arguments of {name}: {error}")) from error

        return result


def _column(name: str) -> Values:
    def values(record: Record) -> list[Any]:
        value = record.get(name)
        return value if isinstance(value, list) else [] if value is None else [value]

    return values


def _negated(condition: Condition) -> Condition:
    return lambda record: None if (found := condition(record)) is None else not found


def _is_null(tree: Tree) -> bool:
    return bool(tree.data == "literal" and tree.children[0].data == "null")
