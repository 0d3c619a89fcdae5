"""A file in parts: which stretch of its text makes which facts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from bindcheck.fact import fact, replace
from bindcheck.model import Function, Impl, Item, Mod, Module, Span
from bindcheck.parse.attributes import needs_test
from bindcheck.parse.late import LateFunction, Stretch
from bindcheck.parse.mask import mask
from bindcheck.parse.skimmed import SkimmedModule, skim_module


@fact
class Part:
    """A stretch of a file. `says` are the facts that do not follow from its text alone.

    `body` is the index of the function whose body it is. `unread` is a module for tests, of which
    nobody knows more than that it is there. `function` is the index of the function whose head or
    body it is, `functions` are those of an impl.
    """

    span: Span
    says: tuple[object, ...]
    body: int | None = None
    unread: bool = False
    function: int | None = None
    functions: tuple[int, ...] = ()


@fact
class Outline:
    """A file without odd places, in source order; between its parts stand brackets and comments.

    `code` is the text with comments and literals blanked.
    """

    source: bytes
    code: bytes
    module: SkimmedModule
    parts: tuple[Part, ...]


def outline(path: str, source: bytes) -> Outline | None:
    """The parts of a file.

    None for one that is parsed whole, has functions inside bodies or makes items by its macros.
    """
    module = skim_module(path, source)
    if not isinstance(module, SkimmedModule) or module.made:
        return None
    code = mask(source)
    if code is None or not all(isinstance(one, LateFunction) for one in module.functions):
        return None
    found: dict[Span, Part] = {}
    for part in _parts(module, code):
        known = found.get(part.span)
        says = part.says if known is None else (*known.says, *part.says)
        found[part.span] = replace(part, says=says)
    parts = tuple(sorted(found.values(), key=lambda part: part.span))
    apart = all(one.span.end <= two.span.start for one, two in pairwise(parts))
    return Outline(source, code, module, parts) if apart else None


def _parts(module: SkimmedModule, code: bytes) -> Iterator[Part]:
    for attribute in module.inner_attrs:
        yield Part(attribute.span, ("inner", attribute.path, attribute.tokens, attribute.cfg))
    for item in _items(module):
        for attribute in item.attrs:
            yield Part(attribute.span, (attribute.path, attribute.tokens, attribute.cfg))
    for index, function in enumerate(module.functions):
        yield from _function(index, function, index in module.bodies)
    for block in module.impls:
        yield _head(block, code, (block.trait, block.generics), block.functions)
    for mod in module.mods:
        yield from _module(mod)
    for use in module.uses:
        yield Part(use.span, (*_common(use), use.path))
    for item in (*module.structs, *module.enums, *module.consts, *module.aliases, *module.macros):
        late: Stretch = item.late  # type: ignore[attr-defined]  # all of them are late here
        yield Part(Span(late.start, late.end), (*_common(item), *_place(late)))


def _items(module: Module) -> tuple[Item, ...]:
    return (
        *module.functions,
        *module.structs,
        *module.enums,
        *module.impls,
        *module.consts,
        *module.aliases,
        *module.uses,
        *module.mods,
        *module.macros,
    )


def _common(item: Item) -> tuple[object, ...]:
    return (type(item).__name__, item.name, item.scope, item.cfg)


def _place(late: Stretch) -> tuple[object, ...]:
    return (late.place.owner, late.place.trait, late.place.pyo3)


def _function(index: int, function: Function, known: bool) -> Iterator[Part]:
    late: Stretch = function.late  # type: ignore[attr-defined]  # asked before
    body = function.body_span
    head = Span(late.start, late.end if body is None else body.start)
    yield Part(head, (*_common(function), *_place(late)), function=index)
    if body is not None:
        yield Part(body, ("body", known), index, function=index)


def _head(item: Impl, code: bytes, says: tuple[object, ...], functions: tuple[int, ...]) -> Part:
    """An impl from its type to the brace."""
    start = item.name_span.start
    head = Span(start, code.index(b"{", start))
    return Part(head, (*_common(item), *says), functions=functions)


def _module(mod: Mod) -> Iterator[Part]:
    yield Part(mod.name_span, (*_common(mod), mod.inline, mod.path_attr))
    if mod.body_span is not None and needs_test(mod.cfg):
        yield Part(mod.body_span, ("tests",), unread=True)
