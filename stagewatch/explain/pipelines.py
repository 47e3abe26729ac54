"""Where the items of a target's pipelines stand: the line of each, and of the mapping that renamed a field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sigma.processing.pipeline import ProcessingItem
from sigma.processing.transformations import (
    AddConditionTransformation,
    FieldMappingTransformation,
    SetStateTransformation,
)

from stagewatch.check.model import Place
from stagewatch.check.places import Places
from stagewatch.findings import UsageError
from stagewatch.pipelines import house_directory
from stagewatch.targets.base import Target
from stagewatch.yamlsafe import YamlError, decoded, load_documents, read_raw

if TYPE_CHECKING:
    from stagewatch.environment import Environment


@dataclass(frozen=True, slots=True)
class Step:
    """What an item of a pipeline did, and where it says so."""

    place: Place
    identifier: str
    what: str


@dataclass(frozen=True, slots=True)
class _Known:
    """An item with its place. ``at`` leads to the places inside it."""

    item: ProcessingItem
    definition: Mapping[str, Any]
    at: Callable[..., Place]


class PipelinePlaces:
    """The items of all pipelines of one target, in the order in which they are applied."""

    def __init__(
        self,
        target: Target,
        pipelines: Sequence[Path] = (),
        environment: Environment | None = None,
        shown: Callable[[Path], str] = Path.as_posix,
    ) -> None:
        """``pipelines`` are the user's files, in the order in which the target was given them."""
        house = house_directory() / f"{target.name}.yml"
        files = [*((path, shown(path)) for path in pipelines), (house, f"pipelines/{target.name}.yml")]
        listed = list(target.translator.items)
        site = environment.pipelines(target.name) if environment is not None else ((), ())
        before, after = ([item for one in pipelines for item in one.items] for pipelines in site)
        written = [list(_written(path, name)) for path, name in files]
        own = sum(map(len, written[:-1]))
        counts = (own, len(before), len(written[-1]), len(after))
        if sum(counts) != len(listed):  # a pipeline that pySigma takes apart otherwise than it is written
            raise UsageError(f"the items of the pipelines of {target.name} cannot be told apart: ids are wanted")
        definitions = [one for file in written[:-1] for one in file]
        definitions += [_of_site(item, target.name, environment) for item in before]
        definitions += written[-1]
        definitions += [_of_site(item, target.name, environment) for item in after]
        self._known = [_Known(item, *found) for item, found in zip(listed, definitions, strict=True)]
        for number, known in enumerate(self._known):
            if known.item.identifier is None:  # else what it is applied to could not be told
                known.item.identifier = f"(no id, number {number + 1})"
        self._variables = Places(files[-1][1], decoded(read_raw(house)), _first(house))

    def steps(self, applied: Set[str], name: str | None, finals: Set[str]) -> list[Step]:
        """What the applied items did to a detection item on the field ``name``, which became ``finals`` in the end."""
        names: set[str | None] = {name}
        return [_step(known, names, finals) for known in self._known if known.item.identifier in applied]

    def of_state(self, applied: Set[str], key: str) -> Step | None:
        """The last item that set a state, as the last one counts."""
        found = None
        for known in self._known:
            kind = known.item.transformation
            if known.item.identifier in applied and isinstance(kind, SetStateTransformation) and kind.key == key:
                found = Step(known.at("val"), str(known.item.identifier), f"sets {key}")
        return found

    def variable(self, *steps: object) -> Place:
        """Where a variable of the house's pipeline stands."""
        return self._variables("vars", *steps)


def _step(known: _Known, names: set[str | None], finals: Set[str]) -> Step:
    """What one item did. ``names`` are those that the field has so far; where they change, they change here."""
    identifier, kind = str(known.item.identifier), str(known.definition.get("type", ""))
    transformation = known.item.transformation
    if isinstance(transformation, FieldMappingTransformation) and kind == "field_name_mapping":
        mapping = {name: [to] if isinstance(to, str) else list(to) for name, to in transformation.mapping.items()}
        # Behind an item that renames in its own way, the name before is not known, but the one in the end is.
        named = [name for name in names if name in mapping]
        named = named or [name for name, to in mapping.items() if not finals.isdisjoint(to)]
        if named:
            name, to = named[0], mapping[named[0]]
            names.discard(name)
            names.update(to)
            what = f"{name} keeps its name" if to == [name] else f"{name} is {' or '.join(to)}"
            return Step(known.at("mapping", name), identifier, what)
    if kind == "add_condition":
        negated = " as one that must not hold" if known.definition.get("negated") else ""
        keys = [key for key in known.definition.get("conditions") or () if str(key).partition("|")[0] in names]
        return Step(known.at("conditions", *keys[:1]), identifier, f"adds the condition{negated}")
    return Step(known.at("type"), identifier, f"applies {kind}")


def _written(path: Path, shown: str) -> Iterator[tuple[Mapping[str, Any], Callable[..., Place]]]:
    """The items of a pipeline's file as they are written, each with its places."""
    try:
        text = decoded(read_raw(path))
        documents = load_documents(text)
    except YamlError as error:
        raise UsageError(f"{shown}: {error}") from error
    line, data = documents[0]
    places = Places(shown, text, line)
    for number, definition in enumerate(data.get("transformations") or ()):
        yield definition, _below(places, number)


def _below(places: Places, number: int) -> Callable[..., Place]:
    return lambda *steps: places("transformations", number, *steps)


def _first(path: Path) -> int:
    return load_documents(decoded(read_raw(path)))[0][0]


_SETTINGS = {
    "site_field": "fields",
    "site_columns": "fields",
    "site_index": "indices",
    "site_table": "tables",
    "site_log_type": "log_types",
    "site_repositories": "repositories",
    "site_log_source_type": "log_source_types",
}
"""Start of the name of a site's item -> the key of the site's file that it was made of."""


def _of_site(
    item: ProcessingItem, target: str, environment: Environment | None
) -> tuple[Mapping[str, Any], Callable[..., Place]]:
    """An item that an environment made: the line of the setting that it says."""
    from stagewatch.tomlsafe import line_of

    identifier = str(item.identifier)
    setting = max((key for key in _SETTINGS if identifier.startswith(key)), key=len, default="")
    root = environment.root if environment is not None else None
    kinds = {AddConditionTransformation: "add_condition", FieldMappingTransformation: "field_name_mapping"}
    kind = next((name for one, name in kinds.items() if isinstance(item.transformation, one)), "set_state")

    def at(*steps: object) -> Place:
        if root is None:
            return Place("the site's environment")
        keys = ("targets", target, *((_SETTINGS[setting],) if setting else ()))
        last = steps[-1] if len(steps) > 1 else None
        for tail in ((last,), ()):
            line = line_of(root.text, (*keys, *(str(one) for one in tail if one is not None)))
            if line is not None:
                return Place(root.shown, line)
        return Place(root.shown)

    return {"type": kind}, at
