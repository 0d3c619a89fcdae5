"""Function bodies as IR."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from bindcheck import model as m
from bindcheck.parse import blocks, control, expressions, macros
from bindcheck.parse.lowering import Handler, Lowering
from bindcheck.parse.tree import Text, field_of, named, parse

HANDLERS: dict[str, Handler] = {
    **expressions.HANDLERS,
    **control.HANDLERS,
    **macros.HANDLERS,
    **blocks.HANDLERS,
}
_HEAD = b"fn _()"


@dataclass(frozen=True, slots=True)
class Lowered:
    """A body, the places in it that are nested too deeply to be read, the functions in it."""

    block: m.Block
    too_deep: tuple[m.Span, ...]
    functions: tuple[m.Function, ...]


def lower_block(text: Text, node: Node, scope: tuple[str, ...]) -> Lowered:
    """The IR of a block."""
    low = Lowering(text, HANDLERS, scope)
    block = low.node(node)
    if not isinstance(block, m.Block):
        block = m.Block(text.span(node), (block,), True)
    return Lowered(block, tuple(low.too_deep), tuple(low.functions))


def read_span(source: bytes, span: m.Span, scope: tuple[str, ...]) -> Lowered | None:
    """The IR of the block `{ .. }` at `span` of a file, None if there is none."""
    text = Text(_HEAD + source[span.start : span.end], span.start - len(_HEAD))
    items = named(parse(text.source).root_node)
    body = field_of(items[0], "body") if items and items[0].type == "function_item" else None
    return None if body is None else lower_block(text, body, scope)


def lower_span(source: bytes, span: m.Span, scope: tuple[str, ...] = ()) -> m.Block | None:
    """The IR of the block `{ .. }` at `span` of a file; spans are those of the file.

    `scope` is the path of the function the body belongs to; functions inside are named after it.
    None if there is no block at `span`.
    """
    lowered = read_span(source, span, scope)
    return None if lowered is None else lowered.block


def inner_scope(function: m.Function) -> tuple[str, ...]:
    """The scope of functions inside the body of `function`."""
    owner = (function.owner,) if function.owner else ()
    return (*function.scope, *owner, function.name)


def lower_body(source: bytes, module: m.Module, index: int) -> m.Block | None:
    """The IR of the body of `module.functions[index]`, None for a declaration without body.

    `source` is the file that `module` was made from.
    """
    known = module.bodies.get(index)
    if known is not None:
        return known
    function = module.functions[index]
    if function.body_span is None:
        return None
    return lower_span(source, function.body_span, inner_scope(function))
