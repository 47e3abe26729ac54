"""The text of a YARA-L rule with its full ``meta`` and its ``outcome``, made of the bare rule that the target wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stagewatch.findings import Unsupported, one_line
from stagewatch.targets.secops_events import ENUM_FIELDS, REPEATED_FIELDS
from stagewatch.targets.secops_rule import quoted

MOST_OUTCOMES = 20
"""Page "Outcome section syntax"."""

STANDARD: Mapping[str, tuple[str, ...]] = {
    "PROCESS_LAUNCH": (
        "principal.hostname",
        "principal.user.userid",
        "target.process.file.full_path",
        "target.process.command_line",
        "principal.process.file.full_path",
        "principal.process.command_line",
        "target.process.pid",
    ),
    "FILE_CREATION": (
        "principal.hostname",
        "principal.user.userid",
        "target.file.full_path",
        "principal.process.file.full_path",
        "principal.process.pid",
    ),
}
"""Fields that the alert graph draws for a kind of event (chronicle/detection-rules, STYLE_GUIDE.md, appendix)."""

_FRAME = re.compile(
    r"rule \w+ \{\n  meta:\n    description = [^\n]*\n\n(?P<body>  events:\n.*)\n\n  condition:\n(?P<condition>.*)\n\}",
    re.DOTALL,
)
_MATCH = "\n\n  match:\n"
_TOKEN = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|`[^`\n]*`|/(?:[^/\\\n]|\\.)+/'
    r"|\$(?P<variable>\w+)(?:\.(?P<path>\w+(?:\.\w+)*)(?P<key>\[)?)?"
)
_KIND = re.compile(r'\$(\w+)\.metadata\.event_type = "(\w+)"')
_COUNT = re.compile(r"#\w+ >= (\d+)")


@dataclass(frozen=True, slots=True)
class Bare:
    """The parts of a rule as the target writes it.

    ``body`` is the events section and the match section if there is one; ``fields`` are the fields that it reads, by
    event variable and without a dollar sign, in the order of the text.
    """

    body: str
    condition: str
    windowed: bool
    fields: Mapping[str, tuple[str, ...]]
    placeholders: frozenset[str]
    kinds: Mapping[str, tuple[str, ...]]


def take_apart(text: str) -> Bare:
    """The parts of the bare rule. Raises :class:`ValueError` for a text that is none of the target's."""
    frame = _FRAME.fullmatch(text)
    if frame is None:
        raise ValueError("not a rule as the target writes it")
    body = frame["body"]
    fields: dict[str, dict[str, None]] = {}
    placeholders = set()
    for token in _TOKEN.finditer(body):
        if token["path"]:
            read = fields.setdefault(token["variable"], {})
            if not token["key"]:  # a field of a map has no path that names it alone
                read[token["path"]] = None
        elif token["variable"]:
            placeholders.add(token["variable"])
    kinds: dict[str, dict[str, None]] = {}
    for variable, kind in _KIND.findall(body):
        kinds.setdefault(variable, {})[kind] = None
    return Bare(
        body,
        frame["condition"],
        _MATCH in body,
        {variable: tuple(read) for variable, read in fields.items()},
        frozenset(placeholders - fields.keys()),
        {variable: tuple(found) for variable, found in kinds.items()},
    )


def put_together(
    name: str, comments: Sequence[str], meta: Mapping[str, str], bare: Bare, outcomes: Mapping[str, str]
) -> str:
    """The whole rule, with the sections in the order that the language demands."""
    head = "".join(f"  // {line}".rstrip() + "\n" for line in comments)
    entries = "\n".join(f"    {key} = {quoted(one_line(value))}" for key, value in meta.items())
    assigned = "\n".join(f"    ${variable} = {value}" for variable, value in outcomes.items())
    sections = (f"  meta:\n{entries}", bare.body, f"  outcome:\n{assigned}", f"  condition:\n{bare.condition}")
    return f"rule {name} {{\n{head}" + "\n\n".join(sections) + "\n}\n"


def outcomes(bare: Bare, risk: int, texts: Mapping[str, str]) -> dict[str, str]:
    """The outcome variables: the risk score, ``texts`` and what the rule knows of the event.

    With a match section each value is an aggregate, without one none is (chronicle/detection-rules: every rule of
    theirs). Raises :class:`Unsupported` where the rule has a placeholder with the risk score's name.
    """
    if "risk_score" in bare.placeholders | bare.fields.keys():
        raise Unsupported("a field of the rule is named risk_score, as is the outcome that holds the rule's risk")
    result = {"risk_score": f"max({risk})" if bare.windowed else str(risk)}
    if bare.windowed and len(bare.fields) == 1:
        (variable,) = bare.fields
        result["event_count"] = f"count_distinct(${variable}.metadata.id)"
    if threshold := _COUNT.search(bare.condition):
        result["threshold"] = f"max({threshold[1]})"
    result |= {key: _aggregate(quoted(one_line(text)), bare) for key, text in texts.items() if text}
    for variable, path in _shown(bare):
        name = path.replace(".", "_") if len(bare.fields) == 1 else f"{variable}_{path.replace('.', '_')}"
        result[name] = _aggregate(f"${variable}.{path}", bare)
    taken = bare.placeholders | bare.fields.keys()
    return dict([(name, value) for name, value in result.items() if name not in taken][:MOST_OUTCOMES])


def _aggregate(value: str, bare: Bare) -> str:
    return f"array_distinct({value})" if bare.windowed else value


def _shown(bare: Bare) -> Iterator[tuple[str, str]]:
    """Event variables and fields, those of most use first.

    Only what the rule reads itself or what events of its kind carry. Lists are left out: naming one makes a row for
    each of its elements (page "YARA-L known issues and limitations"), which would be counted.
    """
    ranked = []
    for variable, read in bare.fields.items():
        standard = [path for kind in bare.kinds.get(variable, ()) for path in STANDARD.get(kind, ())]
        for rank, path in enumerate(dict.fromkeys([*standard, *read])):
            if not path.startswith("metadata.") and path not in REPEATED_FIELDS | ENUM_FIELDS:
                ranked.append((rank, variable, path))
    return ((variable, path) for _, variable, path in sorted(ranked))
