"""What a condition establishes, and which branches are deliberate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from typing import Any, TypeGuard

from bindcheck.analysis.flow.limits import floors_of, kept
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.values import (
    NOT_CONTIGUOUS,
    Fails,
    Proof,
    Root,
    Shape,
    Size,
    Value,
    unchosen,
)
from bindcheck.model import (
    Arm,
    Binary,
    Block,
    Call,
    Closure,
    FieldAccess,
    Gated,
    If,
    Jump,
    Let,
    Literal,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Try,
    Unary,
)
from bindcheck.model.fact import replace

DIVERGING = frozenset({"panic", "unreachable", "todo", "unimplemented"})
_ORDER = frozenset({"<", ">", "<=", ">="})
_CONTIGUOUS = frozenset({"is_contiguous", "is_c_contiguous", "is_standard_layout"})
_PRESENT = frozenset({"is_some", "is_ok"})
_ABSENT = frozenset({"is_none", "is_err"})
_ANSWERS = {"all": _PRESENT, "any": _ABSENT}
_SLICES = frozenset({"as_slice", "as_slice_mut", "to_slice", "as_slice_memory_order"})
_INSIDE = frozenset({"is_none_or", "is_ok_and", "is_some_and"})
_LITERAL = re.compile(r"[(\s]*[-\d'\"]")
_SIDES = ("Ok", "Err", "Some", "None")
_THRESHOLD = 16
_OF_ERRORS = frozenset({"map_err", "inspect_err", "map"})
"""Methods that leave an error an error."""


def diverges(node: Node | None) -> bool:
    """Whether control never comes out at the end of a node."""
    ends = _ENDS.get(type(node))
    return ends is not None and ends(node)


def ends(node: Node | None, frame: Frame) -> bool:
    """Whether control never comes out behind a branch, be it for a macro that ends it."""
    last = node.statements[-1] if isinstance(node, Block) and node.statements else node
    if diverges(node) or not isinstance(last, MacroCall):
        return diverges(node)
    expanded = frame.world.program.expansion(frame.ref, last)
    return expanded is not None and ends(expanded, frame)


def _branches_diverge(node: If) -> bool:
    return diverges(node.then) and diverges(node.otherwise)


def _arms_diverge(node: Match) -> bool:
    return bool(node.arms) and all(diverges(arm.body) for arm in node.arms)


def raises(node: Node | None) -> bool:
    """Whether a node is `Err(..)?`, whatever is made of the error in between."""
    if not isinstance(node, Try):
        return False
    inner = node.value
    while isinstance(inner, MethodCall) and inner.method in _OF_ERRORS:
        inner = inner.receiver
    return (
        isinstance(inner, Call)
        and isinstance(inner.function, Path)
        and (inner.function.segments == ("Err",))
    )


_ENDS: Mapping[type[Node | None], Callable[[Any], bool]] = {
    Return: lambda _: True,
    Jump: lambda _: True,
    MacroCall: lambda node: node.path.rsplit("::", 1)[-1] in DIVERGING,
    Block: lambda node: any(map(diverges, node.statements)),
    Gated: lambda node: diverges(node.inner),
    If: _branches_diverge,
    Match: _arms_diverge,
    Try: raises,
}


def establish(condition: Node, frame: Frame) -> None:
    """Take over what holds once `condition` has been looked at: its names are checked."""
    nodes = tuple(condition.walk())
    still = kept(condition, nodes, frame)
    _check_names(nodes, frame)
    for name, limits in still.items():
        frame.names[name] = replace(frame.names[name], limits=limits)
    for node in nodes:
        if isinstance(node, Binary) and node.op in ("!=", "=="):
            _check_shape(node, frame)
    handed = _handed_on(nodes, frame)
    with frame.inside(handed) if handed else nullcontext():
        measured = [_measured(node, frame) for node in nodes]
    roots = {one.root for one in measured if one is not None and one.root is not None}
    if len(roots) > 1:
        frame.same_length(frozenset(roots))


def _handed_on(nodes: Iterable[Node], frame: Frame) -> dict[str, Value]:
    """What closures of a condition are handed: `weights.is_some_and(|w| w.len() != x.len())`."""
    found: dict[str, Value] = {}
    for node in nodes:
        closure = node.args[0] if isinstance(node, MethodCall) and len(node.args) == 1 else None
        if isinstance(closure, Closure) and isinstance(node, MethodCall) and node.method in _INSIDE:
            names = closure.params[0].names if len(closure.params) == 1 else ()
            if len(names) == 1:
                found[names[0]] = frame.world.quiet(frame).expr(node.receiver).held()
    return found


def _check_names(nodes: Iterable[Node], frame: Frame) -> None:
    """Everything that a condition names has been looked at."""
    for node in nodes:
        if isinstance(node, Path) and len(node.segments) == 1:
            _check_name(node.last, frame)
        elif isinstance(node, FieldAccess):
            _check_field(node, frame)
        elif isinstance(node, MethodCall):
            _check_method(node, frame)
            if node.method in ("any", "all"):
                check_all(node.receiver, frame)
                check_rows(node.receiver, node, frame)
                _check_presence(node, frame)
        elif isinstance(node, Let) and node.value is not None and node.pattern.startswith(_SIDES):
            frame.learn(frame.world.quiet(frame).expr(node.value).proof)


def _check_presence(asked: MethodCall, frame: Frame) -> None:
    """`found.iter().all(|one| one.is_some())`: each element of a list is there, or none is used."""
    walked, asks = asked.receiver, asked.args[0] if asked.args else None
    listed = walked.receiver if isinstance(walked, MethodCall) and not walked.args else None
    if isinstance(asks, Closure) and isinstance(asks.body, MethodCall):
        of = asks.body.receiver
        whole = [one.name for one in asks.params] == [of.last] if isinstance(of, Path) else False
        name = asks.body.method if whole else ""
    else:
        name = asks.last if isinstance(asks, Path) else ""
    if name not in _ANSWERS[asked.method] or not isinstance(listed, Path):
        return
    value = frame.names.get(listed.last)
    if value is not None and value.element is not None and value.element.wrap:
        element = replace(value.element, fails=Fails.NEVER)
        frame.names[listed.last] = replace(value, element=element)


def _check_shape(node: Binary, frame: Frame) -> None:
    """`rows * cols != data.len()`: the two numbers are those of a shape, as large as the data."""
    for product, other in ((node.left, node.right), (node.right, node.left)):
        if not (isinstance(product, Binary) and product.op == "*"):
            continue
        factors = [one for one in (product.left, product.right) if _is_known(one, frame)]
        if len(factors) == 2 and isinstance(other, MethodCall) and other.method == "len":
            size = frame.world.quiet(frame).expr(other).size
            for one in factors:
                known = frame.names[one.last]
                if known.shape is Shape.SCALAR:
                    frame.names[one.last] = replace(known, size=max(known.size, size))


def check_rows(collection: Node, asked: Node, frame: Frame) -> None:
    """Rows whose length is compared one by one are as long as what it is compared with."""
    compared = [
        side
        for node in asked.walk()
        if isinstance(node, Binary) and node.op in ("!=", "==")
        for side in (node.left, node.right)
    ]
    if not any(isinstance(side, MethodCall) and side.method == "len" for side in compared):
        return
    lengths = [frame.names[side.last].lengths for side in compared if _is_known(side, frame)]
    firsts = frozenset().union(*lengths)
    for path, span in _rows(collection, frame):
        frame.same_length(frozenset({(path, span), (f"{path}0", span)}) | firsts)


def _is_known(node: Node, frame: Frame) -> TypeGuard[Path]:
    return isinstance(node, Path) and node.last in frame.names


def _rows(collection: Node, frame: Frame) -> set[Root]:
    """The rows of the sequences that are named, each sequence's standing for one."""
    values = (
        frame.names[node.last]
        for node in collection.walk()
        if isinstance(node, Path) and node.last in frame.names
    )
    return {
        (f"{one.root[0]}#row", one.root[1])
        for one in values
        if one.root is not None and one.element is not None and one.element.is_sequence
    }


