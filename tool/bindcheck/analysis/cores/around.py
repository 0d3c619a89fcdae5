"""What stands around the function of a core: buffers, batch, stream; what of it is not read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bindcheck.analysis.cores.functions import (
    Candidate,
    batch_output,
    candidates,
    find_bare,
    find_batch,
    find_batch_into,
    find_into,
    is_batch,
    output_fields,
)
from bindcheck.analysis.cores.grid import Grid, find_grid, range_fields
from bindcheck.analysis.cores.index import CoreFile, Fn
from bindcheck.analysis.cores.roles import UNKNOWN, Known, core_function, unknown_parameters
from bindcheck.analysis.cores.shapes import normal
from bindcheck.analysis.cores.stream import find_stream
from bindcheck.model import CoreApi, CoreFunction, RangeField, StreamApi, Struct


class Around:
    """Adds to a core what its file has beside its function; each step uses what others found.

    `own` is the name of a core that is known by its functions: those that write into buffers have
    names that begin with it, and where its parameters are `shared` with other cores, also those of
    its batch and its stream.
    """

    def __init__(
        self,
        file: CoreFile,
        functions: Sequence[Fn],
        known: Known,
        prefix: str,
        own: str = "",
        *,
        shared: bool = False,
    ):
        self.file = file
        self.functions = functions
        self.free = [fn for fn in functions if not fn.item.owner]
        self.known = known
        self.prefix = prefix
        self.own = normal(own)
        self.shared = shared
        self.why_not: list[tuple[str, str]] = []

    def completed(self, api: CoreApi) -> CoreApi:
        """The core with buffers, batch and stream."""
        grid = find_grid(self.file, self.functions, self.known.params_struct, self.prefix)
        return self._with_batch(self._with_stream(api), grid)

    def _is_own_into(self, one: Candidate) -> bool:
        into = one.name.startswith(f"{self.own}into") or one.name == self.own
        return into or not self.own

    def _is_own_batch(self, one: Candidate) -> bool:
        return not self.shared or one.name.startswith(self.own)

    def _with_stream(self, api: CoreApi) -> CoreApi:
        stream = find_stream(self.file, self.known, self.prefix)
        if stream is not None and self.shared and not normal(stream.name).startswith(self.own):
            stream = None
        if stream is not None:
            self._explain_stream(stream)
        return replace(api, stream=stream)

    def _with_batch(self, api: CoreApi, grid: Grid) -> CoreApi:
        file = self.file
        self.known = replace(
            self.known,
            range_struct=grid.range[1].name if grid.range else "",
            combination=grid.combination or "",
        )
        api = self._with_names(api)
        found = candidates(file, self.free, self.known)
        into = [one for one in found if not _grid_roles(one) and self._is_own_into(one)]
        batch = self._batches(found)
        owning, inner = find_batch(file, batch, api.output_struct, len(api.outputs))
        rows = find_batch_into(file, batch, api.output_struct)
        result = _result(file, owning, inner)
        expander = _expander(file, grid, self.known)
        self._explain_batch(api, grid, result)
        bare = None
        if owning is None and inner is None and rows is None:
            bare = find_bare(batch, api.outputs, self.known.combination)
            if bare is None:
                self._explain_shapeless(batch)
        if owning and inner and owning.returns.name != inner.returns.name:
            self.why_not.append(
                (
                    "batch_inner",
                    f"`{inner.fn.name}` returns `{inner.returns.text}`,"
                    f" `{owning.fn.name}` `{owning.returns.text}`",
                )
            )
        return replace(
            api,
            range_struct=self.known.range_struct or None,
            ranges=self._ranges(grid),
            into_slice=self.function("into_slice", find_into(into, self.known, uninit=False)),
            into_uninit=self.function("into_uninit", find_into(into, self.known, uninit=True)),
            expand_grid=self.function("expand_grid", expander),
            batch_with_kernel=self.function("batch_with_kernel", owning),
            batch_inner=self.function("batch_inner", inner),
            batch_inner_into=self.function("batch_inner_into", rows),
            batch_bare=self.function("batch_bare", bare),
            batch_output=result.name if result is not None else None,
            batch_outputs=output_fields(result) if result is not None else (),
            why_not=tuple(self.why_not),
        )

    def _batches(self, found: Sequence[Candidate]) -> list[Candidate]:
        plain = not self.known.params
        return [one for one in found if is_batch(one, plain=plain) and self._is_own_batch(one)]

    def _with_names(self, api: CoreApi) -> CoreApi:
        """The vectors of a tuple, called as those in the struct of a batch are, in order."""
        if not api.outputs or not all(one.name.isdigit() for one in api.outputs):
            return api
        batch = self._batches(candidates(self.file, self.free, self.known))
        owning, inner = find_batch(self.file, batch, api.output_struct, len(api.outputs))
        result = _result(self.file, owning, inner)
        named = output_fields(result) if result is not None else ()
        if [one.element for one in named] != [one.element for one in api.outputs]:
            return api
        self.known = replace(self.known, outputs=named)
        return replace(api, outputs=named)

    def _explain_batch(self, api: CoreApi, grid: Grid, result: Struct | None) -> None:
        made = len(output_fields(result)) if result is not None else len(api.outputs)
        if result is not None and made != len(api.outputs):
            self.why_not.append(
                (
                    "batch_output",
                    f"`{result.name}` holds {made} result vectors,"
                    f" `{api.output_struct or api.name}` {len(api.outputs)}",
                )
            )
        if grid.range is not None and not grid.expanders and self.known.params:
            self.why_not.append(
                (
                    "expand_grid",
                    f"no function turns `&{grid.range[1].name}` into"
                    f" a vector of `{self.known.params_struct}`",
                )
            )

    def _explain_shapeless(self, found: Sequence[Candidate]) -> None:
        """Why functions that compute a grid are no batches of the pattern."""
        for one in found:
            returns = " ".join(one.fn.item.returns.text.split())
            if "out" not in one.kinds and "Vec" in one.fn.item.returns.names():
                said = f"`{one.fn.name}` gives `{returns}`, not a struct with `rows` and `cols`"
                self.why_not.append(("batch", said))

    def _ranges(self, grid: Grid) -> tuple[RangeField, ...]:
        fields = range_fields(self.file, grid, self.known.params)
        unmatched = [one.name for one in fields if one.axis and one.param is None]
        if unmatched and self.known.params:
            names = ", ".join(f"`{name}`" for name in unmatched)
            self.why_not.append(("ranges", f"no parameter is recognised for the range {names}"))
        if grid.range is not None and grid.combination != self.known.params_struct:
            self.why_not.append(
                (
                    "expand_grid",
                    f"the grid expands to `{grid.combination}`, not `{self.known.params_struct}`",
                )
            )
        return fields

    def function(self, part: str, found: Candidate | None) -> CoreFunction | None:
        """A function with its roles; those that are unknown are noted."""
        if found is None:
            return None
        function = core_function(self.file, found.fn, self.known)
        if UNKNOWN in function.roles:
            unknown = unknown_parameters(found.fn, function.roles)
            self.why_not.append((part, f"`{function.name}` takes {unknown}, of unknown meaning"))
        if "out:*" in function.roles:
            count = len(self.known.outputs)
            self.why_not.append((part, f"`{function.name}` writes {count} outputs into one buffer"))
        return function

    def _explain_stream(self, stream: StreamApi) -> None:
        if self.file.program.struct(stream.ref).attr("pyclass") is not None:
            return
        if stream.constructor is None:
            self.why_not.append(("stream", f"`{stream.name}` has no function that makes one"))
        elif UNKNOWN in stream.constructor.roles:
            self._unknown_stream(stream.name, stream.constructor)
        if stream.update is None:
            self.why_not.append(("stream", f"`{stream.name}` has no `update` that takes numbers"))
        elif UNKNOWN in stream.update.roles:
            self._unknown_stream(stream.name, stream.update)

    def _unknown_stream(self, name: str, function: CoreFunction) -> None:
        fn = Fn(function.ref, self.file.program.function(function.ref))
        unknown = unknown_parameters(fn, function.roles)
        self.why_not.append(
            ("stream", f"`{name}::{function.name}` takes {unknown}, of unknown meaning")
        )


def _result(file: CoreFile, owning: Candidate | None, inner: Candidate | None) -> Struct | None:
    """The struct of a batch that one of the functions gives."""
    made = (batch_output(file, one, None) for one in (owning, inner) if one)
    return next((one for one in made if one), None)


def _grid_roles(one: Candidate) -> bool:
    return bool({"range", "combos"} & set(one.kinds)) or "batch" in one.name


def _expander(file: CoreFile, grid: Grid, known: Known) -> Candidate | None:
    """Of several expansions one that takes a range alone and reports bad ranges."""
    found = candidates(file, grid.expanders, known)
    ranked = sorted(
        found,
        key=lambda one: (
            UNKNOWN in one.roles,
            one.roles != ("range",) and bool(one.roles),
            not one.fallible,
            len(one.name),
        ),
    )
    return ranked[0] if ranked else None
