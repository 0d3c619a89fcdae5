"""Methods of values that are only known by a trait: a generic parameter, `impl Trait`, `dyn Trait`.

Which implementation runs is not known; what the trait of the crate declares holds for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bindcheck.analysis.anatomy import Anatomy
from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.program import Program
from bindcheck.model import Function, ItemRef, MethodCall, Path, TypeRef

_TRAIT = re.compile(r"[A-Z]\w*")
_HOLDERS = frozenset({"Box", "Arc", "Rc"})


def bounded_calls(
    program: Program, ref: ItemRef, anatomy: Anatomy
) -> Iterator[tuple[MethodCall, ItemRef]]:
    """Calls of methods of parameters that a trait of the crate bounds, with its declaration."""
    bounds = _bounds(program.function(ref))
    if not bounds:
        return
    known = program.callees(ref)
    for node in anatomy.all(MethodCall):
        name = node.receiver.last if isinstance(node.receiver, Path) else ""
        if name in bounds and node.span not in known:
            declared = _declared(program)
            found = (declared.get((trait, node.method)) for trait in bounds[name])
            target = next((one for one in found if one is not None), None)
            if target is not None:
                yield node, target


def _bounds(function: Function) -> dict[str, tuple[str, ...]]:
    """The traits of each parameter, by its name."""
    found = {}
    for param in function.params:
        traits = _traits(param.type, function.generics) if param.type is not None else ()
        if traits and param.name:
            found[param.name] = traits
    return found


def _traits(type_: TypeRef, generics: str) -> tuple[str, ...]:
    target = type_.peel()
    while target.name in _HOLDERS and target.args:
        target = target.args[0].peel()
    if target.kind in ("impl", "dyn"):
        return tuple(_TRAIT.findall(target.text))
    if target.kind != "path" or f"{target.name}:" not in generics.replace(" ", ""):
        return ()
    written = re.findall(rf"\b{re.escape(target.name)}\s*:([^,<>]*)", generics)
    return tuple(trait for one in written for trait in _TRAIT.findall(one))


@once
def _declared(program: Program) -> Mapping[tuple[str, str], ItemRef]:
    """The functions that traits declare, by trait and name; those of one name are left out."""
    found: dict[tuple[str, str], list[ItemRef]] = {}
    for path, module in program.modules.items():
        for index, function in enumerate(module.functions):
            if function.trait and function.trait == function.owner:
                key = (function.trait, function.name)
                found.setdefault(key, []).append(ItemRef(path, index))
    return {key: refs[0] for key, refs in found.items() if len(refs) == 1}
