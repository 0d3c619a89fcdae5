"""The input of a core that is made in one of two ways: with an array, or without it.

`if let Some(volume) = volume { .. } else { .. }`, where both ways are alike but for the constructor
and for the slice of that array; or a `match` on the slice whose arms are the constructors.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.fact import fact
from bindcheck.generate.arguments import constructor_of
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.evidence import Called
from bindcheck.generate.held.known import forwarded_of, functions_of
from bindcheck.generate.held.symbols import Array, Code, Symbol
from bindcheck.model import (
    Arm,
    Block,
    Call,
    Closure,
    If,
    InputConstructor,
    Let,
    Literal,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Try,
    Unary,
)

_HOLE, _GONE = "\0", "\1"
"""What no source has."""


@fact
class Way:
    """One of the two: the constructor, what it is given, its call in the old body, its block."""

    made: InputConstructor
    called: Called
    call: Call
    block: Node

    @property
    def literals(self) -> list[str]:
        """Texts and numbers of the block, white space and all, without those of the call."""
        inside = {id(one) for one in self.call.walk()}
        outside = [one for one in self.block.walk() if id(one) not in inside]
        return [one.text for one in outside if isinstance(one, Literal)]

    def text(self, source: bytes, gone: tuple[Let, ...] = ()) -> str:
        """The block without white space, without the call and without what is `gone`."""
        holes = [(self.call.span, _HOLE), *((one.span, _GONE) for one in gone)]
        text, at = "", self.block.span.start
        for span, mark in sorted(holes, key=lambda hole: hole[0].start):
            text += source[at : span.start].decode("utf-8") + mark
            at = span.end
        text += source[at : self.block.span.end].decode("utf-8")
        return "".join(text.split()).replace(f"{_GONE};", "").replace(_GONE, "")


def optional_input(kept: Kept, params: str) -> tuple[str, frozenset[str]] | None:
    """The expression for such an input, and the names that it uses; None for other bodies."""
    for argument, ways in (*_choices(kept), *_matches(kept)):
        given = _arguments(kept, ways[0], params, argument)
        without = _arguments(kept, ways[1], params, "")
        if given is None or without is None or argument not in given[1]:
            continue
        name = next(one.slice for one in kept.series if one.name == argument)
        text = f"match {name} {{ Some({name}) => {given[0]}, None => {without[0]} }}"
        return text, given[1] | without[1]
    return None


def _matches(kept: Kept) -> Iterator[tuple[str, tuple[Way, Way]]]:
    """`let input = match volume { Some(volume) => .., None => .. };`, each with its array."""
    optional = {one.name for one in kept.series if one.optional}
    for statement in kept.held.body.statements:
        node = statement.value if isinstance(statement, Let) else None
        if not isinstance(statement, Let) or not isinstance(node, Match) or len(node.arms) != 2:
            continue
        arms = sorted(node.arms, key=lambda arm: not arm.names)
        argument = kept.evidence.asked.get(node.span.start, "")
        shapes = [arms[0].pattern == f"Some({', '.join(arms[0].names)})", len(arms[0].names) == 1]
        shapes += [arms[1].pattern in ("None", "_"), *(one.guard is None for one in arms)]
        ways = _ways(kept, arms[0].body, arms[1].body)
        if (
            argument not in optional
            or not all(shapes)
            or any(one.cfg for one in arms)
            or ways is None
        ):
            continue
        whole = all(way.call is way.block for way in ways)
        if whole and _hands_over(kept, kept.held.body, statement.names):
            yield argument, ways


def _choices(kept: Kept) -> Iterator[tuple[str, tuple[Way, Way]]]:
    """The choices that run once, each with the array that they ask for."""
    body = kept.held.body
    optional = {one.name for one in kept.series if one.optional}
    for statement in body.statements:
        node = statement.value if isinstance(statement, Let) else statement
        asked = node.condition if isinstance(node, If) else None
        if not isinstance(node, If) or not isinstance(asked, Let) or len(asked.names) != 1:
            continue
        argument = _asked(asked)
        bound = [one for one in body.walk() if one is not asked and argument in _bound(one)]
        ways = _ways(kept, node.then, node.otherwise) if node.otherwise is not None else None
        if ways is None or bound or asked.pattern != f"Some({asked.names[0]})":
            continue
        if argument in optional and _alike(kept, asked.names[0], ways):
            yield argument, ways


def _asked(condition: Let) -> str:
    """The variable in `let Some(..) = &volume`."""
    value = condition.value
    if isinstance(value, Unary) and value.op == "&":
        value = value.value
    if isinstance(value, MethodCall) and value.method == "as_ref" and not value.args:
        value = value.receiver
    return value.last if isinstance(value, Path) and len(value.segments) == 1 else ""


def _bound(node: Node) -> tuple[str, ...]:
    """Names that a node itself binds."""
    if isinstance(node, Closure):
        return tuple(name for param in node.params for name in param.names)
    return node.names if isinstance(node, Arm | Let | Loop) else ()


def _ways(kept: Kept, *blocks: Node) -> tuple[Way, Way] | None:
    """Both ways, where each makes one input, and nothing else of the body does."""
    inputs = kept.evidence.inputs
    core = kept.facts.core
    made = {one.function: one for one in core.constructors}
    found = []
    for block in blocks:
        for called in inputs:
            call = next((one for one in block.walk() if _is(one, called)), None)
            known = called.name in made and len(called.args) == len(made[called.name].arguments)
            if isinstance(call, Call) and known:
                found.append(Way(made[called.name], called, call, block))
    if len(inputs) != 2 or len(found) != 2 or found[0].block is found[1].block:
        return None
    return (found[0], found[1]) if found[1].made == constructor_of(core) else None


def _is(node: Node, called: Called) -> bool:
    return (
        isinstance(node, Call)
        and node.span.start == called.at
        and isinstance(node.function, Path)
        and node.function.last == called.name
    )


def _alike(kept: Kept, name: str, ways: tuple[Way, Way]) -> bool:
    """Whether both do the same with the input that they make; `name` is the array in the first."""
    given, without = ways
    if not isinstance(given.block, Block) or not isinstance(without.block, Block):
        return False
    lets = [one for one in given.block.statements if isinstance(one, Let)]
    gone = tuple(one for one in lets if _reads(one, name))
    own = {name, *(one.names[0] for one in gone)}
    apart = {id(one) for part in (*gone, given.call) for one in part.walk()}
    for one in (*given.block.walk(), *without.block.walk()):
        named = isinstance(one, Path) and one.segments[0] in own
        rebound = one not in gone and bool(own & set(_bound(one)))
        if isinstance(one, MacroCall) or rebound or (named and id(one) not in apart):
            return False
    source = kept.held.source
    if given.text(source, gone) != without.text(source) or given.literals != without.literals:
        return False
    return all(_hands_over(kept, way.block, _holder(way)) for way in ways)


def _reads(node: Let, name: str) -> bool:
    """`let v = volume.as_slice()?;`."""
    asked = node.value.value if isinstance(node.value, Try) else None
    return (
        len(node.names) == 1
        and [node.pattern] == list(node.names)
        and isinstance(asked, MethodCall)
        and asked.method == "as_slice"
        and isinstance(asked.receiver, Path)
        and asked.receiver.segments == (name,)
    )


def _holder(way: Way) -> tuple[str, ...]:
    """The variable that holds the input."""
    lets = [one for one in way.block.walk() if isinstance(one, Let)]
    return next((one.names for one in lets if one.value is way.call), ())


def _hands_over(kept: Kept, block: Node, holder: tuple[str, ...]) -> bool:
    """Whether the core is given the input that a variable holds, in all its calls."""
    name = holder[0] if len(holder) == 1 else ""
    if not name or sum(name in _bound(one) for one in block.walk()) != 1:
        return False
    core = functions_of(kept.facts.core)
    names = {**{one: one for one in core}, **forwarded_of(kept.facts).names}
    given = []
    for call in (one for one in block.walk() if isinstance(one, Call)):
        called = call.function.last if isinstance(call.function, Path) else ""
        if called in names:
            given.append([_variable(arg) for arg in call.args])
    return bool(given) and all(one.count(name) == 1 for one in given)


def _variable(node: Node) -> str:
    inner = node.value if isinstance(node, Unary) and node.op == "&" else node
    return inner.last if isinstance(inner, Path) and len(inner.segments) == 1 else ""


def _arguments(
    kept: Kept, way: Way, params: str, argument: str
) -> tuple[str, frozenset[str]] | None:
    """The call of a constructor; `argument` is an array that is there."""
    given: list[str] = []
    uses: set[str] = set()
    for role, symbol in zip(way.made.arguments, way.called.args, strict=True):
        code = Code(params) if role == "params" else _value(kept, symbol, argument)
        if code is None:
            return None
        given.append(code.text)
        uses |= code.uses
    item = kept.facts.core.input
    if item is None:
        return None
    call = f"{kept.facts.names.type(item)}::{way.called.name}({', '.join(given)})"
    return call, frozenset(uses)


def _value(kept: Kept, symbol: Symbol, argument: str) -> Code | None:
    """What a constructor is given, as the new body has it."""
    optional = {one.name for one in kept.series if one.optional}
    if isinstance(symbol, Array) and not symbol.raw:
        one = next(series for series in kept.series if series.name == symbol.argument)
        known = not one.optional or one.name == argument
        return Code(one.slice, frozenset({one.name})) if known else None
    if isinstance(symbol, Code) and not symbol.uses & optional:
        return symbol
    return None
