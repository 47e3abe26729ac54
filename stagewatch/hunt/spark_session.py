"""A session on a Spark cluster, set so that SQL means what :mod:`stagewatch.hunt.spark_sql` says."""

from __future__ import annotations

import os
import socket
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import stagewatch
from stagewatch.findings import UsageError, one_line
from stagewatch.hunt.spark_java import find_java

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SETTINGS: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
}
"""What SQL means. The last is for speed: the rules as one method of Java are too long to be compiled at run time, as
many small methods they are not."""

_LOG = "logger.gateway.name = org.apache.spark.api.python.PythonGatewayServer\nlogger.gateway.level = error\n\
rootLogger.level = error\nrootLogger.appenderRef.console.ref = console\nappender.console.type = Console\n\
appender.console.name = console\nappender.console.target = SYSTEM_ERR\nappender.console.layout.type = PatternLayout\n\
appender.console.layout.pattern = %d %p %c: %m%n%ex\n"
"""Errors alone. Where the level of the class that Python talks to differs from that of all, Spark says so."""

_PARTS = 2
"""Parts of a shuffle for each core: only what rules match is shuffled, which is little for Spark's usual 200."""

_PACKED = "stagewatch.zip"
_SECONDS = 5.0


def session(master: str | None, scratch: Path) -> SparkSession:
    """A session on a master, or where none is named on that of ``spark-submit``, or on this machine.

    The package goes along to the workers. Raises :class:`UsageError` where PySpark or Java is missing or no cluster
    answers.
    """
    try:
        from py4j.protocol import Py4JError  # type: ignore[import-untyped]  # it ships no types
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError("the engine spark needs PySpark: pip install 'stagewatch[spark]'") from None
    _reachable(master)
    if SparkSession.getActiveSession() is None:
        find_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("stagewatch hunt")
    for key, value in {**SETTINGS, **_start(master, scratch)}.items():
        builder = builder.config(key, value)
    try:
        made = builder.getOrCreate()
        for key, value in SETTINGS.items():
            made.conf.set(key, value)
        made.conf.set("spark.sql.shuffle.partitions", str(_PARTS * made.sparkContext.defaultParallelism))
        made.sparkContext.setLogLevel("ERROR")
        if not any(file.endswith(f"/{_PACKED}") for file in made.sparkContext.listFiles):
            made.sparkContext.addPyFile(str(_packed(scratch)))
    except (PySparkException, Py4JError) as error:
        raise UsageError(f"no session on Spark ({master or 'this machine'}): {_cause(error)}") from error
    return made


def _start(master: str | None, scratch: Path) -> dict[str, str]:
    """What is set before Spark starts, where it does not run already."""
    if master is None and "spark.master" in os.environ.get("PYSPARK_SUBMIT_ARGS", ""):
        return {}
    log = scratch / "log4j2.properties"
    log.write_text(_LOG, encoding="utf-8")
    given = {
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={log.as_uri()} -Duser.language=en",
        "spark.executor.extraJavaOptions": "-Duser.language=en",
    }
    if master is not None:
        given["spark.master"] = master
    if (master or "local").startswith("local"):
        given |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
        }
    return given


def _reachable(master: str | None) -> None:
    """Spark itself would ask a standalone master for a minute."""
    parts = urlsplit(master or "")
    if parts.scheme != "spark":
        return
    refused = ""
    for host in parts.netloc.split(","):
        name, _, port = host.rpartition(":")
        try:
            socket.create_connection((name, int(port)), _SECONDS).close()
        except (OSError, ValueError) as error:
            refused = str(error)
        else:
            return
    raise UsageError(f"no Spark master at {master}: {refused}")


def _packed(scratch: Path) -> Path:
    """The package's modules, for workers that have not got it."""
    package = Path(stagewatch.__file__).parent
    packed = scratch / _PACKED
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(package.rglob("*.py")):
            archive.write(path, path.relative_to(package.parent))
    return packed


def _cause(error: Exception) -> str:
    return one_line(str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__)[:300]
