"""The kernels of a native call by the names that Python gives them."""

from __future__ import annotations

from bindcheck.bench.native import Native
from bindcheck.bench.samples import Kind
from bindcheck.config import nearest
from bindcheck.errors import BindcheckError, NothingToDoError


def kernel_index(made: Native, kernel: str | None, kind: Kind) -> int:
    """The index of a kernel by the name that Python gives it."""
    wanted = kernel or "auto"
    names = [f"{wanted}batch", wanted] if kind is Kind.BATCH else [wanted]
    for name in names:
        if name in made.kernels:
            return made.kernels.index(name)
    if not made.kernels:
        if kernel is None:
            return 0
        raise NothingToDoError(f"`{made.function}` takes no kernel")
    near = nearest(wanted, made.kernels) or f"; known are {', '.join(made.kernels)}"
    raise BindcheckError(f"no kernel is called {wanted!r} on the native side{near}")
