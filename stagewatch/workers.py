"""Processes that work at the same time. Results come in the order of the tasks, whoever finished first.

Processes are started afresh ("spawn") on every system: a process that is copied with threads, an open database or a
Java machine in it may hang. Each costs the time of its imports, about half a second, and its own memory.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from stagewatch.findings import UsageError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MAX_JOBS = 4
"""The default's upper bound: with the engines of all languages loaded a process holds some 600 MiB."""

PATIENCE = 2.0
"""Seconds that processes get to finish what they are at, once nobody waits for it."""

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")


class Run(Protocol):
    """Calls ``function(shared, task)`` for each task and returns the results in the order of the tasks.

    ``done`` is called with the place of a task and its result as they come.
    """

    def __call__(
        self, function: Callable[[S, T], R], shared: S, tasks: Sequence[T], done: Callable[[int, R], None]
    ) -> list[R]: ...


def default_jobs() -> int:
    """As many processes as this one may use processors, at most :data:`MAX_JOBS`."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MAX_JOBS)


def serially(function: Callable[[S, T], R], shared: S, tasks: Sequence[T], done: Callable[[int, R], None]) -> list[R]:
    """One task after the other, in this process."""
    results = []
    for index, task in enumerate(tasks):
        results.append(function(shared, task))
        done(index, results[-1])
    return results


class Workers:
    """Some processes, started once and ended with the ``with`` block, however that ends."""

    def __init__(self, jobs: int | None = None, modules: Sequence[str] = ()) -> None:
        """``jobs`` is the number of processes, :func:`default_jobs` for None; 1 is this one and no other.

        ``modules`` are imported by each process at once, while this one still reads what they will work on.
        """
        self._jobs = jobs or default_jobs()
        self._modules = tuple(modules)
        self._processes: list[tuple[Any, Connection]] = []
        self.foreign: list[str] = []
        """What :func:`stagewatch.cache.tools.foreign_modules` gives in the processes; known at their end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._finish()
        self._end()

    @property
    def started(self) -> bool:
        """Whether the processes are there already."""
        return bool(self._processes)

    @property
    def several(self) -> bool:
        """Whether there may be processes besides this one."""
        return self._jobs > 1

    def start(self) -> None:
        """Start the processes, unless they are there."""
        if self._processes or not self.several:
            return
        import multiprocessing

        context = multiprocessing.get_context("spawn")
        with _interrupts_ignored(), _without_main():  # they inherit both: an interrupt is this process's business
            for _ in range(self._jobs):
                mine, other = context.Pipe()
                process = context.Process(target=_serve, args=(other, self._modules), daemon=True)
                process.start()
                other.close()
                self._processes.append((process, mine))

    def run(
        self, function: Callable[[S, T], R], shared: S, tasks: Sequence[T], done: Callable[[int, R], None]
    ) -> list[R]:
        """See :class:`Run`; at most once. An exception is that of the first task, in their order, that raised one.

        What cannot be handed to another process is done in this one. Raises :class:`UsageError` where the system has
        ended a process.
        """
        try:
            payload = pickle.dumps((function, shared))
        except (pickle.PicklingError, TypeError, AttributeError, RecursionError):
            return serially(function, shared, tasks, done)
        from multiprocessing.connection import Connection, wait

        self.start()
        results: dict[int, R] = {}
        failed: dict[int, BaseException] = {}
        waiting = iter(enumerate(tasks))
        busy: list[Connection] = []

        def feed(connection: Connection) -> None:
            task = None if failed else next(waiting, None)
            if task is not None:
                connection.send(task)
                busy.append(connection)

        with _no_one_lost():
            for _, connection in self._processes:
                connection.send_bytes(payload)
                feed(connection)
            while busy:
                for connection in [one for one in wait(busy) if isinstance(one, Connection)]:
                    busy.remove(connection)
                    index, error, result = connection.recv()
                    if error is None:
                        results[index] = result
                        done(index, result)
                    else:
                        failed[index] = error
                    feed(connection)
        if failed:
            raise failed[min(failed)]
        return [results[index] for index in range(len(tasks))]

    def _finish(self) -> None:
        """Ask each process what it has loaded; then it ends."""
        for _, connection in self._processes:
            with contextlib.suppress(OSError, EOFError):
                connection.send_bytes(b"")
        for _, connection in self._processes:
            with contextlib.suppress(OSError, EOFError):
                self.foreign += connection.recv()

    def _end(self) -> None:
        for _, connection in self._processes:
            connection.close()
        deadline = time.monotonic() + PATIENCE
        for process, _ in self._processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
        self._processes = []


@contextlib.contextmanager
def _no_one_lost() -> Iterator[None]:
    try:
        yield
    except (EOFError, BrokenPipeError, ConnectionResetError) as error:
        raise UsageError(
            "the system has ended a process that was at work, mostly for want of memory; --jobs 1 needs the least"
        ) from error


def _serve(connection: Connection, modules: Sequence[str]) -> None:
    """What a process does: it takes a function with what is shared, and then tasks, until nobody asks any more."""
    for name in modules:
        importlib.import_module(name)
    with contextlib.suppress(EOFError, OSError):  # the other end has gone
        function, shared = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the process that started this one
        while True:
            message = connection.recv_bytes()
            if not message:
                from stagewatch.cache.tools import foreign_modules

                connection.send(foreign_modules())
                return
            index, task = pickle.loads(message)  # noqa: S301 - as above
            try:
                answer = pickle.dumps((index, None, function(shared, task)))
            except Exception as error:  # noqa: BLE001 - the process that asked raises it
                answer = pickle.dumps((index, _sendable(error), None))
            connection.send_bytes(answer)


def _sendable(error: Exception) -> Exception:
    """The exception itself where it survives the way, else one that says the same."""
    try:
        if isinstance(pickle.loads(pickle.dumps(error)), type(error)):  # noqa: S301 - our own
            return error
    except Exception:  # noqa: BLE001,S110 - an exception may have any constructor
        pass
    return RuntimeError(f"{type(error).__name__}: {error}")


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Let processes start that do not run the script of this one once more: it may be anybody's."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread, which alone may say what signals do
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
