"""A rule in plain words, made of its tree by fixed sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sigma.correlations import SigmaCorrelationCondition, SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch import expression as ex
from stagewatch.check.model import Place
from stagewatch.detections import item_expression
from stagewatch.explain.model import Group, Item, ItemNode, Negated, Node, items
from stagewatch.explain.vocabulary import COMPARISONS, VERBS, duration, noun, source_words
from stagewatch.findings import Unsupported, one_line

SHOWN = 5
"""Values of a list that are said before the rest is counted."""

LONGEST = 120
"""Characters of one value."""

ALL = 1_000_000
"""In place of :data:`SHOWN` and :data:`LONGEST` where everything is to be said."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the outline; ``lines`` are those of the rule's file, first and last."""

    depth: int
    text: str
    lines: tuple[int, int] | None = None


def outline(rule: SigmaRule, tree: Node, *, full: bool = False) -> list[Line]:
    """What a rule asks, one line for each detection."""
    source = source_words(rule.logsource)
    wanted, unwanted = _sides(tree)
    if not wanted:
        lines = [Line(0, f"{source}.")]
    elif len(wanted) == 1 and isinstance(wanted[0], Group) and wanted[0].join == "any" and not wanted[0].name:
        lines = [Line(0, f"{source}, and at least one of these holds:")]
        lines += [line for node in wanted[0].nodes for line in _block(node, 1, full)]
    else:
        lines = [Line(0, f"{source}, and {'all of these hold' if len(wanted) > 1 else 'this holds'}:")]
        lines += [line for node in wanted for line in _block(node, 1, full)]
    if unwanted:
        many = len(unwanted) > 1
        lines.append(Line(0, f"But not where {'any of these holds' if many else 'this holds'}:"))
        lines += [line for node in unwanted for line in _block(node, 1, full)]
    return lines


def sentence(tree: Node, *, full: bool = False) -> str:
    """The whole tree in one sentence, without the names of detections."""
    wanted, unwanted = _sides(tree)
    said = (
        _joined([_said(node, full, inside=len(wanted) > 1) for node in wanted], "and") if wanted else "it is any event"
    )
    if unwanted:
        said += f"; but not where {_joined([_said(node, full, inside=len(unwanted) > 1) for node in unwanted], 'or')}"
    return f"{_begun(said)}."


def _begun(said: str) -> str:
    """The beginning of a sentence; the name of a field keeps its case."""
    return f"{said[0].upper()}{said[1:]}" if said.startswith(("the ", "either ", "it ", "(")) else said


def item_words(item: Item, *, full: bool = False) -> str:
    """One detection item, such as ``the program's path (Image) ends in '\\7z.exe'``."""
    try:
        return phrase(item_expression(item.of), full=full)
    except Unsupported as reason:
        about = noun(item.sigma_field) if item.sigma_field else "a keyword"
        return f"{about} is asked for something that no query can say yet: {reason}"


def _sides(tree: Node) -> tuple[list[Node], list[Node]]:
    """What must hold, and what must not: the terms of the topmost AND."""
    nodes = tree.nodes if isinstance(tree, Group) and tree.join == "all" and not tree.name else (tree,)
    wanted: list[Node] = [node for node in nodes if not isinstance(node, Negated)]
    return wanted, [one for node in nodes if isinstance(node, Negated) for one in _alternatives(node.node)]


def _alternatives(node: Node) -> tuple[Node, ...]:
    return node.nodes if isinstance(node, Group) and node.join == "any" and not node.name else (node,)


def _block(node: Node, depth: int, full: bool) -> Iterator[Line]:
    match node:
        case Group(join, nodes, "") if not all(isinstance(one, ItemNode) for one in nodes):
            yield Line(depth, "all of these hold:" if join == "all" else "at least one of these holds:")
            for one in nodes:
                yield from _block(one, depth + 1, full)
        case Negated(inner):
            yield Line(depth, "this does not hold:")
            yield from _block(inner, depth + 1, full)
        case _:
            listed = list(items(node))
            name = f"{node.name}: " if isinstance(node, Group) and node.name else ""
            first = min((item.lines[0] for item in listed), default=0)
            last = max((item.lines[1] for item in listed), default=0)
            yield Line(depth, f"{name}{_said(node, full)}", (first, last) if first else None)


def _said(node: Node, full: bool, inside: bool = False) -> str:
    """A node in words; one of several terms in a wider sentence (``inside``) is kept together."""
    match node:
        case ItemNode(item):
            return item_words(item, full=full)
        case Negated(inner):
            return f"it is not so that {_said(inner, full, inside=True)}"
        case Group(join, nodes):
            said = [_said(one, full, inside=len(nodes) > 1) for one in nodes]
            if len(said) == 1:
                return _said(nodes[0], full, inside)
            if join == "any":
                return f"either {_joined(said, 'or')}" if inside else _joined(said, "or")
            return f"({_joined(said, 'and')})" if inside else _joined(said, "and")


