"""A Sigma field that UDM keeps in either of two places.

A pipeline maps such a field to both, which pySigma reads as OR. That is right for a condition that needs a value, but a
condition that a lacking value satisfies must hold in both places: of the two, one always lacks it.
"""

from __future__ import annotations

from dataclasses import replace

from stagewatch import expression as ex
from stagewatch.translation import Query

STATE = "secops_two_places"
"""What a pipeline sets, the two UDM fields with a space between, for the log sources where no other Sigma field uses
them."""


def expression_of(query: Query) -> ex.Expression:
    """The query's expression, with AND where it asks both places for the lack of a value."""
    places = query.state.get(STATE)
    if not isinstance(places, str):
        return query.expression
    one, other = places.split()
    return _joined(query.expression, one, other)


def _joined(expression: ex.Expression, one: str, other: str) -> ex.Expression:
    match expression:
        case ex.Or(terms):
            joined: dict[ex.Expression, ex.Expression] = {term: _joined(term, one, other) for term in terms}
            for term in terms:
                twin = _moved(term, one, other)
                if twin != term and twin in joined and term in joined and _holds_for_nothing(term):
                    joined[term] = ex.conjunction(joined[term], joined.pop(twin))
            return ex.disjunction(*joined.values())
        case ex.And(terms):
            return ex.conjunction(*(_joined(term, one, other) for term in terms))
        case ex.Not(term):
            return ex.Not(_joined(term, one, other))
        case _:
            return expression


def _holds_for_nothing(term: ex.Expression) -> bool:
    """Whether an empty place satisfies the term."""
    match term:
        case ex.And(terms):
            return all(map(_holds_for_nothing, terms))
        case ex.Or(terms):
            return any(map(_holds_for_nothing, terms))
        case ex.Not(inner):
            return not _holds_for_nothing(inner)
        case ex.Text(_, globs):
            return any(not glob.parts for glob in globs)
        case _:
            return isinstance(term, ex.Null)


def _moved(expression: ex.Expression, one: str, other: str) -> ex.Expression:
    """The expression with the first place's field replaced by the second's."""

    def move(leaf: ex.Leaf) -> ex.Expression:
        return leaf if isinstance(leaf, ex.Keyword) or leaf.field != one else replace(leaf, field=other)

    return ex.rewrite(expression, move)
