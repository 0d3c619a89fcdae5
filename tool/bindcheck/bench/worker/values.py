"""Runs cores without their binding: jobs as JSON from stdin, what they give as JSON to stdout."""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

from bindcheck.bench.worker.shim import Call, Value

_TYPES: dict[str, Any] = {
    "f64": ctypes.c_double,
    "f32": ctypes.c_float,
    "bool": ctypes.c_bool,
    "usize": ctypes.c_size_t,
    "isize": ctypes.c_ssize_t,
    **{f"i{bits}": getattr(ctypes, f"c_int{bits}") for bits in (8, 16, 32, 64)},
    **{f"u{bits}": getattr(ctypes, f"c_uint{bits}") for bits in (8, 16, 32, 64)},
}
_SINK = ctypes.CFUNCTYPE(None, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)
_NONE = ctypes.c_size_t(-1).value


def main() -> None:
    """Carry out one job: all calls of one core."""
    job = json.load(sys.stdin)
    library = ctypes.PyDLL(job["library"])
    function = getattr(library, f"bindcheck_values_{job['symbol']}")
    function.argtypes = (ctypes.c_void_p, _SINK)
    # Whatever others have printed, the answer has a line of its own.
    sys.stdout.write("\n")
    json.dump([_result(job, function, point) for point in job["points"]], sys.stdout)
    sys.stdout.write("\n")


def _result(job: dict[str, Any], function: Any, point: list[Any]) -> dict[str, Any]:
    """The status of a call and its outputs."""
    outputs: list[list[Any]] = []

    def take(at: int, items: int, count: int, size: int) -> None:
        kind = _TYPES[job["outputs"][at]]
        if size != ctypes.sizeof(kind):
            raise SystemExit(f"an output has items of {size} bytes, not {job['outputs'][at]}")
        outputs.append(list((kind * count).from_address(items)) if count else [])

    sink = _SINK(take)
    series = [(_TYPES[kind] * len(numbers))(*numbers) for kind, numbers in job["series"]]
    call = _call(job, series, [_value(one) for one in point])
    status = function(ctypes.byref(call), sink)
    return {"status": status, "outputs": outputs}


def _call(job: dict[str, Any], series: list[Any], values: list[Value]) -> Call:
    addresses = (ctypes.c_void_p * max(1, len(series)))(*(ctypes.addressof(one) for one in series))
    lengths = (ctypes.c_size_t * max(1, len(series)))(*(len(one) for one in series))
    call = Call()
    call.series = addresses
    call.lengths = lengths
    call.values = (Value * max(1, len(values)))(*values)
    call.kernel = job["kernel"]
    return call


def _value(given: bool | int | float | str | None) -> Value:
    made = Value()
    if given is None:
        made.len = _NONE
    elif isinstance(given, str):
        text = given.encode()
        made.text, made.len = text, len(text)
    else:
        # Which of the two counts is known to the generated code.
        made.int, made.real = int(given), float(given)
    return made
