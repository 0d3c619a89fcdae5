"""BC109: bindings that no Python test calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.program import Program
from bindcheck.analysis.python.tested import Tested, Untested
from bindcheck.analysis.python.view import PythonView, no_extension
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryKind
from bindcheck.rules.base import CrateRule, Example
from bindcheck.rules.python_examples import (
    GAIN,
    GAIN_STUB,
    GAIN_TEST,
    KERNEL,
    KERNEL_STUB,
    SCALED,
    SCALED_STUB,
    SCALED_TEST,
    package_files,
    python_files,
)

_NOTHING = "def test_nothing() -> None:\n    assert True\n"
_TWO = SCALED.replace(
    "#[pymodule]",
    """\
#[pyfunction(name = "halved")]
fn halved_py(x: f64) -> f64 {
    x / 2.0
}

#[pymodule]""",
).replace("    Ok(())", "    m.add_function(wrap_pyfunction!(halved_py, m)?)?;\n    Ok(())")
_TWO_STUB = f"{SCALED_STUB}def halved(x: float) -> float: ...\n"


class UntestedBinding(CrateRule):
    """A binding that no Python test calls, or whose kernel no test chooses.

    ## What it does

    Follows the Python tests of the repository, directly and through the Python code that they call,
    and reports functions, classes and methods of the extension that they do not reach, and
    functions with a `kernel` argument that is never given. Without any Python test, or where none
    of them reaches the extension, it says so once for the whole module. A program (`if __name__ ==
    "__main__"`) in which nothing is a test counts only where a test names it, and what a class of
    the package does by itself, as in `__init__`, where somebody uses the class. Names that tests
    fetch with `getattr`, and attributes of objects that cannot be told, count as reached, and so
    does what a package of the extension's name has twice without importing the extension: what is
    reported is not called under any name. An attribute of an object that the code has made itself
    belongs to the class of that object, and `callable`, `hasattr`, comparisons and assignments to
    it call nothing. The methods of a class that the module does not export are looked at if tests
    call some of them.

    ## Why it matters

    Tests in Rust do not cross the boundary. A wrong default, a swapped argument, an array that is
    not freed or a panic shows only when Python calls; and a kernel that no test chooses is the code
    that runs on somebody else's processor.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: what a result should be is not in the code. For an indicator
    `bindcheck generate` writes tests of what every binding promises.
    """

    code: ClassVar[str] = "BC109"
    name: ClassVar[str] = "untested-binding"
    summary: ClassVar[str] = "no Python test calls it, or none chooses its kernel"
    severity: ClassVar[Severity] = Severity.ADVICE
    confidence: ClassVar[Confidence] = Confidence.LIKELY
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _TWO,
            title="one of two functions is tested",
            files=python_files(_TWO_STUB, SCALED_TEST),
        ),
        Example(
            SCALED,
            title="no test at all",
            files=(("example.pyi", SCALED_STUB),),
        ),
        Example(
            SCALED,
            title="no test imports the module",
            files=python_files(SCALED_STUB, _NOTHING),
        ),
        Example(
            GAIN,
            title="methods that nobody calls",
            files=python_files(
                GAIN_STUB,
                "from example import Gain\n\n\ndef test_it():\n    assert Gain().update(1.0)\n",
            ),
            findings=2,
        ),
        Example(
            KERNEL,
            title="the kernel is never chosen",
            files=python_files(KERNEL_STUB, SCALED_TEST),
        ),
        Example(
            _TWO,
            title="a function of another package, and one of the test's own, have the same name",
            files=python_files(
                _TWO_STUB,
                f"""\
import numpy as np

{SCALED_TEST}

def scaled_like(x):
    return np.halved(x)


def halved(x):
    return x / 2


def test_halved():
    assert halved(2.0) == scaled_like(1.0)
""",
            ),
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _TWO,
            title="both functions are tested",
            files=python_files(
                _TWO_STUB,
                f"{SCALED_TEST}\n\ndef test_half() -> None:\n"
                "    assert example.halved(2.0) == 1.0\n",
            ),
        ),
        Example(GAIN, files=python_files(GAIN_STUB, GAIN_TEST)),
        Example(
            KERNEL,
            title="kernels are compared",
            files=python_files(
                KERNEL_STUB,
                """\
import pytest
from example import scaled


@pytest.mark.parametrize("kernel", ["auto", "scalar"])
def test_kernels_agree(kernel):
    assert scaled(1.0, kernel=kernel) == scaled(1.0)
""",
            ),
        ),
        Example(
            _TWO,
            title="tests fetch the functions by name",
            files=python_files(
                _TWO_STUB,
                """\
import example
import pytest


@pytest.mark.parametrize("name", ["scaled", "halved"])
def test_zero_stays_zero(name):
    assert getattr(example, name)(0.0) == 0.0
""",
            ),
        ),
        Example(
            _TWO,
            title="a fixture hands the module over",
            files=(
                *python_files(
                    _TWO_STUB,
                    "def test_it(lib):\n    assert lib.scaled(1.0) == 4 * lib.halved(1.0)\n",
                ),
                (
                    "tests/conftest.py",
                    "import pytest\n\n\n@pytest.fixture\ndef lib():\n"
                    '    return pytest.importorskip("example")\n',
                ),
            ),
        ),
        Example(
            _TWO,
            title="the tests call wrappers of the package",
            files=package_files(
                """\
from . import example as _native


def doubled(x: float) -> float:
    return _native.scaled(x)


class Halver:
    def run(self, x: float) -> float:
        return _native.halved(x)
""",
                _TWO_STUB,
                """\
import example as e


def test_wrappers():
    assert e.doubled(1.0) == 2.0
    assert e.Halver().run(2.0) == 1.0
""",
            ),
        ),
        Example(
            _TWO,
            title="the tests know the module by another name",
            files=(
                *python_files(
                    _TWO_STUB,
                    "import old_name as o\n\n\ndef test_it():\n"
                    "    assert o.scaled(1.0) == 4 * o.halved(1.0)\n",
                ),
                (
                    "tests/conftest.py",
                    'import sys\n\nimport example\n\nsys.modules.setdefault("old_name", example)\n',
                ),
            ),
        ),
    )

    def premise(self, program: Program) -> str | None:
        """The rule needs an extension module, and a repository that can be searched for tests."""
        reason = no_extension(program)
        if reason is None and program.python is not None and not program.python.side.complete:
            return "the repository has too many folders to look for Python tests"
        return reason

    def check(self, program: Program) -> Iterator[Finding]:
        """One finding for a binding, or one for the module when no test reaches anything."""
        view = program.python
        assert view is not None  # by the premise
        if not view.exports.all:
            return
        tested = Tested(program, view)
        untested = tested.untested()
        if sum(1 for one in untested if one.member is None) == len(tested.bindings):
            yield self._nothing(program, view, len(tested.bindings))
            return
        for one in untested:
            yield self._uncalled(program, one)
        for one in tested.without_kernel():
            yield self._no_kernel(program, one)

    def _nothing(self, program: Program, view: PythonView, count: int) -> Finding:
        root, side = view.exports.root, view.side
        assert root is not None  # by the premise
        names = "its only binding" if count == 1 else f"any of its {count} bindings"
        if not side.test_paths:
            message = f"there is no Python test: nothing calls {names}"
        elif not side.tests:
            message = f"none of the {len(side.test_paths)} Python tests imports `{side.layout.top}`"
        else:
            message = f"the tests import `{side.layout.top}`, but do not call {names}"
        return self.finding(
            program,
            (root.path, root.name_span),
            root.item,
            message,
            help="call each binding once from pytest, with a result known from elsewhere",
            confidence=Confidence.CERTAIN if not side.tests else None,
        )

    def _uncalled(self, program: Program, one: Untested) -> Finding:
        entry, member = one.export.entry, one.member
        name = ".".join(one.export.names)
        if member is not None and member.entry is not None:
            place, item, name = member.place, member.entry.rust_name, f"{name}.{member.name}"
        elif entry.kind is EntryKind.CLASS:
            place = (entry.ref.path, program.struct(entry.ref).name_span)
            item = entry.rust_name
        else:
            place = (entry.ref.path, program.function(entry.ref).name_span)
            item = entry.rust_name
        makes = entry.kind is EntryKind.CLASS and member is None
        return self.finding(
            program,
            place,
            item,
            f"no Python test makes a `{name}`" if makes else f"no Python test calls `{name}`",
            help="add one to the tests",
            missing="test" if entry.indicator is not None else None,
        )

    def _no_kernel(self, program: Program, one: Untested) -> Finding:
        entry = one.export.entry
        name = ".".join(one.export.names)
        times = "once" if one.calls == 1 else f"{one.calls} times"
        called = f"the tests call `{name}` {times}" if one.calls else f"the tests use `{name}`"
        return self.finding(
            program,
            (entry.ref.path, program.function(entry.ref).name_span),
            entry.rust_name,
            f"{called}, and never choose its kernel",
            help="compare every available kernel with the scalar one",
            missing="test" if entry.indicator is not None else None,
        )
