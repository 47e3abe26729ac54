"""What the pack finds in the public recordings, and what a reviewer said of it.

``reviewed.yml`` holds one verdict for each group of hits: a rule, a file of the recordings and who did it. Run
``python -m tests.real_data.review`` to see the groups that have no verdict yet and the verdicts that no hit needs.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from stagewatch.hunt.plan import Plan
from stagewatch.hunt.results import Report
from tests.hunt.hunting import DATASETS, hunted, pack_plan

REVIEWED = Path(__file__).with_name("reviewed.yml")

TRUE, TOLERABLE, FALSE = "true staging", "tolerable", "false positive"
VERDICTS = (TRUE, TOLERABLE, FALSE)
"""What a hit is: data that was really staged; something that the rule rightly shows at its level; or neither."""

WHO = ("Image", "ProcessName", "SubjectUserName", "userIdentity.arn")
"""Fields that tell who did it, the first that an event has."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A group of hits: the rule, the file below the datasets, and the process, account or group of a correlation."""

    rule: str
    file: str
    who: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer said of a group of ``count`` hits, and why."""

    count: int
    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a hunt over all recordings found: hits by group, and the number of events and of those of a log source."""

    groups: Mapping[Key, int]
    total: int
    kinds: Mapping[str, int]


@cache
def found() -> Found:
    """Hunt with the whole pack over all recordings (about half a minute)."""
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "events.parquet"
        with hunted(pack_plan(), DATASETS, save=events) as report:
            return Found(_groups(report, events), report.account.total, _kinds(report))


def _kinds(report: Report) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for kind, number in report.account.kinds().items():
        counted["/".join(part for part in (kind.product, kind.category or kind.service) if part)] += number
    return dict(counted)


def _groups(report: Report, events: Path) -> dict[Key, int]:
    doers = _doers(events)
    groups: Counter[Key] = Counter()
    for hit in report.hits():
        groups[Key(hit.rule, _file(hit.origin), doers.get(hit.position, ""))] += 1
    for burst in report.bursts:
        who = ", ".join(value for name, value in burst.keys.items() if not name.endswith("Guid"))
        groups[Key(burst.rule, _file(burst.members[0].origin), who)] += 1
    return dict(groups)


def _file(origin: str) -> str:
    return origin.removeprefix(f"{DATASETS}/")


def _doers(events: Path) -> dict[int, str]:
    """The running number of an event -> who did it."""
    import duckdb

    asked = duckdb.read_parquet(str(events / "**" if events.is_dir() else events))
    known = [name for name in WHO if name in asked.columns]
    told = ", ".join(f'"{name}"' for name in known)
    return {int(position): str(who) for position, who in asked.project(f"position, coalesce({told}, '')").fetchall()}


def reviewed() -> dict[Key, Verdict]:
    """The verdicts. Raises :class:`ValueError` for one that is none, has no reason or stands twice."""
    verdicts: dict[Key, Verdict] = {}
    for rule, entries in yaml.safe_load(REVIEWED.read_text(encoding="utf-8")).items():
        for entry in entries:
            if entry["verdict"] not in VERDICTS or len(entry["why"]) < 10:
                raise ValueError(f"{rule}: {entry}: a verdict is one of {', '.join(VERDICTS)}, with a reason")
            for file, doers in entry["hits"].items():
                for who, count in doers.items():
                    key = Key(rule, file, who)
                    if key in verdicts:
                        raise ValueError(f"{key} has two verdicts")
                    verdicts[key] = Verdict(count, entry["verdict"], entry["why"])
    return verdicts


def rules_of(plan: Plan) -> dict[str, str]:
    """The rules and correlations of a plan with their levels."""
    return {stem: facts.level for stem, facts in plan.rules.items()}


def main() -> None:
    """Print what has no verdict, in the form of the file, and what no hit needs any more."""
    known = reviewed() if REVIEWED.exists() else {}
    groups = found().groups
    fresh: dict[str, list[dict[str, object]]] = {}
    for key, count in sorted(groups.items()):
        if key not in known or known[key].count != count:
            entry = fresh.setdefault(key.rule, [{"verdict": "", "why": "", "hits": {}}])[0]
            entry["hits"].setdefault(key.file, {})[key.who] = count  # type: ignore[attr-defined]
    yaml.safe_dump(fresh, sys.stdout, sort_keys=False, allow_unicode=True, width=10_000)
    for key in sorted(known.keys() - groups.keys()):
        print(f"# no hit any more: {key}")


if __name__ == "__main__":
    main()
