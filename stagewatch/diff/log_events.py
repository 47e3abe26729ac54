"""Which events of logs two versions of a rule disagree about. Of very many some are shown."""

# ruff: noqa: S608 - what is put in SQL are numbers and names of our own

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stagewatch.diff.asking import Asked, Trial, asked
from stagewatch.diff.model import Hit, Hits, LogsRead
from stagewatch.findings import UsageError
from stagewatch.hunt.local import ask
from stagewatch.hunt.results import Burst
from stagewatch.hunt.store import ONE_EVENT, Store
from stagewatch.logs import Account, read, write_parquet

SHOWN = 25
"""Events of a rule that are shown on either side; the counts tell of all."""


def try_on_logs(
    trials: Sequence[Trial], paths: Sequence[Path], root: Path, scratch: Path
) -> tuple[list[Hits], LogsRead]:
    """Ask all trials of the events in logs. ``root`` is taken from the paths that are shown."""
    questions = asked(trials, by_case=False, parts=False)
    plan = questions.plan
    account = Account()
    batches = read(
        [str(path) for path in paths],
        None,
        account=account,
        scratch=scratch,
        fields=plan.fields,
        wanted=plan.wants,
    )
    try:
        files = write_parquet(batches, scratch / "logs")
    except OSError as error:
        raise UsageError(f"the events cannot be kept: {error}") from error
    told = LogsRead(account.total, len(account.files), sum(1 for _ in account.troubled()))
    store = Store(plan, scratch)
    try:
        ask(plan, files, store)
        store.finish()
        bursts = store.bursts()
        hits = [_hits(number, questions, store, bursts, root) for number in range(len(trials))]
    finally:
        store.close()
        for left in scratch.glob("found.duckdb*"):
            left.unlink()
    return hits, told


def _hits(number: int, questions: Asked, store: Store, bursts: Sequence[Burst], root: Path) -> Hits:
    before, now = f"{number}/before", f"{number}/now"
    newly, newly_count = _only(now, before, questions, store, root)
    gone, gone_count = _only(before, now, questions, store, root)
    newly_groups, gone_groups = _groups(now, before, bursts, root), _groups(before, now, bursts, root)
    return Hits(
        (*newly, *newly_groups[:SHOWN]),
        (*gone, *gone_groups[:SHOWN]),
        newly_count + len(newly_groups),
        gone_count + len(gone_groups),
    )


def _only(one: str, other: str, questions: Asked, store: Store, root: Path) -> tuple[tuple[Hit, ...], int]:
    """The events that one question hits and the other does not: some of them, and their number."""
    place, beside = questions.number(one), questions.number(other)
    if place is None:
        return (), 0
    elsewhere = f"SELECT {ONE_EVENT} FROM found WHERE hunt_question = {-1 if beside is None else beside}"
    mine = (
        f"SELECT min(position) AS position FROM found WHERE hunt_question = {place} "
        f"AND {ONE_EVENT} NOT IN ({elsewhere}) GROUP BY {ONE_EVENT}"
    )
    execute = store.connection.execute
    (count,) = execute(f"SELECT count(*) FROM ({mine})").fetchall()[0]
    rows = execute(
        f"SELECT event_time, host, origin, matched FROM hits WHERE rule = ? AND position IN ({mine}) "
        f"ORDER BY event_time NULLS LAST, origin, position LIMIT {SHOWN}",
        [one],
    ).fetchall()
    hits = []
    for time, host, origin, matched in rows:
        fields = dict(sorted((entry["name"], entry["value"]) for entry in matched))
        when = "no time" if time is None else time.isoformat(" ", "seconds")
        hits.append(Hit(f"{when}{f', {host}' if host else ''}", fields, _shown(origin, root)))
    return tuple(hits), int(count)


def _groups(one: str, other: str, bursts: Sequence[Burst], root: Path) -> tuple[Hit, ...]:
    there = {tuple(burst.keys.values()) for burst in bursts if burst.rule == other}
    return tuple(
        Hit(
            f"a group of {burst.count} from {burst.first.isoformat(' ', 'seconds')}",
            dict(burst.keys),
            ", ".join(sorted({_shown(member.origin, root) for member in burst.members})[:3]),
        )
        for burst in bursts
        if burst.rule == one and tuple(burst.keys.values()) not in there
    )


def _shown(origin: str, root: Path) -> str:
    """A file below the root by its path there; any other by its name alone, which is the same on every machine."""
    path = Path(origin)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
