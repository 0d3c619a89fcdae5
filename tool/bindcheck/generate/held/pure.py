"""Values of variables that depend on when, or how often, they are made.

A new body has the expression of a variable in the place of the variable, so it may make the value
later, several times, or in another order. For what only computes that is no difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bindcheck.generate.held.effects import MACROS, RELEASES
from bindcheck.generate.held.evidence import COMBOS, Known
from bindcheck.generate.held.idle import PURE
from bindcheck.generate.held.steps import releases, root
from bindcheck.generate.held.symbols import Code, Several, Symbol
from bindcheck.model import (
    Assign,
    Await,
    Call,
    Closure,
    Let,
    Literal,
    Loop,
    MacroCall,
    MethodCall,
    Node,
    Path,
)

_ASKING = frozenset(
    {
        *("add", "and", "and_then", "bind", "chars", "chunks", "clamp", "cmp", "collect"),
        *("contains", "copied", "cos", "expect", "get_item", "iter", "map_err", "ok", "ok_or"),
        *("ok_or_else", "readonly", "transpose", "unbind"),
        *("dim", "div", "downcast", "ends_with", "eq", "eq_ignore_ascii_case", "exp", "extract"),
        *("filter_map", "find_map", "flat_map", "flatten", "fold", "get", "join", "len_of", "ln"),
        *("log10", "log2", "map_or", "map_or_else", "mul", "mul_add", "or", "or_else", "parse"),
        *("partial_cmp", "pow", "powf", "powi", "product", "rem_euclid", "reshape", "shape"),
        *("signum", "sin", "split", "split_at", "split_at_mut", "split_once", "starts_with"),
        *("step_by", "strides", "sub", "tan", "then", "then_some", "total_cmp", "trim", "trunc"),
        *("try_into", "unwrap_or_else", "windows", "xor"),
    }
)
"""Further methods that compute a value, or ask for one. A closure is looked at by itself."""

_PREFIXES = (
    *("abs", "as_", "checked_", "into", "is_", "max", "min", "saturating_", "to_", "unwrap"),
    "wrapping_",
)
"""How methods that compute a value are called."""

_ITERATED = frozenset({"take"})
"""Methods that change what they are called on, where they are given nothing."""

_NEW = frozenset({"default", "new", "with_capacity"})
"""Functions of a type that make a value out of nothing."""

PRIMITIVES = frozenset({"bool", "char", "f32", "f64", "i32", "i64", "str", "u32", "u64", "usize"})


def repeated(node: Let, known: Known, body: Node | None) -> bool:
    """Whether a function of which nothing is known would be called more often than before."""
    if node.value is None or body is None or not _computes(node.value, calm_names(known)):
        return False
    return any(_mentions(body, name, node.span.end) > 1 for name in node.names)


def unsettled(made: Node, value: Symbol, known: Known, body: Node | None) -> bool:
    """Whether a value may be another one where it stands in the place of its variable."""
    items = value.items if isinstance(value, Several) else (value,)
    codes = [
        one for one in items if isinstance(one, Code) and one.text not in (known.result, COMBOS)
    ]
    if not codes or body is None:
        return False
    calm = calm_names(known)
    if _restless(made, body, calm):
        return True
    changing = set(_touched(body, known.arguments, calm))
    return any(one.uses & changing and not one.text.isidentifier() for one in codes)


def calm_names(known: Known) -> frozenset[str]:
    """What the new body calls in its own way, and the types that it makes."""
    core = {*known.functions, *known.lists, *known.wholes, *known.warmers}
    core |= {known.validator, known.auto, known.update}
    return frozenset({*core, known.stream, known.input, known.params})


def _restless(value: Node, body: Node, calm: frozenset[str]) -> bool:
    """Whether a value may be another one, or change something, when it is made again or later.

    `calm` are names of functions that are known. Of other functions one call is like another one,
    unless they are given nothing.
    """
    own = calm | {"set_item"}  # A dict that is made here.
    for node in value.walk():
        if isinstance(node, Assign | Await):
            return True
        if isinstance(node, MacroCall) and node.path.rpartition("::")[2] not in MACROS:
            return True
        if isinstance(node, MethodCall) and not _is_pure(node) and node.method not in own:
            return True
        if isinstance(node, Call) and not node.args and not _makes(node, body, calm):
            return True
    return False


def _is_pure(call: MethodCall) -> bool:
    """Whether a method only computes a value, as its name tells."""
    name = call.method
    if name in _ITERATED and not call.args:
        return False
    return name in PURE | _ASKING | RELEASES or name.startswith(_PREFIXES)


def _makes(call: Call, body: Node, calm: frozenset[str]) -> bool:
    """Whether a function that is given nothing makes the same in any case."""
    path = call.function
    if not isinstance(path, Path):
        return False
    if calm.intersection(path.segments[-2:]) or path.last in _NEW:
        return True
    if len(path.segments) > 1 and path.segments[-2][:1].isupper():
        return False  # `Instant::now()`
    if len(path.segments) > 1 and path.segments[-2] in PRIMITIVES:
        return True
    return sum(_calls(one, path.last) for one in body.walk()) == 1


def _calls(node: Node, name: str) -> bool:
    return isinstance(node, Call) and isinstance(node.function, Path) and node.function.last == name


def _computes(value: Node, calm: frozenset[str]) -> bool:
    """Whether functions are called of which nothing is known; those of a type make one of it."""
    for one in value.walk():
        path = one.function if isinstance(one, Call) else None
        if isinstance(path, Path) and not path.last[:1].isupper() and path.last not in calm:
            owner = path.segments[-2] if len(path.segments) > 1 else ""
            if not owner[:1].isupper() and owner not in PRIMITIVES:
                return True
    return False


def _mentions(body: Node, name: str, after: int) -> int:
    """How often a body asks for a variable behind a place, in texts as well.

    What may run more than once counts twice.
    """
    once = {one.children()[-1].span for one in body.walk() if releases(one)}
    found = 0
    for one in body.walk():
        if one.span.start >= after:
            often = isinstance(one, Closure | Loop) and one.span not in once
            found += _names(one, name) or (often and any(_names(n, name) for n in one.walk()))
    return found


def _names(node: Node, name: str) -> bool:
    if isinstance(node, Literal) and node.kind == "str":
        return f"{{{name}" in node.text
    return isinstance(node, Path) and node.segments == (name,)


def _touched(body: Node, arguments: Collection[str], calm: frozenset[str]) -> Iterator[str]:
    """The arguments that a method is called on which may change them."""
    for node in body.walk():
        if isinstance(node, MethodCall) and not _is_pure(node) and node.method not in calm:
            name = root(node)
            if name in arguments and name != "py":
                yield name
