"""What the Falcon sensor reports of an activity that Windows, Sysmon or PowerShell logged.

Falcon reads none of these logs: its sensor sees the same process start, file write or script. A native event stands for
that activity here; what the sensor has no event for gives none, so Security 4688 (the process start is Sysmon's), 4663,
5140 and 5145. Sources: CrowdStrike's event dictionary in public copies ("dictionary"), CrowdStrike's queries in
logscale-community-content ("vendor queries"), and raw records of the Falcon Data Replicator in the tests of Elastic's
integration, whose values are scrambled and whose field sets are real ("records"). Doubtful:

- the sensor types a file by its content, the native event knows its name: a file is taken to be what it is named;
- archive types that are marked below stand in exports that third parties read, not in the part of the dictionary read;
- ``FileCreateInfo`` is left out: the dictionary calls it the creation of a file by a process, but says of its sister
  for renaming that it is only sent as part of a detection, and records of such sisters name the tree of a detection;
- ``FileDeleteInfo`` stands for every deleted file all the same, with the columns of ``FileCreateInfo``: no rule here
  looks for it, and a query that has lost its types of events must find something that it should not;
- the end of a process is left out, as ``EndOfProcess`` tells of a process by its id alone;
- ``UserName`` stands on process events in vendor queries and recent records; on file events the dictionary has it and
  most records lack it, so it is left out there;
- a drive letter becomes a volume number, which differs from host to host;
- on macOS a row of osquery stands for the activity. Records of its process starts (in panther-labs/panther's tests)
  hold plain paths; ``ParentBaseFileName`` and ``UserName`` stand in those of newer sensors only (third parties).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from uuid import NAMESPACE_DNS, UUID, uuid5

from stagewatch.languages.base import Event, Schema, Value
from stagewatch.telemetry import logscale_cloudtrail, osquery
from stagewatch.telemetry.cloudtrail import CLOUDTRAIL
from stagewatch.telemetry.native import OSQUERY, POWERSHELL, SYSMON, SYSMON_LINUX, Native

SCHEMA: Schema = json.loads((Path(__file__).parent / "schemas" / "logscale.json").read_text(encoding="utf-8"))

PLATFORMS = {SYSMON: "Win", SYSMON_LINUX: "Lin", POWERSHELL: "Win", OSQUERY: "Mac"}

INTEGRITY = {  # dictionary, ProcessRollup2: values of IntegrityLevel, in decimal in the records
    "Untrusted": "0",  # Windows' own value
    "Low": "4096",
    "Medium": "8192",
    "MediumPlus": "8448",
    "High": "12288",
    "System": "16384",
    "Protected": "20480",
}

WELL_KNOWN_SIDS = {  # the native events name accounts, not their SIDs; those of Windows itself are everywhere the same
    "NT AUTHORITY\\SYSTEM": "S-1-5-18",
    "NT AUTHORITY\\LOCAL SERVICE": "S-1-5-19",
    "NT AUTHORITY\\NETWORK SERVICE": "S-1-5-20",
}

HASHES = {"MD5": "MD5HashData", "SHA256": "SHA256HashData"}
"""Records: there is no imphash, and ``SHA1HashData`` is all zeros."""

_EXTENSIONS_OF = {  # dictionary: "Emitted when a process is done writing a ... file"
    "ZipFileWritten": "zip zipx",
    "SevenZipFileWritten": "7z",
    "RarFileWritten": "rar",
    "TarFileWritten": "tar",
    "GzipFileWritten": "gz tgz",
    "BZip2FileWritten": "bz2 tbz2",
    "XzFileWritten": "xz txz",
    "CabFileWritten": "cab",
    "ArcFileWritten": "arc",
    "ArjFileWritten": "arj",
    "XarFileWritten": "xar pkg",
    "LhaFileWritten": "lha lzh",  # third parties only
    "LZ4FileWritten": "lz4",  # third parties only
    "LzmaFileWritten": "lzma",  # third parties only
    "ZstdFileWritten": "zst",  # third parties only
    "LZipFileWritten": "lz",  # third parties only
    "ZpaqFileWritten": "zpaq",  # third parties only
    "IsoExtensionFileWritten": "iso",
    "ImgExtensionFileWritten": "img",
    "DmgFileWritten": "dmg",
    "VmdkFileWritten": "vmdk",
    "VdiFileWritten": "vdi",
    "MSDocxFileWritten": "docx docm",
    "MSXlsxFileWritten": "xlsx xlsm",
    "MSPptxFileWritten": "pptx pptm",
    "MSVsdxFileWritten": "vsdx",
    "OoxmlFileWritten": "dotx xltx potx thmx",
    "OleFileWritten": "doc xls ppt msg vsd",
    "PdfFileWritten": "pdf",
    "RtfFileWritten": "rtf",
    "EmailFileWritten": "eml",
    "EmailArchiveFileWritten": "pst ost mbox",
    "JpegFileWritten": "jpg jpeg",
    "PngFileWritten": "png",
    "GifFileWritten": "gif",
    "BmpFileWritten": "bmp",
    "TiffFileWritten": "tif tiff",
    "DwgFileWritten": "dwg",
    "DxfFileWritten": "dxf",
    "IdwFileWritten": "idw",
    "DmpFileWritten": "dmp",
    "EseFileWritten": "edb dit",
    "BlfFileWritten": "blf",
    "JarFileWritten": "jar",
    "JavaClassFileWritten": "class",
    "PythonFileWritten": "py",
    "WebScriptFileWritten": "asp aspx ashx asmx jsp jspx php",
    "SourceCodeFileWritten": "c cc cpp cs go h java rs",
    "LnkFileWritten": "lnk",
    "CrxFileWritten": "crx",
    "MsiFileWritten": "msi",
    "RpmFileWritten": "rpm",
    "DebFileWritten": "deb",
    "PemFileWritten": "pem",
    "NewExecutableWritten": "exe dll sys scr com ocx cpl",  # "when an executable file extension is written"
    "NewScriptWritten": "bat cmd js jse pl ps1 psm1 rb sh vbe vbs",  # "#! at the start" and, in records, extensions
}
EXTENSIONS = {extension: kind for kind, extensions in _EXTENSIONS_OF.items() for extension in extensions.split()}

ONLY_ON = {  # dictionary, platforms of an event; the others are on Windows, macOS and Linux
    "IsoExtensionFileWritten": ("Win",),
    "ImgExtensionFileWritten": ("Win",),
    "DwgFileWritten": ("Win",),
    "DxfFileWritten": ("Win",),
    "IdwFileWritten": ("Win",),
    "PythonFileWritten": ("Win",),
    "SourceCodeFileWritten": ("Win", "Mac"),
    "EmailArchiveFileWritten": ("Mac",),
}

WRITER_PATH = ("NewExecutableWritten", "NewScriptWritten", "PeFileWritten")
"""Records: these alone carry ``ContextImageFileName``, and on Windows only."""


def events(native: Native) -> list[Event]:
    """The sensor's event for the activity that a native event tells of, if it has one."""
    if native.provider == CLOUDTRAIL:
        return logscale_cloudtrail.events(native)
    if native.provider == OSQUERY:
        native = osquery.told(native)
    match native.provider, native.event_id:
        case (provider, 1) if provider in (SYSMON, SYSMON_LINUX, OSQUERY):
            return [_event(native, "ProcessRollup2", _process(native))]
        case (provider, 11) if provider in (SYSMON, SYSMON_LINUX, OSQUERY):
            kind = file_event(native.data.get("TargetFilename", ""), PLATFORMS[native.provider])
            return [_event(native, kind, _file(native, kind))] if kind else []
        case (provider, 23) if provider in (SYSMON, SYSMON_LINUX):
            return [_event(native, "FileDeleteInfo", _deleted(native))]
        case (provider, 4104) if provider == POWERSHELL:
            return [_event(native, "ScriptControlScanTelemetry", _script(native))]
        case _:
            return []


