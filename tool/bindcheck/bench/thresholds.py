"""The size in the sources from which on a core works in parallel: found, and made adjustable.

In the copy of a file that only the tree of a build has, the constant of such a comparison becomes a
call into the shim. It tells the shim what is compared, and gets the constant that the measurement
wants: one that is never reached, or always.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bindcheck.analysis.program import Program
from bindcheck.bench.comparisons import SMALLEST, Comparison, comparisons
from bindcheck.bench.copies import Change, Copy, copy_of
from bindcheck.bench.limits import Values
from bindcheck.bench.pointing import threads_above
from bindcheck.bench.ways import Deciding, Ways
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact, replace
from bindcheck.findings import Location
from bindcheck.model import Binary, ItemRef, Literal, Match, MethodCall, Node, Path, Span

_CONST = re.compile(rb"\bconst\s+(?=(?:unsafe\s+)?fn\b)")
_NUMBER = re.compile(r"[\w:]+")
_SHOWN = 5
_LONGEST = 60


@fact
class Threshold:
    """A comparison of a size with a constant. `value` None: the constant cannot be read.

    `threads_above`: whether the large sizes are those with threads, else it is a cap; None where
    that cannot be read, or it does not choose about threads. `chosen`: the user says that it does.
    """

    location: Location
    text: str
    compared: str
    value: int | None
    threads_above: bool | None = True
    chosen: bool = False

    @property
    def decides(self) -> bool:
        """Whether it is known, or said, that from the constant on there are threads."""
        return self.threads_above is True or (self.threads_above is None and self.chosen)


@fact
class Adjustable:
    """A threshold, and the copy of its file in which it can be set from outside."""

    threshold: Threshold
    copy: Copy


@fact
class Looked:
    """What was found of a core. `parallel`: whether it starts threads anywhere.

    `passed`: what decides about threads, and is no comparison of a size with a constant, in words.
    `pooled`: whether all threads are those of rayon's pool of the process.
    """

    found: Adjustable | None
    parallel: bool
    passed: tuple[str, ...] = ()
    pooled: bool = True


def find_threshold(
    program: Program, core: ItemRef, line: int | None = None, column: int | None = None
) -> Looked:
    """The threshold that a core function compares with, if there is one.

    Several are an error that lists them; `line`, and `column` where a line has several, choose one
    of all comparisons on the way, whatever they compare; any other line is an error. What stands in
    a condition that chooses between threads and none counts before all else, and what functions
    compare that only say yes or no after what is compared directly.
    """
    ways = Ways(program, core)
    deciding = ways.deciding()
    if line is not None:
        found = _at(program, [*ways.functions, *ways.helpers], line, column)
    else:
        direct, answers = (_sizes(program, refs) for refs in (ways.functions, ways.helpers))
        found = _in(deciding, direct) or _in(deciding, answers) or direct or answers
    if len(found) > 1:
        raise BindcheckError(
            f"several sizes are compared: {_listed(program, found)}; choose one with --line LINE, "
            "or --line LINE:COLUMN"
        )
    certain = line is not None or bool(_in(deciding, found))
    passed = () if certain else (*_passed(program, deciding), *_unread(ways))
    pooled = not ways.starts_own
    if not found:
        return Looked(None, bool(ways.functions), passed, pooled)
    made = _adjusted(ways, found[0])
    threshold = replace(made.threshold, chosen=line is not None)
    made = replace(made, threshold=threshold)
    return Looked(made, parallel=True, passed=passed, pooled=pooled)


def adjustable(
    program: Program, core: ItemRef, line: int | None = None, column: int | None = None
) -> Adjustable | None:
    """The threshold alone."""
    return find_threshold(program, core, line, column).found


def _sizes(program: Program, refs: Iterable[ItemRef]) -> list[Comparison]:
    return [one for one in _compared(program, refs) if one.is_size]


def _compared(program: Program, refs: Iterable[ItemRef]) -> list[Comparison]:
    """All comparisons, each once: a function inside another one is a part of it, too."""
    found = (one for ref in refs for one in comparisons(program, ref))
    return list({(one.place.path, one.node.span): one for one in found}.values())


def _at(
    program: Program, refs: Iterable[ItemRef], line: int, column: int | None
) -> list[Comparison]:
    """The comparisons of a line: those with a constant, unless a column chooses another one."""
    every = _compared(program, refs)
    there = [one for one in every if _is_at(program, one, line, column)]
    if not there:
        where = f"{line}" if column is None else f"{line}:{column}"
        told = f"those are {_listed(program, every)}" if every else "there is none"
        raise BindcheckError(f"--line {where} has no comparison on the way to threads: {told}")
    return [one for one in there if one.is_size] or there


def _listed(program: Program, found: Iterable[Comparison]) -> str:
    """Their places, those with a constant first."""
    ordered = sorted(found, key=lambda one: not one.is_size)
    places = [program.location(one.place.path, one.node.span) for one in ordered]
    more = f"; and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return "; ".join(f"{one.path}:{one.line}:{one.column}" for one in places[:_SHOWN]) + more


def _is_at(program: Program, one: Comparison, line: int, column: int | None) -> bool:
    found = program.location(one.place.path, one.node.span)
    return found.line == line and column in (None, found.column)


def _passed(program: Program, deciding: Deciding) -> tuple[str, ...]:
    """What decides about threads by something else than the constant of a size, with its place."""
    found = _in(deciding, _compared(program, deciding))
    told = (one for one in found if one.constant is None or one.is_small)
    return tuple(_in_words(program, one) for one in told)


def _in(deciding: Deciding, found: Iterable[Comparison]) -> list[Comparison]:
    """Those that stand in a condition that decides."""
    return [one for one in found if one.node.span in deciding.get(one.ref, ())]


def _in_words(program: Program, one: Comparison) -> str:
    place = program.location(one.place.path, one.node.span)
    limit = "" if one.limit is None else f" with `{_text(program, one, one.limit)}`"
    compared = _text(program, one, one.divided or one.other)
    return f"{place.path}:{place.line} compares `{compared}`{limit}"


def _unread(ways: Ways) -> Iterator[str]:
    """Decisions by a number as large as a size in which no comparison was read."""
    read = {(one.place.path, one.node.span) for one in _compared(ways.program, ways.functions)}
    for ref in ways.functions:
        values = Values(ways.program, ref)
        for node, looked_at in ways.decisions(ref):
            parts = [part for one in looked_at for part in one.walk()]
            if any((ref.path, part.span) in read for part in (node, *parts)):
                continue
            if _names_size(node, parts, values):
                yield _decision(ways.program, ref, node, looked_at)


def _names_size(node: Node, parts: Iterable[Node], values: Values) -> bool:
    """Whether a decision looks at a number that may be a size."""
    patterns = [arm.pattern for arm in node.arms] if isinstance(node, Match) else []
    texts = [text for pattern in patterns for text in _NUMBER.findall(pattern)]
    numbers = [
        *(values.written(text) for text in texts),
        *(values.number(part) for part in parts if isinstance(part, (Literal, Path))),
    ]
    return any(number is not None and number >= SMALLEST for number in numbers)


def _decision(program: Program, ref: ItemRef, node: Node, looked_at: Sequence[Node]) -> str:
    place = program.location(ref.path, node.span)
    source = program.source(ref.path)
    spans = [one.span for one in looked_at]
    text = source[spans[0].start : spans[0].end].decode()
    what = "chooses by" if isinstance(node, Match) else "decides by"
    return f"{place.path}:{place.line} {what} `{shortened(text)}`, in which no comparison is read"


def shortened(text: str) -> str:
    """A text on one line, cut off where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}.."


