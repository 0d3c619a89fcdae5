"""Function bodies as IR."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from bindcheck import model as m
from bindcheck.fact import fact
from bindcheck.parse import blocks, control, expressions, macros
from bindcheck.parse.lowering import Handlers, Lowering
from bindcheck.parse.problems import problems_of
from bindcheck.parse.tree import Text, field_of, named, parse

HANDLERS = Handlers(
    {
        **expressions.HANDLERS,
        **control.HANDLERS,
        **macros.HANDLERS,
        **blocks.HANDLERS,
    }
)
_HEAD = b"fn _()"


@fact
class Lowered:
    """A body and the functions in it.

    `too_deep` are the places that are nested too deeply to be read, `problems` those that do not
    parse.
    """

    block: m.Block
    too_deep: tuple[m.Span, ...]
    functions: tuple[m.Function, ...]
    problems: tuple[m.Problem, ...] = ()


def lower_block(text: Text, node: Node, scope: tuple[str, ...]) -> Lowered:
    """The IR of a block."""
    low = Lowering(text, HANDLERS, scope)
    block = low.node(node)
    if not isinstance(block, m.Block):
        block = m.Block(text.span(node), (block,), True)
    return Lowered(block, tuple(low.too_deep), tuple(low.functions))


def read_span(file: Text, span: m.Span, scope: tuple[str, ...]) -> Lowered | None:
    """The IR of the block `{ .. }` at `span` of a file, None if there is none."""
    text = file.beside(_HEAD + file.source[span.start : span.end], span.start - len(_HEAD))
    root = parse(text.source).root_node
    items = named(root)
    body = field_of(items[0], "body") if items and items[0].type == "function_item" else None
    if body is None:
        return None
    lowered = lower_block(text, body, scope)
    return replace(lowered, problems=problems_of(text, root)) if root.has_error else lowered


def lower_span(source: bytes, span: m.Span, scope: tuple[str, ...] = ()) -> m.Block | None:
    """The IR of the block `{ .. }` at `span` of a file; spans are those of the file.

    `scope` is the path of the function the body belongs to; functions inside are named after it.
    None if there is no block at `span`.
    """
    lowered = read_span(Text(source), span, scope)
    return None if lowered is None else lowered.block


def inner_scope(function: m.Function) -> tuple[str, ...]:
    """The scope of functions inside the body of `function`."""
    owner = (function.owner,) if function.owner else ()
    return (*function.scope, *owner, function.name)
