"""SPL: a base search and, for what a base search cannot say exactly, ``| where`` commands behind it.

The two sublanguages differ in all that matters (Splunk Search Manual, "Boolean expressions", "Difference between != and
NOT", "Backslashes"):

============== ============================================= ==================================================
..             ``search``                                    ``where``
============== ============================================= ==================================================
case           ignored                                       matters
wildcards      ``*``, which no backslash escapes; no ``?``   none: ``match()`` with a regular expression
lacking field  ``NOT f="x"`` holds                           every comparison is null, its negation too
precedence     NOT, OR, AND                                  NOT, AND, OR
============== ============================================= ==================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from stagewatch import expression as ex
from stagewatch.findings import Unsupported
from stagewatch.regex import Dialect, from_globs, translate
from stagewatch.targets.base import Renderer, required_state
from stagewatch.targets.marks import distinct, mark
from stagewatch.translation import Query


def macro(query: Query) -> str:
    """The macro that stands for index and source of the rule's log source, in backticks."""
    name = required_state(query, "search_macro")
    if not re.fullmatch(r"\w+", name, re.ASCII):
        raise Unsupported(f"the pipeline's search_macro {name!r} is no macro name: letters, digits and _ only")
    return f"`{name}`"


def search(source: str, expression: ex.Expression, *present: str) -> str:
    """A whole search: ``source``, the conditions, and the fields that must be ``present``, one command per line."""
    base, rest = split(expression)
    prefilters = [weaker for term in rest if (weaker := implied(term)) is not None]
    conditions = distinct(_SEARCH.operand(term) for term in (*base, *prefilters))
    quoted = [name for name in present if not SEARCH_FIELD.fullmatch(name)]
    lines = [" ".join([source, *conditions, *(f"{name}=*" for name in present if name not in quoted)])]
    lines += [f"| where isnotnull({where_field(name)})" for name in quoted]
    lines += [f"| where {_WHERE.expression(ex.negation_normal_form(term))}" for term in rest]
    return "\n".join(lines)


def split(expression: ex.Expression) -> tuple[list[ex.Expression], list[ex.Expression]]:
    """The terms of a conjunction: those that ``search`` can say exactly, and those left for ``where``."""
    base: list[ex.Expression] = []
    rest: list[ex.Expression] = []
    for term in _conjuncts(expression):
        (base if all(map(_searchable, ex.leaves(term))) else rest).append(term)
    return base, rest


def implied(term: ex.Expression) -> ex.Expression | None:
    """What ``search`` can say of a term for ``where``: true wherever the term is, so that fewer events are read."""
    match term:
        case ex.And(terms):
            weaker = [found for inner in terms if (found := implied(inner)) is not None]
            return ex.conjunction(*weaker) if weaker else None
        case ex.Or(terms):
            found_all = [implied(inner) for inner in terms]
            weaker = [found for found in found_all if found is not None]
            return ex.disjunction(*weaker) if len(weaker) == len(terms) else None
        case ex.Text(name, globs) if SEARCH_FIELD.fullmatch(name):
            wider = tuple(dict.fromkeys(map(_widened, globs)))
            return None if any(glob.shape is ex.Shape.PRESENT for glob in wider) else replace(term, globs=wider)
        case _:
            return term if all(map(_searchable, ex.leaves(term))) else None


def _widened(glob: ex.Glob) -> ex.Glob:
    """The pattern with ``*`` in place of all that ``search`` cannot say; of several texts the longest is kept."""
    parts: list[str | ex.Wildcard] = []
    for part in glob.parts:
        for piece in NOT_IN_SEARCH.split(part) if isinstance(part, str) else ["", ""]:
            parts += [piece, ex.Wildcard.ANY]
        parts.pop()
    pattern = ex.Glob.of(*parts)
    texts = [(index, part) for index, part in enumerate(pattern.parts) if isinstance(part, str)]
    if len(texts) < 2:
        return pattern
    index, longest = max(texts, key=lambda text: len(text[1]))
    before = [] if index == 0 else [ex.Wildcard.ANY]
    after = [] if index == len(pattern.parts) - 1 else [ex.Wildcard.ANY]
    return ex.Glob.of(*before, longest, *after)


