"""What a command takes as a whole: wall and processor seconds, and the memory of its processes together."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.convert import ROOT, Ended, Run

EVERY = 0.05
"""Seconds from one look at the memory to the next."""


@dataclass(frozen=True)
class TreeRun(Run):
    """``processor`` are the seconds of all processors; ``others`` is the share of the machine that others took."""

    processor: float
    others: float


def hunt(*arguments: str | Path, out: Path | None = None) -> TreeRun:
    """Run ``convert.py hunt`` with output as JSON, kept in a file or thrown away."""
    return tree([sys.executable, str(ROOT / "convert.py"), "hunt", *map(str, arguments), "--output", "json"], out)


def tree(command: list[str], out: Path | None = None, good: tuple[int, ...] = (0, 1)) -> TreeRun:
    """Run a command to its end; the memory is the largest sum over its processes, in MiB, pages shared counted twice.

    Raises :class:`Ended` on another exit code than the good ones: 1 is a hunt that found something.
    """
    start, busy_before, own_before = time.perf_counter(), busy(), _own()
    with (
        (out or Path("/dev/null")).open("wb") as target,
        subprocess.Popen(command, stdout=target, stderr=subprocess.PIPE, cwd=ROOT) as process,
    ):
        watch = _Watch(process.pid)
        _, errors = process.communicate()
        seconds = time.perf_counter() - start
        peak = watch.end()
    if process.returncode not in good:
        raise Ended(errors.decode(errors="replace"))
    own, whole = _own() - own_before, seconds * (os.cpu_count() or 1)
    return TreeRun(seconds, peak, own, max(0.0, busy() - busy_before - own) / whole)


def _own() -> float:
    """Processor seconds of ended children and theirs, and of this process, which looks on."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF))
    )


def busy() -> float:
    """Seconds since the start that all processors together did anything (proc_stat(5)); 0 where it is not told."""
    path = Path("/proc/stat")
    if not path.exists():
        return 0.0
    user, nice, system, _, _, interrupts, soft, stolen = map(int, path.read_text().split()[1:9])
    return (user + nice + system + interrupts + soft + stolen) / os.sysconf("SC_CLK_TCK")


def wait_for_quiet(seconds: float) -> None:
    """Wait until others take less than a tenth of the machine, at most so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = busy()
        time.sleep(1)
        if busy() - before < 0.1 * (os.cpu_count() or 1):
            return


class _Watch:
    """Looks at the resident memory of a process and its descendants until told to end."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._peak = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(EVERY):
            self._peak = max(self._peak, resident(self._root))

    def end(self) -> float:
        self._over.set()
        self._thread.join()
        return self._peak


def resident(root: int) -> float:
    """Resident memory in MiB of a process and its descendants now, by Linux's ``/proc`` (proc_pid_status(5))."""
    children: dict[int, list[int]] = defaultdict(list)
    memory: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:  # it ended meanwhile
            continue
        number = int(lines["Pid"])
        children[int(lines["PPid"])].append(number)
        memory[number] = int(lines.get("VmRSS", "0 kB").split()[0])
    total, waiting = 0, [root]
    while waiting:
        one = waiting.pop()
        total += memory.get(one, 0)
        waiting += children[one]
    return total / 1024
