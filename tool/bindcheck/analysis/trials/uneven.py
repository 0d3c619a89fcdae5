"""Entry points called with one array longer than the others, and where they panic.

A core that cuts its inputs to the shortest has compared their lengths, and its caller has made room
for as many values as one of them has.
"""

from __future__ import annotations

from bindcheck.analysis.depth import deep
from bindcheck.analysis.program import Program
from bindcheck.analysis.trials.arguments import Given, arrays_of, sane, words_of
from bindcheck.analysis.trials.ending import FELL, OVER, REFUSED, tried
from bindcheck.analysis.trials.leading import leading
from bindcheck.analysis.trials.machine import Spot
from bindcheck.model import EntryPoint, ItemRef, Span
from bindcheck.model.fact import fact

_CUT = b".len().min("
_MAKES_ROOM = (b"PyArray1::<", b"PyArray2::<", b"PyArray1::new(", b"vec![", b"::zeros(", b"uninit")
_CUTS = rb"\w\.len\(\)\.min\(\w+\.len\(\)"


@fact
class Uneven:
    """A panic where the array `longer` has a value more than the others; see `Fallen`."""

    call: Span | None
    at: Spot
    how: str
    longer: str


def uneven(program: Program, entry: EntryPoint) -> Uneven | None:
    """The first panic of an entry point for such arrays, if what it calls cuts them to be even."""
    params = program.function(entry.ref).params
    arrays = arrays_of(params)
    if len(arrays) < 2 or not _cuts_below(program, entry.ref):
        return None
    body = program.body(entry.ref)
    words = sane(words_of(params))
    if body is None:
        return None
    with deep():
        for one in arrays:
            ended = tried(program, entry, body, Given(words, longer=one.name))
            at = ended.course.inner
            if ended.kind == REFUSED:
                break
            if ended.kind == FELL and at is not None:
                even = tried(program, entry, body, Given(words)).kind == OVER
                return Uneven(ended.course.outer, at, ended.how, one.name) if even else None
    return None


def _cuts_below(program: Program, ref: ItemRef) -> bool:
    """Whether a function makes room, and what it calls in its file cuts arrays to the shortest.

    Who does that first mostly does it for all that comes after.
    """
    if not program.mentions(ref, _MAKES_ROOM):
        return False
    leads = ref in leading(program, ref.path, ((_CUT, _CUTS),))
    return leads and not program.mentions(ref, (_CUT,))
