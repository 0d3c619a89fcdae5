"""Recognition of indicator cores, from signatures and types alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bindcheck.analysis.cores.aliases import type_aliases
from bindcheck.analysis.cores.functions import (
    Candidate,
    batch_output,
    candidates,
    find_batch,
    find_batch_into,
    find_into,
    find_single,
    find_with_kernel,
    is_batch,
    output_fields,
    outputs_of,
)
from bindcheck.analysis.cores.grid import Grid, find_grid, range_fields
from bindcheck.analysis.cores.index import CoreFile, Fn
from bindcheck.analysis.cores.input import InputType, constructors, input_types
from bindcheck.analysis.cores.params import param_fields
from bindcheck.analysis.cores.plain import bound_before, plain_cores
from bindcheck.analysis.cores.roles import UNKNOWN, Known, core_function, unknown_parameters
from bindcheck.analysis.cores.shapes import snake
from bindcheck.analysis.cores.stream import find_stream
from bindcheck.analysis.linking.linked import Linked
from bindcheck.crew import ALONE, Crew
from bindcheck.fact import record
from bindcheck.model import (
    CoreApi,
    CoreFunction,
    InputConstructor,
    ItemRef,
    OutputField,
    RangeField,
    Series,
    StreamApi,
    Struct,
)


def recognise_cores(program: Linked, crew: Crew = ALONE) -> tuple[CoreApi, ...]:
    """All indicator cores of the linked modules, in source order.

    Structs named `<X>Input` are cores where functions take them or arrays make them. In a crate
    with such, plain functions are cores only where a binding of theirs was generated before. What
    a dependency has says nothing of the crate's own functions.
    """
    aliases = type_aliases(program)
    reached = [path for path in program.modules if path not in program.unreached]
    files = [CoreFile(program, path, aliases) for path in reached]
    pool = _Pool(files)
    by_file = crew.share(files, lambda file: file.path, lambda file: [*_cores_of(file, pool)])
    found = [api for apis in by_file for api in apis]
    if not found:
        return _distinct(list(plain_cores(files, program)))
    order = {file.path: at for at, file in enumerate(files)}
    if any(program.in_crate(api.path) for api in found):
        both = [*found, *bound_before(files, found)]
    else:
        plain = plain_cores(files, program)
        both = [*found, *(api for api in plain if program.in_crate(api.path))]
    return _distinct(sorted(both, key=lambda api: order[api.path]))


def _distinct(found: Sequence[CoreApi]) -> tuple[CoreApi, ...]:
    """Cores of one name get the module before it: an entry point names its core."""
    counts = Counter(api.name for api in found)
    return tuple(
        api if counts[api.name] == 1 else replace(api, name="::".join((*api.module_path, api.name)))
        for api in found
    )


@record
class _Pool:
    """All files, and an index of type names that is made only when a core is spread over files."""

    files: Sequence[CoreFile]
    _by_type: dict[str, list[CoreFile]] | None = None

    def elsewhere(self, file: CoreFile, type_name: str) -> list[CoreFile]:
        """Other files with functions that take a reference to this type."""
        if self._by_type is None:
            self._by_type = {}
            for one in self.files:
                for name in _referenced(one):
                    self._by_type.setdefault(name, []).append(one)
        return [one for one in self._by_type.get(type_name, ()) if one is not file]


def _referenced(file: CoreFile) -> set[str]:
    return {
        param.type.peel().name
        for fn in file.free
        for param in fn.item.params
        if param.type is not None and param.type.kind == "ref"
    } - {""}


def _cores_of(file: CoreFile, pool: _Pool) -> Iterator[CoreApi]:
    for of in input_types(file):
        api = _Recogniser(file, of, pool).core()
        if api is not None:
            yield api


class _Recogniser:
    """Reads one core; each step uses what the steps before it found."""

    def __init__(self, file: CoreFile, of: InputType, pool: _Pool):
        self.file = file
        self.of = of
        self.functions = _functions(file, of, pool)
        self.free = [fn for fn in self.functions if not fn.item.owner]
        self.constructors, refused = constructors(file, of)
        self.why_not = list(refused)
        params = of.params[1].name if of.params else ""
        self.known = Known(
            input=of.item.name,
            params_struct=params,
            combination=params,
            series=_all_series(self.constructors),
            params=param_fields(file, of),
            extras=self.constructors[0].extras if self.constructors else (),
        )

    def core(self) -> CoreApi | None:
        """The core, or None when nothing is made from the input."""
        found = candidates(self.file, self.free, self.known)
        single, reason = find_single(found, self.of.prefix)
        kernel = find_with_kernel(found, self.of.prefix)
        if reason and kernel is None:
            self.why_not.append(("single", reason))
        main = kernel or single
        if main is None and not self.constructors and not reason:
            return None
        output, outputs = outputs_of(self.file, main) if main else (None, ())
        if main is not None and not outputs:
            self.why_not.append(
                ("outputs", f"`{main.returns.text}` holds no vector of numbers or flags")
            )
        self.known = replace(self.known, outputs=outputs)
        grid = find_grid(self.file, self.functions, self.known.params_struct, self.of.prefix)
        name = _name(single, kernel, self.of.prefix)
        base = self._base(name, single, kernel, output, outputs)
        return self._with_batch(self._with_stream(base), grid)

    def _base(
        self,
        name: str,
        single: Candidate | None,
        kernel: Candidate | None,
        output: ItemRef | None,
        outputs: tuple[OutputField, ...],
    ) -> CoreApi:
        file, of, item = self.file, self.of, self.of.item
        one = self._function("single", single)
        two = self._function("with_kernel", kernel)
        error = next((f.error for f in (one, two) if f is not None and f.error), None)
        return CoreApi(
            name=name,
            stem=file.path.rsplit("/", 1)[-1].removesuffix(".rs"),
            prefix=of.prefix,
            path=file.path,
            module_path=file.program.module_path(file.path, item.scope),
            input=of.ref,
            input_lifetime="'" in item.generics,
            constructors=self.constructors,
            params_struct=self.known.params_struct or None,
            params=self.known.params,
            output_struct=file.program.struct(output).name if output is not None else None,
            outputs=outputs,
            range_struct=None,
            ranges=(),
            error=error,
            single=one,
            with_kernel=two,
            into_slice=None,
            into_uninit=None,
            expand_grid=None,
            batch_with_kernel=None,
            batch_inner=None,
            batch_inner_into=None,
            batch_output=None,
            stream=None,
            cfg=item.cfg,
            why_not=(),
        )

    def _with_stream(self, api: CoreApi) -> CoreApi:
        stream = find_stream(self.file, self.known, self.of.prefix)
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
        found = candidates(file, self.free, self.known)
        into = [one for one in found if not _grid_roles(one)]
        plain = not self.known.params
        batch = [one for one in found if is_batch(one, plain=plain)]
        owning, inner = find_batch(file, batch, api.output_struct, len(api.outputs))
        rows = find_batch_into(file, batch, api.output_struct)
        result = next(
            (r for one in (owning, inner) if one and (r := batch_output(file, one, None))), None
        )
        expander = _expander(file, grid, self.known)
        self._explain_batch(api, grid, result)
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
            into_slice=self._function("into_slice", find_into(into, self.known, uninit=False)),
            into_uninit=self._function("into_uninit", find_into(into, self.known, uninit=True)),
            expand_grid=self._function("expand_grid", expander),
            batch_with_kernel=self._function("batch_with_kernel", owning),
            batch_inner=self._function("batch_inner", inner),
            batch_inner_into=self._function("batch_inner_into", rows),
            batch_output=result.name if result is not None else None,
            batch_outputs=output_fields(result) if result is not None else (),
            why_not=tuple(self.why_not),
        )

    def _explain_batch(self, api: CoreApi, grid: Grid, result: Struct | None) -> None:
        made = len(output_fields(result)) if result is not None else len(api.outputs)
        if result is not None and made != len(api.outputs):
            self.why_not.append(
                (
                    "batch_output",
                    f"`{result.name}` holds {made} result vectors,"
                    f" `{api.output_struct}` {len(api.outputs)}",
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

    def _function(self, part: str, found: Candidate | None) -> CoreFunction | None:
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


def _all_series(made: Sequence[InputConstructor]) -> tuple[Series, ...]:
    """The series of the first constructor, then those that only larger ones take, as optional."""
    if not made:
        return ()
    found = {series.name: series for series in made[0].series}
    for constructor in made[1:]:
        if len(constructor.series) > len(made[0].series):
            for series in constructor.series:
                found.setdefault(series.name, replace(series, optional=True))
    return tuple(found.values())


def _functions(file: CoreFile, of: InputType, pool: _Pool) -> list[Fn]:
    """Functions of the file; where none takes the input, also those of files that do."""
    own = list(file.functions)
    name = of.item.name
    if name in _referenced(file):
        return own
    return own + [fn for one in pool.elsewhere(file, name) for fn in one.functions]


def _grid_roles(one: Candidate) -> bool:
    return bool({"range", "combos"} & set(one.kinds)) or "batch" in one.name


def _name(single: Candidate | None, kernel: Candidate | None, prefix: str) -> str:
    """What the core is called: its function, or the prefix of its types."""
    if single is not None:
        return single.fn.name
    if kernel is not None:
        return kernel.fn.name.removesuffix("_with_kernel")
    return snake(prefix)


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
