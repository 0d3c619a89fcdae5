"""Loops that step from a start to an end, and where start, end and step come from."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.flow.guards import diverges
from bindcheck.analysis.ranges.origins import NONE, ORDER, Leaves, Origins
from bindcheck.analysis.ranges.values import literal
from bindcheck.model import (
    Assign,
    Binary,
    Block,
    Closure,
    Function,
    If,
    ItemRef,
    Let,
    Literal,
    Loop,
    Match,
    MethodCall,
    Node,
    Param,
    Path,
    Try,
)
from bindcheck.model.fact import fact

_FEW = 16


@fact
class Home:
    """What is replayed as a whole: a function, one inside its body, or a closure with a name.

    `around` are the functions of the bodies around it.
    """

    ref: ItemRef
    name: str
    params: tuple[Param, ...]
    receiver: str
    body: Block
    around: tuple[Function, ...] = ()
    outer: Home | None = None


@fact
class Stepping:
    """A loop in which a variable goes from start to end by steps.

    Each role is the parameter, or field of one, that it comes from; empty for a constant. `counted`
    tells that the loop ends after a limited number of rounds as well.
    """

    home: Home
    loop: Loop
    start: str
    end: str
    step: str
    counted: bool


def homes(ref: ItemRef, function: Function, body: Block) -> Iterator[Home]:
    """A function, and all functions and named closures inside its body."""
    todo = [Home(ref, function.name, function.params, function.receiver, body)]
    while todo:
        one = todo.pop()
        yield one
        todo += _inside(one)


def _inside(home: Home) -> list[Home]:
    functions: list[Function] = []
    closures: list[tuple[str, Closure]] = []
    for node in home.body.walk():
        if isinstance(node, Block):
            functions += [one for one in node.functions if not one.owner]
        elif isinstance(node, Let) and isinstance(node.value, Closure) and len(node.names) == 1:
            closures.append((node.names[0], node.value))
    around = (*home.around, *functions)
    found = [
        Home(home.ref, one.name, one.params, "", one.body, around, home)
        for one in functions
        if one.body is not None
    ]
    for name, code in closures:
        if code.params and isinstance(code.body, Block):
            found.append(Home(home.ref, name, code.params, "", code.body, around, home))
    return found


def steppings(home: Home) -> Iterator[Stepping]:
    """The stepping loops of a piece of code, in source order."""
    loops = [one for one in _own(home.body) if isinstance(one, Loop) and one.kind != "for"]
    if not loops:
        return
    origins = Origins(home.params, home.receiver, home.body)
    for loop in loops:
        found = _stepping(home, loop, origins)
        if found is not None:
            yield found


def _own(body: Node) -> Iterator[Node]:
    """All nodes but those of closures with parameters, which are pieces of code themselves."""
    todo = [body]
    while todo:
        node = todo.pop()
        yield node
        todo += [
            child
            for child in reversed(node.children())
            if not (isinstance(child, Closure) and child.params)
        ]


def _stepping(home: Home, loop: Loop, origins: Origins) -> Stepping | None:
    bounds = list(_comparisons(loop))
    for name, called, step in _moved(loop, origins):
        inside = [one for one in bounds if _mentions(one, name) or _mentions(one, called)]
        start = _start_of(name, home.body, loop, origins)
        here = origins.known.get(name, NONE) | origins.known.get(called, NONE) | start | step
        end = NONE
        for one in inside:
            end |= (origins.of(one.left) | origins.of(one.right)) - here
        roles = (start - step, end, step)
        if inside and (end or step) and all(len(role) <= 1 for role in roles):
            names = [next(iter(role), "") for role in roles]
            return Stepping(home, loop, names[0], names[1], names[2], _counted(loop, bounds))
    return None


def _comparisons(loop: Loop) -> Iterator[Binary]:
    """Comparisons that end the loop: those of its condition, and those in front of a way out."""
    for condition in _conditions(loop):
        for node in condition.walk():
            if isinstance(node, Binary) and node.op in ORDER:
                yield node


def _conditions(loop: Loop) -> Iterator[Node]:
    if loop.over is not None:
        yield loop.over
    for node in loop.body.walk():
        if isinstance(node, If) and (diverges(node.then) or diverges(node.otherwise)):
            yield node.condition


def _moved(loop: Loop, origins: Origins) -> Iterator[tuple[str, str, Leaves]]:
    """Variables that each round moves on, what their next value is called, and the step."""
    lets = {
        node.names[0]: node.value
        for node in loop.body.walk()
        if isinstance(node, Let) and len(node.names) == 1 and node.value is not None
    }
    made = dict(lets)
    for node in loop.body.walk():
        if not (isinstance(node, Assign) and isinstance(node.target, Path)):
            continue
        name, value = node.target.last, node.value
        if node.op in ("+=", "-="):
            yield name, name, origins.of(value)
        elif node.op == "=":
            made[name] = value
            called = value.last if isinstance(value, Path) and value.last in lets else name
            added = _added_in(lets.get(called, value), name)
            if added is not None:
                yield name, called, origins.of(added)
    counters = _counters(loop)
    for name, value in made.items():
        factors = (_factor(one, counters) for one in value.walk())
        for factor in factors:
            if factor is not None:
                yield name, name, origins.of(factor)


def _added_in(value: Node | None, name: str) -> Node | None:
    """What is added to, or taken from, a variable to get its next value."""
    while isinstance(value, (Try, Match)):
        value = value.value if isinstance(value, Try) else value.subject
    if isinstance(value, Binary) and value.op in ("+", "-"):
        if _is(value.left, name):
            return value.right
        return value.left if _is(value.right, name) and value.op == "+" else None
    if isinstance(value, MethodCall):
        steps = value.method.endswith(("_add", "_sub")) and value.args
        if steps and _is(value.receiver, name):
            return value.args[0]
        return _added_in(value.receiver, name)
    return None


def _factor(node: Node, counters: frozenset[str]) -> Node | None:
    """`step` in `i as f64 * step`."""
    if not (isinstance(node, Binary) and node.op == "*"):
        return None
    for count, other in ((node.left, node.right), (node.right, node.left)):
        if any(isinstance(part, Path) and part.last in counters for part in count.walk()):
            return other
    return None


def _is(node: Node, name: str) -> bool:
    return isinstance(node, Path) and node.segments == (name,)


def _start_of(name: str, body: Block, loop: Loop, origins: Origins) -> Leaves:
    """What a variable is made of when the loop begins, or in each round beside the steps."""
    found: Leaves = NONE
    for node in body.walk():
        if isinstance(node, Let) and node.names == (name,) and node.value is not None:
            inside = loop.span.contains(node.span)
            if node.span.start < loop.span.start or inside:
                found = origins.of(node.value)
    return found


def _mentions(node: Node, name: str) -> bool:
    return any(_is(part, name) for part in node.walk())


def _counters(loop: Loop) -> frozenset[str]:
    return frozenset(
        node.target.last
        for node in loop.body.walk()
        if isinstance(node, Assign)
        and node.op == "+="
        and isinstance(node.target, Path)
        and isinstance(node.value, Literal)
        and node.value.kind == "int"
    )


def _counted(loop: Loop, bounds: list[Binary]) -> bool:
    """Whether the rounds, or what they have collected, are compared with a limit."""
    counters = _counters(loop)
    for one in bounds:
        for count, limit in ((one.left, one.right), (one.right, one.left)):
            length = isinstance(count, MethodCall) and count.method == "len"
            counts = length or (isinstance(count, Path) and count.last in counters)
            known = literal(limit.text) if isinstance(limit, Literal) else _FEW
            if counts and isinstance(known, int) and known >= _FEW:
                return True
    return False
