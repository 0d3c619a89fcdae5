"""Functions of the crate that are values: `map(convert)`, `let convert = number_of;`.

One that was stored, in a map by names or in a list, is not seen where it is called: there it may be
any function of its type that the crate uses as a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.values import Fails, Scope, Shape, Size, Value
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.model import (
    UNIT,
    Call,
    Closure,
    Function,
    ItemRef,
    MethodCall,
    Param,
    Path,
    TypeRef,
)

_MAPS = frozenset({"HashMap", "BTreeMap", "IndexMap", "FxHashMap", "AHashMap"})
_TAKES = frozenset({"get", "get_mut", "remove", "swap_remove"})
_MOST = 16
_BESIDES = re.compile(r"'\w+,?|\s+|\b\w+\s*:(?!:)|\b\w+::|,(?=\))")


def stored_pointer(receiver: Value, node: MethodCall, frame: Frame) -> Value | None:
    """`map.get(name)` of a map that holds functions: one of them, if there is one."""
    if node.method not in _TAKES or receiver.type is None:
        return None
    type_ = receiver.type.peel()
    if type_.name not in _MAPS or len(type_.args) < 2:
        return None
    held = type_.args[1].peel()
    if _pointer(held, frame) is None:
        return None
    return Value(Shape.UNKNOWN, Size.CONST, held).wrapped("option", Fails.UNKNOWN)


def pointees(value: Value, frame: Frame) -> tuple[ItemRef, ...]:
    """The functions that a variable of a pointer type may stand for; none if they are many."""
    pointer = _pointer(value.type.peel(), frame) if value.type is not None else None
    if pointer is None:
        return ()
    program = frame.world.program
    found = tuple(
        ref
        for ref in program.keep("functions as values", lambda: tuple(_values(frame)))
        if _fits(program.function(ref), pointer)
    )
    return found if len(found) <= _MOST else ()


def _fits(function: Function, pointer: TypeRef) -> bool:
    """Whether a function has the type of a pointer, as both are written."""
    if function.receiver:
        return False
    types = ",".join(one.type.text if one.type is not None else "_" for one in function.params)
    gives = "" if function.returns == UNIT else f"->{function.returns.text}"
    return _plain(f"fn({types}){gives}") == _plain(pointer.text[pointer.text.index("fn") :])


def _plain(text: str) -> str:
    """A type without lifetimes, names of parameters and the modules of what it names."""
    return _BESIDES.sub("", text).replace("<>", "")


def _pointer(type_: TypeRef, frame: Frame) -> TypeRef | None:
    """A type that is a function pointer, or an alias of one."""
    if type_.kind == "fn":
        return type_
    known = frame.world.program.keep("pointer types", lambda: _pointers(frame))
    return known.get(type_.name)


def _pointers(frame: Frame) -> Mapping[str, TypeRef]:
    """Aliases of function pointers by name."""
    return {
        alias.name: alias.target
        for module in frame.world.program.modules.values()
        for alias in module.aliases
        if alias.target.kind == "fn"
    }


def _values(frame: Frame) -> Iterator[ItemRef]:
    """Functions that are named without being called, in the files that name pointer types."""
    program = frame.world.program
    names = (b"fn(", *(name.encode() for name in _pointers(frame)))
    found: dict[ItemRef, None] = {}
    for path, module in program.modules.items():
        if path in program.unreached or not program.file_mentions(path, names):
            continue
        for index, function in enumerate(module.functions):
            ref = ItemRef(path, index)
            if program.active(function.cfg, path):
                found.update(dict.fromkeys(_named_in(program, ref)))
    yield from found


@answered("functions named")
def _named_in(program: Program, ref: ItemRef) -> tuple[ItemRef, ...]:
    body = program.body(ref)
    callees = program.callees(ref)
    named = (one for one in body.walk() if isinstance(one, Path)) if body is not None else ()
    return tuple(target for one in named for target in callees.get(one.span, ()))


def function_value(node: Path, target: ItemRef, frame: Frame) -> Value:
    """`path` as the closure `|a, b| path(a, b)`; the call has the place of the path."""
    function = frame.world.program.function(target)
    count = len(function.params) + bool(function.receiver)
    names = [f"?{i}" for i in range(count)]
    params = tuple(Param(name, (name,), None, node.span) for name in names)
    args = tuple(Path(node.span, (name,)) for name in names)
    closure = Closure(node.span, params, Call(node.span, node, args))
    return Value(Shape.CLOSURE, Size.CONST, closure=closure, scope=Scope(frame.ref, ()))


def is_function(closure: Closure) -> bool:
    """Whether a closure stands for a function that is a value."""
    return isinstance(closure.body, Call) and closure.body.span == closure.span
