"""How findings name a value or a part of a rule: short, on one line, in quotes."""

from __future__ import annotations

from stagewatch.check.asked import Item, Node

LONGEST = 60
"""Characters of a value that are shown."""


def shown(node: Node) -> str:
    """A part of a rule as its author would name it: the value with its key, a detection by its name."""
    if node.name is not None:
        return f"the detection {node.name}"
    if node.join == "value" and node.item is not None:
        return f"{quoted(node.written)} ({key(node.item)})" if node.item.field else quoted(node.written)
    if node.item is not None:
        return f"the list of {key(node.item)}"
    keys = dict.fromkeys(key(part.item) for part in node.parts if part.item is not None)
    return f"the alternative {' and '.join(keys)}" if keys else "the alternative"


def quoted(value: object) -> str:
    """A value in quotes on one line, cut where it is long."""
    text = "".join(char if char.isprintable() else " " for char in str(value))
    return f"'{text}'" if len(text) <= LONGEST else f"'{text[: LONGEST - 1]}…'"


def key(item: Item) -> str:
    """An item's key as the file has it."""
    return "|".join((item.field or "", *item.modifiers)) or "keyword"
