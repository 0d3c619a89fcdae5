"""The pieces that go into an indicator's own file: what each needs, and its text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bindcheck.fact import fact
from bindcheck.generate.batch import BatchVectors, batch_context
from bindcheck.generate.checked import refuse_other_item, render_rust
from bindcheck.generate.context import Facts
from bindcheck.generate.gates import gated
from bindcheck.generate.held.batch import held_batches
from bindcheck.generate.held.callorder import refuse_other_order
from bindcheck.generate.held.classes import HeldClass
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.orders import Orders, as_it_was
from bindcheck.generate.held.parsed import Held, held_of
from bindcheck.generate.held.remarks import gone
from bindcheck.generate.held.same.compare import refuse_other
from bindcheck.generate.held.same.gridcompare import OtherFunction, OtherWay, refuse_other_grid
from bindcheck.generate.held.single import held_single
from bindcheck.generate.held.stream import KeptStream, held_stream
from bindcheck.generate.inner_into import split_inner
from bindcheck.generate.kept import kept_text, names_used
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.single import single_context
from bindcheck.generate.stream import stream_context
from bindcheck.generate.strict import (
    Batch,
    Single,
    StrictStream,
    importable,
    strict_batch,
    strict_imports,
    strict_single,
    strict_stream,
)
from bindcheck.generate.style import STRICT
from bindcheck.generate.supported import refuse_unsupported
from bindcheck.model import CoreApi, EntryPoint, Role

VERSIONS: Mapping[str, int] = {
    "batch_inner_into": 1,
    "imports": 1,
    "single": 1,
    "batch": 1,
    "stream": 1,
    "stub": 1,
    "test": 3,
}
"""Version of each piece's template; it grows when the text that a template makes changes."""

ORDER = ("batch_inner_into", "imports", "single", "batch", "stream")
"""Pieces of an indicator's file, in the order in which they stand there."""

ROLES: Mapping[str, Role] = {
    "single": Role.SINGLE,
    "batch": Role.BATCH,
    "stream": Role.STREAM,
}
"""The binding that a piece is."""


@fact
class Rendered:
    """A piece that the generator owns or would write: its text, or the fact that is lacking.

    `interface` tells what it keeps of a binding by hand (see `Region`). `scope` are the inline
    modules that it stands in, `indent` is how far to the right a new region is. `line` is the line,
    from 0 on, of the binding by hand that a lacking fact is about. `hash` is that of the text, if
    it is known already.
    """

    piece: str
    text: str = ""
    lacking: str = ""
    interface: str = ""
    scope: tuple[str, ...] = ()
    indent: str = ""
    line: int | None = None
    hash: str = ""


def expected(core: CoreApi, piece: str) -> bool:
    """Whether the core gives a piece a premise."""
    if piece == "single":
        return bool(core.with_kernel or core.single or core.into_slice)
    if piece == "batch":
        return bool(core.grid or core.batch_inner)
    if piece == "stream":
        return core.stream is not None
    return piece == "batch_inner_into" and core.batch_inner is not None


def render_pieces(
    facts: Facts,
    pieces: Sequence[str],
    templates: Path | None,
    source: bytes,
    handmade: Sequence[EntryPoint] = (),
    held: Mapping[str, Held] | None = None,
    scopes: Mapping[str, tuple[str, ...]] | None = None,
    orders: Mapping[str, Orders] | None = None,
) -> tuple[Facts, tuple[Rendered, ...]]:
    """The text of each of `pieces`, and of what the bindings among them share.

    The facts returned know the functions that the pieces add to the core. Code that is not made
    anew and may rely on our imports: `handmade`, and regions of pieces that cannot be made.
    `held` are bindings whose interface is kept, `scopes` the modules of those that do not stand at
    the top of the file, `orders` those of the core's arguments when they were written, by piece.
    """
    bindings = [piece for piece in pieces if piece in ROLES]
    first: tuple[Rendered, ...] = ()
    if "batch_inner_into" in pieces:
        try:
            made = split_inner(facts.program, facts.core, source)
        except Lacking as lacking:
            first = (Rendered("batch_inner_into", lacking=lacking.fact),)
        else:
            first = (Rendered("batch_inner_into", made.text),)
            core = replace(facts.core, batch_inner_into=made.function)
            name = made.function.name
            filling = frozenset({name} if made.filled else ())
            facts = replace(facts, core=core, planned={name: made.params}, filling=filling)
    renderer = _Renderer(facts, templates, source, handmade, held or {}, scopes or {}, orders or {})
    return facts, (*first, *renderer.all(bindings))


