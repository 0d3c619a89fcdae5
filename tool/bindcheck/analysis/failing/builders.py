"""Answers over HTTP whose status or header Python has chosen, and which are unwrapped.

`Response::builder()` keeps an error until `body`: a status below 100 or above 999, a header that
is none. Who is sure that there is none unwraps it.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.flow.types import INTEGERS
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable
from bindcheck.fact import fact
from bindcheck.model import Await, Call, ItemRef, MethodCall, Node, Path, Span, Try

_BUILDS = (b"::builder()",)
_MADE = frozenset({"Response", "Request"})
_UNWRAPS = frozenset({"unwrap", "expect"})
_EXTRACTS = (b".extract",)


@fact
class Unbuilt:
    """An answer that is unwrapped at `span`; `status` is the variable that Python has chosen."""

    ref: ItemRef
    span: Span
    status: str
    method: str


def unbuilt(program: Program) -> tuple[Unbuilt, ...]:
    """Such places in files with entry points."""
    return program.keep("unbuilt answers", lambda: tuple(_all(program)))


def _all(program: Program) -> Iterator[Unbuilt]:
    own = {one.ref.path for one in program.entries if one.active and is_callable(one)}
    for path in sorted(own):
        named = program.in_crate(path) and program.file_mentions(path, _BUILDS)
        for index, function in enumerate(program.modules[path].functions if named else ()):
            ref = ItemRef(path, index)
            if program.active(function.cfg, path):
                for span, status, method in _unbuilt_in(program, ref):
                    yield Unbuilt(ref, span, status, method)


@answered("answers unwrapped")
def _unbuilt_in(program: Program, ref: ItemRef) -> tuple[tuple[Span, str, str], ...]:
    anatomy = anatomy_of(program, ref) if program.mentions(ref, _BUILDS) else None
    return () if anatomy is None else tuple(_found(program, ref, anatomy))


def _found(program: Program, ref: ItemRef, anatomy: Anatomy) -> Iterator[tuple[Span, str, str]]:
    for one in anatomy.all(MethodCall):
        built = one.receiver
        if one.method not in _UNWRAPS or not isinstance(built, MethodCall):
            continue
        if built.method == "body" and len(built.args) == 1:
            status = _status(program, ref, anatomy, built.receiver)
            if status:
                yield one.span, status, one.method


def _status(program: Program, ref: ItemRef, anatomy: Anatomy, node: Node | None) -> str:
    """The variable of Python's that a builder has got as status, empty if there is none."""
    found = ""
    while node is not None:
        if isinstance(node, MethodCall):
            only = node.args[0] if node.method == "status" and len(node.args) == 1 else None
            if isinstance(only, Path) and _is_chosen(program, ref, anatomy, only):
                found = only.last
            node = node.receiver
        elif isinstance(node, Path) and len(node.segments) == 1:
            bound = anatomy.binding(node.last, node)
            node = bound[0] if bound is not None else None
        else:
            return found if isinstance(node, Call) and _is_builder(node) else ""
    return ""


def _is_builder(node: Call) -> bool:
    path = node.function
    named = isinstance(path, Path) and path.last == "builder" and len(path.segments) > 1
    return named and isinstance(path, Path) and path.segments[-2] in _MADE


def _is_chosen(program: Program, ref: ItemRef, anatomy: Anatomy, name: Path) -> bool:
    """Whether a number comes out of a function of the crate that extracts it from an object."""
    bound = anatomy.binding(name.last, name) if len(name.segments) == 1 else None
    value = bound[0] if bound is not None else None
    while isinstance(value, (Try, Await)):
        value = value.value
    targets = program.callees(ref).get(value.span, ()) if value is not None else ()
    return any(
        program.mentions(one, _EXTRACTS)
        and any(part.name in INTEGERS for part in program.function(one).returns.walk())
        for one in targets
    )
