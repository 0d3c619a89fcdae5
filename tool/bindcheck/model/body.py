"""The body IR: what a function does, every node with its span."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING

from bindcheck.model.source import NOWHERE, Attribute, Cfg, Span, TypeRef

if TYPE_CHECKING:
    from bindcheck.model.items import Function, Use


@dataclass(frozen=True, slots=True)
class Node:
    """Base of the body IR. Every node knows where it stands."""

    span: Span

    def children(self) -> Iterator[Node]:
        """Direct sub-nodes in source order."""
        for name in _child_fields(type(self)):  # type: ignore[arg-type]  # it sees the instance's hash
            value = getattr(self, name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                for item in value:
                    if isinstance(item, Node):
                        yield item

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in source order."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(tuple(node.children())))


@cache
def _child_fields(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind) if one.name != "span")


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """`kind`: `int`, `float`, `str`, `char`, `bool`; `text` as written, strings without quotes."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`function(args)`; `function` is a Path for named functions and constructors."""

    function: Node
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MethodCall(Node):
    """`receiver.method::<turbofish>(args)`; `name_span` is the method's name alone."""

    receiver: Node
    method: str
    args: tuple[Node, ...]
    turbofish: tuple[TypeRef, ...] = ()
    name_span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class MacroCall(Node):
    """`path!(..)`. `args` are the expressions or statements that the tokens read as.

    `parsed` is false when they read as neither; `tokens` is the text between the delimiters.
    """

    path: str
    args: tuple[Node, ...]
    tokens: str
    parsed: bool


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter. `name` is empty for a pattern; `names` has all that it binds."""

    name: str
    names: tuple[str, ...]
    type: TypeRef | None
    span: Span
    attrs: tuple[Attribute, ...] = ()
    mutable: bool = False


@dataclass(frozen=True, slots=True)
class Closure(Node):
    """`move |params| body`."""

    params: tuple[Param, ...]
    body: Node
    move: bool = False


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Assign(Node):
    """`target = value`, or `target op= value`."""

    target: Node
    op: str
    value: Node


@dataclass(frozen=True, slots=True)
class Loop(Node):
    """`for pattern in over`, `while over` (the condition) or `loop` (`over` is None)."""

    kind: str
    names: tuple[str, ...]
    over: Node | None
    body: Node


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if condition { then } else { otherwise }`; `if let` has a Let as (part of) its condition."""

    condition: Node
    then: Node
    otherwise: Node | None


@dataclass(frozen=True, slots=True)
class Arm(Node):
    """One arm of a `match`: pattern text, the names it binds, guard and body."""

    pattern: str
    names: tuple[str, ...]
    guard: Node | None
    body: Node
    cfg: tuple[Cfg, ...] = ()


@dataclass(frozen=True, slots=True)
class Match(Node):
    """`match subject { arms }`."""

    subject: Node
    arms: tuple[Arm, ...]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Gated(Node):
    """A statement or expression under `#[cfg(..)]`."""

    cfg: tuple[Cfg, ...]
    inner: Node


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`base[index]`; a Range as index is a slicing."""

    base: Node
    index: Node


@dataclass(frozen=True, slots=True)
class FieldAccess(Node):
    """`base.name` (`name` is a number for tuples)."""

    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Range(Node):
    """`start..end`, `start..=end`."""

    start: Node | None
    end: Node | None
    inclusive: bool


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """`left op right`."""

    left: Node
    op: str
    right: Node


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`op value`: `-`, `!`, `*`, `&`, `&mut`, `&raw const`, `&raw mut`."""

    op: str
    value: Node


@dataclass(frozen=True, slots=True)
class Try(Node):
    """`value?`."""

    value: Node


@dataclass(frozen=True, slots=True)
class Await(Node):
    """`value.await`."""

    value: Node


@dataclass(frozen=True, slots=True)
class Return(Node):
    """`return value`."""

    value: Node | None


@dataclass(frozen=True, slots=True)
class Jump(Node):
    """`break value` or `continue`."""

    kind: str
    value: Node | None


@dataclass(frozen=True, slots=True)
class Cast(Node):
    """`value as type`."""

    value: Node
    type: TypeRef


@dataclass(frozen=True, slots=True)
class FieldInit(Node):
    """One field of a struct literal; `value` is a Path of the same name for the short form."""

    name: str
    value: Node


@dataclass(frozen=True, slots=True)
class StructLiteral(Node):
    """`path { fields, ..base }`."""

    path: str
    inits: tuple[FieldInit, ...]
    base: Node | None


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """`kind`: `tuple` `(a, b)`, `array` `[a, b]`, `repeat` `[a; n]` (items: value and length)."""

    kind: str
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Opaque(Node):
    """A construct the IR has no node for; its readable sub-expressions are kept."""

    kind: str
    parts: tuple[Node, ...] = ()
