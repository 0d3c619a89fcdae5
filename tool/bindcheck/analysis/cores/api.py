"""Recognition of indicator cores, from signatures and types alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bindcheck.analysis.cores.aliases import type_aliases
from bindcheck.analysis.cores.around import Around
from bindcheck.analysis.cores.functions import (
    Candidate,
    candidates,
    find_single,
    find_with_kernel,
    outputs_of,
)
from bindcheck.analysis.cores.index import CoreFile, Fn
from bindcheck.analysis.cores.input import InputType, constructors, input_types
from bindcheck.analysis.cores.params import param_fields
from bindcheck.analysis.cores.plain import bound_before, named_after_params, plain_cores
from bindcheck.analysis.cores.roles import Known
from bindcheck.analysis.cores.shapes import snake
from bindcheck.analysis.linking.linked import Linked
from bindcheck.crew import ALONE, Crew
from bindcheck.fact import record
from bindcheck.model import (
    CoreApi,
    InputConstructor,
    ItemRef,
    Series,
)


def recognise_cores(program: Linked, crew: Crew = ALONE) -> tuple[CoreApi, ...]:
    """All indicator cores of the linked modules, in source order.

    Structs named `<X>Input` are cores where functions take them or arrays make them. In a crate
    with such, plain functions are cores only where they are called like a struct of parameters of
    their own, or a binding of theirs was generated before. What a dependency has says nothing of
    the crate's own functions.
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
        both = [*found, *named_after_params(files, found, program)]
        both += bound_before(files, both)
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
        self.constructors, self.refused = constructors(file, of)
        params = of.params[1].name if of.params else ""
        known = Known(
            input=of.item.name,
            params_struct=params,
            combination=params,
            series=_all_series(self.constructors),
            params=param_fields(file, of.params, of.item.name),
            extras=self.constructors[0].extras if self.constructors else (),
        )
        self.around = Around(file, _functions(file, of, pool), known, of.prefix)

    def core(self) -> CoreApi | None:
        """The core, or None when nothing is made from the input."""
        around = self.around
        around.why_not += self.refused
        found = candidates(self.file, around.free, around.known)
        single, reason = find_single(found, self.of.prefix)
        kernel = find_with_kernel(found, self.of.prefix)
        if reason and kernel is None:
            around.why_not.append(("single", reason))
        main = kernel or single
        if main is None and not self.constructors and not reason:
            return None
        output, outputs = outputs_of(self.file, main) if main else (None, ())
        if main is not None and not outputs:
            around.why_not.append(
                ("outputs", f"`{main.returns.text}` holds no vector of numbers or flags")
            )
        around.known = replace(around.known, outputs=outputs)
        name = _name(single, kernel, self.of.prefix)
        return around.completed(self._base(name, single, kernel, output))

    def _base(
        self,
        name: str,
        single: Candidate | None,
        kernel: Candidate | None,
        output: ItemRef | None,
    ) -> CoreApi:
        file, of, item, known = self.file, self.of, self.of.item, self.around.known
        one = self.around.function("single", single)
        two = self.around.function("with_kernel", kernel)
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
            params_struct=known.params_struct or None,
            params=known.params,
            output_struct=file.program.struct(output).name if output is not None else None,
            outputs=known.outputs,
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


def _name(single: Candidate | None, kernel: Candidate | None, prefix: str) -> str:
    """What the core is called: its function, or the prefix of its types."""
    if single is not None:
        return single.fn.name
    if kernel is not None:
        return kernel.fn.name.removesuffix("_with_kernel")
    return snake(prefix)