# --- the copy ----------------------------------------------------------------------------------


def _adjusted(ways: Ways, one: Comparison) -> Adjustable:
    program, path = ways.program, one.place.path
    copy = copy_of(program, path, _changes(program, one))
    node = one.other if one.limit is None else one.limit
    threshold = Threshold(
        location=program.location(path, node.span),
        text=f"{one.value}" if one.limit is None else _text(program, one, one.limit),
        compared=_text(program, one, one.other),
        value=one.value,
        threads_above=threads_above(ways, one),
    )
    return Adjustable(threshold, copy)


def _changes(program: Program, one: Comparison) -> Iterator[Change]:
    start, end = _signature(program, one.ref)
    # A constant function may not ask the shim.
    for word in _CONST.finditer(program.source(one.place.path), start, end):
        yield Change(word.start(), word.end(), b"")
    for span, text in _edits(program, one):
        yield Change(span.start, span.end, text.encode())


def _edits(program: Program, one: Comparison) -> list[tuple[Span, str]]:
    """What is written in place of the limit, and of a quotient; or of what a `match` looks at."""
    compared = _text(program, one, one.other)
    edition = program.crate.edition if program.crate else "2021"
    block = "unsafe extern" if edition >= "2024" else "extern"
    asked = (
        f'{{ {block} "C" {{ fn bindcheck_threshold(seen: usize) -> usize; }} '
        f"unsafe {{ bindcheck_threshold(({compared}) as usize) }} }}"
    )
    if one.limit is None:
        value = one.value or 0
        chosen = f"if (({compared}) as usize) >= ({asked}) {{ {value} }} else {{ {value - 1} }}"
        return [(one.other.span, f"({chosen})")]
    if one.divided is not None and isinstance(one.node, Binary) and one.node.op in ("==", "!="):
        return [(one.node.span, f"(({compared}) {one.op} ({asked} as _))")]
    # The type of the left side is not taken from the right one, but that of an item from another.
    range_ = isinstance(one.node, MethodCall) and one.node.method == "contains"
    first = one.limit.span.start < one.other.span.start and not range_
    limit = f"[({compared}), {asked} as _][1]" if first else f"({asked} as _)"
    edits = [(one.limit.span, limit)]
    return edits if one.divided is None else [*edits, (one.divided.span, f"({compared})")]


def _text(program: Program, one: Comparison, node: Node) -> str:
    return program.source(one.place.path)[node.span.start : node.span.end].decode()


def _signature(program: Program, ref: ItemRef) -> tuple[int, int]:
    """Where a function begins, and its body."""
    function = program.function(ref)
    body = function.body_span
    return function.span.start, function.span.start if body is None else body.start
