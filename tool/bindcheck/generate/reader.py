"""Indicators, read: what stands there of each, and the text of each piece."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bindcheck.analysis.program import Program
from bindcheck.config import Config
from bindcheck.fact import fact
from bindcheck.generate.alike import same_arguments, unlike_ours
from bindcheck.generate.arguments import why
from bindcheck.generate.context import Facts
from bindcheck.generate.documented import documentation, documented
from bindcheck.generate.held.orders import Orders
from bindcheck.generate.held.parsed import Held
from bindcheck.generate.imported import PIECE as IMPORTS
from bindcheck.generate.imported import Importing
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.keys import region_key
from bindcheck.generate.names import FileNames
from bindcheck.generate.ownership import (
    contested,
    handmade_of,
    made_by_macro,
    python_name,
    region_keys,
    rust_name,
)
from bindcheck.generate.pieces import ROLES, Rendered, expected, render_pieces
from bindcheck.generate.pointers import with_places
from bindcheck.generate.regions import Region, digest
from bindcheck.generate.replacing import (
    KEPT,
    NAMED,
    Replacing,
    Target,
    find_targets,
    held_regions,
    texts_of,
    with_names,
)
from bindcheck.generate.splitting import splits, unsplit
from bindcheck.generate.style import STRICT, CrateStyle
from bindcheck.generate.workspace import region_spans
from bindcheck.model import CoreApi, EntryKind, EntryPoint, Role, Span


@fact
class Reader:
    """Reads indicators of a program; `base` gives the text that a region was generated as, and
    `order` the order of the core's arguments then. `asked` tells which pieces will be written.
    """

    program: Program
    style: CrateStyle
    config: Config
    replacing: Replacing
    base: Callable[[str, str], str | None]
    order: Callable[[str, str], Orders]
    asked: Callable[[str], bool]

    def read(self, core: CoreApi, source: bytes) -> Indicator:
        """Find out what a core has, and render the rest."""
        keys = region_keys(self.program, core)
        every = region_spans(source, core.path)
        regions = tuple(one for one in every if one[0].key in keys)
        spans = tuple(span for _, span in regions)
        # What is imported for another core of the file goes once that one needs it no more; what
        # was imported for one that is gone stays until somebody takes it away.
        there = {
            region_key(self.program, one, IMPORTS)
            for one in self.program.cores
            if one.path == core.path
        }
        others = tuple(span for region, span in every if region.key in there)
        names = FileNames.of(self.program, core.path, self.style.gate, (*spans, *others))
        facts = Facts(self.program, core, self.style, names)
        strange = [span for region, span in every if region.key not in keys]
        handmade = tuple(handmade_of(self.program, core, spans, strange))
        return _Work(self, facts, source, regions, handmade).indicator()


@fact
class _Work:
    """One indicator while it is read."""

    reader: Reader
    facts: Facts
    source: bytes
    regions: tuple[tuple[Region, Span], ...]
    handmade: tuple[EntryPoint, ...]

    def _key(self, piece: str) -> str:
        return region_key(self.facts.program, self.facts.core, piece)

    @property
    def _spans(self) -> tuple[Span, ...]:
        return tuple(span for _, span in self.regions)

    @property
    def _held_keys(self) -> set[str]:
        return {region.key for region, _ in self.regions}

    def indicator(self) -> Indicator:
        """The indicator with the text of each piece."""
        core = self.facts.core
        targets, refused, unlike = self._targets()
        held, unread = self._held(targets)
        facts = self._named(targets)
        left = tuple(
            one for one in self.handmade if one not in [target.entry for target in targets.values()]
        )
        filled = {entry.role for entry in left}
        # A region with its binding stays ours, whatever else has its role.
        kept = {piece for piece, _, _ in self._bound()}
        pieces = [
            piece
            for piece, role in ROLES.items()
            if expected(core, piece)
            and (piece in targets or piece in kept or role not in filled)
            and piece not in unread
        ]
        if "batch" in pieces and splits(facts, self._held_keys):
            pieces.insert(0, "batch_inner_into")
            facts = unsplit(facts, [region for region, _ in self.regions])
        templates = self.reader.config.templates
        orders = {piece: self.reader.order(core.path, self._key(piece)) for piece in held}
        scopes = self._scopes(targets)

        def render(held: Mapping[str, Held]) -> tuple[Facts, tuple[Rendered, ...]]:
            return render_pieces(facts, pieces, templates, self.source, left, held, scopes, orders)

        known, rendered = render(held)
        standing = self._standing(one.piece for one in rendered if one.lacking)
        if standing:
            known, rendered = render({**held, **standing})
        facts = known
        rendered += (*self._gone(pieces, filled), *self._unbindable(filled))
        rendered += tuple(Rendered(piece, lacking=fact) for piece, fact in unread.items())
        rendered = tuple(self._by_macros(facts, rendered, targets))
        rendered, taken = self._contested(facts, rendered, targets)
        rendered = self._needed(rendered)
        interfaces = self._interfaces(targets)
        docs = self._docs(targets, interfaces)
        facts = replace(facts, docs=self._told(targets, interfaces))
        rendered = tuple(
            replace(
                one,
                text=documented(one.text, docs.get(one.piece, "")) if one.text else "",
                interface=interfaces.get(one.piece, ""),
                indent=targets[one.piece].indent if one.piece in targets else "",
            )
            for one in rendered
        )
        if facts.style.name != STRICT:
            rendered = self._importing(facts, targets).all(rendered)
        rendered += tuple(Rendered(piece, lacking=fact) for piece, fact in refused.items())
        keys = {self._key(piece): piece for piece in ROLES}
        texts = texts_of(self.regions, keys, targets, self.source)
        wanted = (*with_places(self.facts, rendered, self.handmade, texts), *unlike)
        contests = frozenset(taken)
        named = {piece: entry for piece, _, entry in self._entries()}
        # What they hold was read from their texts, and is needed no more.
        places = {piece: replace(one, held=None) for piece, one in targets.items()}
        return Indicator(core, facts, self.regions, self.handmade, wanted, contests, places, named)

    def _importing(self, facts: Facts, targets: Mapping[str, Target]) -> Importing:
        """What gives the pieces short paths, as the reference has them."""
        names = {self._key(piece): piece for piece in (IMPORTS, *ROLES)}
        regions = {names[one.key]: (one, span) for one, span in self.regions if one.key in names}
        return Importing(
            facts=facts,
            source=self.source,
            regions={piece: span for piece, (_, span) in regions.items()},
            replaced={piece: one.spans for piece, one in targets.items()},
            base=self._generated(regions[IMPORTS][0]) if IMPORTS in regions else "",
            asked=self.reader.asked,
            templates=self.reader.config.templates,
        )

    def _generated(self, region: Region) -> str:
        """The text of a region as it was generated, as far as that is known."""
        base = self.reader.base(self.facts.core.path, region.key) if region.edited else None
        # A run that was killed between two files leaves an older text behind.
        return base if base is not None and digest(base) == region.hash else region.body

    # --- what stands there by hand -----------------------------------------------------------

    def _targets(self) -> tuple[dict[str, Target], dict[str, str], tuple[Rendered, ...]]:
        """Bindings by hand that are to be replaced, and why others cannot be."""
        replacing = self.reader.replacing
        if not replacing.wanted:
            return {}, {}, ()
        handmade = [
            one
            for one in self.handmade
            if expected(self.facts.core, _piece_of(one))
            and self._key(_piece_of(one)) not in self._held_keys
        ]
        strict = self.facts.style.name == STRICT
        keep = replacing.keep and not strict
        targets, refused = find_targets(self.facts, handmade, self.source, keep=keep)
        unlike: tuple[Rendered, ...] = ()
        if strict and replacing.keep:
            # Style strict has one interface: it is kept where it is the same.
            same = same_arguments(self.facts, targets)
            fact = "a way to keep arguments that style strict gives otherwise: --interface new"
            refused |= dict.fromkeys(targets.keys() - same.keys(), fact)
            templates = self.reader.config.templates
            unlike = unlike_ours(self._named(same), same, self.source, templates)
            others = {one.piece for one in unlike}
            targets = {piece: one for piece, one in same.items() if piece not in others}
        return targets, refused, unlike

    def _held(self, targets: Mapping[str, Target]) -> tuple[dict[str, Held], dict[str, str]]:
        """Interfaces that are kept, those of regions included."""
        replacing = self.reader.replacing
        found: dict[str, Held] = {}
        unread: dict[str, str] = {}
        if replacing.keep or not replacing.wanted:
            path = self.facts.core.path
            found, unread = held_regions(
                (region for region, _ in self.regions),
                {self._key(piece): piece for piece in ROLES},
                lambda key: self.reader.base(path, key),
            )
        found |= {piece: one.held for piece, one in targets.items() if one.held is not None}
        return found, unread

    def _standing(self, lacking: Iterable[str]) -> dict[str, Held]:
        """Kept interfaces as somebody edited them, where they are lacking as they were generated.

        The core has moved on, say, and the region with it, by hand.
        """
        keys = {self._key(piece): piece for piece in lacking if piece in ROLES}
        edited = [region for region, _ in self.regions if region.edited and region.key in keys]
        found, _ = held_regions(edited, keys, lambda key: None)
        return found

    def _entries(self) -> Iterator[tuple[str, Region, EntryPoint]]:
        """Bindings that stand in regions which keep names."""
        return (one for one in self._bound() if one[1].interface)

    def _bound(self) -> Iterator[tuple[str, Region, EntryPoint]]:
        """Bindings that stand in regions."""
        pieces = {self._key(piece): piece for piece in ROLES}
        for entry in self.facts.program.entries_of(self.facts.core):
            if entry.kind not in (EntryKind.FUNCTION, EntryKind.CLASS):
                continue
            for region, span in self.regions:
                inside = entry.ref.path == self.facts.core.path and span.contains(
                    entry.attribute.span
                )
                if inside and region.key in pieces:
                    yield pieces[region.key], region, entry

    def _named(self, targets: Mapping[str, Target]) -> Facts:
        """The facts, with the names that bindings have already."""
        style = self.facts.style
        for piece, _, entry in self._entries():
            style = with_names(style, piece, entry)
        for piece, target in targets.items():
            style = with_names(style, piece, target.entry)
        return replace(self.facts, style=style)

    def _scopes(self, targets: Mapping[str, Target]) -> dict[str, tuple[str, ...]]:
        """The inline modules of regions, and of bindings that are to be replaced."""
        mods = self.facts.program.modules[self.facts.core.path].mods
        found = {}
        for region, span in self.regions:
            around = [one for one in mods if one.inline and one.span.contains(span)]
            inner = max(around, key=lambda one: len(one.scope), default=None)
            if inner is not None:
                found[region.key] = (*inner.scope, inner.name)
        there = {piece: found[self._key(piece)] for piece in ROLES if self._key(piece) in found}
        return there | {piece: one.scope for piece, one in targets.items()}

    def _interfaces(self, targets: Mapping[str, Target]) -> dict[str, str]:
        """What each region is to keep, as its marker says."""
        keep = self.reader.replacing.keep or not self.reader.replacing.wanted
        found = {piece: region.interface if keep else NAMED for piece, region, _ in self._entries()}
        return found | {
            piece: KEPT if one.held is not None else NAMED for piece, one in targets.items()
        }

    def _docs(self, targets: Mapping[str, Target], interfaces: Mapping[str, str]) -> dict[str, str]:
        """The documentation of bindings whose names are kept, and nothing else of them."""
        path = self.facts.core.path
        texts = {}
        for piece, region, _ in self._entries():
            base = self.reader.base(path, region.key) if region.edited else None
            texts[piece] = base or region.body
        for piece, target in targets.items():
            span = min(target.spans)
            texts[piece] = self.source[span.start : span.end].decode("utf-8")
        return {
            piece: documentation(text)
            for piece, text in texts.items()
            if interfaces.get(piece) == NAMED
        }

    def _told(self, targets: Mapping[str, Target], interfaces: Mapping[str, str]) -> dict[str, str]:
        """The same as plain text, as it stands in the file now."""
        program = self.facts.program
        entries = {piece: entry for piece, _, entry in self._entries()}
        entries |= {piece: target.entry for piece, target in targets.items()}
        items = {
            piece: program.struct(one.ref) if piece == "stream" else program.function(one.ref)
            for piece, one in entries.items()
            if interfaces.get(piece) == NAMED
        }
        said = {piece: one.doc for piece, one in items.items() if one is not None}
        return {piece: doc for piece, doc in said.items() if doc.strip() != self.facts.usual_doc}

    # --- what is not made --------------------------------------------------------------------

    def _gone(self, pieces: Sequence[str], filled: Collection[Role]) -> tuple[Rendered, ...]:
        """Regions whose core is gone."""
        return tuple(
            Rendered(piece, lacking=f"the core of `{piece}`: without one its region has to go")
            for piece, role in ROLES.items()
            if self._key(piece) in self._held_keys
            and role not in filled
            and not expected(self.facts.core, piece)
            and piece not in pieces
        )

    def _unbindable(self, filled: Collection[Role]) -> Iterator[Rendered]:
        """A grid that the core computes in a form that no binding is made of."""
        core = self.facts.core
        said = why(core, "batch")
        there = Role.BATCH in filled or self._key("batch") in self._held_keys
        if said and not there and not expected(core, "batch"):
            yield Rendered("batch", lacking=f"the rows and columns of a grid{said}")

    def _by_macros(
        self, facts: Facts, rendered: Iterable[Rendered], targets: Mapping[str, Target]
    ) -> Iterator[Rendered]:
        """The pieces, but new ones whose name a macro of the file is given: it may make them."""
        for one in rendered:
            there = self._key(one.piece) in self._held_keys or one.piece in targets
            if one.piece in ROLES and one.text and not there:
                fact = made_by_macro(self.source, rust_name(facts, one.piece))
                one = replace(one, text="", lacking=fact) if fact else one
            yield one

    def _contested(
        self, facts: Facts, rendered: tuple[Rendered, ...], targets: Mapping[str, Target]
    ) -> tuple[tuple[Rendered, ...], dict[str, str]]:
        """The pieces without those whose Python name is not the core's alone, and why."""
        taken = {
            one.piece: fact
            for one in rendered
            if one.piece in ROLES
            and one.piece not in targets
            and (fact := _contest(facts, one.piece, self._spans))
        }
        kept = tuple(
            replace(one, text="", lacking=taken[one.piece]) if one.piece in taken else one
            for one in rendered
        )
        return kept, taken

    def _needed(self, rendered: tuple[Rendered, ...]) -> tuple[Rendered, ...]:
        """The pieces without those that no binding of this run needs."""
        made = {one.piece: one.text for one in rendered if one.text}
        unneeded = set() if made.keys() & set(ROLES) else {"imports"}
        if "batch_inner_into" in made and self._key("batch_inner_into") not in self._held_keys:
            inner = self.facts.core.batch_inner
            used = inner is not None and f"{inner.name}_into(" in made.get("batch", "")
            unneeded |= set() if used else {"batch_inner_into"}
        return tuple(one for one in rendered if one.piece not in unneeded)


def _piece_of(entry: EntryPoint) -> str:
    return next((piece for piece, role in ROLES.items() if role is entry.role), "")


def _contest(facts: Facts, piece: str, own: Sequence[Span]) -> str:
    name = python_name(facts, piece)
    return contested(facts, piece, name, own) if name else ""
