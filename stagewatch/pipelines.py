"""pySigma processing pipelines: read them safely, and learn what they know about fields.

The pipelines of the house stand in ``pipelines/``, one YAML file per target, in pySigma's own format, so that stock
``sigma convert -p FILE`` reads them as well. What our targets need beyond pySigma's transformations is data under
``vars``, which stock tools ignore:

``numeric_fields``
    Fields of the platform that hold numbers; every other field holds text.
``qualified_names``
    Field of an account's name -> field of its domain, where a platform splits Sigma's ``DOMAIN\\name``.

Of what ``set_state`` sets, ``not_seen`` has a meaning on every target: why a platform reports a log source in part. The
rule is degraded then, as it is where a branch is left out. The other keys are for the target's own renderer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingPipeline

from stagewatch.findings import BREAKDOWNS, UsageError
from stagewatch.house import pipelines_folder
from stagewatch.yamlsafe import YamlError, read_documents

EXTERNAL_TRANSFORMATIONS = frozenset({"file_placeholders", "http_placeholders", "command_placeholders"})
"""pySigma transformations that read a file, fetch a URL or run a command for their values."""


def house_pipeline(name: str) -> ProcessingPipeline:
    """The pipeline of the target ``name`` that comes with Stagewatch, freshly built."""
    return read_pipeline(house_directory() / f"{name}.yml")


_OTHER_HOUSE: ContextVar[Path | None] = ContextVar("_OTHER_HOUSE", default=None)


@contextlib.contextmanager
def house_at(folder: Path | None) -> Iterator[None]:
    """Take the pipelines of the house from another folder, as those of another revision; None changes nothing."""
    token = _OTHER_HOUSE.set(folder or _OTHER_HOUSE.get())
    try:
        yield
    finally:
        _OTHER_HOUSE.reset(token)


def house_directory() -> Path:
    """Where the pipelines of the house are: beside the package in a checkout, inside it once installed."""
    return _OTHER_HOUSE.get() or pipelines_folder()


def read_pipeline(path: Path, *, allow_external: bool = False) -> ProcessingPipeline:
    """Read a pySigma pipeline from a YAML file.

    A pipeline that runs a command, reads a file, fetches a URL or names Python helpers or templates outside itself
    is refused with :class:`UsageError` unless ``allow_external`` is true. So is one that pySigma does not accept.
    """
    try:
        documents = read_documents(path)
    except YamlError as error:
        place = path.as_posix() if error.line is None else f"{path.as_posix()}:{error.line}"
        raise UsageError(f"{place}: pipeline {error}") from error
    if len(documents) != 1 or not isinstance(documents[0][1], dict):
        raise UsageError(f"{path.as_posix()}: a pipeline is one YAML mapping")
    definition: dict[str, Any] = documents[0][1]
    if not allow_external:
        for what in _external(definition):
            raise UsageError(
                f"{path.as_posix()}: pipeline uses {what}, which reaches outside the rule; "
                "pass --allow-external-sources only for a pipeline that you trust"
            )
    _check_vars(path, definition.get("vars", {}))
    try:
        return ProcessingPipeline.from_dict(definition, allow_external_sources=allow_external)
    except (SigmaError, *BREAKDOWNS) as error:
        raise UsageError(f"{path.as_posix()}: pipeline not accepted by pySigma: {error}") from error


def _check_vars(path: Path, variables: object) -> None:
    """Refuse variables that neither pySigma nor Stagewatch can read; pySigma would fail on each rule instead."""
    if not isinstance(variables, dict):
        raise UsageError(f"{path.as_posix()}: the pipeline's vars must be a mapping")
    numeric, qualified = variables.get("numeric_fields", []), variables.get("qualified_names", {})
    if not (isinstance(numeric, list) and all(isinstance(name, str) for name in numeric)):
        raise UsageError(f"{path.as_posix()}: numeric_fields must be a list of field names")
    if not (isinstance(qualified, dict) and all(isinstance(name, str) for pair in qualified.items() for name in pair)):
        raise UsageError(f"{path.as_posix()}: qualified_names must map field names to field names")


def _external(node: object) -> Iterator[str]:
    """Name each construct in a pipeline definition, at any depth, that reaches outside the pipeline."""
    if isinstance(node, Mapping):
        kind = node.get("type")
        if isinstance(kind, str) and kind in EXTERNAL_TRANSFORMATIONS:
            yield f"the transformation {kind}"
        if kind == "template":
            for key in ("path", "vars"):
                if key in node:
                    yield f"a template with {key!r}"
        for value in node.values():
            yield from _external(value)
    elif isinstance(node, Iterable) and not isinstance(node, str | bytes):
        for value in node:
            yield from _external(value)
