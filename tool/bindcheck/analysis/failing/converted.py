"""Python objects that a `FromPyObject` takes to have attributes that nobody has promised.

PyO3 runs `extract` for whatever a caller passes. That the class of the object has a certain name
says nothing of what it can: a class of the caller's may have that name, too. What is indexed by or
asserted of values that come out of the object panics for them as in a binding.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.bindings.extracting import extractions
from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.failing.given_objects import (
    ANY_HAS,
    ASKS,
    UNWRAPS,
    asked_of,
    is_settled,
)
from bindcheck.analysis.failing.held import WORDS, is_handed
from bindcheck.analysis.flow.evaluate import flow_of
from bindcheck.analysis.flow.events import Panic
from bindcheck.analysis.flow.values import Fails
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import ItemRef, MethodCall, Node, Path, Span, Try

_OTHERS = frozenset({"py", "get_type", "get_type_ptr"})
"""What leads from an object to something that the caller did not hand over."""
_NAMES = frozenset({"name", "qualname", "fully_qualified_name"})


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
    for ref in extractions(program).values():
        found = _unpromised_in(program, ref)
        if found and ref in reach_of(program).ways:
            yield from found


def extracting_panics(program: Program) -> Iterator[Panic]:
    """What else panics in such a function for what it takes out of an object."""
    for ref in dict.fromkeys(extractions(program).values()):
        reached = ref in reach_of(program).ways
        for one in flow_of(program).extraction(ref).panics if reached else ():
            if one.place.ref == ref and one.how not in UNWRAPS and one.fails >= Fails.HANDED:
                yield one


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
    """What is unwrapped of an object, or what it gave, of which nothing has been asked before."""
    for node in anatomy.all(MethodCall):
        if node.method in UNWRAPS:
            what, base = _asked(node.receiver)
            name = base.last if base is not None else ""
            given = asked_of(anatomy, node)
            root = given[2] if given is not None else None
            if what and name in objects and not is_settled(anatomy, node, name):
                yield node, what, name
            elif given is not None and isinstance(root, Path) and root.last in objects:
                yield node, given[0], given[1]


def _asked(node: Node) -> tuple[str, Path | None]:
    """What `object.method(..)?.method(..)` asks for last, and the object."""
    asked = ""
    while isinstance(node, (MethodCall, Try)):
        if isinstance(node, Try):
            node = node.value
            continue
        if node.method in _OTHERS:
            return "", None
        asked = asked or (node.method if node.method in ASKS - ANY_HAS else "")
        node = node.receiver
    plain = isinstance(node, Path) and len(node.segments) == 1
    return (asked, node) if plain and isinstance(node, Path) else ("", None)
