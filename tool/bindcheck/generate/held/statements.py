"""What statements of a body are, as they are written."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bindcheck.model import (
    Arm,
    Block,
    Call,
    Closure,
    CoreFunction,
    If,
    Index,
    Let,
    MethodCall,
    Node,
    Path,
    Range,
    Return,
    Try,
    Unary,
)

_ASKING = frozenset({"all", "any", "find", "position", "rposition"})
"""Methods whose closures only look at numbers, one after the other."""


_READ = frozenset(
    {"as_array", "as_slice", "as_slice_memory_order", "as_standard_layout", "ok_or", "ok_or_else"}
)
"""Methods on the way from an array to the slice of its numbers."""


def raised(arm: Arm) -> Node | None:
    """What `Err(error) => Err(..)` makes of an error."""
    body = arm.body
    alone = isinstance(body, Block) and body.tail and len(body.statements) == 1
    value = body.statements[0] if isinstance(body, Block) and alone else body
    if isinstance(value, Return) and value.value is not None:
        value = value.value
    if not arm.pattern.startswith("Err(") or len(arm.names) != 1 or arm.guard is not None:
        return None
    return value.args[0] if isinstance(value, Call) and is_error(value) else None


def is_part(node: Unary | Index) -> bool:
    """Whether an expression is other numbers than those inside it: `data[1..]`, `-value`."""
    if isinstance(node, Unary):
        return node.op in ("-", "!")
    return isinstance(node.index, Range) and (
        node.index.start is not None or node.index.end is not None
    )


def is_guard(node: Node) -> bool:
    """Whether a statement only checks: `if condition { return Err(..); }`, or some under one."""
    if not isinstance(node, If) or node.otherwise is not None or not isinstance(node.then, Block):
        return False
    inside = node.then.statements
    if len(inside) == 1 and isinstance(inside[0], Return):
        return is_error(inside[0].value)
    return bool(inside) and all(is_guard(one) for one in inside)


def raises(node: Node) -> bool:
    """Whether a statement is a variable whose value has `return Err(..)` in it."""
    if not isinstance(node, Let) or node.value is None or node.otherwise is not None:
        return False
    asking = {id(arg) for one in node.value.walk() for arg in _asked_with(one)}
    inside = [
        one
        for one in node.value.walk()
        if isinstance(one, Return | Closure) and id(one) not in asking
    ]
    ends = bool(inside) and all(isinstance(one, Return) and is_error(one.value) for one in inside)
    return ends and not node.mutable and [node.pattern] == list(node.names)


def _asked_with(node: Node) -> tuple[Node, ...]:
    """The closure in `values.iter().position(|x| !x.is_nan())`, unless it may end early."""
    if not isinstance(node, MethodCall) or node.method not in _ASKING:
        return ()
    ends = any(isinstance(one, Return | Try) for arg in node.args for one in arg.walk())
    return () if ends else tuple(node.args)


def handed(body: Block, functions: Collection[str]) -> frozenset[str]:
    """Variables that functions of these names are given as they are."""
    return frozenset(
        arg.last
        for node in body.walk()
        if isinstance(node, Call)
        and isinstance(node.function, Path)
        and node.function.last in functions
        for arg in node.args
        if isinstance(arg, Path) and len(arg.segments) == 1
    )


def asked(statement: Node) -> Try | None:
    """The expression of a statement that raises, with a text of its own, where nothing is found."""
    value = statement.value if isinstance(statement, Let) else statement
    inner = value.value if isinstance(value, Try) else None
    if not isinstance(inner, MethodCall) or inner.method not in ("ok_or", "ok_or_else"):
        return None
    if any(isinstance(one, MethodCall) and one.method == "checked_mul" for one in inner.walk()):
        return None  # The new body asks for its own sizes.
    named = [node.last for arg in inner.args for node in arg.walk() if isinstance(node, Path)]
    return value if isinstance(value, Try) and "new_err" in named else None


def read_variable(node: Node) -> str:
    """The variable that is asked for its numbers: where an array has no slice, they are copied."""
    while isinstance(node, Try) or (isinstance(node, MethodCall) and node.method in _READ):
        node = node.value if isinstance(node, Try) else node.receiver
    return node.text if isinstance(node, Path) else ""


def is_error(value: Node | None) -> bool:
    """`Err(..)`."""
    return (
        isinstance(value, Call)
        and isinstance(value.function, Path)
        and value.function.last == "Err"
    )


def given_for(body: Block, functions: Mapping[str, CoreFunction], role: str) -> str:
    """The variable that the first of some functions is given for a role; empty without one."""
    for node in body.walk():
        path = node.function if isinstance(node, Call) else None
        function = functions.get(path.last) if isinstance(path, Path) else None
        if function is not None:
            given = dict(zip(function.roles, node.children()[1:], strict=False)).get(role)
            return given.last if isinstance(given, Path) else ""
    return ""
