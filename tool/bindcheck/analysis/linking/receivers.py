"""Light inference of the types of expressions: enough to tell whose method is called.

Nothing is unified or inferred backwards. A type is what is written: of `self`, of a parameter, of
a field, behind `let x: T`, in a struct literal, or as the result of a crate function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bindcheck.analysis.linking.names import Names
from bindcheck.model import (
    Await,
    Call,
    Cast,
    FieldAccess,
    Function,
    ItemRef,
    MethodCall,
    Node,
    Path,
    Struct,
    StructLiteral,
    Try,
    TypeRef,
    Unary,
    Use,
)
from bindcheck.model.fact import fact, replace

_SAME = frozenset(
    [
        "as_mut",
        "as_ref",
        "as_deref",
        "as_deref_mut",
        "borrow",
        "borrow_mut",
        "by_ref",
        "clone",
        "cloned",
        "copied",
        "deref",
        "deref_mut",
        "inspect_err",
        "into_inner",
        "lock",
        "map_err",
        "or",
        "or_else",
        "to_owned",
        "unbind",
        "write",
        "read",
    ]
)
_INNER = frozenset(["unwrap", "expect", "unwrap_or", "unwrap_or_else", "unwrap_or_default"])
_FALLIBLE = ("Result", "Option", "PyResult", "LockResult")
_SMART = frozenset(
    [
        "Arc",
        "Bound",
        "Box",
        "Cell",
        "Cow",
        "LazyLock",
        "ManuallyDrop",
        "Mutex",
        "MutexGuard",
        "OnceCell",
        "OnceLock",
        "Py",
        "PyRef",
        "PyRefMut",
        "Rc",
        "RefCell",
        "Ref",
        "RefMut",
        "RwLock",
        "RwLockReadGuard",
        "RwLockWriteGuard",
    ]
)
_UNWRAPPED = re.compile(r"^\s*(?:\w+::)*(?:Ok|Some|Err)\s*\(\s*(?:ref\s+)?(?:mut\s+)?\w+\s*\)\s*$")


@fact
class Typed:
    """A type as written at a place. `owner` is what `Self` means there."""

    type: TypeRef
    path: str
    scope: tuple[str, ...]
    owner: ItemRef | None = None
    found: ItemRef | None = None

    def at(self, type_: TypeRef) -> Typed:
        """Another type written at the same place."""
        return replace(self, type=type_, found=None)


Locals = Callable[[str], Typed | None]


@fact
class Receivers:
    """Types of expressions in one function. `local` knows the variables in scope."""

    names: Names
    function: Callable[[ItemRef], Function]
    owner_of: Callable[[ItemRef], ItemRef | None]
    path: str
    scope: tuple[str, ...]
    owner: ItemRef | None
    local: Locals
    uses: Sequence[Use]
    called: Callable[[Node], tuple[ItemRef, ...]]

    def written(self, type_: TypeRef) -> Typed:
        """A type written in this function."""
        return Typed(type_, self.path, self.scope, self.owner)

    def type_of(self, node: Node) -> Typed | None:
        """The type of an expression, None when it is not plain to see."""
        if isinstance(node, Path):
            return self._path(node)
        if isinstance(node, (Unary, Await)):
            return self.type_of(node.value)
        if isinstance(node, Try):
            return unwrapped(self.type_of(node.value))
        if isinstance(node, StructLiteral):
            return self._named(tuple(node.path.split("::")))
        if isinstance(node, Cast):
            return self.written(node.type)
        if isinstance(node, FieldAccess):
            return self._field(node)
        if isinstance(node, (Call, MethodCall)):
            return self._result(node)
        return None

    def struct_of(self, node: Node) -> ItemRef | None:
        """The crate's struct or enum that an expression is, behind references."""
        return self.resolve(self.type_of(node))

    def argument_of(self, node: Node) -> str:
        """The name of the type `X` in the `Wrapper<X>` that an expression is; empty if unknown."""
        while isinstance(node, Unary):
            node = node.value
        if isinstance(node, Call) and not self.called(node):
            inner = self.type_of(node.args[0]) if len(node.args) == 1 else None
        else:
            typed = self.type_of(node)
            args = _pointee(typed.type).args if typed is not None else ()
            inner = typed.at(args[0]) if typed is not None and len(args) == 1 else None
        if inner is None:
            return ""
        found = self.resolve(inner)
        return self.names.type_item(found).name if found is not None else inner.type.peel().name

    def resolve(self, typed: Typed | None) -> ItemRef | None:
        """The crate's struct or enum that a type is."""
        if typed is None or typed.found is not None:
            return None if typed is None else typed.found
        target = _pointee(typed.type)
        if target.kind != "path" or not target.path:
            return None
        if target.path == "Self":
            return typed.owner
        return self.names.type_ref(target.path.split("::"), typed.path, typed.scope, self.uses)

    def _path(self, node: Path) -> Typed | None:
        if node.segments == ("self",):
            return self._known(self.owner)
        if len(node.segments) == 1:
            known = self.local(node.segments[0])
            if known is not None or not node.last[:1].isupper():
                return known
            return self._named(node.segments)
        return self._named(node.segments[:-1]) if node.last[:1].isupper() else None

    def _known(self, ref: ItemRef | None) -> Typed | None:
        if ref is None:
            return None
        item = self.names.type_item(ref)
        type_ = TypeRef(item.name, name=item.name, path=item.name)
        return Typed(type_, ref.path, item.scope, ref, ref)

    def _named(self, segments: tuple[str, ...]) -> Typed | None:
        if segments == ("Self",):
            return self._known(self.owner)
        return self._known(self.names.type_ref(segments, self.path, self.scope, self.uses))

    def _field(self, node: FieldAccess) -> Typed | None:
        ref = self.struct_of(node.base)
        if ref is None:
            return None
        item = self.names.type_item(ref)
        fields = item.fields if isinstance(item, Struct) else ()
        for field in fields:
            if field.name == node.name:
                given = self._given(node.base, field.type)
                return given or Typed(field.type, ref.path, item.scope, ref)
        return None

    def _given(self, base: Node, type_: TypeRef) -> Typed | None:
        """What stands for the one parameter of `Wrap<T>(pub T)`, if the field has that type."""
        typed = self.type_of(base) if _is_parameter(type_) else None
        args = _pointee(typed.type).args if typed is not None else ()
        return typed.at(args[0]) if typed is not None and len(args) == 1 else None

    def _result(self, node: Call | MethodCall) -> Typed | None:
        for ref in self.called(node):
            function = self.function(ref)
            owner = self.owner_of(ref)
            return Typed(function.returns, ref.path, function.scope, owner)
        if isinstance(node, MethodCall):
            inner = self.type_of(node.receiver)
            if node.method in _INNER:
                return unwrapped(inner)
            return inner if node.method in _SAME else None
        if isinstance(node.function, Path):
            return self._constructed(node, node.function)
        return None

    def _constructed(self, node: Call, path: Path) -> Typed | None:
        if path.last in ("Ok", "Some") and node.args:
            # Undone by the `?` or pattern that follows.
            inner = self.type_of(node.args[0])
            wrapper = TypeRef("Option<_>", name="Option", path="Option")
            return inner and inner.at(replace(wrapper, args=(inner.type,)))
        if path.last == "new" and len(path.segments) > 1 and path.segments[-2] in _SMART:
            return self.type_of(node.args[0]) if node.args else None
        return self._named(path.segments)


