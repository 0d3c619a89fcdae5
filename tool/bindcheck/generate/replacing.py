"""Hand-written bindings that are replaced, and regions that keep the interface of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bindcheck.fact import fact
from bindcheck.findings import Edit
from bindcheck.generate.context import Facts
from bindcheck.generate.held.classes import HeldClass, class_of
from bindcheck.generate.held.parsed import Held, held_of
from bindcheck.generate.held.remarks import gone
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.ownership import taken_name
from bindcheck.generate.pieces import ROLES
from bindcheck.generate.regions import Region, dedented
from bindcheck.generate.style import STRICT, CrateStyle
from bindcheck.model import EntryKind, EntryPoint, Function, Span, Struct

KEPT, NAMED = "kept", "named"
"""What a region keeps of the binding that stood there: its whole interface, or its names."""


@fact
class Replacing:
    """What `--replace` asks for. `keep`: the Python interface stays."""

    wanted: bool = False
    keep: bool = True


@fact
class Target:
    """A hand-written binding to replace: where it stands, and what is kept of it.

    `scope` are the inline modules of its file that it stands in, `indent` is how far to the right.
    """

    piece: str
    entry: EntryPoint
    spans: tuple[Span, ...]
    held: Held | None
    scope: tuple[str, ...] = ()
    indent: str = ""


def find_targets(
    facts: Facts, handmade: Sequence[EntryPoint], source: bytes, *, keep: bool
) -> tuple[dict[str, Target], dict[str, str]]:
    """What is to be replaced by piece, and by piece why something cannot be."""
    targets: dict[str, Target] = {}
    lacking: dict[str, str] = {}
    for piece, role in ROLES.items():
        entries = [one for one in handmade if one.role is role]
        if not entries:
            continue
        try:
            target = _target(facts, piece, entries, source, keep=keep)
            fact = taken_name(facts.program, target.entry)
            if fact:
                raise Lacking(fact)
            targets[piece] = target
        except Lacking as error:
            lacking[piece] = error.fact
    return targets, lacking


def _target(
    facts: Facts, piece: str, entries: Sequence[EntryPoint], source: bytes, *, keep: bool
) -> Target:
    entry = _chosen(facts, piece, entries)
    spans: tuple[Span, ...]
    if entry.ref.path != facts.core.path:
        raise Lacking(f"`{entry.rust_name}` beside its core: it is in {entry.ref.path}")
    module = facts.program.modules[entry.ref.path]
    if entry.kind is EntryKind.CLASS:
        struct = facts.program.struct(entry.ref)
        if not isinstance(struct, Struct):
            raise Lacking(f"a struct `{entry.rust_name}`")
        made = class_of(module, struct, source)
        if not keep:
            _refuse_methods(facts, made)
        scope, spans = struct.scope, made.spans
    else:
        function = facts.program.function(entry.ref)
        scope, spans = function.scope, (function.span,)
    if scope and facts.style.name == STRICT:
        # The imports that bindings of this style share stand at the top.
        inside = "::".join(scope)
        raise Lacking(f"`{entry.rust_name}` at the top of its file: it is in `{inside}`")
    indent = _indent(source, spans)
    held = held_of(_text(source, spans, indent), entry.rust_name) if keep else None
    return Target(piece, entry, spans, held, scope, indent)


def _indent(source: bytes, spans: Sequence[Span]) -> str:
    """The white space before an item; none where something else stands there."""
    start = min(span.start for span in spans)
    before = source[source.rfind(b"\n", 0, start) + 1 : start].decode("utf-8")
    return "" if before.strip() else before


def _text(source: bytes, spans: Sequence[Span], indent: str) -> str:
    """Items as they stand at the top of a file."""
    texts = (source[span.start : span.end].decode("utf-8") for span in sorted(spans))
    return "\n\n".join(dedented(indent + text, indent) for text in texts) + "\n"


def _chosen(facts: Facts, piece: str, entries: Sequence[EntryPoint]) -> EntryPoint:
    """The binding that is the piece, where several have its role."""
    if len(entries) == 1:
        return entries[0]
    style = facts.style
    pattern = {
        "single": style.single_python,
        "batch": style.batch_python,
        "stream": style.class_python,
    }[piece]
    named = [one for one in entries if one.python_name == facts.named(pattern)]
    if len(named) != 1:
        listed = " and ".join(f"`{one.rust_name}`" for one in entries)
        raise Lacking(f"which of {listed} to replace")
    return named[0]


def _refuse_methods(facts: Facts, held: HeldClass) -> None:
    """Our own class has a constructor and `update`; nothing else may be lost."""
    stream = facts.core.stream
    ours = {"new", stream.update.name if stream is not None and stream.update is not None else ""}
    left = (one for one in held.methods if one.attr("new") is None and one.name not in ours)
    others = [f"the {_kind_of(one)} `{one.name}`" for one in left]
    others += [
        f"`impl {one.trait or one.name}`"
        for one in facts.program.modules[facts.core.path].impls
        if one.name == held.struct.name and one.span != held.impl.span
    ]
    if others:
        listed = ", ".join(others)
        raise Lacking(f"a place for {listed} of `{held.struct.name}` in a class of our own")


def _kind_of(method: Function) -> str:
    """What Python has of a method."""
    found = method.attr("getter", "setter", "deleter", "classattr")
    kind = "method" if found is None else found.path.rpartition("::")[2]
    return "class attribute" if kind == "classattr" else kind


def replaced_text(
    path: str, source: bytes, spans: Sequence[Span], wrapped: str
) -> tuple[Edit, ...]:
    """The edits that put a region in the place of items: the first goes, the others are cut."""
    first, *others = sorted(spans)
    edits = [_whole(path, source, first, wrapped)]
    edits += [_whole(path, source, span, "") for span in others]
    return tuple(edits)


def lost_comments(path: str, source: bytes, target: Target, text: str) -> Iterator[str]:
    """What is told of comments of a binding by hand that the text in its place does not have."""
    texts = [(span, source[span.start : span.end].decode("utf-8")) for span in sorted(target.spans)]
    found = []
    for span, old in texts:
        for remark in gone(old, text):
            line = source.count(b"\n", 0, span.start) + old.count("\n", 0, remark.at) + 1
            found.append((line, remark.text))
    if found:
        line, shown = found[0]
        what = "a comment" if len(found) == 1 else f"{len(found)} comments, the first of them"
        yield f"{path}:{line}: `{target.entry.rust_name}` loses {what}: {shown}"


def _whole(path: str, source: bytes, span: Span, text: str) -> Edit:
    """An item with the rest of its lines, replaced by lines of their own.

    One that is cut takes the blank lines before it along.
    """
    line = source.rfind(b"\n", 0, span.start) + 1
    alone = not source[line : span.start].strip()
    start, head = (line, "") if alone else (span.start, "\n")
    if alone and not text:
        start = source.find(b"\n", len(source[:line].rstrip())) + 1
    end = span.end
    newline = source.find(b"\n", end)
    if newline >= 0 and not source[end:newline].strip():
        end = newline + 1
    # A blank line, but before another one, the end of the module and that of the file.
    ends = source[end:].lstrip(b" \t\r")[:1] in (b"\n", b"}", b"")
    tail = "\n" if text and not ends else ""
    return Edit(path, start, end, f"{head}{text}{tail}")


# --- regions -------------------------------------------------------------------------------------


def held_regions(
    regions: Iterable[Region], pieces: Mapping[str, str], base: Callable[[str], str | None]
) -> tuple[dict[str, Held], dict[str, str]]:
    """What regions keep of bindings that stood there, by piece, and why something is not known.

    `pieces` gives the piece of a region's key. Where somebody has edited a region, what counts is
    the text that was generated: the edit is merged.
    """
    held: dict[str, Held] = {}
    lacking: dict[str, str] = {}
    for region in regions:
        piece = pieces.get(region.key)
        if piece is None or region.interface != KEPT:
            continue
        text = base(region.key) if region.edited else None
        try:
            held[piece] = held_of(text or region.body, region.key)
        except Lacking as error:
            lacking[piece] = error.fact
    return held, lacking


def texts_of(
    regions: Iterable[tuple[Region, Span]],
    pieces: Mapping[str, str],
    targets: Mapping[str, Target],
    source: bytes,
) -> dict[str, tuple[Span, ...]]:
    """Where the texts stand that are read for an interface, by piece.

    `pieces` gives the piece of a region's key. Regions that somebody has edited are left out: what
    is read is the text that was generated.
    """
    found = {
        pieces[region.key]: (Span(source.find(b"\n", span.start) + 1, span.end),)
        for region, span in regions
        if region.key in pieces and not region.edited
    }
    return found | {piece: one.spans for piece, one in targets.items()}


def with_names(style: CrateStyle, piece: str, entry: EntryPoint) -> CrateStyle:
    """The style with the names that a binding has, in place of patterns."""
    rust, python = entry.rust_name, entry.python_name
    if piece == "single":
        return replace(style, single_rust=rust, single_python=python)
    if piece == "batch":
        return replace(style, batch_rust=rust, batch_python=python)
    return replace(style, class_rust=rust, class_python=python)