def _conjuncts(expression: ex.Expression) -> Iterator[ex.Expression]:
    """The terms of a conjunction; a negated OR is taken apart only where ``search`` cannot say it as a whole."""
    match expression:
        case ex.And(terms):
            for term in terms:
                yield from _conjuncts(term)
        case ex.Not(ex.Or(terms)) if not all(map(_searchable, ex.leaves(expression))):
            for term in terms:
                yield from _conjuncts(ex.Not(term))
        case ex.Not(ex.Not(term)):
            yield from _conjuncts(term)
        case _:
            yield expression


PLAIN_FIELD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
"""A name that needs no quotation marks in ``where`` and ``eval``, where a dot joins texts and a hyphen subtracts."""

GROUP_FIELD = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*", re.ASCII)
"""A name that may stand behind BY as it is. No page says which; Splunk's own searches write ``by userIdentity.arn``
(splunk/security_content, ``detections/cloud/detect_api_activity_from_users_without_mfa.yml``)."""

SEARCH_FIELD = re.compile(r"[A-Za-z_]\w*(?:[.-]\w+)*", re.ASCII)
"""A name that may stand in ``search`` as it is: ``requestParameters.x-amz-server-side-encryption="aws:kms"`` (the same,
``aws_detect_users_with_kms_keys_performing_encryption_s3.yml``)."""

NOT_IN_SEARCH = re.compile(
    r"""
      \*                                 # a literal asterisk is a wildcard ("Backslashes")
    | [\x00-\x1f\x7f-\x9f]               # control characters in a quoted search string: undocumented
    | `                                  # opens a macro
    | /\.\.?/                            # Splunk Web shortens path-like text (pySigma-backend-splunk issue 15)
    | ^\s*(?:CASE|TERM)\(                # directives ("Use CASE and TERM to match phrases")
    | ^[0-9A-Fa-f:.]+/\d+$               # taken as a subnet, quoted or not ("search")
    """,
    re.VERBOSE,
)
"""Text that a quoted value of ``search`` cannot hold, or that means something else there."""


def _searchable(leaf: ex.Leaf) -> bool:
    """Whether ``search`` can say the leaf exactly."""
    match leaf:
        case ex.Text(name, globs, cased):
            return not cased and SEARCH_FIELD.fullmatch(name) is not None and all(map(_searchable_glob, globs))
        case ex.Number(name) | ex.Boolean(name) | ex.Cidr(name) | ex.Present(name) | ex.Null(name):
            return SEARCH_FIELD.fullmatch(name) is not None
        case _:
            return False


def _searchable_glob(glob: ex.Glob) -> bool:
    """A ``*`` in the middle "might cause inconsistent results" ("Wildcards"): the index holds segments, not values."""
    texts = [part for part in glob.parts if isinstance(part, str)]
    if ex.Wildcard.ONE in glob.parts or len(texts) > 1:
        return False
    return not any(map(NOT_IN_SEARCH.search, texts))


def quote(text: str) -> str:
    """A string in double quotes, the same in ``search`` and in ``where`` ("Backslashes")."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def search_field(name: str) -> str:
    """A field's name in ``search``. Raises Unsupported for one that may not stand there."""
    if not SEARCH_FIELD.fullmatch(name):
        raise Unsupported(f"the field name {name!r} cannot be used in a search: letters, digits, '_', '.' and '-' only")
    return name


def where_field(name: str) -> str:
    """A field's name in ``where``; single quotes stand around any that is not a plain word."""
    if PLAIN_FIELD.fullmatch(name):
        return name
    if re.search(r"['\"\\`\x00-\x1f]", name):
        raise Unsupported(f"the field name {name!r} cannot be quoted in SPL")
    return f"'{name}'"


