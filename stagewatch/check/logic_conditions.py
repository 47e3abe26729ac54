"""Conditions that use nothing, are always or never true, or join what cannot hold at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from sigma.conditions import ConditionAND, ConditionIdentifier, ConditionItem, ConditionNOT, ConditionSelector
from sigma.rule import SigmaDetections

from stagewatch.check import fields
from stagewatch.check.asked import Asked, Node, asked_by
from stagewatch.check.implication import excludes
from stagewatch.check.model import Check, Checked, Code, Remark
from stagewatch.check.wording import shown
from stagewatch.conditions import parsed, selected

CODES = (
    Code(
        "SW211",
        "Two conditions can never hold at once",
        "error",
        "One event's field cannot hold both values, so whatever needs both finds nothing.",
        "Make alternatives of them, or take one away.",
    ),
    Code(
        "SW230",
        "A detection that no condition uses",
        "error",
        "What it says is in no query: a filter that filters nothing, a selection that finds nothing.",
        "Name it in the condition, or remove it.",
    ),
    Code(
        "SW231",
        "A quantifier takes filters for selections",
        "error",
        "'them' stands for every detection, filters too: 1 of them finds what a filter should leave out, all of "
        "them finds only that.",
        "Name the selections: 1 of selection_*, all of selection_*.",
    ),
    Code(
        "SW232",
        "The condition always holds",
        "error",
        "The rule finds every event of its log source, whatever its detections say.",
        "Look for a 'not' or an 'or' too many.",
    ),
    Code(
        "SW233",
        "The condition never holds",
        "error",
        "No event fits it, so the rule finds nothing.",
        "Look for a 'not' or an 'and' too many.",
    ),
    Code(
        "SW234",
        "A part of the condition changes nothing",
        "warning",
        "The condition says the same without this detection, so that its author must have meant something else.",
        "Look at the parentheses and at 'and' and 'or' around it.",
    ),
    Code(
        "SW235",
        "A filter that is asked for",
        "warning",
        "By its name the detection says what to leave out; without 'not' the rule finds just that.",
        "Write 'not' before it, or call it a selection.",
    ),
)

FILTERS = ("filter", "exclusion", "exclude", "falsepositive", "fp_")
"""How the names of detections begin that are left out, by the conventions of SigmaHQ and others."""

MOST_NAMES = 12
"""A condition with more names of which one is used twice is not tried out: 2 to that power are its cases."""

MOST_TERMS = 200

Truth = Mapping[str, bool]


def used(checked: Checked) -> Iterator[Remark]:
    """Detections that no condition names."""
    for asked in asked_by(checked):
        detections = asked.written
        named = {name for text in asked.conditions for name, _ in _names(parsed(text), detections)}
        for name, node in asked.detections.items():
            if name not in named:
                yield asked.remark("SW230", node, f"no condition uses the detection {name}")


def quantifiers(checked: Checked) -> Iterator[Remark]:
    """Quantifiers and names that ask for a filter."""
    for asked in asked_by(checked):
        if asked.is_filter:
            continue
        detections = asked.written
        place = Node("and", (asked.section, "condition"))
        for text in asked.conditions:
            for name, selector, positive in _signed(parsed(text), detections, positive=True):
                if not _is_filter(name) or not positive:
                    continue
                if selector is not None and not _is_filter(selector.pattern):
                    said = f"{selector.args[0]} of {selector.pattern}"
                    yield asked.remark(
                        "SW231", place, f"'{said}' asks for {name} as well, which is a filter by its name"
                    )
                else:
                    yield asked.remark("SW235", place, f"the condition asks for {name}, and does not leave it out")


def _is_filter(name: str) -> bool:
    return name.lower().lstrip("_").startswith(FILTERS)


def truths(checked: Checked) -> Iterator[Remark]:
    """Conditions that hold always or never, and names in them that change nothing, by trying every case."""
    for asked in asked_by(checked):
        detections = asked.written
        trees = [parsed(text) for text in asked.conditions]
        named = [name for tree in trees for name, _ in _names(tree, detections)]
        names = tuple(dict.fromkeys(named))
        if len(named) == len(names) or len(names) > MOST_NAMES:
            continue  # where each name stands once, each decides in some case
        results = {
            case: any(_holds(tree, detections, dict(zip(names, case, strict=True))) for tree in trees)
            for case in product((False, True), repeat=len(names))
        }
        yield from _tried(asked, names, results)


def _tried(asked: Asked, names: Sequence[str], results: Mapping[tuple[bool, ...], bool]) -> Iterator[Remark]:
    """What the results of all cases, in the order of the names, say of the condition."""
    place = Node("and", (asked.section, "condition"))
    if len(set(results.values())) == 1:
        always = next(iter(results.values()))
        code, how = ("SW232", "always") if always else ("SW233", "never")
        yield asked.remark(code, place, f"the condition {how} holds, whatever the detections say")
        return
    for index, name in enumerate(names):
        if all(
            result == results[(*case[:index], not case[index], *case[index + 1 :])] for case, result in results.items()
        ):
            yield asked.remark("SW234", place, f"the condition says the same without {name}")


def contradictions(checked: Checked) -> Iterator[Remark]:
    """Pairs of conditions joined by AND that no event can hold at once."""
    for asked in asked_by(checked):
        if not fields.single_valued(asked.source):
            continue
        for node in asked.tree.walk():
            if node.join == "and":
                yield from _contradictions(asked, node)


def _contradictions(asked: Asked, node: Node) -> Iterator[Remark]:
    terms = [
        (term, term.expression)
        for term in node.flat()
        if term.join != "not" and term.expression is not None and not fields.holds_several(term)
    ]
    if len(terms) > MOST_TERMS:
        return
    for place, (one, asks) in enumerate(terms):
        for other, wants in terms[place + 1 :]:
            if excludes(asks, wants, single_valued=True):
                yield asked.remark("SW211", other, f"{shown(other)} can never hold together with {shown(one)}")
                return


def _names(node: object, detections: SigmaDetections) -> Iterator[tuple[str, ConditionSelector | None]]:
    """Every detection that a condition names, as often as it does, and the quantifier that does it."""
    return ((name, selector) for name, selector, _ in _signed(node, detections, positive=True))


def _signed(
    node: object, detections: SigmaDetections, *, positive: bool
) -> Iterator[tuple[str, ConditionSelector | None, bool]]:
    """As above, with whether the condition asks for it, and does not leave it out."""
    match node:
        case ConditionIdentifier():
            yield node.identifier, None, positive
        case ConditionSelector():
            yield from ((name, node, positive) for name in selected(node, detections))
        case ConditionItem(args=args):
            for arg in args:
                yield from _signed(arg, detections, positive=positive != isinstance(node, ConditionNOT))


def _holds(node: object, detections: SigmaDetections, truth: Truth) -> bool:
    match node:
        case ConditionIdentifier():
            return truth[node.identifier]
        case ConditionSelector():
            found = [truth[name] for name in selected(node, detections)]
            return all(found) if node.cond_class is ConditionAND else any(found)
        case ConditionNOT(args=[arg]):
            return not _holds(arg, detections, truth)
        case ConditionItem(args=args):
            held = [_holds(arg, detections, truth) for arg in args]
            return all(held) if isinstance(node, ConditionAND) else any(held)
    raise AssertionError(node)


CHECKS: tuple[Check, ...] = (used, quantifiers, truths, contradictions)
