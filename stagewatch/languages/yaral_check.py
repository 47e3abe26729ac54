"""What Google SecOps has against a rule that parses: unknown fields, values and functions, types, loose variables.

Google SecOps documentation: "Expressions, operators, and constructs" (``nocase`` on an enum and a comparison of two
literals do not compile), "Match section syntax" (keys are placeholders, one minute to 48 hours), "Condition section
syntax" (``or`` takes a single event variable; what is compared with none is unbounded and left out here), "Options
section syntax", and the pages of the functions. That an enum takes no regular expression is our reading.
"""

from __future__ import annotations

from collections.abc import Iterator

from stagewatch.languages.base import Problem, Schema
from stagewatch.languages.yaral_functions import FUNCTIONS, REGEX, fault
from stagewatch.languages.yaral_plan import Binding, Plan, plan
from stagewatch.languages.yaral_tree import (
    And,
    Atom,
    Call,
    Compare,
    Count,
    Exists,
    Field,
    Flag,
    Match,
    Number,
    Operand,
    Or,
    Pattern,
    Place,
    Placeholder,
    Rule,
    Sum,
    Test,
    Text,
    atoms,
    fields,
    occurrences,
    operands,
)
from stagewatch.languages.yaral_udm import NUMBER, TEXT, TRUTH, Kind, Unknown, kind

LITERALS = (Text, Pattern, Number, Flag)
EQUALITY = frozenset({"=", "!="})
BOUNDED = frozenset({">", ">=", "="})
SHORTEST, LONGEST = 60, 48 * 3600
OPTIONS = frozenset({"allow_zero_values"})


def problems(rule: Rule, schema: Schema) -> list[Problem]:
    """All that is wrong with a rule, in its order."""
    taken = plan(rule)
    found = [*_events(taken, schema), *_match(taken), *_condition(taken), *_loose(taken)]
    found += [_problem(place, f"unknown option: {name}") for name, _, place in rule.options if name not in OPTIONS]
    return sorted(set(found), key=lambda problem: (problem.line or 0, problem.column or 0, problem.message))


def kind_of(operand: Operand, taken: Plan, schema: Schema) -> Kind:
    """What an operand is. Raises :class:`Unknown`."""
    match operand:
        case Field():
            return kind(schema, operand.path, operand.key)
        case Placeholder():
            bindings = taken.bound(operand.name)
            if not bindings:
                raise Unknown(f"a placeholder without a value: ${operand.name}")
            return kind_of(bindings[0].operand, taken, schema)
        case Call():
            if operand.function not in FUNCTIONS:
                raise Unknown(f"unknown function: {operand.function}")
            return FUNCTIONS[operand.function].returns
        case Number() | Sum():
            return NUMBER
        case Flag():
            return TRUTH
        case _:
            return TEXT


def _problem(place: Place, message: str) -> Problem:
    return Problem(message, place.line, place.column)


def _events(taken: Plan, schema: Schema) -> Iterator[Problem]:
    for predicate in taken.rule.events:
        for atom in atoms(predicate):
            wrong = [problem for operand in operands(atom) for problem in _operand(operand, taken, schema)]
            yield from wrong or _atom(atom, taken, schema)
    for bindings in taken.bindings.values():
        for binding in bindings:
            yield from _binding(binding, taken)


def _operand(operand: Operand, taken: Plan, schema: Schema) -> Iterator[Problem]:
    try:
        found = kind_of(operand, taken, schema)
        if isinstance(operand, Field) and operand.quantifier and not (found.root and operand.key is None):
            yield _problem(operand.place, f"{operand.quantifier} of a field that is not repeated: {operand.path}")
        elif isinstance(operand, Call):
            yield from _call(operand, taken, schema)
        elif isinstance(operand, Sum):
            for term in operand.terms:
                if (family := kind_of(term, taken, schema).family) != "number":
                    yield _problem(term.place, f"arithmetic with {family}")
        elif isinstance(operand, Pattern) and (wrong := fault(operand.value)):
            yield _problem(operand.place, wrong)
    except Unknown as error:
        yield _problem(operand.place, str(error))


def _call(call: Call, taken: Plan, schema: Schema) -> Iterator[Problem]:
    function, count = FUNCTIONS[call.function], len(call.arguments)
    if count < function.least or (function.most is not None and count > function.most):
        yield _problem(call.place, f"{call.function} with {count} arguments")
        return
    for position, argument in enumerate(call.arguments):
        if (family := kind_of(argument, taken, schema).family) != "text":
            yield _problem(argument.place, f"{call.function} of {family}")
        if position == function.literal:
            if not isinstance(argument, Text):
                yield _problem(argument.place, f"{call.function} takes a literal here")
            elif not function.accepts(argument.value):
                yield _problem(argument.place, f"{call.function} cannot read {argument.value}")
            elif call.function == REGEX and (wrong := fault(argument.value)):
                yield _problem(argument.place, wrong)


