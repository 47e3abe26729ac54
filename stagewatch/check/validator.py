"""What a validator of pySigma is to ``check``: a code of its own, so that it can be switched off alone.

What validators call severe is not what fails a check here: a matter of style is a note.
"""

from __future__ import annotations

from dataclasses import dataclass

from stagewatch.check.model import Code, Severity

HUNTING = "dfir, emerging-threats or threat-hunting"
"""What a tag of the namespace detection may say."""


@dataclass(frozen=True, slots=True)
class Validator:
    """A code with the names of the validators that say it and the key of a rule at which they do.

    The key is empty where it is the file's name; behind a colon stands the field that the issue is about.
    """

    code: Code
    names: tuple[str, ...]
    key: str


def validator(
    number: int, severity: Severity, names: str, key: str, title: str, why: str, hint: str, *, fixable: bool = False
) -> Validator:
    """An entry of the tables; ``names`` with spaces between them."""
    return Validator(Code(f"SW{number}", title, severity, why, hint, fixable), tuple(names.split()), key)