class SearchRenderer(Renderer):
    """The language of the ``search`` command. AND is implied between terms."""

    and_token: ClassVar[str] = " "
    or_token: ClassVar[str] = " OR "

    def expression(self, expression: ex.Expression) -> str:
        match expression:
            case ex.Or(terms) if (values := _equal_numbers(terms)) is not None:
                return mark(expression, f"{search_field(values[0])} IN ({', '.join(values[1])})", self)
            case _:
                return super().expression(expression)

    def operand(self, expression: ex.Expression) -> str:
        match expression:
            case ex.Or(terms) if _equal_numbers(terms) is not None:
                return self.expression(expression)
            case _:
                return super().operand(expression)

    def negation(self, term: ex.Expression) -> str:
        if isinstance(term, ex.Null):
            return f'({search_field(term.field)}=* NOT {search_field(term.field)}="")'
        return f"NOT {self.operand(term)}"

    def text(self, leaf: ex.Text) -> str:
        name = search_field(leaf.field)
        if any(glob.shape is ex.Shape.PRESENT for glob in leaf.globs):
            return self.present(ex.Present(leaf.field))
        values = [quote(str(glob)) for glob in leaf.globs]
        if len(values) == 1:
            return f"{name}={values[0]}"
        if '""' in values:
            return f"({' OR '.join(f'{name}={value}' for value in values)})"
        return f"{name} IN ({', '.join(values)})"

    def regex(self, leaf: ex.Regex) -> str:
        raise AssertionError(leaf)

    def number(self, leaf: ex.Number) -> str:
        return f"{search_field(leaf.field)}{'=' if leaf.op == '==' else leaf.op}{leaf.value}"

    def boolean(self, leaf: ex.Boolean) -> str:
        return f'{search_field(leaf.field)}="{str(leaf.value).lower()}"'

    def cidr(self, leaf: ex.Cidr) -> str:
        """``search`` understands IPv4 and IPv6 subnets ("search")."""
        terms = [f'{search_field(leaf.field)}="{network}"' for network in leaf.networks]
        return terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"

    def present(self, leaf: ex.Present) -> str:
        """Whether ``f=*`` holds for an empty value is undocumented, so the empty value is named as well."""
        return f'({search_field(leaf.field)}=* OR {search_field(leaf.field)}="")'

    def null(self, leaf: ex.Null) -> str:
        return f'(NOT {search_field(leaf.field)}=* OR {search_field(leaf.field)}="")'

    def field_ref(self, leaf: ex.FieldRef) -> str:
        raise AssertionError(leaf)

    def keyword(self, leaf: ex.Keyword) -> str:
        raise AssertionError(leaf)


def _equal_numbers(terms: tuple[ex.Expression, ...]) -> tuple[str, list[str]] | None:
    """Field and values of an OR that asks for several numbers in one field, else None."""
    numbers = [term for term in terms if isinstance(term, ex.Number) and term.op == "=="]
    if len(numbers) == len(terms) and len({number.field for number in numbers}) == 1:
        return numbers[0].field, [str(number.value) for number in numbers]
    return None


