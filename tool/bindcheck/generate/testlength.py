"""How long the series of a generated test are."""

from __future__ import annotations

import re

from bindcheck.model import CoreApi, ParamField

_FEWEST = 400
_PER_PERIOD = 8


def length_of(core: CoreApi) -> int:
    """Enough values for the warm-up of the default parameters to be a small part."""
    counts = [int(one.default) for one in core.params if is_count(one) and one.default]
    return max(_FEWEST, _PER_PERIOD * max(counts, default=0))


def is_count(param: ParamField) -> bool:
    """Whether a parameter counts values, by a default that is a plain number."""
    return param.type.name == "usize" and bool(re.fullmatch(r"\d+", param.default or ""))
