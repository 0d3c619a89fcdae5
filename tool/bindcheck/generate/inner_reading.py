"""What stands in the body of a core that is split."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.model import Call, Closure, Let, MacroCall, MethodCall, Node, Path


def calls(let: Let, method: str) -> bool:
    """Whether a value is made by a function of this name."""
    for node in let.value.walk() if let.value is not None else ():
        if isinstance(node, Call) and isinstance(node.function, Path):
            if node.function.last == method:
                return True
        elif isinstance(node, MethodCall) and node.method == method:
            return True
    return False


def own(node: Node) -> Iterator[Node]:
    """A node and what is below it, without closures: these return for themselves."""
    yield node
    for child in node.children():
        if not isinstance(child, Closure):
            yield from own(child)


def uses(statement: Node, name: str) -> bool:
    """Whether a variable occurs in a statement, in the tokens of a macro as well."""
    for node in statement.walk():
        if isinstance(node, Path) and node.segments == (name,):
            return True
        if isinstance(node, MacroCall) and re.search(rf"\b{name}\b", node.tokens):
            return True
    return False


def mentions(let: Let, name: str) -> bool:
    """Whether the value of a variable names another one."""
    return any(
        isinstance(node, Path) and name in node.segments
        for node in (let.value.walk() if let.value is not None else ())
    )
