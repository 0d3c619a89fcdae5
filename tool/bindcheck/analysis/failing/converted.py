"""Python objects that a `FromPyObject` takes to have attributes that nobody has promised.

PyO3 runs `extract` for whatever a caller passes. That the class of the object has a certain name
says nothing of what it can: a class of the caller's may have that name, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.failing.held import ASKS, UNWRAPS, WORDS, is_handed
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import ItemRef, MethodCall, Node, Path, Span, Try

_EXTRACTS = frozenset({"extract", "extract_bound"})
_ANY_HAS = frozenset({"str", "repr", "is_truthy", "hash"})
_OTHERS = frozenset({"py", "get_type", "get_type_ptr"})
"""What leads from an object to something that the caller did not hand over."""
_NAMES = frozenset({"name", "qualname", "fully_qualified_name"})
_SETTLES = frozenset(
    {
        *("is_instance", "is_instance_of", "is_exact_instance", "is_exact_instance_of"),
        *("cast", "downcast", "cast_exact", "downcast_exact", "hasattr"),
        *("is", "is_subclass", "is_subclass_of"),
    }
)


@fact
class Unpromised:
    """`object` is taken to do `what`, there and at `more` places of the function.

    `how` is what panics else; `named`: what is known of the object is the name of its class.
    """

    ref: ItemRef
    span: Span
    how: str
    what: str
    object: str
    more: int
    named: bool


def unpromised(program: Program) -> tuple[Unpromised, ...]:
    """Such places in the `FromPyObject` that entry points run, one of each function."""
    return program.keep("unpromised attributes", lambda: tuple(_all_unpromised(program)))


def _all_unpromised(program: Program) -> Iterator[Unpromised]:
    for ref in reach_of(program).functions():
        function = program.function(ref)
        extracts = function.name in _EXTRACTS and "FromPyObject" in function.trait
        if extracts and program.in_crate(ref.path):
            yield from _unpromised_in(program, ref)


@answered("objects that are taken to answer where they are extracted")
def _unpromised_in(program: Program, ref: ItemRef) -> tuple[Unpromised, ...]:
    anatomy = anatomy_of(program, ref) if program.mentions(ref, WORDS) else None
    params = program.function(ref).params
    objects = {one.name for one in params if is_handed(one)}
    if anatomy is None or not objects:
        return ()
    found = list(_unwrapped(anatomy, objects))
    if not found:
        return ()
    node, what, name = found[0]
    named = any(one.method in _NAMES for one in anatomy.all(MethodCall))
    return (Unpromised(ref, node.span, node.method, what, name, len(found) - 1, named),)


def _unwrapped(anatomy: Anatomy, objects: set[str]) -> Iterator[tuple[MethodCall, str, str]]:
    """What is unwrapped of an object of which nothing has been asked before."""
    for node in anatomy.all(MethodCall):
        if node.method in UNWRAPS:
            what, base = _asked(node.receiver)
            name = base.last if base is not None else ""
            if what and name in objects and not _is_settled(anatomy, node, name):
                yield node, what, name


def _asked(node: Node) -> tuple[str, Path | None]:
    """What `object.method(..)?.method(..)` asks for last, and the object."""
    asked = ""
    while isinstance(node, (MethodCall, Try)):
        if isinstance(node, Try):
            node = node.value
            continue
        if node.method in _OTHERS:
            return "", None
        asked = asked or (node.method if node.method in ASKS - _ANY_HAS else "")
        node = node.receiver
    plain = isinstance(node, Path) and len(node.segments) == 1
    return (asked, node) if plain and isinstance(node, Path) else ("", None)


def _is_settled(anatomy: Anatomy, node: MethodCall, name: str) -> bool:
    """Whether the object, or its class, has been asked before what it is or has."""
    return any(
        one.method in _SETTLES and _begins_with(one, name)
        for one in anatomy.all(MethodCall)
        if one.span.end < node.span.start
    )


def _begins_with(node: Node, name: str) -> bool:
    while isinstance(node, (MethodCall, Try)):
        node = node.receiver if isinstance(node, MethodCall) else node.value
    return isinstance(node, Path) and node.segments == (name,)
