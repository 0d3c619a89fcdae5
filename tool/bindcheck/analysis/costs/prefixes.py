"""Warm-up cells that a binding fills although the function it calls fills them again."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.costs.nan_writes import is_nan, named_values, nan_writers, stored
from bindcheck.analysis.flow.events import Called, Kind, Place, Write
from bindcheck.analysis.flow.values import Shape, Value
from bindcheck.analysis.memory.writers import Buffer, buffers, element_name
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events
from bindcheck.fact import fact
from bindcheck.model import EntryPoint, Loop, Node, Span

_FILL_AND_CALL = 2


@fact
class RedundantFill:
    """The fill of a prefix at `place`; `callee` is the function that fills it again."""

    place: Place
    callee: str
    element: str


def redundant_fills(program: Program, entry: EntryPoint) -> Iterator[RedundantFill]:
    """For each array of an entry point the first fill of its prefix that is not needed."""
    seen: set[Span] = set()
    for buffer in buffers(program, entry):
        if not buffer.callees or len(buffer.callees) + len(buffer.writes) < _FILL_AND_CALL:
            continue
        found = _Filled(program, entry, buffer).redundant()
        if found is not None and found.place.span not in seen:
            seen.add(found.place.span)
            yield found


class _Filled:
    """An array with what fills its prefix and who gets it afterwards."""

    def __init__(self, program: Program, entry: EntryPoint, buffer: Buffer):
        self.program = program
        self.entry = entry
        self.buffer = buffer
        self.writers = nan_writers(program)
        self.events = events(program, entry)
        self.calls = [
            one
            for one in sorted(self.events.calls, key=lambda one: one.place.span.start)
            if one.place.ref == entry.ref and any(arg.root == buffer.root for arg in one.args)
        ]

    def redundant(self) -> RedundantFill | None:
        """The fill, if all that the array is handed to afterwards fill it as well."""
        fill = min(self._fills(), key=lambda one: one.start, default=None)
        if fill is None or any(one.how == "copy" for one in self.buffer.writes):
            return None
        later = [one for one in self.calls if one.place.span.start >= fill.end]
        if not later or not all(self._writes(one) for one in later):
            return None
        callee = self.program.function(later[-1].targets[0]).name
        element = element_name(*(one.target for one in self.buffer.writes)) or "f64"
        return RedundantFill(Place(self.entry.ref, fill), callee, element)

    def _writes(self, call: Called) -> bool:
        index = next(i for i, arg in enumerate(call.args) if arg.root == self.buffer.root)
        # The beginning of a part is not the beginning of the array.
        whole = not call.args[index].part
        return whole and all(self.writers.writes(target, index) for target in call.targets)

    def _fills(self) -> Iterator[Span]:
        """Where the binding fills a prefix itself, or by a helper before it computes."""
        body = self.program.body(self.entry.ref)
        if body is None:
            return
        nodes = list(body.walk())
        lets = named_values(body)
        own = [one for one in self.buffer.writes if one.place.ref == self.entry.ref]
        writes = {one.place.span: one for one in own}
        for node in nodes:
            cells = stored(node) if node.span in writes else None
            nan = cells is not None and is_nan(cells[1], lets)
            if nan and self._is_part(writes[node.span], nodes):
                yield node.span
        first = self.calls[0] if self.calls else None
        if first is not None and _only_fills(first, self.buffer) and self._writes(first):
            yield first.place.span

    def _is_part(self, write: Write, nodes: list[Node]) -> bool:
        """Whether a write is limited to a prefix, not to the length of the data."""
        if write.how == "fill":
            return write.target.part
        at = write.place.span
        around = [one.span for one in nodes if isinstance(one, Loop) and one.span.contains(at)]
        if not around:
            return False
        inner = max(around, key=lambda one: one.start)
        loops = [one for one in self.events.works if one.place.span == inner]
        return all(one.part for one in loops if one.kind is Kind.LOOP)


def _only_fills(call: Called, buffer: Buffer) -> bool:
    """Whether a function gets the array, but no data that it could compute from."""
    others = (arg for arg in call.args if arg.root != buffer.root)
    return not any(arg.shape is Shape.STRUCT or _is_data(arg) for arg in others)


def _is_data(value: Value) -> bool:
    return value.shape is Shape.SEQ and element_name(value)[:1] == "f"
