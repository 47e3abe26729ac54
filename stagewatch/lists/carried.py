"""Which lists a rule carries, and where it differs from them.

A rule says it by the names of its detections: ``selection_staging_directories`` carries the list
``staging_directories``, ``selection_line_web_roots_staging_directories`` carries two. In such a detection the values of
a key that a form of the list names must be that form as a whole, in its order; in a regular expression, a group that
holds an alternative of the list must hold the alternatives of the lists' forms and nothing else. A correlation carries
the threshold of its own file. A difference knows the text that would heal it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from stagewatch.lists.groups import Group, groups
from stagewatch.lists.model import Form, Lists, NamedList, Threshold
from stagewatch.yamlsafe import compose


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where a rule is not as its list says.

    ``line`` counts from 1. ``start`` and ``end`` are the first line and column and the end (exclusive) of what ``text``
    replaces, both from 0; None where nothing can be written in its place.
    """

    line: int
    message: str
    start: tuple[int, int] | None = None
    end: tuple[int, int] | None = None
    text: str = ""


def carried_by(identifier: str, lists: Lists) -> list[NamedList]:
    """The lists whose names stand in a detection's name, between underscores; a longer name hides those inside it."""
    rest, found = f"_{identifier}_", []
    for name in sorted(lists.named, key=lambda name: (-len(name), name)):
        if f"_{name}_" in rest:
            found.append((rest.index(f"_{name}_"), lists.named[name]))
            rest = rest.replace(f"_{name}_", "_" + "\0" * len(name) + "_")
    return [named for _, named in sorted(found, key=lambda one: one[0])]


def differences(text: str, stem: str, lists: Lists) -> list[Difference]:
    """Where the rule with this text, from a file with this stem, differs from the lists that it carries."""
    found: list[Difference] = []
    for document in compose(text):
        parts = _mapping(document)
        for section in ("detection", "filter"):
            for identifier, node in _mapping(parts.get(section)).items():
                carried = carried_by(identifier, lists)
                if carried:
                    found += _of_detection(identifier, node, carried)
        if "correlation" in parts:
            found += _of_correlation(parts["correlation"], stem, lists)
    return found


