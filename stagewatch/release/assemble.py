"""The files of a release, in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from stagewatch import manifest, output
from stagewatch.layout import DIST
from stagewatch.release.archives import archive
from stagewatch.release.edition import Edition, edition
from stagewatch.release.notes import notes
from stagewatch.release.packages import Package
from stagewatch.release.sbom import sbom
from stagewatch.release.source import Source

SUMS = "SHA256SUMS"
NOTES = "RELEASE_NOTES.md"
LICENSE = "LICENSE.Detection.Rules.md"

_PAGES = {"logscale": ("docs/import/falcon.md",)}
"""Pages that a platform has beside its own two."""


def assemble(
    source: Source, version: str, previous: Edition | None, packages: Mapping[str, Package], direct: Sequence[str]
) -> dict[str, bytes]:
    """Every file of the release by its name. ``previous`` is None for the first one."""
    archives = {
        f"stagewatch-{version}{suffix}.zip": archive(f"stagewatch-{version}{suffix}", files)
        for suffix, files in _contents(source.files, version).items()
    }
    data = {**source.manifest, "release": version}
    materials = sbom(version, manifest.hashes(archives), packages, direct)
    files = {
        **archives,
        output.MANIFEST: manifest.dump(data),
        f"stagewatch-{version}.cdx.json": materials,
        NOTES: notes(version, previous, edition(data)).encode(),
    }
    return {**files, SUMS: sums(files)}


def sums(files: Mapping[str, bytes]) -> bytes:
    """Checksums as ``sha256sum --check`` reads them."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


def _contents(files: Mapping[str, bytes], version: str) -> dict[str, dict[str, bytes]]:
    """What is in which archive, by the end of its name: everything, and each platform's own part."""
    stamp = {"VERSION": f"{version}\n".encode()}
    contents = {"": {**files, **stamp}}
    for target in sorted({path.split("/")[1] for path in files if path.startswith(f"{DIST}/") and path.count("/") > 1}):
        pages = {f"docs/import/{target}.md", f"docs/targets/{target}.md", *_PAGES.get(target, ()), LICENSE}
        chosen = {path: data for path, data in files.items() if path in pages or path.startswith(f"{DIST}/{target}/")}
        contents[f"-{target}"] = {**chosen, **stamp}
    return contents
