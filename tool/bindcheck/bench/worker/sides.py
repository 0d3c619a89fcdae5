"""The sides of a pair: a call with its arguments, ready for a timer."""

from __future__ import annotations

import ctypes
import importlib
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from bindcheck.bench.worker.data import Buffer, cells_of, dtype_of, make_series, strided
from bindcheck.bench.worker.shim import Call, Library, PythonCall, Sink, Unmeasurable, Value
from bindcheck.bench.worker.work import Outputs, outputs_of, unstacked

See = Callable[[Outputs], Any]
"""What is done with the outputs of a call, which are only there meanwhile."""

_REFUSED = {1: "returned an error", 2: "panicked"}
_ABSENT = "gave nothing (`None`, or an error): give it parameters with which it gives something"


class Side:
    """One side: the symbol of its leg, the address of its arguments, and what keeps them alive.

    `look` makes the call once, without the clock, and hands over what it gives.
    """

    def __init__(
        self,
        leg: int,
        call: ctypes.Structure,
        empty: int,
        nothing: Any,
        cells: int,
        look: Callable[[See], Any],
    ):
        self.leg = leg
        self.look = look
        self.call = call
        self.empty = empty
        self.nothing = nothing
        self.cells = cells
        self.empty_ns = 0.0

    @property
    def address(self) -> int:
        """Where the arguments are."""
        return ctypes.addressof(self.call)


class Sides:
    """Makes the sides of a job by their names."""

    def __init__(self, job: dict[str, Any], library: Library):
        self.job = job
        self.library = library
        case = job["case"]
        plain = make_series(job["series"], case["cols"], case["seed"])
        self.native_series = plain
        self.series = [strided(one) for one in plain] if case["layout"] == "strided" else plain
        self.out: Buffer | None = None
        if case["out"]:
            shape = (case["rows"], case["cols"]) if case["kind"] == "batch" else (case["cols"],)
            self.out = Buffer(shape, job["element"])
        self.kept: list[Any] = []

    def side(self, name: str) -> Side:
        """`python`, `native`, or a peer."""
        if name.startswith("native"):
            return self.native(self.job[name])
        if name.startswith("python"):
            call = self.job[name]
            return self.python(self.library.function(call["function"]), call)
        call = self.job["peers"][name]
        return self.python(_peer(call), call)

    def python(self, function: Any, call: dict[str, Any]) -> Side:
        """A call of a Python function; it is made once, to count its cells."""
        args = [self._argument(one) for one in call["args"]]
        named = {key: self._argument(one) for key, one in call["kwargs"].items()}
        out = self.out if any("out" in one for one in _tokens(call)) else None
        run = partial(_called, call["function"], function, args, named)
        look = partial(self._looked, run) if out is None else partial(_looked_into, out, run)
        cells = self._cells(run()) if out is None else look(_largest)
        nothing = self._nothing()
        made = self._python_call(function, args, named)
        empty = self._python_call(nothing, args, named)
        leg = self.library.address("bindcheck_python")
        return Side(leg, made, leg, empty, cells, look)

    def _looked(self, run: Callable[[], Any], see: See) -> Any:
        return see(unstacked(outputs_of(run()), self.job["outputs"], self._whole))

    @property
    def _whole(self) -> int:
        """How many cells an output has."""
        cells: int = self.job["case"]["rows"] * self.job["case"]["cols"]
        return 1 if self.job["numbers"] else cells

    def _cells(self, result: Any) -> int:
        """How many cells a result has; one array may hold all outputs."""
        cells, count = cells_of(result), self.job["outputs"]
        stacked = len(outputs_of(result)) == 1 and cells == count * self._whole
        return self._whole if stacked else cells

    def _nothing(self) -> Any:
        make = self.library.timers.bindcheck_nothing
        make.restype, make.argtypes = ctypes.py_object, (ctypes.py_object,)
        return make(None)

    def _python_call(self, function: Any, args: list[Any], named: dict[str, Any]) -> PythonCall:
        objects = [*args, *named.values()]
        pointers = (ctypes.c_void_p * (1 + len(objects)))(0, *(id(one) for one in objects))
        names = tuple(sys.intern(one) for one in named) if named else None
        self.kept += [function, objects, pointers, names]
        return PythonCall(id(function), pointers, len(args), id(names) if names else None)

    def _argument(self, token: dict[str, Any]) -> Any:
        if "series" in token:
            return self.series[token["series"]]
        if "out" in token:
            return None if self.out is None else self.out.values
        value = token["value"]
        return tuple(value) if isinstance(value, list) else value

    def native(self, call: dict[str, Any]) -> Side:
        """A call of the core function; it is made once, to count its cells."""
        series = self.native_series
        pointers = (ctypes.c_void_p * len(series))(*(one.ctypes.data for one in series))
        lengths = (ctypes.c_size_t * len(series))(*(len(one) for one in series))
        values = (Value * max(1, len(call["values"])))(*(_value(one) for one in call["values"]))
        values_out = None if self.out is None else self.out.values
        out, size = (None, 0) if values_out is None else (values_out.ctypes.data, values_out.size)
        made = Call(
            pointers,
            lengths,
            values,
            call["kernel"],
            call["threads"],
            out,
            size,
            call.get("threshold", 0),
        )
        self.kept += [pointers, lengths, values]
        symbol = call["symbol"]
        values = getattr(self.library.timers, f"bindcheck_values_{symbol}")
        values.restype, values.argtypes = ctypes.c_int, (ctypes.c_void_p, Sink)
        look = partial(_given, values, made, call["outputs"], call.get("optional", False))
        if self.out is not None:
            look = partial(_looked_into, self.out, partial(look, _largest))
        cells = look(_largest)
        leg = self.library.address(f"bindcheck_native_{symbol}")
        return Side(leg, made, self.library.address("bindcheck_empty"), made, cells, look)


