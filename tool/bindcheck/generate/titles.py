"""What a core's documentation says of it, of its parameters and results, in a few words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bindcheck.generate.context import Facts
from bindcheck.generate.documented import beginning, written
from bindcheck.generate.lengths import core_function
from bindcheck.model import Block, Call, Path, Sequence

_KERNEL_TAIL = re.compile(r" (?:by|with) (?:the fastest|the best|any) kernel\.?$")
"""How documentation tells the function without a kernel from the one that takes it."""

_LISTED = re.compile(r"(?<![\w`])`?\((\s*`?[A-Za-z_]\w*`?(?:\s*,\s*`?[A-Za-z_]\w*`?)+\s*)\)")
"""Names in parentheses, but for the arguments of a call."""

BEHIND = {
    "single": "",
    "batch": ", for every combination of parameters",
    "stream": ", one value at a time",
}
"""What is said of each piece behind the title."""


def docs_of(facts: Facts) -> Mapping[str, str]:
    """How the docstring of each piece begins: as that of the binding whose name it keeps."""
    title = title_of(facts)
    return {
        piece: written(beginning(facts.docs.get(piece, "")), f"{title}{behind}")
        for piece, behind in BEHIND.items()
    }


def title_of(facts: Facts) -> str:
    """The first sentence of the core's documentation, else its name."""
    function = facts.core.single or facts.core.with_kernel
    doc = facts.program.function(function.ref).doc if function is not None else ""
    first = doc.strip().partition("\n")[0].strip()
    return _KERNEL_TAIL.sub("", first.replace("`", "")).rstrip(".") or facts.bare


def sentence(doc: str) -> str:
    """The first line of a field's documentation, to stand behind the argument's name."""
    first = doc.strip().partition("\n")[0].strip().rstrip(".")
    return first[:1].lower() + first[1:] if first[1:2].islower() else first


def output_words(facts: Facts) -> tuple[str, ...]:
    """What the outputs are called. Those of a tuple: as its documentation, or else its code, says.

    None where neither has a word for each.
    """
    names = tuple(one.name for one in facts.core.outputs)
    function = core_function(facts.core)
    if function is None or not all(name.isdigit() for name in names):
        return names
    item, body = facts.program.function(function.ref), facts.program.body(function.ref)
    params = {one.name for one in item.params}
    told = [tuple(re.findall(r"\w+", found[1])) for found in _LISTED.finditer(item.doc)]
    told += [_given(body)] if body is not None else []
    wanted = (one for one in told if len(one) == len(set(one)) == len(names))
    return next((one for one in wanted if not params & set(one)), ())


def _given(body: Block) -> tuple[str, ...]:
    """The variables in the tuple at the end of a body."""
    last = body.statements[-1] if body.tail and body.statements else None
    if isinstance(last, Call) and len(last.args) == 1:
        last = last.args[0]
    items = last.items if isinstance(last, Sequence) else ()
    return tuple(one.text for one in items if isinstance(one, Path) and len(one.segments) == 1)
