"""Where a core puts each output in the one buffer that it fills: read from how it cuts the buffer.

A buffer is cut into parts of one row (`chunks_mut(cols)`, `split_at_mut(cols)`) inside parts of one
combination (`chunks_mut(3 * cols)`), or into parts of all rows (`split_at_mut(rows * cols)`). The
variables that hold the parts name the outputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Listed
from dataclasses import replace
from typing import TypeGuard

from bindcheck.analysis.cores.shapes import normal
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.buffers import ALL, part_key
from bindcheck.generate.context import Facts
from bindcheck.generate.grid import Held
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    Binary,
    Block,
    Call,
    Cast,
    CoreApi,
    CoreFunction,
    Index,
    Let,
    Literal,
    MethodCall,
    Node,
    Path,
    Sequence,
    Try,
    Unary,
)

_CHUNKS = frozenset({"chunks_mut", "chunks_exact_mut", "par_chunks_mut", "par_chunks_exact_mut"})
_PEELED = frozenset({"unwrap", "expect", "ok_or", "ok_or_else"})
_BARE = frozenset(
    {
        "out",
        "dst",
        "output",
        "buf",
        "mu",
        "row",
        "rows",
        "block",
        "chunk",
        "slice",
        "part",
        "values",
    }
)
"""Words of a variable that do not say which output it is."""

_ROW, _ALL = ("cols",), ("cols", "rows")

Size = tuple[int, tuple[str, ...]] | None
"""A number, and what it is multiplied with; None for what is not known."""

Cut = tuple[tuple[str, ...], Node, Size]
"""The variables of parts in order, what they are cut from, and the size of each."""


@fact
class Layout:
    """The outputs in the order of their parts; `by_row`: all parts of one combination together."""

    order: tuple[str, ...]
    by_row: bool


def layout_of(program: Program, core: CoreApi, function: CoreFunction) -> Layout:
    """The layout of the buffer that a function fills; Lacking where the body does not tell."""
    body = program.body(function.ref)
    if body is None:
        raise Lacking(f"the body of `{function.name}`")
    found = {(parts, by_row) for parts, by_row in _Cuts(program, core, function, body).all()}
    orders = {(_named(core, function, parts), by_row) for parts, by_row in found}
    if len(orders) != 1:
        several = ": it cuts it in several ways" if orders else ""
        raise Lacking(f"where in its one buffer `{function.name}` puts each output{several}")
    return Layout(*orders.pop())


def parted(facts: Facts, items: Iterable[Held]) -> tuple[Held, ...]:
    """Entries of a kept result, those that show a part of one buffer by the output in it."""
    function = facts.core.batch_inner_into
    found = []
    for one in items:
        part = one.output.startswith(ALL) and one.output != ALL
        if part and function is not None:
            layout = layout_of(facts.program, facts.core, function)
            named = {
                part_key(at, by_row=layout.by_row): name for at, name in enumerate(layout.order)
            }
            if one.output not in named:
                raise Lacking(f"which output is under {one.key!r}")
            one = replace(one, output=named[one.output])
        found.append(one)
    return tuple(found)


def _named(core: CoreApi, function: CoreFunction, parts: Listed[str]) -> tuple[str, ...]:
    """The output that each part is for, by the names of the variables."""
    names = [one.name for one in core.outputs]
    found = [_output(part, names) for part in parts]
    if sorted(filter(None, found)) != sorted(names):
        listed = ", ".join(f"`{part}`" for part in parts)
        raise Lacking(
            f"which output each of the parts {listed} of the buffer in `{function.name}` is"
        )
    return tuple(name for name in found if name)


def _output(part: str, names: Listed[str]) -> str | None:
    """The only output that a variable is called after, wholly or by its beginning."""
    bare = "".join(word for word in part.split("_") if word not in _BARE)
    exact = [name for name in names if normal(name) == normal(bare)]
    begun = [name for name in names if bare and normal(name).startswith(normal(bare))]
    near = exact or begun
    return near[0] if len(near) == 1 else None


class _Cuts:
    """How a body cuts its buffer."""

    def __init__(self, program: Program, core: CoreApi, function: CoreFunction, body: Block):
        self.body = body
        self.count = len(core.outputs)
        self.consts = {one.name: one.value for one in program.modules[function.ref.path].consts}
        params = program.function(function.ref).params
        roles = dict(zip((one.name for one in params), function.roles, strict=True))
        self.series = {name for name, role in roles.items() if role.startswith("series:")}
        self.combos = {name for name, role in roles.items() if role == "combos"}
        self.buffers = {name for name, role in roles.items() if role == "out:*"}
        self.expand = core.expand_grid.name if core.expand_grid is not None else ""
        self.lets: dict[str, Node | None] = {}
        self._read_variables()

    def _read_variables(self) -> None:
        for node in self.body.walk():
            if not isinstance(node, Let) or len(node.names) != 1 or node.value is None:
                continue
            name = node.names[0]
            # A name that stands for several values stands for none.
            self.lets[name] = None if name in self.lets or node.mutable else node.value
            if self._is_buffer(node.value):
                self.buffers.add(name)
            if _calls(node.value, self.expand):
                self.combos.add(name)

    def _is_buffer(self, node: Node | None) -> bool:
        """The buffer as a whole, under another name or seen as another type."""
        if isinstance(node, Block):
            return bool(node.statements) and self._is_buffer(node.statements[-1])
        if isinstance(node, Unary | Cast):
            return self._is_buffer(node.value)
        if isinstance(node, Call) and isinstance(node.function, Path):
            seen = node.function.last == "from_raw_parts_mut" and node.args
            return bool(seen) and any(
                isinstance(one, Path) and one.last in self.buffers for one in node.args[0].walk()
            )
        return isinstance(node, Path) and len(node.segments) == 1 and node.last in self.buffers

    # --- sizes -------------------------------------------------------------------------------

    def size(self, node: Node | None) -> Size:
        """A product as its number and what else is in it: `cols`, `rows`."""
        if isinstance(node, Literal):
            text = node.text.removesuffix("usize").replace("_", "")
            return (int(text), ()) if text.isdigit() else None
        if isinstance(node, Try):
            return self.size(node.value)
        if isinstance(node, Path):
            return self._variable(node.last)
        if isinstance(node, MethodCall):
            return self._method(node)
        if isinstance(node, Binary) and node.op == "*":
            return _product(self.size(node.left), self.size(node.right))
        return None

    def _variable(self, name: str) -> Size:
        if self.lets.get(name) is not None:
            return self.size(self.lets[name])
        text = self.consts.get(name, "").removesuffix("usize")
        return (int(text), ()) if name not in self.lets and text.isdigit() else None

    def _method(self, node: MethodCall) -> Size:
        if node.method in _PEELED:
            return self.size(node.receiver)
        if node.method == "checked_mul" and len(node.args) == 1:
            return _product(self.size(node.receiver), self.size(node.args[0]))
        named = node.receiver.last if isinstance(node.receiver, Path) else ""
        if node.method == "len" and named in self.series:
            return 1, ("cols",)
        return (1, ("rows",)) if node.method == "len" and named in self.combos else None

    # --- cuts --------------------------------------------------------------------------------

    def all(self) -> Iterator[tuple[tuple[str, ...], bool]]:
        """The variables of the parts in order, and whether those of one row are together."""
        for block in self.body.walk():
            if not isinstance(block, Block):
                continue
            for parts, cut, size in (*self._taken(block), *self._split(block)):
                if len(parts) == self.count and size == (1, _ALL) and self._is_buffer(cut):
                    yield parts, False
                if len(parts) == self.count and size == (1, _ROW) and self._is_row(cut):
                    yield parts, True

    def _is_row(self, cut: Node) -> bool:
        """Whether what is cut is the part of one combination, or rows are taken one by one."""
        if isinstance(cut, Index):
            return self._is_buffer(cut.base)
        if self._is_buffer(cut):
            return True
        # What a closure or a loop gives it, out of the whole buffer.
        named = isinstance(cut, Path) and len(cut.segments) == 1 and cut.last not in self.lets
        return named and any(
            isinstance(node, MethodCall)
            and node.method in _CHUNKS
            and len(node.args) == 1
            and self._is_buffer(node.receiver)
            and self.size(node.args[0]) == (self.count, _ROW)
            for node in self.body.walk()
        )

    def _taken(self, block: Block) -> Iterator[Cut]:
        """`let a = rows.next().unwrap(); let b = rows.next().unwrap();`, by iterator."""
        taken: dict[str, list[str]] = {}
        for one in block.statements:
            source = _next_of(one.value) if isinstance(one, Let) else ""
            if source and isinstance(one, Let) and len(one.names) == 1:
                taken.setdefault(source, []).append(one.names[0])
        for source, parts in taken.items():
            made = {
                (node.value.receiver, self.size(node.value.args[0]))
                for node in self.body.walk()
                if isinstance(node, Let)
                and node.names == (source,)
                and isinstance(node.value, MethodCall)
                and node.value.method in _CHUNKS
                and len(node.value.args) == 1
            }
            for receiver, size in made:
                yield tuple(parts), receiver, size

    def _split(self, block: Block) -> Iterator[Cut]:
        """`let (a, rest) = row.split_at_mut(cols); let (b, c) = rest.split_at_mut(cols);`."""
        parts: list[str] = []
        cut: Node = block
        sizes: set[Size] = set()
        for one in block.statements:
            value = one.value if isinstance(one, Let) else None
            if not isinstance(one, Let) or len(one.names) != 2 or not _splits(value):
                continue
            if parts and _root(value.receiver) == parts[-1]:
                parts.pop()
            else:
                parts, cut, sizes = [], value.receiver, set()
            parts += one.names
            sizes.add(self.size(value.args[0]))
        if parts and len(sizes) == 1:
            yield self._renamed(block, tuple(parts)), cut, sizes.pop()

    def _renamed(self, block: Block, parts: tuple[str, ...]) -> tuple[str, ...]:
        """The variables that a block hands its parts to: `let (up, down) = { .. (a, b) };`."""
        tail = block.statements[-1]
        given = [one.last if isinstance(one, Path) else "" for one in tail.children()]
        if not isinstance(tail, Sequence) or tuple(given) != parts:
            return parts
        for node in self.body.walk():
            if isinstance(node, Let) and node.value is block and len(node.names) == len(parts):
                return node.names
        return parts


def _product(left: Size, right: Size) -> Size:
    if left is None or right is None:
        return None
    return left[0] * right[0], tuple(sorted((*left[1], *right[1])))


def _calls(node: Node, name: str) -> bool:
    """Whether an expression is a call of a function or method of a name."""
    while isinstance(node, Try):
        node = node.value
    if isinstance(node, MethodCall):
        return bool(name) and node.method == name
    called = node.function if isinstance(node, Call) else None
    return bool(name) and isinstance(called, Path) and called.last == name


def _next_of(value: Node | None) -> str:
    """`rows` for `rows.next().unwrap()`."""
    while isinstance(value, Try) or (isinstance(value, MethodCall) and value.method in _PEELED):
        value = value.value if isinstance(value, Try) else value.receiver
    if isinstance(value, MethodCall) and value.method == "next":
        return _root(value.receiver)
    return ""


def _splits(value: Node | None) -> TypeGuard[MethodCall]:
    return isinstance(value, MethodCall) and value.method == "split_at_mut" and len(value.args) == 1


def _root(node: Node) -> str:
    return node.last if isinstance(node, Path) else ""
