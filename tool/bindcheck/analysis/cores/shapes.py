"""Reading types of core functions: slices, buffers, vectors, results."""

from __future__ import annotations

from collections.abc import Iterable

from bindcheck.model import TypeAlias, TypeRef

INTEGERS = frozenset(
    f"{sign}{bits}" for sign in "iu" for bits in ("8", "16", "32", "64", "128", "size")
)
NUMBERS = INTEGERS | {"f32", "f64"}
SCALARS = NUMBERS | {"bool"}
TEXTS = frozenset({"str", "String"})


def unwrap_option(kind: TypeRef) -> tuple[TypeRef, bool]:
    """The type inside `Option`, and whether there was one."""
    if kind.kind == "path" and kind.name == "Option" and len(kind.args) == 1:
        return kind.args[0], True
    return kind, False


def unwrap_result(
    kind: TypeRef, aliases: Iterable[TypeAlias] = ()
) -> tuple[TypeRef, bool, str | None]:
    """Ok type, whether it is a `Result` at all, and the name of the error type.

    An alias such as `type KamaResult<T> = Result<T, KamaError>` is looked through.
    """
    if kind.kind != "path":
        return kind, False, None
    if kind.name == "Result" and len(kind.args) == 2:
        return kind.args[0], True, kind.args[1].text
    for alias in aliases:
        target = alias.target
        if alias.name == kind.name and target.name == "Result" and target.args:
            return _aliased(kind, target)
    if kind.name == "Result" and len(kind.args) == 1:
        return kind.args[0], True, None
    return kind, False, None


def _aliased(kind: TypeRef, target: TypeRef) -> tuple[TypeRef, bool, str | None]:
    error = target.args[1].text if len(target.args) > 1 else None
    return (kind.args[0] if kind.args else target.args[0]), True, error


def slice_element(kind: TypeRef) -> str | None:
    """`f64` for `&[f64]`; None for anything else."""
    if kind.kind == "ref" and not kind.mutable and kind.args and kind.args[0].kind == "slice":
        inner = kind.args[0].args
        return inner[0].text if inner else None
    return None


def series_element(kind: TypeRef) -> tuple[str, bool] | None:
    """Element of `&[number]` or `Option<&[number]>`, and whether it is optional."""
    inner, optional = unwrap_option(kind)
    element = slice_element(inner)
    return (element, optional) if element in NUMBERS else None


def slice_item(kind: TypeRef) -> TypeRef | None:
    """Item type of a shared slice."""
    if kind.kind == "ref" and not kind.mutable and kind.args and kind.args[0].kind == "slice":
        return kind.args[0].args[0] if kind.args[0].args else None
    return None


def out_element(kind: TypeRef) -> tuple[str, bool] | None:
    """Element of `&mut [T]` and whether it is `MaybeUninit`."""
    if not (kind.kind == "ref" and kind.mutable and kind.args and kind.args[0].kind == "slice"):
        return None
    if not kind.args[0].args:
        return None
    item = kind.args[0].args[0]
    uninit = item.name == "MaybeUninit" and len(item.args) == 1
    element = item.args[0] if uninit else item
    return (element.text, uninit) if element.name in SCALARS else None


def vector_element(kind: TypeRef) -> str | None:
    """`f64` for `Vec<f64>`, for scalars only."""
    if kind.kind == "path" and kind.name == "Vec" and len(kind.args) == 1:
        return kind.args[0].name if kind.args[0].name in SCALARS else None
    return None


def lists(kind: TypeRef, item: str) -> bool:
    """Whether a type is a vector of a struct of this name."""
    return kind.name == "Vec" and len(kind.args) == 1 and kind.args[0].name == item


def view_element(kind: TypeRef) -> str | None:
    """`f64` for `ArrayView1<f64>`, `&ArrayView1<f64>` and `ArrayView<f64, Ix1>` of `ndarray`."""
    target = kind if kind.kind == "path" else kind.peel()
    shared = kind.kind == "path" or not kind.mutable
    element = _of_dimension_one(target, "ArrayView") if shared else None
    return element if element in NUMBERS else None


def array_element(kind: TypeRef) -> str | None:
    """`f64` for `Array1<f64>` and `Array<f64, Ix1>` of `ndarray`."""
    return _of_dimension_one(kind, "Array")


def _of_dimension_one(kind: TypeRef, base: str) -> str | None:
    if kind.kind != "path" or not kind.args:
        return None
    alias = kind.name == f"{base}1" and len(kind.args) == 1
    whole = kind.name == base and len(kind.args) == 2 and kind.args[1].name == "Ix1"
    return kind.args[0].name if (alias or whole) and kind.args[0].name in SCALARS else None


def vector_item(kind: TypeRef) -> TypeRef | None:
    """`T` of `Vec<T>`."""
    if kind.kind == "path" and kind.name == "Vec" and len(kind.args) == 1:
        return kind.args[0]
    return None


def is_kernel(kind: TypeRef) -> bool:
    """Whether a type chooses a kernel: `Kernel`, or a name that ends so."""
    return kind.kind == "path" and kind.name.endswith("Kernel") and not kind.args


def is_scalar(kind: TypeRef) -> bool:
    """A number or `bool` by value."""
    return kind.kind == "path" and kind.name in SCALARS and not kind.args


def is_axis(kind: TypeRef) -> bool:
    """`(T, T, T)` of one number type: start, end, step."""
    names = {part.name for part in kind.args}
    return kind.kind == "tuple" and len(kind.args) == 3 and len(names) == 1 and names <= NUMBERS


def normal(name: str) -> str:
    """A name without case and underscores."""
    return name.replace("_", "").lower()


_CAPITAL_ALSO = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


def snake(name: str) -> str:
    """`TrendFlex` to `trend_flex`."""
    out: list[str] = []
    for at, char in enumerate(name):
        starts = char.isupper() and at > 0 and name[at - 1] not in _CAPITAL_ALSO | {"_"}
        out.append(f"_{char.lower()}" if starts else char.lower())
    return "".join(out)


def camel(name: str) -> str:
    """`trend_flex` to `TrendFlex`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
