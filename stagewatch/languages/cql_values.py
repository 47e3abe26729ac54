"""Values of CQL, its filters and its expressions, on one event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from stagewatch.languages.base import Problem, QueryError, Value
from stagewatch.languages.cql_functions import arguments, text, texts
from stagewatch.languages.cql_regex import for_java
from stagewatch.languages.cql_tree import (
    Bare,
    Binary,
    Call,
    Constant,
    Equal,
    Every,
    Expression,
    Filter,
    FreeText,
    Glob,
    Like,
    Not,
    Order,
    Pattern,
    Quoted,
    Some,
    Unary,
)

Cell = str | int | float | bool

NO_FREE_TEXT = ("#", "@id", "@timestamp", "@ingesttimestamp")
""" "Query Filters": free text is sought in no tag and in none of these fields."""


@dataclass(slots=True)
class Row:
    """An event in the pipeline, or a row that an aggregate made, which has no ``position``."""

    fields: dict[str, Cell]
    position: int | None = None
    searched: tuple[str, ...] = field(default=())
    """What free text is sought in: the event as it was at the start of the pipeline ("Query Filters")."""

    def with_field(self, name: str, value: Cell) -> Row:
        return Row({**self.fields, name: value}, self.position, self.searched)


def row(record: Mapping[str, Value], position: int, timestamp: int, raw: str) -> Row:
    """An event as a row: a list becomes fields with an index, and nothing stands for a lacking value."""
    fields: dict[str, Cell] = {}
    for name, value in record.items():
        if isinstance(value, list):
            fields.update({f"{name}[{index}]": item for index, item in enumerate(value)})
        elif isinstance(value, str | int | float):
            fields[name] = value
        elif value is not None:
            fields[name] = value.isoformat()
    fields["@timestamp"] = timestamp
    fields["@rawstring"] = raw
    searched = tuple(written(value) for name, value in fields.items() if not name.startswith(NO_FREE_TEXT))
    return Row(fields, position, searched)


def written(value: Cell) -> str:
    """ "Expressions": values have no types, they are strings that are read as their use demands."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def number(value: Cell | None) -> float | int | None:
    """The number that a value reads as, or ``None``."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    digits = value[1:] if value[:1] == "-" else value
    whole, _, fraction = digits.partition(".")
    if not (digits.isascii() and whole.isdecimal() and (fraction.isdecimal() or "." not in digits)):
        return None
    return float(value) if "." in value else int(value)


# --- patterns --------------------------------------------------------------------------------------------------------


def matches_regex(pattern: str, flags: str, value: str) -> bool:
    """ "Query Filters": a regular expression is found anywhere in the value."""
    from stagewatch.languages import regexes

    java, java_flags = for_java(pattern, flags)
    return regexes.search(regexes.Dialect.JAVA, java, value, java_flags)


def matches_glob(pattern: str, value: str) -> bool:
    """The whole value, sensitive to case; ``*`` is always a wildcard and cannot be escaped ("Grammar Subset")."""
    first, *rest = pattern.split("*")
    if not rest:
        return value == pattern
    *middle, last = rest
    if not value.startswith(first) or not value.endswith(last) or len(value) < len(first) + len(last):
        return False
    position, end = len(first), len(value) - len(last)
    for part in middle:
        found = value.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def matches(pattern: Pattern, value: Cell) -> bool:
    """ "Operators": equal to the whole pattern; where both sides are numbers, they are compared as numbers."""
    if not isinstance(pattern, Glob):
        return matches_regex(pattern.source, pattern.flags, written(value))
    if "*" not in pattern.text and number(pattern.text) is not None and number(value) is not None:
        return number(pattern.text) == number(value)
    return matches_glob(pattern.text, written(value))


# --- filters ---------------------------------------------------------------------------------------------------------


def holds(node: Filter, event: Row) -> bool:
    """ "Operators": a comparison with a lacking field fails, save ``!=``, which holds."""
    match node:
        case Equal(name, pattern, negated):
            value = event.fields.get(name)
            return negated if value is None else matches(pattern, value) != negated
        case Like(name, pattern):
            value = event.fields.get(name)
            return value is not None and matches_glob(f"*{pattern.text}*", written(value))
        case Order(name, operator, limit):
            found = number(event.fields.get(name))
            return found is not None and compare(operator, found, limit)
        case FreeText(pattern):
            return _free_text(pattern, event)
        case Constant(value):
            return value
        case Not(operand):
            return not holds(operand, event)
        case Every(operands):
            return all(holds(operand, event) for operand in operands)
        case Some(operands):
            return any(holds(operand, event) for operand in operands)


def _free_text(pattern: Pattern, event: Row) -> bool:
    if not isinstance(pattern, Glob):
        return any(matches_regex(pattern.source, pattern.flags, value) for value in event.searched)
    if not pattern.text.strip("*"):
        return True  # "Conditional Evaluation": * alone takes every event
    return any(matches_glob(f"*{pattern.text}*", value) for value in event.searched)


def compare(operator: str, left: float, right: float) -> bool:
    """An order of two numbers."""
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


# --- expressions -----------------------------------------------------------------------------------------------------


def evaluate(node: Expression, event: Row) -> Cell | None:
    """ "Expressions": the value, or null for a lacking field and for operands of the wrong type."""
    match node:
        case Bare(name):
            if name in {"true", "false"}:
                return name == "true"
            literal = number(name)
            return event.fields.get(name) if literal is None else literal
        case Quoted(value):
            return value
        case Unary("-", operand):
            found = number(evaluate(operand, event))
            return None if found is None else -found
        case Unary(_, operand):
            return _negated(evaluate(operand, event))
        case Binary(operator, left, right):
            return _binary(operator, evaluate(left, event), evaluate(right, event))
        case Call():
            return calculated(node, event)
        case _:
            raise QueryError(Problem("an expression holds no list and no query", node.place.line, node.place.column))


def _negated(value: Cell | None) -> bool | None:
    if isinstance(value, str) and value in {"true", "false"}:
        return value == "false"
    if isinstance(value, bool):
        return not value
    found = number(value)
    return None if found is None else found == 0


def _binary(operator: str, left: Cell | None, right: Cell | None) -> Cell | None:
    if left is None or right is None:
        return None
    one, two = number(left), number(right)
    if operator in {"==", "!="}:
        same = one == two if one is not None and two is not None else written(left) == written(right)
        return same == (operator == "==")
    if one is None or two is None:
        return None
    if operator in {"<", "<=", ">", ">="}:
        return compare(operator, one, two)
    if operator in {"/", "%"} and two == 0:
        return None
    match operator:
        case "+":
            return one + two
        case "-":
            return one - two
        case "*":
            return one * two
        case "/":
            return one / two
        case _:
            return one % two


def calculated(call: Call, event: Row) -> Cell | None:
    """What a function gives for one event; of a function that filters, whether it lets the event pass."""
    given = arguments(call)
    match call.name:
        case "lower" | "upper" | "length":
            value = event.fields.get(text(given["field"]))
            if value is None:
                return None
            found = written(value)
            return len(found) if call.name == "length" else found.lower() if call.name == "lower" else found.upper()
        case "test":
            result = evaluate(given["expression"], event)
            return None if result is None else written(result) == "true"
        case "text:contains" | "text:startsWith" | "text:endsWith":
            return _text(call.name, evaluate(given["string"], event), evaluate(given["substring"], event))
        case "regex":
            value = event.fields.get(text(given["field"]) if "field" in given else "@rawstring")
            flags = text(given["flags"]) if "flags" in given else ""
            return value is not None and matches_regex(text(given["regex"]), flags, written(value))
        case "cidr":
            return _cidr(event.fields.get(text(given["field"])), texts(given["subnet"]))
        case "in":
            value = event.fields.get(text(given["field"]))
            fold = "ignoreCase" in given and text(given["ignoreCase"]) == "true"
            return value is not None and any(
                _listed(item, written(value), fold=fold) for item in texts(given["values"])
            )
        case _:
            raise QueryError(Problem(f"{call.name}() gives no value", call.place.line, call.place.column))


def _listed(item: str, value: str, *, fold: bool) -> bool:
    return matches_glob(item.lower(), value.lower()) if fold else matches_glob(item, value)


def _text(name: str, whole: Cell | None, part: Cell | None) -> bool | None:
    """ "text:startsWith()" and its like: sensitive to case; null of an expression gives null."""
    if whole is None or part is None:
        return None
    one, two = written(whole), written(part)
    if name == "text:contains":
        return two in one
    return one.startswith(two) if name == "text:startsWith" else one.endswith(two)


def _cidr(value: Cell | None, subnets: tuple[str, ...]) -> bool:
    try:
        address = ip_address(written(value)) if value is not None else None
    except ValueError:
        return False
    return address is not None and any(address in ip_network(subnet, strict=False) for subnet in subnets)
