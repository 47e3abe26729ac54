"""Modifiers of pySigma that lose what a rule says, replaced where pySigma looks them up.

Found by comparing each modifier with Sigma's "Modifiers" appendix. Importing this module is enough, and reading a rule
(:mod:`stagewatch.pack`) or translating one (:mod:`stagewatch.detections`) imports it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any, ClassVar

from sigma.exceptions import SigmaValueError
from sigma.modifiers import (
    SigmaBase64Modifier,
    SigmaBase64OffsetModifier,
    SigmaModifier,
    SigmaUTF16Modifier,
    SigmaWideModifier,
    SigmaWindowsDashModifier,
    modifier_mapping,
    reverse_modifier_mapping,
)
from sigma.types import Placeholder, SigmaExpansion, SigmaString


class Base64(SigmaBase64Modifier):
    """Encodes the value itself; pySigma encodes it with the backslashes that escape its wildcards."""

    def modify(self, val: SigmaString) -> SigmaString:
        return SigmaString(b64encode(_bytes(val, self)).decode())


class Base64Offset(SigmaBase64OffsetModifier):
    """Cuts each form by the number of bytes; pySigma counts characters, which are fewer beyond ASCII."""

    def modify(self, val: SigmaString) -> SigmaExpansion:
        value = _bytes(val, self)
        forms = (
            b64encode(b" " * shift + value)[self.start_offsets[shift] : self.end_offsets[(len(value) + shift) % 3]]
            for shift in range(3)
        )
        return SigmaExpansion([SigmaString(form.decode()) for form in forms])


class WindowsDash(SigmaWindowsDashModifier):
    """Takes a flag written with a longer dash for a flag too, as the appendix names five characters."""

    flag: ClassVar[re.Pattern[str]] = re.compile(r"\B[-/–—―]\b")

    def modify(self, val: SigmaString) -> SigmaExpansion:
        def dashes(placeholder: Placeholder) -> Iterator[str | Placeholder]:
            if placeholder.name == "_windash":
                yield from "-/–—―"
            else:
                yield placeholder

        forms = val.replace_with_placeholder(self.flag, "_windash").replace_placeholders(dashes)
        return SigmaExpansion([*forms])


class Utf16(SigmaUTF16Modifier):
    """Refuses: pySigma writes the byte order mark in UTF-8, and its texts cannot hold the bytes ``FF FE``."""

    def modify(self, val: SigmaString) -> SigmaString:  # noqa: ARG002 - pySigma reads the type from this name
        raise SigmaValueError("The modifier utf16 is not supported; utf16le and utf16be are", source=self.source)


def _bytes(value: SigmaString, modifier: SigmaBase64Modifier | SigmaBase64OffsetModifier) -> bytes:
    if value.contains_special():
        raise SigmaValueError("Base64 encoding of strings with wildcards is not allowed", source=modifier.source)
    return "".join(part for part in value.s if isinstance(part, str)).encode()


REPLACED: dict[str, type[SigmaModifier[Any, Any]]] = {
    "base64": Base64,
    "base64offset": Base64Offset,
    "windash": WindowsDash,
    "utf16": Utf16,
}

modifier_mapping.update(REPLACED)
modifier_mapping["utf16le"] = SigmaWideModifier  # the appendix: wide is an alias for it
reverse_modifier_mapping.update({kind.__name__: name for name, kind in REPLACED.items()})