def _mapping(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {str(key.value): value for key, value in node.value}


def _items(node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    """The keys and values of a detection that is a mapping or a list of mappings."""
    for part in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        yield from _mapping(part).items()


def _of_detection(identifier: str, node: yaml.Node, carried: Sequence[NamedList]) -> Iterator[Difference]:
    seen: set[str] = set()
    for key, value in _items(node):
        bound = [(named, form) for named in carried for form in named.forms if key in form.keys]
        if bound:
            seen |= {named.name for named, _ in bound}
            yield from _of_values(key, value, [form for _, form in bound], [named.name for named, _ in bound])
        elif "|re" in key:
            for scalar in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                yield from _of_regex(scalar, carried, seen)
    for named in carried:
        if named.name not in seen:
            yield Difference(
                node.start_mark.line + 1, f"{identifier} names the list {named.name} and holds no form of it"
            )


def _of_values(key: str, node: yaml.Node, forms: Sequence[Form], names: Sequence[str]) -> Iterator[Difference]:
    wanted = [value for form in forms for value in form.values]
    scalars = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if [scalar.value for scalar in scalars] == wanted:
        return
    first, last = scalars[0], scalars[-1]
    message = f"{key} differs from the list {' and '.join(names)}: {_told([one.value for one in scalars], wanted)}"
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        column = node.start_mark.column
        block = f"\n{' ' * column}".join(f"- {quoted(value)}" for value in wanted)
        start = (node.start_mark.line, column)
        yield Difference(start[0] + 1, message, start, (last.end_mark.line, END_OF_LINE), block)
    else:
        start = (node.start_mark.line, node.start_mark.column)
        text = quoted(wanted[0]) if len(wanted) == 1 else f"[{', '.join(map(quoted, wanted))}]"
        yield Difference(first.start_mark.line + 1, message, start, (node.end_mark.line, node.end_mark.column), text)


END_OF_LINE = 1 << 30
"""A column that stands for the end of a line, with the comment that may be there."""


def quoted(value: str) -> str:
    """A YAML scalar in single quotes, as Sigma rules write them."""
    return "'" + value.replace("'", "''") + "'"


def _told(own: Sequence[str], wanted: Sequence[str]) -> str:
    """What one has more than the other, in words."""
    more, less = [one for one in own if one not in wanted], [one for one in wanted if one not in own]
    parts = [f"it has {', '.join(more)} more" if more else "", f"it lacks {', '.join(less)}" if less else ""]
    return " and ".join(part for part in parts if part) or "the order is another"


def _of_regex(scalar: yaml.Node, carried: Sequence[NamedList], seen: set[str]) -> Iterator[Difference]:
    pattern = str(scalar.value)
    healed, told, until = pattern, [], len(pattern) + 1
    for group in reversed(list(_outermost(pattern, carried))):
        forms = _explained(group.alternatives, carried)
        seen |= {named.name for named, _ in forms}
        wanted = [value for _, form in forms for value in form.values]
        if list(group.alternatives) != wanted:
            names = " and ".join(dict.fromkeys(named.name for named, _ in forms))
            told.append(f"a group differs from the list {names}: {_told(group.alternatives, wanted)}")
            healed = healed[: group.start] + "|".join(wanted) + healed[group.end :]
        until = min(until, group.start)
    if told:
        start, end = scalar.start_mark, scalar.end_mark
        yield Difference(
            start.line + 1, "; ".join(told), (start.line, start.column), (end.line, end.column), quoted(healed)
        )


def _outermost(pattern: str, carried: Sequence[NamedList]) -> Iterator[Group]:
    """The groups that hold alternatives of a list, without those inside of such a group."""
    values = {value for named in carried for form in named.forms if form.is_regex for value in form.values}
    end = -1
    for group in groups(pattern):
        if group.start >= end and values & set(group.alternatives):
            end = group.end
            yield group


def _explained(alternatives: Sequence[str], carried: Sequence[NamedList]) -> list[tuple[NamedList, Form]]:
    """The forms of which a group is made, in their order there: the best fit first, then what the rest is of."""
    left = set(alternatives)
    found: list[tuple[int, NamedList, Form]] = []
    while True:
        fits = [
            (len(left & set(form.values)), named, form)
            for named in carried
            for form in named.forms
            if form.is_regex and form not in [known for _, _, known in found]
        ]
        count, named, form = max(fits, key=lambda fit: fit[0], default=(0, None, None))
        if not count or named is None or form is None:
            break
        first = min(alternatives.index(value) for value in form.values if value in left)
        found.append((first, named, form))
        left -= set(form.values)
    return [(named, form) for _, named, form in sorted(found, key=lambda one: one[0])]


def _of_correlation(node: yaml.Node, stem: str, lists: Lists) -> Iterator[Difference]:
    threshold = lists.thresholds.get(stem)
    if threshold is None:
        yield Difference(node.start_mark.line + 1, "the lists have no threshold for this correlation")
        return
    parts = _mapping(node)
    yield from _of_scalar("timespan", parts.get("timespan"), threshold.timespan, node)
    condition = _mapping(parts.get("condition"))
    for operator, number in threshold.condition.items():
        yield from _of_scalar(operator, condition.get(operator), str(number), node)
    yield from _unlisted(condition, threshold)


def _of_scalar(key: str, node: yaml.Node | None, wanted: str, parent: yaml.Node) -> Iterator[Difference]:
    if node is None:
        yield Difference(parent.start_mark.line + 1, f"{key} is missing; the lists say {wanted}")
    elif str(node.value) != wanted:
        start, end = node.start_mark, node.end_mark
        yield Difference(
            start.line + 1,
            f"{key} is {node.value}, the lists say {wanted}",
            (start.line, start.column),
            (end.line, end.column),
            wanted,
        )


def _unlisted(condition: Mapping[str, yaml.Node], threshold: Threshold) -> Iterator[Difference]:
    for operator in sorted(condition.keys() - threshold.condition.keys() - {"field"}):
        yield Difference(condition[operator].start_mark.line + 1, f"the lists have no threshold for {operator}")
