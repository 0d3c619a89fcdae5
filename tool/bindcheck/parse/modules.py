"""One file as a `Module`."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from tree_sitter import Node

from bindcheck.model import LineIndex, MadeLines, Module, Origins, Span
from bindcheck.parse.attributes import inner_cfg
from bindcheck.parse.comments import generated_in, ignores_of
from bindcheck.parse.cut import test_modules
from bindcheck.parse.items import Items
from bindcheck.parse.problems import problems_of
from bindcheck.parse.signatures import Place
from bindcheck.parse.tree import Text, parse, parse_around


def parse_module(path: str, source: bytes) -> Module:
    """What the file `path` says; places that do not parse are `problems`, never an exception.

    Lowered are the bodies of functions with PyO3 attributes. Modules under `#[cfg(test)]` are
    named, their contents left out.
    """
    return whole_module(path, source, len(source), Origins())


def whole_module(path: str, source: bytes, size: int, origins: Origins) -> Module:
    """The same of a file of `size` bytes with a text behind it that comes from `origins`."""
    text = Text.at(source)
    items, root = _without_tests(text) or _read(text, parse(source).root_node)
    lines = LineIndex.of(source) if size == len(source) else MadeLines(source, origins)
    return Module(
        path=path,
        lines=lines,
        digest=blake2b(source[:size]).hexdigest(),
        functions=tuple(items.functions),
        structs=tuple(items.structs),
        enums=tuple(items.enums),
        impls=tuple(items.impls),
        consts=tuple(items.consts),
        aliases=tuple(items.aliases),
        uses=tuple(items.uses),
        mods=tuple(items.mods),
        macros=tuple(items.macros),
        problems=(*problems_of(text, root), *items.problems),
        ignores=ignores_of(source, root, lines),
        generated=generated_in(source),
        inner_attrs=tuple(items.inner_attrs),
        bodies=items.bodies,
    )


def parses(source: bytes) -> bool:
    """Whether all of a file parses, what is in test modules aside; nothing is read of it."""
    bodies = test_modules(source)
    if bodies and not _root_around(source, bodies).has_error:
        return True
    return not parse(source).root_node.has_error


def _root_around(source: bytes, bodies: Iterable[Span]) -> Node:
    return parse_around(source, [Span(one.start + 1, one.end - 1) for one in bodies]).root_node


def _without_tests(text: Text) -> tuple[Items, Node] | None:
    """The items, read without parsing test modules; None where that does not work out."""
    bodies = test_modules(text.source)
    if not bodies:
        return None
    root = _root_around(text.source, bodies)
    if root.has_error:
        return None
    items, root = _read(text, root)
    known = {mod.body_span for mod in items.mods}
    return (items, root) if known.issuperset(bodies) else None


def _read(text: Text, root: Node) -> tuple[Items, Node]:
    items = Items(text)
    items.walk(root.children, Place(cfg=inner_cfg(text, root.children)))
    return items, root
