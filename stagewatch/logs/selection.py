"""What a caller wants of the events: which fields, and which kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from stagewatch.logs.kinds import Kind
from stagewatch.logs.values import EVENT_KEY, HOUSE, Row

_SECOND = re.compile(r"_\d+$")


@dataclass(frozen=True, slots=True)
class Selection:
    """The fields in the caller's spelling, None for all, and a test of kinds, None for all."""

    fields: frozenset[str] | None = None
    kinds: Callable[[Kind], bool] | None = None
    folded: frozenset[str] = frozenset()

    @classmethod
    def of(cls, fields: Iterable[str] | None, kinds: Callable[[Kind], bool] | None) -> Selection:
        """A selection; fields are compared without case, as columns are."""
        if fields is None:
            return cls(None, kinds)
        names = frozenset(fields)
        return cls(names, kinds, frozenset(name.lower() for name in names))

    def keeps(self, kind: Kind) -> bool:
        """Whether events of the kind are returned, not only counted."""
        return self.kinds is None or self.kinds(kind)

    def has(self, column: str) -> bool:
        """Whether the column of a field is returned; ``name_2``, what differs from ``name`` by case, goes with it."""
        if self.fields is None or column == EVENT_KEY:
            return True
        name = column.lower()
        return name in self.folded or name.rstrip("_") in self.folded or _SECOND.sub("", name) in self.folded

    def row(self, row: Row) -> Row:
        """The row with the columns of the house and the fields wanted."""
        if self.fields is None:
            return row
        return {name: value for name, value in row.items() if name in HOUSE or self.has(name)}
