"""Reads how a body makes matrices: their memory, what it starts with, and their shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bindcheck.fact import fact
from bindcheck.generate.held.same import methods, sizes
from bindcheck.generate.held.same.reader import Reader
from bindcheck.generate.held.same.scopes import Scope
from bindcheck.generate.held.same.terms import ANY, ZERO, Term
from bindcheck.generate.held.steps import Filling
from bindcheck.model import Cast, Closure, ItemRef, MethodCall, Node, Path

_ARRAYS = ("PyArray1", "PyArray2")
_MOVES = frozenset(
    {
        *("from_array", "from_array_bound", "from_owned_array", "from_owned_array_bound"),
        *("from_slice", "from_slice_bound", "from_vec", "from_vec_bound"),
    }
)
_NEW = frozenset({"new", "new_bound"})
_ZEROS = frozenset({"zeros", "zeros_bound"})
_RESHAPES = frozenset({"into_shape", "into_shape_with_order", "reshape"})
_FAILS = frozenset({"ok_or", "ok_or_else"})
_PANICS = frozenset({"expect", "unwrap"})
_WRITES = frozenset({"as_array_mut", "as_mut", "as_slice_mut", "data"})
_POINTS = frozenset({"as_mut_ptr", "cast", "data"})

NAN: Term = ("path", "f64", "NAN")
_NANS = (NAN, ("path", "f32", "NAN"), ("path", "NAN"))


@dataclass(slots=True)
class Matrices(Reader):
    """Reads matrices of numbers, row after row: `("shaped", dims, numbers)` inside of an array.

    `warmers` are functions that write nothing but NaN into memory which they are given. `running`:
    the core has been called.
    """

    warmers: frozenset[str] = frozenset()
    running: bool = False

    # --- statements --------------------------------------------------------------------------

    def statement(self, node: Node, scope: Scope) -> Term:
        """What a statement gives; one that only writes NaN before the core does leaves no trace.

        The new body, or the core, does the same.
        """
        memory = {} if self.running else dict(_memory_in(scope))
        if not memory:
            return Reader.statement(self, node, scope)
        filling = Filling(frozenset(memory), frozenset(_nans_in(scope)), self.warmers)
        whole = isinstance(node, MethodCall) and isinstance(node.receiver, Path)
        if whole or not filling.only(node):
            return Reader.statement(self, node, scope)
        for one in node.walk():
            if isinstance(one, Path) and one.last in memory:
                number = memory[one.last]
                self.memory[number] = started(self.memory[number])
        return ("unit",)

    # --- numbers -----------------------------------------------------------------------------

    def combined(self, op: str, left: Term, right: Term) -> Term:
        """`left op right`: a product of numbers of rows and columns has one form."""
        made = sizes.product(left, right) if op == "*" else None
        return made if made is not None else Reader.combined(self, op, left, right)

    def _counted(self, node: MethodCall, receiver: Term, scope: Scope) -> Term | None:
        """A method of a number of elements; None for others."""
        if receiver[0] == "checked":
            return self._checked(node, receiver, scope)
        if sizes.number(receiver) is None or not node.method.endswith("_mul"):
            return None
        return sizes.multiplied(node.method, receiver, self._given(node, scope))

    def _checked(self, node: MethodCall, receiver: Term, scope: Scope) -> Term | None:
        only = node.args[0] if len(node.args) == 1 else None
        if node.method in _FAILS:
            return ("result", sizes.TOO_LARGE, (), receiver[1])
        if node.method in _PANICS:
            return tuple(receiver[1])
        if not isinstance(only, Closure):
            return None
        if node.method == "and_then":
            made = self.applied(only, (receiver[1],), scope)
            return made if made[0] == "checked" else None
        limited = node.method == "filter" and sizes.is_limit(self.value(only, scope))
        return receiver if limited else None

    # --- memory ------------------------------------------------------------------------------

    def _made(self, path: Path, args: tuple[Term, ...]) -> Term | None:
        kind, name = "".join(path.segments[-2:-1]), path.last
        if kind in _ARRAYS and name in _NEW | _ZEROS and len(args) == 3:
            return self._reserved(args, ZERO if name in _ZEROS else ANY)
        if kind in _ARRAYS and name in _MOVES and len(args) == 2:
            return array(args[1])
        if name == "from_shape_vec" and len(args) == 2:
            return shaped(args[0], args[1])
        if name == "from_raw_parts_mut" and len(args) == 2 and args[0][0] == "memory":
            return args[0] if self._is_all(args[0], args[1]) else None
        if path.segments[-2:] == ("Vec", "from_raw_parts") and args[0][0] == "memory":
            held = ("capacity", args[0][1])
            return args[0] if args[2] == held and self._is_all(args[0], args[1]) else None
        if path.segments[-2:] == ("ManuallyDrop", "new") and args[0][0] == "memory":
            return args[0]
        if path.segments[-2:] == ("MaybeUninit", "new") and len(args) == 1:
            return args[0]
        if path.segments[-2:] == ("iter", "repeat") and len(args) == 1:
            return ("repeat", *args)
        return Reader._made(self, path, args)

    def _is_all(self, memory: Term, size: Term) -> bool:
        return (sizes.number(size) or size) == self.sizes[memory[1]]

    def uninit(self, ref: ItemRef | None, args: tuple[Term, ...]) -> Term | None:
        """What a function gives that takes rows and columns, and gives memory for them."""
        function = self.naming.program.function(ref) if ref is not None else None
        if function is None or len(args) != 2 or function.returns.name != "Vec":
            return None
        counts = all(one.type is not None and one.type.text == "usize" for one in function.params)
        fresh = function.returns.args[0].name == "MaybeUninit" and len(function.params) == 2
        return self.reserve(ANY, sizes.elements(args)) if counts and fresh else None

    def _reserved(self, args: tuple[Term, ...], fill: Term) -> Term | None:
        """`new(py, [rows, cols], false)`: memory for a matrix, row after row."""
        shape = sizes.dims(args[1]) or (sizes.number(args[1]) or args[1],)
        if args[2] != ("literal", "bool", "false"):
            return None
        memory = self.reserve(fill, sizes.elements(shape))
        return ("array", ("shaped", shape, memory) if len(shape) > 1 else memory)

    def pointed(self, node: Cast, value: Term) -> Term | None:
        """A pointer to memory is one to the same memory, whatever its type."""
        pointer = node.type.text.startswith("*mut") or node.type.text == "usize"
        return value if pointer and value[0] == "memory" else None

    def _same(self, node: MethodCall, receiver: Term, scope: Scope) -> Term | None:
        counted = self._counted(node, receiver, scope)
        if counted is not None:
            return counted
        if receiver[0] == "memory" and node.method in _POINTS:
            return receiver
        if receiver[0] == "memory" and node.method == "capacity":
            return ("capacity", receiver[1])
        if receiver[0] == "array":
            return self._of_array(node, receiver, scope)
        return Reader._same(self, node, receiver, scope)

    def _of_array(self, node: MethodCall, receiver: Term, scope: Scope) -> Term | None:
        """A method of a matrix."""
        inner = flat(receiver)
        if node.method in _RESHAPES and len(node.args) == 1:
            return shaped(self.value(node.args[0], scope), receiver)
        if (
            node.method in ("as_array_mut", "as_mut", "as_slice_mut", "data")
            and inner[0] == "memory"
        ):
            return inner
        if methods.shows(node.method):
            return receiver
        return Reader._same(self, node, receiver, scope)


def array(values: Term) -> Term:
    """Values as an array."""
    return values if values[0] == "array" else ("array", values)


def flat(one: Term) -> Term:
    """The numbers of an array, whatever its shape."""
    inner: Term = one[1] if one[0] == "array" else one
    return inner[2] if inner[0] == "shaped" else inner


def shaped(shape: Term, values: Term) -> Term | None:
    """Numbers in a shape, row after row; None where the shape is not known."""
    found = sizes.dims(shape)
    if found is None:
        return None
    return ("array", ("shaped", found, flat(values)) if len(found) > 1 else flat(values))


def started(held: Term) -> Term:
    """Memory that NaN has been written into, here and there."""
    return held if held[:1] == ("started",) else ("started", held)


@fact
class Start:
    """What memory starts with: `fill` everywhere, but for `some` NaN; and how much there is."""

    fill: Term
    some: bool
    size: Term

    @property
    def warm(self) -> bool:
        """Whether there is any NaN."""
        return self.some or self.fill in _NANS

    @property
    def known(self) -> bool:
        """Whether there is nothing in it but NaN, or zeros, or what happened to be there."""
        return self.fill in (ANY, ZERO, *_NANS)

    @classmethod
    def of(cls, held: Term) -> Start | None:
        """What is in memory before the core writes it; None where it is not known."""
        some = held[:1] == ("started",)
        filled: Term = held[1] if some else held
        if filled[:1] != ("filled",):
            return None
        return cls(filled[1], some, sizes.number(filled[2]) or filled[2])


def _memory_in(scope: Scope) -> Iterator[tuple[str, int]]:
    for name in scope.names():
        value = scope.get(name) or ()
        if value[:1] == ("memory",):
            yield name, value[1]


def _nans_in(scope: Scope) -> Iterator[str]:
    return (name for name in scope.names() if scope.get(name) in _NANS)
