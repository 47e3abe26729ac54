"""The lists themselves: ``lists/*.yml``, named lists of values and the thresholds of correlations.

A list has *forms*: one entry stands as ``\\PerfLogs\\`` in a file's path and as ``perflogs`` in a regular expression.
A form is either bound to keys of a detection (``TargetFilename|contains``), whose values are then the whole form, or it
is the alternatives of a group in a regular expression.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagewatch.findings import Finding, UsageError
from stagewatch.yamlsafe import YamlError, decoded, load_documents, read_raw

THRESHOLDS = "thresholds"
"""The key under which a file keeps the thresholds of correlations."""

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a list. ``keys`` are the detection keys whose values it is; none for a regular expression's."""

    name: str
    keys: frozenset[str]
    values: tuple[str, ...]

    @property
    def is_regex(self) -> bool:
        return not self.keys


@dataclass(frozen=True, slots=True)
class NamedList:
    """A list by its name, with its forms. ``attack`` is the mutable element in ATT&CK's analytics, if it is one."""

    name: str
    description: str
    attack: str
    forms: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """The window of a correlation (Sigma's notation, ``10m``) and the number that it compares with, if it counts."""

    timespan: str
    condition: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Lists:
    """All lists by name, and the thresholds by the file stem of their correlation."""

    named: Mapping[str, NamedList]
    thresholds: Mapping[str, Threshold]


OPERATORS = ("gte", "gt", "lte", "lt", "eq", "neq")
"""Sigma's comparisons in a correlation's condition."""


ELEMENTS = frozenset(
    {
        "AccessUserList",
        "ArchiveUtilities",
        "ArchivingCommandPatterns",
        "ArchivingToolPatterns",
        "BucketNamePatterns",
        "CLIContext",
        "CLIInvoker",
        "CloudBucketList",
        "CompressionBinaries",
        "CompressionIndicators",
        "CompressionToolList",
        "CompressionUtilityList",
        "CopyToolPatterns",
        "IAMContext",
        "InstanceTag",
        "MountTargets",
        "ObjectWriteThreshold",
        "RemoteHosts",
        "RemotePathPatterns",
        "RemoteWriteVolume",
        "ScriptInvocationContext",
        "SharedDirectoryIndicators",
        "SnapshotFrequency",
        "SnapshotThreshold",
        "StagingDirList",
        "StagingDirectory",
        "StagingDirectoryList",
        "StagingDirs",
        "StagingPaths",
        "StagingTargets",
        "StorageMountPaths",
        "TimeWindow",
        "TransferVolumeThreshold",
        "TransferWindow",
        "UserContext",
        "UserThreshold",
        "VMFSWriteRate",
    }
)
"""The mutable elements of the analytics of DET0014, DET0071 and DET0261, by their names in ATT&CK v18."""


def read_lists(folder: Path, findings: list[Finding]) -> Lists:
    """Read every list below a folder; what is wrong with one becomes a finding and leaves the others unharmed.

    Raises :class:`UsageError` where there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder of lists: {folder}")
    named: dict[str, NamedList] = {}
    thresholds: dict[str, Threshold] = {}
    for path in sorted(folder.glob("*.yml")):
        shown = f"{folder.name}/{path.name}"
        try:
            documents = load_documents(decoded(read_raw(path)))
        except YamlError as error:
            findings.append(Finding(shown, error.line, None, str(error)))
            continue
        for line, document in documents:
            if not isinstance(document, dict):
                findings.append(Finding(shown, line, None, "not a file of lists: the document is no mapping"))
                continue
            for name, described in document.items():
                try:
                    if name == THRESHOLDS:
                        thresholds |= _fresh(thresholds, {key: _threshold(one) for key, one in described.items()})
                    else:
                        named |= _fresh(named, {name: _named_list(name, described)})
                except (KeyError, TypeError, ValueError, AttributeError, re.error) as error:
                    reason = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
                    findings.append(Finding(shown, line, None, f"the list {name} cannot be read: {reason}"))
    return Lists(named, thresholds)


def _fresh(known: Mapping[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    repeated = sorted(known.keys() & more.keys())
    if repeated:
        raise ValueError(f"{repeated[0]} is listed twice")
    return more


def _named_list(name: str, described: Mapping[str, Any]) -> NamedList:
    if not NAME.fullmatch(name):
        raise ValueError("a name has small letters, digits and single underscores")
    unknown = sorted(described.keys() - {"description", "attack", "forms", "entries"})
    if unknown:
        raise ValueError(f"the key {unknown[0]} is not known")
    entries = described["entries"]
    for number, entry in enumerate(entries, 1):
        unknown = sorted(entry.keys() - {"reason", *described["forms"]})
        if unknown:
            raise ValueError(f"entry {number} has the form {unknown[0]}, which the list does not declare")
        if len(str(entry["reason"])) < 4:
            raise ValueError(f"entry {number} gives no reason")
    _check_elements(described)
    forms = tuple(_form(form, keys, entries) for form, keys in described["forms"].items())
    return NamedList(name, str(described["description"]), str(described.get("attack", "")), forms)


def _check_elements(described: Mapping[str, Any]) -> None:
    """Raise :class:`ValueError` where ``attack`` names what is no mutable element: one name, or several."""
    named = described.get("attack", [])
    unknown = sorted({named} - ELEMENTS if isinstance(named, str) else set(named) - ELEMENTS)
    if unknown:
        raise ValueError(f"{unknown[0]} is no mutable element of ATT&CK's analytics")


def _form(name: str, declared: Mapping[str, Any], entries: list[Mapping[str, Any]]) -> Form:
    if declared.keys() not in ({"keys"}, {"regex"}):
        raise ValueError(f"the form {name} must say keys or regex")
    values: list[str] = []
    for entry in entries:
        listed = entry.get(name, [])
        values += listed if isinstance(listed, list) else [listed]
    strange = [value for value in values if not isinstance(value, str)]
    if strange:
        raise ValueError(f"{strange[0]!r} is no text")
    if not values:
        raise ValueError(f"no entry has the form {name}")
    if len(set(values)) < len(values):
        raise ValueError(f"the form {name} holds a value twice")
    if "regex" in declared:
        for value in values:
            re.compile(value)
    return Form(name, frozenset(declared.get("keys", ())), tuple(values))


def _threshold(described: Mapping[str, Any]) -> Threshold:
    unknown = sorted(described.keys() - {"timespan", "attack", "reason", *OPERATORS})
    if unknown:
        raise ValueError(f"the key {unknown[0]} is not known")
    if len(str(described["reason"])) < 4:
        raise ValueError("a threshold needs a reason")
    _check_elements(described)
    return Threshold(str(described["timespan"]), {op: int(described[op]) for op in OPERATORS if op in described})