def _tokens(call: dict[str, Any]) -> list[dict[str, Any]]:
    return [*call["args"], *call["kwargs"].values()]


def _called(name: str, function: Any, args: list[Any], named: dict[str, Any]) -> Any:
    try:
        return function(*args, **named)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # A panic is no `Exception`.
        told = " ".join(str(error).split())
        raise Unmeasurable(f"{name} raised {type(error).__name__}: {told}") from error


def _given(
    function: Any, call: Call, outputs: list[dict[str, str]], optional: bool, see: See
) -> Any:
    """What `see` makes of the outputs of a native call, which may be none if `optional`."""
    seen: list[Any] = []

    def take(given: Any, count: int) -> None:
        arrays = (_array(given[at], outputs[at]["element"]) for at in range(count))
        seen.append(see([(one["name"], array) for one, array in zip(outputs, arrays, strict=True)]))

    status = function(ctypes.addressof(call), Sink(take))
    if status:
        told = _ABSENT if optional and status == 1 else _REFUSED[status]
        raise Unmeasurable(f"the native call {told}")
    if not seen:
        raise Unmeasurable("the values of the native call could not be looked at")
    return seen[0]


def _array(output: Any, element: str) -> Any:
    """The memory of an output; items that NumPy does not know are no numbers."""
    kind = np.dtype(f"V{output.size}")
    with suppress(KeyError, TypeError):
        known = dtype_of(element)
        kind = known if known.itemsize == output.size else kind
    if not output.count:
        return np.empty(0, kind)
    memory = (ctypes.c_char * (output.count * output.size)).from_address(output.items)
    return np.frombuffer(memory, kind)


def _largest(outputs: Outputs) -> int:
    return max((array.size for _, array in outputs), default=0)


def _looked_into(out: Buffer, run: Callable[[], Any], see: See) -> Any:
    """What `see` makes of a buffer that a call has written into, up to the last row of it."""
    out.blank()
    run()
    values = out.values.copy()
    return see([("", values.reshape(-1)[: out.cells()])])


def _value(value: Any) -> Value:
    if isinstance(value, str):
        data = value.encode()
        return Value(0, 0.0, data, len(data))
    if value is None:
        return Value(0, 0.0, None, ctypes.c_size_t(-1).value)
    return Value(int(value), float(value), None, 0)


def _peer(call: dict[str, Any]) -> Any:
    try:
        found = importlib.import_module(call["module"])
        for part in call["function"].split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise Unmeasurable(f"{call['module']}:{call['function']} is not there: {error}") from error
    return found
