"""How the reference's bindings are named after its core."""

from __future__ import annotations

from collections.abc import Mapping

from bindcheck.model import CoreApi


def names_of(core: CoreApi, bare: str = "") -> Mapping[str, str]:
    """The words that a name can be made of: `stream` is a type, the others come from the core.

    `bare` is the core's name as both languages accept it, where that is known.
    """
    bare = bare or core.name.rpartition("::")[2]
    found = {"stream": core.stream.name if core.stream is not None else "", "name": bare}
    found |= {"prefix": core.prefix, "upper": bare.upper()}
    found["short"] = bare.replace("_", "")
    return found


def pattern_of(text: str, core: CoreApi) -> str | None:
    """`{name}_py` for `alma_py`, `{prefix}Feed` for `AlmaFeed`; None where no word occurs once."""
    if "{" in text:
        return None
    for word, value in names_of(core).items():
        if value and text.count(value) == 1:
            return text.replace(value, f"{{{word}}}")
    return None


def named(pattern: str, core: CoreApi, bare: str = "") -> str:
    """The name that a pattern gives a core."""
    return pattern.format(**names_of(core, bare))
