"""Which locks may belong to several values of a struct at once: those whose `Arc` two may have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from bindcheck.analysis.keeping.reads import Memo
from bindcheck.analysis.linking.tokens import options
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.lock_types import LockTypes, Variables, pointee
from bindcheck.model import (
    Assign,
    Block,
    Call,
    FieldAccess,
    ItemRef,
    Let,
    MethodCall,
    Node,
    Path,
    Struct,
    StructLiteral,
    TypeRef,
    Unary,
)
from bindcheck.model.fact import fact

_COUNTED = frozenset({"Arc", "Rc"})
_BORROWED = frozenset({"PyRef", "PyRefMut", "Bound", "Borrowed", "Py"})


@fact
class _Field:
    """A field of a struct; `cloned` tells that the struct as a whole may be cloned."""

    owner: str
    name: str
    cloned: bool


class LockSharing:
    """Asks the whole program whether two values of a struct may have the same lock in a field.

    If not, nobody waits for it through that field while a value is borrowed alone: neither Rust
    code nor, as PyO3 borrows like Rust, another thread of Python.
    """

    def __init__(self, program: Program, types: LockTypes):
        self._program = program
        self._types = types
        self._known: Memo[str, bool] = Memo()

    def is_shared(self, key: str) -> bool:
        """Whether `Struct.field` may be the same lock in two values of the struct."""
        return self._known.of(key, self._find, *key.split(".", 1))

    def is_owned(self, key: str) -> bool:
        """Whether the lock in `Struct.field` lies in the struct itself, not behind a pointer."""
        types = self._types_of(*key.split(".", 1))
        names = types[0].names() | self._types.plain(types[0]).names() if types else set()
        return len(types) == 1 and "&" not in types[0].text and not names & _COUNTED

    def _types_of(self, owner: str, name: str) -> list[TypeRef]:
        """The type of a field; none if several structs have its name."""
        items = [one for one in self._structs if one.name == owner]
        types = [field.type for one in items for field in one.fields if field.name == name]
        return types if len(items) == 1 and len(types) == 1 else []

    def _find(self, owner: str, name: str) -> bool:
        types = self._types_of(owner, name)
        if not types:
            return True
        names = types[0].names() | self._types.plain(types[0]).names()
        if not names & _COUNTED:
            return False
        field = _Field(owner, name, self._is_clone(owner))
        if field.cloned and self._is_taken(owner):
            return True
        return any(self._hands_on(ref, field) for ref in self._functions)

    @cached_property
    def _structs(self) -> tuple[Struct, ...]:
        return tuple(one for module in self._program.modules.values() for one in module.structs)

    @cached_property
    def _functions(self) -> tuple[ItemRef, ...]:
        return tuple(
            ItemRef(path, index)
            for path, module in self._program.modules.items()
            for index, function in enumerate(module.functions)
            if self._program.active(function.cfg, path)
        )

    def _is_clone(self, name: str) -> bool:
        derived = (one for item in self._structs if item.name == name for one in item.attrs)
        impls = (one for module in self._program.modules.values() for one in module.impls)
        return any(
            one.path == "derive" and "Clone" in options(one.tokens) for one in derived
        ) or any(one.name == name and one.trait == "Clone" for one in impls)

    def _is_taken(self, owner: str) -> bool:
        """Whether PyO3 clones the struct for a binding, or it is part of another that is cloned."""
        params = (
            param.type
            for ref in self._functions
            if self._program.entry(ref) is not None
            for param in self._program.function(ref).params
        )
        if any(type_ is not None and _owns(type_, owner) for type_ in params):
            return True
        return any(
            _owns(field.type, owner) and self._is_clone(one.name)
            for one in self._structs
            for field in one.fields
        )

    # --- bodies -----------------------------------------------------------------------------------

    def _hands_on(self, ref: ItemRef, field: _Field) -> bool:
        words = (b"clone", field.name.encode())
        if not self._program.mentions(ref, words):
            return False
        body = self._program.body(ref)
        variables = Variables(self._types, self._program, ref)
        made: dict[str, Node] = {}
        given = {one for param in self._program.function(ref).params for one in param.names}
        for node in body.walk() if body is not None else ():
            variables.take(node)
            if isinstance(node, Let) and len(node.names) == 1 and node.value is not None:
                made[node.names[0]] = node.value
            copied = _copied(node) if field.cloned else None
            if copied is not None and self._clones(ref, copied, variables, field):
                return True
            if any(_is_given(value, given, made) for value in self._put(ref, node, field)):
                return True
        return False

    def _clones(self, ref: ItemRef, copied: Node, variables: Variables, field: _Field) -> bool:
        """Whether what is cloned is a value that has the field, and that lives on."""
        known = variables.type_of(copied)
        if known is None or pointee(known.type).name != field.owner:
            return False
        own = isinstance(copied, Path) and copied.segments == ("self",)
        return not own or self._is_kept(ref)

    def _is_kept(self, ref: ItemRef) -> bool:
        """Whether a method that clones `self` is called on a value that lives on."""
        if self._program.entry(ref) is not None:
            return True
        name = self._program.function(ref).name.encode()
        for other in self._functions:
            body = self._program.body(other) if self._program.mentions(other, (name,)) else None
            if body is not None and self._calls_kept(other, body, ref):
                return True
        return False

    def _calls_kept(self, other: ItemRef, body: Block, ref: ItemRef) -> bool:
        callees = self._program.callees(other)
        return any(
            isinstance(node, (Call, MethodCall))
            and ref in callees.get(node.span, ())
            and not (isinstance(node, MethodCall) and isinstance(node.receiver, Call))
            for node in body.walk()
        )

    def _put(self, ref: ItemRef, node: Node, field: _Field) -> Iterator[Node | None]:
        """What becomes the field where a value is made or changed."""
        if isinstance(node, Assign) and isinstance(node.target, FieldAccess):
            if node.target.name == field.name:
                yield node.value
        elif isinstance(node, StructLiteral):
            name = node.path.rsplit("::", 1)[-1]
            owner = self._program.function(ref).owner if name == "Self" else name
            if owner == field.owner:
                yield from (one.value for one in node.inits if one.name == field.name)
                if node.base is not None:
                    yield node.base


def _owns(type_: TypeRef, name: str) -> bool:
    """Whether a type has the struct by value, perhaps in a collection."""
    return (
        not any(part.kind == "ref" or part.name in _BORROWED for part in type_.walk())
        and name in type_.names()
    )


def _copied(node: Node) -> Node | None:
    """What `x.clone()`, `Arc::clone(&x)` or `x.to_owned()` clones."""
    if isinstance(node, MethodCall):
        return node.receiver if node.method in ("clone", "to_owned") else None
    if isinstance(node, Call) and isinstance(node.function, Path) and len(node.args) == 1:
        arg = node.args[0]
        if node.function.last == "clone":
            return arg.value if isinstance(arg, Unary) else arg
    return None


def _is_given(value: Node | None, given: set[str], made: Mapping[str, Node]) -> bool:
    """Whether a value comes from a parameter, or is a clone."""
    if not isinstance(value, Path):
        return value is None or any(one is not None for one in map(_copied, value.walk()))
    if value.last in made:
        return _is_given(made[value.last], given - {value.last}, {})
    return value.last in given
