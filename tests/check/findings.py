"""Writes ``docs/findings.md``: every kind of finding, with an example that raises it, from the codes and the samples.

Run as ``python -m tests.check.findings``.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest.mock import patch

from stagewatch.check.codes import codes, modules
from stagewatch.check.formats.text import line_of
from stagewatch.check.model import Code, Remark
from tests.check.samples import Sample, remarks

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"

TABLES = tuple(sorted(path.stem for path in Path(__file__).parent.glob("samples_*.py")))

LONGEST = 400
"""Characters of a line of an example before it is cut."""

GROUPS = (
    ("SW0", "Reading and the specification"),
    ("SW1", "Style, and the validators of pySigma and SigmaHQ"),
    ("SW2", "What a rule asks"),
    ("SW3", "The platforms' limits"),
    ("SW4", "What stands beside a rule"),
)

HEAD = """\
# Findings

What `python convert.py check` can say, written by `python -m tests.check.findings`; a test keeps it. Errors and
warnings make the exit code 1, notes do not. Switch a code off for one run with `--ignore CODE`, for a repository or for
some of its rules in `stagewatch.toml` ([configuration.md](configuration.md)):

```toml
[check]
ignore = ["SW122"]

[[check.exclude]]
code = "SW123"
rules = ["correlation_one_host"]
reason = "It is to count all users together."
```

What is switched off is counted in the last line. A repository that keeps no fixtures, guides, lists, versions, proofs
or output is not asked for them. SW120 to SW153 need the extra `check` (`pip install 'stagewatch[check]'`).
`--fix` mends what is marked *fixable*.
"""


def samples() -> Iterator[tuple[str, Sample]]:
    """Every code with each of its samples."""
    for name in TABLES:
        table: Mapping[str, Sample | tuple[Sample, ...]] = importlib.import_module(f"tests.check.{name}").SAMPLES
        for code, found in table.items():
            for sample in (found,) if isinstance(found, Sample) else found:
                yield code, sample


OWNERS = {code.name: module for module in modules() for code in module.CODES}


def page() -> str:
    """The whole page."""
    first: dict[str, Sample] = {}
    for code, sample in samples():
        first.setdefault(code, sample)
    parts = [HEAD]
    for prefix, title in GROUPS:
        of = [code for code in codes().values() if code.name.startswith(prefix)]
        if of:
            parts += [f"## {title}\n", _table(of), *(_section(code, first[code.name]) for code in of)]
    return "\n".join(parts)


def _table(of: list[Code]) -> str:
    rows = [f"| [{code.name}](#{code.name.lower()}) | {code.severity} | {code.title} |" for code in of]
    return "\n".join(["| code | severity | what |", "|---|---|---|", *rows, ""])


def _section(code: Code, sample: Sample) -> str:
    fixable = ", *fixable*" if code.fixable else ""
    lines = [f"### {code.name}", "", f"**{code.title}** ({code.severity}{fixable}). {code.why}", ""]
    lines += [f"*What to do:* {code.hint}", "", "```", *_example(code.name, sample), "```", ""]
    return "\n".join(lines)


def _example(code: str, sample: Sample) -> Iterator[str]:
    """The line of the sample at which the code is raised, and what is said of it."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "repository"
        # Only where something is hidden: what is imported meanwhile is forgotten, and DuckDB cannot be imported twice.
        hidden = patch.dict(sys.modules, {sample.hidden: None}) if sample.hidden else contextlib.nullcontext()
        with hidden:
            found = [one for one in remarks(OWNERS[code], sample.bad, root) if one.code == code]
        remark = next((one for one in found if one.place.line == sample.line), found[0])
        source = _source(remark, root)
    if source:
        yield from (source, "")
    yield _cut(line_of(remark))


def _source(remark: Remark, root: Path) -> str:
    path = root / remark.place.path
    if remark.place.line is None or not path.is_file():
        return ""
    lines = path.read_bytes().decode(errors="replace").split("\n")
    return _cut(lines[min(remark.place.line, len(lines)) - 1].strip().lstrip("\ufeff"))


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
