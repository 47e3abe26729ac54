"""Conditions of YARA-L 2.0 on one event of the Unified Data Model (UDM).

Pages named in the modules of this target are those of the Google SecOps documentation, section YARA-L.
"""

from __future__ import annotations

import ipaddress
import re
from decimal import Decimal
from typing import ClassVar

from stagewatch import expression as ex
from stagewatch.findings import Unsupported
from stagewatch.regex import Dialect, from_globs, matches_empty, translate
from stagewatch.targets.base import Renderer
from stagewatch.targets.secops_rule import quoted

ENUM_FIELDS = frozenset({"metadata.event_type", "principal.platform"})
"""Their values are names, not text: ``nocase`` on them does not compile (page "Expressions")."""

NUMBER_FIELDS = frozenset({"principal.port", "principal.process.access_mask"})

REPEATED_FIELDS = frozenset(
    {
        "principal.ip",
        "principal.user.email_addresses",
        "target.asset.software.description",
        "target.asset.software.name",
        "target.asset.software.vendor_name",
        "target.asset.software.version",
        "target.file.names",
    }
)
"""Lists. Without ``any`` a condition is tested on a copy of the event per element (page "Repeated fields")."""

REWRITTEN_FIELDS = frozenset(
    {"principal.process.product_specific_process_id", "target.process.product_specific_process_id"}
)
"""Parsers put a prefix of their own before the identifier, so that a rule's literal can never equal it."""

WIDTH = 110
"""Longer conditions are broken after their operators."""

INDENT = " " * 4
"""Where the predicates of a section stand."""


