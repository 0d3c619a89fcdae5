"""Lists beside the data of a core: windows, indices or counts."""

from __future__ import annotations

from bindcheck.analysis.program import Program
from bindcheck.errors import NothingToDoError
from bindcheck.model import CoreApi

_COUNTS = "usize"


def refuse_lists(program: Program, core: CoreApi) -> None:
    """A NothingToDoError for a function that takes such a list, of which no case gives one.

    Made-up data would be windows of any size, as many as there are values.
    """
    given = core.constructors[0].series if core.constructors and core.input is None else ()
    if all(one.element == _COUNTS for one in given):
        return
    function = core.with_kernel or core.single or core.into_slice
    for one in given:
        if one.element == _COUNTS and function is not None:
            item = program.function(function.ref)
            place = program.location(function.ref.path, item.name_span)
            raise NothingToDoError(
                f"`{core.name}` takes a list beside the data, `{one.name}: &[usize]`: nothing "
                "tells how long it is, and what is in it",
                place.path,
                place.line,
            )
