"""The body IR: what a function does, every node with its span."""

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


def _present(*nodes: Node | None) -> tuple[Node, ...]:
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
    """`move |params| body`."""

    params: tuple[Param, ...]
    body: Node
    move: bool = False

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
        return _present(self.value, self.otherwise)


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
        return _present(self.condition, self.then, self.otherwise)


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


@fact
class Index(Node):
    """`base[index]`; a Range as index is a slicing."""

    base: Node
    index: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.base, self.index)


@fact
class FieldAccess(Node):
    """`base.name` (`name` is a number for tuples)."""

    base: Node
    name: str

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.base,)


@fact
class Range(Node):
    """`start..end`, `start..=end`."""

    start: Node | None
    end: Node | None
    inclusive: bool

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return _present(self.start, self.end)


@fact
class Binary(Node):
    """`left op right`."""

    left: Node
    op: str
    right: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.left, self.right)


@fact
class Unary(Node):
    """`op value`: `-`, `!`, `*`, `&`, `&mut`, `&raw const`, `&raw mut`."""

    op: str
    value: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.value,)


@fact
class Try(Node):
    """`value?`."""

    value: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.value,)


@fact
class Await(Node):
    """`value.await`."""

    value: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.value,)


@fact
class Return(Node):
    """`return value`."""

    value: Node | None

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return _present(self.value)


@fact
class Jump(Node):
    """`break value` or `continue`."""

    kind: str
    value: Node | None

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return _present(self.value)


@fact
class Cast(Node):
    """`value as type`."""

    value: Node
    type: TypeRef

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.value,)


@fact
class FieldInit(Node):
    """One field of a struct literal; `value` is a Path of the same name for the short form."""

    name: str
    value: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.value,)


@fact
class StructLiteral(Node):
    """`path { fields, ..base }`."""

    path: str
    inits: tuple[FieldInit, ...]
    base: Node | None

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return self.inits if self.base is None else (*self.inits, self.base)


@fact
class Sequence(Node):
    """`kind`: `tuple` `(a, b)`, `array` `[a, b]`, `repeat` `[a; n]` (items: value and length)."""

    kind: str
    items: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return self.items


@fact
class Opaque(Node):
    """A construct the IR has no node for; its readable sub-expressions are kept."""

    kind: str
    parts: tuple[Node, ...] = ()

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return self.parts
