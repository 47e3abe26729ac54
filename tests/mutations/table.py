"""Writes ``docs/mutations.md``: ``python -m tests.mutations.table``."""

from __future__ import annotations

from collections import Counter

from stagewatch.targets import TARGETS
from tests.mutations.mutants import REPOSITORY, Outcome, mutations, outcome

TABLE = REPOSITORY / "docs" / "mutations.md"

PLACES = {"query": "query", "pipeline": "pipeline", "code": "code of the target"}

HEAD = """# Mutations

A proof that nothing can fail proves nothing. Each row below is a small change that makes a query wrong: in the emitted
query itself, in a target's pipeline, or in the code that writes the query. `tests/mutations` makes each change and
proves the result like any other query; a change that the proofs did not notice would fail there.

"Caught by" names the step that noticed:

- *parser*: the text is no query of the language;
- *schema*: the query names a table, field, function or value that the platform does not have;
- *engine*: the engine that runs it refuses a construct whose meaning the vendor leaves open;
- *missed* and *wrongly hit*: run on the events of the rule's fixture, the query loses events that must match, or finds
  others, with their number (a query that stands in two files counts twice). For a correlation *wrongly found* is a
  group that nothing should be said about, or a row too many, and its cases are tried up to the first that tells.

This page is written by `python -m tests.mutations.table`.
"""


def text() -> str:
    """The whole page."""
    found = [outcome(mutation) for mutation in mutations()]
    order = {target: place for place, target in enumerate(TARGETS)}
    found.sort(key=lambda one: order[one.mutation.target])  # stable: by kind and as listed within a target
    counts = Counter(one.mutation.target for one in found)
    total = ", ".join(f"{target} {counts[target]}" for target in TARGETS)
    rows = ["| Target | Change | Rule | Made in | Caught by |", "|---|---|---|---|---|", *map(_row, found)]
    return f"{HEAD}\n{len(found)} mutations: {total}.\n\n" + "\n".join(rows) + "\n"


def _row(found: Outcome) -> str:
    one = found.mutation
    return f"| {one.target} | {one.name} | `{one.rule}` | {PLACES[one.kind]} | {found.caught_by} |"


if __name__ == "__main__":
    TABLE.write_text(text(), encoding="utf-8")
