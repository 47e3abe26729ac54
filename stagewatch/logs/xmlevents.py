"""Events as XML: Sysmon for Linux (https://github.com/Sysinternals/SysmonForLinux), Splunk's ``XmlWinEventLog``."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from stagewatch.logs.values import Row
from stagewatch.logs.windows import raw_row


def xml_row(line: str) -> Row | None:
    """The event in a line that holds one ``<Event>`` element; None where it holds none that is whole."""
    start, end = line.find("<Event"), line.rfind("</Event>")
    if start < 0 or end < start or "<!" in line[start:end].replace("<![CDATA[", ""):
        return None  # no event declares a document type: entities are how XML attacks its reader
    try:
        event = ET.fromstring(line[start : end + 8])  # noqa: S314  without a document type there are no entities
    except (ET.ParseError, ValueError):
        return None
    document: dict[str, Any] = {"System": {}}
    for part in event:
        name = _name(part)
        if name == "System":
            document["System"] = {_name(one): {**one.attrib, "#text": one.text} for one in part}
        elif name == "EventData":
            document["EventData"] = [
                {"Name": one.get("Name"), "#text": one.text or ""} if one.get("Name") else one.text or ""
                for one in part
            ]
        elif name == "UserData":
            document["UserData"] = {_name(one): {_name(leaf): leaf.text or "" for leaf in one} for one in part}
    return raw_row(document)


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
