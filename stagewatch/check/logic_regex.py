"""Regular expressions that cannot match, that keep an engine busy, or that a platform's dialect lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stagewatch import expression as ex
from stagewatch.check.asked import Asked, Node, asked_by
from stagewatch.check.backtracking import Slow, slow
from stagewatch.check.model import Check, Checked, Code, Remark
from stagewatch.check.wording import quoted, shown
from stagewatch.findings import Unsupported
from stagewatch.regex import Dialect, translate
from stagewatch.regex.dialects import Feature
from stagewatch.regex.tree import (
    Atomic,
    Back,
    Boundary,
    Choice,
    Conditional,
    Edge,
    Look,
    Mode,
    Repeat,
    Sequence,
    children,
    needs_text,
    parse,
    walk,
)
from stagewatch.regex.tree import Node as Pattern
from stagewatch.targets import TARGETS

CODES = (
    Code(
        "SW218",
        "A regular expression that can never match",
        "error",
        "It asks for text before the start of the value or behind its end.",
        "Look at ^ and $, and write \\^ and \\$ where the signs themselves are meant.",
    ),
    Code(
        "SW250",
        "A regular expression that backtracks without end",
        "error",
        "A loop can read the same text in two ways, so that each repetition of it doubles the work of an engine "
        "that backtracks (PCRE on Splunk, Java on QRadar). The engine gives up and the event is not found, or the "
        "search hangs; whoever writes the command line can bring it about.",
        "Make what the inner and the outer loop read different, for example (\\w+\\s)* in place of (\\w+\\s?)*.",
    ),
    Code(
        "SW251",
        "A regular expression that backtracks much",
        "warning",
        "Several loops in a row can read the same text, so that the work grows with its length to the power of "
        "their number on an engine that backtracks (PCRE on Splunk, Java on QRadar). On a long command line it "
        "gives up, and the event is not found.",
        "Say what lies between: [^|]* or \\S* in place of .*, one loop in place of two.",
    ),
    Code(
        "SW252",
        "A regular expression uses what a platform lacks",
        "note",
        "The rule is unsupported there.",
        "Say it with alternatives, or with a second condition under 'not', if the rule is wanted there.",
    ),
)

DIALECTS: Mapping[str, tuple[Dialect, Dialect]] = {
    "defender": (Dialect.RUST, Dialect.RUST),
    "sentinel": (Dialect.RUST, Dialect.RUST),
    "splunk": (Dialect.PCRE, Dialect.PCRE),
    "elastic": (Dialect.LUCENE_WHOLE, Dialect.LUCENE_FOLDED),
    "qradar": (Dialect.JAVA_WHOLE, Dialect.JAVA_WHOLE),
    "sumo": (Dialect.RE2_WHOLE, Dialect.RE2_WHOLE),
    "secops": (Dialect.RE2, Dialect.RE2),
    "logscale": (Dialect.JITREX, Dialect.JITREX),
    "duckdb": (Dialect.RE2, Dialect.RE2),
}
"""Target -> its dialect, and that for an expression in any case."""

SHOWN = 2
"""Repetitions that a message shows of a text that keeps an engine busy."""


def expressions(checked: Checked) -> Iterator[Remark]:
    """What is wrong with each regular expression."""
    wanted = [name for name in TARGETS if not checked.layout.targets or name in checked.layout.targets]
    for asked in asked_by(checked):
        for value in asked.values():
            if isinstance(value.leaf, ex.Regex):
                yield from _of(asked, value, value.leaf, wanted)


def _of(asked: Asked, value: Node, leaf: ex.Regex, targets: list[str]) -> Iterator[Remark]:
    try:
        tree = parse(leaf.pattern, leaf.flags)
    except Unsupported:
        return
    if impossible(tree):
        yield asked.remark("SW218", value, f"{shown(value)} asks for text beyond the value's own start or end")
        return
    found = slow(tree)
    if found is not None:
        code, how = ("SW250", "doubles") if found.degree is None else ("SW251", f"grows by the power of {found.degree}")
        yield asked.remark(code, value, f"{shown(value)}: on {_text(found)} the work {how}")
    features = sorted({feature.value for node in walk(tree) if (feature := _feature(node)) is not None})
    lacking = [target for target in targets if features and _is_lacking(leaf, target)]
    if lacking:
        message = f"{shown(value)} has {' and '.join(features)}, which {', '.join(lacking)} cannot run"
        yield asked.remark("SW252", value, message, target=lacking[0] if len(lacking) == 1 else None)


def _text(found: Slow) -> str:
    """The text that keeps an engine busy, as a message shows it."""
    return f"{quoted(found.text(SHOWN))} and so on"


def impossible(node: Pattern) -> bool:
    """Whether the expression asks for text before the value's start or behind its end."""
    match node:
        case Sequence(parts):
            starts = max((place for place, part in enumerate(parts) if _is_edge(part, end=False)), default=0)
            ends = min((place for place, part in enumerate(parts) if _is_edge(part, end=True)), default=len(parts))
            outside = (*parts[:starts], *parts[ends:])
            return any(map(impossible, parts)) or any(map(needs_text, outside))
        case Choice(branches):
            return all(map(impossible, branches))
        case Repeat(item=item, least=least):
            return least > 0 and impossible(item)
        case Look(negated=True) | Conditional():
            return False
        case _:
            return any(map(impossible, children(node)))


def _is_edge(node: Pattern, *, end: bool) -> bool:
    match node:
        case Edge():
            return node.end == end and not node.multiline
        case Choice(branches):
            return all(_is_edge(branch, end=end) for branch in branches)
        case _:
            return False


def _feature(node: Pattern) -> Feature | None:
    match node:
        case Look(behind=behind):
            return Feature.LOOK_BEHIND if behind else Feature.LOOK_AHEAD
        case Back():
            return Feature.BACK_REFERENCE
        case Conditional():
            return Feature.CONDITIONAL
        case Atomic():
            return Feature.ATOMIC
        case Boundary(negated=negated):
            return Feature.NOT_BOUNDARY if negated else Feature.BOUNDARY
        case Repeat(mode=Mode.POSSESSIVE):
            return Feature.POSSESSIVE
        case _:
            return None


def _is_lacking(leaf: ex.Regex, target: str) -> bool:
    try:
        translate(leaf.pattern, leaf.flags, DIALECTS[target]["i" in leaf.flags])
    except Unsupported:
        return True
    return False


CHECKS: tuple[Check, ...] = (expressions,)
