"""The bill of materials of a release, as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/)."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from stagewatch.release.packages import Package

_TIME = datetime(1980, 1, 1, tzinfo=UTC)
"""The library writes a time in any case; this one says, as in the archives, that there is none."""


def sbom(version: str, archives: Mapping[str, str], packages: Mapping[str, Package], direct: Sequence[str]) -> bytes:
    """The bill of materials. ``archives`` maps file names to SHA-256; ``direct`` names the packages asked for."""
    whole = Component(
        name="stagewatch", version=version, type=ComponentType.APPLICATION, bom_ref=f"stagewatch@{version}"
    )
    components = {name: _package(package) for name, package in packages.items()}
    files = [_file(name, digest, version) for name, digest in sorted(archives.items())]
    bom = Bom(
        serial_number=_serial(version, archives, packages),
        metadata=BomMetaData(timestamp=_TIME, component=whole),
        components=[*components.values(), *files],
    )
    bom.register_dependency(whole, [components[name] for name in direct])
    for name, component in components.items():
        bom.register_dependency(component, [components[need] for need in packages[name].needs])
    return (JsonV1Dot6(bom).output_as_string(indent=2) + "\n").encode()


def _package(package: Package) -> Component:
    url = PackageURL("pypi", name=package.name, version=package.version)
    return Component(
        name=package.name, version=package.version, type=ComponentType.LIBRARY, purl=url, bom_ref=url.to_string()
    )


def _file(name: str, digest: str, version: str) -> Component:
    return Component(
        name=name,
        version=version,
        type=ComponentType.FILE,
        bom_ref=f"file:{name}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )


def _serial(version: str, archives: Mapping[str, str], packages: Mapping[str, Package]) -> uuid.UUID:
    """The same for the same release (RFC 9562, version 5), and another for any other content."""
    made = {"archives": dict(archives), "packages": {name: one.version for name, one in packages.items()}}
    content = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()
    return uuid.uuid5(uuid.NAMESPACE_URL, f"https://cyclonedx.org/stagewatch/{version}/{content}")
