"""Errors of the core that a binding looks at by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from bindcheck.generate.held.scopes import Scope
from bindcheck.generate.held.splicing import Splicer
from bindcheck.generate.held.statements import raised
from bindcheck.generate.held.symbols import Code, Symbol
from bindcheck.generate.lacking import Lacking
from bindcheck.model import Block, Call, If, Let, Match, Node, Path, Return, Try

_ERR = re.compile(r"Err\((\w+)\)")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAME = re.compile(r"(?<![\w.:])[a-z_]\w*")


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


def mapped_by(node: Match, scope: Scope, splicer: Splicer, released: bool) -> Iterator[str]:
    """What the arms of a match on the core's result make of its errors, as closures.

    All that they say must be there in the new body.
    """
    for arm in node.arms:
        made = raised(arm)
        if made is None:
            continue
        names = {name: Code(name, atomic=True) for name in arm.names}
        code = splicer.code(made, {**scope, **names}, released=released)
        if not isinstance(code, Code):
            splicer.found.doubts.append(unmapped(made, splicer))
            continue
        yield f"|{arm.names[0]}| {code.text}"


def gone_from(
    mapping: str, scope: Mapping[str, Symbol], arguments: Mapping[str, Symbol]
) -> frozenset[str]:
    """Variables of the old body that a closure asks for, in texts with `{name}` as well.

    Arguments are there in a new body, as long as they are what Python gave.
    """
    code = _TEXT.sub(lambda text: " ".join(re.findall(r"\{(\w+)", text[0])), mapping)
    own = set(re.findall(r"\|(\w+)\||\blet (?:mut )?(\w+)", code))
    names = set(_NAME.findall(code)) - {name for pair in own for name in pair}
    return frozenset(name for name in names & scope.keys() if not _stays(name, scope, arguments))


def _stays(name: str, scope: Mapping[str, Symbol], arguments: Mapping[str, Symbol]) -> bool:
    symbol = scope[name]
    return isinstance(symbol, Code) and symbol.text == name and name in arguments


def unmapped(made: Node, splicer: Splicer) -> Lacking:
    """What is told of an exception that names what the new body does not have."""
    line = splicer.first_line(made)
    return Lacking(f"what makes exceptions of errors: `{line}`", made.span.start)


def _is_plain(node: Node) -> bool:
    return not any(isinstance(one, Return | Try) for one in node.walk())
