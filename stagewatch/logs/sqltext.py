"""The SQL of the fast way: the frame of an event, its fields under Sigma's names, its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stagewatch.logs.kinds import Kind
from stagewatch.logs.windows import (
    EVENT_TYPE,
    EVENT_TYPE_IDS,
    FLAT_NAMES,
    FLAT_TIMES,
    FRAME_EVENT_TYPES,
    INTEGRITY,
    PROCESS_4688,
)


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | None) -> str:
    """A text as SQL."""
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def _plain(column: str) -> str:
    """The text of an element that may have attributes beside it."""
    return f"CASE WHEN starts_with({column}, '{{') THEN json_extract_string({column}, '$.\"#text\"') ELSE {column} END"


def timestamp(column: str) -> str:
    """A time as UTC without zone; one that has another zone than Z is moved."""
    return (
        f"CASE WHEN length({column}) > 19 AND {column}[-6:-6] IN ('+', '-') "
        f"THEN timezone('UTC', TRY_CAST({column} AS TIMESTAMPTZ)) ELSE TRY_CAST({column} AS TIMESTAMP) END"
    )


_SYSTEM = ("EventRecordID", "Level", "Task", "Opcode", "Keywords", "Version")
_FLAT_FRAME = (
    "EventType",
    "Message",
    *(one for name in ("EventID", "Channel", "Provider_Name") for one in (name, *FLAT_NAMES[name])),
    *FLAT_TIMES,
)

Key = tuple[str | None, str | None, str | None, str | None]
"""What tells an event's kind: provider, channel, id, type."""

Spellings = dict[str, list[str]]
"""A field's column -> the columns of its other spellings, which the event may have instead or besides."""

ID, CHANNEL, PROVIDER, TYPE, TAKEN, START, TIME = (
    f'"\x01{name}"' for name in ("id", "channel", "provider", "type", "taken", "start", "time")
)
"""Columns in between. No field is called so."""

_TIME = r"[12]\d{3}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d(:?\d\d)?)?"
"""The times that DuckDB reads as :func:`stagewatch.logs.values.utc` does. A line with another goes the slow way."""


def _flat(name: str) -> str:
    return f"coalesce({', '.join(quoted(one) for one in (name, *FLAT_NAMES[name]))})"


def _among(values: Iterable[str], name: str) -> str:
    """``IN`` of many values becomes a join, after which rows are in no order."""
    return f"regexp_full_match({name}, {literal('|'.join(sorted(values)))})"


_EVENT_TYPE = (
    f'CASE WHEN "EventType" IS NOT NULL AND NOT {_among(FRAME_EVENT_TYPES, quoted("EventType"))} THEN "EventType" '
    f"WHEN {_among(EVENT_TYPE_IDS, ID)} THEN nullif(regexp_extract(\"Message\", {literal(EVENT_TYPE)}, 1), '') END"
)

FRAME = {
    "nxlog": f"""{_flat("EventID")} AS {ID}, {_flat("Channel")} AS {CHANNEL}, {_flat("Provider_Name")} AS {PROVIDER},
  CASE WHEN {ID} = '12' THEN {_EVENT_TYPE} END AS {TYPE},
  coalesce({", ".join(f"nullif({quoted(name)}, '')" for name in FLAT_TIMES)}) AS {TIME}""",
    "raw": f"""{_plain('"Event"."System"."EventID"')} AS {ID}, "Event"."System"."Channel" AS {CHANNEL},
  "Event"."System"."Provider"."#attributes"."Name" AS {PROVIDER},
  CASE WHEN {ID} = '12' THEN "Event"."EventData"."EventType" END AS {TYPE},
  "Event"."System"."TimeCreated"."#attributes"."SystemTime" AS {TIME}""",
}
"""Per shape: what tells the kind of an event, and its time as text."""

_DATA = '("Event"."EventData"::VARCHAR)'
_NAMELESS = '{"Data":{"#text":'
_TIMELY = f"({TIME} IS NULL OR (regexp_full_match({TIME}, '{_TIME}') AND {timestamp(TIME)} IS NOT NULL))"

