"""What methods do: give what they are called on, compute, or anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bindcheck.generate.held.same.terms import Term

_SAME = frozenset(
    {
        "as_deref",
        "as_ref",
        "as_str",
        "borrow",
        "clone",
        "cloned",
        "copied",
        "into_owned",
        "to_owned",
    }
)
"""Methods that give the same value."""

_OF_ARRAYS = frozenset(
    {
        *("as_array", "as_mut", "as_slice", "bind", "contiguous", "expect", "into_any", "into"),
        "as_standard_layout",
        *("into_bound", "into_py", "into_py_any", "into_raw_vec", "map_err", "ok", "ok_or"),
        *("ok_or_else", "readonly", "to_object", "to_owned_array", "to_vec", "unbind", "unwrap"),
        *("view", "into_dyn", "into_pyobject"),
    }
)
"""The same where they are called on an array or its values; what fails is copied instead."""

_OF_MEMORY = frozenset(
    {"as_mut", "as_mut_slice", "as_slice_mut", "bind", "expect", "map_err", "ok", "unwrap"}
)
"""Methods that give memory to write to."""

_SHOWN = frozenset({"into_pyarray", "into_pyarray_bound", "to_pyarray", "to_pyarray_bound"})

_QUICK = frozenset(
    {
        *("as_bytes", "as_slice", "chain", "char_indices", "chars", "chunks", "clamp", "cmp"),
        *("contains_key", "enumerate", "eq", "eq_ignore_ascii_case", "expect", "filter"),
        *("first", "floor", "ceil", "round", "trunc", "abs", "get", "iter", "into_iter"),
        *("is_empty", "last", "len", "map", "max", "min", "ok", "ok_or", "ok_or_else", "or"),
        *("or_else", "partial_cmp", "pow", "powf", "powi", "rev", "signum", "skip", "sqrt"),
        *("step_by", "take", "then", "then_some", "to_string", "total_cmp", "unwrap", "unwrap_or"),
        *("unwrap_or_default", "unwrap_or_else", "windows", "zip", "and_then", "map_or"),
        *("map_or_else", "map_err", "flatten", "transpose", "exp", "ln", "log10", "rem_euclid"),
        *("shape", "strides", "starts_with", "ends_with", "trim", "as_deref_mut", "is_some_and"),
        *("is_none_or", "add", "sub", "mul", "div", "ndim", "to_lowercase", "to_uppercase", "into"),
        *("to_ascii_lowercase", "to_ascii_uppercase", "filter_map", "flat_map", "take_while"),
    }
)
_QUICK_PREFIXES = ("checked_", "is_", "saturating_", "wrapping_", "to_bits", "from_bits")

_COMPUTING = frozenset(
    {
        *("all", "any", "collect", "contains", "count", "find", "find_map", "fold", "max_by"),
        *("min_by", "parse", "position", "product", "rposition", "sum", "to_vec", "try_into"),
        *("join", "concat", "repeat", "split", "reduce", "try_fold", "to_owned_array"),
    }
)
_ASKED = frozenset(
    {"collect", "default", "extract", "into", "parse", "product", "sum", "try_into"}
    | {"unwrap_or_default"}
)
"""Methods whose result has the type that is asked for."""

_OWN = frozenset(
    {
        *("argument", "array", "bound", "call", "cast", "core", "dict", "error", "event", "field"),
        *("format", "items", "kernel", "made", "matched", "ok of", "part", "path", "slice"),
        *("struct", "trace", "type", "typed", "function", "result", "written", "range", "closure"),
        *("set", "unset", "after", "vec", "unit", "assigned", "changed", "memory", "given"),
        *("maybe array", "maybe copy", "written", "looped over", "either", "choice"),
        *("cols", "combos", "grid", "output", "product", "rows", "shaped"),
        *("returned combos", "returned rows"),
    }
)
"""Terms whose type does not depend on what stands around them."""


def keeps(receiver: Term, method: str) -> bool:
    """Whether a method gives what it is called on, in another place at most."""
    if method in _SAME:
        return True
    return receiver[0] in ("array", "dict", "slice") and method in _OF_ARRAYS


def handles(method: str) -> bool:
    """Whether a method of memory gives that memory."""
    return method in _OF_MEMORY


def shows(method: str) -> bool:
    """Whether a method gives Python the values."""
    return method in _SHOWN


def is_quick(method: str) -> bool:
    """Whether a method computes a value in no time, or says how one is to be computed."""
    return method in _QUICK or method.startswith(_QUICK_PREFIXES)


def computes(method: str) -> bool:
    """Whether a method does nothing but compute a value, however long that takes."""
    return method in _COMPUTING


def is_typed(value: Term) -> bool:
    """Whether a value has its type by itself."""
    handler = _TYPED.get(value[0])
    return handler(*value[1:]) if handler is not None else value[0] in _OWN


def _of_call(source: Term, *_: object) -> bool:
    """What a call gives has a type; what a method gives may have that which is asked for."""
    while source[0] in ("event", "ok of", "result"):
        source = source[1]
    return source[0] != "method" or is_typed(source)


def _of_literal(kind: str, text: str) -> bool:
    return kind not in ("float", "int") or text.endswith(_SUFFIXES)


def _of_binary(op: str, left: Term, right: Term) -> bool:
    return op in _COMPARED or is_typed(left) or is_typed(right)


def _of_method(name: str, kinds: Sequence[str], receiver: Term, _: object) -> bool:
    return bool(kinds) or (name not in _ASKED and (name == "len" or is_typed(receiver)))


def typed(kind: str, value: Term) -> Term:
    """A value that is declared with a type."""
    if value[0] == "method" and value[1] == "collect" and not value[2]:
        return ("method", "collect", (kind,), *value[3:])
    return ("typed", kind, value)


_COMPARED = frozenset({"!=", "&&", "<", "<=", "==", ">", ">=", "||"})
_SUFFIXES = tuple(f"{kind}{bits}" for kind in "iuf" for bits in ("8", "16", "32", "64", "size"))
_TYPED: Mapping[str, Callable[..., bool]] = {
    "Err": is_typed,
    "Ok": is_typed,
    "Some": is_typed,
    "binary": _of_binary,
    "cast": lambda kind, _: kind != "_",
    "event": _of_call,
    "literal": _of_literal,
    "method": _of_method,
    "ok of": _of_call,
    "unary": lambda _, inner: is_typed(inner),
}
