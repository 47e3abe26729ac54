"""What both of Elastic's query languages must know about fields: their types, their indices, their limits."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stagewatch import expression as ex
from stagewatch.findings import Unsupported
from stagewatch.regex import Dialect, from_globs, translate
from stagewatch.regex.automaton import effort
from stagewatch.regex.dialects import SYNTAX
from stagewatch.regex.tree import ANYTHING, Chars, Dot, Node, sequence
from stagewatch.targets.base import required_state
from stagewatch.translation import Query


@dataclass(frozen=True, slots=True)
class FieldTypes:
    """The pipeline's ``vars``: which fields hold no text, and which cannot be counted on.

    ``optional`` fields are mapped by one integration only. ``alternatives`` are groups of fields, one Sigma field
    each, of which an event carries one, depending on who wrote it. ``domains`` are the fields that hold the domain of
    an account whose bare name another field holds.
    """

    numeric: frozenset[str]
    address: frozenset[str]
    optional: frozenset[str]
    alternatives: tuple[frozenset[str], ...]
    domains: Mapping[str, str]

    @classmethod
    def of(cls, variables: Mapping[str, Any]) -> FieldTypes:
        """Read the ``vars`` of a pipeline."""
        return cls(
            numeric=frozenset(variables.get("numeric_fields", ())),
            address=frozenset(variables.get("address_fields", ())),
            optional=frozenset(variables.get("optional_fields", ())),
            alternatives=tuple(map(frozenset, variables.get("alternative_fields", ()))),
            domains=variables.get("qualified_names", {}),
        )

    def is_text(self, field: str) -> bool:
        """Whether the field is of the keyword family or text."""
        return field not in self.numeric and field not in self.address

    def require_text(self, field: str) -> None:
        """Refuse a text operation on a number or an address."""
        if not self.is_text(field):
            raise Unsupported(f"{field} holds no text here and cannot be matched with a pattern")

    def check_alternatives(self, expression: ex.Expression) -> None:
        """Refuse what an OR over alternative fields does not say; ``expression`` is as the rule has it.

        ``null`` and ``exists`` on either field would be answered by the absence of the other; so would a negation
        that the rule writes inside the detection item (``|neq``), which reaches us as an OR of negations, each of one
        of the fields. In negation normal form it could not be told from another one where a ``not`` stands before it.
        """
        read = set(ex.fields(expression))
        groups = {field: group for group in self.alternatives if len(group & read) > 1 for field in group}
        if not groups:
            return
        for leaf in ex.leaves(expression):
            if isinstance(leaf, ex.Null | ex.Present) and leaf.field in groups:
                raise Unsupported(f"{leaf.field} is one of two fields for one Sigma field; absence cannot be told")
        for negated in _negated_in_or(expression):
            alone = [found for group in set(groups.values()) for found in _read_alone(group, negated)]
            if len(alone) > 1:
                raise Unsupported(f"{alone[0]} is one of two fields for one Sigma field; write 'not' outside")


def _negated_in_or(expression: ex.Expression) -> Iterator[list[ex.Expression]]:
    """For each OR, what it negates in place."""
    match expression:
        case ex.Or(terms):
            yield [term.term for term in terms if isinstance(term, ex.Not)]
            for term in terms:
                yield from _negated_in_or(term)
        case ex.And(terms):
            for term in terms:
                yield from _negated_in_or(term)
        case ex.Not(term):
            yield from _negated_in_or(term)
        case _:
            return


def _read_alone(group: frozenset[str], terms: Iterable[ex.Expression]) -> list[str]:
    """The fields of the group that a term reads without the others, each once."""
    read = ([field for field in ex.fields(term) if field in group] for term in terms)
    return list(dict.fromkeys(found[0] for found in read if len(found) == 1))


def has_case(text: str) -> bool:
    """Whether the text holds a character that has another case."""
    return text.lower() != text or text.upper() != text


def lucene_globs(globs: Iterable[ex.Glob], dialect: Dialect, *, cased: bool) -> list[str]:
    """One Lucene regular expression for each pattern: a list stays below the limit where one alternation may not."""
    return [from_globs((glob,), dialect, cased=cased) for glob in globs]


_FEW = 8
"""So many ``?`` are never too much work, wherever they stand."""


def check_wildcards(globs: Iterable[ex.Glob]) -> None:
    """Refuse a pattern that Lucene gives up on: it makes wildcards deterministic as it does regular expressions."""
    limit = SYNTAX[Dialect.LUCENE_WHOLE].most_effort or 0
    marks: dict[ex.Wildcard, Node] = {ex.Wildcard.ANY: ANYTHING, ex.Wildcard.ONE: Dot(newline=True)}
    for glob in globs:
        if glob.parts.count(ex.Wildcard.ONE) <= _FEW or ex.Wildcard.ANY not in glob.parts:
            continue
        node = sequence(*(Chars(part, fold=True) if isinstance(part, str) else marks[part] for part in glob.parts))
        if effort(node, limit) > limit:
            raise Unsupported(f"{glob} has too many '?' behind a '*' for Lucene (max_determinized_states)")


def eql_regex(leaf: ex.Regex) -> tuple[str, str]:
    """EQL's operator and Lucene regular expression for a Sigma ``|re``.

    ``regex~`` keeps a pattern that matches in any case short: an index accepts 1,000 characters. Where a part of the
    pattern is case-sensitive nevertheless, both cases of the rest are spelled out for ``regex``.
    """
    if "i" in leaf.flags:
        try:
            return "regex~", translate(leaf.pattern, leaf.flags, Dialect.LUCENE_FOLDED)
        except Unsupported:
            pass  # the reason that the user sees is that of the plain operator
    return "regex", translate(leaf.pattern, leaf.flags, Dialect.LUCENE_WHOLE)


def networks(leaf: ex.Text) -> tuple[str, ...]:
    """The networks that a text condition on an address asks for: single addresses, or whole octets (``10.*``)."""
    return tuple(_network(leaf.field, glob) for glob in leaf.globs)


def _network(field: str, glob: ex.Glob) -> str:
    text = glob.literal
    try:
        if glob.shape is ex.Shape.EQUALS:
            address = ipaddress.ip_address(text)
            mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
            return str(ipaddress.ip_network(mapped or address))
        octets = text.removesuffix(".").split(".")
        if glob.shape is ex.Shape.STARTSWITH and text.endswith(".") and len(octets) <= 3:
            return str(ipaddress.ip_network(".".join(octets + ["0"] * (4 - len(octets))) + f"/{8 * len(octets)}"))
    except ValueError:
        pass
    raise Unsupported(f"{field} holds an address here; {str(glob)!r} is neither an address nor whole leading octets")


def indices(queries: Iterable[Query]) -> tuple[str, ...]:
    """The index patterns that the queries read, each once, in order of first use."""
    patterns = (pattern.strip() for query in queries for pattern in required_state(query, "index").split(","))
    return tuple(dict.fromkeys(patterns))
