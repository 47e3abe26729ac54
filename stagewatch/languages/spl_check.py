"""What a Splunk search asks for that its events cannot answer: unknown names, and values of the wrong kind.

Splunk itself runs such a search and finds nothing. Which fields there are depends on the data sources that the search
can reach: those whose conditions its own do not contradict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from stagewatch.languages import regexes
from stagewatch.languages.base import Problem, QueryError, Schema
from stagewatch.languages.spl_commands import AGGREGATES
from stagewatch.languages.spl_eval import FUNCTIONS
from stagewatch.languages.spl_syntax import parse
from stagewatch.languages.spl_tree import (
    Aggregate,
    And,
    Arithmetic,
    Call,
    Command,
    Compare,
    Eval,
    Expression,
    Field,
    Fields,
    Macro,
    Multisearch,
    Not,
    Number,
    OneOf,
    Or,
    Pipeline,
    Place,
    Relation,
    Rename,
    Search,
    SearchCommand,
    Sort,
    Stats,
    Streamstats,
    Table,
    Text,
    Where,
)
from stagewatch.languages.spl_values import Scalar, Unknown, holds, is_network, number

MACROS = "macros"
"""The entry of a schema that says what each macro stands for: name -> base search."""

SOURCES = "data sources"
"""The entry of a schema that says what is the same in all events of a table: table -> base search."""

KINDS = {"number": "number", "time": "number"}
"""Type in a schema -> kind; all else is text. A kind ``any`` is one that is not known."""

Columns = dict[str, str]


@dataclass(frozen=True, slots=True)
class Check:
    """The problems of one query, gathered while it is walked."""

    schema: Schema
    problems: list[Problem] = field(default_factory=list)

    def complain(self, message: str, place: Place) -> None:
        self.problems.append(Problem(message, place.line, place.column))

    # --- where events come from

    def pipeline(self, pipeline: Pipeline, place: Place) -> Columns:
        """The columns of the results of a search."""
        columns: Columns = {}
        first, *rest = pipeline.commands
        if isinstance(first, Multisearch):
            for search in first.searches:
                for name, kind in self.pipeline(search, place).items():
                    columns[name] = kind if columns.get(name, kind) == kind else "any"
        elif isinstance(first, SearchCommand):
            columns = self.reached(first.expression, place)
            self.search(first.expression, columns)
        for command in rest:
            columns = self.command(command, columns)
        return columns

    def reached(self, expression: Search, place: Place) -> Columns:
        """The columns of all tables that a search may find events of."""
        everything = {name: "any" for table in self.tables() for name in self.schema[table]}
        known = len(self.problems)
        expanded = self.expand(expression)
        if len(self.problems) > known:
            return everything
        columns: Columns = {}
        for table in self.tables():
            constants = self.constants(table)
            if holds(expanded, partial(_known, constants)) is not False:
                for name, kind in self.schema[table].items():
                    found = KINDS.get(kind, "text")
                    columns[name] = found if columns.get(name, found) == found else "any"
        if not columns:
            self.complain("the search reaches no data source", place)
        return columns or everything

    def tables(self) -> list[str]:
        return [table for table in self.schema if table not in (MACROS, SOURCES)]

    def constants(self, table: str) -> Mapping[str, Scalar]:
        """Field -> the value that it has in all events of a table."""
        definition = self.schema.get(SOURCES, {}).get(table)
        return dict(equalities(base_search(definition))) if definition else {}

    def expand(self, expression: Search) -> Search:
        """A search with the definitions of its macros in their place."""
        match expression:
            case And(terms):
                return And(tuple(map(self.expand, terms)))
            case Or(terms):
                return Or(tuple(map(self.expand, terms)))
            case Not(term):
                return Not(self.expand(term))
            case Macro(name, place):
                definition = self.schema.get(MACROS, {}).get(name)
                if definition is None:
                    self.complain(f"no macro {name} is known", place)
                    return expression
                return base_search(definition)
        return expression

    # --- search

    def search(self, expression: Search, columns: Columns) -> None:
        match expression:
            case And(terms) | Or(terms):
                for term in terms:
                    self.search(term, columns)
            case Not(term):
                self.search(term, columns)
            case Compare(name, operator, value, place):
                kind = self.column(Field(name, place), columns)
                if operator not in ("=", "!=") and kind == "text":
                    self.complain(f"{name} is text and has no number", place)
                self.value(name, kind, value, place)
            case OneOf(name, values, place):
                kind = self.column(Field(name, place), columns)
                for value in values:
                    self.value(name, kind, value, place)

    def value(self, name: str, kind: str, value: str, place: Place) -> None:
        """Search Manual, "Wildcards": one inside of a value may match nothing, as the value may be cut there."""
        if "*" in value.strip("*"):
            self.complain(f"an asterisk inside of a value of {name} may cross segments of the index", place)
        if kind == "number" and "*" not in value and value and number(value) is None and not is_network(value):
            self.complain(f"{name} is a number and never {value}", place)

    def column(self, named: Field, columns: Columns) -> str:
        if named.name not in columns:
            self.complain(f"no field {named.name} is known here", named.place)
        return columns.get(named.name, "any")

    # --- commands

    def command(self, command: Command, columns: Columns) -> Columns:
        """The columns after a command."""
        match command:
            case SearchCommand(expression):
                self.search(expression, columns)
            case Where(expression, place):
                if self.kind(expression, columns) not in ("condition", "any"):
                    self.complain("where takes a condition", place)
            case Eval(assignments):
                return self.eval(assignments, columns)
            case Sort(_, keys):
                for key in keys:
                    self.column(key.field, columns)
            case Fields(names, removes):
                return self.fields(names, columns, removes=removes)
            case Table(names):
                return {named.name: self.column(named, columns) for named in names}
            case Rename(names):
                kinds = {new.name: self.column(old, columns) for old, new in names}
                gone = {old.name for old, _ in names}
                return {name: kind for name, kind in columns.items() if name not in gone} | kinds
            case Streamstats(aggregates, by):
                return columns | self.summaries(aggregates, by, columns)
            case Stats(aggregates, by):
                groups = {named.name: columns.get(named.name, "any") for named in by}
                return groups | self.summaries(aggregates, by, columns)
        return columns

    def eval(self, assignments: tuple[tuple[Field, Expression], ...], columns: Columns) -> Columns:
        found = dict(columns)
        for named, expression in assignments:
            kind = self.kind(expression, found)
            if kind == "condition":
                self.complain("eval gives a field no condition", named.place)
            found[named.name] = kind
        return found

    def fields(self, names: tuple[Field, ...], columns: Columns, *, removes: bool) -> Columns:
        named = {one.name: self.column(one, columns) for one in names}
        if removes:
            return {name: kind for name, kind in columns.items() if name not in named}
        return {name: kind for name, kind in columns.items() if name in ("_time", "_raw")} | named

    def summaries(self, aggregates: tuple[Aggregate, ...], by: tuple[Field, ...], columns: Columns) -> Columns:
        for named in by:
            self.column(named, columns)
        return {aggregate.name: self.summary(aggregate, columns) for aggregate in aggregates}

    def summary(self, aggregate: Aggregate, columns: Columns) -> str:
        kind = "number" if aggregate.field is None else self.column(aggregate.field, columns)
        if aggregate.function not in AGGREGATES:
            self.complain(f"no aggregate {aggregate.function} is known", aggregate.place)
        elif aggregate.field is None and aggregate.function != "count":
            self.complain(f"{aggregate.function} takes a field", aggregate.place)
        elif aggregate.function == "sum" and kind == "text":
            self.complain("text has no sum", aggregate.place)
        return kind if aggregate.function in ("min", "max") else "number"

    # --- expressions

    def kind(self, expression: Expression, columns: Columns) -> str:
        """What an expression gives: ``condition``, ``number``, ``text`` or ``any``."""
        match expression:
            case Field():
                return self.column(expression, columns)
            case Text():
                return "text"
            case Number():
                return "number"
            case And(terms) | Or(terms):
                for term in terms:
                    self.condition(term, columns)
            case Not(term):
                self.condition(term, columns)
            case Relation(_, left, right, place):
                self.relation(expression, self.kind(left, columns), self.kind(right, columns), place)
            case Arithmetic(operator, left, right, place):
                kinds = {self.kind(left, columns), self.kind(right, columns)}
                unfit = {"condition"} if operator == "." else {"condition", "text"}
                if kinds & unfit:
                    self.complain(f"{operator} takes {'values' if operator == '.' else 'numbers'}", place)
                return "text" if operator == "." else "number"
            case Call():
                return self.call(expression, columns)
        return "condition"

    def condition(self, expression: Expression, columns: Columns) -> None:
        if self.kind(expression, columns) not in ("condition", "any"):
            self.complain("AND, OR and NOT take conditions", place_of(expression))

    def relation(self, relation: Relation, left: str, right: str, place: Place) -> None:
        if "condition" in (left, right):
            self.complain("a condition is not compared", place)
        elif {left, right} == {"number", "text"}:
            literal = relation.right if right == "text" else relation.left
            if not (isinstance(literal, Text) and number(literal.value) is not None):
                self.complain("a number is compared with text", place)

    def call(self, call: Call, columns: Columns) -> str:
        kinds = [self.kind(argument, columns) for argument in call.arguments]
        function = FUNCTIONS.get(call.function)
        if function is None:
            self.complain(f"no function {call.function} is known", call.place)
            return "any"
        count = len(kinds)
        if not function.least <= count <= function.most or (call.function == "case" and count % 2):
            self.complain(f"{call.function} does not take {count} arguments", call.place)
            return "any"
        for position, (argument, kind) in enumerate(zip(call.arguments, kinds, strict=True)):
            problem = misfit(function.kind(position), argument, kind)
            if problem:
                self.complain(f"{call.function}: {problem}", place_of(argument))
        return "any" if function.gives == "value" else function.gives


def _known(constants: Mapping[str, Scalar], name: str) -> Scalar | Unknown:
    return constants.get(name, Unknown.UNKNOWN)


def misfit(wanted: str, argument: Expression, kind: str) -> str:
    """What is wrong with an argument; nothing where it fits."""
    if wanted in ("pattern", "subnet") and not isinstance(argument, Text):
        return f"the {wanted} is a literal"
    if wanted == "subnet" and isinstance(argument, Text) and not is_network(argument.value):
        return "not a subnet"
    if wanted == "pattern" and isinstance(argument, Text):
        try:
            regexes.check(regexes.Dialect.PCRE, argument.value)
        except QueryError as error:
            return str(error)
    if wanted == "condition" and kind not in ("condition", "any"):
        return "a condition is needed"
    if wanted != "condition" and wanted != "any" and kind == "condition":
        return "a condition is no value"
    return "a number is needed" if wanted == "number" and kind == "text" else ""


def place_of(expression: Expression) -> Place:
    """Where an expression starts, or one of its parts."""
    match expression:
        case And(terms) | Or(terms):
            return place_of(terms[0])
        case Not(term):
            return place_of(term)
    return expression.place


def base_search(definition: str) -> Search:
    """The search that a macro stands for, or that tells a data source."""
    first, *rest = parse(definition).commands
    if rest or not isinstance(first, SearchCommand):
        raise QueryError(Problem(f"no base search: {definition}"))
    return first.expression


def equalities(expression: Search) -> list[tuple[str, str]]:
    """The fields and values of a conjunction of equalities."""
    match expression:
        case And(terms):
            return [pair for term in terms for pair in equalities(term)]
        case Compare(name, "=", value):
            return [(name, value)]
    raise QueryError(Problem("a data source is told by fields and their values"))
