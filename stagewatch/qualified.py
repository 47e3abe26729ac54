r"""Account names: Sigma's ``DOMAIN\name`` on platforms that keep domain and name in two fields."""

from __future__ import annotations

from collections.abc import Mapping

from stagewatch import expression as ex
from stagewatch.findings import Unsupported


def split_qualified(leaf: ex.Leaf, domains: Mapping[str, str]) -> ex.Expression:
    r"""Say a condition on ``DOMAIN\name`` in terms of the two fields.

    ``domains`` maps the field of the name to the field of the domain. A value without a backslash names an account
    whatever its domain, as Linux accounts have none. Raises :class:`Unsupported` where a pattern cannot be split.
    """
    match leaf:
        case ex.Text(name, globs, cased):
            return ex.disjunction(*(_split(name, domains[name], glob, cased) for glob in globs))
        case ex.Null() | ex.Present():
            return leaf
        case ex.FieldRef(name, other, ex.Shape.EQUALS) if other in domains:
            return ex.conjunction(leaf, ex.FieldRef(domains[name], domains[other]))
        case ex.Keyword():
            return leaf
        case _:
            raise Unsupported(f"{leaf.field} is split into domain and name here; only text patterns can be split")


def _split(name: str, domain: str, glob: ex.Glob, cased: bool) -> ex.Expression:
    backslashes = glob.literal.count("\\")
    if backslashes == 1:
        left, right = _cut(glob)
        halves = [ex.Text(field, (half,), cased) for field, half in ((domain, left), (name, right))]
        telling = [half for half in halves if half.globs[0].shape is not ex.Shape.PRESENT]
        return ex.conjunction(*telling) if telling else ex.Present(name)
    if backslashes > 1:
        raise Unsupported(f"{name}: no account name holds two backslashes, as {str(glob)!r} asks")
    match glob.shape:
        case ex.Shape.EQUALS | ex.Shape.ENDSWITH | ex.Shape.PRESENT:
            return ex.Text(name, (glob,), cased)
        case ex.Shape.STARTSWITH:
            without = ex.conjunction(ex.Null(domain), ex.Text(name, (glob,), cased))
            return ex.disjunction(ex.Text(domain, (glob,), cased), without)
        case ex.Shape.CONTAINS:
            return ex.disjunction(ex.Text(domain, (glob,), cased), ex.Text(name, (glob,), cased))
        case _:
            raise Unsupported(f"{name}: the pattern {str(glob)!r} cannot be split into domain and name")


def _cut(glob: ex.Glob) -> tuple[ex.Glob, ex.Glob]:
    """The patterns before and after the one literal backslash."""
    for index, part in enumerate(glob.parts):
        if isinstance(part, str) and "\\" in part:
            before, after = part.split("\\")
            return ex.Glob.of(*glob.parts[:index], before), ex.Glob.of(after, *glob.parts[index + 1 :])
    raise ValueError("no backslash in the pattern")
