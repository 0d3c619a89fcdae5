"""Types in a stub beside those of the binding, where both are certain."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from bindcheck.analysis.bindings.effective_signature import Argument
from bindcheck.analysis.python.stubs.said import Said
from bindcheck.fact import fact
from bindcheck.model import Function, TypeRef
from bindcheck.model.python import PythonArgument, PythonFunction

_INTS = frozenset(f"{sign}{bits}" for sign in "iu" for bits in (8, 16, 32, 64, 128, "size"))
_SCALARS = {"f32": "float", "f64": "float", "bool": "bool", "str": "str", "String": "str"}
_SCALARS |= dict.fromkeys(_INTS, "int")
_WRAPPERS = frozenset({"PyResult", "PyArrowResult", "Result", "Bound", "Py", "Borrowed"})
_DTYPES = {
    "f64": "float64",
    "f32": "float32",
    "i64": "int64",
    "i32": "int32",
    "u64": "uint64",
    "u32": "uint32",
    "bool": "bool",
}
ARRAYS = frozenset(
    f"{kind}{n}" for kind in ("PyArray", "PyReadonlyArray") for n in (1, 2, 3, "Dyn")
)
OBJECTS = {"PyDict": "dict", "PyList": "list", "PyTuple": "tuple", "PyString": "str"}
_DTYPE_ALIASES = {"bool_": "bool", "double": "float64", "single": "float32"}

# What a Rust argument of the first kind takes beside its own kind.
_ACCEPTED = {"float": {"int", "bool"}, "int": {"bool"}}
# What a result of the first kind may be called beside its own kind.
_PROMOTED = {"int": {"float"}, "bool": {"int", "float"}}


@fact
class Shape:
    """The kind of a type: `float`, `int`, `bool`, `str`, `none`, `array`, `list`, `dict`, `tuple`.

    `array` is one of NumPy, `arrow` one of an Arrow library. `detail` is the dtype of an array or
    the number of values of a tuple, empty when not known; `values` are those of a `dict`.
    """

    kind: str
    detail: str = ""
    optional: bool = False
    values: Shape | None = None

    def __str__(self) -> str:
        named = {"none": "None", "array": "an array", "arrow": "an Arrow array"}
        shown = named.get(self.kind, f"`{self.kind}`")
        if self.values is not None:
            shown += f" of {str(self.values).removeprefix('an ')}"
        if self.kind == "array" and self.detail:
            shown = f"an array of {self.detail}"
        if self.kind == "tuple" and self.detail:
            shown = f"a tuple of {self.detail}"
        return f"{shown} or None" if self.optional else shown


def type_differences(
    function: Function,
    arguments: Sequence[Argument],
    stub: PythonFunction,
    shown: Sequence[PythonArgument],
    made: Shape | None = None,
) -> Iterator[Said]:
    """Annotations that are certainly wrong: of arguments by name, and of the result.

    `made` is what the function gives where its type does not tell.
    """
    theirs = {one.name: one for one in shown}
    for mine in arguments:
        other = theirs.get(mine.name)
        if other is None or other.annotation is None or mine.param is None or mine.param.attrs:
            continue
        if mine.param.type is not None:
            ours, given = rust_shape(mine.param.type), stub_shape(other.annotation)
            if ours is not None and given is not None and not _accepts(ours, given):
                yield Said(f"takes {given} as `{mine.name}`, the function {ours}")
    if stub.returns is not None and not function.is_async and function.attr("new") is None:
        ours, given = rust_shape(function.returns) or made, stub_shape(stub.returns)
        if ours is not None and given is not None and not _is_promised(ours, given):
            yield Said(f"returns {given}, the function {ours}")


def _accepts(ours: Shape, given: Shape) -> bool:
    """Whether the argument takes what the stub lets a caller pass."""
    if given.optional and not ours.optional:
        return False
    if given.kind == "none" or ours.kind == given.kind == "array":
        return given.kind == "none" or _same_detail(ours, given)
    if ours.kind == "array":
        return False
    scalar = {"float", "int", "bool", "str"}
    if ours.kind in scalar and given.kind in scalar:
        return given.kind == ours.kind or given.kind in _ACCEPTED.get(ours.kind, ())
    # Sequences and mappings convert in too many ways.
    return (ours.kind in scalar) == (given.kind in scalar)


def _is_promised(ours: Shape, given: Shape) -> bool:
    """Whether the result is what the stub promises."""
    if ours.optional and not given.optional and given.kind != "none":
        return False
    if ours.kind == given.kind:
        return _same_detail(ours, given)
    return given.kind in _PROMOTED.get(ours.kind, ())


def _same_detail(ours: Shape, given: Shape) -> bool:
    if ours.values is not None and given.values is not None:
        return _is_promised(ours.values, given.values)
    return not ours.detail or not given.detail or ours.detail == given.detail


def rust_shape(type_: TypeRef) -> Shape | None:
    """The shape of a Rust type; None where Python may see anything."""
    type_ = type_.peel()
    if type_.kind == "tuple":
        return Shape("tuple", str(len(type_.args))) if type_.args else Shape("none")
    if type_.kind != "path":
        return None
    if type_.name in _WRAPPERS:
        inner = [one for one in type_.args if not one.text.startswith("'")]
        return rust_shape(inner[0]) if inner else None
    if type_.name == "Option" and len(type_.args) == 1:
        inside = rust_shape(type_.args[0])
        return None if inside is None else Shape(inside.kind, inside.detail, optional=True)
    return _named_shape(type_)


def _named_shape(type_: TypeRef) -> Shape | None:
    if type_.name in _SCALARS and type_.path == type_.name:
        return Shape(_SCALARS[type_.name])
    if type_.name in ARRAYS and type_.args:
        return Shape("array", _DTYPES.get(type_.args[-1].text, ""))
    if type_.name == "Vec" and type_.args and type_.args[0].name != "u8":
        return Shape("list")
    if type_.name in OBJECTS:
        return Shape(OBJECTS[type_.name])
    return None


def stub_shape(annotation: str) -> Shape | None:
    """The shape of an annotation; None where it is not one of the plain ones."""
    try:
        return _shape(ast.parse(annotation, mode="eval").body)
    except SyntaxError:
        return None


def _shape(node: ast.expr) -> Shape | None:
    if isinstance(node, ast.Constant):
        if node.value is None:
            return Shape("none")
        return stub_shape(node.value) if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        plain = ("float", "int", "bool", "str", "dict", "list")
        return Shape(node.id) if node.id in plain else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([node.left, node.right])
    if isinstance(node, ast.Subscript):
        return _generic(node)
    return None


def _union(parts: Sequence[ast.expr]) -> Shape | None:
    shapes = [_shape(one) for one in parts]
    known = [one for one in shapes if one is not None and one.kind != "none"]
    if len(known) != 1 or None in shapes:
        return None
    return Shape(known[0].kind, known[0].detail, optional=len(shapes) > 1)


def _generic(node: ast.Subscript) -> Shape | None:
    name = ast.unparse(node.value).rpartition(".")[2]
    if name == "Optional":
        return _union([node.slice, ast.Constant(None)])
    if name == "NDArray":
        dtype = ast.unparse(node.slice).rpartition(".")[2]
        dtype = _DTYPE_ALIASES.get(dtype, dtype)
        return Shape("array", dtype if dtype in _DTYPES.values() else "")
    if name in ("list", "List"):
        return Shape("list")
    if name in ("dict", "Dict"):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
        return Shape("dict", values=_shape(parts[1]) if len(parts) == 2 else None)
    if name in ("tuple", "Tuple"):
        return _tuple(node.slice)
    return None


def _tuple(inside: ast.expr) -> Shape:
    parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
    open_ended = any(isinstance(one, ast.Constant) and one.value is ... for one in parts)
    return Shape("tuple", "" if open_ended else str(len(parts)))
