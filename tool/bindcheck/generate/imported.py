"""Short paths after the reference, and the piece `imports`: what a file imports for bindings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path as FilePath

from bindcheck.fact import fact
from bindcheck.generate.checked import render_rust
from bindcheck.generate.context import Facts
from bindcheck.generate.gates import gated
from bindcheck.generate.learned.imports import Import
from bindcheck.generate.left_over import without
from bindcheck.generate.pieces import ROLES, Rendered
from bindcheck.generate.replacing import KEPT
from bindcheck.generate.shortening import Path, declarations, shortened
from bindcheck.generate.surroundings import Offer, Surroundings
from bindcheck.model import Span
from bindcheck.parse import parse_module

PIECE = "imports"


@fact
class Group:
    """Declarations under one predicate."""

    gate: str
    declared: tuple[str, ...]


@fact
class Imports:
    """Data of `reference/imports.rs.j2`."""

    groups: tuple[Group, ...]


@fact
class Importing:
    """The bindings of one core, in its file.

    `regions` are its regions and `replaced` the bindings by hand that pieces replace, by piece.
    `base` is the text that the region of imports was generated as. `asked` tells which pieces the
    run writes.
    """

    facts: Facts
    source: bytes
    regions: Mapping[str, Span]
    replaced: Mapping[str, tuple[Span, ...]]
    base: str
    asked: Callable[[str], bool]
    templates: FilePath | None = None

    def all(self, rendered: Sequence[Rendered]) -> tuple[Rendered, ...]:
        """The pieces with short paths, and before the bindings what they import."""
        if not self.facts.style.imports and PIECE not in self.regions:
            return tuple(rendered)
        file = self._file(rendered)
        offers = self._offers(file, "".join(one.text for one in rendered if _is_own(one)))
        short = {path: one.text for path, one in offers.items()}
        cut = [shortened(one.text, short if _is_own(one) else {}) for one in rendered]
        needed = {what: [self.facts.style.gate] for what in file.relied_on()}
        for one, (_, used) in zip(rendered, cut, strict=True):
            wanted = {offers[path].needs for path in used if self.asked(one.piece)}
            for what in filter(None, wanted):
                needed.setdefault(what, []).append(gated(self.facts, one.piece))
        made = [replace(one, text=text) for one, (text, _) in zip(rendered, cut, strict=True)]
        text = self._text(needed)
        if text or PIECE in self.regions:
            at = next((n for n, one in enumerate(made) if one.piece in ROLES), len(made))
            made.insert(at, Rendered(PIECE, text))
        return tuple(made)

    def _offers(self, file: Surroundings, text: str) -> dict[Path, Offer]:
        """How the file can write paths of a text; where cores share it, with what it imports."""
        core = self.facts.core
        shared = sum(one.path == core.path for one in self.facts.program.cores) > 1
        found = _offers(self.facts.style.imports, file, text)
        return {path: one for path, one in found if one.needs is None or not shared}

    def _file(self, rendered: Sequence[Rendered]) -> Surroundings:
        made = [one for one in rendered if one.text and self.asked(one.piece)]
        anew = {PIECE, *(one.piece for one in made)}
        gone = [span for piece, span in self.regions.items() if piece in anew]
        gone += [span for piece, spans in self.replaced.items() if piece in anew for span in spans]
        gone += [one.statement for one in self.facts.program.modules[self.facts.core.path].uses]
        return Surroundings.of(
            self.facts,
            rest=without(self.source, gone),
            drafts="\n".join(one.text for one in made),
            region=self.regions.get(PIECE),
            ours=frozenset(_imports_in(self.base)),
        )

    def _text(self, needed: Mapping[Import, Sequence[str]]) -> str:
        gates: dict[str, list[tuple[Path, str]]] = {}
        for what, of in needed.items():
            gates.setdefault(self._any_of(of), []).append((what.path, what.name))
        groups = [Group(gate, tuple(declarations(of))) for gate, of in sorted(gates.items())]
        data = {"data": Imports(tuple(groups))}
        text = render_rust(f"reference/{PIECE}.rs.j2", data, self.templates, PIECE)
        return text if text.strip() else ""

    def _any_of(self, gates: Sequence[str]) -> str:
        """The predicate for what several pieces use; the gate of the style is part of each."""
        known = sorted(set(gates))
        general = [one for one in known if one in ("", self.facts.style.gate)]
        return (general or known)[0] if general or len(known) == 1 else f"any({', '.join(known)})"


def _is_own(one: Rendered) -> bool:
    """Whether a piece is a binding in our own words, which stands at the top of its file."""
    return one.piece in ROLES and bool(one.text) and one.interface != KEPT and not one.scope


def _imports_in(text: str) -> Iterator[Import]:
    for use in parse_module("", text.encode()).uses:
        yield Import(use.path, use.name)


def _offers(
    learned: Iterable[Import], file: Surroundings, text: str
) -> Iterator[tuple[Path, Offer]]:
    """How the file can write those paths of a text for which the reference imports something."""
    known = {
        path: (what, short)
        # What is imported by its own name is not taken from a glob.
        for what in sorted(learned, key=lambda one: not one.is_glob)
        for path, short in what.entries()
    }
    _, used = shortened(text, {path: short for path, (_, short) in known.items()})
    taken = file.taken({known[path][0] for path in used})
    for path in sorted(used):
        offer = file.offer(path=path, what=known[path][0], text=known[path][1], taken=taken)
        if offer is not None:
            yield path, offer
