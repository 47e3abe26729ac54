"""IBM QRadar: AQL searches, and the bare filter for a rule test.

Facts are from IBM's Ariel Query Language pages ("LIKE clause", "Quotation marks", "AQL operators", "Conditional logic",
"AQL subquery"). Not documented there are precedence, escapes inside literals and the case of ``=``; the forms below
mean the same under every reading, but for one assumption: a backslash in a literal is an ordinary character.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from stagewatch import expression as ex
from stagewatch.correlation import Correlation
from stagewatch.findings import Unsupported
from stagewatch.regex import Dialect, from_globs, translate
from stagewatch.regex.characters import has_case
from stagewatch.targets.base import Rendered, Renderer, Target
from stagewatch.targets.spelling import spell
from stagewatch.translation import Query

NATIVE_COLUMNS = frozenset({"devicetype"})
"""Columns of QRadar itself that the pipeline uses: numbers, never NULL. All others are custom properties: text."""

USUAL_COLUMNS = (
    "starttime",
    "devicetime",
    "LOGSOURCENAME(logsourceid) AS 'Log Source'",
    "QIDNAME(qid) AS 'Event Name'",
    "username",
)
"""What every search shows before the properties that its filter reads."""

SEARCH_WINDOW = "LAST 24 HOURS"

DOT, END = r"\.", r"\z"


class AqlRenderer(Renderer):
    """Boolean expressions of AQL, as they stand after WHERE and in the rule test for AQL filter queries.

    Expressions must be in negation normal form: NULL makes comparisons neither true nor false, so each negated leaf
    is guarded on its own.
    """

    and_token: ClassVar[str] = " AND "
    or_token: ClassVar[str] = " OR "

    def negation(self, term: ex.Expression) -> str:
        """``NOT`` of one leaf, true where a property is NULL.

        It stands in parentheses, as how far NOT reaches to its right is not documented.
        """
        match term:
            case ex.Present(field):
                return f"{column(field)} IS NULL"
            case ex.Null(field):
                return f"({column(field)} IS NOT NULL AND NOT ({column(field)} = ''))"
            case ex.Text(field, globs) if _any_value(globs):
                return f"{column(field)} IS NULL"
            case ex.And() | ex.Or() | ex.Not():
                raise ValueError("not in negation normal form")
        guards = [f"{column(field)} IS NULL" for field in ex.fields(term) if field not in NATIVE_COLUMNS]
        negated = f"NOT ({' OR '.join(self.alternatives(term))})"
        return f"({' OR '.join([*guards, negated])})"

    def alternatives(self, leaf: ex.Leaf) -> list[str]:
        """The conditions of which one must hold, each without parentheses around it."""
        match leaf:
            case ex.Text(field, globs, cased):
                return list(_text(column(field), globs, cased))
            case ex.Keyword(globs, cased):
                return list(_text("UTF8(payload)", globs, cased))
            case ex.Cidr(field, networks):
                return [_network(column(field), network) for network in networks]
            case _:
                return [self.leaf(leaf)]

    def any_of(self, leaf: ex.Leaf) -> str:
        """The alternatives as one operand."""
        parts = self.alternatives(leaf)
        return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"

    def text(self, leaf: ex.Text) -> str:
        """``ILIKE`` without regard to case, ``LIKE`` with it; see :func:`_text`."""
        return self.any_of(leaf)

    def keyword(self, leaf: ex.Keyword) -> str:
        """The raw event is ``UTF8(payload)``."""
        return self.any_of(leaf)

    def cidr(self, leaf: ex.Cidr) -> str:
        """``INCIDR`` takes an address column; the properties here hold text, so that a regex says the network."""
        return self.any_of(leaf)

    def regex(self, leaf: ex.Regex) -> str:
        """Java syntax on the whole value."""
        return _matches(column(leaf.field), translate(leaf.pattern, leaf.flags, Dialect.JAVA_WHOLE))

    def number(self, leaf: ex.Number) -> str:
        """Columns of QRadar itself only: a custom property is text, and how AQL compares text by size is not said."""
        if leaf.field not in NATIVE_COLUMNS:
            raise Unsupported(f"the property {leaf.field} holds text in QRadar; it cannot be compared with {leaf.op}")
        operator = "=" if leaf.op == "==" else leaf.op
        return f"{column(leaf.field)} {operator} {leaf.value}"

    def boolean(self, leaf: ex.Boolean) -> str:
        """Custom properties hold the event's text, ``true`` or ``false``."""
        return self.any_of(ex.Text(leaf.field, (ex.Glob.of(str(leaf.value).lower()),)))

    def present(self, leaf: ex.Present) -> str:
        """A property that the event lacks is NULL."""
        return f"{column(leaf.field)} IS NOT NULL"

    def null(self, leaf: ex.Null) -> str:
        """Lacking or empty."""
        return f"({column(leaf.field)} IS NULL OR {column(leaf.field)} = '')"

    def field_ref(self, leaf: ex.FieldRef) -> str:
        """Two properties are equal. Nothing in AQL takes a pattern from a property without its ``%`` and ``_``."""
        if leaf.shape is not ex.Shape.EQUALS:
            raise Unsupported(
                f"AQL can ask whether {leaf.field} equals {leaf.other}, not whether it {leaf.shape.value} its value"
            )
        return f"LOWER({column(leaf.field)}) = LOWER({column(leaf.other)})"


