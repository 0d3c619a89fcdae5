"""Calls that wrap values, and give them as they are."""

from __future__ import annotations

from bindcheck.generate.held.symbols import Code
from bindcheck.model import Block, MethodCall, Node, Path, TypeRef
from bindcheck.model import Literal as Constant

_WRAPPERS = frozenset(
    {
        *("Err", "Ok", "Some", "from", "from_raw_parts", "from_raw_parts_mut", "from_shape_vec"),
        *(
            "from_slice",
            "from_vec",
            "from_vec_bound",
            "from_slice_bound",
            "from_owned_array",
            "new",
        ),
    }
)
"""Functions that give what is in a vector or array as it is."""

_HOLDERS = frozenset(
    {
        *(
            "Array1",
            "Array2",
            "Arc",
            "Box",
            "ManuallyDrop",
            "Ok",
            "Option",
            "Py",
            "PyArray1",
            "PyArray2",
            "PyArrayDyn",
        ),
        *("Result", "Some", "Vec", "slice"),
    }
)
"""Types of those functions."""


def is_copy(node: MethodCall) -> bool:
    """`.call_method0("copy")`: the numbers as they are, in memory of their own."""
    first = node.args[0] if node.args else None
    return (
        node.method == "call_method0"
        and isinstance(first, Constant)
        and (first.kind, first.text) == ("str", "copy")
    )


def is_valued(node: Node) -> bool:
    """Whether a node is a block that ends in its value."""
    return isinstance(node, Block) and node.tail


def unpacked(size: Code) -> Code | None:
    """The number in `[n]`; nothing where there are two."""
    text = size.text.strip()
    inner = text[1:-1] if text[:1] in ("[", "(") and text[-1:] in ("]", ")") else text
    return Code(inner, size.uses) if "," not in inner else None


def wraps(function: Node) -> bool:
    """Whether a function gives the numbers of a vector or array as they are."""
    if not isinstance(function, Path) or function.last not in _WRAPPERS:
        return False
    owner = function.segments[-2] if len(function.segments) > 1 else ""
    return owner in _HOLDERS or (not owner and function.last in ("Err", "Ok", "Some"))


def makes(name: str) -> bool:
    """Whether an associated function of this name makes a value of its type."""
    return name in ("default", "new") or name.startswith(("from_", "with_"))


def is_vector(kind: TypeRef) -> bool:
    """Whether a function gives its one output itself."""
    inner = kind.args[0] if kind.name == "Result" and kind.args else kind
    return inner.name == "Vec"
