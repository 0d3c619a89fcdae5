"""The body IR: what a function does, every node with its span.

Names, calls, bindings and control flow; `operators` has what computes with values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bindcheck.model.fact import fact
from bindcheck.model.source import NOWHERE, Attribute, Cfg, Span, TypeRef

if TYPE_CHECKING:
    from bindcheck.model.items import Function, Use


@fact
class Node:
    """Base of the body IR. Every node knows where it stands."""

    span: Span

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return ()

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in source order."""
        stack: list[Node] = [self]
        pop, extend = stack.pop, stack.extend
        while stack:
            node = pop()
            yield node
            below = node.children()
            if below:
                extend(below[::-1])


def present(*nodes: Node | None) -> tuple[Node, ...]:
    """The nodes that are there."""
    return tuple([node for node in nodes if node is not None])


@fact
class Path(Node):
    """`a`, `Kernel::Auto`, `Vec::<f64>::new` (`turbofish`: types of the last segment with any)."""

    segments: tuple[str, ...]
    turbofish: tuple[TypeRef, ...] = ()

    @property
    def last(self) -> str:
        """Last segment."""
        return self.segments[-1]

    @property
    def text(self) -> str:
        """Segments joined by `::`."""
        return "::".join(self.segments)


@fact
class Literal(Node):
    """`kind`: `int`, `float`, `str`, `char`, `bool`; `text` as written, strings without quotes."""

    kind: str
    text: str


@fact
class Call(Node):
    """`function(args)`; `function` is a Path for named functions and constructors."""

    function: Node
    args: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.function, *self.args)


@fact
class MethodCall(Node):
    """`receiver.method::<turbofish>(args)`; `name_span` is the method's name alone."""

    receiver: Node
    method: str
    args: tuple[Node, ...]
    turbofish: tuple[TypeRef, ...] = ()
    name_span: Span = NOWHERE

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.receiver, *self.args)


@fact
class MacroCall(Node):
    """`path!(..)`. `args` are the expressions or statements that the tokens read as.

    `parsed` is false when they read as neither; `tokens` is the text between the delimiters.
    """

    path: str
    args: tuple[Node, ...]
    tokens: str
    parsed: bool

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return self.args


@fact
class Param:
    """A parameter. `name` is empty for a pattern; `names` has all that it binds."""

    name: str
    names: tuple[str, ...]
    type: TypeRef | None
    span: Span
    attrs: tuple[Attribute, ...] = ()
    mutable: bool = False


@fact
class Closure(Node):
    """`move |params| body`. `patterns`: parameters as they are written, if one leaves parts out."""

    params: tuple[Param, ...]
    body: Node
    move: bool = False
    patterns: tuple[str, ...] = ()

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.body,)


@fact
class Let(Node):
    """`let pattern: type = value else { otherwise };` also in `if let` (then part of a condition).

    `names` are the bindings the pattern makes, `pattern` its text (`Ok(slice)`).
    """

    names: tuple[str, ...]
    pattern: str
    type: TypeRef | None
    value: Node | None
    otherwise: Node | None = None
    mutable: bool = False

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return present(self.value, self.otherwise)


@fact
class Assign(Node):
    """`target = value`, or `target op= value`."""

    target: Node
    op: str
    value: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.target, self.value)


@fact
class Loop(Node):
    """`for pattern in over`, `while over` (the condition) or `loop` (`over` is None)."""

    kind: str
    names: tuple[str, ...]
    over: Node | None
    body: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.body,) if self.over is None else (self.over, self.body)


@fact
class If(Node):
    """`if condition { then } else { otherwise }`; `if let` has a Let as (part of) its condition."""

    condition: Node
    then: Node
    otherwise: Node | None

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return present(self.condition, self.then, self.otherwise)


@fact
class Arm(Node):
    """One arm of a `match`: pattern text, the names it binds, guard and body."""

    pattern: str
    names: tuple[str, ...]
    guard: Node | None
    body: Node
    cfg: tuple[Cfg, ...] = ()

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.body,) if self.guard is None else (self.guard, self.body)


@fact
class Match(Node):
    """`match subject { arms }`."""

    subject: Node
    arms: tuple[Arm, ...]

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.subject, *self.arms)


@fact
class Block(Node):
    """`{ statements; tail }`. `kind`: `plain`, `unsafe`, `async`, `const`.

    `tail` tells whether the last statement is the value of the block. Items inside a block are
    not statements; nested functions are in `functions`, `use` declarations in `uses`.
    """

    statements: tuple[Node, ...]
    tail: bool
    kind: str = "plain"
    functions: tuple[Function, ...] = ()
    uses: tuple[Use, ...] = ()

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return self.statements


@fact
class Gated(Node):
    """A statement or expression under `#[cfg(..)]`."""

    cfg: tuple[Cfg, ...]
    inner: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.inner,)
