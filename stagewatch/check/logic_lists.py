"""Values of a list that add nothing: written twice, or covered by another value or alternative."""

from __future__ import annotations

from collections.abc import Iterator

from stagewatch import expression as ex
from stagewatch.check.asked import Asked, Node, asked_by
from stagewatch.check.globs import Coverers, folded
from stagewatch.check.implication import implies
from stagewatch.check.model import Check, Checked, Code, Remark
from stagewatch.check.wording import quoted, shown

CODES = (
    Code(
        "SW201",
        "A value stands twice in its list",
        "warning",
        "Sigma compares without regard to case, so the second one never finds anything of its own. Often another "
        "value was meant.",
        "Remove the repeated value, or put in what was meant.",
    ),
    Code(
        "SW202",
        "A value is covered by another of its list",
        "warning",
        "Whatever fits the one fits the other as well, so the value changes nothing. A reader takes the list for "
        "narrower than it is.",
        "Remove the value that adds nothing, or narrow the one that covers it, for example with a space or a "
        "backslash.",
    ),
    Code(
        "SW203",
        "An alternative is covered by another",
        "warning",
        "Every event that the one alternative finds is found by the other, so the rule finds the same without it.",
        "Remove the alternative that adds nothing, or narrow the one that covers it.",
    ),
)

MOST_VALUES = 2_000
"""Longer lists are not compared value by value."""

MOST_ALTERNATIVES = 400

MANY = 5
"""More covered values of one list are said in one finding."""


def values(checked: Checked) -> Iterator[Remark]:
    """Repeated and covered values of each list."""
    for asked in asked_by(checked):
        for detection in asked.detections.values():
            for listed in detection.walk():
                if listed.item is not None and len(listed.parts) > 1:
                    yield from _of_list(asked, listed)


def _of_list(asked: Asked, listed: Node) -> Iterator[Remark]:
    """The values that add nothing; a repeated value is not also said to be covered."""
    first: dict[object, Node] = {}
    for value in listed.parts:
        mark = _mark(value.leaf)
        if mark is None:
            continue
        if mark in first:
            yield asked.remark("SW201", value, f"{shown(value)} stands in this list already{_as(first[mark], value)}")
        else:
            first[mark] = value
    covered = list(_covered(listed, list(first.values())))
    how = "asks nothing beyond" if listed.join == "and" else "is covered by"
    if len(covered) > MANY:
        value, other = covered[0]
        message = f"{len(covered)} of {len(listed.parts)} values are covered by others of the list"
        yield asked.remark(
            "SW202", listed, f"{message}; the first is {shown(value)}, which {how} {quoted(other.written)}"
        )
        return
    for value, other in covered:
        yield asked.remark("SW202", value, f"{shown(value)} {how} {quoted(other.written)} in the same list")


def _covered(listed: Node, distinct: list[Node]) -> Iterator[tuple[Node, Node]]:
    """Each value that adds nothing, and the one because of which it does not."""
    if len(distinct) > MOST_VALUES:
        return
    owners: list[int] = []
    globs: list[ex.Glob] = []
    for index, value in enumerate(distinct):
        found = _globs(value.leaf)
        owners += [index] * len(found)
        globs += found
    coverers = Coverers(globs)
    pairs: dict[int, set[int]] = {}
    for place, owner in enumerate(owners):
        for other in coverers.of(place):
            if owners[other] != owner:
                pairs.setdefault(owner, set()).add(owners[other])
    others = [index for index, value in enumerate(distinct) if not _globs(value.leaf)]
    for index in others:
        pairs[index] = {other for other in others if other != index}
    covered = [(narrow, wide) for narrow, wides in pairs.items() for wide in sorted(wides)]
    if listed.join == "and":
        covered = [(wide, narrow) for narrow, wide in covered]
    done: set[int] = set()
    for index, other in sorted(covered):
        narrow, wide = (other, index) if listed.join == "and" else (index, other)
        if index not in done and other not in done and _implies(distinct[narrow], distinct[wide]):
            done.add(index)
            yield distinct[index], distinct[other]


def _implies(narrow: Node, wide: Node) -> bool:
    return narrow.leaf is not None and wide.leaf is not None and implies(narrow.leaf, wide.leaf)


def _globs(leaf: ex.Expression | None) -> tuple[ex.Glob, ...]:
    """The patterns of a value that is text in any case; none for another kind of condition."""
    match leaf:
        case ex.Text(_, globs, False) | ex.Keyword(globs, False):
            return globs
        case _:
            return ()


def _mark(leaf: ex.Expression | None) -> object:
    """What is equal for values that ask the same."""
    globs = _globs(leaf)
    return tuple(map(folded, globs)) if globs else leaf


def _as(first: Node, value: Node) -> str:
    return "" if first.written == value.written else f", as {quoted(first.written)}"


def alternatives(checked: Checked) -> Iterator[Remark]:
    """Alternatives of an OR, across items and detections, of which one finds all that another does."""
    for asked in asked_by(checked):
        for node in _outermost(asked.tree):
            yield from _of_alternatives(asked, node)


def _outermost(node: Node) -> Iterator[Node]:
    """Every OR of more than one item's values, those inside another not by themselves."""
    if node.join == "or" and node.item is None:
        yield node
        node = Node("and", node.path, tuple(_branches(node)))
    for part in node.parts:
        yield from _outermost(part)


def _of_alternatives(asked: Asked, node: Node) -> Iterator[Remark]:
    known = [(one, one.expression) for one in _branches(node) if one.expression is not None]
    if len(known) > MOST_ALTERNATIVES:
        return
    covered: dict[int, Node] = {}
    for place, (one, asks) in enumerate(known):
        for position, (other, wider) in enumerate(known):
            if one is other or _same_list(one, other) or position in covered:
                continue
            if implies(asks, wider) and not (position > place and implies(wider, asks)):
                covered[place] = other
                break
    if len(covered) > MANY:
        place, other = next(iter(covered.items()))
        message = f"{len(covered)} of {len(known)} alternatives are covered by others"
        first = known[place][0]
        named = f"{shown(first)}, which is covered by {shown(other)}"
        yield asked.remark("SW203", first, f"{message}; the first is {named}")
        return
    for place, other in covered.items():
        yield asked.remark("SW203", known[place][0], f"{shown(known[place][0])} is covered by {shown(other)}")


def _branches(node: Node) -> Iterator[Node]:
    """The alternatives below a part, single values where nothing else is asked for beside them."""
    alone = node
    while alone.join != "or" and alone.join != "not" and len(alone.parts) == 1:
        alone = alone.parts[0]
    if alone.join == "or":
        for part in alone.parts:
            yield from _branches(part)
    else:
        yield alone if alone.join == "value" else node


def _same_list(one: Node, other: Node) -> bool:
    return one.item is not None and one.item is other.item


CHECKS: tuple[Check, ...] = (values, alternatives)