def _atom(atom: Atom, taken: Plan, schema: Schema) -> Iterator[Problem]:
    if sum(isinstance(operand, Field) and bool(operand.quantifier) for operand in operands(atom)) > 1:
        yield _problem(atom.place, "more than one any or all in a comparison")
    if isinstance(atom, Test):
        if FUNCTIONS[atom.call.function].returns is not TRUTH:
            yield _problem(atom.place, f"not true or false: {atom.call.function}")
        if atom.nocase and atom.call.function != REGEX:
            yield _problem(atom.place, f"nocase after {atom.call.function}")
    elif isinstance(atom.left, LITERALS) and isinstance(atom.right, LITERALS):
        yield _problem(atom.place, "a comparison of two literals")
    else:
        yield from _compare(atom, kind_of(atom.left, taken, schema), kind_of(atom.right, taken, schema))


def _compare(atom: Compare, left: Kind, right: Kind) -> Iterator[Problem]:
    enum = left if left.family == "enum" else right if right.family == "enum" else None
    if atom.operator not in EQUALITY and (left.family != "number" or isinstance(atom.right, Pattern)):
        yield _problem(atom.place, f"{atom.operator} with {left.family}")
    if atom.nocase and (enum or left.family != "text"):
        yield _problem(atom.place, f"nocase with {'an enum' if enum else left.family}")
    literal = next((side for side in (atom.left, atom.right) if isinstance(side, Text)), None)
    if enum and literal:
        if literal.value not in enum.values:
            yield _problem(literal.place, f"unknown value of {enum.name}: {literal.value}")
    elif enum and isinstance(atom.right, Pattern):
        yield _problem(atom.right.place, "a regular expression for an enum")
    elif left.family != right.family or (enum and left.name != right.name):
        yield _problem(atom.place, f"{left.family} compared with {right.family}")


def _binding(binding: Binding, taken: Plan) -> Iterator[Problem]:
    if binding.nocase:
        yield _problem(binding.place, f"nocase where ${binding.name} gets its value")
    if binding.name in taken.variables:
        yield _problem(binding.place, f"an event and a placeholder called ${binding.name}")
    if isinstance(binding.operand, Field) and binding.operand.quantifier:
        yield _problem(binding.place, f"{binding.operand.quantifier} where ${binding.name} gets its value")


def _match(taken: Plan) -> Iterator[Problem]:
    match = taken.rule.match
    if not taken.variables:
        yield _problem(taken.rule.place, "no event")
    if match is None:
        if len(taken.variables) > 1:
            yield _problem(taken.rule.place, "several events without a match section")
        return
    yield from _window(match, taken)
    for key in match.keys:
        if not taken.bound(key.name):
            yield _problem(key.place, f"a match key that is no placeholder: ${key.name}")


def _window(match: Match, taken: Plan) -> Iterator[Problem]:
    if not SHORTEST <= match.seconds <= LONGEST:
        yield _problem(match.place, "a window of less than 1 minute or more than 48 hours")
    if match.pivot and match.pivot not in taken.variables:
        yield _problem(match.place, f"unknown event: ${match.pivot}")


def _condition(taken: Plan) -> Iterator[Problem]:
    condition = taken.rule.condition
    events = set()
    for term in occurrences(condition):
        if term.name in taken.variables:
            events.add(term.name)
        elif isinstance(term, Exists) or not taken.bound(term.name):
            yield _problem(term.place, f"unknown in the condition: {term.name}")
        if isinstance(term, Count):
            if taken.rule.match is None:
                yield _problem(term.place, "a count without a match section")
            if term.operator not in BOUNDED or term.number < (0 if term.operator == ">" else 1):
                yield _problem(term.place, f"unbounded: #{term.name} {term.operator} {term.number}")
    if _has_or(condition) and len(events) > 1:
        yield _problem(condition.place, "or in the condition of several events")


def _has_or(condition: object) -> bool:
    return isinstance(condition, Or) or (isinstance(condition, And) and any(map(_has_or, condition.operands)))


def _loose(taken: Plan) -> Iterator[Problem]:
    """Every event variable is joined with the others ("YARA-L 2.0 language syntax")."""
    joined: list[set[str]] = [
        {binding.event for binding in taken.bound(one.name)} for group in taken.bindings.values() for one in group
    ]
    joined += [
        {field.event for field in fields(one)}
        for one in taken.joins
        if isinstance(one, Compare) and one.operator == "="
    ]
    reached = set(taken.variables[:1])
    while more := {name for group in joined if group & reached for name in group} - reached:
        reached |= more
    for name in taken.variables:
        if name not in reached:
            yield _problem(taken.rule.place, f"an event that nothing joins: ${name}")
