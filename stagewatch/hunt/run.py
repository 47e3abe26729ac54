"""A hunt from the paths of logs to a report: read, keep as Parquet in a scratch folder, ask, tell."""

from __future__ import annotations

import contextlib
import importlib
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType

from stagewatch.findings import UsageError
from stagewatch.hunt.plan import Plan
from stagewatch.hunt.results import Report
from stagewatch.hunt.store import Store
from stagewatch.logs import Account, Batch, read, write_parquet

Progress = Callable[[Account, str | None], None]
"""Called with the account so far, often, and with what is done once all is read."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to hunt.

    ``format`` overrides what the logs' content tells; ``since`` and ``until`` (UTC, naive) bound the events that take
    part; ``save`` keeps all events with all their fields; ``engine`` is ``duckdb`` or ``spark``, ``master`` the
    cluster's URL for Spark.
    """

    format: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    save: Path | None = None
    engine: str = "duckdb"
    master: str | None = None


@contextlib.contextmanager
def hunt(plan: Plan, paths: Sequence[str], options: Options, progress: Progress = lambda *_: None) -> Iterator[Report]:
    """Hunt; the report holds while the scratch folder lives. Raises :class:`UsageError` where events cannot be kept."""
    with _scratch() as scratch:
        account = Account()
        if options.engine == "spark":
            store, dismissed = _on_spark(plan, paths, options, account, scratch)
        else:
            store, dismissed = _here(plan, paths, options, account, scratch, progress)
        with contextlib.closing(store):
            store.finish()
            bursts = store.bursts()
            yield Report(
                rules=plan.rules,
                counts=store.counts(bursts),
                hits=store.hits,
                bursts=bursts,
                account=account,
                not_asked=plan.not_asked,
                engine=options.engine,
                since=options.since,
                until=options.until,
                dismissed=dismissed,
            )


def _here(
    plan: Plan, paths: Sequence[str], options: Options, account: Account, scratch: Path, progress: Progress
) -> tuple[Store, int]:
    from stagewatch.hunt.local import ask

    whole = options.save is not None
    batches = read(
        paths,
        options.format,
        account=account,
        scratch=scratch,
        fields=None if whole else plan.fields,
        wanted=None if whole else plan.wants,
    )
    try:
        files = write_parquet(_told(batches, account, progress), options.save or scratch / "events")
    except OSError as error:
        raise UsageError(f"the events cannot be kept: {error}") from error
    progress(account, "asking the rules")
    store = Store(plan, scratch)
    return store, ask(plan, files, store, options.since, options.until)


def _on_spark(plan: Plan, paths: Sequence[str], options: Options, account: Account, scratch: Path) -> tuple[Store, int]:
    from stagewatch.hunt.spark import SparkEngine

    if options.save or options.format:
        raise UsageError("on a cluster nothing is saved and every shape is told by its content: no --save, no --format")
    engine = SparkEngine(plan, account, options.master, options.since, options.until)
    with contextlib.closing(engine):
        store = Store(plan, scratch)
        return store, engine.run(paths, store)


def _told(batches: Iterator[Batch], account: Account, progress: Progress) -> Iterator[Batch]:
    """The batches as they come, each told to who watches."""
    for batch in batches:
        yield batch
        progress(account, None)


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A folder that is gone afterwards, on interrupt and termination too."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # DuckDB's library ends the process where an interrupt meets it while it loads: before there is anything to remove
    importlib.import_module("duckdb")
    before = signal.signal(signal.SIGTERM, stop)
    try:
        with tempfile.TemporaryDirectory(prefix="stagewatch-hunt-") as folder:
            yield Path(folder)
    finally:
        signal.signal(signal.SIGTERM, before)