def bound_by(pattern: str, typed: Typed | None) -> Typed | None:
    """The type of the one variable in a pattern: `x`, `mut x`, `Ok(x)`, `Some(x)`; else None."""
    if _UNWRAPPED.match(pattern):
        return unwrapped(typed)
    return typed if re.fullmatch(r"\s*(?:ref\s+)?(?:mut\s+)?\w+\s*", pattern) else None


def unwrapped(typed: Typed | None) -> Typed | None:
    """The type behind one `Result` or `Option`; the type itself when it is neither."""
    if typed is None or typed.found is not None:
        return typed
    target = typed.type.peel()
    if target.name in _FALLIBLE or (target.name.endswith("Result") and target.args):
        return typed.at(target.args[0]) if target.args else None
    return typed


_ARRAYS = re.compile(
    r"Vec|VecDeque|ArrayBase|(?:Cow|Arc)?Array\w?|ArrayView(?:Mut)?\w?|Py(?:Readonly|Readwrite)?Array\w*"
)


def is_foreign(typed: Typed | None) -> bool:
    """Whether a type that the crate does not have is written out: no parameter, no `dyn Trait`.

    One with arguments, such as a guard, may stand for what it holds; arrays and vectors do not.
    """
    target = _pointee(typed.type) if typed is not None and typed.found is None else None
    if target is None or target.kind != "path" or _is_parameter(target):
        return False
    if target.args:
        return _ARRAYS.fullmatch(target.name) is not None
    return target.name[:1].isupper() and target.name != "Self"


def _is_parameter(type_: TypeRef) -> bool:
    return type_.kind == "path" and len(type_.path) == 1


def _pointee(type_: TypeRef) -> TypeRef:
    target = type_.peel()
    while target.name in _SMART and target.args:
        target = target.args[-1].peel()
    return target