def _joined(said: list[str], word: str) -> str:
    return f", {word} ".join(said)


def phrase(expression: ex.Expression, *, full: bool = False) -> str:
    """An expression in words."""
    match expression:
        case ex.Not(term) if not isinstance(term, ex.And | ex.Or | ex.Not):
            return _leaf(term, 1, full)
        case ex.Not(term):
            return f"it is not so that {phrase(term, full=full)}"
        case ex.And(terms):
            return _all_of(terms, full) or " and ".join(phrase(term, full=full) for term in terms)
        case ex.Or(terms):
            return _one_of(terms, full) or " or ".join(phrase(term, full=full) for term in terms)
        case leaf:
            return _leaf(leaf, 0, full)


def _all_of(terms: tuple[ex.Expression, ...], full: bool) -> str:
    """Several patterns that one field must all match; empty where the terms are not like that."""
    texts = [term for term in terms if isinstance(term, ex.Text) and len(term.globs) == 1]
    kinds = {(text.field, text.cased, text.globs[0].shape) for text in texts}
    if len(texts) < len(terms) or len(kinds) > 1:
        return ""
    first = texts[0]
    patterns = [text.globs[0] for text in texts]
    return (
        f"{noun(first.field)} {VERBS[first.globs[0].shape][0]} {_patterns(patterns, full, 'and')}{_case(first.cased)}"
    )


def _one_of(terms: tuple[ex.Expression, ...], full: bool) -> str:
    """Several regular expressions or numbers of which one field must have one; empty where it is not like that."""
    regexes = [term for term in terms if isinstance(term, ex.Regex)]
    numbers = [term for term in terms if isinstance(term, ex.Number) and term.op == "=="]
    if len(regexes) == len(terms) and len({(regex.field, regex.flags) for regex in regexes}) == 1:
        patterns = _listed([_quoted(regex.pattern, full) for regex in regexes], full, "or")
        first = regexes[0]
        return f"{noun(first.field)} matches one of the regular expressions {patterns}{_flags(first.flags)}"
    if len(numbers) == len(terms) and len({number.field for number in numbers}) == 1:
        return f"{noun(numbers[0].field)} is {_listed([str(number.value) for number in numbers], full, 'or')}"
    return ""


def _leaf(leaf: ex.Leaf, negated: int, full: bool) -> str:
    match leaf:
        case ex.Text(name, globs, cased):
            word = " or " if not negated else " and "
            return f"{noun(name)} {word.join(_texts(globs, negated, full))}{_case(cased)}"
        case ex.Keyword(globs, cased):
            found = "stands nowhere in the event" if negated else "stands somewhere in the event"
            bare = [ex.Glob.of(*glob.parts[1:-1]) for glob in globs]
            return f"{_patterns(bare, full, 'or')} {found}{_case(cased)}"
        case ex.Regex(name, pattern, flags):
            verb = "does not match" if negated else "matches"
            return f"{noun(name)} {verb} the regular expression {_quoted(pattern, full)}{_flags(flags)}"
        case ex.Number(name, op, value):
            return f"{noun(name)} {COMPARISONS[op][negated]} {value}"
        case ex.Boolean(name, value):
            return f"{noun(name)} {('is', 'is not')[negated]} {str(value).lower()}"
        case ex.Cidr(name, networks):
            verb = "is no address in" if negated else "is an address in"
            return f"{noun(name)} {verb} {_listed(list(networks), full, 'or')}"
        case ex.Present(name):
            return f"{noun(name)} is {'absent' if negated else 'present'}"
        case ex.Null(name):
            return f"{noun(name)} is {'neither absent nor empty' if negated else 'absent or empty'}"
        case ex.FieldRef(name, other, shape):
            verbs = ("is the same as", "is not the same as") if shape is ex.Shape.EQUALS else VERBS[shape]
            return f"{noun(name)} {verbs[negated]} the value of {noun(other)}"


def _texts(globs: tuple[ex.Glob, ...], negated: int, full: bool) -> Iterator[str]:
    """The patterns by what they ask, in order of first use."""
    kinds: dict[ex.Shape | None, list[ex.Glob]] = {}
    for glob in globs:
        kinds.setdefault(glob.shape if glob.parts else None, []).append(glob)
    for shape, patterns in kinds.items():
        if shape is None:
            yield "is not empty" if negated else "is empty"
        elif shape is ex.Shape.PRESENT:
            yield VERBS[shape][negated]
        else:
            yield f"{VERBS[shape][negated]} {_patterns(patterns, full, 'or')}"


