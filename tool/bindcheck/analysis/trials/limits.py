"""Constants that code holds numbers against without refusing what is above.

`assert!(window <= MOST)` panics one above, and so may `[0.0; MOST]`, a buffer that does not grow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.linking.constants import constants
from bindcheck.analysis.program import Program
from bindcheck.analysis.ranges.values import literal
from bindcheck.analysis.trials.arguments import LONGER
from bindcheck.analysis.trials.leading import leading
from bindcheck.analysis.trials.values import LONG
from bindcheck.model import Binary, Block, EntryPoint, ItemRef, Let, Literal, MacroCall, Node, Path
from bindcheck.model import Sequence as Listed

_ROOM = (b"[0.0; ", b"[0.0_f64; ", b"[0.0f64; ", b"[0; ", b"[0usize; ", b"[f64::NAN; ")
_HOLDS = (
    (b"assert!(", rb"assert!\(\s*\w+\s*<=?\s*(?:[A-Z]\w+|\d{2,})\b"),
    *((word, re.escape(word) + rb"[A-Z]\w+\]") for word in _ROOM),
)
_TEXTS = tuple(word for word, _ in _HOLDS)
_MOST = LONG - 2 * LONGER
"""Of longer data nobody goes through the indices."""
_FEW = 2


def limits(program: Program, entry: EntryPoint) -> tuple[int, ...]:
    """The constants in what an entry point leads to in its file, the smallest first."""
    leads = leading(program, entry.ref.path, _HOLDS)
    if entry.ref not in leads:
        return ()
    found = {one for ref in leads for one in _held_in(program, ref)}
    return tuple(sorted(found))[:_FEW]


@answered("constants that numbers are held against")
def _held_in(program: Program, ref: ItemRef) -> tuple[int, ...]:
    """Those of one function."""
    body = program.body(ref) if program.mentions(ref, _TEXTS) else None
    if body is None:
        return ()
    found = (_value(program, ref, body, one) for one in _bounds(body))
    return tuple(one for one in found if one is not None and LONGER < one <= _MOST)


def _bounds(body: Block) -> Iterator[Node]:
    """What a number is asserted to be at most, and how long a buffer is."""
    for node in body.walk():
        if isinstance(node, MacroCall) and node.path == "assert" and node.args:
            held = node.args[0]
            if isinstance(held, Binary) and held.op in ("<", "<="):
                yield held.right
        elif isinstance(node, Listed) and node.kind == "repeat":
            yield node.items[-1]


def _value(program: Program, ref: ItemRef, body: Block, node: Node) -> int | None:
    """The number that a node is, or that its name stands for in a body or the file."""
    if isinstance(node, Path) and len(node.segments) == 1 and node.last.isupper():
        own = (
            one.value for one in body.walk() if isinstance(one, Let) and one.names == (node.last,)
        )
        known = next(own, None)
        return _number(
            known.text if isinstance(known, Literal) else _of_file(program, ref, node.last)
        )
    return _number(node.text) if isinstance(node, Literal) else None


def _of_file(program: Program, ref: ItemRef, name: str) -> str:
    found = (one.value for one in constants(program).get(name, ()) if one.path == ref.path)
    return next(found, "")


def _number(text: str) -> int | None:
    value = literal(text) if re.match(r"\d", text) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
