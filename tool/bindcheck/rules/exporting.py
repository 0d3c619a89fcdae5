"""How a binding is added to a Python module: the line, its place, and what it is gated by."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.bindings.entries import has_given_name
from bindcheck.analysis.bindings.registration import container_of
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.findings import Edit, Fix, Safety
from bindcheck.model import (
    Block,
    Cfg,
    EntryKind,
    EntryPoint,
    Function,
    Item,
    ItemRef,
    MacroCall,
    MethodCall,
    Mod,
    Node,
    Param,
    Registration,
    Span,
    Try,
)
from bindcheck.rules.binding_names import named, plain_name

_ADDED_BY = ("wrap_pyfunction", "add_class")
_ADDERS = ("add_function", "add_class", "add_wrapped")
_WRAPPER = "wrap_pyfunction"


@fact
class _Place:
    """Where a line goes: behind the statement of a neighbour, or before the value (`before`).

    `receiver` is the module object as the line writes it, `given` as `wrap_pyfunction!` takes it.
    """

    ref: ItemRef
    anchor: Span
    before: bool
    receiver: str
    given: str
    macro: str = _WRAPPER


def item_of(program: Program, entry: EntryPoint) -> Item:
    """The function or class that an entry point is."""
    is_class = entry.kind is EntryKind.CLASS
    return program.struct(entry.ref) if is_class else program.function(entry.ref)


def line(
    entry: EntryPoint, path: str, receiver: str = "m", given: str = "", macro: str = _WRAPPER
) -> str:
    """The statement that adds a binding to a module object."""
    if entry.kind is EntryKind.CLASS:
        return f"{receiver}.add_class::<{path}>()?;"
    return f"{receiver}.add_function({macro}!({path}, {given})?)?;"


def export_fix(program: Program, entry: EntryPoint) -> Fix | None:
    """A line beside those of the binding's neighbours; None where its place is not clear.

    A name that carries the mark of the binding layer is given up on the way.
    """
    place = _beside_neighbour(program, entry) or _at_the_end(program)
    edit = _line_at(program, entry, place) if place is not None else _in_module(program, entry)
    if edit is None:
        return None
    item = item_of(program, entry)
    plain = None if has_given_name(item) else plain_name(item.name)
    renamed = None if plain is None else named(entry.ref.path, entry.attribute, plain)
    name = entry.python_name if renamed is None or plain is None else plain
    edits = (edit,) if renamed is None else (edit, renamed)
    return Fix(f"export `{name}`", edits, Safety.SAFE)


def removal_fix(program: Program, one: Registration) -> Fix | None:
    """The statement of a registration that repeats another one, with its line."""
    ref = container_of(program, one)
    body = program.body(ref) if ref is not None else None
    found = _statement(body, one.location[1]) if body is not None else None
    if ref is None or found is None or _adder(found) is None:
        return None
    source = program.quoted(ref.path)
    end = _end(source, found.span.end)
    if end is None:
        return None
    start = source.rfind(b"\n", 0, found.span.start) + 1
    stop = source.find(b"\n", end) + 1
    alone = stop and not source[start : found.span.start].strip() and not source[end:stop].strip()
    span = (start, stop) if alone else (found.span.start, end)
    return Fix("remove the line", (Edit(ref.path, *span, ""),), Safety.SAFE)


# --- the place -------------------------------------------------------------------------------


def _beside_neighbour(program: Program, entry: EntryPoint) -> _Place | None:
    """Behind the registration of what is nearest to the binding in the tree of modules."""
    there = program.module_path(entry.ref.path, item_of(program, entry).scope)
    best: tuple[int, Registration] | None = None
    for one in program.registrations:
        if one.via in _ADDED_BY and one.receiver:
            near = _common(there, program.module_path(one.target.path))
            # The root is near to everything.
            if near > 1 or one.target.path == entry.ref.path:
                near += one.target.path == entry.ref.path
                best = (near, one) if best is None or near >= best[0] else best
    return None if best is None else _behind(program, best[1])


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _behind(program: Program, one: Registration) -> _Place | None:
    ref = container_of(program, one)
    body = program.body(ref) if ref is not None else None
    found = _statement(body, one.location[1]) if body is not None else None
    call = _adder(found) if found is not None else None
    if ref is None or body is None or found is None or call is None:
        return None
    source = program.quoted(ref.path)
    end = _end(source, found.span.end)
    receiver = _text(source, call.receiver)
    macro = _macro(body, receiver, source)
    given = receiver if receiver in _params(program.function(ref)) else f"&{receiver}"
    if macro is not None:
        given = _text(source, macro.args[1]) if len(macro.args) > 1 else given
    if end is None:
        return _Place(ref, found.span, True, receiver, given, macro.path if macro else _WRAPPER)
    span = Span(found.span.start, end)
    return _Place(ref, span, False, receiver, given, macro.path if macro else _WRAPPER)


def _at_the_end(program: Program) -> _Place | None:
    """Before the value of the only `#[pymodule]` function."""
    modules = [e for e in program.entries if e.kind is EntryKind.MODULE and e.active]
    if len(modules) != 1 or not _is_function(program, modules[0]):
        return None
    ref = modules[0].ref
    function = program.function(ref)
    body = program.body(ref)
    params = [param for param in function.params if "PyModule" in _names(param)]
    params = params or list(function.params)
    if body is None or not body.tail or len(params) != 1 or not params[0].name:
        return None
    name = params[0].name
    return _Place(ref, body.statements[-1].span, True, name, name)


def _names(param: Param) -> set[str]:
    return param.type.names() if param.type is not None else set()


def _is_function(program: Program, entry: EntryPoint) -> bool:
    functions = program.modules[entry.ref.path].functions
    if entry.ref.index >= len(functions):
        return False
    return functions[entry.ref.index].attr("pymodule") == entry.attribute


def _statement(body: Block, span: Span) -> Node | None:
    """The statement of a body, not of a block in it, that a place lies in."""
    return next((one for one in body.statements if one.span.contains(span)), None)


def _adder(statement: Node) -> MethodCall | None:
    """`m.add_function(..)?`, alone."""
    while isinstance(statement, Try):
        statement = statement.value
    plain = isinstance(statement, MethodCall) and statement.method in _ADDERS
    return statement if plain and isinstance(statement, MethodCall) else None


def _macro(body: Block, receiver: str, source: bytes) -> MacroCall | None:
    """How the body wraps a function for this module object, where it does."""
    for statement in body.statements:
        call = _adder(statement)
        if call is None or _text(source, call.receiver) != receiver:
            continue
        for node in call.walk():
            if isinstance(node, MacroCall) and node.path.rsplit("::", 1)[-1] == _WRAPPER:
                return node
    return None


def _params(function: Function) -> set[str]:
    return {param.name for param in function.params}


def _text(source: bytes, node: Node) -> str:
    return source[node.span.start : node.span.end].decode("utf-8", "replace")


def _end(source: bytes, end: int) -> int | None:
    """The end of a statement with its semicolon; None where it has none."""
    rest = source[end:]
    gap = len(rest) - len(rest.lstrip())
    return end + gap + 1 if rest[gap : gap + 1] == b";" else None


# --- the line --------------------------------------------------------------------------------


def _line_at(program: Program, entry: EntryPoint, place: _Place) -> Edit | None:
    function = program.function(place.ref)
    path = _visible_path(program, entry, place.ref.path, function.scope)
    if path is None:
        return None
    text = line(entry, path, place.receiver, place.given, place.macro)
    gate = _gate(program, entry, (*program.inherited_cfg(place.ref.path), *function.cfg))
    lines = [f"#[cfg({gate})]", text] if gate else [text]
    return _inserted(program, place, lines)


def _inserted(program: Program, place: _Place, lines: list[str]) -> Edit:
    """Lines of their own where the neighbour has one, else in its line."""
    source = program.quoted(place.ref.path)
    start = source.rfind(b"\n", 0, place.anchor.start) + 1
    lead = source[start : place.anchor.start].decode("utf-8", "replace")
    own_line = not lead.strip()
    if place.before:
        at = place.anchor.start
        text = f"\n{lead}".join((*lines, "")) if own_line else " ".join((*lines, ""))
        return Edit(place.ref.path, at, at, text)
    at = place.anchor.end
    stop = source.find(b"\n", at)
    rest = source[at : len(source) if stop < 0 else stop].rstrip()
    if not own_line or (rest and not rest.lstrip().startswith(b"//")):
        return Edit(place.ref.path, at, at, "".join(f" {one}" for one in lines))
    return Edit(place.ref.path, at + len(rest), at + len(rest), f"\n{lead}".join(("", *lines)))


def _gate(program: Program, entry: EntryPoint, around: tuple[Cfg, ...]) -> str:
    """What the binding stands under and the place of the line does not."""
    own = (*program.inherited_cfg(entry.ref.path), *item_of(program, entry).cfg)
    left = [str(one) for one in dict.fromkeys(own) if one not in around]
    return left[0] if len(left) == 1 else f"all({', '.join(left)})" if left else ""


def _visible_path(
    program: Program, entry: EntryPoint, path: str, scope: tuple[str, ...]
) -> str | None:
    """The path of a binding as a place can write it, None if it cannot."""
    item = item_of(program, entry)
    here = program.module_path(path, scope)
    there = program.module_path(entry.ref.path, item.scope)
    if here == there or _is_known(program, entry, item.name, (path, scope)):
        return item.name
    open_to_all = program.is_visible(there, here) and item.visibility in ("pub", "pub(crate)")
    inside = here[: len(there)] == there
    return "::".join((*there, item.name)) if open_to_all or inside else None


def _is_known(
    program: Program, entry: EntryPoint, name: str, place: tuple[str, tuple[str, ...]]
) -> bool:
    """Whether the bare name means the binding already, through an import."""
    if entry.kind is EntryKind.CLASS:
        return program.resolve_type(name, *place) == entry.ref
    return program.resolve((name,), *place) == (entry.ref,)


# --- `#[pymodule] mod` -----------------------------------------------------------------------


def _in_module(program: Program, entry: EntryPoint) -> Edit | None:
    """`#[pymodule_export] use ..` behind the others of the only module written as a `mod`."""
    found = [*_inline_modules(program)]
    if len(found) != 1:
        return None
    path, mod = found[0]
    inside = (*mod.scope, mod.name)
    name = _visible_path(program, entry, path, inside)
    if name is None or mod.body_span is None:
        return None
    uses = [
        use
        for use in program.modules[path].uses
        if use.scope == inside and use.attr("pymodule_export")
    ]
    gate = _gate(program, entry, (*program.inherited_cfg(path), *mod.cfg))
    lines = [f"#[cfg({gate})]"] if gate else []
    lines += ["#[pymodule_export]", f"use {name};"]
    indent = "    " * len(inside)
    at = max((use.statement.end for use in uses), default=mod.body_span.start + 1)
    return Edit(path, at, at, f"\n{indent}".join(("", *lines)))


def _inline_modules(program: Program) -> Iterator[tuple[str, Mod]]:
    active = {e.attribute for e in program.entries if e.kind is EntryKind.MODULE and e.active}
    for path, module in program.modules.items():
        for mod in module.mods:
            if mod.inline and mod.attr("pymodule") in active:
                yield path, mod