def file_event(path: str, platform: str) -> str | None:
    """The type of the event for a written file, or ``None`` where the sensor has none for such a file.

    Of an archive in volumes, each volume of RAR begins as RAR does, and of others the first one (``.001``, ``.z01``).
    """
    name = _base_name(path).lower()
    stem, _, extension = name.rpartition(".")
    if extension == "001":
        extension = stem.rpartition(".")[2]
    elif extension == "z01":
        extension = "zip"
    elif len(extension) == 3 and extension[0] == "r" and extension[1:].isdecimal():
        extension = "rar"
    kind = EXTENSIONS.get(extension) if stem else None
    return kind if kind and platform in ONLY_ON.get(kind, (platform,)) else None


def _event(native: Native, kind: str, fields: Mapping[str, str | None]) -> Event:
    """Records: every value is text. Tags carry ``#`` and the repository is ``base_sensor`` in vendor queries."""
    record = {name: value for name, value in (_common(native) | dict(fields)).items() if value}
    tags: dict[str, Value] = {"#repo": "base_sensor", "#event_simpleName": kind}
    return Event(native.time, kind, {**tags, **record}, raw=json.dumps({"event_simpleName": kind, **record}))


def _common(native: Native) -> dict[str, str | None]:
    platform = PLATFORMS[native.provider]
    return {
        "event_platform": platform,
        # records: 32 hexadecimal digits for the host; here a stand-in made from its name
        "aid": uuid5(NAMESPACE_DNS, native.computer).hex,
        # vendor queries; added by the platform, on Windows the name without its domain
        "ComputerName": native.computer.partition(".")[0] if platform == "Win" else native.computer,
        "timestamp": str(round(native.time.timestamp() * 1000)),
    }