FIRST_FRAME = {
    "nxlog": f"""{FRAME["nxlog"]},
  coalesce({ID} IS NOT NULL AND ({CHANNEL} IS NOT NULL OR {PROVIDER} IS NOT NULL) AND {_TIMELY}, false) AS {TAKEN}""",
    "raw": FRAME["raw"].replace('"Event"."EventData"."EventType"', '("Event"."EventData" ->> \'EventType\')')
    + f""",
  coalesce({ID} IS NOT NULL AND {PROVIDER} IS NOT NULL AND "Event"."UserData" IS NULL AND {_TIMELY}
    AND coalesce(starts_with({_DATA}, '{{') AND
      NOT contains(CASE WHEN starts_with({_DATA}, '{_NAMELESS}') THEN {_DATA}[{len(_NAMELESS) + 1}:] ELSE {_DATA} END,
        '"#text"'), true), false) AS {TAKEN}""",
}
"""The same for the first pass, and whether the line is a whole event of a form that columns can be made of."""

KEYS = {"nxlog": "NULL", "raw": 'json_keys("Event"."EventData")'}
"""The names of the fields, where their writers keep them in order, so that there are few groups of them."""


def structure(shape: str, names: Iterable[str] | None) -> str:
    """The columns to read; of the raw shape without names the fields as one JSON text."""
    return ", ".join(f"{literal(name)}: {literal(_type(kind))}" for name, kind in _tree(shape, names).items())


_Tree = dict[str, Any]


def _tree(shape: str, names: Iterable[str] | None) -> _Tree:
    if shape == "nxlog":
        return dict.fromkeys(_once((*_FLAT_FRAME, *(names or ()))), "VARCHAR")
    system: _Tree = dict.fromkeys((*_SYSTEM, "EventID", "Channel", "Computer"), "VARCHAR")
    system["Provider"] = {"#attributes": {"Name": "VARCHAR"}}
    system["TimeCreated"] = {"#attributes": {"SystemTime": "VARCHAR"}}
    data = "JSON" if names is None else dict.fromkeys(_once(("EventType", *names)), "VARCHAR")
    return {"Event": {"System": system, "EventData": data, "UserData": "VARCHAR"}}


def _once(names: Iterable[str]) -> Iterable[str]:
    """The names, of those that differ by case the last: the file's spelling, not ours."""
    return {name.lower(): name for name in names}.values()


def _type(kind: _Tree | str) -> str:
    if isinstance(kind, str):
        return kind
    return "STRUCT(" + ", ".join(f"{quoted(name)} {_type(inner)}" for name, inner in kind.items()) + ")"


def needed(shape: str, fields: frozenset[str]) -> set[str]:
    """The names that a file's columns of these fields are made of, beside those of the frame."""
    names = set(fields)
    folded = {name.lower() for name in fields}
    names.update(native for name, native in PROCESS_4688.items() if name.lower() in folded)
    if "integritylevel" in folded:
        names.add("MandatoryLabel")
    if "user" in folded:
        names.update(f"{who}{part}" for who in ("Target", "Subject") for part in ("UserName", "DomainName"))
    if shape == "nxlog":
        names.update(FLAT_TIMES)
        for name, others in FLAT_NAMES.items():
            if not folded.isdisjoint(one.lower() for one in (name, *others)):
                names.update((name, *others))
    return names


@dataclass(slots=True)
class Fields:
    """The columns beside the house's, name -> expression, and the event's time."""

    columns: dict[str, str]
    time: str

    def add_process_names(self, start: str) -> None:
        """Sysmon's names for process starts of the Security log, beside its own names for other events."""
        given = dict(self.columns)
        spelt = {name.lower(): name for name in given}

        def add(name: str, expression: str) -> None:
            name = spelt.get(name.lower(), name)
            own = given.get(name)
            if own is None:
                self.columns[name] = f"CASE WHEN {start} THEN {expression} END"
            else:
                self.columns[name] = f"CASE WHEN {start} THEN coalesce({own}, {expression}) ELSE {own} END"

        for name, native in PROCESS_4688.items():
            if native in given:
                add(name, given[native])
        if "MandatoryLabel" in given:
            label = given["MandatoryLabel"]
            cases = " ".join(f"WHEN {literal(sid)} THEN {literal(level)}" for sid, level in INTEGRITY.items())
            add("IntegrityLevel", f"CASE {label} {cases} ELSE {label} END")
        accounts = {who: self._account(given, who) for who in ("Target", "Subject")}
        if accounts["Subject"] is not None and accounts["Target"] is not None:
            target = f"nullif(nullif({given['TargetUserName']}, '-'), '')"
            add("User", f"CASE WHEN {target} IS NULL THEN {accounts['Subject']} ELSE {accounts['Target']} END")
        elif (one := accounts["Subject"] or accounts["Target"]) is not None:
            add("User", one)

    @staticmethod
    def _account(given: Mapping[str, str], who: str) -> str | None:
        name, domain = given.get(f"{who}UserName"), given.get(f"{who}DomainName")
        if name is None or domain is None:
            return name
        return f"coalesce(nullif(nullif({domain}, '-'), '') || '\\' || {name}, {name})"


