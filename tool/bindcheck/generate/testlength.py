"""How long the series of a generated test are, and counts to call with."""

from __future__ import annotations

import re

from bindcheck.generate.arguments import Argument
from bindcheck.model import CoreApi, ParamField

_FEWEST = 400
_PER_PERIOD = 8
_USUAL = "14"


def length_of(core: CoreApi) -> int:
    """Enough values for the warm-up of the default parameters to be a small part."""
    counts = [int(one.default) for one in core.params if is_count(one) and one.default]
    return max(_FEWEST, _PER_PERIOD * max(counts, default=0))


def is_count(param: ParamField) -> bool:
    """Whether a parameter counts values, by a default that is a plain number."""
    return param.type.name == "usize" and bool(re.fullmatch(r"\d+", param.default or ""))


def counts_values(one: Argument) -> bool:
    """Whether 0, or more than there are values, must be refused."""
    return one.kind == "usize" and one.name.rpartition("_")[2] in ("period", "length", "window")


def called_with(one: Argument) -> str | None:
    """The default of an argument, or a usual count; None where neither is known."""
    return _USUAL if one.default is None and counts_values(one) else one.default
