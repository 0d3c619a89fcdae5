"""The ways of calling a core, and which of its functions stands for each."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.bench.samples import Kind
from bindcheck.fact import fact, replace
from bindcheck.model import CoreApi, CoreFunction


@fact
class Wanted:
    """Which way of calling a core: `threads` by a parameter of the core, `out` into a buffer.

    `parallel` False: where the core has a flag for it, it works without threads.
    """

    kind: Kind
    out: bool = False
    threads: bool = False
    parallel: bool = True


def described(wanted: Wanted) -> str:
    """The way of calling in words."""
    what = "for a batch" if wanted.kind is Kind.BATCH else "for one series"
    if wanted.out:
        what += " that writes into a given buffer"
    return f"{what} with a number of threads" if wanted.threads else what


def candidates(core: CoreApi, wanted: Wanted) -> Iterator[CoreFunction | None]:
    """The functions that can be called in a way, the best first; None is one the core has not.

    What only writes into a buffer gets a new one in each call.
    """
    if wanted.kind is Kind.SINGLE:
        returning = () if wanted.out else (core.with_kernel, core.single)
        yield from returning if any(returning) else (core.into_slice,)
    elif wanted.out:
        yield core.batch_inner_into
    else:
        if not wanted.parallel:
            yield from (one for one in _batches(core) if "parallel" in one.roles)
        if wanted.threads:
            yield from (one for one in _batches(core) if "threads" in one.roles)
        else:
            yield from (core.batch_with_kernel, core.batch_inner)


def has_batch(core: CoreApi) -> bool:
    """Whether a core has a function for batches that one can call."""
    return next(_batches(core), None) is not None


def _batches(core: CoreApi) -> Iterator[CoreFunction]:
    found = (core.batch_with_kernel, core.batch_inner_into, core.batch_inner)
    return (one for one in found if one is not None)


def takes_number(core: CoreApi, wanted: Wanted) -> bool:
    """Whether a core can be told a number of threads by a parameter."""
    found = candidates(core, replace(wanted, threads=True))
    return any("threads" in one.roles for one in found if one is not None)


def wants_number(core: CoreApi, wanted: Wanted) -> bool:
    """Whether the function that is called where no number is told has a parameter for it."""
    plain = next((one for one in candidates(core, wanted) if one is not None), None)
    return plain is not None and "threads" in plain.roles