def fields_of(shape: str, spellings: Spellings) -> Fields:
    """The columns of an event of the shape. What is spelt otherwise stands in for the field, or in one of its own."""
    place = quoted if shape == "nxlog" else (lambda name: f'"Event"."EventData".{quoted(name)}')
    columns: dict[str, str] = {}
    for name, others in spellings.items():
        every = [place(one) for one in (name, *others)]
        columns[name] = f"coalesce({', '.join(every)})" if others else every[0]
        for number, other in enumerate(others, 1):
            first = f"coalesce({', '.join(every[:number])})"
            columns[other] = f"CASE WHEN {first} <> {every[number]} THEN {every[number]} END"
    return _flat_fields(columns) if shape == "nxlog" else _raw_fields(columns)


def _flat_fields(columns: dict[str, str]) -> Fields:
    for ours, others in FLAT_NAMES.items():
        given = dict(columns)
        there = [given[name] for name in (ours, *others) if name in given]
        for name in others:
            if name in given:  # a field of the event's own, unless it is what names the frame's
                better = there[: there.index(given[name])]
                if better:
                    columns[name] = f"CASE WHEN coalesce({', '.join(better)}) IS NOT NULL THEN {given[name]} END"
                else:
                    del columns[name]
        if there:
            columns[ours] = there[0] if len(there) == 1 else f"coalesce({', '.join(there)})"
    if "EventType" in columns:
        columns["EventType"] = _EVENT_TYPE
    if "Keywords" in columns:
        number = f"TRY_CAST({columns['Keywords']} AS BIGINT)"
        columns["Keywords"] = f"coalesce('0x' || lower(to_hex({number})), {columns['Keywords']})"
    return Fields(columns, timestamp(TIME))


def _raw_fields(columns: dict[str, str]) -> Fields:
    if "Data" in columns:  # the strings of an event that names none
        data = columns["Data"]
        inner = f"CASE WHEN starts_with({data}, '{{') THEN json_extract({data}, '$.\"#text\"')::VARCHAR ELSE {data} END"
        columns["Data"] = f"CASE WHEN {data}[1:1] IN ('{{', '[') THEN {_joined(inner)} ELSE {data} END"
    spelt = {name.lower(): name for name in columns}
    for name in _SYSTEM:
        own = spelt.get(name.lower())
        system = _plain(f'"Event"."System".{quoted(name)}')
        if own is None:
            columns[name] = system
        else:
            columns[own] = f"coalesce({columns[own]}, {system})"
    frame = {"Provider_Name": PROVIDER, "EventID": ID, "Channel": CHANNEL}
    frame["Computer"] = _plain('"Event"."System"."Computer"')
    for name, expression in frame.items():
        columns[spelt.get(name.lower(), name)] = expression
    return Fields(columns, timestamp(TIME))


def _joined(inner: str) -> str:
    texts = f"TRY(from_json({inner}, '[\"VARCHAR\"]'))"
    texts = f"array_to_string(list_transform({texts}, lambda one: coalesce(one, '')), chr(10))"  # null: an empty line
    return f"coalesce({texts}, {inner} ->> '$')"


def category_case(kinds: Mapping[Key, Kind], value: Callable[[Kind], str | None]) -> str:
    """What a kind is worth, as a CASE over provider, channel, id and type; the fewest branches that tell it."""
    values = {key: value(kind) for key, kind in kinds.items()}
    different = set(values.values())
    if len(different) == 1:
        return different.pop() or "NULL"
    common = max(different, key=lambda one: sum(1 for other in values.values() if other == one))
    branches = []
    for worth in sorted(different - {common}, key=str):
        tests = " OR ".join(_test(key) for key, one in values.items() if one == worth)
        branches.append(f"WHEN {tests} THEN {worth or 'NULL'}")
    return f"CASE {' '.join(branches)} ELSE {common or 'NULL'} END"


def _test(key: Key) -> str:
    pairs = zip((ID, CHANNEL, PROVIDER, TYPE), (key[2], key[1], key[0], key[3]), strict=True)
    tests = [f"{name} IS NULL" if value is None else f"{name} = {literal(value)}" for name, value in pairs]
    return f"({' AND '.join(tests)})"
