"""What the fields of Sigma's log sources hold: facts only.

From Sysmon's events (Sysinternals' documentation and its schema), Microsoft's pages on the Security log's events 4688,
5140 and 5145, and Sigma's taxonomy.
"""

from __future__ import annotations

from collections.abc import Mapping

from sigma.rule import SigmaLogSource

from stagewatch.check.asked import Node
from stagewatch.telemetry.duckdb import CATEGORIES

IMAGES = frozenset(
    {
        "Image",
        "ParentImage",
        "GrandParentImage",
        "SourceImage",
        "SourceParentImage",
        "TargetImage",
        "ImageLoaded",
        "NewProcessName",
        "ParentProcessName",
    }
)
"""The whole path of a program or a library."""

FILES = frozenset({"TargetFilename", "SourceFilename", "CreationFilename"})
"""The whole path of a file."""

PATHS = IMAGES | FILES

BARE_NAMES = frozenset({"OriginalFileName"})
"""A file's name without a folder: from a program's version information."""

BELOW_SHARE = frozenset({"RelativeTargetName"})
"""The path below a share, without the share and without a backslash in front (event 5145)."""

ADDRESSES = frozenset(
    {
        "SourceIp",
        "DestinationIp",
        "SourceIP",
        "DestinationIP",
        "src_ip",
        "dst_ip",
        "IpAddress",
        "ClientAddress",
        "c-ip",
        "cs-ip",
        "sourceIPAddress",
        "callerIpAddress",
    }
)
"""An address. In clouds the name of a service may stand there as well."""

DIGESTS: Mapping[str, int] = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "imphash": 32}
"""Name of a hash in lower case -> its hexadecimal digits."""

HASHES = frozenset({"Hashes", "Hash", "hashes", "hash"})
"""Several hashes in one text, as Sysmon writes them: ``MD5=...,SHA256=...``."""

NUMBERS = frozenset({"EventID", "DestinationPort", "SourcePort"})
"""A whole number, in decimal."""

FREE_TEXTS = frozenset(
    {
        "CommandLine",
        "ParentCommandLine",
        "ProcessCommandLine",
        "ScriptBlockText",
        "Payload",
        "Details",
        "Data",
        "Contents",
        "HostApplication",
        "ContextInfo",
        "TaskContent",
        "TaskContentNew",
        "ServiceFileName",
        "ImagePath",
        "cmdline",
        "Query",
        "Message",
        "Path",
    }
)
"""Long text in which any short word may stand: command lines, scripts, contents."""

TEXTS = FREE_TEXTS | PATHS | BARE_NAMES | {"User", "Description", "Product", "Company", "Hashes", "TargetObject"}
"""No number, so that nothing can be greater or smaller."""

VERSION = frozenset({"OriginalFileName", "Description", "Product", "Company", "FileVersion", "InternalName", "Hashes"})
"""What a program carries whatever its file is called."""

ATTACKERS = frozenset(
    {
        "CommandLine",
        "ParentCommandLine",
        "ScriptBlockText",
        "Payload",
        "HostApplication",
        "OriginalFileName",
        "Description",
        "Product",
        "Company",
        "FileVersion",
        "InternalName",
        "CurrentDirectory",
        "a0",
        "a1",
        "a2",
        "a3",
        "a4",
    }
)
"""What whoever starts a program or writes a script chooses freely."""

PROGRAMS = (
    IMAGES | BARE_NAMES | {"Description", "Product", "Company", "ProcessName", "exe", "comm", "process", "Hashes"}
)
"""Fields that name the program that acts."""

BUSY = frozenset(
    {
        "process_creation",
        "file_event",
        "file_access",
        "file_change",
        "network_connection",
        "image_load",
        "registry_event",
        "registry_set",
        "registry_add",
        "registry_delete",
        "process_access",
        "ps_script",
        "ps_module",
        "dns_query",
        "dns",
        "proxy",
        "webserver",
        "firewall",
    }
)
"""Categories of which a fleet writes the most events."""

SINGLE_VALUED = frozenset({"windows", "linux", "macos"})
"""Products whose events hold one value in a field. In records of clouds and applications a field may be a list, of
which two values hold at once."""

SEVERAL = frozenset({"Hashes", "Hash", "Data", "Keywords", "AccessList", "PrivilegeList", "Properties", "AccessMask"})
"""Fields that hold several values in one text even there, so that nothing is said of two whole values."""

EVENTS: Mapping[str, frozenset[int]] = {
    category: frozenset(number for (_, number), found in CATEGORIES.items() if found == category)
    for category in set(CATEGORIES.values())
} | {"registry_event": frozenset({12, 13, 14}), "registry_add": frozenset({12}), "registry_delete": frozenset({12})}
"""Category -> the numbers of the Windows events that belong to it."""


def single_valued(source: SigmaLogSource) -> bool:
    """Whether a field of such an event holds one value at a time."""
    return source.product in SINGLE_VALUED


def is_windows(source: SigmaLogSource) -> bool:
    """Whether only events of Windows are meant."""
    return source.product == "windows"


def holds_several(node: Node) -> bool:
    """Whether a part asks of a field that may hold several values at once even where others hold one."""
    return any(part.item is not None and part.item.field in SEVERAL for part in node.walk())
