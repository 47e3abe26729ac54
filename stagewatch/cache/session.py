"""A command's use of the cache, from what it is about to read to what it has found out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from stagewatch.cache import runs, tools
from stagewatch.cache.errors import CacheError, Uncacheable
from stagewatch.cache.folders import cache_folder, secret_file
from stagewatch.cache.inputs import Part, Snapshot, hash_of, snapshot
from stagewatch.cache.secret import read_secret
from stagewatch.cache.store import Store
from stagewatch.printed import Printed

if TYPE_CHECKING:
    from stagewatch.cache.rules import Conversions, Proofs
    from stagewatch.conversion import Convert
    from stagewatch.pack import Pack


class Session:
    """What is known when a command starts; what it learns is kept at the end of the ``with`` block, all at once.

    It is kept only if the files and the code are then what they were at the start: what was found out while somebody
    saved a file belongs to neither state. ``trouble`` says, for the user, why the cache cannot be used or written.
    """

    def __init__(self, command: str, parts: Mapping[str, Part], options: Sequence[Any], *, wanted: bool = True) -> None:
        """``options`` are all that the command was told, as plain data; ``wanted`` is False for no cache at all."""
        self.trouble: str | None = None
        self.foreign: list[str] = []
        """Modules of other processes that took part (:func:`tools.foreign_modules`)."""
        self._command, self._parts, self._options = command, parts, list(options)
        self._store: Store | None = None
        self._pending: dict[tuple[str, str], Any] = {}
        if wanted:
            try:
                self._files, self._house, self._code = _state(parts)
                self._store = Store(cache_folder(), read_secret(secret_file()))
            except CacheError as error:
                self.trouble = f"the cache is not used: {error}"
            except Uncacheable:
                pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._store is None or not self._pending or self.foreign or tools.foreign_modules():
            return
        try:
            if _state(self._parts) != (self._files, self._house, self._code):
                return
        except Uncacheable:
            return
        for (kind, key), value in self._pending.items():
            self._store.put(kind, key, value)
        self._store.sweep()
        if self._store.trouble is not None:
            self.trouble = f"the cache cannot be written: {self._store.trouble}"

    @property
    def is_cold(self) -> bool:
        """Whether nothing is known of rules yet, as this state of the code makes of them."""
        return self._store is not None and self.get("code", self._code) is None

    def files(self, part: str) -> int:
        """How many files a part has; none where the cache stays unused."""
        return 0 if self._store is None else len(self._files.parts[part])

    def earlier(self) -> Printed | None:
        """What the same run printed, where all that it left behind is still there."""
        return None if self._store is None else runs.decoded(self.get(runs.KIND, self._key()))

    def keep(self, printed: Printed, outputs: runs.Outputs | None = None) -> None:
        """Remember this run; never one in which something failed for a reason that may pass."""
        if self._store is not None:
            self.put(runs.KIND, self._key(), runs.encoded(printed, outputs or runs.Outputs()))

    def conversions(self, pack: Pack, targets: Sequence[str], *more: str) -> Conversions | None:
        """Outcomes of the pack's rules. ``more`` is what they depend on besides files and code."""
        if self._store is None:
            return None
        from stagewatch.cache.rules import Conversions

        self.put("code", self._code, True)
        given = [self._files.contents(part) for part in ("filters", "pipelines", "environment")]
        around = {name: hash_of([self._code, self._house.contents(name), given, list(more)]) for name in targets}
        return Conversions.of(self, around, pack)

    def converting(self, pack: Pack, targets: Sequence[str], *more: str) -> Convert:
        """What converts a rule of the pack, or remembers its outcome (:meth:`conversions`)."""
        from stagewatch.conversion import convert_entry

        known = self.conversions(pack, targets, *more)
        return convert_entry if known is None else known.convert

    def proofs(self) -> Proofs | None:
        """Proofs of queries."""
        if self._store is None:
            return None
        from stagewatch.cache.rules import Proofs

        return Proofs(self, self._code)

    def get(self, kind: str, key: str) -> Any:
        """See :meth:`Store.get`."""
        return None if self._store is None else self._store.get(kind, key)

    def put(self, kind: str, key: str, value: object) -> None:
        """Keep a value at the end of the session, if it is to be believed then."""
        self._pending[kind, key] = value

    def _key(self) -> str:
        return hash_of(
            [self._command, str(Path.cwd()), self._options, self._files.digest(), self._house.digest(), self._code]
        )


def _state(parts: Mapping[str, Part]) -> tuple[Snapshot, Snapshot, str]:
    return snapshot(parts), tools.pipelines(), tools.tools()
