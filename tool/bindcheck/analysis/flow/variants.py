"""Which functions make a variant of an enum: a value of it can then be somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.analysis.flow.world import World
from bindcheck.analysis.program import Program
from bindcheck.model import Call, ItemRef, Path, StructLiteral

_NAMED = re.compile(r"(\w+)\s*::\s*(\w+)\s*(?:[({]|$)")


def maker_of(program: Program, pattern: str, ref: ItemRef) -> ItemRef | None:
    """A function of the audited crate, not `ref`, that makes the variant which a pattern names."""
    named = _NAMED.search(pattern)
    if named is None:
        return None
    return next((one for one in _making(program, named[1], named[2]) if one != ref), None)


def foreign_variant(world: World, pattern: str, ref: ItemRef) -> str:
    """The variant of an enum of another crate that a pattern of the audited one names."""
    named = _NAMED.search(pattern)
    if named is None or not world.program.in_crate(ref.path) or named[1] == "Self":
        return ""
    return "" if world.is_enum(named[1], ref.path) else f"{named[1]}::{named[2]}"


def _making(program: Program, owner: str, name: str) -> Iterator[ItemRef]:
    words = (f"{owner}::{name}".encode(),)
    for path in program.modules:
        if not program.in_crate(path) or not program.file_mentions(path, words):
            continue
        for index, function in enumerate(program.modules[path].functions):
            ref = ItemRef(path, index)
            named = program.mentions(ref, words) and program.active(function.cfg, path)
            if named and _makes(program, ref, (owner, name)):
                yield ref


def _makes(program: Program, ref: ItemRef, names: tuple[str, str]) -> bool:
    body = program.body(ref)
    for node in body.walk() if body is not None else ():
        if isinstance(node, Call) and isinstance(node.function, Path):
            if node.function.segments[-2:] == names:
                return True
        elif isinstance(node, StructLiteral) and tuple(node.path.split("::")[-2:]) == names:
            return True
    return False
