"""Which lock an expression is: by the type of a field, a parameter, a variable or a static."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from bindcheck.analysis.program import Program
from bindcheck.model import (
    Arm,
    Await,
    Call,
    Cast,
    Closure,
    Const,
    FieldAccess,
    ItemRef,
    Let,
    Loop,
    Match,
    MethodCall,
    Node,
    Path,
    Struct,
    Try,
    TypeRef,
    Unary,
)
from bindcheck.model.fact import fact

LOCKS = frozenset({"Mutex", "RwLock", "FairMutex", "ReentrantMutex"})
_HOLDERS = frozenset({"Arc", "Rc", "Box", "Mutex", "RwLock", "Some"})
_SAME = frozenset(
    {
        *("clone", "as_ref", "as_mut", "borrow", "borrow_mut", "deref", "to_owned", "inner"),
        *("iter", "iter_mut", "into_iter", "enumerate", "rev", "unwrap", "expect", "get"),
        *("get_mut", "first", "last", "as_deref", "values", "values_mut", "cloned", "map_err"),
    }
)
GUARDED = frozenset({"unwrap", "expect", "map_err", "unwrap_or_else", "ok", "ok_or_else"})
"""Methods that leave the guard of a lock a guard."""
_LAZY = frozenset({"LazyLock", "Lazy", "OnceLock", "OnceCell", "GILOnceCell", "PyOnceLock"})
_POINTERS = frozenset({"Arc", "Rc", "Box", "PyRef", "PyRefMut", "Bound", "Py", "Option", "Vec"})
_STD = (("std",), ("core",), ("alloc",))
_PRELUDE = frozenset({"String", "Self"})
_VARIANT = re.compile(r"(\w+)::(\w+)\s*[({]")


@fact
class Known:
    """The type of an expression and, where it is a field, static or local lock, its name."""

    type: TypeRef
    key: str = ""


@fact
class Lock:
    """A lock: equal keys mean that two expressions may be the same lock."""

    key: str
    content: TypeRef | None


class LockTypes:
    """What a program tells about its locks."""

    def __init__(self, program: Program):
        self._program = program

    @cached_property
    def _names(self) -> frozenset[str]:
        """What locks are called, renamed imports included."""
        modules = self._program.modules.values()
        uses = (one for module in modules for one in module.uses)
        return LOCKS | {one.name for one in uses if one.path and one.path[-1] in LOCKS}

    def lock_in(self, type_: TypeRef) -> TypeRef | None:
        """The outermost lock in a type."""
        return next((part for part in type_.walk() if part.name in self._names), None)

    @cached_property
    def _statics(self) -> Mapping[str, Const]:
        modules = self._program.modules.values()
        return {one.name: one for module in modules for one in module.consts}

    @cached_property
    def _aliases(self) -> Mapping[str, TypeRef]:
        modules = self._program.modules.values()
        return {one.name: one.target for module in modules for one in module.aliases}

    @cached_property
    def _variants(self) -> Mapping[tuple[str, str], TypeRef]:
        """The first field of the crate's enum variants that hold a lock, by enum and variant."""
        return {
            (one.name, variant.name): variant.fields[0].type
            for module in self._program.modules.values()
            for one in module.enums
            for variant in one.variants
            if any(self.lock_in(field.type) is not None for field in variant.fields)
        }

    @cached_property
    def own(self) -> frozenset[str]:
        """Names of the structs and enums of the crate."""
        modules = self._program.modules.values()
        items = (one for module in modules for one in (*module.structs, *module.enums))
        return frozenset(one.name for one in items)

    def static(self, name: str) -> Known | None:
        """A static by name."""
        found = self._statics.get(name)
        return Known(found.type, name) if found is not None else None

    @cached_property
    def _fields(self) -> Mapping[str, Known]:
        """Fields with a lock whose name is that of no other field with a lock."""
        found: dict[str, list[Known]] = {}
        for module in self._program.modules.values():
            for one in module.structs:
                for field in one.fields:
                    if self.lock_in(self.plain(field.type)) is not None:
                        known = Known(field.type, f"{one.name}.{field.name}")
                        found.setdefault(field.name, []).append(known)
        return {name: known[0] for name, known in found.items() if len(known) == 1}

    def variant(self, pattern: str, owner: str) -> Known | None:
        """The first field of the innermost variant in a pattern, if it is one with a lock."""
        for enum, name in reversed(_VARIANT.findall(pattern)):
            type_ = self._variants.get((owner if enum == "Self" else enum, name))
            if type_ is not None:
                return Known(type_, f"{enum}::{name}")
        return None

    def only_field(self, name: str) -> Known | None:
        """The one field of this name that holds a lock, whatever struct it belongs to."""
        return self._fields.get(name) if not name.isdigit() else None

    def field(self, owner: Known, name: str, path: str, scope: tuple[str, ...]) -> Known | None:
        """A field of a struct."""
        type_ = pointee(self.plain(owner.type))
        ref = self._program.resolve_type(type_.path or type_.name, path, scope)
        item = self._program.struct(ref) if ref is not None else None
        if not isinstance(item, Struct):
            return None
        for one in item.fields:
            if one.name == name:
                return Known(one.type, f"{item.name}.{name}")
        return None

    def plain(self, type_: TypeRef) -> TypeRef:
        """The type behind an alias."""
        target = self._aliases.get(type_.peel().name)
        return target if target is not None else type_

    def lock(self, known: Known | None) -> Lock | None:
        """The lock that an expression is or holds.

        Locks around a type of the crate are told apart by that type, others by where they are.
        """
        found = self.lock_in(self.plain(known.type)) if known is not None else None
        if found is None or known is None:
            return None
        content = found.args[0] if found.args else None
        if content is not None and content.names() & (self.own | set(self._aliases)):
            return Lock(f"<{content.text}>", content)
        return Lock(known.key, content) if known.key else None

    def is_foreign(self, type_: TypeRef | None) -> bool:
        """Whether a type is named, and one of another crate than the standard library."""
        named = type_ is not None and type_.kind == "path" and not type_.args
        name = type_.name if type_ is not None and named else ""
        return len(name) > 1 and name[0].isupper() and name not in self.own | self._of_std

    @cached_property
    def _of_std(self) -> frozenset[str]:
        modules = self._program.modules.values()
        uses = (one for module in modules for one in module.uses)
        return _PRELUDE | {one.name for one in uses if one.path[:1] in _STD}

    def own_types(self, type_: TypeRef | None) -> Iterator[str]:
        """Names of types of the crate that a type is made of."""
        if type_ is not None:
            yield from sorted(type_.names() & self.own)