def _patterns(globs: Iterable[ex.Glob], full: bool, word: str) -> str:
    plain = (glob.render(_marked, "*", "?") if glob.shape is ex.Shape.WILDCARD else glob.literal for glob in globs)
    return _listed([_quoted(text, full) for text in plain], full, word)


def _marked(text: str) -> str:
    """Text of a pattern, in which a sign that is no wildcard is told by a backslash, as Sigma tells it."""
    return re.sub(r"[*?]", r"\\\g<0>", text)


def _listed(values: list[str], full: bool, word: str) -> str:
    """A list in words; of a long one the first values and the number of the rest."""
    if len(values) > SHOWN + 1 and not full:
        return f"{', '.join(values[:SHOWN])} {word} {len(values) - SHOWN} more"
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} {word} {values[-1]}"


def _quoted(text: str, full: bool) -> str:
    shown = text if full or len(text) <= LONGEST else f"{text[:LONGEST]}..."
    shown = "".join(char if char.isprintable() else repr(char)[1:-1] for char in shown)
    return f'"{shown}"' if "'" in shown else f"'{shown}'"


def _case(cased: bool) -> str:
    return " (case matters)" if cased else ""


def _flags(flags: frozenset[ex.RegexFlag]) -> str:
    told = {"i": "in any case", "m": "^ and $ at every line", "s": "a dot is a line break too"}
    said = [told[flag] for flag in sorted(flags)]
    return f" ({'; '.join(said)})" if said else ""


def correlation_outline(rule: SigmaCorrelationRule, places: Callable[..., Place]) -> list[Line]:
    """What a correlation asks; its rules are named. ``places`` tells where a key of its document stands."""
    names = [_name_of(reference.rule, reference.reference) for reference in rule.rules or []]
    per = f" per {_plain_list(rule.group_by, 'and')}" if rule.group_by else ""
    within = f" within {duration(rule.timespan.seconds)}"
    kind = rule.type.name.lower()
    match kind:
        case "event_count":
            head = f"{_counted(rule, 'event', 'events')} of {_rules(names)}{per}{within}."
        case "value_count":
            condition = rule.condition
            named = condition.fieldref if isinstance(condition, SigmaCorrelationCondition) else None
            counted = _plain_list([named] if isinstance(named, str) else list(named or []), "and")
            told = _counted(rule, f"different {counted}", f"different {counted}")
            head = f"{told} in events of {_rules(names)}{per}{within}."
        case "temporal" | "temporal_ordered":
            order = "in this order" if kind == "temporal_ordered" else "in any order"
            head = f"Each of these rules at least once{per}{within}, {order}:"
        case _:
            head = f"A correlation of the type {kind} over {_rules(names)}{per}{within}."
    lines = [Line(0, head, _span(places, *(("correlation", key) for key in _KEYS if key in _written(rule))))]
    if kind.startswith("temporal"):
        for number, name in enumerate(names):
            lines.append(Line(1, f"{number + 1}. {name}", _span(places, ("correlation", "rules", number))))
    for alias in rule.aliases:
        means = [f"{name} in {target.reference}" for target, name in alias.mapping.items()]
        where = _span(places, ("correlation", "aliases", alias.alias))
        lines.append(Line(0, f"{alias.alias} is {_plain_list(means, 'and')}.", where))
    return lines


_KEYS = ("type", "group-by", "timespan", "condition")


def _written(rule: SigmaCorrelationRule) -> frozenset[str]:
    """The keys that the rule has; some may be left out."""
    given = {"group-by": bool(rule.group_by), "condition": not rule.type.name.startswith("TEMPORAL")}
    return frozenset(key for key in _KEYS if given.get(key, True))


def _span(places: Callable[..., Place], *paths: tuple[object, ...]) -> tuple[int, int] | None:
    lines = [line for path in paths if (line := places(*path).line) is not None]
    return (min(lines), max(lines)) if lines else None


_OPERATORS = {"gte": "At least", "gt": "More than", "lte": "At most", "lt": "Fewer than", "eq": "Exactly", "neq": "Not"}


def _counted(rule: SigmaCorrelationRule, one: str, many: str) -> str:
    condition = rule.condition
    if not isinstance(condition, SigmaCorrelationCondition):
        return f"A number of {many}"
    word = _OPERATORS.get(condition.op.name.lower(), condition.op.name.lower())
    return f"{word} {condition.count} {one if condition.count == 1 else many}"


def _name_of(rule: object, reference: str) -> str:
    title = getattr(rule, "title", None)
    return f"'{one_line(title)}'" if title else reference


def _rules(names: list[str]) -> str:
    return f"the rule {names[0]}" if len(names) == 1 else f"the rules {_plain_list(names, 'and')}"


def _plain_list(names: Iterable[str] | None, word: str) -> str:
    listed = list(names or [])
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} {word} {listed[-1]}" if listed else ""
