"""The stream of a core: a struct that takes one value per series at a time."""

from __future__ import annotations

from collections.abc import Sequence

from bindcheck.analysis.cores.index import CoreFile, Fn
from bindcheck.analysis.cores.roles import UNKNOWN, Known, roles_of, series_named
from bindcheck.analysis.cores.shapes import NUMBERS, normal, unwrap_option, unwrap_result
from bindcheck.model import CoreFunction, ItemRef, Param, StreamApi, Struct

_CONSTRUCTORS = ("try_new", "new", "with_params", "default")


def find_stream(file: CoreFile, known: Known, prefix: str) -> StreamApi | None:
    """The struct with `update(&mut self, value: f64, ..)` that belongs to a core.

    It is made from the core's parameters, or is called after the core.
    """
    best: tuple[tuple[int, ...], StreamApi] | None = None
    for name, (ref, item) in file.structs.items():
        methods = [fn for fn in file.methods.get(name, ()) if _own(fn)]
        stream = _stream(file, ref, item, methods, known)
        if stream is None or not _belongs(stream, known, prefix):
            continue
        rank = (
            0 if stream.update is not None and UNKNOWN not in stream.update.roles else 1,
            0 if normal(name) == normal(prefix) + "stream" else 1,
        )
        if best is None or rank < best[0]:
            best = (rank, stream)
    return best[1] if best is not None else _exposed_stream(file, prefix)


def _exposed_stream(file: CoreFile, prefix: str) -> StreamApi | None:
    """A stream that is itself the class Python sees: its methods are the binding's."""
    for index, item in enumerate(file.module.structs):
        exposed = item.attr("pyclass")
        if exposed is None or normal(item.name) != normal(prefix) + "stream":
            continue
        if file.program.active((*item.cfg, *exposed.cfg), file.path):
            return StreamApi(item.name, ItemRef(file.path, index), None, None)
    return None


def _own(fn: Fn) -> bool:
    """Methods of the type itself; of traits only `Default`."""
    return fn.item.trait.rsplit("::", 1)[-1] in ("", "Default")


def _belongs(stream: StreamApi, known: Known, prefix: str) -> bool:
    made_from = stream.constructor.roles if stream.constructor is not None else ()
    if "params" in made_from:
        return True
    return stream.name.startswith(prefix) and stream.name.endswith("Stream")


def _stream(
    file: CoreFile, ref: ItemRef, item: Struct, methods: Sequence[Fn], known: Known
) -> StreamApi | None:
    update = _update(file, methods, known)
    named = item.name.endswith("Stream")
    if update is None and not named:
        return None
    return StreamApi(item.name, ref, _constructor(file, item, methods, known), update)


def _constructor(
    file: CoreFile, item: Struct, methods: Sequence[Fn], known: Known
) -> CoreFunction | None:
    made = []
    for fn in methods:
        returns, fallible, error = unwrap_result(fn.item.returns, file.aliases)
        if fn.item.receiver or returns.name not in ("Self", item.name):
            continue
        roles = roles_of(fn, known)
        made.append(
            CoreFunction(fn.name, fn.ref, roles, returns, fallible, error, fn.item.visibility)
        )
    made.sort(
        key=lambda one: (
            UNKNOWN in one.roles or any(role.startswith("series") for role in one.roles),
            "params" not in one.roles,
            _CONSTRUCTORS.index(one.name) if one.name in _CONSTRUCTORS else len(_CONSTRUCTORS),
        )
    )
    return made[0] if made else None


def _update(file: CoreFile, methods: Sequence[Fn], known: Known) -> CoreFunction | None:
    """`update`, or the only public method that takes numbers and returns a value."""
    taking = [
        fn
        for fn in methods
        if fn.item.receiver in ("&mut self", "&self") and _takes_numbers(fn.item.params)
    ]
    named = [fn for fn in taking if fn.name == "update"]
    public = [fn for fn in taking if fn.item.visibility == "pub" and _gives_number(fn)]
    whole = [fn for fn in public if len(fn.item.params) == len(known.series)]
    chosen = named or next((one for one in (public, whole) if len(one) == 1), [])
    if not chosen:
        return None
    fn = chosen[0]
    returns, fallible, error = unwrap_result(fn.item.returns, file.aliases)
    roles = _update_roles(fn.item.params, known)
    return CoreFunction(fn.name, fn.ref, roles, returns, fallible, error, fn.item.visibility)


def _takes_numbers(params: Sequence[Param]) -> bool:
    return bool(params) and any(_number(param) for param in params)


def _gives_number(fn: Fn) -> bool:
    return bool(fn.item.returns.names() & NUMBERS)


def _number(param: Param) -> bool:
    if param.type is None:
        return False
    inner, _ = unwrap_option(param.type)
    return inner.kind == "path" and inner.name in NUMBERS


def _update_roles(params: Sequence[Param], known: Known) -> tuple[str, ...]:
    """Which series each number belongs to: by name, else in order when their number agrees."""
    numbers = [param for param in params if _number(param)]
    if len(known.series) == 1 and len(numbers) == 1:
        names = {numbers[0].name: known.series[0].name}
    else:
        names = _by_name(numbers, known)
    return tuple(
        f"series:{names.get(param.name, param.name)}" if _number(param) else UNKNOWN
        for param in params
    )


def _by_name(numbers: Sequence[Param], known: Known) -> dict[str, str]:
    wanted = [series.name for series in known.series]
    found = {param.name: series_named(param.name, wanted) for param in numbers}
    matched = {own: name for own, name in found.items() if name is not None}
    open_names = [param.name for param in numbers if param.name not in matched]
    left = [name for name in wanted if name not in matched.values()]
    if len(open_names) == len(left):
        matched.update(zip(open_names, left, strict=True))
    return matched
