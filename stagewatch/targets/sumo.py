r"""Sumo Logic Cloud SIEM: rule expressions.

Facts are from Sumo Logic's page "Cloud SIEM Rules Syntax". Comparisons are sensitive to case, so values are compared in
lower case. A comparison with null is false and ``!(null)`` is true, so a lacking field needs no guard under ``!``.
The page does not say how a literal spells a backslash. Its one example,
``'%SystemDrive%\Users\John' like '\%SystemDrive\%\\Users%'``, has a backslash as itself in the literal and as the
escape of ``like``: the forms below need no more than that, and each literal stays whole for a reader of escapes too.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import ClassVar

from stagewatch import expression as ex
from stagewatch.correlation import Correlation
from stagewatch.findings import Unsupported
from stagewatch.regex import Dialect, from_globs, translate
from stagewatch.targets.base import Rendered, Renderer, Target
from stagewatch.targets.spelling import spell
from stagewatch.translation import Query

NUMERIC_FIELDS = frozenset({"pid", "parentPid"})
"""Attributes of the schema that hold numbers; the keys of ``fields[...]`` hold text."""

METADATA = "metadata_"
"""Prefix of the attributes that the mapper writes in one spelling: compared as they are, as the vendor's rules do."""

RAW = "fields."
"""Prefix, in the pipeline, of a key of the record's own map."""


class CseRenderer(Renderer):
    """Rule expressions of Cloud SIEM."""

    and_token: ClassVar[str] = " AND "
    or_token: ClassVar[str] = " OR "

    def negation(self, term: ex.Expression) -> str:
        """``!(...)``, never ``!=``: what that does with null is not documented."""
        return f"!({self.expression(term)})"

    def text(self, leaf: ex.Text) -> str:
        """``=``, ``in`` and ``like`` on the value in lower case; see :func:`_alternatives`."""
        parts = list(_alternatives(attribute(leaf.field), leaf.globs, leaf.cased or leaf.field.startswith(METADATA)))
        return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"

    def regex(self, leaf: ex.Regex) -> str:
        """``matches`` takes RE2."""
        if leaf.field.startswith(METADATA):
            raise Unsupported(f"{leaf.field} holds a channel and a number; no regular expression on the number fits it")
        return _matches(attribute(leaf.field), translate(leaf.pattern, leaf.flags, Dialect.RE2_WHOLE))

    def number(self, leaf: ex.Number) -> str:
        """Text is cast first: the vendor's own example compares ``int(fields[...])``."""
        field = attribute(leaf.field)
        if leaf.field.startswith(METADATA):
            raise Unsupported(f"{leaf.field} holds a channel and a number as text; it cannot be compared by size")
        if leaf.field not in NUMERIC_FIELDS:
            field = f"{'toLong' if isinstance(leaf.value, int) else 'toDouble'}({field})"
        if leaf.op == "!=":
            return f"(!isNull({field}) AND !({field} = {leaf.value}))"
        return f"{field} {'=' if leaf.op == '==' else leaf.op} {leaf.value}"

    def boolean(self, leaf: ex.Boolean) -> str:
        """The mapped fields hold the event's text, ``true`` or ``false``."""
        return f"lower({attribute(leaf.field)}) = '{str(leaf.value).lower()}'"

    def cidr(self, leaf: ex.Cidr) -> str:
        """``compareCIDRPrefix`` knows IPv4 only."""
        field = attribute(leaf.field)
        parts = []
        for network in leaf.networks:
            parsed = ipaddress.ip_network(network)
            if parsed.version == 6:
                raise Unsupported(f"Cloud SIEM has no test for the IPv6 network {network}")
            parts.append(f'compareCIDRPrefix({field}, "{parsed.network_address}", "{parsed.prefixlen}")')
        return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"

    def present(self, leaf: ex.Present) -> str:
        """A field that the record lacks is null."""
        return f"!isNull({attribute(leaf.field)})"

    def null(self, leaf: ex.Null) -> str:
        """Lacking or empty. A number is never empty, and what comparing one with a text does is not said."""
        field = attribute(leaf.field)
        return f"isNull({field})" if leaf.field in NUMERIC_FIELDS else f"(isNull({field}) OR {field} = '')"

    def field_ref(self, leaf: ex.FieldRef) -> str:
        """``substring`` may end behind the end of a text, but must not begin before its start: no ``endswith``."""
        for name in (leaf.field, leaf.other):
            if name.startswith(METADATA):
                raise Unsupported(f"{name} holds a channel and a number; it cannot be compared with another field")
        one, other = f"lower({attribute(leaf.field)})", f"lower({attribute(leaf.other)})"
        match leaf.shape:
            case ex.Shape.EQUALS:
                return f"{one} = {other}"
            case ex.Shape.STARTSWITH:
                return f"substring({one}, 0, length({other})) = {other}"
            case ex.Shape.CONTAINS:
                return f"contains({one}, {other})"
            case _:
                raise Unsupported(f"Cloud SIEM cannot ask whether {leaf.field} ends with the value of {leaf.other}")

    def keyword(self, leaf: ex.Keyword) -> str:
        """Refused: expressions read attributes and keys of a record, not its raw text."""
        raise Unsupported(f"a Cloud SIEM rule reads fields, not the raw event: no keyword {leaf.globs[0]}")


