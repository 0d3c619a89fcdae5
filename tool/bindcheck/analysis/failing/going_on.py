"""What becomes of the error of a function that refuses names: dropped, or said to be another."""

from __future__ import annotations

from bindcheck.analysis.anatomy import Anatomy
from bindcheck.analysis.failing.raising import Raising, mentions
from bindcheck.analysis.failing.treated import Loss, treatment
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Block,
    Call,
    Closure,
    FieldAccess,
    If,
    ItemRef,
    Jump,
    Let,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Sequence,
    Try,
)

_GIVEN = ("Err({})", "ok_or({})", "ok_or_else(|| {})")
"""How an error is given by who knows that it is the right one."""
_KEPT_AS = frozenset({"and_then", "map"})


def dropped(
    program: Program, ref: ItemRef, anatomy: Anatomy, node: Node, names: set[str]
) -> Node | None:
    """The arm, the `if let` or the default that goes on without an error of the call `node`."""
    outer = anatomy.parent(node)
    if isinstance(outer, MethodCall) and outer.receiver is node:
        lost = treatment(Raising(program, ref, anatomy), node)
        return next((at for loss, at, _ in lost if loss is Loss.SWALLOWED), None)
    if isinstance(outer, Sequence) and outer.kind == "tuple":
        node, outer = outer, anatomy.parent(outer)
    if isinstance(outer, Match) and outer.subject is node:
        arms = [one for one in outer.arms if one.pattern.startswith("Err(") or one.pattern == "_"]
        silent = arms and all(
            _goes_on(program, ref, one.body, {*one.names, *names}) for one in arms
        )
        return arms[0] if silent else None
    if isinstance(outer, Let) and "Ok(" in outer.pattern:
        branch = _branch(anatomy, outer)
        if outer.otherwise is not None:
            return outer if _goes_on(program, ref, outer.otherwise, names) else None
        passed = branch is not None and _is_passed_over(program, ref, branch, names)
        return outer if passed else None
    return None


def _branch(anatomy: Anatomy, let: Let) -> If | None:
    """The `if` whose condition a `let` is, or is part of."""
    inner: Node = let
    for outer in anatomy.above(let):
        if isinstance(outer, If):
            return outer if outer.condition is inner else None
        inner = outer
    return None


def _is_passed_over(program: Program, ref: ItemRef, branch: If, names: set[str]) -> bool:
    if branch.otherwise is not None:
        return _goes_on(program, ref, branch.otherwise, names)
    # Where success ends the search, the rest is what is done about the error.
    return not any(isinstance(one, (Return, Jump)) for one in branch.then.walk())


def _goes_on(program: Program, ref: ItemRef, body: Node, names: set[str]) -> bool:
    """Whether a handler does nothing about it: not look, nor fail, nor try something else."""
    callees = program.callees(ref)
    for one in body.walk():
        if isinstance(one, (MacroCall, Try)) or one.span in callees:
            return False
        if isinstance(one, Path) and (one.last == "Err" or one.segments[0] in names):
            return False
        if isinstance(one, FieldAccess) and one.name in names:
            return False
    return True


# --- said to be another ---------------------------------------------------------------------------


def renamed(
    program: Program, ref: ItemRef, anatomy: Anatomy, node: Node
) -> tuple[Node, str] | None:
    """Where an error of the call `node` becomes one that is given for another cause, and which."""
    outer = anatomy.parent(node)
    while isinstance(outer, MethodCall) and outer.receiver is node and outer.method in _KEPT_AS:
        node, outer = outer, anatomy.parent(outer)
    if not isinstance(outer, MethodCall) or outer.receiver is not node or outer.method != "map_err":
        return None
    closure = Raising(program, ref, anatomy).resolved(outer.args[0]) if outer.args else None
    if not isinstance(closure, Closure):
        return None
    for made in _made_blindly(closure):
        words = tuple(one.format(made).encode() for one in _GIVEN)
        if program.file_mentions(ref.path, words):
            return outer, made
    return None


def _made_blindly(closure: Closure) -> list[str]:
    """The bare variants that a closure makes of errors it does not look at, or not any further."""
    names = [name for one in closure.params for name in one.names]
    if not any(mentions(closure.body, name) for name in names):
        return _variant(closure.body)
    arms = [arm for one in closure.body.walk() if isinstance(one, Match) for arm in one.arms]
    return [made for arm in arms if arm.pattern in ("_", "Err(_)") for made in _variant(arm.body)]


def _variant(node: Node) -> list[str]:
    """`LagError::Zero`, boxed or not, out of blocks."""
    if isinstance(node, Block) and len(node.statements) == 1:
        return _variant(node.statements[0])
    if isinstance(node, Call) and len(node.args) == 1:
        return _variant(node.args[0])
    bare = isinstance(node, Path) and len(node.segments) > 1 and node.last[:1].isupper()
    return [node.text] if bare and isinstance(node, Path) and not node.last.isupper() else []
