"""A review as Markdown, and everything that it leaves in its folder."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stagewatch.diff import html as diff_html
from stagewatch.diff import json as diff_json
from stagewatch.diff import markdown as diff_markdown
from stagewatch.diff.markdown import code, plain
from stagewatch.manifest import dump
from stagewatch.review import steps
from stagewatch.review.model import CheckPart, Problem, ProvePart, Review, counted
from stagewatch.review.steps import REPORTS

REPORT = "report.md"

SHOWN = 30
"""Findings and failed proofs that are told one by one; ``check.json`` and ``prove.xml`` have all of them."""

_SUFFIX = re.compile(r"^\.[a-z.]+: ")
"""Of the query's file, with which a problem begins."""

ROOM = 64_000
"""Bytes of a report, so that it fits into a comment on GitHub with what is put before it."""


def files(review: Review) -> dict[str, bytes]:
    """The report and what it is made of, by file name."""
    made = {REPORT: markdown(review).encode(), "review.json": dump(steps.plain(review))}
    if review.check is not None:
        made |= {path: review.check.files[name].encode() for name, path in REPORTS.items()}
    if review.prove is not None:
        made["prove.xml"] = review.prove.junit
    if review.diff is not None:
        made["diff.html"] = diff_html.render(review.diff).encode()
        made["diff.json"] = diff_json.render(review.diff).encode()
    return made


def markdown(review: Review) -> str:
    """The report: the verdict and why, what else is to be looked at, and rule by rule what the change means."""
    verdict = "**Passes.**" if not review.reasons else f"**Fails:** {', '.join(review.reasons)}."
    head = [f"{verdict} {_summary(review)}".strip()]
    head += [f"**{name}** could not be run: {code(reason)}" for name, reason in review.broken.items()]
    extra = [*(_findings(review.check) if review.check else ()), *(_proofs(review.prove) if review.prove else ())]
    if review.diff is not None:
        room = ROOM - sum(len(part.encode()) + 2 for part in head)
        return "\n\n".join([*head, diff_markdown.render(review.diff, extra, room)])
    return "\n\n".join([*head, *extra]) + "\n"


def _summary(review: Review) -> str:
    told = []
    if review.check is not None:
        told.append(f"check: {_check(review.check)}")
    if review.prove is not None:
        counts = [f"{count} {verdict}" for verdict, count in sorted(review.prove.verdicts.items()) if count]
        told.append(f"prove: {', '.join(counts) or 'nothing to prove'}")
    told += [f"{name}: left out ({plain(reason)})" for name, reason in review.skipped.items()]
    return "; ".join(told) + "." if told else ""


def _check(check: CheckPart) -> str:
    counts = [counted(check.count(name), name) for name in ("error", "warning", "note") if check.count(name)]
    found = ", ".join(counts) if counts else "no findings"
    if not check.compared:
        return found
    new = f"{found} by this change" if counts else "nothing new"
    rest = [f"{check.mended} mended"] if check.mended else []
    rest += [f"{check.known} known before"] if check.known else []
    return f"{new} ({', '.join(rest)})" if rest else new


def _findings(check: CheckPart) -> Iterable[str]:
    if not check.new:
        return
    yield "### Findings" + (" that this change brings" if check.compared else "")
    order = ("error", "warning", "note")
    worst = sorted(check.new, key=lambda one: (order.index(one.severity), one.path, one.line or 0, one.code))
    yield "\n".join(["| | Code | Where | What |", "| --- | --- | --- | --- |", *map(_finding, worst[:SHOWN])])
    if len(worst) > SHOWN:
        yield f"{len(worst) - SHOWN} more are in {code(REPORTS['json'])}."


def _finding(one: Problem) -> str:
    where = one.path if one.line is None else f"{one.path}:{one.line}"
    target = f" {_cell(one.target)}" if one.target else ""
    return f"| {one.severity} | {one.code} | {_cell(where)}{target} | {plain(one.message)}<br>{plain(one.hint)} |"


def _proofs(prove: ProvePart) -> Iterable[str]:
    if prove.findings:
        yield "### Fixtures that cannot be read\n\n" + "\n".join(f"- {code(one)}" for one in prove.findings[:SHOWN])
    if prove.failed:
        yield "### Queries that do not do what their rule says"
        yield _table(prove.failed)
    if prove.unproven:
        told = "1 query" if len(prove.unproven) == 1 else f"{len(prove.unproven)} queries"
        yield f"<details><summary>{told} not proven</summary>\n\n{_table(prove.unproven)}\n\n</details>"


def _table(found: Iterable[tuple[str, str, str]]) -> str:
    """A row for each rule and problem, with the targets that have it: mostly it is the same on all of them."""
    targets: dict[tuple[str, str], list[str]] = {}
    for stem, target, problem in found:
        targets.setdefault((stem, _SUFFIX.sub("", problem)), []).append(target)
    rows = [(stem, ", ".join(dict.fromkeys(names)), problem) for (stem, problem), names in targets.items()]
    shown = [f"| {_cell(stem)} | {names} | {plain(problem)} |" for stem, names, problem in rows[:SHOWN]]
    rest = f"\n\n{len(rows) - SHOWN} more are in {code('prove.xml')}." if len(rows) > SHOWN else ""
    return "\n".join(["| Rule | Targets | What |", "| --- | --- | --- |", *shown]) + rest


def _cell(words: str) -> str:
    """Text letter by letter, in a cell of a table, where a bar would end the cell even in a code span."""
    return code(words).replace("|", "\\|")
