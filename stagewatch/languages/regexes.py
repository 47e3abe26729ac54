"""Regular expressions, each run by the engine that its platform uses or by the one whose syntax the platform names.

No engine stands in for another: RE2 is ``google-re2``, PCRE is PCRE2 by ``pcre2``, Java and Lucene run in a Java
machine (:mod:`stagewatch.languages.java`), and Rust is the ``regex`` crate by ``paula``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import version
from typing import Any

from stagewatch.languages.base import Problem, QueryError
from stagewatch.languages.java import java_class, java_version, lucene_version

Verdict = Callable[[str], bool]

LUCENE_LENGTH = 1000
"""``index.max_regex_length`` by default (Elasticsearch Reference, "General index settings"); longer ones fail."""

LUCENE_STATES = 10_000
"""``max_determinized_states`` by default (Elasticsearch Reference, "Regexp query")."""


class Dialect(Enum):
    """Whose engine reads a pattern."""

    RE2 = "re2"
    PCRE = "pcre"
    """PCRE2 over UTF-8 with its defaults, thus without UCP: ``\\w``, ``\\d`` and ``\\s`` are ASCII."""
    JAVA = "java"
    """``java.util.regex``."""
    LUCENE = "lucene"
    """Lucene's ``RegExp`` with the operators that Elasticsearch turns on, which are all; only whole values.

    The flag ``i`` is what Elasticsearch's ``case_insensitive`` sets (class RegexpQueryBuilder): it folds
    letters outside character classes, in Lucene 9 those of ASCII alone, in Lucene 10 all.
    """
    RUST = "rust"


def search(dialect: Dialect, pattern: str, text: str, flags: str = "") -> bool:
    """Whether the pattern is found anywhere in the text. Lucene has no search."""
    return _compiled(dialect, pattern, flags).search(text)


def whole(dialect: Dialect, pattern: str, text: str, flags: str = "") -> bool:
    """Whether the pattern matches the whole text."""
    return _compiled(dialect, pattern, flags).whole(text)


def check(dialect: Dialect, pattern: str, flags: str = "") -> None:
    """Raises :class:`QueryError` for a pattern that the engine does not accept."""
    _compiled(dialect, pattern, flags)


def groups(pattern: str) -> int:
    """How many groups of a pattern in Rust's dialect capture."""
    check(Dialect.RUST, pattern)
    return len(_rust_regex("", pattern, "|").captures("")) - 1


@cache
def versions(dialect: Dialect) -> Mapping[str, str]:
    """What runs a dialect -> its version. Where one is inside another, both are named."""
    if dialect is Dialect.RE2:
        return {"google-re2": version("google-re2")}
    if dialect is Dialect.RUST:
        return {"paula": version("paula")}
    if dialect is Dialect.PCRE:
        return {"pcre2": version("pcre2"), "PCRE2": import_module("pcre2").__libpcre2_version__}
    java = {"jpype1": version("jpype1"), "Java": java_version()}
    return {**java, "Lucene": lucene_version()} if dialect is Dialect.LUCENE else java


@dataclass(frozen=True, slots=True)
class _Regex:
    search: Verdict
    whole: Verdict


@lru_cache(maxsize=4096)
def _compiled(dialect: Dialect, pattern: str, flags: str) -> _Regex:
    if not set(flags) <= set("ims"):
        raise ValueError(f"flags {flags!r}: only i, m and s are known")
    return COMPILERS[dialect](pattern, flags)


def _refused(dialect: Dialect, pattern: str, reason: object) -> QueryError:
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    shown = pattern if len(pattern) <= 80 else f"{pattern[:77]}..."
    return QueryError(Problem(f"{dialect.name} refuses the regular expression {shown!r}: {' '.join(text.split())}"))


def _inline(pattern: str, flags: str) -> str:
    """Flags as RE2's and Rust's syntax write them, before everything."""
    return f"(?{flags}){pattern}" if flags else pattern


def _re2(pattern: str, flags: str) -> _Regex:
    re2 = import_module("re2")
    options = re2.Options()
    options.log_errors = False
    try:
        regex = re2.compile(_inline(pattern, flags), options)
    except re2.error as error:
        raise _refused(Dialect.RE2, pattern, error.args[0]) from None
    return _Regex(
        search=lambda text: regex.search(text) is not None,
        whole=lambda text: regex.fullmatch(text) is not None,
    )


def _rust(pattern: str, flags: str) -> _Regex:
    try:
        found = import_module("paula").Regex(_inline(pattern, flags))
        entire = _rust_regex(_inline(r"\A", flags), pattern, r"\z")
    except ValueError as error:
        raise _refused(Dialect.RUST, pattern, error) from None
    return _Regex(search=found.is_match, whole=entire.is_match)


