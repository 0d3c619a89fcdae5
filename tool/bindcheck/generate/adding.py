"""Statements of a `#[pymodule]` function: what each adds to the module, and how it names that."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.model import MacroCall, MethodCall, Node, Path, Try, Unary

_ADDERS = ("add_function", "add_class", "add_wrapped")


def receiver(statement: Node) -> str:
    """The variable that a statement calls `add_function` or `add_class` on."""
    while isinstance(statement, Try):
        statement = statement.value
    if isinstance(statement, MethodCall) and statement.method in _ADDERS:
        return variable(statement.receiver)
    return ""


def adds_class(statement: Node) -> bool:
    """Whether a statement adds a class."""
    return any(isinstance(n, MethodCall) and n.method == "add_class" for n in statement.walk())


def variable(node: Node) -> str:
    """The variable that an expression is, borrowed or not."""
    while isinstance(node, Unary):
        node = node.value
    return node.last if isinstance(node, Path) and len(node.segments) == 1 else ""


def is_block(statement: Node) -> bool:
    """Whether a statement is no line that adds something."""
    return not isinstance(statement, Try | MethodCall | MacroCall)


def added(statement: Node) -> Iterator[tuple[str, bool]]:
    """Names that a statement adds to a module, and whether each is written with its module."""
    return ((path[-1], len(path) > 1) for path in written(statement))


def written(statement: Node) -> Iterator[tuple[str, ...]]:
    """The paths by which a statement names what it adds to a module."""
    for node in statement.walk():
        if isinstance(node, MacroCall) and node.path.endswith("wrap_pyfunction"):
            if node.args and isinstance(node.args[0], Path):
                yield node.args[0].segments
        elif isinstance(node, MethodCall) and node.method == "add_class" and node.turbofish:
            yield tuple(node.turbofish[0].path.split("::"))
