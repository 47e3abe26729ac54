"""Which of many expressions may follow from one, found by an index: to compare each with each takes too long.

An expression follows from another only if it follows from each case of that, so one case is looked up: its conditions
must meet, for some alternative of the wider expression, the condition by which that is found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from stagewatch import expression as ex
from stagewatch.check.globs import Coverers

Key = tuple[str, ex.Glob | None, ex.Expression | None]
"""A condition by which an alternative is found: a field with a pattern, a field that is there, or a whole condition."""


class Wider:
    """An index of expressions."""

    def __init__(self, expressions: Sequence[ex.Expression]) -> None:
        patterns: dict[str, list[tuple[ex.Glob, int]]] = defaultdict(list)
        self._present: dict[str, list[int]] = defaultdict(list)
        self._whole: dict[ex.Expression, list[int]] = defaultdict(list)
        self._others: list[int] = []
        for number, expression in enumerate(expressions):
            keys = _keys(expression)
            if keys is None:
                self._others.append(number)
            for field, glob, leaf in keys or ():
                if glob is not None:
                    patterns[field].append((glob, number))
                elif leaf is not None:
                    self._whole[leaf].append(number)
                else:
                    self._present[field].append(number)
        self._owners = {field: [number for _, number in pairs] for field, pairs in patterns.items()}
        self._patterns = {field: Coverers([glob for glob, _ in pairs]) for field, pairs in patterns.items()}

    def candidates(self, expression: ex.Expression) -> list[int]:
        """The numbers of the expressions that may follow from this one; no other does."""
        found = set(self._others)
        for leaf in _case(expression):
            field = "" if isinstance(leaf, ex.Keyword) else leaf.field
            found.update(self._present.get(field, ()))
            if not isinstance(leaf, ex.Text | ex.Keyword):
                found.update(self._whole.get(leaf, ()))
            elif field in self._patterns:
                owners = self._owners[field]
                found.update(owners[place] for place in self._patterns[field].covering(leaf.globs[0]))
        return sorted(found)


def _keys(expression: ex.Expression) -> list[Key] | None:
    """The conditions of which any case meets one; None where none is plain to see."""
    match expression:
        case ex.And(terms):
            known = [keys for term in terms if (keys := _keys(term)) is not None]
            return min(known, key=len, default=None)
        case ex.Or(terms):
            all_keys = [_keys(term) for term in terms]
            return None if None in all_keys else [key for keys in all_keys if keys for key in keys]
        case ex.Text(field, globs):
            return [(field, glob, None) for glob in globs]
        case ex.Keyword(globs):
            return [("", glob, None) for glob in globs]
        case ex.Present(field):
            return [(field, None, None)]
        case ex.Cidr() | ex.Not():
            return None
        case _:
            return [(expression.field, None, expression)]


def _case(expression: ex.Expression) -> Iterator[ex.Leaf]:
    """The conditions of one case: the first alternative of each OR, the first pattern of each list."""
    match expression:
        case ex.And(terms):
            for term in terms:
                yield from _case(term)
        case ex.Or(terms):
            yield from _case(terms[0])
        case ex.Not():
            return
        case _:
            yield expression