@fact
class _Renderer:
    facts: Facts
    templates: Path | None
    source: bytes
    handmade: Sequence[EntryPoint]
    held: Mapping[str, Held]
    scopes: Mapping[str, tuple[str, ...]]
    orders: Mapping[str, Orders]

    def all(self, pieces: Sequence[str]) -> tuple[Rendered, ...]:
        strict = self.facts.style.name == STRICT
        return self._strict(pieces) if strict else self._reference(pieces)

    def _reference(self, pieces: Sequence[str]) -> tuple[Rendered, ...]:
        return tuple(self._one(piece, _REFERENCE[piece])[0] for piece in pieces)

    def _strict(self, pieces: Sequence[str]) -> tuple[Rendered, ...]:
        """Bindings, and before them the imports that they share."""
        made = [self._one(piece, _STRICT[piece]) for piece in pieces]
        data = [one for _, one in made if isinstance(one, Single | Batch | StrictStream)]
        rendered = [one for one, _ in made]
        if data:
            lacking = [one.piece for one in rendered if one.lacking]
            text = kept_text(self.facts, self.source, self.handmade, lacking)
            kept = names_used(self.facts, text, importable(self.facts))
            imports = self._imports(strict_imports(self.facts, data, kept))
            if imports.lacking or imports.text.strip():
                rendered.insert(0, imports)
        return tuple(rendered)

    def _imports(self, data: object) -> Rendered:
        try:
            return Rendered("imports", self._render("imports.rs.j2", data))
        except Lacking as lacking:
            return Rendered("imports", lacking=lacking.fact)

    def _one(self, piece: str, context: Callable[[Facts], object]) -> tuple[Rendered, object]:
        scope = self.scopes.get(piece, ())
        facts = replace(self.facts, names=self.facts.names.inside(scope))
        try:
            data, text = (self._kept if piece in self.held else self._own)(facts, piece, context)
        except Lacking as lacking:
            return Rendered(piece, lacking=lacking.fact, line=self._line(piece, lacking)), None
        return Rendered(piece, text, scope=scope), data

    def _line(self, piece: str, lacking: Lacking) -> int | None:
        """The line of a binding by hand that a fact is about."""
        if piece not in self.held or lacking.at is None:
            return None
        return self.held[piece].source.count(b"\n", 0, lacking.at)

    def _own(
        self, facts: Facts, piece: str, context: Callable[[Facts], object]
    ) -> tuple[object, str]:
        """Data and text of a binding whose interface is ours."""
        refuse_unsupported(facts, piece)
        facts = replace(facts, style=replace(facts.style, gate=gated(facts, piece)))
        data = context(facts)
        name = f"{_TEMPLATES.get(type(data), piece)}.rs.j2"
        text = self._render(name, data)
        item = getattr(getattr(data, "head", None) or data, "rust_name", "")
        refuse_other_item(f"{facts.style.name}/{name}", text, item, self.templates)
        return data, text

    def _kept(self, facts: Facts, piece: str, _: Callable[[Facts], object]) -> tuple[object, str]:
        """Data and text of a binding whose interface is kept, which does what the old one does."""
        held = self.held[piece]
        if facts.style.name == STRICT:
            raise Lacking("a way to keep an interface in style strict, which has one of its own")
        if self.orders.get(piece):
            facts = replace(facts, then=as_it_was(facts.core, self.orders[piece]))
        if isinstance(held, HeldClass):
            return self._rendered(facts, piece, held_stream(facts, held))
        if piece == "batch":
            return self._kept_batch(facts, held)
        return self._rendered(facts, piece, held_single(facts, held))

    def _kept_batch(self, facts: Facts, held: HeldFunction) -> tuple[object, str]:
        """The first of the ways to compute a grid that calls the core as it was called."""
        refused: Lacking | None = None
        for made in held_batches(facts, held):
            try:
                return self._rendered(facts, "batch", made())
            except OtherWay as other:
                refused = refused or other
            except Lacking as lacking:
                if refused is None:
                    raise
                refused = lacking if isinstance(refused, OtherFunction) else refused
        assert refused is not None
        raise refused

    def _rendered(self, facts: Facts, piece: str, data: object) -> tuple[object, str]:
        """A binding that has lost nothing of the old one, with its text."""
        text = self._render(f"{_TEMPLATES.get(type(data), piece)}.rs.j2", data)
        old, new = self.held[piece], held_of(text, piece)
        _refuse_suppressions(old.source, text)
        orders = self.orders.get(piece)
        for one, other in self._bodies(facts, old, new):
            refuse_other_order(facts, one, other)
            # A batch has loops and buffers that the new one has no need of.
            if piece == "batch":
                refuse_other_grid(facts, one, other, orders)
            else:
                refuse_other(facts, one, other, orders)
        return data, text

    def _bodies(
        self, facts: Facts, old: Held, new: Held
    ) -> Iterator[tuple[HeldFunction, HeldFunction]]:
        """The functions that are made anew, each with the new one."""
        stream = facts.core.stream
        if isinstance(old, HeldFunction) and isinstance(new, HeldFunction):
            yield old, new
        if isinstance(old, HeldClass) and isinstance(new, HeldClass) and stream is not None:
            yield from zip(old.made_and_handed(stream), new.made_and_handed(stream), strict=True)

    def _render(self, name: str, data: object) -> str:
        piece = name.partition(".")[0].partition("_")[0]
        path = f"{self.facts.style.name}/{name}"
        return render_rust(path, {"data": data}, self.templates, piece)


def _refuse_suppressions(old: bytes, new: str) -> None:
    """A comment that ignores findings has a reason, which would be lost with it."""
    before = old.decode("utf-8")
    for remark in gone(before, new):
        if remark.suppresses:
            at = len(before[: remark.at].encode())
            raise Lacking(f"a place for the comment `{remark.text}`", at)


_TEMPLATES: Mapping[type, str] = {BatchVectors: "batch_vectors", KeptStream: "stream_kept"}
_REFERENCE: Mapping[str, Callable[[Facts], object]] = {
    "single": single_context,
    "batch": batch_context,
    "stream": stream_context,
}
_STRICT: Mapping[str, Callable[[Facts], object]] = {
    "single": strict_single,
    "batch": strict_batch,
    "stream": strict_stream,
}