def _process(native: Native) -> dict[str, str | None]:
    """Of the parent the record has the name alone, and neither folder nor command line nor the system's process id."""
    data = {name: value for name, value in native.data.items() if value != "-"}
    platform = PLATFORMS[native.provider]
    image = _device_path(data.get("Image", ""), platform)
    hashes = dict(part.split("=", 1) for part in data.get("Hashes", "").split(",") if "=" in part)
    return {
        "ImageFileName": image,
        **_split(image),
        "CommandLine": data.get("CommandLine"),  # records and vendor queries: drive letters stay
        "ParentBaseFileName": _base_name(data.get("ParentImage", "")),
        "UserName": _account(data.get("User", "")),
        "UserSid": WELL_KNOWN_SIDS.get(data.get("User", "").upper()),
        "IntegrityLevel": INTEGRITY.get(data.get("IntegrityLevel", "")) if platform == "Win" else None,
        # dictionary: the decimal of the logon session; Linux records have none
        "AuthenticationId": str(int(data["LogonId"], 16)) if platform == "Win" and "LogonId" in data else None,
        "RawProcessId": data.get("ProcessId"),
        "TargetProcessId": _process_id(data.get("ProcessGuid")),
        "ParentProcessId": _process_id(data.get("ParentProcessGuid")),
        "SourceProcessId": _process_id(data.get("ParentProcessGuid")),
        "ProcessStartTime": f"{native.time.timestamp():.3f}",
        **{field: hashes.get(name, "").lower() for name, field in HASHES.items()},
        "SHA1HashData": "0" * 40,
    }


def _file(native: Native, kind: str) -> dict[str, str | None]:
    """The writer is known by name alone, and by ``ContextProcessId``, the ``TargetProcessId`` of its own event."""
    data, platform = native.data, PLATFORMS[native.provider]
    target = _device_path(data.get("TargetFilename", ""), platform)
    writer = data.get("Image", "")
    return {
        "TargetFileName": target,
        **_split(target),  # vendor queries use both on file events
        "ContextBaseFileName": _base_name(writer),
        "ContextImageFileName": _device_path(writer, platform) if kind in WRITER_PATH and platform == "Win" else None,
        "ContextProcessId": _process_id(data.get("ProcessGuid")),
        "ContextTimeStamp": f"{native.time.timestamp():.3f}",
        "FileOperatorSid": WELL_KNOWN_SIDS.get(data.get("User", "").upper()) if platform == "Win" else None,
    }


def _deleted(native: Native) -> dict[str, str | None]:
    known = _file(native, "FileDeleteInfo")
    return {name: value for name, value in known.items() if name in SCHEMA["FileDeleteInfo"]}


def _script(native: Native) -> dict[str, str | None]:
    """Dictionary: the content that AMSI scanned. PowerShell's log does not tell its process, so neither does this."""
    script = native.data.get("ScriptBlockText", "")
    return {
        "ScriptContent": script,
        "ScriptContentName": native.data.get("Path"),
        "ScriptingLanguageId": "2",  # third parties: 2 is PowerShell, 3 VBA, 4 VBScript; a record agrees on 4
        "OriginalContentLength": str(len(script)),
        "ContextTimeStamp": f"{native.time.timestamp():.3f}",
    }


def _device_path(path: str, platform: str) -> str:
    r"""Records: ``\Device\HarddiskVolume3\Windows\...``; a share is seen through the redirector ``\Device\Mup``.

    Drive C is volume 3 as on a usual installation, D volume 4 and so on. Elsewhere paths are as they are.
    """
    if platform != "Win":
        return path
    local = path.removeprefix("\\\\?\\")
    if len(local) > 2 and local[0].isalpha() and local[1:3] == ":\\":
        return f"\\Device\\HarddiskVolume{ord(local[0].upper()) - ord('C') + 3}{local[2:]}"
    return f"\\Device\\Mup{local[1:]}" if local.startswith("\\\\") else local


def _split(path: str) -> dict[str, str | None]:
    """Vendor queries: ``FilePath`` ends with the separator, ``FileName`` is the rest."""
    name = _base_name(path)
    return {"FilePath": path[: len(path) - len(name)], "FileName": name}


def _base_name(path: str) -> str:
    return path[max(path.rfind("\\"), path.rfind("/")) + 1 :]


def _account(user: str) -> str:
    """Vendor queries: the name without its domain."""
    return user.rpartition("\\")[2]


def _process_id(guid: str | None) -> str | None:
    """Falcon's own id of a process, a large decimal; here a stand-in made from Sysmon's GUID."""
    return str(UUID(guid).int >> 76) if guid else None
