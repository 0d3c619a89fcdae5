"""Types of other crates whose values run Python code that this crate has put into them.

A query that was made with a Python function runs it wherever the library works on the query: behind
a method that says nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bindcheck.analysis.keeping.reads import KeptProperty, Memo
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.effects import Act
from bindcheck.analysis.threads.lock_types import GUARDED, LockTypes
from bindcheck.model import (
    Call,
    FieldAccess,
    Function,
    ItemRef,
    MethodCall,
    Node,
    Path,
    Struct,
    Try,
    TypeRef,
    Unary,
)

_OBJECTS = frozenset({"Py", "PyObject"})
_READS = frozenset(
    {
        *("clone", "cloned", "as_ref", "as_mut", "borrow", "deref", "deref_mut", "len", "is_empty"),
        *("name", "to_owned", "into", "iter", "get", "eq", "hash", "fmt", "drop", "is_some"),
    }
)
"""Methods that look at a value or copy it: no library runs anything for them."""
_DEEPEST = 3


class Carriers:
    """Asks which foreign types behind locks may hold Python code, and which calls may run it."""

    def __init__(self, program: Program, types: LockTypes):
        self._program = program
        self._types = types
        self._known: Memo[str, bool] = Memo()

    def acts(self, type_: TypeRef | None, *, released: bool) -> tuple[tuple[Act, str], ...]:
        """What may be done with a guarded value, and by which method (empty: by any).

        Who lets go of the interpreter (`released`) for the next item of an iterator of another
        crate waits for it: nobody would, if it were there.
        """
        if self.carries(type_):
            return ((Act.PYTHON, ""),)
        return ((Act.WAIT, "next"),) if released and self._types.is_foreign(type_) else ()

    def carries(self, type_: TypeRef | None) -> bool:
        """Whether the values of a type of another crate may hold Python code."""
        if type_ is None or type_.kind != "path" or type_.args:
            return False
        return self._carries(type_.name, 0)

    def _carries(self, name: str, depth: int) -> bool:
        if not name or depth > _DEEPEST or name in self._types.own:
            return False
        return self._known.cyclic(name, False, self._find, name, depth)

    def _find(self, name: str, depth: int) -> bool:
        return any(self._is_given_code(ref, name) for ref in self._taking_objects) or any(
            self._is_given_carrier(ref, field, depth)
            for field, owner in self._holders.get(name, ())
            for ref in self._methods_of(owner)
        )

    # --- code that is given to a type itself ------------------------------------------------------

    @KeptProperty
    def _taking_objects(self) -> tuple[ItemRef, ...]:
        """Functions of the crate that own Python objects of which they are handed."""
        return tuple(
            ItemRef(path, index)
            for path, module in self._program.modules.items()
            if self._program.in_crate(path)
            for index, one in enumerate(module.functions)
            if _owned_objects(one) and self._program.active(one.cfg, path)
        )

    def _is_given_code(self, ref: ItemRef, name: str) -> bool:
        """`Query::with_function(callback)` of an object that the function was handed."""
        if not self._program.mentions(ref, (f"{name}::".encode(),)):
            return False
        objects = _owned_objects(self._program.function(ref))
        body = self._program.body(ref)
        return any(
            isinstance(node, Call)
            and isinstance(node.function, Path)
            and node.function.segments[-2:-1] == (name,)
            and _mentions_one(node.args, objects)
            for node in (body.walk() if body is not None else ())
        )

    # --- values of such types that are given to another one ---------------------------------------

    @KeptProperty
    def _holders(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """Fields of the crate's structs with a lock, and the struct, by the type it guards."""
        found: dict[str, tuple[tuple[str, str], ...]] = {}
        for module in self._program.modules.values():
            for one in module.structs:
                for field, content in self._guarded(one):
                    found[content] = (*found.get(content, ()), (field, one.name))
        return found

    def _guarded(self, struct: Struct) -> Iterator[tuple[str, str]]:
        for field in struct.fields:
            lock = self._types.lock_in(self._types.plain(field.type))
            if lock is not None and lock.args:
                yield field.name, lock.args[0].name

    def _methods_of(self, owner: str) -> Iterator[ItemRef]:
        for path, module in self._program.modules.items():
            for index, one in enumerate(module.functions):
                if one.owner == owner and one.receiver and one.params:
                    yield ItemRef(path, index)

    def _is_given_carrier(self, ref: ItemRef, field: str, depth: int) -> bool:
        """`self.field.write().register(query)`, where the query is one that carries code."""
        function = self._program.function(ref)
        given = {
            param.name
            for param in function.params
            if param.type is not None
            and any(
                self._carries(content, depth + 1)
                for name in param.type.names() - {function.owner}
                for content in self._contents.get(name, ())
            )
        }
        body = self._program.body(ref) if given else None
        return any(
            isinstance(node, MethodCall)
            and _is_on_field(node.receiver, field)
            and _mentions_one(node.args, given)
            for node in (body.walk() if body is not None else ())
        )

    @KeptProperty
    def _contents(self) -> Mapping[str, tuple[str, ...]]:
        """What the locks in the fields of each struct of the crate guard."""
        return {
            one.name: tuple(content for _, content in self._guarded(one))
            for module in self._program.modules.values()
            for one in module.structs
        }


def run_on(node: Node, taken: MethodCall, names: tuple[str, ...]) -> str:
    """The method of the guarded value that a node calls, if it may run what that holds.

    `taken` is the call that takes the lock, `names` are those of its guard. Methods that only look
    run nothing.
    """
    if not isinstance(node, MethodCall) or node.method in _READS | GUARDED:
        return ""
    inner = node.receiver
    while isinstance(inner, (Unary, Try)) or (
        isinstance(inner, MethodCall) and inner is not taken and inner.method in GUARDED
    ):
        inner = inner.receiver if isinstance(inner, MethodCall) else inner.value
    guard = inner is taken or (isinstance(inner, Path) and inner.segments[0] in names)
    return node.method if guard else ""


def _owned_objects(function: Function) -> set[str]:
    """The parameters that are Python objects of any class, and the function's own from then on."""
    return {
        param.name
        for param in function.params
        if param.type is not None and param.type.kind == "path" and _is_any(param.type)
    }


def _is_any(type_: TypeRef) -> bool:
    return type_.name in _OBJECTS and all(one.name == "PyAny" for one in type_.args)


def _mentions_one(nodes: tuple[Node, ...], names: set[str]) -> bool:
    return any(
        isinstance(one, Path) and len(one.segments) == 1 and one.last in names
        for node in nodes
        for one in node.walk()
    )


def _is_on_field(node: Node, field: str) -> bool:
    """`self.field.write().unwrap()`."""
    while isinstance(node, (MethodCall, Try, Unary)):
        node = node.receiver if isinstance(node, MethodCall) else node.value
    return isinstance(node, FieldAccess) and node.name == field
