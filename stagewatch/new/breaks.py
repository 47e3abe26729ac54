"""Values that differ just so much from one that a condition no longer holds: the stuff of near misses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagewatch.new.condition import Item, plain

Broken = tuple[str, str]
"""What the value is, in words, and the value."""

_NEIGHBOURS = {"5145": "5140", "5140": "5145", "4663": "4656", "4656": "4663"}


def breaks(item: Item, text: str) -> Iterator[Broken]:
    """Values of the item's field, near to ``text``, that the item does not match. Each is tried."""
    for told, value in _candidates(item, text):
        if not item.matches({item.field: value}):
            yield told, value


def _candidates(item: Item, text: str) -> Iterator[Broken]:
    held = [value for value in item.values if Item(item.field, (value,), item.modifier).matches({item.field: text})]
    if item.number:
        yield "another event", _NEIGHBOURS.get(text, str(int(text) + 1))
    elif item.is_all:
        for value in held:
            yield from _without(text, plain(value))
    elif item.modifier == "contains":
        yield from _moved(text) if "\\" in text or "/" in text else ()
        yield from _renamed_folders(text, held)
        if len(held) == 1:
            yield from _without(text, plain(held[0]))
        elif held:
            pattern = re.compile("|".join(re.escape(plain(value)) for value in held), re.IGNORECASE)
            yield "without any of them", pattern.sub("", text)
    elif item.modifier == "endswith":
        yield from _other_ends(text, plain(max(held, key=len)) if held else "")
    elif item.modifier == "startswith":
        yield "the same below another directory", f"/srv/backup{text}"
        yield from _moved(text)
        yield from _renamed_folders(text, held)
    else:
        yield from _siblings(text)
        yield "begins alike", f"{text}2"
        yield "ends alike", f"x{text}"


def _without(text: str, value: str) -> Iterator[Broken]:
    """The text without what is asked for, and with something else in its place."""
    shown = value.strip()
    pattern = re.compile(re.escape(value), re.IGNORECASE)
    around = f"{value[: len(value) - len(value.lstrip())]}{value[len(value.rstrip()) :]}"[:1]
    yield f"without {shown}", pattern.sub(lambda _: around, text)
    neutral = re.sub(r"[A-Za-z0-9]", lambda match: "q" if match[0].lower() != "q" else "x", value)
    yield f"{neutral.strip()} in the place of {shown}", pattern.sub(lambda _: neutral, text)
    half = len(value.rstrip()) - len(shown) // 2
    if len(shown) > 7:
        yield f"the first half of {shown}", pattern.sub(lambda match: match[0][:half], text)
        yield f"{shown} with a blank in its midst", pattern.sub(lambda m: f"{m[0][:half]} {m[0][half:]}", text)


def _moved(text: str) -> Iterator[Broken]:
    """The same file in a directory of everyday work."""
    if "\\" in text:
        name = text.rpartition("\\")[2]
        relative = text[1:3] != ":\\"
        yield "in another directory", f"Reports\\{name}" if relative else f"C:\\Data\\Reports\\{name}"
    elif text.startswith("/"):
        yield "in another directory", f"/srv/data/reports/{text.rpartition('/')[2]}"


def _renamed_folders(text: str, held: list[str]) -> Iterator[Broken]:
    """A directory whose name begins alike."""
    for value in held[:1]:
        shown = plain(value)
        if len(shown) > 2 and shown[-1:] in "\\/" and shown in text:
            yield "a directory whose name begins alike", text.replace(shown, f"{shown[:-1]}x{shown[-1]}")


def _other_ends(text: str, end: str) -> Iterator[Broken]:
    front = text[: len(text) - len(end)]
    if end[:1] in ("\\", "/"):
        yield "a name that only ends alike", f"{front}{end[0]}my{text[len(front) + 1 :]}"
        yield "a name that only begins alike", f"{text}.bak"
        yield "another name", f"{front}{end[0]}other{'.exe' if end.lower().endswith('.exe') else ''}"
        yield "a directory of that name", f"{text}{end[0]}other"
    elif end.startswith("."):
        yield "the ending in the midst", f"{text}.part"
        yield "the ending without its dot", f"{front}{end[1:]}"
        yield "another ending", f"{front}.dat"
        tail = text[len(front) :]
        for told, value in _siblings(tail):
            yield told, f"{front}{value}"
    else:
        yield "begins alike", f"{text}2"


def _siblings(text: str) -> Iterator[Broken]:
    """Calls that do else to the same thing: ``DescribeX`` beside ``CreateX``, ``x.get`` beside ``x.insert``."""
    if re.fullmatch(r"[\w.-]*\.amazonaws\.com", text):
        yield "another service", "athena.amazonaws.com" if text != "athena.amazonaws.com" else "glue.amazonaws.com"
    elif (verb := re.match(r"[A-Z][a-z]+(?=[A-Z])", text)) is not None:
        for other in ("Describe", "Delete", "Tag"):
            yield f"{other}{text[verb.end() :]}", f"{other}{text[verb.end() :]}"
    else:
        for sign in "./":
            front, _, last = text.rpartition(sign)
            if front and text.count(sign) > 1 and last.isalpha():
                for other in ("read", "delete", "move") if sign == "/" else ("get", "list", "delete"):
                    yield f"ends with {other}", f"{front}{sign}{other}"