def _check_name(name: str, frame: Frame) -> None:
    value = frame.names.get(name)
    if value is None:
        return
    owner = frame.asked_of.get(name, "")
    if owner in frame.names:
        frame.names[owner] = unchosen(frame.names[owner])
    if value.shape in (Shape.SCALAR, Shape.UNKNOWN):
        frame.names[name] = unchosen(value)
    if value.root is not None:
        frame.nonempty.add(value.root)
    frame.nonempty.update(value.lengths)
    if len(value.lengths) > 1:
        frame.same_length(value.lengths)


def check_all(collection: Node, frame: Frame) -> None:
    """Every element of the named collections has been looked at."""
    for node in collection.walk():
        if isinstance(node, Path) and node.last in frame.names:
            value = frame.names[node.last]
            if value.is_sequence:
                frame.names[node.last] = unchosen(value)


def rejects(body: Node, names: frozenset[str]) -> bool:
    """Whether a loop body gives up on some values of `names`, or of what it binds itself."""
    bound = set(names)
    for node in body.walk():
        if isinstance(node, Let):
            bound.update(node.names)
        elif isinstance(node, If) and diverges(node.then):
            asked = {part.last for part in node.condition.walk() if isinstance(part, Path)}
            if asked & bound:
                return True
    return False


def _check_field(node: FieldAccess, frame: Frame) -> None:
    if not isinstance(node.base, Path):
        return
    owner = frame.names.get(node.base.last)
    if owner is None:
        return
    fields = tuple(
        (name, unchosen(part) if name == node.name else part) for name, part in owner.fields
    )
    frame.names[node.base.last] = replace(owner, fields=fields)


