"""What becomes of the regions in an indicator's own file, taken together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bindcheck.fact import fact
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.merge import merge
from bindcheck.generate.merged_binding import merge_binding
from bindcheck.generate.pieces import ROLES, VERSIONS, Rendered, expected
from bindcheck.generate.plan import State
from bindcheck.generate.regions import find_regions
from bindcheck.generate.rustfile import Settled, settle


@fact
class Settling:
    """Each piece with what becomes of it.

    `blocked` are pieces that exist and can neither be made anew nor merged, and those whose Python
    name is not the core's alone: what is made from all pieces together has to wait for them.
    """

    pieces: tuple[tuple[Rendered, Settled], ...]
    blocked: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Why other pieces are left alone; empty when they are not."""
        return f"left alone: it depends on {', '.join(self.blocked)}" if self.blocked else ""

    def made(self, one: Indicator, asked: Callable[[str], bool]) -> frozenset[str]:
        """Bindings that stand in regions once the run is over."""
        there = {piece for piece in ROLES if one.key(piece) in one.by_key}
        due = {wanted.piece for wanted, settled in self.pieces if settled.state.due}
        return frozenset(there | {piece for piece in due & set(ROLES) if asked(piece)})

    def exported(self, one: Indicator, asked: Callable[[str], bool]) -> frozenset[str]:
        """Bindings that the module exports once the run is over: none whose core is gone."""
        return frozenset(
            piece for piece in self.made(one, asked) if expected(one.facts.core, piece)
        )

    def texts(self, one: Indicator, asked: Callable[[str], bool]) -> dict[str, str]:
        """The texts of bindings in regions once the run is over."""
        found = {
            piece: one.by_key[one.key(piece)].body for piece in ROLES if self._is_there(one, piece)
        }
        for wanted, settled in self.pieces:
            if settled.wrapped is not None and wanted.piece in ROLES and asked(wanted.piece):
                (region,) = find_regions(settled.wrapped, one.core.path)
                found[wanted.piece] = region.body
        return found

    def _is_there(self, one: Indicator, piece: str) -> bool:
        return one.key(piece) in one.by_key


def settle_pieces(
    one: Indicator, base: Callable[[str], str | None], *, keep: bool = False
) -> Settling:
    """Settle the pieces of one indicator; `base` gives the text that a region was generated as.

    `keep`: in a conflict the edit by hand stays.
    """
    regions = one.by_key
    found = []
    for wanted in one.wanted:
        key = one.key(wanted.piece)
        if wanted.lacking:
            found.append((wanted, Settled(State.LACKING)))
            continue
        version = VERSIONS[wanted.piece]
        settled = settle(
            *(regions.get(key), key, version, wanted.text, base(key)),
            interface=wanted.interface,
            indent=wanted.indent,
            known=wanted.hash,
            keep=keep,
            merging=merge_binding if wanted.piece in ROLES else merge,
        )
        if wanted.piece in one.targets and settled.state is State.MISSING:
            settled = replace(settled, state=State.REPLACED)
        found.append((wanted, settled))
    blocked = tuple(
        wanted.piece
        for wanted, settled in found
        if wanted.piece in one.contested
        or settled.state is State.CONFLICT
        or (
            settled.state is State.LACKING
            and one.key(wanted.piece) in regions
            and not one.without(wanted.piece)
        )
    )
    return Settling(_held(found) if blocked else tuple(found), blocked)


def _held(found: Sequence[tuple[Rendered, Settled]]) -> tuple[tuple[Rendered, Settled], ...]:
    """Imports that would change are left alone, and with them the bindings that may need them."""
    changing = any(
        wanted.piece == "imports" and (settled.state.due or settled.state is State.CONFLICT)
        for wanted, settled in found
    )
    return tuple(
        (wanted, Settled(State.KEPT) if changing and settled.state.due else settled)
        for wanted, settled in found
    )
