"""Code that is left to another function: for a text that all its callers have asked for.

`if kind == "ema" { return fast(..); }` at the beginning of a function says what happens for that
text. Where all calls stand behind the same question, nothing else in the function is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Binary,
    Block,
    Call,
    If,
    ItemRef,
    Literal,
    MethodCall,
    Node,
    Path,
    Return,
    Unary,
)

_SAME = frozenset({"eq", "eq_ignore_ascii_case"})
_Question = tuple[str, str]
"""The name that is asked about, and the text it is compared with."""


def is_ruled_out(
    program: Program,
    ref: ItemRef,
    anatomy: Anatomy,
    place: Node,
    is_reached: Callable[[ItemRef], bool],
) -> bool:
    """Whether a place of a function is left before for the text with which all callers come.

    Callers that no entry point gets to do not count.
    """
    names = [one.name for one in program.function(ref).params]
    for branch in anatomy.all(If):
        asked = _question(branch.condition)
        ahead = branch.span.end <= place.span.start and _ends(branch.then)
        if asked is not None and ahead and asked[0] in names:
            callers = [one for one in callers_of(program, ref) if is_reached(one)]
            calls = [one for caller in callers for one in _calls(program, caller, ref)]
            if calls and all(_is_asked(*one, names.index(asked[0]), asked[1]) for one in calls):
                return True
    return False


def callers_of(program: Program, ref: ItemRef) -> Iterator[ItemRef]:
    """The functions of its file that call a function."""
    name = program.function(ref).name.encode()
    for index, function in enumerate(program.modules[ref.path].functions):
        one = ItemRef(ref.path, index)
        asked = one != ref and program.active(function.cfg, ref.path)
        if asked and program.mentions(one, (name,)) and ref in program.called(one):
            yield one


def _calls(program: Program, caller: ItemRef, ref: ItemRef) -> Iterator[tuple[Anatomy, Call]]:
    anatomy = anatomy_of(program, caller)
    for call in anatomy.all(Call) if anatomy is not None else ():
        if anatomy is not None and ref in program.callees(caller).get(call.span, ()):
            yield anatomy, call


def _is_asked(anatomy: Anatomy, call: Call, position: int, text: str) -> bool:
    """Whether a call stands in a branch for a text, and hands that text over."""
    name = _name(call.args[position]) if position < len(call.args) else ""
    inner: Node = call
    found = False
    for outer in anatomy.above(call):
        if isinstance(outer, If) and outer.then is inner and name:
            found = found or _question(outer.condition) == (name, text)
        inner = outer
    return found


def _question(condition: Node) -> _Question | None:
    """`kind == "ema"`, `kind.eq_ignore_ascii_case("ema")`."""
    if isinstance(condition, Binary) and condition.op == "==":
        sides = (condition.left, condition.right)
    elif isinstance(condition, MethodCall) and condition.method in _SAME and condition.args:
        sides = (condition.receiver, condition.args[0])
    else:
        return None
    name, text = _name(sides[0]), sides[1]
    return (name, text.text) if name and isinstance(text, Literal) and text.kind == "str" else None


def _ends(body: Node) -> bool:
    last = body.statements[-1] if isinstance(body, Block) and body.statements else None
    return isinstance(last, Return)


def _name(node: Node) -> str:
    while isinstance(node, Unary) or (isinstance(node, MethodCall) and node.method == "as_str"):
        node = node.value if isinstance(node, Unary) else node.receiver
    return node.last if isinstance(node, Path) and len(node.segments) == 1 else ""