def _check_method(node: MethodCall, frame: Frame) -> None:
    if node.method in _PRESENT | _ABSENT and isinstance(node.receiver, Path):
        name = node.receiver.last
        value = frame.names.get(name)
        if value is not None and value.wrap:
            frame.names[name] = replace(value, fails=Fails.NEVER)
    if node.method in _PRESENT | _ABSENT:
        frame.learn(frame.world.quiet(frame).expr(node.receiver).proof)
    if node.method in _CONTIGUOUS:
        root = frame.world.quiet(frame).expr(node.receiver).root
        frame.contiguous |= {root} if root is not None else set()


def _measured(node: Node, frame: Frame) -> Value | None:
    """The collection whose length a node asks for."""
    if not (isinstance(node, MethodCall) and node.method in ("len", "shape", "dim")):
        if isinstance(node, Path) and len(node.segments) == 1:
            value = frame.names.get(node.last)
            if value is not None and len(value.lengths) == 1:
                return replace(value, root=next(iter(value.lengths)))
        return None
    quiet = frame.world.quiet(frame)
    return quiet.expr(node.receiver).held()


def is_size_guard(condition: Node, frame: Frame) -> bool:
    """Whether a condition compares a length with a threshold: `n < 4096`, `n < SMALL`."""
    for node in condition.walk():
        if isinstance(node, Binary) and node.op in _ORDER:
            quiet = frame.world.quiet(frame)
            sides = (node.left, node.right)
            for long, short in (sides, sides[::-1]):
                value = quiet.expr(long)
                if value.size is Size.DATA and value.lengths and _is_threshold(short, quiet):
                    return True
    return False


def _is_threshold(node: Node, frame: Frame) -> bool:
    if isinstance(node, Literal):
        digits = re.sub(r"[^0-9].*$", "", node.text.replace("_", ""))
        return node.kind == "int" and digits.isdigit() and int(digits) >= _THRESHOLD
    if not isinstance(node, Path):
        return False
    value = frame.expr(node)
    return value.size is Size.CONST and not value.caller and node.last.isupper()


def fallback_side(condition: Node, frame: Frame) -> str:
    """Which branch only runs for strided input: `then`, `otherwise` or none (empty)."""
    if isinstance(condition, Let):
        asks = condition.value is not None and asks_for_slice(condition.value, frame)
        if not asks:
            return ""
        return "then" if condition.pattern.startswith(("Err", "None")) else "otherwise"
    if isinstance(condition, Unary) and condition.op == "!":
        return {"then": "otherwise", "otherwise": "then"}.get(
            fallback_side(condition.value, frame), ""
        )
    if isinstance(condition, MethodCall):
        if condition.method in _CONTIGUOUS:
            return "otherwise"
        if asks_for_slice(condition.receiver, frame) and condition.method in _PRESENT | _ABSENT:
            return "otherwise" if condition.method in _PRESENT else "then"
    if isinstance(condition, Binary) and condition.op in ("&&", "||"):
        return fallback_side(condition.left, frame) or fallback_side(condition.right, frame)
    return ""


def asks_for_slice(node: Node, frame: Frame) -> bool:
    """Whether an expression is what `as_slice` says about an array, asked here or before."""
    for one in node.walk():
        if isinstance(one, Closure):
            return False
        if isinstance(one, Path) and one.last in frame.names:
            value = frame.names[one.last]
            if value.wrap and value.why.endswith(NOT_CONTIGUOUS):
                return True
        if isinstance(one, MethodCall) and one.method in _SLICES:
            return True
    return False


def tells_apart(arm: Arm) -> bool:
    """Whether a match arm takes some numbers or texts only: by a guard, a literal or a range."""
    return arm.guard is not None or _LITERAL.match(arm.pattern) is not None


def proved(value: Value, frame: Frame) -> Value:
    """A `Result` or `Option` that is only there where what the frame knows now holds."""
    if not value.wrap or value.is_absent:
        return value
    floors = floors_of(frame)
    if not (frame.nonempty or frame.alike or floors):
        return value
    own = value.proof or Proof(frozenset(), frozenset())
    alike = frozenset(frozenset(one) for one in frame.alike)
    proof = Proof(own.nonempty | frame.nonempty, own.alike | alike, own.floors | floors)
    return replace(value, proof=proof)


def is_error(node: Node | None) -> bool:
    """Whether an expression is `Err(..)` or `None`, or a block that ends in one."""
    if isinstance(node, Block):
        return node.tail and is_error(node.statements[-1])
    if isinstance(node, Call) and isinstance(node.function, Path):
        return node.function.last == "Err"
    return isinstance(node, Path) and node.last == "None"
