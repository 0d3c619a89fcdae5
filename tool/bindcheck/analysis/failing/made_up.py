"""Lists that are made up where a function of the crate refuses to give one.

`axis(range).unwrap_or_else(|_| vec![range.0])`: the caller has asked for what `axis` refuses, and
gets the one number that the list was made of, as if that had been the question.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.failing.error_types import fails
from bindcheck.analysis.failing.treated import returned
from bindcheck.analysis.fills.alternatives import callers_of
from bindcheck.analysis.flow.types import SEQUENCES
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.matching import matching
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import (
    Block,
    Call,
    Closure,
    Function,
    ItemRef,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Span,
)

_MADE = (
    (b"Err(_) => vec![", rb"Err\(_\) => vec!\[\s*[^\]\s]"),
    (b"Err(_) => return vec![", rb"Err\(_\) => return vec!\[\s*[^\]\s]"),
    (b"|_| vec![", rb"\|_\| vec!\[\s*[^\]\s]"),
)


@fact
class MadeUp:
    """At `span` a list takes the place of the error of `callee`."""

    span: Span
    callee: str


def made_up_lists(program: Program) -> Iterator[tuple[ItemRef, MadeUp]]:
    """Such places of the functions of the crate that bindings reach, one for each callee."""
    marked = [one for path in program.modules for one in _marked(program, path)]
    reached = set(reach_of(program).functions()) if marked else set()
    for ref in marked:
        yield from ((ref, one) for one in _made_up(program, ref) if ref in reached)


@answered("functions with made-up lists")
def _marked(program: Program, path: str) -> tuple[ItemRef, ...]:
    """The functions of a file that have such a text."""
    return matching(program, path, _MADE) if program.in_crate(path) else ()


@answered("made-up lists")
def _made_up(program: Program, ref: ItemRef) -> tuple[MadeUp, ...]:
    anatomy = anatomy_of(program, ref)
    found: dict[str, MadeUp] = {}
    for call, instead in _handled(anatomy) if anatomy is not None else ():
        assert anatomy is not None
        callee = _callee(program, ref, anatomy, call)
        if callee is not None and _gives_list(callee) and fails(program, callee, ref):
            found.setdefault(callee.name, MadeUp(instead.span, callee.name))
    return tuple(found.values())


def _handled(anatomy: Anatomy) -> Iterator[tuple[Call, Node]]:
    """Calls, and the list with values that is there if they fail, in source order."""
    found: list[tuple[Node, Node]] = []
    for method in anatomy.all(MethodCall):
        if method.method == "unwrap_or_else" and method.args:
            code = method.args[0]
            found += [(method.receiver, code.body)] if isinstance(code, Closure) else []
    for match in anatomy.all(Match):
        arms = (one for one in match.arms if one.pattern == "Err(_)" and one.guard is None)
        found += [(match.subject, one.body) for one in arms]
    for tried, handler in sorted(found, key=lambda one: one[1].span.start):
        instead = returned(handler)
        if isinstance(tried, Call) and _has_values(instead):
            yield tried, instead


def _has_values(node: Node) -> bool:
    """`vec![x]`."""
    return isinstance(node, MacroCall) and node.path == "vec" and bool(node.args)


def _callee(program: Program, ref: ItemRef, anatomy: Anatomy, call: Call) -> Function | None:
    """The function that only this one can call: one inside it, or one that no other calls.

    What others call as well, or give to Python, may fail there for the same, and be heard.
    """
    name = call.function.last if isinstance(call.function, Path) else ""
    inside = (one for block in anatomy.all(Block) for one in block.functions)
    own = next((one for one in inside if one.name == name and not one.owner), None)
    if own is not None:
        return own
    for target in program.callees(ref).get(call.span, ())[:1]:
        if target.path == ref.path and set(callers_of(program, target)) <= {ref}:
            return program.function(target)
    return None


def _gives_list(function: Function) -> bool:
    held = function.returns.args[:1]
    return any(one.name in SEQUENCES for one in held)
