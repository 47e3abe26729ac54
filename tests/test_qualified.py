from __future__ import annotations

import pytest

from stagewatch.expression import And, Expression, FieldRef, Glob, Null, Or, Present, Regex, Text, Wildcard
from stagewatch.findings import Unsupported
from stagewatch.qualified import split_qualified

ANY, ONE = Wildcard.ANY, Wildcard.ONE
DOMAINS = {"name": "domain", "other_name": "other_domain"}


def split(*parts: str | Wildcard) -> Expression:
    return split_qualified(Text("name", (Glob.of(*parts),)), DOMAINS)


def text(field: str, *parts: str | Wildcard) -> Text:
    return Text(field, (Glob.of(*parts),))


def test_whole_account() -> None:
    assert split("NT AUTHORITY\\SYSTEM") == And((text("domain", "NT AUTHORITY"), text("name", "SYSTEM")))


def test_any_domain() -> None:
    assert split(ANY, "\\SYSTEM") == text("name", "SYSTEM")


def test_any_account_of_a_domain() -> None:
    assert split("CORP\\", ANY) == text("domain", "CORP")


def test_any_account() -> None:
    assert split(ANY, "\\", ANY) == Present("name")


def test_part_of_either() -> None:
    assert split(ANY, "AUTHORI", ANY) == Or((text("domain", ANY, "AUTHORI", ANY), text("name", ANY, "AUTHORI", ANY)))


def test_start_is_the_domain_or_the_name_of_an_account_without_one() -> None:
    local = And((Null("domain"), text("name", "CORP", ANY)))
    assert split("CORP", ANY) == Or((text("domain", "CORP", ANY), local))


def test_end_is_the_name() -> None:
    assert split(ANY, "$") == text("name", ANY, "$")


def test_a_value_without_domain_names_the_account() -> None:
    assert split("root") == text("name", "root")


def test_null_and_presence_ask_for_the_name() -> None:
    assert split_qualified(Null("name"), DOMAINS) == Null("name")
    assert split_qualified(Present("name"), DOMAINS) == Present("name")


def test_comparing_two_accounts_compares_both_halves() -> None:
    both = And((FieldRef("name", "other_name"), FieldRef("domain", "other_domain")))
    assert split_qualified(FieldRef("name", "other_name"), DOMAINS) == both


@pytest.mark.parametrize("parts", [("a\\b\\c",), ("a", ANY, "b"), ("a", ONE)])
def test_what_cannot_be_split_is_refused(parts: tuple[str | Wildcard, ...]) -> None:
    with pytest.raises(Unsupported, match="name"):
        split(*parts)


def test_a_regular_expression_over_the_whole_account_is_refused() -> None:
    with pytest.raises(Unsupported, match="split into domain and name"):
        split_qualified(Regex("name", "x"), DOMAINS)
