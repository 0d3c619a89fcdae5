"""What a stub says wrongly about one binding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindcheck.analysis.bindings.effective_signature import declaration, effective_signature
from bindcheck.analysis.program import Program
from bindcheck.analysis.python.stubs.made import made_shape
from bindcheck.analysis.python.stubs.said import Said
from bindcheck.analysis.python.stubs.signature import Declared, differences
from bindcheck.analysis.python.stubs.types import type_differences
from bindcheck.fact import fact
from bindcheck.findings import Confidence, Location
from bindcheck.model import EntryPoint, Span
from bindcheck.model.python import PythonArgument, PythonFunction

# A signature that fills the screen twice helps nobody.
_LONGEST = 160


@fact
class Disagreement:
    """One cause: `place` in the Rust source, or in the stub for what only the stub has.

    `absent` when a stub does not
    declare the item at all.
    """

    place: tuple[str, Span] | Location
    item: str
    message: str
    help: str = ""
    confidence: Confidence = Confidence.CERTAIN
    absent: bool = False
    indicator: str | None = None


def shown(place: Location) -> str:
    """`path:line` of a place in a stub."""
    return f"`{place.path}:{place.line}`"


def signature_help(program: Program, entry: EntryPoint, name: str, first: str = "") -> str:
    """The line of a stub that is right, types left out."""
    arguments = effective_signature(program, entry)
    if arguments is None:
        return ""
    inside = ", ".join(part for part in (first, declaration(arguments)) if part)
    return f"`def {name}({inside})`" if len(inside) <= _LONGEST else ""


def compared(
    program: Program, entry: EntryPoint, functions: Sequence[PythonFunction], skip: int
) -> Iterator[Said]:
    """What declarations of a function say that its binding does not."""
    arguments = effective_signature(program, entry)
    if arguments is None:
        return
    declared = Declared(tuple(functions), skip)
    yield from differences(arguments, declared)
    if not declared.several:
        only = functions[0]
        passed: tuple[PythonArgument, ...] = declared.arguments(only)
        made = made_shape(program, entry.ref) if only.returns is not None else None
        yield from type_differences(program.function(entry.ref), arguments, only, passed, made)
