"""Arguments of a binding that nothing is made of: whoever passes one gets what he got without."""

from __future__ import annotations

import re

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.bindings.arguments import python_params
from bindcheck.analysis.flow.types import NUMPY, SEQUENCES
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable
from bindcheck.analysis.trials.values import FLOATS, SIGNED, UNSIGNED
from bindcheck.model import (
    Call,
    EntryPoint,
    ItemRef,
    MacroCall,
    MethodCall,
    Node,
    Param,
    Path,
    TypeRef,
)

_PLAIN = FLOATS | SIGNED | UNSIGNED | {"bool", "str", "String"}
_CALLS: tuple[type[Node], ...] = (Call, MethodCall)
_STARRED = ("args", "kwargs")
_WORD = re.compile(r"\w+")


def ignored_arguments(program: Program, entry: EntryPoint) -> tuple[Param, ...]:
    """Those with plain data and a name of their own that the body of an entry point never reads.

    Methods that Python calls by itself get what they get, and who calls nothing has nothing to do.
    """
    if not is_callable(entry):
        return ()
    function = program.function(entry.ref)
    if function.name.startswith("__") or function.attr("setter"):
        return ()
    starred = {one.name for one in entry.signature or () if one.kind in _STARRED}
    asked = [
        one
        for one in python_params(function, entry.kind)
        if one.name and not one.name.startswith("_") and one.name not in starred and _is_data(one)
    ]
    unread = _unread(program, entry.ref) if asked else ()
    return tuple(one for one in asked if _bare(one.name) in unread)


def _is_data(param: Param) -> bool:
    return param.type is not None and not param.attrs and _holds_data(param.type)


def _holds_data(type_: TypeRef) -> bool:
    """Whether a type is one of numbers, texts and arrays of them."""
    inner = type_.peel()
    if inner.kind == "tuple":
        return bool(inner.args) and all(map(_holds_data, inner.args))
    if inner.kind == "slice" or inner.name in SEQUENCES | NUMPY or inner.name == "Option":
        held = [one for one in inner.args if not one.text.startswith("'")]
        return bool(held) and all(map(_holds_data, held))
    return inner.name in _PLAIN


@answered("parameters that are not read")
def _unread(program: Program, ref: ItemRef) -> tuple[str, ...]:
    """The parameters of an entry point that its body does not name; none where it calls nothing."""
    anatomy = anatomy_of(program, ref) if program.entry(ref) is not None else None
    if anatomy is None or not any(map(anatomy.all, _CALLS)):
        return ()
    named = _names(anatomy)
    bare = (_bare(one.name) for one in program.function(ref).params if one.name)
    return tuple(name for name in bare if name not in named)


def _names(anatomy: Anatomy) -> set[str]:
    found = {_bare(part) for one in anatomy.all(Path) for part in one.segments}
    for one in anatomy.all(MacroCall):
        found.update(_WORD.findall(one.tokens))
    return found


def _bare(name: str) -> str:
    return name.removeprefix("r#")
