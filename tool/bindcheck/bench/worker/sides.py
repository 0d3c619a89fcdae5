"""The sides of a pair: a call with its arguments, ready for a timer."""

from __future__ import annotations

import ctypes
import importlib
import sys
from collections.abc import Callable
from typing import Any

from bindcheck.bench.worker.data import Buffer, cells_of, make_series, strided
from bindcheck.bench.worker.shim import Call, Library, PythonCall, Unmeasurable, Value


class Side:
    """One side: the symbol of its leg, the address of its arguments, and what keeps them alive."""

    def __init__(self, leg: int, call: ctypes.Structure, empty: int, nothing: Any, cells: int):
        self.leg = leg
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
        try:
            cells = _counted(out, lambda: cells_of(function(*args, **named)))
        except Exception as error:
            raise Unmeasurable(
                f"{call['function']} raised {type(error).__name__}: {error}"
            ) from error
        nothing = self._nothing()
        made = self._python_call(function, args, named)
        empty = self._python_call(nothing, args, named)
        leg = self.library.address("bindcheck_python")
        return Side(leg, made, leg, empty, cells)

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
        count = getattr(self.library.timers, f"bindcheck_cells_{symbol}")
        count.restype, count.argtypes = ctypes.c_int64, (ctypes.c_void_p,)
        cells = _counted(self.out, lambda: count(ctypes.addressof(made)))
        if cells < 0:
            raise Unmeasurable("the native call returned an error")
        leg = self.library.address(f"bindcheck_native_{symbol}")
        return Side(leg, made, self.library.address("bindcheck_empty"), made, cells)


def _tokens(call: dict[str, Any]) -> list[dict[str, Any]]:
    return [*call["args"], *call["kwargs"].values()]


def _counted(out: Buffer | None, run: Callable[[], int]) -> int:
    """The cells that a call says it has computed, or those that it has written into `out`."""
    if out is None:
        return run()
    out.blank()
    cells = run()
    written = out.cells()
    return written if cells >= 0 else cells


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
