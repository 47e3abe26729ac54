from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from stagewatch.findings import StagewatchError, UsageError
from stagewatch.workers import Workers, default_jobs, serially


def work(shared: int, task: int) -> tuple[int, int]:
    time.sleep(0.01 * (task % 3))
    return shared + task, os.getpid()


def fail(_: object, task: int) -> int:
    time.sleep(0.05 if task == 2 else 0)
    if task >= 2:
        raise StagewatchError(f"task {task}")
    return task


class Awkward(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def fail_awkwardly(_: object, __: int) -> None:
    raise Awkward(1, 2)


def die(_: object, __: int) -> None:
    os._exit(9)


def sleep(_: object, seconds: float) -> None:
    time.sleep(seconds)


def ignore(*_: object) -> None:
    pass


def test_results_come_in_the_order_of_the_tasks_from_several_processes() -> None:
    seen: dict[int, object] = {}
    with Workers(2) as workers:
        results = workers.run(work, 100, list(range(20)), seen.__setitem__)
    assert [number for number, _ in results] == [100 + task for task in range(20)]
    assert os.getpid() not in {process for _, process in results}
    assert len({process for _, process in results}) == 2
    assert [seen[place] for place in range(20)] == results


def test_one_job_is_this_process_alone() -> None:
    with Workers(1) as workers:
        workers.start()
        assert not workers.started
    assert [process for _, process in serially(work, 0, [1, 2], ignore)] == [os.getpid()] * 2


def test_the_exception_is_that_of_the_first_task_whoever_is_sooner() -> None:
    with Workers(2) as workers, pytest.raises(StagewatchError, match="task 2"):
        workers.run(fail, None, list(range(10)), ignore)


def test_an_exception_that_cannot_travel_is_told() -> None:
    with Workers(2) as workers, pytest.raises(RuntimeError, match="Awkward: 1 and 2"):
        workers.run(fail_awkwardly, None, [1], ignore)


def test_what_cannot_travel_is_done_here() -> None:
    with Workers(2) as workers:
        assert workers.run(lambda shared, task: shared + task, 1, [1, 2], ignore) == [2, 3]
        assert not workers.started


def test_a_process_that_is_lost_is_told_in_one_line() -> None:
    with Workers(2) as workers, pytest.raises(UsageError, match="--jobs 1"):
        workers.run(die, None, [1, 2, 3], ignore)


@pytest.mark.parametrize("at_work", [False, True])
def test_no_process_outlives_the_block(at_work: bool) -> None:
    processes: list[Any] = []

    def interrupted() -> None:
        with Workers(2) as workers:
            workers.start()
            processes.extend(process for process, _ in workers._processes)
            if at_work:
                for _, connection in workers._processes:
                    connection.send_bytes(pickle.dumps((sleep, None)))
                    connection.send((0, 600))
            raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not any(process.is_alive() for process in processes)
    assert time.monotonic() - start < 60


def test_there_is_a_job_for_each_processor_within_bounds() -> None:
    assert 1 <= default_jobs() <= 4


SCRIPT = """
import sys, time
print("main", flush=True)
from stagewatch.workers import Workers
from tests.test_workers import sleep, ignore
try:
    with Workers(2) as workers:
        workers.start()
        print("started", flush=True)
        workers.run(sleep, None, [30, 30, 30], ignore)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_an_interrupt_ends_all_quickly_and_without_a_word(tmp_path: Path) -> None:
    script = tmp_path / "script.py"  # without a guard against being imported: it must not be run again by each process
    script.write_text(SCRIPT)
    root = Path(__file__).resolve().parents[1]
    process = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "main\n"
    assert process.stdout.readline() == "started\n"
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == ("interrupted\n", "", 0)
    assert nobody_is_left(process.pid)


def nobody_is_left(group: int) -> bool:
    """Whether the process group is empty, at once or a moment later."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False