class WhereRenderer(Renderer):
    """The language of ``where`` and ``eval``. Expects negation normal form: a null must not reach a NOT."""

    and_token: ClassVar[str] = " AND "
    or_token: ClassVar[str] = " OR "

    def negation(self, term: ex.Expression) -> str:
        match term:
            case ex.Present(name):
                return f"isnull({where_field(name)})"
            case ex.Null(name):
                return f'{where_field(name)}!=""'
            case ex.Keyword():
                return f"NOT {self.leaf(term)}"
            case ex.Text(name, globs) if any(glob.shape is ex.Shape.PRESENT for glob in globs):
                return f"isnull({where_field(name)})"
            case ex.And() | ex.Or() | ex.Not():
                raise AssertionError("not in negation normal form")
            case ex.Number(name):  # null for text that is no number, too
                return f"(isnull(tonumber({where_field(name)})) OR NOT {self.leaf(term)})"
            case _:
                lacking = "".join(f"isnull({where_field(name)}) OR " for name in ex.fields(term))
                return f"({lacking}NOT {self.leaf(term)})"

    def text(self, leaf: ex.Text) -> str:
        name = where_field(leaf.field)
        if any(glob.shape is ex.Shape.PRESENT for glob in leaf.globs):
            return f"isnotnull({name})"
        if leaf.globs == (ex.Glob(()),):
            return f'{name}=""'
        return self._match(name, from_globs(leaf.globs, Dialect.PCRE, cased=leaf.cased))

    def regex(self, leaf: ex.Regex) -> str:
        return self._match(where_field(leaf.field), translate(leaf.pattern, leaf.flags, Dialect.PCRE))

    def _match(self, subject: str, pattern: str) -> str:
        """``match()`` searches ("Comparison and Conditional functions") and is null for a lacking field."""
        return f"match({subject}, {quote(printable(pattern))})"

    def number(self, leaf: ex.Number) -> str:
        """``tonumber`` keeps text from being compared by the alphabet: what is no number is null."""
        return f"tonumber({where_field(leaf.field)}){'=' if leaf.op == '==' else leaf.op}{leaf.value}"

    def boolean(self, leaf: ex.Boolean) -> str:
        return f'lower({where_field(leaf.field)})="{str(leaf.value).lower()}"'

    def cidr(self, leaf: ex.Cidr) -> str:
        terms = [f'cidrmatch("{network}", {where_field(leaf.field)})' for network in leaf.networks]
        return terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"

    def present(self, leaf: ex.Present) -> str:
        return f"isnotnull({where_field(leaf.field)})"

    def null(self, leaf: ex.Null) -> str:
        return f'(isnull({where_field(leaf.field)}) OR {where_field(leaf.field)}="")'

    def field_ref(self, leaf: ex.FieldRef) -> str:
        """Compares in lower case. The length of the other value decides how much of this one is compared.

        An empty other value is a case of its own: ``substr`` with a length or a start of 0 is undocumented.
        """
        this, other = (where_field(name) for name in (leaf.field, leaf.other))
        match leaf.shape:
            case ex.Shape.EQUALS:
                return f"lower({this})=lower({other})"
            case ex.Shape.STARTSWITH:
                piece = f"substr(lower({this}), 1, len({other}))"
            case ex.Shape.ENDSWITH:
                piece = f"substr(lower({this}), -len({other}))"
            case _:
                raise Unsupported(f"{leaf.field} contains the field {leaf.other}: SPL has no such comparison of fields")
        return f'(isnotnull({this}) AND ({other}="" OR {piece}=lower({other})))'

    def keyword(self, leaf: ex.Keyword) -> str:
        """Anywhere in the raw event; a search term would match whole segments only ("Event segmentation")."""
        globs = tuple(dict.fromkeys(variant for glob in leaf.globs for variant in _in_xml(glob)))
        return self._match("_raw", from_globs(globs, Dialect.PCRE, cased=leaf.cased))


XML_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
XML_ESCAPES_WITH_QUOTES = XML_ESCAPES | str.maketrans({'"': "&quot;", "'": "&apos;"})


def _in_xml(glob: ex.Glob) -> Iterator[ex.Glob]:
    """The pattern as it is, and as an event rendered in XML writes it, with quotes escaped or not."""
    yield glob
    for table in (XML_ESCAPES, XML_ESCAPES_WITH_QUOTES):
        yield ex.Glob.of(*(part.translate(table) if isinstance(part, str) else part for part in glob.parts))


_UNPRINTABLE = re.compile(r"\\(.)|([\x00-\x1f\x7f-\x9f`])", re.DOTALL)


def printable(pattern: str) -> str:
    """The same regular expression without control characters, which end lines, and backticks, which open macros."""
    return _UNPRINTABLE.sub(_hexadecimal, pattern)


def _hexadecimal(match: re.Match[str]) -> str:
    character = match[1] or match[2]
    return f"\\x{ord(character):02x}" if _UNPRINTABLE.fullmatch(character) else match[0]


_SEARCH = SearchRenderer()
_WHERE = WhereRenderer()
