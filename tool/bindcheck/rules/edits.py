"""Edits that several rules make: statements that go, imports that come, names that are free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindcheck.analysis.anatomy import Anatomy
from bindcheck.analysis.program import Program
from bindcheck.findings import Edit, Fix, Safety
from bindcheck.model import Block, FieldAccess, Function, ItemRef, MacroCall, Node, Path, Span, Use
from bindcheck.parse import token_spans


def generated(name: str) -> Fix:
    """What writes a missing piece of an indicator."""
    return Fix(f"bindcheck generate {name}", (), Safety.DISPLAY)


def text_of(program: Program, path: str, node: Node) -> str:
    """A node as it is written."""
    span = node.span
    return program.quoted(path)[span.start : span.end].decode("utf-8", "replace")


def statement_of(anatomy: Anatomy, node: Node) -> tuple[Block, Node] | None:
    """The statement that a node is or is part of, with its block: the innermost one."""
    inner = node
    for outer in anatomy.above(node):
        if isinstance(outer, Block):
            return outer, inner
        inner = outer
    return None


def extent_of(source: bytes, statement: Node) -> Span:
    """A statement with its semicolon."""
    end = statement.span.end
    rest = source[end:]
    gap = len(rest) - len(rest.lstrip())
    if rest[gap : gap + 1] == b";":
        end += gap + 1
    return Span(statement.span.start, end)


def without(source: bytes, path: str, statement: Node) -> Edit:
    """The removal of a statement, and of its lines if nothing else is on them."""
    return Edit(path, *_whole_lines(source, extent_of(source, statement)), "")


def _whole_lines(source: bytes, span: Span) -> tuple[int, int]:
    start = source.rfind(b"\n", 0, span.start) + 1
    stop = source.find(b"\n", span.end) + 1 or len(source)
    alone = not source[start : span.start].strip() and not source[span.end : stop].strip()
    return (start, stop) if alone else (span.start, span.end)


def is_listed(source: bytes, use: Use) -> bool:
    """Whether a leaf stands in braces: `use a::{b, c};`."""
    return b"{" in source[use.statement.start : use.span.start]


def without_leaf(source: bytes, path: str, use: Use) -> Edit:
    """The removal of an import: of the whole statement where it is alone, else with a comma."""
    statement = Edit(path, *_whole_lines(source, use.statement), "")
    if not is_listed(source, use):
        return statement
    tokens = list(token_spans(source, use.statement.start, use.statement.end))
    first = next(i for i, (start, _) in enumerate(tokens) if start == use.span.start)
    last = next(i for i, (_, end) in enumerate(tokens) if end == use.span.end)
    if source[slice(*tokens[last + 1])] == b",":
        return Edit(path, use.span.start, tokens[last + 2][0], "")
    if source[slice(*tokens[first - 1])] == b",":
        return Edit(path, tokens[first - 1][0], use.span.end, "")
    return statement


def before(source: bytes, path: str, statement: Node, text: str) -> Edit:
    """A new statement in front of another one, on a line of its own if that has one."""
    at = statement.span.start
    lead = source[source.rfind(b"\n", 0, at) + 1 : at]
    gap = " " if lead.strip() else "\n" + lead.decode("utf-8")
    return Edit(path, at, at, text + gap)


def variables(node: Node) -> Iterator[Path]:
    """The single names in an expression that may be variables."""
    for one in node.walk():
        if isinstance(one, Path) and len(one.segments) == 1 and one.last[:1].islower():
            yield one


def uses_after(anatomy: Anatomy, name: str, place: int) -> tuple[Node, ...]:
    """Where a variable occurs behind a place: the name, or the field of it that is read."""
    found: list[Node] = []
    for path in anatomy.all(Path):
        if path.span.start >= place and path.segments == (name,):
            parent = anatomy.parent(path)
            found.append(parent if isinstance(parent, FieldAccess) else path)
    for macro in anatomy.all(MacroCall):
        if macro.span.start >= place and not macro.parsed and name in macro.tokens:
            found.append(macro)
    return tuple(found)


def import_edits(
    program: Program, anatomy: Anatomy, ref: ItemRef, trait: str, place: Node, old: str = ""
) -> tuple[Edit, ...] | None:
    """What brings a trait of numpy into scope; nothing if it is, None if there is no good place.

    `old` is a trait that nothing needs any more: it is imported no longer.
    """
    function = program.function(ref)
    source = program.quoted(ref.path)
    uses = [use for use in program.modules[ref.path].uses if use.scope == function.scope]
    around = [one for one in anatomy.all(Block) if one.span.contains(place.span)]
    inner = [use for block in around for use in block.uses]
    active = [use for use in (*inner, *uses) if program.active(use.cfg, ref.path)]
    unused = next((use for use in active if use.name == old and _names(use, old)), None)
    if any(_brings(use, trait) for use in active):
        return () if unused is None else (without_leaf(source, ref.path, unused),)
    if unused is not None:
        span = Span(unused.span.end - len(old), unused.span.end)
        return (Edit(ref.path, span.start, span.end, trait),)
    return _new_import(ref.path, source, function, uses, trait)


def _new_import(
    path: str, source: bytes, function: Function, uses: Sequence[Use], trait: str
) -> tuple[Edit, ...] | None:
    for use in uses:
        if _is_first_listed(use, source) and set(use.cfg) <= set(function.cfg):
            return (Edit(path, use.span.start, use.span.start, f"{trait}, "),)
    if function.body_span is None:
        return None
    at = function.body_span.start + 1
    inside = source[at : function.body_span.end]
    lead = inside[: len(inside) - len(inside.lstrip())].decode("utf-8")
    gap = "\n" + lead.rpartition("\n")[2] if "\n" in lead else " "
    return (Edit(path, at, at, f"{gap}use numpy::{trait};"),)


def _brings(use: Use, trait: str) -> bool:
    if use.name == "*":
        return use.path in (("numpy",), ("numpy", "prelude"))
    return _names(use, trait)


def _names(use: Use, trait: str) -> bool:
    return use.path[0] == "numpy" and use.path[-1] == trait and use.name in (trait, "_")


def _is_first_listed(use: Use, source: bytes) -> bool:
    """`A` in `use numpy::{A, B};`."""
    head = source[use.statement.start : use.span.start]
    return len(use.path) == 2 and b"".join(head.split()).endswith(b"usenumpy::{")