def pointee(type_: TypeRef) -> TypeRef:
    """The type behind references, smart pointers and locks."""
    target = type_.peel()
    while target.name in _POINTERS | LOCKS | _LAZY and target.args:
        target = target.args[0].peel()
    return target


class Variables:
    """The types of the variables of one function, taken in as the body is walked in order."""

    def __init__(self, types: LockTypes, program: Program, ref: ItemRef):
        self._types = types
        self._program = program
        self._ref = ref
        function = program.function(ref)
        self._scope = function.scope
        self._owner = function.owner
        self._known: dict[str, Known] = {}
        if function.receiver and function.owner:
            owner = function.owner
            self._known["self"] = Known(TypeRef(owner, name=owner, path=owner))
        for param in function.params:
            if param.type is not None and param.name:
                self._known[param.name] = Known(param.type, f"{ref.path}:{param.span.start}")

    def take(self, node: Node) -> None:
        """Note what a node binds."""
        if isinstance(node, Let) and len(node.names) == 1:
            self._bind(node.names[0], self._of_let(node))
        elif isinstance(node, Loop) and node.over is not None and len(node.names) == 1:
            self._bind(node.names[0], self.type_of(node.over))
        elif isinstance(node, Match):
            subject = self.type_of(node.subject)
            for arm in node.arms:
                self._arm(arm, subject)
        elif isinstance(node, MethodCall):
            self._closures(node)

    def _bind(self, name: str, known: Known | None) -> None:
        if known is not None:
            self._known[name] = known
        else:
            self._known.pop(name, None)

    def _of_let(self, node: Let) -> Known | None:
        written = node.type
        if written is not None and written.kind != "infer":
            return Known(written, f"{self._ref.path}:{node.span.start}")
        found = self._types.variant(node.pattern, self._owner)
        if found is None and node.value is not None:
            found = self.type_of(node.value)
        return found

    def _arm(self, arm: Arm, subject: Known | None) -> None:
        if len(arm.names) == 1:
            found = self._types.variant(arm.pattern, self._owner)
            self._bind(arm.names[0], found if found is not None else subject)

    def _closures(self, node: MethodCall) -> None:
        known = None
        for arg in node.args:
            if isinstance(arg, Closure):
                known = known or self.type_of(node.receiver)
                for param in arg.params:
                    for name in param.names if known is not None else ():
                        self._bind(name, known)

    def lock(self, node: MethodCall) -> Lock | None:
        """The lock that `x.lock()`, `x.read()` or `x.write()` takes."""
        return self._types.lock(self.type_of(node.receiver))

    def type_of(self, node: Node) -> Known | None:
        """The type of an expression, None when it is not plain to see."""
        if isinstance(node, Path):
            known = self._known.get(node.last) if len(node.segments) == 1 else None
            return known if known is not None else self._types.static(node.last)
        if isinstance(node, (Unary, Try, Await, Cast)):
            return self.type_of(node.value)
        if isinstance(node, FieldAccess):
            base = self._named(self.type_of(node.base))
            if base is None:
                return self._types.only_field(node.name)
            found = self._types.field(base, node.name, self._ref.path, self._scope)
            return found if found is not None else self._types.only_field(node.name)
        if isinstance(node, (Call, MethodCall)):
            return self._result(node)
        return None

    def _named(self, known: Known | None) -> Known | None:
        """The type of the impl where it is called `Self`: `slf: PyRef<'_, Self>`."""
        if known is None or not self._owner or pointee(known.type).name != "Self":
            return known
        return Known(TypeRef(self._owner, name=self._owner, path=self._owner), known.key)

    def _result(self, node: Call | MethodCall) -> Known | None:
        for target in self._program.callees(self._ref).get(node.span, ()):
            returns = self._program.function(target).returns
            return Known(returns, "") if self._types.lock_in(self._types.plain(returns)) else None
        if isinstance(node, MethodCall):
            return self.type_of(node.receiver) if node.method in _SAME else None
        if not isinstance(node.function, Path):
            return None
        return self._made(node, node.function)

    def _made(self, node: Call, path: Path) -> Known | None:
        owner = path.segments[-2] if len(path.segments) > 1 else path.last
        if owner in LOCKS and path.last == "new":
            key = f"{self._ref.path}:{node.span.start}"
            return Known(TypeRef(owner, name=owner, path=owner), key)
        return self.type_of(node.args[0]) if owner in _HOLDERS and node.args else None
