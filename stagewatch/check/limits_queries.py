"""The length of queries against what platforms take. What a platform cannot express at all is for ``build`` to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sigma.correlations import SigmaCorrelationRule

from stagewatch import expression as ex
from stagewatch.check.asked import asked_by
from stagewatch.check.limits import CHARACTERS, NEAR, Limit
from stagewatch.check.model import Check, Checked, Code, Remark, Subject
from stagewatch.conversion import convert
from stagewatch.findings import StagewatchError
from stagewatch.pack import PackFilter, PackRule
from stagewatch.targets import TARGETS, load_target
from stagewatch.targets.base import Target

CODES = (
    Code(
        "SW301",
        "A query is longer than its platform takes",
        "error",
        "The platform refuses it on import.",
        "Split the rule, or move a long list to where the platform keeps lists (a watchlist, a lookup, a reference "
        "list).",
    ),
    Code(
        "SW302",
        "A query is nearly as long as its platform takes",
        "note",
        "One more list value, or a site's own condition, makes the platform refuse it.",
        "Keep the room in mind, or move a long list to where the platform keeps lists.",
    ),
)

GROWTH = 4
"""A rule whose values, so many times as long, are below a limit is not converted. On SigmaHQ's rules and this pack's no
query longer than 3,000 characters is three times as long as its rule's values."""

AROUND = 20
"""Characters that each value costs besides its own: the field, an operator, quotes."""


def lengths(checked: Checked) -> Iterator[Remark]:
    """The length of the queries of rules that are large enough for it to matter."""
    wanted = {limit.target for limit in CHARACTERS} & set(checked.layout.targets or TARGETS)
    sizes = _sizes(checked)
    targets: dict[str, Target] = {}
    for subject in checked.subjects:
        entry = subject.entry
        if isinstance(entry, PackFilter):
            continue
        size = _size(entry, sizes)
        for limit in CHARACTERS:
            if limit.target in wanted and size * GROWTH > limit.most * NEAR:
                if limit.target not in targets:
                    targets[limit.target] = load_target(limit.target, checked.layout.pipelines)
                yield from _of_length(subject, entry, limit, targets[limit.target])


def _sizes(checked: Checked) -> Mapping[int, int]:
    """Rule -> the length of its values together."""
    found: dict[int, int] = {}
    for asked in asked_by(checked):
        if isinstance(asked.subject.entry, PackRule):
            leaves = (node.leaf for node in asked.tree.walk() if node.leaf is not None)
            found[id(asked.subject.entry.rule)] = sum(map(_length, leaves))
    return found


def _length(leaf: ex.Expression) -> int:
    match leaf:
        case ex.Text(_, globs) | ex.Keyword(globs):
            return sum(len(glob.literal) + AROUND for glob in globs)
        case ex.Regex(_, pattern):
            return len(pattern) + AROUND
        case _:
            return AROUND


def _size(entry: PackRule, sizes: Mapping[int, int]) -> int:
    if isinstance(entry.rule, SigmaCorrelationRule):
        return 2 * sum(sizes.get(id(reference.rule), 0) for reference in entry.rule.rules or [])
    return sizes.get(id(entry.rule), 0)


def _of_length(subject: Subject, entry: PackRule, limit: Limit, target: Target) -> Iterator[Remark]:
    try:
        outcome = convert(entry.rule, target)
    except StagewatchError:  # for build to say
        return
    if outcome.rendered is None:  # a target that knows the limit makes no longer query
        for reason in outcome.reasons:
            if f"{limit.most:,}" in reason:
                yield Remark("SW301", subject.places("title"), reason, target=limit.target, rule=entry.source.stem)
        return
    files = outcome.rendered.files
    length = max((len(text) for suffix, text in files.items() if suffix.endswith(limit.suffix)), default=0)
    if length > limit.most * NEAR:
        code = "SW301" if length > limit.most else "SW302"
        message = f"the query has {length:,} characters, and {limit.what} takes {limit.most:,} at most"
        yield Remark(code, subject.places("title"), message, target=limit.target, rule=entry.source.stem)


CHECKS: tuple[Check, ...] = (lengths,)