def attribute(name: str) -> str:
    """An attribute of the schema as it is, a raw key as ``fields['key']``.

    Keys with dots and hyphens are the vendor's own: its rule "AWS CloudTrail - Public S3 Bucket Exposed" reads
    ``fields['requestParameters.x-amz-grant-read-acp']`` (SumoLogic/cloud-siem-content-catalog, rules).
    """
    key = name.removeprefix(RAW)
    if not re.fullmatch(r"[A-Za-z_]\w*" if key == name else r"[A-Za-z_][\w.-]*", key, re.ASCII):
        raise Unsupported(f"the field name {name!r} cannot be written in a Cloud SIEM rule expression")
    return name if key == name else f"fields['{key}']"


def _alternatives(field: str, globs: tuple[ex.Glob, ...], cased: bool) -> Iterator[str]:
    """Conditions on a field of text, one of which must hold."""
    if any(glob.shape is ex.Shape.PRESENT for glob in globs):
        yield f"!isNull({field})"
        return
    subject = field if cased else f"lower({field})"
    exact, like, regex = [], [], []
    for glob in globs:
        pattern = glob.render(_like_escaped, "%", "_")
        written = literal(pattern if cased else pattern.lower())
        if written is None:
            regex.append(glob)
        elif glob.shape is ex.Shape.EQUALS and "\\" not in glob.literal:
            exact.append(literal(glob.literal if cased else glob.literal.lower()))
        else:
            like.append(written)
    if exact:
        yield f"{subject} = {exact[0]}" if len(exact) == 1 else f"{subject} in ({', '.join(map(str, exact))})"
    for written in like:
        yield f"{subject} like {written}"
    if regex:
        yield _matches(field, from_globs(tuple(regex), Dialect.RE2_WHOLE, cased=cased))


def _like_escaped(text: str) -> str:
    """Literal text in a pattern of ``like``, whose wildcards are ``%`` and ``_`` and whose escape is a backslash."""
    return re.sub(r"[\\%_]", r"\\\g<0>", text)


def literal(text: str) -> str | None:
    r"""The text as a string literal, or None where the documented forms cannot hold it.

    Single quotes, or double quotes around a text that holds a single quote and no backslash (beside ``\"``, which is
    documented there, a backslash may have more meanings). Nothing is documented for control characters.
    """
    if any(char < " " or char == "\x7f" for char in text):
        return None
    if "'" not in text:
        return f"'{text}'"
    return f'"{text}"' if '"' not in text and "\\" not in text else None


def _matches(field: str, pattern: str) -> str:
    """``matches`` with an RE2 pattern that is right whether it searches or takes the whole value: that is not said.

    ``/`` and quotation marks are spelled in hexadecimal, as nothing says how they are escaped between the slashes.
    """
    return f"{field} matches /{spell(pattern, _DELIMITERS)}/"


_DELIMITERS = "/'\""


class SumoTarget(Target):
    """Sumo Logic Cloud SIEM, rule expressions."""

    name: ClassVar[str] = "sumo"
    title: ClassVar[str] = "Sumo Logic Cloud SIEM (CSE rule expression)"
    renderer: ClassVar[CseRenderer] = CseRenderer()

    def render(self, query: Query) -> Rendered:
        """``.cse`` is the expression of a match rule."""
        return Rendered({".cse": self.renderer.expression(query.expression)})

    def render_correlation(self, correlation: Correlation) -> Rendered:
        """The expressions of a threshold or chain rule, and ``.rule.json`` with its window and limits."""
        from stagewatch.targets.sumo_correlation import render_correlation

        return render_correlation(correlation, self.renderer)


TARGET = SumoTarget
