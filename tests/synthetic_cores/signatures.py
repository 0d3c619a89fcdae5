"""Arguments of the functions of a made-up core."""

from __future__ import annotations

from synthetic_cores.description import Core, bare


def slices(core: Core, lifetime: str = "") -> str:
    kinds = "&" + lifetime + "[{}]"
    return ", ".join(f"{one.name}: {one.typed(kinds)}" for one in core.series)


def names(core: Core) -> str:
    return ", ".join(one.name for one in core.series)


def outs(core: Core) -> str:
    return ", ".join(f"out_{bare(one.name)}: &mut [{one.element}]" for one in core.outputs)
