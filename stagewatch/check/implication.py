"""What follows from what: whether one condition holds wherever another does, and whether two can hold at once.

Both answers are safe: True is certain, False says only that it is not plain to see. ``excludes`` takes a field to hold
one value at a time, which is not so in every log source (:func:`stagewatch.check.fields.single_valued`).
"""

from __future__ import annotations

from ipaddress import ip_network

from stagewatch import expression as ex
from stagewatch.check.globs import covers, disjoint

MOST_PAIRS = 20_000
"""Two lists with more pairs of patterns are not compared."""


def implies(one: ex.Expression, other: ex.Expression) -> bool:
    """Whether ``other`` holds of every event of which ``one`` holds."""
    match one, other:
        case ex.Or(terms), _:
            return all(implies(term, other) for term in terms)
        case _, ex.And(terms):
            return all(implies(one, term) for term in terms)
        case ex.Not(inner), ex.Not(wider):
            return implies(wider, inner)
        case ex.And(terms), ex.Or(branches):
            return any(implies(one, branch) for branch in branches) or any(implies(term, other) for term in terms)
        case ex.And(terms), _:
            return any(implies(term, other) for term in terms)
        case _, ex.Or(branches):
            return any(implies(one, branch) for branch in branches)
        case _, ex.Not(inner):
            return excludes(one, inner, single_valued=False)
        case ex.Not(), _:
            return False
    return _leaf_implies(one, other)


def _leaf_implies(one: ex.Expression, other: ex.Expression) -> bool:
    match one, other:
        case ex.Text(field, globs, cased), ex.Text(asked, wider, asked_cased) if field == asked:
            if asked_cased and (not cased or not set(globs) <= set(wider)):
                return False
            return len(globs) * len(wider) <= MOST_PAIRS and _all_covered(globs, wider)
        case ex.Keyword(globs, cased), ex.Keyword(wider, asked_cased):
            if asked_cased and (not cased or not set(globs) <= set(wider)):
                return False
            return len(globs) * len(wider) <= MOST_PAIRS and _all_covered(globs, wider)
        case ex.Cidr(field, networks), ex.Cidr(asked, wider) if field == asked:
            return all(any(_inside(network, net) for net in wider) for network in networks)
        case _, ex.Present(asked) if not isinstance(one, ex.Null | ex.Keyword | ex.Not | ex.And | ex.Or):
            return one.field == asked
    return one == other


def _inside(network: str, other: str) -> bool:
    inner, outer = ip_network(network), ip_network(other)
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # of one version


def _all_covered(globs: tuple[ex.Glob, ...], wider: tuple[ex.Glob, ...]) -> bool:
    known = set(wider)
    return all(glob in known or any(covers(wide, glob) for wide in wider) for glob in globs)


def excludes(one: ex.Expression, other: ex.Expression, *, single_valued: bool) -> bool:
    """Whether no event is of both. ``single_valued`` says that a field holds one value at a time."""
    match one, other:
        case ex.Or(terms), _:
            return all(excludes(term, other, single_valued=single_valued) for term in terms)
        case _, ex.Or(terms):
            return all(excludes(one, term, single_valued=single_valued) for term in terms)
        case ex.And(terms), _:
            return any(excludes(term, other, single_valued=single_valued) for term in terms)
        case _, ex.And(terms):
            return any(excludes(one, term, single_valued=single_valued) for term in terms)
        case ex.Not(), ex.Not():
            return False
        case ex.Not(inner), _:
            return implies(other, inner)
        case _, ex.Not(inner):
            return implies(one, inner)
    return _leaf_excludes(one, other, single_valued)


def _leaf_excludes(one: ex.Expression, other: ex.Expression, single_valued: bool) -> bool:
    match one, other:
        case (ex.Present(field), ex.Null(asked)) | (ex.Null(asked), ex.Present(field)):
            return False  # a field that is there may be empty
        case (ex.Null(asked), ex.Text(field, globs)) | (ex.Text(field, globs), ex.Null(asked)) if field == asked:
            return not any(all(part is ex.Wildcard.ANY for part in glob.parts) for glob in globs)
    if not single_valued:
        return False
    match one, other:
        case ex.Text(field, globs), ex.Text(asked, others) if field == asked:
            if len(globs) * len(others) > MOST_PAIRS:
                return False
            return all(disjoint(glob, wanted) for glob in globs for wanted in others)
        case ex.Number(field, "==", value), ex.Number(asked, "==", wanted) if field == asked:
            return value != wanted
        case ex.Boolean(field, value), ex.Boolean(asked, wanted) if field == asked:
            return value != wanted
    return False
