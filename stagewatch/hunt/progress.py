"""How far a hunt is: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stagewatch.logs import Account


class Progress:
    """A bar on standard error: bytes of the files read so far, of all that were named."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._sizes: dict[str, int] = {}
        self._seen = self._done = 0
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if sys.stderr is not None and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self._sizes = dict(_sizes(self._paths))
            columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
            self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("reading", total=sum(self._sizes.values()) or None)
            self._bar.start()
        return self

    def tell(self, account: Account, doing: str | None = None) -> None:
        """Show what the account says by now, or what is done after reading."""
        if self._bar is None:
            return
        for file in account.files[self._seen : -1]:  # the last one is being read
            self._done += self._sizes.get(file.path, 0)
        self._seen = max(len(account.files) - 1, 0)
        text = doing or f"{account.total:,} events in {len(account.files):,} files"
        self._bar.update(self._task, completed=self._done, description=text)
        if doing:
            self._bar.update(self._task, total=None)

    def stop(self) -> None:
        """Take the bar away, before something else is printed."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _sizes(paths: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The files below the paths and their sizes in bytes, as far as they can be seen."""
    for path in paths:
        for one in [path] if Path(path).exists() else glob.iglob(path, recursive=True):  # noqa: PTH207 - Path.glob takes no absolute pattern
            if not Path(one).is_dir():
                yield one, Path(one).stat().st_size if Path(one).is_file() else 0
                continue
            for folder, _, names in os.walk(one):
                for name in names:
                    file = Path(folder, name)
                    if file.is_file():
                        yield str(file), file.stat().st_size
