"""What methods do: give what they are called on, compute, or anything."""

from __future__ import annotations

from bindcheck.generate.held.same.terms import Term

_SAME = frozenset(
    {"as_deref", "as_ref", "as_str", "borrow", "clone", "cloned", "copied", "into_owned", "to_owned"}
)
"""Methods that give the same value."""

_OF_ARRAYS = frozenset(
    {
        *("as_array", "as_mut", "as_slice", "bind", "contiguous", "expect", "into_any", "into"),
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
    kind, *parts = value
    if kind in ("ok of", "event"):
        inner = parts[0]
        while isinstance(inner, tuple) and inner[0] in ("event", "ok of", "result"):
            inner = inner[1]
        return not (isinstance(inner, tuple) and inner[0] == "method") or is_typed(inner)
    if kind == "literal":
        return parts[0] not in ("float", "int") or not parts[1][-1:].isdigit() or _suffixed(parts[1])
    if kind == "binary":
        compared = parts[0] in ("!=", "&&", "<", "<=", "==", ">", ">=", "||")
        return compared or is_typed(parts[1]) or is_typed(parts[2])
    if kind == "method":
        name, kinds, receiver, _ = parts
        return bool(kinds) or (name not in _ASKED and (name == "len" or is_typed(receiver)))
    if kind == "unary":
        return is_typed(parts[1])
    if kind == "cast":
        return parts[0] != "_"
    if kind in ("Ok", "Some", "Err"):
        return is_typed(parts[0])
    return kind in _OWN


def _suffixed(text: str) -> bool:
    return any(letter in text for letter in ("f32", "f64", "i", "u")) and not text.startswith("0x")


def typed(kind: str, value: Term) -> Term:
    """A value that is declared with a type."""
    if value[0] == "method" and value[1] == "collect" and not value[2]:
        return ("method", "collect", (kind,), *value[3:])
    return ("typed", kind, value)
