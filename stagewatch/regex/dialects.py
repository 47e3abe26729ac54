"""What each regular-expression dialect has and how it writes it: facts only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from stagewatch.regex.tree import Category


class Dialect(Enum):
    """A regular-expression language. ``search`` dialects find a match anywhere, the others match whole values."""

    RUST = "Rust regex crate (Kusto)"
    PCRE = "PCRE (Splunk)"
    RE2 = "RE2 (Google SecOps)"
    RE2_WHOLE = "RE2, right for a search and for the whole value (Sumo Logic matches)"
    JITREX = "JitRex (CrowdStrike LogScale)"
    JAVA_WHOLE = "java.util.regex, right for a search and for the whole value (QRadar, Sumo Logic rlike)"
    LUCENE_WHOLE = "Lucene regexp on the whole value (Elastic regex, RLIKE)"
    LUCENE_FOLDED = "Lucene regexp on the whole value, ASCII letters outside classes in any case (Elastic regex~)"


class Feature(Enum):
    """A construct that some dialects lack; the value names it in messages."""

    LOOK_AHEAD = "a look-ahead"
    LOOK_BEHIND = "a look-behind"
    BACK_REFERENCE = "a back-reference"
    CONDITIONAL = "a conditional group"
    ATOMIC = "an atomic group"
    POSSESSIVE = "a possessive quantifier"
    BOUNDARY = "a word boundary (\\b)"
    NOT_BOUNDARY = "the absence of a word boundary (\\B)"


_BOUNDARIES = frozenset({Feature.BOUNDARY, Feature.NOT_BOUNDARY})
_BACKTRACKING = frozenset(Feature) - {Feature.CONDITIONAL}

_COMMON = frozenset(r"\.^$|?*+()[]{}")
_IN_CLASS = frozenset(r"\[]^-")

_NATIVE = {category: f"\\{category.value}" for category in Category}
_SPACES = r"\t\n\x0B\f\r "
_ASCII = {Category.DIGIT: "0-9", Category.WORD: "0-9A-Za-z_", Category.SPACE: _SPACES}


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a dialect writes what it has. The defaults are what most share."""

    title: str
    features: frozenset[Feature]
    reserved: frozenset[str] = _COMMON
    reserved_in_class: frozenset[str] = _IN_CLASS
    categories: dict[Category, str] = field(default_factory=lambda: _NATIVE)
    """What stands for a category inside a class."""
    negated_categories: frozenset[Category] = frozenset(Category)
    """The categories whose capital letter, such as ``\\D``, is the exact complement."""
    start: str = "^"
    end: str = r"\z"
    line_flag: str = "m"
    """The inline flags that make ``^`` and ``$`` line anchors; newline is the only line terminator."""
    line_start: str = "^"
    """The start of a line, when ``line_flag`` is set."""
    dot: str = "."
    """Any character but a newline, when dots are not told to match newlines."""
    boundary: str = r"\b"
    always_dotall: bool = False
    """Whether the inline flag ``s`` is written even where no dot needs it."""
    group: str = "(?:"
    inline_flags: bool = True
    outer_flags: bool = False
    """Whether the caller writes the flags outside the expression."""
    unicode_flag: bool = False
    """Whether ``i`` reaches letters beyond ASCII only with ``u``."""
    folds_classes: bool = True
    """Whether the flag ``i`` reaches character classes and letters beyond ASCII."""
    folds_beyond_ascii: bool = True
    """Whether it is documented that the flag ``i`` reaches letters beyond ASCII; where not, both cases are written."""
    lazy: bool = True
    empty_alternatives: bool = True
    escapes: bool = True
    """Whether control characters have escapes; raw characters are written where there are none."""
    escaped_range_ends: bool = True
    """Whether an escaped character can begin or end a range in a class."""
    wide_escape: str = r"\x{{{:X}}}"
    """The escape of a character beyond ASCII that cannot be seen."""
    most_repeats: int | None = None
    most_characters: int | None = None
    most_effort: int | None = None
    """The limit of :func:`stagewatch.regex.automaton.effort`."""
    whole: bool = False
    """Whether the expression is matched against the whole value."""


