"""Functions that are one core: `sma`, `sma_with_kernel` and `sma_into` over one struct.

A function over slices that takes a struct of parameters, or returns a struct, has a batch and a
stream beside it like one that takes an Input struct. Without either it is a core by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bindcheck.analysis.cores.around import Around
from bindcheck.analysis.cores.index import CoreFile, Fn
from bindcheck.analysis.cores.roles import Known
from bindcheck.analysis.cores.shapes import camel, normal
from bindcheck.analysis.cores.steps import step_word
from bindcheck.analysis.cores.structs import prefix_of
from bindcheck.fact import fact
from bindcheck.model import CoreApi, CoreFunction

_VARIANTS = ("_with_kernel", "_into_uninit", "_into_slice", "_into")


@fact
class Found:
    """A function with the shape of a core."""

    file: CoreFile
    fn: Fn
    api: CoreApi

    @property
    def module(self) -> tuple[str, tuple[str, ...]]:
        """The module that declares it."""
        return self.file.path, self.fn.item.scope

    @property
    def base(self) -> str:
        """Its name without what tells variants of one function apart."""
        name = self.fn.name
        return next((name.removesuffix(one) for one in _VARIANTS if name.endswith(one)), name)

    @property
    def is_step(self) -> bool:
        """Whether names say that it is a step; `_with_kernel` is none beside a struct."""
        name = self.fn.name
        return bool(
            step_word(self.fn.item, name.removesuffix("_with_kernel") if self.has_structs else name)
        )

    @property
    def has_structs(self) -> bool:
        """Whether it takes parameters or gives results as a struct."""
        return self.api.params_struct is not None or self.api.output_struct is not None

    @property
    def family(self) -> _Family:
        """What it has in common with variants of it."""
        series = tuple(one.name for one in self.api.constructors[0].series)
        return (*self.module, self.base, self.api.params_struct or "", series)


_Family = tuple[str, tuple[str, ...], str, str, tuple[str, ...]]


def gathered(chosen: Sequence[Found], found: Sequence[Found]) -> Iterator[CoreApi]:
    """The cores that chosen functions are, variants of one being one; `found` are all there are."""
    families: dict[_Family, list[Found]] = {}
    for one in found:
        if one.has_structs:
            families.setdefault(one.family, []).append(one)
    named = [one.family for one in chosen]
    whole = {
        family: _whole(families[family], shared=_is_shared(family, named))
        for family in dict.fromkeys(named)
        if family in families
    }
    parts = {one.ref for api in whole.values() for one in _buffered(api)}
    for one in chosen:
        if one.has_structs:
            if one.family in whole:
                yield whole.pop(one.family)
        elif one.fn.ref not in parts:
            yield one.api


def _buffered(api: CoreApi) -> Iterator[CoreFunction]:
    yield from (one for one in (api.into_slice, api.into_uninit) if one is not None)


def _is_shared(family: _Family, chosen: Iterable[_Family]) -> bool:
    """Whether other cores take the same struct, and it is not called after this one."""
    *_, base, struct, _ = family
    own = normal(prefix_of(struct)) == normal(base)
    return bool(struct) and not own and any(o[3] == struct and o[2] != base for o in chosen)


def _whole(family: Sequence[Found], *, shared: bool) -> CoreApi:
    """The core with all variants, and with what stands around it."""
    owning = [one for one in family if one.api.into_slice is None]
    kernel = next((one for one in owning if one.api.with_kernel is not None), None)
    single = next((one for one in owning if one.api.single is not None), None)
    main = kernel or single or family[0]
    api, base = main.api, main.base
    prefix = "" if shared else prefix_of(api.params_struct or "")
    prefix = prefix or camel(base)
    known = Known(
        params_struct=api.params_struct or "",
        combination=api.params_struct or "",
        series=api.constructors[0].series,
        params=api.params,
        extras=api.constructors[0].extras,
        outputs=api.outputs,
    )
    around = Around(main.file, main.file.functions, known, prefix, base, shared=shared)
    return around.completed(
        replace(
            api,
            name=base,
            prefix=prefix,
            single=single.api.single if single is not None else None,
            with_kernel=kernel.api.with_kernel if kernel is not None else None,
        )
    )
