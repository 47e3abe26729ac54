"""The steps in QRadar's console that make a search and a rule of a descriptor, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stagewatch.findings import one_line
from stagewatch.objects.base import Deployable
from stagewatch.objects.note import about, guide

LOG_SOURCE_TYPES: Mapping[int, str] = {
    11: "Linux OS",
    12: "Microsoft Windows Security Event Log",
    347: "Amazon AWS CloudTrail",
}
"""Numbers that :file:`pipelines/qradar.yml` uses, by the names of the console."""


def steps(rule: Deployable, descriptor: Mapping[str, Any]) -> str:
    """The whole file."""
    parts = [
        f"# {escaped(descriptor['name'])}",
        "\n".join(f"> {escaped(line)}".rstrip() for line in about(rule).split("\n")),
        *_prepare(descriptor),
        *_search(descriptor),
        *_rule(descriptor),
        *(("## 5. When it fires", guide(rule)) if guide(rule) else ()),
    ]
    return "\n\n".join(parts) + "\n"


def _prepare(descriptor: Mapping[str, Any]) -> Iterator[str]:
    yield "## 1. Custom properties"
    yield (
        "A search that names an unknown property is refused. Define what is missing (*Admin > DSM Editor > "
        "Properties*), each of type Text and with *Enable this Property for use in Rules and Search Indexing*:"
    )
    rows = [f"| {code(one['name'])} | {code(one['event_field'])} |" for one in descriptor["custom_properties"]]
    yield "\n".join(["| Property | Field of the event |", "|---|---|", *rows])
    if descriptor["counter"] is not None:
        yield "Turn coalescing off for the log sources: of coalesced events only one is counted."


def _search(descriptor: Mapping[str, Any]) -> Iterator[str]:
    yield "## 2. The search"
    yield (
        f"*Log Activity > Advanced Search*: paste {_file(descriptor, '.aql')}, run it and look at what is found. Then "
        f"*Save Criteria* under the name {code(descriptor['name'])}."
    )
    minutes = descriptor["search"]["run_every_minutes"]
    if minutes is not None:
        every = "minute" if minutes == 1 else f"{minutes} minutes"
        yield f"To detect by the search instead of by a rule, run it every {every}."


def _rule(descriptor: Mapping[str, Any]) -> Iterator[str]:
    yield "## 3. The rule"
    counter = descriptor["counter"]
    filters = [_file(descriptor, f".{one['label']}.where.aql".replace("..", ".")) for one in descriptor["filters"]]
    if len(filters) > 1:
        yield "Make a building block of each filter (*Offenses > Rules > Actions > New Event Rule*, on events):"
        for one, text in zip(descriptor["filters"], filters, strict=True):
            yield f"Building block {code(one['label'])}:"
            yield _numbered(_filter_tests(descriptor, text))
        yield f"Then a rule with the test: {_sequence_test(counter)}"
    else:
        yield "*Offenses > Rules > Actions > New Event Rule*, on events, with the tests:"
        tests = _filter_tests(descriptor, filters[0])
        yield _numbered(tests if counter is None else [*tests, _counter_test(counter)])
    yield "Its settings:"
    yield _settings(descriptor)
    yield "## 4. Update and roll back"
    yield (
        "Nothing in QRadar holds the rule's id, so put it into the rule's notes. To update, paste the new texts into "
        "the saved search and the rule of this name. To roll back, disable the rule; then delete both."
    )


def _filter_tests(descriptor: Mapping[str, Any], text: str) -> list[str]:
    """The cheap test first (IBM support, node 6569559)."""
    numbers = descriptor["log_source_types"]
    names = ", ".join(f"{LOG_SOURCE_TYPES.get(number, 'log source type')} ({number})" for number in numbers)
    first = [f"when the event(s) were detected by one or more of these log source types: {names}"] if numbers else []
    return [*first, f"when the event matches this AQL filter query: {text}"]


def _settings(descriptor: Mapping[str, Any]) -> str:
    techniques = ", ".join(one["id"] for one in descriptor["mitre"]["techniques"]) or "none"
    return "\n".join(
        (
            f"- Name: {code(descriptor['name'])}",
            f"- Notes: {code(descriptor['id'])}, version {descriptor['version']}",
            "- " + ", ".join(f"{key} {descriptor[key]}" for key in ("severity", "credibility", "relevance")),
            "- Scope: Global"
            + (", as a local rule counts on each Event Processor alone" if descriptor["counter"] else ""),
            f"- Enable rule: {'on' if descriptor['enabled'] else 'off'}",
            f"- Use Case Manager, ATT&CK mapping: {techniques}",
        )
    )


def _counter_test(counter: Mapping[str, Any]) -> str:
    keys = _properties(counter["group_by"])
    count, seconds = counter["at_least"], counter["seconds"]
    if counter["type"] == "event_count":
        return f"when at least {count} events are seen with the same {keys} in {seconds} seconds"
    different = " or ".join(map(code, counter["distinct"]))
    return (
        f"when at least {count} events are seen with the same {keys} and different {different} in {seconds} seconds "
        "(values that differ in case alone are different to the rule and one to the search)"
    )


def _sequence_test(counter: Mapping[str, Any]) -> str:
    order = "in this order" if counter["type"] == "temporal_ordered" else "in any order"
    keys = _properties(counter["group_by"])
    return f"when these rules match {order}, with the same {keys}, over {counter['seconds']} seconds."


def _properties(keys: Sequence[Sequence[str]]) -> str:
    return " and ".join(" or ".join(map(code, key)) for key in keys)


def _numbered(lines: Sequence[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def _file(descriptor: Mapping[str, Any], suffix: str) -> str:
    path = f"../queries/{descriptor['stem']}{suffix}"
    return f"the text of {code(path)}"


def escaped(text: str) -> str:
    """A line that Markdown shows as it is; the marks of a note's own headings and lists stay marks."""
    mark = re.match(r"(?:### |- )?", text)
    start = mark.end() if mark else 0
    line = re.sub(r"[\\`*_\[\]{}<>|#&~!$]", r"\\\g<0>", text[start:])
    return text[:start] + re.sub(r"^[-+=]", r"\\\g<0>", line)


def code(text: str) -> str:
    """Text in one line as code, whatever backquotes it holds."""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{one_line(text)}{pad}{fence}"
