"""``--watch``: the command once more whenever the content of a file that it reads has changed.

Events of the file system are only the knock at the door; hashes tell whether anything has changed. So a command's own
output, a file saved as it was and an editor's scratch files start nothing. Each run is a process of its own: what
breaks in it ends nothing here, and it sees changed code as well.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from stagewatch.cache.errors import Uncacheable
from stagewatch.cache.inputs import Part, Snapshot, snapshot
from stagewatch.findings import UsageError, one_line
from stagewatch.house import pipelines_folder

OPTION = "--watch"

STEP = 50
"""Milliseconds without an event after which a save is taken to be complete."""

PULSE = 200
"""Milliseconds after which the watcher speaks up without events."""

PATIENCE = 5.0
"""Seconds that a run gets to end after Ctrl-C, which it hears too."""

MAX_FOLDERS = 20_000
"""Each costs a watch of the system, of which a user has some ten thousands (inotify(7), ``max_user_watches``)."""

MAX_SHOWN = 5

Pulses = Generator[set[Any], None, None]


def watch_and_run(parts: Mapping[str, Part]) -> int:
    """Run the command of this process, without its ``--watch``, now and after every change, until Ctrl-C.

    Returns the exit code of having watched, 0. Raises :class:`UsageError` where that is impossible.
    """
    command = [sys.executable, *(word for word in sys.orig_argv[1:] if word != OPTION)]
    try:
        for line in watched({**parts, "house": Part((pipelines_folder(),))}, lambda: _run(command)):
            click.echo(one_line(f"stagewatch: {line}"), err=True)
    except KeyboardInterrupt:
        click.echo("stagewatch: watching ended", err=True)
    return 0


def watched(parts: Mapping[str, Part], run: Callable[[], int]) -> Iterator[str]:
    """Run and wait, again and again; yields what is told to the one who waits."""
    folders = _folders(parts)
    pulses = _pulses(folders)
    before = _state(parts)
    yield _timed(run)
    yield f"watching {len(folders)} folders; Ctrl-C ends it"
    pending = True  # a save during the first run
    while True:
        pending = bool(next(pulses)) or pending
        if not pending:
            continue
        now = _folders(parts)
        if now != folders:  # the new watcher is there before the files are looked at: nothing falls between the two
            pulses.close()
            folders, pulses = now, _pulses(now)
        fresh = _state(parts)
        if fresh is None:  # a file in the middle of being replaced
            continue
        pending = False
        changed = fresh.changes(before) if before is not None else ["something"]
        before = fresh
        if changed:
            yield f"changed: {_told(changed)}"
            yield _timed(run)


def _state(parts: Mapping[str, Part]) -> Snapshot | None:
    try:
        return snapshot(parts)
    except Uncacheable:
        return None


def _folders(parts: Mapping[str, Part]) -> list[str]:
    """Every folder with something to read in it, each to be watched without those below it."""
    found: set[str] = set()
    for part in parts.values():
        for path in part.paths:
            if path.is_dir():
                found.update(folder for folder, _, _ in os.walk(path, followlinks=False))
            elif path.parent.is_dir():  # editors put a new file in the old one's place: the folder sees it
                found.add(str(path.parent))
            if len(found) > MAX_FOLDERS:
                raise UsageError(f"more than {MAX_FOLDERS} folders to watch; name fewer with --rules PATH")
    return sorted(found)


def _pulses(folders: list[str]) -> Pulses:
    """A watcher that is at work already: it gives events as they come, and an empty set where there are none."""
    try:
        from watchfiles import watch
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed; install the extra 'watch'") from error

    pulses: Pulses = watch(
        *folders, watch_filter=None, step=STEP, rust_timeout=PULSE, yield_on_timeout=True, recursive=False
    )
    try:
        next(pulses)
    except OSError as error:
        raise UsageError(f"cannot watch: {error}") from error
    return pulses


def _told(changed: list[str]) -> str:
    """Changed paths as a person reads them: from the working folder on, the first few."""
    here = Path.cwd()
    names = [
        Path(path).relative_to(here).as_posix() if Path(path).is_relative_to(here) else path
        for path in changed[:MAX_SHOWN]
    ]
    more = len(changed) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _timed(run: Callable[[], int]) -> str:
    start = time.monotonic()
    code = run()
    return f"done in {time.monotonic() - start:.1f} s (exit code {code})"


def _run(command: list[str]) -> int:
    with subprocess.Popen(command) as process:  # noqa: S603 - the command that was typed
        try:
            return process.wait()
        except KeyboardInterrupt:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
            raise
