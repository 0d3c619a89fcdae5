"""The generated library as `ctypes` sees it: its types, its module and its timers."""

from __future__ import annotations

import ctypes
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator
from typing import Any

PYTHON = "python"
NATIVE = "native"


class Unmeasurable(Exception):
    """One pair cannot be measured; the others can. `wrong` if its sides are not comparable."""

    def __init__(self, reason: str, *, wrong: bool = False):
        super().__init__(reason)
        self.wrong = wrong


class Value(ctypes.Structure):
    """`Value` of the shim."""

    _fields_ = (
        ("int", ctypes.c_int64),
        ("real", ctypes.c_double),
        ("text", ctypes.c_char_p),
        ("len", ctypes.c_size_t),
    )


class Call(ctypes.Structure):
    """`Call` of the shim."""

    _fields_ = (
        ("series", ctypes.POINTER(ctypes.c_void_p)),
        ("lengths", ctypes.POINTER(ctypes.c_size_t)),
        ("values", ctypes.POINTER(Value)),
        ("kernel", ctypes.c_size_t),
        ("threads", ctypes.c_size_t),
        ("out", ctypes.c_void_p),
        ("out_len", ctypes.c_size_t),
        ("threshold", ctypes.c_size_t),
        ("copies", ctypes.c_size_t),
    )


class Output(ctypes.Structure):
    """`Output` of the shim."""

    _fields_ = (
        ("items", ctypes.c_void_p),
        ("count", ctypes.c_size_t),
        ("size", ctypes.c_size_t),
    )


Sink = ctypes.CFUNCTYPE(None, ctypes.POINTER(Output), ctypes.c_size_t)


class PythonCall(ctypes.Structure):
    """`PythonCall` of the shim."""

    _fields_ = (
        ("callable", ctypes.c_void_p),
        ("args", ctypes.POINTER(ctypes.c_void_p)),
        ("positional", ctypes.c_size_t),
        ("names", ctypes.c_void_p),
    )


class Record(ctypes.Structure):
    """`Record` of the shim."""

    _fields_ = tuple(
        (name, ctypes.c_double)
        for name in ("a_ns", "b_ns", "a_cpu_ns", "b_cpu_ns", "a_faults", "b_faults", "interrupted")
    )


class Library:
    """The generated extension: its Python module, and its timers by symbol."""

    def __init__(self, job: dict[str, Any]):
        name = job["module"]
        loader = importlib.machinery.ExtensionFileLoader(name, job["extension"])
        spec = importlib.util.spec_from_file_location(name, job["extension"], loader=loader)
        if spec is None:
            raise Unmeasurable(f"cannot load {job['extension']}")
        self.module = importlib.util.module_from_spec(spec)
        sys.modules[name] = self.module
        loader.exec_module(self.module)
        self.timers = ctypes.PyDLL(job["extension"])

    def address(self, symbol: str) -> int:
        """The address of a timer."""
        return ctypes.cast(getattr(self.timers, symbol), ctypes.c_void_p).value or 0

    def function(self, name: str) -> Any:
        """A Python function of the module, or of one inside it: `name`, or `inner.name`."""
        own = self.module.__name__
        path, _, last = name.rpartition(".")
        found = dict(_functions(self.module, last, "", set()))
        if path in found:
            return found[path]
        if not found:
            raise Unmeasurable(f"the built module {own} has no function {name!r}")
        if len({id(one) for one in found.values()}) > 1:
            places = ", ".join(f"{own}.{one}" for one in found)
            raise Unmeasurable(f"which function {last!r} is meant is not known: those of {places}?")
        return next(iter(found.values()))


def _functions(module: Any, name: str, path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Everything of that name that can be called, by the path of the module that it is in."""
    seen.add(id(module))
    found = getattr(module, name, None)
    if callable(found):
        yield path, found
    for key, value in vars(module).items():
        if isinstance(value, type(sys)) and id(value) not in seen:
            yield from _functions(value, name, f"{path}.{key}".lstrip("."), seen)
