"""Types of the Unified Data Model, looked up along a path.

A schema describes messages and enums; the root is ``UDM`` (see :mod:`stagewatch.telemetry.secops`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stagewatch.languages.base import Schema, Value

ROOT = "UDM"
LABEL = "Label"
REPEATED = "repeated "
MAP = "map<string, "

SCALARS: Mapping[str, tuple[str, Value]] = {
    "string": ("text", ""),
    "bytes": ("bytes", ""),
    "bool": ("truth", False),
    "int32": ("number", 0),
    "int64": ("number", 0),
    "uint32": ("number", 0),
    "uint64": ("number", 0),
    "float": ("number", 0.0),
    "double": ("number", 0.0),
}
"""Type -> family of values that compare with each other, and its zero value."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field holds.

    ``root`` is the innermost repeated field on the way to it, the field itself among them, or "". ``zero`` is what it
    reads as where an event lacks it.
    """

    name: str
    family: str
    zero: Value
    root: str = ""
    values: frozenset[str] = frozenset()


TEXT = Kind("string", "text", "")
NUMBER = Kind("int64", "number", 0)
TRUTH = Kind("bool", "truth", False)


class Unknown(Exception):
    """A path that the schema does not have."""


def kind(schema: Schema, path: str, key: str | None = None) -> Kind:
    """What is at a path. Raises :class:`Unknown`."""
    message, root, here, names = ROOT, "", "", path.split(".")
    for position, name in enumerate(names):
        here = f"{here}.{name}" if here else name
        if message not in schema or name not in schema[message]:
            raise Unknown(f"unknown UDM field: {here}" if message in schema else f"not described: {message} ({here})")
        stated = schema[message][name]
        message = stated.removeprefix(REPEATED)
        if stated != message:
            root = here
        if position == len(names) - 1:
            return _end(schema, here, stated, root, key)
        if message in SCALARS or message.startswith(MAP) or _is_enum(schema.get(message, {"": ""})):
            raise Unknown(f"no message: {here} ({message})")
    raise Unknown("no path")


def _end(schema: Schema, path: str, stated: str, root: str, key: str | None) -> Kind:
    bare = stated.removeprefix(REPEATED)
    if key is not None:
        if bare.startswith(MAP) or stated == REPEATED + LABEL:
            return TEXT
        raise Unknown(f"no map and no labels: {path} ({stated})")
    if bare in SCALARS:
        family, zero = SCALARS[bare]
        return Kind(bare, family, zero, root)
    if bare in schema and _is_enum(schema[bare]):
        zero = next(name for name, number in schema[bare].items() if number == "0")
        return Kind(bare, "enum", zero, root, frozenset(schema[bare]))
    raise Unknown(f"a message, not a value: {path} ({stated})")


def _is_enum(table: Mapping[str, str]) -> bool:
    return all(stated.isdigit() for stated in table.values())
