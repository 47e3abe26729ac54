"""What a rule leaves out: filters that take all or nothing away, and those that an attacker can choose to fit."""

from __future__ import annotations

from collections.abc import Iterator

from stagewatch import expression as ex
from stagewatch.check import fields
from stagewatch.check.asked import Asked, Node, asked_by
from stagewatch.check.implication import excludes, implies
from stagewatch.check.model import Check, Checked, Code, Remark
from stagewatch.check.wording import shown

CODES = (
    Code(
        "SW240",
        "A filter takes away all that the rule finds",
        "error",
        "Every event that fits the selections fits the filter as well, so the rule, or this branch of it, finds "
        "nothing.",
        "Narrow the filter to what is known to be harmless.",
    ),
    Code(
        "SW241",
        "A filter takes nothing away",
        "warning",
        "No event that fits the selections can fit the filter. It was written for another rule, or has a wrong "
        "value, and the noise that it is for comes through.",
        "Correct the filter, or remove it.",
    ),
    Code(
        "SW244",
        "A filter that an attacker can choose to fit",
        "note",
        "It leaves events out by nothing but a command line, a script's text or a program's name and version "
        "information, all of which whoever acts chooses. One added argument hides the attack.",
        "Add what only an administrator can set, such as the folder of the program or of its parent.",
    ),
)

MOST_BRANCHES = 50


def effects(checked: Checked) -> Iterator[Remark]:
    """Filters that follow from the selections, and those that exclude them."""
    for asked in asked_by(checked):
        if not asked.is_filter:
            for node in asked.tree.walk():
                if node.join == "and":
                    yield from _effects(asked, node)


def _effects(asked: Asked, node: Node) -> Iterator[Remark]:
    terms = list(node.flat())
    wanted = [term.expression for term in terms if term.join != "not"]
    known = [expression for expression in wanted if expression is not None]
    if not known:
        return
    selection = ex.conjunction(*known)
    for left_out in _left_out(terms):
        if left_out.expression is None:
            continue
        if len(known) == len(wanted) and implies(selection, left_out.expression):
            yield asked.remark("SW240", left_out, f"{shown(left_out)} takes away every event that fits the selections")
        elif _is_nothing(left_out.expression):
            continue  # a common habit, for fields of which a platform makes empty text
        elif (
            fields.single_valued(asked.source)
            and not fields.holds_several(left_out)
            and excludes(selection, left_out.expression, single_valued=True)
        ):
            yield asked.remark("SW241", left_out, f"no event that fits the selections fits {shown(left_out)}")


def _is_nothing(expression: ex.Expression) -> bool:
    """Whether only a lacking or empty field is left out."""
    return all(
        isinstance(leaf, ex.Null) or (isinstance(leaf, ex.Text) and all(glob.literal == "" for glob in leaf.globs))
        for leaf in ex.leaves(expression)
    )


def _left_out(terms: list[Node]) -> Iterator[Node]:
    """The detections of the negated terms, each by itself."""
    for term in terms:
        if term.join == "not" and term.item is None:
            (inner,) = term.parts
            alone = inner.join != "or" or inner.name is not None
            yield from (inner,) if alone else inner.flat()


def chosen(checked: Checked) -> Iterator[Remark]:
    """Filters of which one alternative asks for nothing but what an attacker chooses."""
    for asked in asked_by(checked):
        renamed = any(_names_version(value.leaf) for value in _asked_for(asked.tree))
        for node in _negated(asked.tree):
            for alternative in _alternatives(node):
                values = [one.leaf for one in _asked_for(alternative)]
                if values and all(_is_chosen(leaf, asked, renamed=renamed) for leaf in values):
                    message = f"{shown(alternative)} alone decides what is left out, and whoever acts can choose it"
                    yield asked.remark("SW244", alternative, message)
                    break


def _negated(node: Node) -> Iterator[Node]:
    """What is left out: the parts below a NOT that is not itself left out."""
    if node.join == "not":
        if node.item is None:
            yield from node.parts
    else:
        for part in node.parts:
            yield from _negated(part)


def _asked_for(node: Node) -> Iterator[Node]:
    """The values of a part, those that it leaves out not among them."""
    if node.join == "value":
        yield node
    elif node.join != "not":
        for part in node.parts:
            yield from _asked_for(part)


def _alternatives(node: Node) -> Iterator[Node]:
    """The alternatives of a filter, down to lists of one key."""
    if node.join == "or" and node.item is None:
        for part in node.parts:
            yield from _alternatives(part)
    elif node.join == "and" and len(node.parts) == 1:
        yield from _alternatives(node.parts[0])
    else:
        yield node


def _is_chosen(leaf: ex.Expression | None, asked: Asked, *, renamed: bool) -> bool:
    """Whether whoever acts chooses if the condition holds: free text, and a file's name without its folder.

    A rule that asks for a program's version information looks for renamed programs, so that it must leave out the name.
    """
    match leaf:
        case ex.Text(field, globs, _) if field in fields.IMAGES and fields.is_windows(asked.source):
            return not renamed and all(
                glob.shape is ex.Shape.ENDSWITH and glob.literal.count("\\") <= 1 for glob in globs
            )
        case ex.Text(field, globs, _):
            return field in fields.ATTACKERS and not all(glob.literal == "" for glob in globs)
        case ex.Regex(field):
            return field in fields.ATTACKERS
        case _:
            return False


def _names_version(leaf: ex.Expression | None) -> bool:
    return isinstance(leaf, ex.Text) and leaf.field in fields.VERSION


CHECKS: tuple[Check, ...] = (effects, chosen)
