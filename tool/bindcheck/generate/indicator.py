"""One indicator: what its own file has and lacks, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from bindcheck.fact import fact
from bindcheck.generate.context import Facts
from bindcheck.generate.exporting import generated_exports
from bindcheck.generate.kept_views import KeptView, Viewed, view_of
from bindcheck.generate.keys import region_key
from bindcheck.generate.ownership import renamed_by_hand
from bindcheck.generate.pieces import ROLES, Rendered
from bindcheck.generate.regions import Region
from bindcheck.generate.register import Export
from bindcheck.generate.replacing import (
    KEPT,
    Target,
)
from bindcheck.model import Cfg, CoreApi, EntryKind, EntryPoint, Span


@fact
class Indicator:
    """A core with its own regions and hand-written bindings.

    `handmade` are roles that hand-written code fills; `wanted` the other pieces. `contested` are
    those of them whose Python name is not the core's alone. `named` are the bindings that stand in
    regions which keep names, by piece.
    """

    core: CoreApi
    facts: Facts
    regions: tuple[tuple[Region, Span], ...]
    handmade: tuple[EntryPoint, ...]
    wanted: tuple[Rendered, ...]
    contested: frozenset[str] = frozenset()
    targets: Mapping[str, Target] = field(default_factory=dict)
    named: Mapping[str, EntryPoint] = field(default_factory=dict)
    views: Mapping[str, KeptView] = field(default_factory=dict)

    def key(self, piece: str) -> str:
        """Name of the piece's region."""
        return region_key(self.facts.program, self.core, piece)

    @property
    def by_key(self) -> dict[str, Region]:
        """The core's regions in its own file by name."""
        return {region.key: region for region, _ in self.regions}

    def exports(self, made: frozenset[str], around: Sequence[Cfg] = ()) -> tuple[Export, ...]:
        """What the module must export: hand-written bindings that nothing exports, and ours.

        `made` are the pieces that stand in generated regions once the run is over, `around` the
        predicates that the lines which export them stand under.
        """
        program = self.facts.program
        # What is new stands at the top of the file, even for a core in a module inside of it.
        scopes = {one.piece: one.scope for one in self.wanted}
        found = [
            Export(entry.rust_name, entry.kind is EntryKind.CLASS, self._module_of(entry))
            for entry in self.handmade
            if not self._is_replaced(entry)
            and not program.registrations_of(entry)
            and not self._is_hidden(entry)
        ]
        found += generated_exports(self.facts, made, scopes, around)
        return tuple(found)

    @property
    def renamed(self) -> tuple[tuple[str, str], ...]:
        """Python names in regions that were changed by hand, each with the new one."""
        return tuple(renamed_by_hand(self.facts, self.regions))

    def _module_of(self, entry: EntryPoint) -> tuple[str, ...]:
        """The module that has a binding by hand."""
        program = self.facts.program
        function = entry.kind is EntryKind.FUNCTION
        item = program.function(entry.ref) if function else program.struct(entry.ref)
        return program.module_path(entry.ref.path, item.scope)

    def _is_replaced(self, entry: EntryPoint) -> bool:
        """Whether a piece takes the place of a binding by hand."""
        made = {one.piece for one in self.wanted if one.text}
        return any(one.entry == entry for piece, one in self.targets.items() if piece in made)

    @property
    def by_hand(self) -> tuple[EntryPoint, ...]:
        """The bindings by hand that stay."""
        return tuple(one for one in self.handmade if not self._is_replaced(one))

    @property
    def as_by_hand(self) -> tuple[EntryPoint, ...]:
        """The bindings by hand that stay, and those in regions that keep the interface of one.

        They are the same before a binding is replaced and afterwards.
        """
        kept = {piece: one.entry for piece, one in self.targets.items()} | dict(self.named)
        return (*self.by_hand, *(one for piece, one in kept.items() if piece in self.keeping))

    def without(self, piece: str) -> str:
        """What a core that is not split means for the batch, as a tail of a sentence."""
        texts = [one.text for one in self.wanted if one.piece == "batch" and one.text]
        if not texts or piece != "batch_inner_into":
            return ""
        if self.key(piece) not in self.by_key:
            return "; the batch does without it"
        inner = self.core.batch_inner
        if inner is not None and f"{inner.name}_into(" in texts[0]:
            return "; its region stays as it was edited"
        return "; the batch does without it: its region can go"

    @property
    def keeping(self) -> frozenset[str]:
        """Pieces whose interface is not our own: written so, or to be."""
        return frozenset(
            one.piece
            for one in self.wanted
            if one.interface == KEPT and (one.text or self.key(one.piece) in self.by_key)
        )

    def viewed(self, viewed: Viewed) -> Indicator:
        """The indicator with views of the bindings that keep their interface, as the run leaves
        them.
        """
        views = {
            piece: view_of(self.facts, piece, self._text(piece), self.key(piece), viewed)
            for piece in ROLES
            if piece in self.keeping
        }
        return replace(self, views=views)

    def _text(self, piece: str) -> str | None:
        """The text of a piece, else that of its region; None where there is neither."""
        made = (one.text for one in self.wanted if one.piece == piece and one.text)
        region = self.by_key.get(self.key(piece))
        return next(made, region.body if region is not None else None)

    def _is_hidden(self, entry: EntryPoint) -> bool:
        """Whether Python knows another function or class by the name of this one."""
        program = self.facts.program
        exported = {one.target for one in program.registrations}
        return any(
            other.python_name == entry.python_name
            for other in program.entries
            if other.ref in exported
            and other.ref != entry.ref
            and other.kind is not EntryKind.METHOD
        )