def _rust_regex(before: str, pattern: str, after: str) -> Any:
    """A pattern with something around it. A line break closes a comment that it may end in."""
    compiled = import_module("paula").Regex
    try:
        return compiled(f"{before}(?:{pattern}){after}")
    except ValueError:
        return compiled(f"{before}(?:{pattern}\n){after}")


_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]+)\}|\\.", re.DOTALL)


def _in_octal(match: re.Match[str]) -> str:
    return match[0] if match[1] is None else rf"\o{{{int(match[1], 16):o}}}"


def _pcre(pattern: str, flags: str) -> _Regex:
    """The package compiles with PCRE2_ALT_BSUX, under which ``\\x{85}`` is 85 letters x; PCRE2 itself reads U+0085.

    So the code point is given in octal (pcre2pattern(3), "Non-printing characters").
    """
    pcre2 = import_module("pcre2")
    pattern = _ESCAPED.sub(_in_octal, pattern)
    switches = {"i": pcre2.IGNORECASE, "m": pcre2.MULTILINE, "s": pcre2.DOTALL}
    try:
        regex = pcre2.compile(pattern, sum((switches[flag] for flag in flags), pcre2.ASCII))
    except pcre2.PatternError as error:
        raise _refused(Dialect.PCRE, pattern, error) from None

    def guarded(method: Callable[[str], object]) -> Verdict:
        def verdict(text: str) -> bool:
            try:
                return method(text) is not None
            except pcre2.LibraryError as error:  # a limit: the engine would give up there too
                raise _refused(Dialect.PCRE, pattern, error) from None

        return verdict

    return _Regex(search=guarded(regex.search), whole=guarded(regex.fullmatch))


def _java(pattern: str, flags: str) -> _Regex:
    kind = java_class("java.util.regex.Pattern")
    overflow = java_class("java.lang.StackOverflowError")
    switches = {"i": kind.CASE_INSENSITIVE, "m": kind.MULTILINE, "s": kind.DOTALL}
    try:
        regex = kind.compile(pattern, sum(switches[flag] for flag in flags))
    except (java_class("java.util.regex.PatternSyntaxException"), overflow) as error:
        raise _refused(Dialect.JAVA, pattern, error.toString()) from None

    def verdict(text: str, *, entire: bool) -> bool:
        matcher = regex.matcher(text)
        try:
            return bool(matcher.matches() if entire else matcher.find())
        except overflow as error:  # as a platform on Java would
            raise _refused(Dialect.JAVA, pattern, error.toString()) from None

    return _Regex(search=lambda text: verdict(text, entire=False), whole=lambda text: verdict(text, entire=True))


def _lucene(pattern: str, flags: str) -> _Regex:
    if flags not in {"", "i"}:
        raise _refused(Dialect.LUCENE, pattern, f"no flags {flags!r}: only i is known")
    if len(pattern) > LUCENE_LENGTH:
        raise _refused(Dialect.LUCENE, pattern, f"{len(pattern)} characters, more than {LUCENE_LENGTH}")
    package = "org.apache.lucene.util.automaton"
    kind = java_class(f"{package}.RegExp")
    operations = java_class(f"{package}.Operations")
    # Elasticsearch's class RegexpFlag: ALL takes in the operator "~", which Lucene 10 has apart
    syntax = kind.ALL | kind.DEPRECATED_COMPLEMENT
    errors = ("java.lang.IllegalArgumentException", "java.lang.StackOverflowError")
    complexity = java_class(f"{package}.TooComplexToDeterminizeException")
    try:
        parsed = kind(pattern, syntax, kind.ASCII_CASE_INSENSITIVE if flags else 0)
        automaton = operations.determinize(parsed.toAutomaton(), LUCENE_STATES)
    except (*map(java_class, errors), complexity) as error:
        raise _refused(Dialect.LUCENE, pattern, error.toString()) from None
    run = java_class(f"{package}.CharacterRunAutomaton")(automaton)

    def no_search(_: str) -> bool:
        raise _refused(Dialect.LUCENE, pattern, "it matches whole values and cannot search")

    return _Regex(search=no_search, whole=lambda text: bool(run.run(text)))


COMPILERS: Mapping[Dialect, Callable[[str, str], _Regex]] = {
    Dialect.RE2: _re2,
    Dialect.PCRE: _pcre,
    Dialect.JAVA: _java,
    Dialect.LUCENE: _lucene,
    Dialect.RUST: _rust,
}