def column(name: str) -> str:
    """A column of QRadar itself as it is, a custom property in double quotes (IBM, "Quotation marks")."""
    if '"' in name or not name.isprintable():
        raise Unsupported(f"the property name {name!r} cannot be written in AQL")
    return name if name in NATIVE_COLUMNS else f'"{name}"'


def literal(text: str) -> str:
    """A string literal; callers keep out what IBM documents no spelling for (:func:`_is_plain`)."""
    return f"'{text}'"


def _is_plain(text: str) -> bool:
    """Whether a literal can hold the text: IBM documents neither a spelling of ``'`` nor one of control characters."""
    return "'" not in text and not any(char < " " or char == "\x7f" for char in text)


def _folds_as_ascii(text: str) -> bool:
    """Whether to ignore the case of ASCII letters is to ignore the case of all of the text."""
    return text.isascii() or not any(has_case(char) for char in text if not char.isascii())


def _any_value(globs: Iterable[ex.Glob]) -> bool:
    return any(glob.shape is ex.Shape.PRESENT for glob in globs)


def _text(subject: str, globs: tuple[ex.Glob, ...], cased: bool) -> Iterator[str]:
    """Conditions on a text column, one of which must hold.

    Whether ``ILIKE`` reaches letters beyond ASCII is not said; Java's flag ``u`` does, so these are regexes too.
    ``=`` and ``IN`` only for values without letters, as IBM does not say whether they heed case. ``LIKE`` has no escape
    for ``%`` and ``_`` (IBM, "LIKE clause"), so a value that holds one is a regex, as is one that no literal can hold.
    """
    if _any_value(globs):
        yield f"{subject} IS NOT NULL"
        return
    exact, like, regex = [], [], []
    for glob in globs:
        if not _is_plain(glob.literal):
            regex.append(glob)
        elif glob.shape is ex.Shape.EQUALS and glob.literal.lower() == glob.literal.upper():
            exact.append(literal(glob.literal))
        elif "%" in glob.literal or "_" in glob.literal or not (cased or _folds_as_ascii(glob.literal)):
            regex.append(glob)
        else:
            like.append(literal(glob.render(str, "%", "_")))
    if exact:
        yield f"{subject} = {exact[0]}" if len(exact) == 1 else f"{subject} IN ({', '.join(exact)})"
    for pattern in like:
        yield f"{subject} {'LIKE' if cased else 'ILIKE'} {pattern}"
    if regex:
        yield _matches(subject, from_globs(tuple(regex), Dialect.JAVA_WHOLE, cased=cased))


_FLAGS = re.compile(r"\(\?([a-z]+)\)")


def _matches(subject: str, pattern: str) -> str:
    """``IMATCHES`` where flag ``i`` holds for the whole pattern; where it holds for a part, that part says so."""
    found = _FLAGS.match(pattern)
    flags = found[1] if found else ""
    if "i" not in flags:
        return f"{subject} MATCHES {literal(spell(pattern, chr(39)))}"
    rest = flags.replace("i", "")
    body = pattern.removeprefix(f"(?{flags})")
    return f"{subject} IMATCHES {literal(spell(f'(?{rest}){body}' if rest else body, chr(39)))}"


def _network(subject: str, network: str) -> str:
    """A regex for the dotted addresses of an IPv4 network."""
    parsed = ipaddress.ip_network(network)
    if isinstance(parsed, ipaddress.IPv6Network):
        raise Unsupported(f"AQL has no test for the IPv6 network {network}")
    first, last = parsed.network_address.packed, parsed.broadcast_address.packed
    octets = (_octet(low, high) for low, high in zip(first, last, strict=True))
    return f"{subject} MATCHES {literal('^' + DOT.join(octets) + END)}"


def _octet(low: int, high: int) -> str:
    """One byte of a dotted address, from ``low`` to ``high``."""
    if low == high:
        return str(low)
    return r"\d{1,3}" if (low, high) == (0, 255) else f"(?:{'|'.join(map(str, range(low, high + 1)))})"


class QRadarTarget(Target):
    """IBM QRadar, AQL."""

    name: ClassVar[str] = "qradar"
    title: ClassVar[str] = "IBM QRadar (AQL)"
    renderer: ClassVar[AqlRenderer] = AqlRenderer()

    def render(self, query: Query) -> Rendered:
        """``.aql`` is the whole search, ``.where.aql`` the filter alone."""
        where = self.renderer.expression(ex.negation_normal_form(query.expression))
        shown = [column(name) for name in ex.fields(query.expression) if name not in NATIVE_COLUMNS]
        search = f"SELECT {', '.join([*USUAL_COLUMNS, *shown])}\nFROM events\nWHERE {where}\n{SEARCH_WINDOW}"
        return Rendered({".aql": search, ".where.aql": where})

    def render_correlation(self, correlation: Correlation) -> Rendered:
        """A search over the last minutes, to be run every few minutes."""
        from stagewatch.targets.qradar_correlation import render_correlation

        return render_correlation(correlation, self.renderer)


TARGET = QRadarTarget
