"""Plain data as YAML: keys in the order given, text of several lines as literal blocks where YAML can hold it so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Literal blocks for lines; no anchors, which some readers refuse."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    """Escapes for control characters: PyYAML loses a next-line character (U+0085) in any other style."""
    plain = all(line.isprintable() for line in data.split("\n"))
    style = '"' if not plain else "|" if "\n" in data else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _text)


def dump_yaml(data: Mapping[str, Any]) -> bytes:
    """The document in UTF-8, with a final newline. Long lines are not broken: a reader's folding is no matter then."""
    text: str = yaml.dump(
        dict(data), Dumper=_Dumper, default_flow_style=False, sort_keys=False, allow_unicode=True, width=2**31
    )
    return text.encode()
