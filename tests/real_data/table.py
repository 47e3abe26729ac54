"""Writes ``docs/real-data.md``: every hit of the pack in the public recordings with the reviewer's verdict.

Run as ``python -m tests.real_data.table`` where the datasets are; the numbers of events come from them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from tests.hunt.hunting import ROOT, pack_plan
from tests.real_data.review import FALSE, TOLERABLE, TRUE, Key, Verdict, found, reviewed, rules_of

PAGE = ROOT / "docs" / "real-data.md"

EVENTS = Path(__file__).with_name("events.json")
"""How many events the recordings hold, so that the page can be checked where they are absent."""

HEAD = """\
# The pack on recorded events

Written by `python -m tests.real_data.table`. All rules and correlations of the pack were run by
`python convert.py hunt` over public recordings (OTRF Security-Datasets, EVTX-ATTACK-SAMPLES, EVTX-to-MITRE-Attack,
SigmaHQ's regression data): {total:,} events of attacks and of what ran beside them, most of them techniques other than
staging. Every group of hits (rule, file, and who did it) was looked at; `tests/real_data/reviewed.yml` keeps the
verdicts, and a test compares them with a hunt.

- *true staging*: data or a tool's output was really put there to be taken away or used.
- *tolerable*: what the rule says did happen, for a benign or another reason, and the rule's level says as much.
- *false positive*: neither.

Recordings are of lab machines: few users, no file servers, few installers and no backup. Rates on them say that a rule
is not absurd; they do not tell how often it will be hit at a site.

| events | of |
|---|---|
{kinds}

## By rule

| rule | level | true staging | tolerable | false positive | false positives per 10,000 events |
|---|---|---|---|---|---|
{rules}

{silent} of the {count} rules and correlations hit nothing there.

## Every group of hits
"""


def page(verdicts: Mapping[Key, Verdict], levels: Mapping[str, str], events: Mapping[str, int]) -> str:
    """The whole page; ``events`` are the numbers of events by kind, and their ``total``."""
    kinds = sorted(((number, kind) for kind, number in events.items() if kind != "total"), reverse=True)
    ordered = sorted(verdicts, key=lambda key: (key.rule, key.file, key.who))
    by_rule = {rule: list(keys) for rule, keys in groupby(ordered, lambda key: key.rule)}
    head = HEAD.format(
        total=events["total"],
        kinds="\n".join(f"| {number:,} | {kind or 'other'} |" for number, kind in kinds),
        rules="\n".join(_of_rule(rule, keys, verdicts, levels, events["total"]) for rule, keys in by_rule.items()),
        silent=len(levels.keys() - by_rule.keys()),
        count=len(levels),
    )
    return "\n".join([head, *(line for rule, keys in by_rule.items() for line in _hits(rule, keys, verdicts)), ""])


def _of_rule(rule: str, keys: list[Key], verdicts: Mapping[Key, Verdict], levels: Mapping[str, str], total: int) -> str:
    counted: Counter[str] = Counter()
    for key in keys:
        counted[verdicts[key].verdict] += verdicts[key].count
    rate = counted[FALSE] * 10_000 / total
    counts = " | ".join(str(counted[one]) for one in (TRUE, TOLERABLE, FALSE))
    return f"| `{rule}` | {levels.get(rule, '?')} | {counts} | {rate:.2f} |"


def _hits(rule: str, keys: list[Key], verdicts: Mapping[Key, Verdict]) -> Iterator[str]:
    yield ""
    yield f"### {rule}"
    yield ""
    yield "| hits | file | who | verdict | why |"
    yield "|---|---|---|---|---|"
    for key in keys:
        said = verdicts[key]
        file = key.file.rpartition("/")[2].rpartition("!")[2]
        yield f"| {said.count} | {file} | {_cell(key.who)} | {said.verdict} | {_cell(said.why)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    EVENTS.write_text(json.dumps({"total": found().total, **found().kinds}, indent=2, sort_keys=True) + "\n")
    PAGE.write_text(page(reviewed(), rules_of(pack_plan()), json.loads(EVENTS.read_bytes())), encoding="utf-8")
