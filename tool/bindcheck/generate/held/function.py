"""A hand-written function whose interface is kept: its head as it is, its arguments, its body."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bindcheck.fact import fact, replace
from bindcheck.generate.arguments import SeriesArgument
from bindcheck.generate.context import Facts
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.learned.types import meant_in
from bindcheck.model import (
    Block,
    Call,
    Closure,
    FieldAccess,
    Function,
    Let,
    Literal,
    MethodCall,
    Node,
    Param,
    Path,
    Sequence,
    Try,
    TypeRef,
)

_ARRAYS = ("PyReadonlyArray1", "PyArrayLike1")
ERRORS = ("PyResult", "Result")
"""Types of what may be an error."""


@fact
class HeldFunction:
    """A function of a binding, with the source that its spans are about."""

    function: Function
    body: Block
    source: bytes

    @property
    def head(self) -> str:
        """Everything before the body: documentation, attributes and signature."""
        return self._between(self.function.span.start, self.body.span.start).rstrip()

    def _between(self, start: int, end: int) -> str:
        return self.source[start:end].decode("utf-8")

    @property
    def result(self) -> TypeRef:
        """What Python gets; the function must be able to raise."""
        kind = self.function.returns
        if kind.name not in ERRORS or not kind.args:
            raise Lacking(f"a way for `{self.function.name}` to raise, which returns `{kind.text}`")
        return kind.args[0]

    @property
    def error(self) -> str:
        """The type of what it raises, which `?` makes of other errors; empty for that of PyO3."""
        kind = self.function.returns
        own = kind.args[1] if kind.name == "Result" and len(kind.args) == 2 else None
        return own.text if own is not None and own.name != "PyErr" else ""

    def made_of(self, calls: Iterable[str]) -> str:
        """`error`, where `?` makes it of the errors of `calls`, which the body calls."""
        closures = [one for one in self.body.walk() if self.error and isinstance(one, Closure)]
        if any(isinstance(node, Try) for one in closures for node in one.walk()):
            fact = f"what `{self.error}` is made of: a closure has errors of its own"
            raise self.lacking(fact, *calls)
        return self.error

    @property
    def arguments(self) -> tuple[Param, ...]:
        """What Python gives."""
        found = [one for one in self.function.params if not _is(one, "Python")]
        for one in found:
            if not one.name or one.type is None:
                raise Lacking(f"a name for every argument of `{self.function.name}`")
        return tuple(found)

    @property
    def types(self) -> dict[str, str]:
        """The types of the arguments, as they are written."""
        given = ((one.name, one.type) for one in self.function.params)
        return {name: kind.text for name, kind in given if name and kind is not None}

    def series(self) -> tuple[SeriesArgument, ...]:
        """The arguments that are arrays of one dimension."""
        names = frozenset(one.name for one in self.arguments)
        found = []
        for one in self.arguments:
            kind = one.type
            optional = kind is not None and kind.name == "Option"
            inner = kind.args[0] if kind is not None and optional and kind.args else kind
            if inner is not None and inner.name in _ARRAYS and inner.args:
                found.append(SeriesArgument(one.name, inner.args[0].text, optional, names))
        return tuple(found)

    def lacking(self, fact: str, *names: str) -> Lacking:
        """What is lacking, at the first statement that has one of `names`, else at the last."""
        at = None
        for statement in self.body.statements:
            at = statement.span.start
            if any(_is_named(node, names) for node in statement.walk()):
                break
        return Lacking(fact, at)

    def lacking_of(self, fact: str, name: str) -> Lacking:
        """What is lacking, at the statement that gives a variable its last value, else at the end.

        Variables of blocks inside count as well.
        """
        lets = [one for one in self.body.walk() if isinstance(one, Let) and name in one.names]
        return Lacking(fact, lets[-1].span.start) if lets else self.lacking(fact)

    @property
    def given(self) -> tuple[Node, ...]:
        """What `Ok(..)` at the end gives Python, each of a tuple by itself."""
        last = self.body.statements[-1] if self.body.tail else None
        if not isinstance(last, Call) or len(last.args) != 1:
            return ()
        only = last.args[0]
        return only.items if isinstance(only, Sequence) else (only,)

    def check_python(self) -> None:
        """The interpreter's token must be at hand, under the name that templates know."""
        names = [one.name for one in self.function.params if _is(one, "Python")]
        if names != ["py"]:
            raise Lacking(f"`py: Python` among the arguments of `{self.function.name}`")


def with_result(facts: Facts, held: HeldFunction) -> HeldFunction:
    """The function with its result as the type that aliases in its module stand for."""
    returns = meant_in(facts.program, facts.core.path, held.function.returns, facts.names.scope)
    return replace(held, function=replace(held.function, returns=returns))


def shown_as(node: Node) -> str:
    """The variable of `ebb.into_pyarray(py)`; empty where more is made of it."""
    node = node.receiver if isinstance(node, MethodCall) else node
    return node.last if isinstance(node, Path) else ""


def _is_named(node: Node, names: Collection[str]) -> bool:
    """Whether a node is a variable, a field or a text of one of these names."""
    if isinstance(node, Literal):
        return node.kind == "str" and node.text in names
    if isinstance(node, FieldAccess):
        return node.name in names
    return isinstance(node, Path) and node.last in names


def _is(param: Param, name: str) -> bool:
    return param.type is not None and param.type.name == name
