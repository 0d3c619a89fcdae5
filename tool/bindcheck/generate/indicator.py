"""One indicator: what its own file has and lacks, and the text of each piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bindcheck.analysis.program import Program
from bindcheck.config import Config
from bindcheck.generate.context import Facts
from bindcheck.generate.names import FileNames
from bindcheck.generate.pieces import ROLES, Rendered, expected, render_pieces
from bindcheck.generate.regions import Region
from bindcheck.generate.register import Export
from bindcheck.generate.rustfmt import Formatter
from bindcheck.generate.style import STRICT, CrateStyle
from bindcheck.generate.workspace import region_spans
from bindcheck.model import CoreApi, EntryKind, EntryPoint, Span


@dataclass(frozen=True, slots=True)
class Indicator:
    """A core with its file's regions and hand-written bindings.

    `handmade` are roles that hand-written code fills; `wanted` the other pieces.
    """

    core: CoreApi
    facts: Facts
    regions: tuple[tuple[Region, Span], ...]
    handmade: tuple[EntryPoint, ...]
    wanted: tuple[Rendered, ...]

    def key(self, piece: str) -> str:
        """Name of the piece's region."""
        return region_key(self.core, piece)

    def exports(self) -> tuple[Export, ...]:
        """What the module must export: hand-written bindings that nothing exports, and ours."""
        program = self.facts.program
        found = [
            Export(entry.rust_name, entry.kind is EntryKind.CLASS)
            for entry in self.handmade
            if not program.registrations_of(entry)
        ]
        made = {one.piece for one in self.wanted if one.text}
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


def region_key(core: CoreApi, piece: str) -> str:
    """Name of a region: the core, and the piece."""
    return f"{core.name.replace('::', '.')}/{piece}"


def read_indicator(
    program: Program,
    core: CoreApi,
    style: CrateStyle,
    config: Config,
    formatter: Formatter,
    source: bytes,
) -> Indicator:
    """Find out what a core has, and render the rest."""
    regions = region_spans(source, core.path)
    spans = tuple(span for _, span in regions)
    names = FileNames.of(program, core.path, style.gate, spans)
    facts = Facts(program, core, style, names)
    handmade = tuple(_handmade(program, core, spans))
    filled = {entry.role for entry in handmade}
    pieces = [piece for piece in ROLES if expected(core, piece) and ROLES[piece] not in filled]
    if "batch" in pieces and _splits(core, style, [region for region, _ in regions]):
        pieces.insert(0, "batch_inner_into")
    facts, rendered = render_pieces(facts, pieces, config.templates, source)
    folder = Path(core.path).parent
    wanted = _formatted(rendered, formatter, folder)
    return Indicator(core, facts, regions, handmade, wanted)


def _handmade(program: Program, core: CoreApi, spans: Sequence[Span]) -> list[EntryPoint]:
    """Functions and classes of the core that stand outside generated regions."""
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


def _splits(core: CoreApi, style: CrateStyle, regions: Sequence[Region]) -> bool:
    """Whether the batch core is to be split: it is not yet, or was split by us."""
    ours = any(region.key == region_key(core, "batch_inner_into") for region in regions)
    wanted = core.batch_inner_into is None or ours
    return style.name != STRICT and wanted and expected(core, "batch_inner_into")


def _formatted(
    rendered: Sequence[Rendered], formatter: Formatter, folder: Path
) -> tuple[Rendered, ...]:
    texts = formatter.pieces([one.text for one in rendered if one.text], folder)
    left = iter(texts)
    return tuple(Rendered(one.piece, next(left)) if one.text else one for one in rendered)
