"""Errors of the core that a binding looks at by itself."""

from __future__ import annotations

import re
from collections.abc import Callable

from bindcheck.model import Block, Call, If, Let, Node, Path, Return, Try

_ERR = re.compile(r"Err\((\w+)\)")


def mapping_in(statement: Node, name: str, text: Callable[[Node], str]) -> str:
    """What makes an exception of the error in the variable `name`, as a closure; empty: nothing.

    `if let Err(e) = result { let message = ..; return Err(PyValueError::new_err(message)); }`
    """
    if not isinstance(statement, If) or statement.otherwise is not None:
        return ""
    asked, then = statement.condition, statement.then
    if not isinstance(asked, Let) or not isinstance(asked.value, Path) or not name:
        return ""
    found = _ERR.fullmatch(asked.pattern.strip())
    if asked.value.text != name or found is None or not isinstance(then, Block):
        return ""
    *before, last = then.statements
    value = last.value if isinstance(last, Return) else None
    if not isinstance(value, Call) or text(value.function) != "Err" or len(value.args) != 1:
        return ""
    if not all(isinstance(one, Let) and _is_plain(one) for one in before):
        return ""
    lines = "".join(f"{text(one)} " for one in before)
    made = text(value.args[0])
    return f"|{found[1]}| {{ {lines}{made} }}" if lines else f"|{found[1]}| {made}"


def _is_plain(node: Node) -> bool:
    return not any(isinstance(one, Return | Try) for one in node.walk())
