"""Python sources read into facts."""

from __future__ import annotations

import pickle

import pytest

from bindcheck.model.python import ArgumentKind, PythonFile, PythonImport
from bindcheck.python_side.reading import Unparsed, read_python

STUB = """\
import sys
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from elsewhere import Thing

LIMIT: int

@overload
def scaled(x: float) -> float: ...
@overload
def scaled(x: float, factor: float = ...) -> float: ...

if sys.version_info >= (3, 12):
    def newer(a, /, b, *, c=1, **more) -> None: ...

class Gain(Base[int]):
    größe: float
    def __new__(cls, __x: float, *args: float) -> Gain: ...
    @property
    def factor(self) -> float: ...
    @staticmethod
    def unit() -> Gain: ...
"""


def read(source: str, path: str = "pkg/core.pyi", module: str = "pkg.core") -> PythonFile:
    found = read_python(source.encode(), path, module)
    assert isinstance(found, PythonFile)
    return found


def test_declarations_of_a_stub() -> None:
    file = read(STUB)
    assert [one.name for one in file.functions] == ["scaled", "scaled", "newer"]
    assert [one.has("overload") for one in file.functions] == [True, True, False]
    assert [one.conditional for one in file.functions] == [False, False, True]
    assert file.variables[0].annotation == "int"
    gain = file.class_named("Gain")
    assert gain is not None
    assert gain.bases == ("Base",)
    assert gain.names == {"größe", "__new__", "factor", "unit"}
    assert gain.named("factor")[0].is_property
    assert gain.named("unit")[0].has("staticmethod")


def test_arguments_have_kind_default_and_annotation() -> None:
    file = read(STUB)
    kinds = [(one.name, one.kind, one.default) for one in file.functions[2].arguments]
    assert kinds == [
        ("a", ArgumentKind.POSITIONAL_ONLY, None),
        ("b", ArgumentKind.POSITIONAL, None),
        ("c", ArgumentKind.KEYWORD, "1"),
        ("more", ArgumentKind.KWARGS, None),
    ]
    gain = file.class_named("Gain")
    assert gain is not None
    hidden = gain.named("__new__")[0].arguments
    assert [one.kind for one in hidden] == [
        ArgumentKind.POSITIONAL,
        ArgumentKind.POSITIONAL_ONLY,
        ArgumentKind.ARGS,
    ]
    assert hidden[1].annotation == "float"


def test_places_are_those_of_the_names_in_characters() -> None:
    file = read("x = 'ä'; y = 1\n\n\nclass A:\n    async def run(self): ...\n", "a.py")
    second = file.variables[1].place
    assert (second.line, second.column, second.end_column) == (1, 10, 11)
    run = file.classes[0].functions[0].place
    assert (run.line, run.column, run.end_column) == (5, 15, 18)


@pytest.mark.parametrize(
    ("statement", "path", "expected"),
    [
        ("import a.b", "pkg/x.py", PythonImport("a", "a")),
        ("import a.b as c", "pkg/x.py", PythonImport("c", "a.b")),
        ("from a import b as c", "pkg/x.py", PythonImport("c", "a", "b")),
        ("from .core import *", "pkg/x.py", PythonImport("*", "pkg.core", "*")),
        ("from . import core", "pkg/__init__.py", PythonImport("core", "pkg.x", "core")),
        ("from .. import core", "pkg/x.py", PythonImport("core", "", "core")),
        (
            "lib = pytest.importorskip('pkg')",
            "tests/test_x.py",
            PythonImport("lib", "pkg"),
        ),
    ],
)
def test_imports_are_absolute(statement: str, path: str, expected: PythonImport) -> None:
    assert read(statement, path, "pkg.x").imports == (expected,)


def test_an_import_inside_a_function_or_for_types_does_not_stay() -> None:
    source = """\
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import types_only
def f():
    import late
try:
    import maybe
except ImportError:
    maybe = None
"""
    lasting = {one.bound: one.lasting for one in read(source, "a.py").imports}
    assert lasting == {
        "TYPE_CHECKING": True,
        "types_only": False,
        "late": False,
        "maybe": True,
    }


def test_code_is_sorted_by_scope() -> None:
    source = """\
import lib

class TestX:
    made = lib.Gain

    def test_it(self, given=lib.default):
        stream = lib.Stream(9)
        with pytest.raises(TypeError):
            lib.alma(1, *rest, kernel=None)
        return [stream.update(x) for x in map(lib.kama, values)]
"""
    file = read(source, "tests/test_x.py", "")
    scopes = {scope.name: scope for scope in file.scopes}
    assert set(scopes) == {"", "TestX", "TestX.test_it"}
    assert ("lib", "Gain") in scopes["TestX"].handed
    assert ("lib", "default") in scopes["TestX"].handed
    inner = scopes["TestX.test_it"]
    assert inner.made == (("stream", ("lib", "Stream")),)
    assert ("lib", "kama") in inner.handed
    assert ("lib", "Stream") not in inner.handed
    call = next(one for one in inner.calls if one.target == ("lib", "alma"))
    assert (call.positional, call.keywords, call.open, call.refused) == (1, ("kernel",), True, True)
    assert call.blank == {"kernel"}
    assert call.line == 9


@pytest.mark.parametrize(
    ("expression", "pattern"),
    [
        ("'alma'", "alma"),
        ("name", ""),
        ("f'{name}_batch'", ".*_batch"),
        ("name + '_batch'", ".*_batch"),
        ("name.upper()", ".*"),
        ("function.__name__", "?"),
    ],
)
def test_names_that_are_fetched_are_patterns(expression: str, pattern: str) -> None:
    file = read(f"getattr(lib, {expression})", "a.py")
    assert file.scopes[0].fetched == ((("lib",), pattern),)


def test_entries_of_sys_modules() -> None:
    source = """\
import sys
sys.modules.setdefault("old", new)
sys.modules["older"] = pkg.new
def late():
    sys.modules[__name__] = core
"""
    assert set(read(source, "pkg/x.py", "pkg.x").registered) == {
        ("old", ("new",)),
        ("older", ("pkg", "new")),
        ("pkg.x", ("core",)),
    }


@pytest.mark.parametrize(
    ("source", "dynamic"),
    [
        ("def __getattr__(name): ...\n", True),
        ("globals().update(names)\n", True),
        ("def f():\n    globals()\n", False),
        ("x = 1\n", False),
    ],
)
def test_modules_that_make_names_are_told(source: str, dynamic: bool) -> None:
    assert read(source, "a.py").dynamic is dynamic


def test_what_does_not_parse_has_a_line_and_a_reason() -> None:
    found = read_python(b"x = 1\ndef f(:\n", "a.pyi", "a")
    assert isinstance(found, Unparsed)
    assert (found.path, found.line) == ("a.pyi", 2)
    assert found.reason
    assert isinstance(read_python(b"x = 1\0", "a.pyi", "a"), Unparsed)


def test_deep_expressions_are_read() -> None:
    source = "value = " + " + ".join(["lib.alma"] * 400) + "\n"
    assert ("lib", "alma") in read(source, "a.py").scopes[0].uses


def test_facts_can_be_pickled() -> None:
    file = read(STUB)
    again = pickle.loads(pickle.dumps(file))
    assert again.functions == file.functions
    assert again.classes == file.classes


def test_invalid_escapes_warn_nobody() -> None:
    assert read("x = '\\d'\n", "a.py").variables[0].name == "x"