# RE2: \s lacks the vertical tab, $ without m is the very end, \Z does not exist, counts end at 1000. SecOps looks at
# the first line of a value only unless (?s) is set (page re.regex), so it always is.
_RE2 = Syntax(
    title="RE2",
    features=_BOUNDARIES,
    categories={**_NATIVE, Category.SPACE: r"\s\x0B"},
    negated_categories=frozenset({Category.DIGIT, Category.WORD}),
    end="$",
    dot=r"[^\n]",
    always_dotall=True,
    most_repeats=1000,
)

# Lucene: no anchors, no group markers, no escapes but the backslash before a reserved character; the dot is any
# character at all; a literal in quotes, <1-9>, ~, @, & and # are operators. Lucene 10 reads [\--/] as three signs.
_LUCENE = Syntax(
    title="Lucene",
    features=frozenset(),
    reserved=frozenset('.?+*|{}[]()"\\#@&<>~'),
    categories={**_ASCII, Category.SPACE: "\t-\r "},
    negated_categories=frozenset(),
    dot="[^\n]",
    group="(",
    inline_flags=False,
    lazy=False,
    empty_alternatives=False,
    escapes=False,
    escaped_range_ends=False,
    most_characters=1000,  # index.max_regex_length
    most_effort=10 * 10_000,  # Lucene's Operations.determinize multiplies max_determinized_states by ten
    whole=True,
)

SYNTAX: dict[Dialect, Syntax] = {
    # Kusto documents the syntax of the Rust crate, whose categories and boundaries are Unicode unless told otherwise.
    Dialect.RUST: Syntax(
        title="Kusto (Rust regex crate)",
        features=frozenset({Feature.BOUNDARY}),
        reserved_in_class=_IN_CLASS | frozenset("&~"),
        categories=_ASCII,
        negated_categories=frozenset(),
        end="$",
        boundary=r"(?-u:\b)",
    ),
    Dialect.PCRE: Syntax(title="PCRE", features=frozenset(Feature)),
    Dialect.RE2: _RE2,
    Dialect.RE2_WHOLE: replace(_RE2, whole=True),
    # LogScale: flags stand behind the pattern, since in engine v1 an inline (?i) covers only the first branch of an
    # alternation; ^ and $ are line anchors in the regex() function; what \s covers is not said; lazy quantifiers and
    # \x{...} are not in both engines; whether the flag i reaches letters beyond ASCII is not said (LogScale
    # documentation, syntax-regex-syntax, -regex2-syntax, -regex-engines).
    Dialect.JITREX: Syntax(
        title="LogScale",
        features=_BOUNDARIES | {Feature.LOOK_AHEAD},
        categories={**_NATIVE, Category.SPACE: _SPACES},
        negated_categories=frozenset({Category.DIGIT, Category.WORD}),
        start=r"\A",
        inline_flags=False,
        outer_flags=True,
        folds_beyond_ascii=False,
        lazy=False,
        empty_alternatives=False,
        wide_escape=r"\u{:04X}",
    ),
    # Java: the dot and line anchors know five line terminators unless (?d) says that only \n is one; with (?m) ^ is not
    # found at the end of the value, even of an empty one; && and nested brackets are special in classes.
    Dialect.JAVA_WHOLE: Syntax(
        title="java.util.regex",
        features=_BACKTRACKING,
        reserved_in_class=_IN_CLASS | frozenset("&"),
        line_flag="md",
        line_start=r"(?:^|\A)",
        unicode_flag=True,
        dot=r"[^\n]",
        whole=True,
    ),
    Dialect.LUCENE_WHOLE: _LUCENE,
    # Lucene's flag for any case reaches neither classes nor letters beyond ASCII (Elasticsearch reference, regular
    # expression syntax); these are spelled out, and the rest stays half as long.
    Dialect.LUCENE_FOLDED: replace(_LUCENE, outer_flags=True, folds_classes=False),
}
