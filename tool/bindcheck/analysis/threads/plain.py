"""Whether an expression is plain data: nothing in it belongs to Python or needs the interpreter.

Asked before an expression is moved into a release. What cannot be told is not plain.
"""

from __future__ import annotations

from dataclasses import field

from bindcheck.analysis.anatomy import Anatomy
from bindcheck.analysis.program import Program
from bindcheck.fact import record
from bindcheck.model import (
    Arm,
    Assign,
    Binary,
    Block,
    Call,
    Cast,
    Closure,
    EntryKind,
    FieldAccess,
    FieldInit,
    Function,
    Gated,
    If,
    Index,
    ItemRef,
    Let,
    Literal,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Param,
    Path,
    Range,
    Sequence,
    StructLiteral,
    Try,
    TypeRef,
    Unary,
)

_PRIMITIVES = frozenset(
    {
        "f32",
        "f64",
        "bool",
        "char",
        "str",
        "String",
        "i8",
        "i16",
        "i32",
        "i64",
        "i128",
        "isize",
        "u8",
        "u16",
        "u32",
        "u64",
        "u128",
        "usize",
    }
)
_HOLDERS = frozenset(
    {"Vec", "Option", "Result", "PyResult", "Box", "Arc", "Cow", "HashMap", "BTreeMap", "HashSet"}
)
_VIEWS = frozenset(
    {
        "as_slice",
        "as_slice_mut",
        "as_array",
        "as_array_mut",
        "len",
        "shape",
        "ndim",
        "to_vec",
        "is_empty",
    }
)
"""What gives plain data out of an array that Python owns."""
_PLAIN_MACROS = frozenset({"format", "vec", "matches"})
_DEEPEST = 8


@record
class Plain:
    """Judges the expressions of one function."""

    program: Program
    ref: ItemRef
    anatomy: Anatomy
    _asking: set[str] = field(default_factory=set)

    @property
    def _function(self) -> Function:
        return self.program.function(self.ref)

    def is_plain(self, node: Node) -> bool:
        """Whether an expression, and all that it names, is plain data."""
        if isinstance(node, Literal):
            return True
        if isinstance(node, Path):
            return self._path(node)
        if isinstance(node, MethodCall):
            return self._method(node)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, MacroCall):
            known = node.parsed and node.path in _PLAIN_MACROS
            return known and all(map(self.is_plain, node.args))
        if isinstance(node, Closure):
            return self.is_plain(node.body)
        if isinstance(node, _PARTS):
            return all(map(self.is_plain, node.children()))
        return False

    def _path(self, node: Path) -> bool:
        """A constant, a function or a variant by its path; a variable by what it is bound to."""
        if len(node.segments) > 1 or not (node.last[:1].islower() or node.last[:1] == "_"):
            return True
        return self.is_plain_name(node.last, node)

    def is_plain_name(self, name: str, before: Node) -> bool:
        """Whether a variable holds plain data."""
        if name in self._asking or name == "self":
            return False
        if self._is_local(name, before):
            return True
        bound = self.anatomy.binding(name, before)
        if bound is None:
            param = self._param(name)
            return param is None or self.is_plain_type(param.type)
        value, _ = bound
        let = next((one for one in self.anatomy.all(Let) if one.value is value), None)
        if let is not None and let.type is not None and self.is_plain_type(let.type):
            return True
        if value is None:
            return False
        self._asking.add(name)
        try:
            return self.is_plain(value)
        finally:
            self._asking.discard(name)

    def _is_local(self, name: str, before: Node) -> bool:
        """A name that a loop, closure or arm around makes of something that is judged itself."""
        for outer in self.anatomy.above(before):
            if isinstance(outer, Loop) and name in outer.names:
                return outer.over is None or self.is_plain(outer.over)
            if isinstance(outer, Closure) and any(name in one.names for one in outer.params):
                return True
        return False

    def _param(self, name: str) -> Param | None:
        return next((one for one in self._function.params if name in one.names), None)

    # --- calls ---------------------------------------------------------------------------------

    def _method(self, node: MethodCall) -> bool:
        args = all(map(self.is_plain, node.args))
        return args and (node.method in _VIEWS or self.is_plain(node.receiver))

    def _call(self, node: Call) -> bool:
        targets = self.program.callees(self.ref).get(node.span, ())
        if targets:
            functions = [self.program.function(one) for one in targets]
            return all(
                self.is_plain_type(one.returns, of=one, path=ref.path)
                for ref, one in zip(targets, functions, strict=True)
            )
        if not isinstance(node.function, Path):
            return False
        return all(map(self.is_plain, node.args)) and _makes_data(node.function)

    # --- types ---------------------------------------------------------------------------------

    def is_plain_type(
        self, type_: TypeRef | None, *, of: Function | None = None, path: str = "", depth: int = 0
    ) -> bool:
        """Whether values of a type are plain data; `of` is the function that names it."""
        if type_ is None or depth > _DEEPEST or type_.kind in ("impl", "dyn", "fn", "other"):
            return False
        if type_.kind != "path":
            return all(self.is_plain_type(a, of=of, path=path, depth=depth) for a in type_.args)
        if type_.name in _PRIMITIVES:
            return True
        if type_.name in _HOLDERS:
            # The error of a result does not leave the release as a value of ours.
            args = type_.args[:1] if type_.name == "Result" else type_.args
            return all(self.is_plain_type(a, of=of, path=path, depth=depth + 1) for a in args)
        return self._own_type(type_, of, path, depth)

    def _own_type(self, type_: TypeRef, of: Function | None, path: str, depth: int) -> bool:
        scope = (of or self._function).scope
        name = (of or self._function).owner if type_.path == "Self" else type_.path
        ref = self.program.resolve_type(name, path or self.ref.path, scope) if name else None
        if ref is None or any(
            one.kind is EntryKind.CLASS and one.ref == ref for one in self.program.entries
        ):
            return False
        item = self.program.struct(ref)
        fields = getattr(item, "fields", None)
        if fields is None:
            fields = [field for variant in item.variants for field in variant.fields]  # type: ignore[union-attr]  # no fields: an enum
        return all(self.is_plain_type(one.type, path=ref.path, depth=depth + 1) for one in fields)


_PARTS = (
    Arm,
    Assign,
    Binary,
    Block,
    Cast,
    FieldAccess,
    FieldInit,
    Gated,
    If,
    Index,
    Let,
    Loop,
    Match,
    Range,
    Sequence,
    StructLiteral,
    Try,
    Unary,
)
"""Nodes that are plain when their parts are."""


def _makes_data(path: Path) -> bool:
    """`Some(..)`, `Vec::with_capacity(..)` and other constructors of plain holders."""
    if path.last[:1].isupper():
        return True
    return len(path.segments) > 1 and path.segments[-2] in _HOLDERS | _PRIMITIVES