class SecopsRenderer(Renderer):
    """Writes conditions on one event variable. The language is two-valued: a lacking field reads as "" or 0."""

    and_token: ClassVar[str] = " and "
    or_token: ClassVar[str] = " or "

    def __init__(self, variable: str = "$e") -> None:
        """``variable`` is the event variable, with its dollar sign."""
        self.variable = variable

    def lines(self, expression: ex.Expression) -> list[str]:
        """The predicates of an ``events`` section.

        Line breaks between them are an ``and`` that binds weaker than ``or`` (page "Expressions"), so everything
        that holds an operator stands in parentheses.
        """
        terms = expression.terms if isinstance(expression, ex.And) else (expression,)
        return [self.block(term, INDENT) for term in terms]

    def block(self, expression: ex.Expression, indent: str) -> str:
        """An operand, over several lines where one would be too long."""
        text = self.operand(expression)
        if len(indent) + len(text) <= WIDTH:
            return text
        match expression:
            case ex.Not(term) if isinstance(term, ex.And | ex.Or):
                return f"not {self.block(term, indent)}"
            case ex.And(terms) | ex.Or(terms):
                token = self.and_token if isinstance(expression, ex.And) else self.or_token
                inner = f"{indent}  "
                body = f"{token.rstrip()}\n{inner}".join(self.block(term, inner) for term in terms)
                return f"(\n{inner}{body}\n{indent})"
            case _:
                return text

    def negation(self, term: ex.Expression) -> str:
        """``not`` binds tightest and is plain boolean, on ``any`` conditions too (page "Repeated fields")."""
        match term:
            case ex.Not(inner):
                return self.operand(inner)
            case ex.Present(name):
                return self.null(ex.Null(name))
            case ex.Null(name):
                return self._carried(name)
            case _:
                return f"not {self.operand(term)}"

    def text(self, leaf: ex.Text) -> str:
        """Equality for one whole value, else one regular expression in which each pattern keeps its own anchors.

        UDM does not tell an empty field from a lacking one, so the pattern ``''`` holds for both.
        """
        self._check_comparable(leaf.field)
        if leaf.field in ENUM_FIELDS:
            return self._enum(leaf)
        if any(glob.shape is ex.Shape.PRESENT for glob in leaf.globs):
            return self._carried(leaf.field)
        nocase = "" if leaf.cased else " nocase"
        first = leaf.globs[0]
        if len(leaf.globs) == 1 and first.shape is ex.Shape.EQUALS and first.literal.isprintable():
            return f"{self._element(leaf.field)} = {quoted(first.literal)}{nocase if first.literal else ''}"
        return self._matches(leaf.field, from_globs(leaf.globs, Dialect.RE2, cased=leaf.cased))

    def regex(self, leaf: ex.Regex) -> str:
        """A search, as in Sigma (page "re.regex")."""
        self._check_comparable(leaf.field)
        if leaf.field in ENUM_FIELDS or leaf.field in NUMBER_FIELDS:
            raise Unsupported(f"{leaf.field} holds no text here, so no regular expression can match it")
        matches = self._matches(leaf.field, translate(leaf.pattern, leaf.flags, Dialect.RE2))
        if matches_empty(leaf.pattern, leaf.flags):
            return f"({self._carried(leaf.field)} and {matches})"
        return matches

    def number(self, leaf: ex.Number) -> str:
        """A comparison that a lacking field does not satisfy.

        It reads as 0, so ``= 0`` alone holds for both.
        """
        if leaf.field not in NUMBER_FIELDS:
            raise Unsupported(f"{leaf.field} holds text here and cannot be compared as a number")
        operator = "=" if leaf.op == "==" else leaf.op
        compared = f"{self._path(leaf.field)} {operator} {_number(leaf.value)}"
        zero_holds = {
            "==": False,
            "!=": leaf.value != 0,
            "<": leaf.value > 0,
            "<=": leaf.value >= 0,
            ">": leaf.value < 0,
            ">=": leaf.value <= 0,
        }[leaf.op]
        return f"({self._carried(leaf.field)} and {compared})" if zero_holds else compared

    def boolean(self, leaf: ex.Boolean) -> str:
        """No mapped UDM field holds a truth value."""
        raise Unsupported(f"{leaf.field} holds no truth value here")

    def cidr(self, leaf: ex.Cidr) -> str:
        """IPv4 and IPv6 (page "net.ip_in_range_cidr"); the modifier stands before the field, not the function."""
        networks = (ipaddress.ip_network(network, strict=False) for network in leaf.networks)
        tests = [f'net.ip_in_range_cidr({self._element(leaf.field)}, "{network}")' for network in networks]
        return tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"

    def present(self, leaf: ex.Present) -> str:
        """A field that holds its type's zero value is a lacking one (page "Match section syntax")."""
        return self._carried(leaf.field)

    def null(self, leaf: ex.Null) -> str:
        """Lacking and empty are the same in UDM."""
        if leaf.field in REPEATED_FIELDS:
            return f"not {self._carried(leaf.field)}"
        return f"{self._path(leaf.field)} = {_zero(leaf.field)}"

    def field_ref(self, leaf: ex.FieldRef) -> str:
        """Both fields must be carried (page "Functions").

        There is no function for prefixes; a suffix of the reversed texts says the same.
        """
        for name in (leaf.field, leaf.other):
            if name in REPEATED_FIELDS or name in ENUM_FIELDS:
                raise Unsupported(f"{name} cannot be compared with another field here")
        if (leaf.field in NUMBER_FIELDS) != (leaf.other in NUMBER_FIELDS):
            raise Unsupported(f"{leaf.field} and {leaf.other} are of different types here")
        carried = self._carried(leaf.other)
        if leaf.shape is ex.Shape.EQUALS:
            nocase = "" if leaf.field in NUMBER_FIELDS else " nocase"
            return f"({carried} and {self._path(leaf.field)} = {self._path(leaf.other)}{nocase})"
        if leaf.field in NUMBER_FIELDS:
            raise Unsupported(f"{leaf.field} holds a number here and has no {leaf.shape.value} relation")
        texts = [f"strings.to_lower({self._path(name)})" for name in (leaf.field, leaf.other)]
        if leaf.shape is ex.Shape.STARTSWITH:
            texts = [f"strings.reverse({text})" for text in texts]
        function = "strings.contains" if leaf.shape is ex.Shape.CONTAINS else "strings.ends_with"
        return f"({carried} and {function}({', '.join(texts)}))"

    def keyword(self, leaf: ex.Keyword) -> str:
        """Raw logs can be searched in Search only (page "YARA-L 2.0 query reference library")."""
        raise Unsupported(f"rules of Google SecOps cannot search the raw log for a keyword ({leaf.globs[0]})")

    def each_carried(self, name: str) -> str:
        """The field is carried; of a list, the element that a placeholder of the same rule stands for."""
        return f"{self._path(name)} != {_zero(name)}"

    def lowered(self, name: str) -> str:
        """The field's value, or each of a list's, without regard to case where it is text."""
        return self._path(name) if name in NUMBER_FIELDS else f"strings.to_lower({self._path(name)})"

    def _path(self, name: str) -> str:
        return f"{self.variable}.{name}"

    def _element(self, name: str) -> str:
        """The field, or any element of it where it is a list."""
        return f"any {self._path(name)}" if name in REPEATED_FIELDS else self._path(name)

    def _carried(self, name: str) -> str:
        return f"{self._element(name)} != {_zero(name)}"

    def _enum(self, leaf: ex.Text) -> str:
        if any(glob.shape is not ex.Shape.EQUALS for glob in leaf.globs):
            raise Unsupported(f"{leaf.field} is one of a fixed set of names; only whole names can be compared")
        tests = [f"{self._path(leaf.field)} = {quoted(glob.literal)}" for glob in leaf.globs]
        return tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"

    def _matches(self, name: str, pattern: str) -> str:
        """A regular expression on a field; its flag ``i`` becomes ``nocase``."""
        flags, body = _split_flags(pattern)
        nocase = " nocase" if "i" in flags else ""
        rest = flags.replace("i", "")
        inline = f"(?{rest})" if rest else ""
        if name in REPEATED_FIELDS:
            raw = body.replace("`", r"\x60")  # nothing can be escaped between back quotes
            return f"re.regex({self._element(name)}, `{inline}{raw}`){nocase}"
        return f"{self._path(name)} = /{inline}{_delimited(body)}/{nocase}"

    def _check_comparable(self, name: str) -> None:
        if name in REWRITTEN_FIELDS:
            raise Unsupported(f"the parsers of Google SecOps rewrite the identifier in {name}: no literal equals it")


_FLAGS = re.compile(r"\(\?([a-z]+)\)")


def _split_flags(pattern: str) -> tuple[str, str]:
    """The inline flags at the start of a pattern, and the rest."""
    found = _FLAGS.match(pattern)
    return (found[1], pattern[found.end() :]) if found else ("", pattern)


def _delimited(pattern: str) -> str:
    """A pattern for ``/.../``: slashes are escaped, as in Google's own rules.

    A backslash at the end is written as a class, lest the pattern be read as ending in an escaped slash.
    """
    escaped = pattern.replace("/", r"\/")
    return f"{escaped[:-2]}[\\\\]" if escaped.endswith("\\\\") else escaped


def _zero(name: str) -> str:
    """What a lacking field reads as."""
    return "0" if name in NUMBER_FIELDS else '""'


def _number(value: int | float) -> str:
    """A number literal; negative ones do not exist (page "YARA-L 2.0 language syntax")."""
    digits = format(Decimal(str(abs(value))), "f")
    return f"0-{digits}" if value < 0 else digits
