"""Regular expressions and wildcards in each dialect: exact texts, and the same verdict as Python on random values."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stagewatch import expression as ex
from stagewatch.findings import Unsupported
from stagewatch.regex import Dialect, from_globs, globs_match_empty, jitrex_flags, matches_empty, translate
from tests.regex_engines import found

ANY, ONE = ex.Wildcard.ANY, ex.Wildcard.ONE
NONE: frozenset[ex.RegexFlag] = frozenset()
RUST, PCRE, RE2, RE2_WHOLE, JITREX, JAVA, LUCENE, FOLDED = Dialect
TABLED = (RUST, PCRE, RE2, RE2_WHOLE, JITREX, JAVA, LUCENE)


def flags(letters: str) -> frozenset[ex.RegexFlag]:
    return frozenset(letters)  # type: ignore[arg-type]


def reason(pattern: str, dialect: Dialect, letters: str = "") -> str:
    with pytest.raises(Unsupported) as error:
        translate(pattern, flags(letters), dialect)
    return str(error.value)


# Each row: pattern, flags, and the text per dialect in the order of TABLED.
TRANSLATIONS = [
    (
        r"whoami",
        "",
        [r"whoami", r"whoami", r"(?s)whoami", r"(?s).*whoami.*", r"whoami", r"(?s).*whoami.*", r".*whoami.*"],
    ),
    (
        r"a-b c.exe$",
        "i",
        [
            r"(?i)a-b c.exe$",
            r"(?i)a-b c.exe\z",
            r"(?is)a-b c[^\n]exe$",
            r"(?is).*a-b c[^\n]exe$",
            r"a-b c.exe\z",
            r"(?is).*a-b c[^\n]exe\z",
            ".*[aA]-[bB] [cC][^\n][eE][xX][eE]",
        ],
    ),
    (
        r'(^|[\s"])\\\\host',
        "",
        [
            r'(?:^|["\t\n\x0B\f\r ])\\\\host',
            r'(?:^|["\s])\\\\host',
            r'(?s)(?:^|["\s\x0B])\\\\host',
            r'(?s).*(?:^|["\s\x0B])\\\\host.*',
            r'(?:\A|["\t\n\x0B\f\r ])\\\\host',
            r'(?s).*(?:^|["\s])\\\\host.*',
            '(.*["\t-\r ])?\\\\\\\\host.*',
        ],
    ),
    (
        r"^a.*?b+?$",
        "s",
        [
            r"(?s)^a.*?b+?$",
            r"(?s)^a.*?b+?\z",
            r"(?s)^a.*?b+?$",
            r"(?s)^a.*?b+?$",
            r"\Aa.*b+\z",
            r"(?s)^a.*?b+?\z",
            r"a.*b+",
        ],
    ),
    (
        r"\d\D\w\W\s\S",
        "",
        [
            r"[0-9][^0-9][0-9A-Za-z_][^0-9A-Za-z_][\t\n\x0B\f\r ][^\t\n\x0B\f\r ]",
            r"\d\D\w\W\s\S",
            r"(?s)\d\D\w\W[\s\x0B][^\s\x0B]",
            r"(?s).*\d\D\w\W[\s\x0B][^\s\x0B].*",
            r"\d\D\w\W[\t\n\x0B\f\r ][^\t\n\x0B\f\r ]",
            r"(?s).*\d\D\w\W\s\S.*",
            ".*[0-9][^0-9][0-9A-Za-z_][^0-9A-Za-z_][\t-\r ][^\t-\r ].*",
        ],
    ),
    (
        r"[a-f&~\-[\]^]",
        "i",
        [
            r"(?i)[a-f\&\~\-\[\]\^]",
            r"(?i)[a-f&~\-\[\]\^]",
            r"(?is)[a-f&~\-\[\]\^]",
            r"(?is).*[a-f&~\-\[\]\^].*",
            r"[a-f&~\-\[\]\^]",
            r"(?is).*[a-f\&~\-\[\]\^].*",
            r".*[a-f&~\-\[\]\^A-F].*",
        ],
    ),
    (
        r"(?i)a(b|cd){2,3}e",
        "",
        [
            r"(?i)a(?:b|cd){2,3}e",
            r"(?i)a(?:b|cd){2,3}e",
            r"(?is)a(?:b|cd){2,3}e",
            r"(?is).*a(?:b|cd){2,3}e.*",
            r"[aA](?:[bB]|[cC][dD]){2,3}[eE]",
            r"(?is).*a(?:b|cd){2,3}e.*",
            r".*[aA]([bB]|[cC][dD]){2,3}[eE].*",
        ],
    ),
    (
        r"x(?i:y\d+z)w",
        "",
        [
            r"x(?i:y)[0-9]+(?i:z)w",
            r"x(?i:y)\d+(?i:z)w",
            r"(?s)x(?i:y)\d+(?i:z)w",
            r"(?s).*x(?i:y)\d+(?i:z)w.*",
            r"x[yY]\d+[zZ]w",
            r"(?s).*x(?i:y)\d+(?i:z)w.*",
            r".*x[yY][0-9]+[zZ]w.*",
        ],
    ),
    (
        r"a(?s:.).",
        "",
        [
            r"(?s)a.[^\n]",
            r"(?s)a.[^\n]",
            r"(?s)a.[^\n]",
            r"(?s).*a.[^\n].*",
            r"a[\s\S].",
            r"(?s).*a.[^\n].*",
            ".*a.[^\n].*",
        ],
    ),
]


@pytest.mark.parametrize(
    ("pattern", "letters", "dialect", "expected"),
    [
        (pattern, letters, dialect, text)
        for pattern, letters, texts in TRANSLATIONS
        for dialect, text in zip(TABLED, texts, strict=True)
    ],
)
def test_translation(pattern: str, letters: str, dialect: Dialect, expected: str) -> None:
    assert translate(pattern, flags(letters), dialect) == expected


@pytest.mark.parametrize(
    ("pattern", "letters", "dialect", "expected"),
    [
        # the word boundary is ASCII
        (r"\bnet\b", "", RUST, r"(?-u:\b)net(?-u:\b)"),
        (r"\bnet\b", "", PCRE, r"\bnet\b"),
        (r"\bnet\b", "", JITREX, r"\bnet\b"),
        # whether a flag reaches letters beyond ASCII is not documented for LogScale
        ("a[äö]Éz", "i", JITREX, "a[äöÄÖ][éÉ]z"),
        ("a[b-d]é", "", JITREX, "a[b-d]é"),
        # lines
        (r"^a$", "m", RUST, r"(?m)^a$"),
        (r"^a$", "m", PCRE, r"(?m)^a$"),
        (r"^a$", "m", RE2, r"(?ms)^a$"),
        (r"^a$", "m", JITREX, r"^a$"),
        (r"^a$", "m", JAVA, r"(?mds).*(?:^|\A)a$.*"),
        (r"\Aa$", "m", RUST, r"(?m)\Aa$"),
        (r"\Aa\Z", "m", RE2, r"(?s)^a$"),
        (r"(?!)", "", PCRE, r"(?!)"),
        # look-around, back-references and the like where they exist; only groups that are used stay groups
        (r"a(?=b)(?!c)", "", JITREX, r"a(?=b)(?!c)"),
        (r"(?<=a)b(?<!c)", "", PCRE, r"(?<=a)b(?<!c)"),
        (r"(x)(a|b)\2", "", PCRE, r"x([ab])(?:\1)"),
        (r"(?P<q>['\"])cmd(?P=q)", "", JAVA, r"(?s).*(['" + '"' + r"])cmd(?:\1).*"),
        (r"(a)?(?(1)b|c)", "", PCRE, r"(a)?(?(1)b|c)"),
        (r"(?>a+)b++", "", PCRE, r"(?>a+)b++"),
        (r"x*+a", "", JAVA, r"(?s).*x*+a.*"),
        # classes with capital categories
        (r"[\s\S]+x", "", RUST, r"[\s\S]+x"),
        (r"[\s\S]+x", "", LUCENE, r".*.+x.*"),
        (r"[\Wa]b", "", RUST, r"(?:[^0-9A-Za-z_]|[a])b"),
        (r"[\Wa]b", "i", LUCENE, r".*([^0-9A-Za-z_]|[aA])[bB].*"),
        (r"[^\Wa]", "", RE2, r"(?s)[^a\W]"),
        (r"[^\S\n]", "", LUCENE, ".*[\t\x0b-\r ].*"),
        # Lucene: operators and quotes are text, an empty alternative is an option
        (r'a"b#@&<>~c', "", LUCENE, r".*a\"b\#\@\&\<\>\~c.*"),
        (r"\^\$", "", LUCENE, ".*^$.*"),
        (r"a(|b)c", "", LUCENE, r".*ab?c.*"),
        (r"a(|b)c", "", JITREX, r"ab?c"),
        (r"é", "i", LUCENE, r".*[éÉ].*"),
        (r"é[a-c\d]x", "i", FOLDED, r".*[éÉ][a-cA-C0-9]x.*"),
        (r"a[bc]", "", FOLDED, r".*a[bc].*"),
        (r"(?i:a)b", "", FOLDED, r".*[aA]b.*"),
        (r"é", "i", JAVA, r"(?isu).*é.*"),
        # Lucene: anchors at the edges of alternatives
        (r"^a$|b", "", LUCENE, r"a|.*b.*"),
        (r"a($|\s)", "", LUCENE, ".*a([\t-\r ].*)?"),
        (r"(?:^|x)a(?:$|y)", "", LUCENE, r"(.*x)?a(y.*)?"),
        (r"(^a|b$)", "", LUCENE, r"a.*|.*b"),
        (r"(^a)?b", "", LUCENE, r"(a|.*)b.*"),
        (r" *^ *a", "", LUCENE, r" *a.*"),
        (r"^", "", LUCENE, r".*"),
        (r"(?:^)+a(?:$)*", "", LUCENE, r"a.*"),
        (r"^$", "", LUCENE, r""),
        (r"", "", LUCENE, r".*"),
        # what may be empty at an open edge is left out of whole-value expressions
        (r".*a.*", "", LUCENE, r".*a.*"),
        (r".*a.*", "", JAVA, r"(?s).*a.*"),
        (r".*", "", JAVA, r"(?s).*"),
        (r"[--/!-^]", "", LUCENE, r".*[\-.-/!-Z\[\\\]\^].*"),
        (r"[--/!-^]", "", PCRE, r"[\--/!-\^]"),
        # control characters
        (r"\x00\x1f\u0085\u2028", "", PCRE, r"\x00\x1F\x{85}\x{2028}"),
        (r"\x00\u2028", "", JITREX, r"\x00\u2028"),
        (r"\t\n\r\f\v", "", RE2, r"(?s)\t\n\r\f\x0B"),
        (r"\t\n", "", LUCENE, ".*\t\n.*"),
        (r"a/b", "", JITREX, "a/b"),
    ],
)
def test_particular_translation(pattern: str, letters: str, dialect: Dialect, expected: str) -> None:
    assert translate(pattern, flags(letters), dialect) == expected


@pytest.mark.parametrize(
    ("pattern", "letters", "dialect", "message"),
    [
        (r"a(?=b)", "", RUST, "the regular expression uses a look-ahead, which Kusto (Rust regex crate) lacks"),
        (r"a(?!b)", "", RE2, "the regular expression uses a look-ahead, which RE2 lacks"),
        (r"(?<!a)b", "", JITREX, "the regular expression uses a look-behind, which LogScale lacks"),
        (r"(a)\1", "", RUST, "the regular expression uses a back-reference, which Kusto (Rust regex crate) lacks"),
        (r"(a)?(?(1)b)", "", JAVA, "the regular expression uses a conditional group, which java.util.regex lacks"),
        (r"(?>a)", "", RE2, "the regular expression uses an atomic group, which RE2 lacks"),
        (r"a++", "", LUCENE, "the regular expression uses a possessive quantifier, which Lucene lacks"),
        (r"\bnet", "", LUCENE, r"the regular expression uses a word boundary (\b), which Lucene lacks"),
        (r"a\B", "", RUST, r"the absence of a word boundary (\B), which Kusto"),
        (r"^a", "m", LUCENE, "the regular expression uses ^ or $ with the flag m, which Lucene cannot express"),
        (r"(?m)^a", "", JITREX, "the flag m inside a regular expression cannot be written for LogScale"),
        (r"(?:^a|b)+", "", LUCENE, "the regular expression repeats or nests an anchor, which Lucene cannot express"),
        (r"a^b", "", LUCENE, "the regular expression never matches"),
        (r"a$b", "", LUCENE, "the regular expression never matches"),
        (r"(?-i:a)", "i", JITREX, "case-sensitive under the flag i, which LogScale lacks"),
        (r"a{1001}", "", RE2, "repeats something more than 1000 times, the limit of RE2"),
        (r"(a{40}){40}", "", RE2, "repeats something more than 1000 times, the limit of RE2"),
        (r"(", "", PCRE, "the regular expression is not valid: missing ), unterminated subpattern"),
        ("ab" * 600, "", LUCENE, "has 1204 characters in the syntax of Lucene; an index accepts 1000"),
        (r"a.{2,128}b.{1,32}c", "", LUCENE, "too complex for Lucene (max_determinized_states)"),
        ("\ud800", "", PCRE, "the text has half of a surrogate pair, which no query can carry"),
    ],
)
def test_refusal_names_the_construct_and_the_dialect(
    pattern: str, letters: str, dialect: Dialect, message: str
) -> None:
    assert message in reason(pattern, dialect, letters)


def test_logscale_writes_dot_matches_newline_as_d() -> None:
    assert [jitrex_flags(flags(letters)) for letters in ("", "i", "m", "s", "ims")] == ["", "i", "m", "d", "imd"]


@pytest.mark.parametrize(
    ("pattern", "letters", "expected"),
    [
        ("", "", True),
        ("a*", "", True),
        ("^$", "", True),
        ("a|", "", True),
        ("a", "", False),
        (r"\b", "", False),
        (r"\B", "", True),
    ],
)
def test_patterns_found_in_the_empty_text(pattern: str, letters: str, expected: bool) -> None:
    assert matches_empty(pattern, flags(letters)) is expected


def test_wildcards_that_match_the_empty_text() -> None:
    assert globs_match_empty((ex.Glob.of("a"), ex.Glob.of(ANY)))
    assert globs_match_empty((ex.Glob.of(),))
    assert not globs_match_empty((ex.Glob.of(ONE), ex.Glob.of(ANY, "a", ANY)))


ENDS = (ex.Glob.of(ANY, "\\a.exe"), ex.Glob.of(ANY, "\\b.exe"))
GLOBS = [
    (
        ENDS,
        [
            r"(?i)(?:\\a\.exe|\\b\.exe)$",
            r"(?i)(?:\\a\.exe|\\b\.exe)\z",
            r"(?is)(?:\\a\.exe|\\b\.exe)$",
            r"(?is).*(?:\\a\.exe|\\b\.exe)$",
            r"(?:\\a\.exe|\\b\.exe)\z",
            r"(?is).*(?:\\a\.exe|\\b\.exe)\z",
            r".*(\\[aA]\.[eE][xX][eE]|\\[bB]\.[eE][xX][eE])",
        ],
    ),
    (
        (ex.Glob.of(ANY, "x -y", ANY),),
        [
            r"(?i)x -y",
            r"(?i)x -y",
            r"(?is)x -y",
            r"(?is).*x -y.*",
            r"x -y",
            r"(?is).*x -y.*",
            r".*[xX] -[yY].*",
        ],
    ),
    (
        (ex.Glob.of("a", ANY, "b"), ex.Glob.of("c")),
        [
            r"(?is)^(?:a.*b|c)$",
            r"(?is)^(?:a.*b|c)\z",
            r"(?is)^(?:a.*b|c)$",
            r"(?is)^(?:a.*b|c)$",
            r"\A(?:a.*b|c)\z",
            r"(?is)^(?:a.*b|c)\z",
            r"[aA].*[bB]|[cC]",
        ],
    ),
    (
        (ex.Glob.of("a", ONE, "b", ANY), ex.Glob.of(ANY, "c"), ex.Glob.of(ANY, "d", ANY)),
        [
            r"(?is)^a.b|c$|d",
            r"(?is)^a.b|c\z|d",
            r"(?is)^a.b|c$|d",
            r"(?is).*(?:^a.b|c$|d).*",
            r"\Aa.b|c\z|d",
            r"(?is).*(?:^a.b|c\z|d).*",
            r"[aA].[bB].*|.*[cC]|.*[dD].*",
        ],
    ),
    ((ex.Glob.of(),), [r"^$", r"^\z", r"(?s)^$", r"(?s)^$", r"\A\z", r"^\z", r""]),
    ((ex.Glob.of(ANY), ex.Glob.of("a")), [r"^", r"^", r"(?s)^", r"(?s)^.*", r"\A", r"(?s)^.*", r".*"]),
    (
        (ex.Glob.of("a/b\n"),),
        [
            r"(?i)^a/b\n$",
            r"(?i)^a/b\n\z",
            r"(?is)^a/b\n$",
            r"(?is)^a/b\n$",
            r"\Aa/b\n\z",
            r"(?i)^a/b\n\z",
            "[aA]/[bB]\n",
        ],
    ),
]


@pytest.mark.parametrize(
    ("globs", "dialect", "expected"),
    [(globs, dialect, text) for globs, texts in GLOBS for dialect, text in zip(TABLED, texts, strict=True)],
)
def test_wildcards(globs: tuple[ex.Glob, ...], dialect: Dialect, expected: str) -> None:
    assert from_globs(globs, dialect, cased=False) == expected


def test_cased_wildcards_carry_no_flag_i() -> None:
    assert from_globs(ENDS, RUST, cased=True) == r"(?:\\a\.exe|\\b\.exe)$"
    assert from_globs(ENDS, LUCENE, cased=True) == r".*(\\a\.exe|\\b\.exe)"


# Random expressions. `$` is written as a private mark, because the oracle reads it as the very end of the value.

END = "\ue000"
ATOMS = ["a", "B", "ab", "é", r"\.", " ", r"\\", '"', "#", "&", "~", "-", "/", ".", r"\d", r"\W", r"\s", r"\S", r"\n"]
CLASSES = ["[a-c]", "[^aB]", r"[\w-]", r"[^\s.]", r"[\Wb]", r"[^\Da]", r"[\s\S]", r"[&~^\]-]", "[A-b]"]
PLAIN = st.sampled_from(ATOMS + CLASSES)
VALUES = st.text(alphabet='aAbBé1_ \n\t."\\#&~-/', max_size=8)
FLAGS = st.sets(st.sampled_from("ims")).map(lambda letters: flags("".join(letters)))


def expressions(*extra: str) -> st.SearchStrategy[str]:
    """Patterns of atoms, sequences, alternatives, groups, repetitions; ``extra`` are further atoms, all grouped."""
    return st.recursive(
        st.one_of(PLAIN, st.sampled_from(extra)) if extra else PLAIN,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map("".join),
            st.lists(st.one_of(st.just(""), inner), min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
            st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "*?", "??"])).map(
                lambda pair: f"(?:{pair[0]}){pair[1]}"
            ),
            inner.map(lambda text: f"(?i:{text})"),
        ),
        max_leaves=6,
    )


def agree(pattern: str, letters: frozenset[ex.RegexFlag], value: str, dialect: Dialect) -> None:
    """The dialect's text gives Python's verdict on the value, or the construct is one that the dialect lacks."""
    source = pattern.replace(END, "$")
    oracle = pattern.replace(END, "$" if "m" in letters else r"\Z")
    expected = re.search(oracle, value, sum((getattr(re, f.upper()) for f in letters), re.ASCII)) is not None
    try:
        text = translate(source, letters, dialect)
    except Unsupported as error:
        refusal = str(error)
    else:
        assert found(text, value, dialect, jitrex_flags(letters)) is expected, text
        return
    assume("never matches" in refusal)
    assert not expected


@pytest.mark.parametrize("dialect", Dialect)
@given(pattern=expressions(), letters=FLAGS, value=VALUES)
def test_plain_expressions_agree(dialect: Dialect, pattern: str, letters: frozenset[ex.RegexFlag], value: str) -> None:
    agree(pattern, letters, value, dialect)


@pytest.mark.parametrize("dialect", Dialect)
@given(pattern=expressions("^", END, r"\A"), letters=FLAGS, value=VALUES)
def test_anchored_expressions_agree(
    dialect: Dialect, pattern: str, letters: frozenset[ex.RegexFlag], value: str
) -> None:
    agree(pattern, letters, value, dialect)


@pytest.mark.parametrize("dialect", [RUST, PCRE, RE2, RE2_WHOLE, JITREX, JAVA])
@given(pattern=expressions("^", END, r"\b", "(?=a)", "(?!.b)"), letters=FLAGS, value=VALUES)
def test_assertions_agree(dialect: Dialect, pattern: str, letters: frozenset[ex.RegexFlag], value: str) -> None:
    agree(pattern, letters, value, dialect)


GLOB = st.lists(st.one_of(st.sampled_from([ANY, ONE]), VALUES), max_size=5).map(lambda parts: ex.Glob.of(*parts))


@pytest.mark.parametrize("dialect", Dialect)
@given(globs=st.lists(GLOB, min_size=1, max_size=4).map(tuple), cased=st.booleans(), value=VALUES)
def test_wildcards_agree(dialect: Dialect, globs: tuple[ex.Glob, ...], cased: bool, value: str) -> None:
    case = 0 if cased else re.IGNORECASE
    expected = any(re.fullmatch(glob.render(re.escape, ".*", "."), value, re.DOTALL | case) for glob in globs)
    text = from_globs(globs, dialect, cased=cased)
    assert found(text, value, dialect, "d" if cased else "id") is expected


@pytest.mark.parametrize("dialect", Dialect)
@given(value=st.text(max_size=12))
def test_any_literal_matches_itself(dialect: Dialect, value: str) -> None:
    """Also with characters that are operators somewhere, or cannot be seen."""
    assert found(from_globs((ex.Glob.of(value),), dialect, cased=True), value, dialect, "d")
