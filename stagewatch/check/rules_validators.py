"""Runs the validators of pySigma and of SigmaHQ, as ``sigma check`` does, and gives their issues codes and places.

Those of SigmaHQ would download conventions on first use and keep them below the user's home. Here they read those of
``sigmahq.json``: file name prefixes, and fields of the log sources whose events have the same fields everywhere.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from stagewatch.check.model import Check, Checked, Code, Place, Remark, Subject
from stagewatch.check.validator import Validator
from stagewatch.check.validators import VALIDATORS
from stagewatch.findings import BREAKDOWNS, one_line
from stagewatch.pack import PackFilter

CODES = (
    Code(
        "SW100",
        "SigmaHQ's validators are not installed",
        "note",
        "Its conventions are not looked at (SW120 to SW153).",
        "Install them with: pip install 'stagewatch[check]'",
    ),
    *(validator.code for validator in VALIDATORS),
    Code(
        "SW199",
        "A validator broke down on a rule",
        "note",
        "The rule has a value that the validator does not expect; what it looks for was not looked for there.",
        "Look at the key that the validator is about, for instance for an empty entry of a list.",
    ),
)

SIGMAHQ = "sigma.validators.sigmahq"
_CONVENTIONS = Path(__file__).with_name("sigmahq.json")


def validate(checked: Checked) -> Iterator[Remark]:
    """What the validators say of the rules and correlations; filters are none."""
    found, whole = _installed()
    if not whole:
        place = Place(checked.layout.shown(checked.layout.rules[0]))
        yield Remark(
            "SW100", place, "the conventions of SigmaHQ were not looked at: their validators are not installed"
        )
    subjects = {id(one.entry.rule): one for one in checked.subjects if not isinstance(one.entry, PackFilter)}
    with _conventions() if whole else contextlib.nullcontext():
        for validator in VALIDATORS:
            for name in validator.names:
                if name in found:
                    yield from _issues(validator, name, found[name](), subjects)


def _issues(validator: Validator, name: str, running: Any, subjects: Mapping[int, Subject]) -> Iterator[Remark]:
    issues = []
    for subject in subjects.values():
        try:
            issues += running.validate(subject.entry.rule)  # type: ignore[union-attr]  # no filter
        except BREAKDOWNS as error:
            message = f"{name} broke down: {type(error).__name__}: {error}"
            place = subject.places(validator.key.partition(":")[0]) if validator.key else subject.places()
            yield Remark("SW199", place, one_line(message), rule=subject.entry.source.stem)
    issues += running.finalize()
    for issue in issues:
        for rule in issue.rules:
            subject = subjects[id(rule)]
            place = _place(subject, validator.key, _details(issue))
            message = _message(issue, validator.code.title, name)
            yield Remark(validator.code.name, place, message, rule=subject.entry.source.stem)


def _details(issue: Any) -> dict[str, Any]:
    """What the issue says beside its rules."""
    values = {field.name: getattr(issue, field.name) for field in dataclasses.fields(issue) if field.name != "rules"}
    item = values.pop("detection_item", None)
    return values if item is None else {"field": item.field or "a keyword", **values}


def _message(issue: Any, title: str, name: str) -> str:
    details = sorted(_details(issue).items())
    told = [_shown(value) if len(details) == 1 else f"{key} {_shown(value)}" for key, value in details]
    return one_line(f"{title}{': ' if told else ''}{', '.join(told)} ({name})")


def _shown(value: Any) -> str:
    if isinstance(value, list | set | tuple | frozenset):
        return ", ".join(sorted(getattr(one, "__name__", str(one)) for one in value))
    if dataclasses.is_dataclass(value) and hasattr(value, "category"):  # a log source
        parts = (getattr(value, key, None) for key in ("product", "category", "service"))
        return "/".join(str(part) for part in parts if part is not None)
    return str(value)


def _place(subject: Subject, key: str, details: Mapping[str, Any]) -> Place:
    """Where in the rule the issue's words stand, as near as can be told."""
    if not key:
        name = next(iter(details.get("fieldname") or ()), None)
        return subject.places(name) if isinstance(name, str) else subject.places()
    key, _, field = key.partition(":")
    section = subject.document.get(key)
    words = {_shown(value).strip("*") for value in details.values()}
    if isinstance(section, list):
        index = next((i for i, one in enumerate(section) if words & _words(str(one))), None)
        return subject.places(key) if index is None else subject.places(key, index)
    path = next(_inside(section, words, str(details.get("field", field)))) if key == "detection" else ()
    return subject.places(key, *path)


def _words(item: str) -> set[str]:
    """What an issue may call an item of a list: the whole of it, a word of it, a tag without its namespace."""
    return {item, *item.split(), item.partition(".")[2]} - {""}


def _inside(section: Any, words: set[str], field: str) -> Iterator[tuple[object, ...]]:
    """Paths of a detection section to a value among the words, then to a key of the field, then to the condition."""
    leaves = list(_leaves(section, ()))
    for path, value in leaves:
        if str(value).strip("*") in words and (not field or any(str(step).partition("|")[0] == field for step in path)):
            yield path
    for path, _ in leaves:
        for depth, step in enumerate(path):
            if field and str(step).partition("|")[0] == field:
                yield path[: depth + 1]
    yield ("condition",)


def _leaves(value: Any, path: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], Any]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _leaves(one, (*path, index))
    else:
        yield path, value


@cache
def _core() -> Mapping[str, Any]:
    validators: Mapping[str, Any] = importlib.import_module("sigma.validators.core").validators
    return validators


def _installed() -> tuple[Mapping[str, Any], bool]:
    """Name -> validator of those that are installed, and whether SigmaHQ's are among them."""
    try:
        return {**_core(), **importlib.import_module(SIGMAHQ).validators}, True
    except ImportError:
        return _core(), False


@contextlib.contextmanager
def _conventions() -> Iterator[None]:
    """Let SigmaHQ's validators find our conventions where they would load theirs.

    Each module of data answers for attributes that it does not have by loading them; one that is set is taken.
    """
    data = json.loads(_CONVENTIONS.read_text(encoding="utf-8"))
    put = {
        "data_filename": {"sigmahq_filename_pattern": data["prefixes"]},
        "data_taxonomy": {"sigmahq_taxonomy_fieldsname": data["fields"]},
        "data_windows_eventid": {"sigmahq_category_no_eventid": data["no_event_id"]},
        "data_windows_provider": {"sigmahq_provider_name": data["providers"]},
    }
    with contextlib.ExitStack() as stack:
        for name, attributes in put.items():
            module = importlib.import_module(f"{SIGMAHQ}.data.{name}")
            for attribute, value in attributes.items():
                stack.callback(vars(module).pop, attribute, None)
                vars(module)[attribute] = value
        yield


CHECKS: tuple[Check, ...] = (validate,)
