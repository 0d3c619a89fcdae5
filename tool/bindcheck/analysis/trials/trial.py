"""Entry points called with the least and most that a caller may ask for, and where they panic.

The arguments are a witness: arrays of one length with ordinary data, and for whole numbers, and the
start and end of ranges of them, 0 or that length. What the code refuses with an error is fine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from bindcheck.analysis.depth import deep
from bindcheck.analysis.flow.types import NUMPY, SEQUENCES
from bindcheck.analysis.program import Program
from bindcheck.analysis.ranges.values import ABSENT, UNKNOWN, literal
from bindcheck.analysis.trials import calls, control, expressions, storing
from bindcheck.analysis.trials.machine import (
    Course,
    Frame,
    Leaves,
    Spot,
    Undecided,
    is_absent,
    returned,
)
from bindcheck.analysis.trials.values import (
    BEHIND,
    FLOATS,
    NO_MEMORY,
    SIGNED,
    UNSIGNED,
    WORD,
    Panicked,
    Row,
    Signed,
    Value,
    plain,
    row_of,
)
from bindcheck.model import Block, EntryPoint, ItemRef, Param, Role, Span, TypeRef
from bindcheck.model.fact import fact

HANDLERS = (calls, control, expressions, storing)
"""Importing these registers what is done with each kind of node."""

_LENGTH = 6
_LONGER = 48
"""For code that asks for so many values that a few are refused, whatever the numbers are."""
_STEPS = 4_000
_FEW = 600
"""Where the numbers are checked, and warm-ups made of them: ahead of what is computed."""
_SANE = (2, 3, 4, 5)
_RANGE = 3
_PAIR = 2
"""Of more numbers each would be tried for little: they are mostly checked together."""
OVER, WRAPPED, REFUSED, OPEN = "over", "wrapped", "refused", "open"


@fact
class Fallen:
    """A panic for numbers that nobody refuses.

    `call` is the call in the entry point that leads there, None if it is the entry point itself.
    `given` tells the numbers, `how` what does not hold; `wrapped` are the subtractions that wrapped
    on the way. `gaps`: the data begins with NaN.
    """

    call: Span | None
    at: Spot
    how: str
    given: str
    wrapped: tuple[Spot, ...]
    gaps: bool


def fallen(program: Program, entry: EntryPoint) -> Fallen | None:
    """The first panic for such numbers, if there is one.

    The one call of an indicator is left to the checks of its core, which are made for it.
    """
    if entry.role is Role.SINGLE and entry.indicator is not None:
        return None
    params = program.function(entry.ref).params
    words = [one for one in params if one.type is not None and _is_word(one.type)]
    body = program.body(entry.ref) if words else None
    if body is None:
        return None
    with deep():
        return _Trials(program, entry, body, words).first()


def lacks_memory(program: Program, ref: ItemRef, position: int) -> bool:
    """Whether a function asks for more memory than there is for the largest number as a parameter.

    What else it gets is not known.
    """
    function = program.function(ref)
    body = program.body(ref) if position < len(function.params) else None
    if body is None or function.receiver:
        return False
    names = {name: UNKNOWN for one in function.params for name in one.names}
    given: dict[str, Value] = {**names, function.params[position].name: WORD - 1}
    frame = Frame(program, ref, Course(_STEPS), given)
    try:
        with deep():
            frame.expr(body)
    except Panicked as panicked:
        return panicked.how == NO_MEMORY
    except (Undecided, Leaves, OverflowError, RecursionError):
        pass
    return False


class _Trials:
    """The trials of one entry point."""

    def __init__(self, program: Program, entry: EntryPoint, body: Block, words: Sequence[Param]):
        self.program = program
        self.entry = entry
        self.body = body
        self.words = words
        self.params = program.function(entry.ref).params
        self.length = _LENGTH

    def first(self) -> Fallen | None:
        """The first trial that ends in a panic."""
        ended = self._least()
        done = ended == OPEN or isinstance(ended, Fallen) or self.length != _LENGTH
        if not done and self._has_arrays():
            ended = self._most()
        found = isinstance(ended, Fallen) and not self._falls_anyway(ended)
        return ended if found and isinstance(ended, Fallen) else None

    def _least(self) -> Fallen | str:
        """How the trials with 0 end: of all numbers at once, or of each if that is refused."""
        ended: Fallen | str = OPEN
        for chosen in self._choices():
            ended = self._run(chosen, gaps=False)
            if ended == REFUSED and self._has_arrays():
                ended = self._longer(chosen)
            if ended == WRAPPED and self._has_arrays():
                # What has wrapped to a large number for data from 0 on is a small one behind gaps.
                ended = self._run(chosen, gaps=True)
            if ended != REFUSED:
                # What puts up with 0 everywhere does so with some as well.
                return ended
        return ended

    def _longer(self, chosen: Mapping[str, int]) -> Fallen | str:
        """The same for longer data, if that is not refused."""
        self.length = _LONGER
        ended = self._run(chosen, gaps=False)
        if ended == REFUSED:
            self.length = _LENGTH
        return ended

    def _most(self) -> Fallen | str:
        """How the trial with nearly as many as there are values ends."""
        return self._run(dict.fromkeys(self._sane(), self.length - 1), gaps=False, steps=_FEW)

    def _falls_anyway(self, fallen: Fallen) -> bool:
        """Whether ordinary numbers get to the same panic: then these are not the reason.

        Those that have wrapped on the way are.
        """
        if fallen.wrapped and fallen.how != BEHIND:
            return False
        ended = self._run(self._sane(), gaps=fallen.gaps)
        return isinstance(ended, Fallen) and ended.at == fallen.at

    def _sane(self) -> dict[str, int]:
        names = [one.name for one in self.words]
        return {name: _SANE[min(at, len(_SANE) - 1)] for at, name in enumerate(names)}

    def _choices(self) -> Iterator[Mapping[str, int]]:
        sane = self._sane()
        yield dict.fromkeys(sane, 0)
        for zero in sane if len(sane) == _PAIR else ():
            yield {**sane, zero: 0}

    def _has_arrays(self) -> bool:
        return any(one.type is not None and _is_array(one.type) for one in self.params)

    def _run(self, chosen: Mapping[str, int], *, gaps: bool, steps: int = _STEPS) -> Fallen | str:
        """A panic, or how it ended without one."""
        course = Course(steps)
        names = {one.name: self._argument(one, chosen, gaps=gaps) for one in self.params}
        ref = self.entry.ref
        frame = Frame(self.program, ref, course, names)
        try:
            value = returned(lambda: frame.expr(self.body))
        except Panicked as panicked:
            return self._fallen(panicked, course, chosen, gaps=gaps)
        except (Undecided, Leaves, OverflowError, RecursionError):
            return OPEN
        if is_absent(value):
            return REFUSED
        return WRAPPED if course.wrapped else OVER

    def _fallen(
        self, panicked: Panicked, course: Course, chosen: Mapping[str, int], *, gaps: bool
    ) -> Fallen | str:
        if course.inner is None:
            return OPEN
        numbers = [chosen[one.name] for one in self.words]
        extreme = [one for one in self.words if 0 not in numbers or chosen[one.name] == 0]
        given = " and ".join(_shown(one, chosen[one.name]) for one in extreme)
        if 0 not in numbers:
            given = f"{given} and {self.length} values of data"
        return Fallen(course.outer, course.inner, panicked.how, given, tuple(course.wrapped), gaps)

    def _argument(self, param: Param, chosen: Mapping[str, int], *, gaps: bool) -> Value:
        type_ = param.type
        if type_ is None:
            return UNKNOWN
        if param.name in chosen:
            word = chosen[param.name]
            return (word, word, 0) if _held(type_).kind == "tuple" else word
        default = self._default(param.name)
        if default is not None and default is not UNKNOWN:
            return default
        return ABSENT if type_.peel().name == "Option" else self._sample(type_, gaps=gaps)

    def _sample(self, type_: TypeRef, *, gaps: bool) -> Value:
        """An ordinary value of a type."""
        held = _held(type_)
        if _is_array(type_):
            return _array(held, self.length, gaps=gaps)
        if held.name in FLOATS:
            return 0.5
        if held.name in UNSIGNED:
            return _SANE[0]
        if held.name in SIGNED:
            return Signed(_SANE[0])
        if held.name == "bool":
            return False
        if held.kind == "tuple" and len(held.args) == _RANGE and held.args[0].name in FLOATS:
            return (0.5, 0.5, 0.0)
        return UNKNOWN

    def _default(self, name: str) -> Value | None:
        for one in self.entry.signature or ():
            if one.name == name and one.default is not None:
                return _written(one.default)
        return None


def _written(text: str) -> Value:
    """A default as it is written in a signature."""
    text = text.strip()
    if text == "None":
        return ABSENT
    if text in ("true", "false"):
        return text == "true"
    if text.startswith('"'):
        return text.strip('"')
    return plain(literal(text))


def _array(type_: TypeRef, length: int, *, gaps: bool) -> Value:
    numbers = [one.name for one in type_.walk() if one.name in FLOATS | UNSIGNED | SIGNED]
    if not numbers or "2" in type_.name or "3" in type_.name:
        return UNKNOWN
    if numbers[0] not in FLOATS:
        return row_of([_SANE[0]] * length)
    cells: list[Value] = [float(one + 1) for one in range(length)]
    if gaps:
        cells[0] = math.nan
    return Row(cells, length, fixed=True)


def _held(type_: TypeRef) -> TypeRef:
    """The type behind references and `Option`."""
    type_ = type_.peel()
    return _held(type_.args[0]) if type_.name == "Option" and type_.args else type_


def _is_word(type_: TypeRef) -> bool:
    """Whether a type is an unsigned number, or a range of three."""
    held = _held(type_)
    parts = held.args if held.kind == "tuple" else (held,)
    return len(parts) in (1, _RANGE) and all(one.name in UNSIGNED for one in parts)


def _is_array(type_: TypeRef) -> bool:
    held = _held(type_)
    listed = held.kind == "slice" or held.name in SEQUENCES | NUMPY
    return listed or (held.name in ("Bound", "Py") and bool(held.args) and _is_array(held.args[0]))


def _shown(word: Param, number: int) -> str:
    ranged = word.type is not None and _held(word.type).kind == "tuple"
    return f"`{word.name}` = " + (f"({number}, {number}, 0)" if ranged else f"{number}")
