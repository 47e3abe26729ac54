"""Splunk: an app with a saved search for each rule, as a folder and as the package that Splunk installs.

Below ``dist/splunk/``: ``stagewatch/`` is the app, ``stagewatch.spl`` its package, ``searches/<stem>.conf`` each search
alone for those who keep an app of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stagewatch import __version__
from stagewatch.objects.base import Deployable, Objects
from stagewatch.objects.collect import add_shared, collect, display_names
from stagewatch.objects.splunk_conf import stanza
from stagewatch.objects.splunk_package import package
from stagewatch.objects.splunk_sources import MACROS
from stagewatch.objects.splunk_stanza import saved_search

APP = "stagewatch"
"""The app's id and folder. An app of the same id is updated by an import."""

_HEAD = "# Stagewatch: made of Sigma rules. Changes belong in local/, an update replaces this file.\n"

_README = """\
Stagewatch
==========

Searches for staged data (MITRE ATT&CK T1074), made of the Sigma rules of Stagewatch. All are disabled.

1. Name your indexes in the macros stagewatch_* (Settings, Advanced search, Search macros). Keep the parentheses.
2. Run a search by hand before you enable it.
3. Enable it. Enterprise Security takes it as a detection; elsewhere it is an alert in Triggered Alerts.

Each description tells the rule's id and version, what the search does not see, false positives and sources. Searches of
informational rules leave risk events only.

The rules are under the Detection Rule License 1.1 (https://github.com/SigmaHQ/Detection-Rule-License).
"""


def objects(rules: Sequence[Deployable], *, macros: Mapping[str, str] = MACROS) -> Objects:
    """The app of these rules, its package, and each search alone. The app's version is Stagewatch's.

    ``macros`` are the definitions of a site, one for each name in :data:`MACROS`.
    """
    titles = display_names(rules)
    result = collect(rules, lambda rule: _alone(rule, titles[rule.description.stem]))
    searches = b"\n".join(content for _, content in sorted(result.files.items()))
    folder = {
        f"{APP}/README.md": _README.encode(),
        f"{APP}/default/app.conf": _conf(_app_settings()),
        f"{APP}/default/macros.conf": _conf({name: {"definition": text} for name, text in macros.items()}),
        f"{APP}/default/savedsearches.conf": _HEAD.encode() + b"\n" + searches,
        f"{APP}/metadata/default.meta": _META.encode(),
    }
    for path, content in folder.items():
        add_shared(result, path, content)
    add_shared(result, f"{APP}.spl", package(folder))
    return result


def _alone(rule: Deployable, title: str) -> Mapping[str, bytes]:
    return {f"searches/{rule.description.stem}.conf": saved_search(rule, title).encode()}


_META = """\
[]
access = read : [ * ], write : [ admin, sc_admin ]

[savedsearches]
export = system

[macros]
export = system
"""
"""Searches and macros are shared with all apps: Enterprise Security sees no others."""


def _app_settings() -> Mapping[str, Mapping[str, str]]:
    """Splunk's "app.conf"; the author, the version and the package's id are what AppInspect asks for."""
    return {
        "install": {"is_configured": "0", "state": "enabled"},
        "launcher": {
            "author": "Stagewatch",
            "description": "Searches for staged data (MITRE ATT&CK T1074), made of Sigma rules.",
            "version": __version__,
        },
        "ui": {"is_visible": "0", "label": "Stagewatch"},
        "package": {"id": APP, "check_for_updates": "0"},
        "id": {"name": APP, "version": __version__},
    }


def _conf(stanzas: Mapping[str, Mapping[str, str]]) -> bytes:
    return "\n".join([_HEAD, *(stanza(name, settings) for name, settings in stanzas.items())]).encode()
