"""One indicator: what its own file has and lacks, and the text of each piece."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from bindcheck.analysis.program import Program
from bindcheck.config import Config
from bindcheck.fact import fact
from bindcheck.generate.context import Facts
from bindcheck.generate.keys import region_key
from bindcheck.generate.names import FileNames
from bindcheck.generate.ownership import contested, python_name, region_keys
from bindcheck.generate.pieces import ROLES, Rendered, expected, render_pieces
from bindcheck.generate.regions import Region
from bindcheck.generate.register import Export
from bindcheck.generate.style import STRICT, CrateStyle
from bindcheck.generate.workspace import region_spans
from bindcheck.model import CoreApi, EntryKind, EntryPoint, Span
from bindcheck.rustfmt import Formatter


@fact
class Indicator:
    """A core with its own regions and hand-written bindings.

    `handmade` are roles that hand-written code fills; `wanted` the other pieces. `contested` are
    those of them whose Python name is not the core's alone.
    """

    core: CoreApi
    facts: Facts
    regions: tuple[tuple[Region, Span], ...]
    handmade: tuple[EntryPoint, ...]
    wanted: tuple[Rendered, ...]
    contested: frozenset[str] = frozenset()

    def key(self, piece: str) -> str:
        """Name of the piece's region."""
        return region_key(self.facts.program, self.core, piece)

    @property
    def by_key(self) -> dict[str, Region]:
        """The core's regions in its own file by name."""
        return {region.key: region for region, _ in self.regions}

    def exports(self, made: frozenset[str]) -> tuple[Export, ...]:
        """What the module must export: hand-written bindings that nothing exports, and ours.

        `made` are the pieces that stand in generated regions once the run is over.
        """
        program = self.facts.program
        found = [
            Export(entry.rust_name, entry.kind is EntryKind.CLASS)
            for entry in self.handmade
            if not program.registrations_of(entry) and not self._is_hidden(entry)
        ]
        names = {
            "single": self.facts.style.single_rust,
            "batch": self.facts.style.batch_rust,
            "stream": self.facts.style.class_rust,
        }
        found += [
            Export(self.facts.named(pattern), piece == "stream")
            for piece, pattern in names.items()
            if piece in made
        ]
        return tuple(found)

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


def read_indicator(
    program: Program,
    core: CoreApi,
    style: CrateStyle,
    config: Config,
    formatter: Formatter,
    source: bytes,
) -> Indicator:
    """Find out what a core has, and render the rest."""
    keys = region_keys(program, core)
    regions = tuple(one for one in region_spans(source, core.path) if one[0].key in keys)
    spans = tuple(span for _, span in regions)
    held = {region.key for region, _ in regions}
    names = FileNames.of(program, core.path, style.gate, spans)
    facts = Facts(program, core, style, names)
    handmade = tuple(_handmade(program, core, spans))
    filled = {entry.role for entry in handmade}
    pieces = [piece for piece in ROLES if expected(core, piece) and ROLES[piece] not in filled]
    gone = [
        piece
        for piece, role in ROLES.items()
        if region_key(program, core, piece) in held and role not in filled and piece not in pieces
    ]
    if "batch" in pieces and _splits(facts, held):
        pieces.insert(0, "batch_inner_into")
    facts, rendered = render_pieces(facts, pieces, config.templates, source, handmade)
    rendered += tuple(Rendered(piece, lacking=f"the core of `{piece}`") for piece in gone)
    taken = {
        one.piece: fact
        for one in rendered
        if one.piece in ROLES and (fact := _contest(facts, one.piece, spans))
    }
    rendered = tuple(
        replace(one, text="", lacking=taken[one.piece]) if one.piece in taken else one
        for one in rendered
    )
    if not any(one.text for one in rendered if one.piece in ROLES):
        rendered = tuple(one for one in rendered if one.piece != "imports")
    wanted = _formatted(rendered, formatter, Path(core.path).parent)
    return Indicator(core, facts, regions, handmade, wanted, frozenset(taken))


def _contest(facts: Facts, piece: str, own: Sequence[Span]) -> str:
    name = python_name(facts, piece)
    return contested(facts, piece, name, own) if name else ""


def _handmade(program: Program, core: CoreApi, spans: Sequence[Span]) -> list[EntryPoint]:
    """Functions and classes of the core that stand outside its regions."""
    return [
        entry
        for entry in program.entries_of(core)
        if entry.active
        and entry.kind in (EntryKind.FUNCTION, EntryKind.CLASS)
        and entry.role in ROLES.values()
        and not (
            entry.ref.path == core.path
            and any(span.contains(entry.attribute.span) for span in spans)
        )
    ]


def _splits(facts: Facts, held: Collection[str]) -> bool:
    """Whether the batch core is to be split: it is not yet, or was split by us."""
    core = facts.core
    ours = region_key(facts.program, core, "batch_inner_into") in held
    wanted = core.batch_inner_into is None or ours
    return facts.style.name != STRICT and wanted and expected(core, "batch_inner_into")


def _formatted(
    rendered: Sequence[Rendered], formatter: Formatter, folder: Path
) -> tuple[Rendered, ...]:
    texts = formatter.pieces([one.text for one in rendered if one.text], folder)
    left = iter(texts)
    return tuple(Rendered(one.piece, next(left)) if one.text else one for one in rendered)
