"""Reads a repository as ``check`` looks at it and runs the checks: the pack, its places, the remarks in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stagewatch.check.codes import MODULES, checks, codes
from stagewatch.check.model import Check, Checked, Remark, Subject
from stagewatch.check.paths import shown
from stagewatch.check.places import Places
from stagewatch.findings import StagewatchError, UsageError, one_line
from stagewatch.layout import CheckSettings, Layout
from stagewatch.pack import Pack, PackFilter, PackRule, read_pack
from stagewatch.yamlsafe import YamlError, decoded, load_documents, read_raw

NOTHING_SET = CheckSettings()


@dataclass(frozen=True, slots=True)
class Report:
    """What the checks say. ``defects`` are checks of ours that broke down, one line each."""

    remarks: tuple[Remark, ...]
    ignored: int
    """Remarks that the configuration or the command line has switched off."""
    defects: tuple[str, ...]
    paths: tuple[str, ...]
    """The rule files that were looked at."""
    left_out: tuple[str, ...] = ()
    """What was not looked at, because somebody wanted it so."""

    @property
    def files(self) -> int:
        """How many rule files were looked at."""
        return len(self.paths)

    @property
    def fails(self) -> bool:
        """Whether there is anything but notes."""
        return any(codes()[remark.code].severity != "note" for remark in self.remarks)

    def count(self, severity: str) -> int:
        """How many remarks are of this severity."""
        return sum(codes()[remark.code].severity == severity for remark in self.remarks)


def read(layout: Layout, rules: Sequence[Path] = ()) -> Checked:
    """The repository's rules and filters, or those named instead.

    Raises :class:`UsageError` where a path does not exist.
    """
    if rules:
        pack = read_pack(rules)
    else:
        for key, paths in (("rules", layout.rules), ("filters", layout.filters)):
            for path in paths:
                if not path.exists():
                    raise UsageError(layout.absent(key, path))
        pack = read_pack([*layout.rules, *layout.filters], None, layout.root)
    documents: dict[Path, tuple[str, dict[int, Any]]] = {}
    entries: list[PackRule | PackFilter] = [*pack.rules, *pack.filters]
    entries.sort(key=lambda one: (one.source.path, one.source.line))
    subjects = [_subject(entry, pack, layout, documents) for entry in entries]
    return Checked(layout, pack, tuple(subject for subject in subjects if subject is not None), whole=not rules)


def _subject(
    entry: PackRule | PackFilter, pack: Pack, layout: Layout, documents: dict[Path, tuple[str, dict[int, Any]]]
) -> Subject | None:
    """The rule with its document; None where its file has changed since it was read."""
    path = pack.files[entry.source.path]
    if path not in documents:
        try:
            text = decoded(read_raw(path))
            documents[path] = text, dict(load_documents(text))
        except YamlError:
            return None
    text, found = documents[path]
    document = found.get(entry.source.line)
    if not isinstance(document, dict):
        return None
    return Subject(entry, document, Places(shown(layout, path), text, entry.source.line))


def run(
    checked: Checked, settings: CheckSettings = NOTHING_SET, without: Mapping[str, str] = MappingProxyType({})
) -> Report:
    """Run every check that could say one of the codes selected.

    ``without`` maps modules of checks that are left out to what is not looked at for that reason.
    """
    left_out = tuple(what for name, what in without.items() if name in MODULES)
    return judged(checked, checks(settings.select, without), settings, left_out)


def judged(checked: Checked, chosen: Sequence[Check], settings: CheckSettings, left_out: Sequence[str]) -> Report:
    """Run these checks on what was read and leave away what is switched off."""
    found: list[Remark] = []
    defects: list[str] = []
    for check in chosen:
        try:
            found += check(checked)
        except StagewatchError:  # a mistake of the user's, such as a part that the configuration names and is not there
            raise
        except Exception as error:  # noqa: BLE001 - a check that breaks down must not take the others with it
            name = f"{check.__module__.rpartition('.')[2]}.{check.__name__}"
            defects.append(one_line(f"the check {name} broke down: {type(error).__name__}: {error}"))
    wanted = [one for one in dict.fromkeys(found) if not settings.select or one.code in settings.select]
    kept = [one for one in wanted if not _switched_off(one, settings)]
    return Report(
        tuple(sorted(kept, key=_order)),
        len(wanted) - len(kept),
        tuple(defects),
        tuple(sorted({shown(checked.layout, path) for path in checked.pack.files.values()})),
        tuple(left_out),
    )


def _switched_off(remark: Remark, settings: CheckSettings) -> bool:
    return remark.code in settings.ignore or any(
        one.code == remark.code and one.matches(remark.rule or "", remark.place.path) for one in settings.exclude
    )


def _order(remark: Remark) -> tuple[str, int, int, str, str, str]:
    place = remark.place
    return (place.path, place.line or 0, place.column or 0, remark.code, remark.target or "", remark.message)
