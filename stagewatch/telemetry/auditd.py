r"""Records of Linux' audit daemon, as its log holds them: one line for each record of an event.

A native event is one record. Its id is the number of the record's type (``linux/audit.h``), its record id the serial
that all records of one event share, and its data the fields in the order of the line, ``type`` first, as text without
the kernel's encoding. Fields in capitals are what auditd itself adds under ``log_format = ENRICHED``.

* The line, ``type=... msg=audit(time:serial): name=value ...``: samples in splunk/security_content,
  ``data_sources/linux_auditd_*.yml``, and in elastic/integrations, ``packages/auditd`` (tests of the ingest pipeline).
* The kernel writes text that others may have chosen in quotes, and in hexadecimal, without quotes, where it holds a
  quote or a character that is not between ``!`` and ``~`` (``audit_log_untrustedstring`` and
  ``audit_string_contains_control`` in ``kernel/audit.c``). A blank is such a character. Which fields these are:
  linux-audit/audit-documentation, ``specs/fields/field-dictionary.csv``, format "encoded".
* The arguments of a process stand behind one another in its title with a NUL between them; here, with a blank.
* Enriched fields follow behind the character 0x1D (``ingest_pipeline/raw.yml`` of the same package), names in quotes.
  Unverified: that the name of a system call is in quotes too; Splunk's sample has it without.
"""

from __future__ import annotations

import re

from stagewatch.telemetry.native import Native

TYPES = {"SYSCALL": 1300, "PATH": 1302, "CWD": 1307, "EXECVE": 1309, "PROCTITLE": 1327}
"""Type of record -> its number; other records are not described."""

ARGUMENT = re.compile(r"a(\d+)$")
_ENRICHED = re.compile(r"[A-Z]+$")
_ENCODED = frozenset({"comm", "cwd", "exe", "key", "name", "proctitle"})
_HARMLESS = re.compile(r"[!#-~]*$")


def is_described(native: Native) -> bool:
    """Whether it is a record of one of the types above."""
    return native.event_id in TYPES.values()


def is_enriched(name: str) -> bool:
    """Whether it is a field that auditd adds."""
    return _ENRICHED.match(name) is not None


def is_encoded(native: Native, name: str) -> bool:
    """Whether the line holds a field in hexadecimal."""
    value = native.data[name]
    return _is_text(native, name) and value != "(null)" and not _HARMLESS.match(value)


def values(native: Native) -> dict[str, str]:
    """The fields as the line holds them, without quotes: some in hexadecimal."""
    return {name: _hexadecimal(name, value) if is_encoded(native, name) else value for name, value in _fields(native)}


def stamp(native: Native) -> str:
    """Time and serial, which all records of one event share."""
    return f"audit({native.time.timestamp():.3f}:{native.record_id})"


def line(native: Native) -> str:
    """The line of the log."""
    written = values(native)
    plain = " ".join(f"{name}={_quoted(native, name, text)}" for name, text in written.items() if not is_enriched(name))
    added = " ".join(f'{name}="{text}"' for name, text in written.items() if is_enriched(name))
    head = f"type={native.data['type']} msg={stamp(native)}: {plain}"
    return f"{head}\x1d{added}" if added else head


def _fields(native: Native) -> list[tuple[str, str]]:
    return [(name, value) for name, value in native.data.items() if name != "type"]


def _is_text(native: Native, name: str) -> bool:
    """Arguments are text in EXECVE records, and numbers in SYSCALL records."""
    return name in _ENCODED or (native.event_id == TYPES["EXECVE"] and ARGUMENT.match(name) is not None)


def _quoted(native: Native, name: str, text: str) -> str:
    return f'"{text}"' if _is_text(native, name) and text != "(null)" and not is_encoded(native, name) else text


def _hexadecimal(name: str, value: str) -> str:
    text = value.replace(" ", "\0") if name == "proctitle" else value
    return text.encode().hex().upper()
