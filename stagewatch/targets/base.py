"""What every target is: a name, a pipeline, a renderer of expressions and of correlations.

A target writes its language and nothing else. Loading, pipelines, pruning and reporting happen before it is called.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import ClassVar, Literal

from sigma.processing.pipeline import ProcessingPipeline

from stagewatch import expression as ex
from stagewatch.correlation import Correlation
from stagewatch.findings import Unsupported
from stagewatch.pipelines import house_pipeline
from stagewatch.targets.marks import mark
from stagewatch.translation import Query, Translator

Window = Literal["sliding", "hopping", "tumbling"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a target made of one rule.

    ``files`` maps a suffix (``.kql``) to the whole text of a file, without a final newline. ``window`` is set for a
    correlation. ``warnings`` tell what a user should know though the meaning is kept (a hopping window that may
    report a burst twice, a threshold that the platform caps).
    """

    files: Mapping[str, str]
    window: Window | None = None
    warnings: tuple[str, ...] = field(default=())


class Target(ABC):
    """One platform."""

    name: ClassVar[str]
    """The name on the command line, the folder in ``dist/`` and the pipeline's file name."""

    title: ClassVar[str]
    """The platform as its vendor calls it, and the language."""

    def __init__(self, pipelines: Sequence[ProcessingPipeline] = (), after: Sequence[ProcessingPipeline] = ()) -> None:
        """``pipelines`` are applied, in this order, before the target's own, those of ``after`` behind it."""
        self._pipelines, self._after = pipelines, after

    @cached_property
    def translator(self) -> Translator:
        """Applies the pipelines to rules."""
        return Translator(reduce(operator.add, [*self._pipelines, house_pipeline(self.name), *self._after]))

    def asked(self, query: Query) -> ex.Expression:
        """The conditions of a query as this target asks them."""
        return query.expression

    @abstractmethod
    def render(self, query: Query) -> Rendered:
        """The query of one rule. Raises :class:`Unsupported` with the reason where the language cannot say it."""

    @abstractmethod
    def render_correlation(self, correlation: Correlation) -> Rendered:
        """The query of one correlation. Raises :class:`Unsupported` like :meth:`render`."""


class Renderer(ABC):
    """Writes an expression in one language. A subclass says each kind of leaf; the structure is said here.

    Every AND and OR inside another expression is put in parentheses, whatever the language's precedence.
    """

    and_token: ClassVar[str]
    """With the white space around it."""

    or_token: ClassVar[str]

    def expression(self, expression: ex.Expression) -> str:
        """The expression as it stands alone, without parentheses around it."""
        match expression:
            case ex.And(terms):
                return self.and_token.join(map(self.operand, terms))
            case ex.Or(terms):
                return self.or_token.join(map(self.operand, terms))
            case ex.Not(term):
                return mark(expression, self.negation(term), self)
            case _:
                return self.leaf(expression)

    def operand(self, expression: ex.Expression) -> str:
        """The expression as it stands inside another one."""
        text = self.expression(expression)
        return f"({text})" if isinstance(expression, ex.And | ex.Or) else text

    def leaf(self, leaf: ex.Leaf) -> str:
        """One condition on the event. It must be safe as an operand: a leaf that writes OR writes parentheses too."""
        return mark(leaf, self._said(leaf), self)

    def _said(self, leaf: ex.Leaf) -> str:
        match leaf:
            case ex.Text():
                return self.text(leaf)
            case ex.Regex():
                return self.regex(leaf)
            case ex.Number():
                return self.number(leaf)
            case ex.Boolean():
                return self.boolean(leaf)
            case ex.Cidr():
                return self.cidr(leaf)
            case ex.Present():
                return self.present(leaf)
            case ex.Null():
                return self.null(leaf)
            case ex.FieldRef():
                return self.field_ref(leaf)
            case ex.Keyword():
                return self.keyword(leaf)

    @abstractmethod
    def negation(self, term: ex.Expression) -> str:
        """The term does not hold; true where a field that it needs is lacking."""

    @abstractmethod
    def text(self, leaf: ex.Text) -> str: ...

    @abstractmethod
    def regex(self, leaf: ex.Regex) -> str: ...

    @abstractmethod
    def number(self, leaf: ex.Number) -> str: ...

    @abstractmethod
    def boolean(self, leaf: ex.Boolean) -> str: ...

    @abstractmethod
    def cidr(self, leaf: ex.Cidr) -> str: ...

    @abstractmethod
    def present(self, leaf: ex.Present) -> str: ...

    @abstractmethod
    def null(self, leaf: ex.Null) -> str: ...

    @abstractmethod
    def field_ref(self, leaf: ex.FieldRef) -> str: ...

    @abstractmethod
    def keyword(self, leaf: ex.Keyword) -> str: ...


def required_state(query: Query, key: str) -> str:
    """A value that the target's pipeline must have set for the rule's log source."""
    value = query.state.get(key)
    if not isinstance(value, str):
        raise Unsupported(f"the pipeline sets no {key!r} for this log source")
    return value
