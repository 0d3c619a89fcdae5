"""From types to values: what a signature or a field already tells."""

from __future__ import annotations

from collections.abc import Callable

from bindcheck.analysis.flow.values import (
    CONSTANT,
    NOTHING,
    TEXT,
    Fails,
    Shape,
    Size,
    Source,
    Value,
)
from bindcheck.model import TypeRef
from bindcheck.model.fact import fact, replace

SEQUENCES = frozenset({"Vec", "VecDeque", "ArrayBase", "AVec", "SmallVec"})
NDARRAYS = frozenset(
    f"{base}{rank}"
    for base in ("Array", "ArrayView", "ArrayViewMut")
    for rank in ("1", "2", "3", "D")
)
ARROW_ARRAYS = frozenset(
    f"{kind}Array"
    for kind in (
        *("Float64", "Float32", "Boolean", "Primitive"),
        *("Int64", "Int32", "Int16", "Int8", "UInt64", "UInt32", "UInt16", "UInt8"),
    )
)
NUMPY = frozenset(
    f"{base}{rank}"
    for base in ("PyReadonlyArray", "PyReadwriteArray", "PyArray", "PyArrayLike")
    for rank in ("", "1", "2", "3", "4", "5", "6", "Dyn")
)
BYTES = frozenset({"PyBytes", "PyByteArray"})
ITERATORS = frozenset({"Iterator", "ParallelIterator", "IndexedParallelIterator"})
TRANSPARENT = frozenset(
    {"Box", "Arc", "Rc", "Cow", "RefMut", "Ref", "ManuallyDrop", "MaybeUninit", "Cell", "RefCell"}
)
RESULTS = frozenset({"Result", "PyResult"})
POINTERS = frozenset({"Bound", "Py", "Borrowed", "PyRef", "PyRefMut"})
PYTHON_OBJECTS = frozenset({"PyAny", "PyObject", "PyErr", "PyBackedStr", "PyBackedBytes"})
FLOATS = frozenset({"f64", "f32"})
INTEGERS = frozenset(
    {"usize", "isize", "u64", "u32", "u16", "u8", "i64", "i32", "i16", "i8", "u128", "i128"}
)
NUMBERS = FLOATS | INTEGERS | {"Complex64", "Complex32", "Complex"}
SCALARS = NUMBERS | {"bool", "char"}
TEXTS = frozenset({"str", "String"})

IsParams = Callable[[TypeRef], bool]


@fact
class Hint:
    """What the surroundings know about a value of some type.

    `extent` is the length that collections get, `number` that of integers; `caller` whether it
    depends on the caller's choice. `is_params` recognises the parameter struct of a core, of
    which there are as many as the grid has points.
    """

    extent: Size
    number: Size
    caller: bool = False
    source: Source = Source.OTHER
    fails: Fails = Fails.UNKNOWN
    is_params: IsParams = lambda _: False


def is_python_type(type_: TypeRef) -> bool:
    """Whether values of the type are Python objects."""
    name = type_.peel().name
    return name in POINTERS or name in NUMPY or name in PYTHON_OBJECTS


def pointee(type_: TypeRef | None) -> TypeRef | None:
    """The class behind `Py<Class>`, `PyRef<'_, Class>` and the like; any other type as it is."""
    held = type_.peel() if type_ is not None else None
    points = held is not None and held.name in POINTERS and held.args
    return held.args[0] if held is not None and points else type_


def value_of(type_: TypeRef | None, hint: Hint) -> Value:
    """The value of an expression of this type."""
    if type_ is None:
        return replace(NOTHING, caller=hint.caller, source=hint.source)
    if type_.kind in ("ref", "ptr"):
        inner = value_of(type_.args[0] if type_.args else None, hint)
        return replace(inner, owned=False)
    if type_.kind in ("slice", "array"):
        return _sequence(type_, type_.args[:1], hint, owned=type_.kind == "array")
    if type_.kind == "tuple":
        parts = tuple((str(i), value_of(arg, hint)) for i, arg in enumerate(type_.args))
        size = max((part.size for _, part in parts), default=Size.CONST)
        return Value(Shape.STRUCT, size, type_, hint.source, caller=hint.caller, fields=parts)
    if type_.kind in ("impl", "dyn"):
        return _abstract(type_, hint)
    return _named(type_, hint)


def _named(type_: TypeRef, hint: Hint) -> Value:
    name = type_.name
    if name == "Option" or name in RESULTS:
        held = value_of(type_.args[0] if type_.args else None, hint)
        wrap = "option" if name == "Option" else "result"
        return held.wrapped(wrap, hint.fails, f"`{type_.text}` from the caller")
    if name in TRANSPARENT and type_.args:
        return value_of(type_.args[0], hint)
    if name in SEQUENCES:
        return _sequence(type_, type_.args[:1], hint, owned=True)
    if name in NDARRAYS or name in ARROW_ARRAYS:
        return _sequence(type_, type_.args[:1], hint, owned=not name.startswith("ArrayView"))
    return _leaf(type_, hint)


def _leaf(type_: TypeRef, hint: Hint) -> Value:
    name = type_.name
    if name in NUMPY or (name in POINTERS and type_.args and type_.args[0].name in NUMPY):
        return Value(Shape.NUMPY, Size.DATA, type_, hint.source, caller=True)
    if name == "Python":
        return Value(Shape.TOKEN, Size.CONST, type_)
    if name in POINTERS or name in PYTHON_OBJECTS or name.startswith("Py"):
        return Value(Shape.PYTHON, Size.CONST, type_, hint.source, caller=hint.caller)
    if name in SCALARS:
        return replace(
            CONSTANT, type=type_, size=hint.number, caller=hint.caller, source=hint.source
        )
    if name in TEXTS:
        return replace(TEXT, type=type_, caller=hint.caller)
    return Value(Shape.STRUCT, hint.extent, type_, hint.source, caller=hint.caller, owned=True)


def _sequence(type_: TypeRef, args: tuple[TypeRef, ...], hint: Hint, *, owned: bool) -> Value:
    item = args[0] if args else None
    size = hint.extent
    if type_.kind == "array":
        size = Size.CONST
    elif item is not None and hint.is_params(item):
        size = Size.GRID
    elif item is not None and _is_object(item):
        size = Size.UNKNOWN
    element = value_of(item, hint)
    return Value(
        Shape.SEQ,
        size,
        type_,
        hint.source,
        caller=hint.caller,
        element=element,
        owned=owned,
        nested=element.shape is Shape.SEQ,
    )


def _is_object(item: TypeRef) -> bool:
    """Whether a list holds Python objects as such: no data, and never to be walked detached."""
    held = item.peel()
    objects = held.name in POINTERS and not (held.args and held.args[0].name in NUMPY)
    return objects or held.name in PYTHON_OBJECTS


def _abstract(type_: TypeRef, hint: Hint) -> Value:
    names = type_.names()
    if names & ITERATORS:
        item = type_.args[-1] if type_.args else None
        return Value(Shape.ITER, hint.extent, type_, element=value_of(item, hint))
    return Value(Shape.UNKNOWN, Size.UNKNOWN, type_, caller=hint.caller)
