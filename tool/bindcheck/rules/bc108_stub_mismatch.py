"""BC108: a stub that disagrees with the binding, or no stub at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from bindcheck.analysis.program import Program
from bindcheck.analysis.python.stubs.difference import Disagreement
from bindcheck.analysis.python.stubs.match import disagreements
from bindcheck.analysis.python.stubs.surfaces import is_used_outside, passes_on, surfaces_of
from bindcheck.analysis.python.view import PythonView, no_extension
from bindcheck.findings import Confidence, Finding, Location, Severity
from bindcheck.model import NOWHERE
from bindcheck.rules.base import CrateRule, Example
from bindcheck.rules.python_examples import (
    GAIN,
    GAIN_STUB,
    GAIN_TEST,
    SCALED,
    SCALED_STUB,
    SCALED_TEST,
    package_files,
    python_files,
)

_ONE_BY_ONE = "from example.example import scaled\n"
_HIDING = """\
from example.example import scaled as _scaled


def scaled(x: float) -> float:
    return _scaled(x)
"""


class StubMismatch(CrateRule):
    """A `.pyi` stub that says something else than the binding, or that is not there.

    ## What it does

    Compares the stub of the extension module, and the stubs of Python modules that pass its names
    on, with what PyO3 makes of the Rust signatures: names, order and kinds of the arguments,
    whether they have a default and which, methods and attributes of classes, and plain types where
    both sides are certain; what a result is whose Rust type is any object (`PyObject`) is read off
    the code that makes it, where all ways agree: a NumPy or an Arrow array, a `dict` and its
    values. It reports functions, classes and methods that the stub lacks, and those
    that only the stub has. A module that no stub describes is reported once, unless its package
    hides it behind functions of its own and nothing outside of the package uses it (if something
    does: likely). A stub that is only narrower than the binding (no default where there is one, an
    argument less that can be left out) is likely wrong; one that has an argument by keyword or by
    place alone where both would do, suspect. Overloads may be narrower; private names, `**kwargs`
    spelled out and classes that only annotations use are left alone. The module of a crate that
    another member of the workspace builds and passes on is known by that member.

    ## Why it matters

    Type checkers and editors believe the stub, not the extension: a wrong name or default lets
    calls pass that raise a TypeError at run time, and marks calls that work as mistakes.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: types are not known well enough to write a stub. The help shows the signature
    that the stub should have; for an indicator `bindcheck generate` writes the entry.
    """

    code: ClassVar[str] = "BC108"
    name: ClassVar[str] = "stub-mismatch"
    summary: ClassVar[str] = "the .pyi stub disagrees with the Rust signature, or is missing"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            SCALED,
            title="the stub has another name, default and kind of argument",
            files=python_files(
                "def scaled(value: float, factor: float = 1.0, offset: int = 0) -> float: ...\n",
                SCALED_TEST,
            ),
        ),
        Example(
            SCALED,
            title="the stub lacks the function and has one that nobody exports",
            files=python_files("def scale(x: float) -> float: ...\n", SCALED_TEST),
            findings=2,
        ),
        Example(
            SCALED,
            title="no stub at all",
            files=(("tests/test_example.py", SCALED_TEST),),
        ),
        Example(
            SCALED,
            title="the package passes the names on, and has no stub",
            files=(
                ("python/example/__init__.py", "from .example import *\n"),
                ("tests/test_example.py", SCALED_TEST),
            ),
        ),
        Example(
            SCALED,
            title="a test uses what the package hides",
            files=(
                ("python/example/__init__.py", _HIDING),
                (
                    "tests/test_example.py",
                    f"{_ONE_BY_ONE}\n\ndef test_it():\n    assert scaled(1.0)\n",
                ),
            ),
        ),
        Example(
            GAIN,
            title="a class whose methods differ",
            files=python_files(
                """\
class Gain:
    def __init__(self, factor: float) -> None: ...
    def __len__(self) -> int: ...
    def factor(self) -> float: ...
    def reset(factor: float) -> None: ...
    def unit(self) -> Gain: ...
    def update(self, value: float) -> float: ...
    def clear(self) -> None: ...
""",
                GAIN_TEST,
            ),
            findings=6,
        ),
        Example(
            SCALED,
            title="the stub of the package disagrees, that of the module does not",
            files=package_files(
                _ONE_BY_ONE,
                SCALED_STUB,
                SCALED_TEST,
                ("python/example/__init__.pyi", "def scaled(x: float) -> float: ...\n"),
            ),
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(SCALED, files=python_files(SCALED_STUB, SCALED_TEST)),
        Example(
            GAIN,
            title="classes, properties and static methods",
            files=python_files(GAIN_STUB, GAIN_TEST),
        ),
        Example(
            SCALED,
            title="overloads and annotations of its own",
            files=python_files(
                """\
from typing import Any, TypedDict, overload

class Options(TypedDict):
    factor: float

_Number = float | int

@overload
def scaled(x: float, factor: float = ...) -> float: ...
@overload
def scaled(x: float, factor: float = ..., *, offset: int) -> float: ...
""",
                SCALED_TEST,
            ),
        ),
        Example(
            SCALED,
            title="the stub passes on what the package declares",
            files=package_files(
                _ONE_BY_ONE,
                "from example import scaled as scaled\n",
                SCALED_TEST,
                ("python/example/__init__.pyi", SCALED_STUB),
            ),
        ),
        Example(
            SCALED,
            title="the stub of a package that imports everything",
            files=(
                (
                    "python/example/__init__.py",
                    "from .example import *\n\n\ndef twice(x):\n    return scaled(x)\n",
                ),
                (
                    "python/example/__init__.pyi",
                    f"{SCALED_STUB}def twice(x: float) -> float: ...\n",
                ),
                ("tests/test_example.py", SCALED_TEST),
            ),
        ),
        Example(
            SCALED,
            title="a package with types that hides the extension",
            files=(
                ("python/example/__init__.py", _HIDING),
                ("tests/test_example.py", SCALED_TEST),
            ),
        ),
        Example(
            SCALED.replace(
                "m.add_function(wrap_pyfunction!(scaled_py, m)?)?;",
                'let inner = PyModule::new(m.py(), "inner")?;\n'
                "    inner.add_function(wrap_pyfunction!(scaled_py, &inner)?)?;\n"
                "    m.add_submodule(&inner)?;",
            ),
            title="a class stands for a submodule",
            files=python_files(
                f"class inner:\n    @staticmethod\n    {SCALED_STUB}",
                "from example import inner\n\n\ndef test_it():\n    assert inner.scaled(1.0)\n",
            ),
        ),
        Example(
            SCALED,
            title="names that are made elsewhere, or only in some builds",
            files=python_files(
                "from other import helper as helper\n"
                "import sys\n\n"
                "if sys.platform == 'linux':\n    def fork() -> None: ...\n\n"
                f"def _private() -> None: ...\n{SCALED_STUB}",
                SCALED_TEST,
            ),
        ),
    )

    def premise(self, program: Program) -> str | None:
        """The rule needs an extension module around which Python files were looked for."""
        return no_extension(program)

    def check(self, program: Program) -> Iterator[Finding]:
        """One finding for each item, or one for the module when nothing describes it."""
        view = program.python
        assert view is not None  # by the premise
        found = disagreements(program, view)
        broken = [path for path in view.side.unparsed if path.endswith(".pyi")]
        for path in broken:
            yield self._broken(program, view, path)
        for one in found:
            yield self._disagreement(program, one)
        if not broken and not surfaces_of(view.side, view.exports):
            hidden = view.side.layout.package and not passes_on(view.side)
            used = hidden and is_used_outside(view)
            if view.exports.all and (used or not hidden):
                yield self._no_stub(program, view, certain=not hidden)

    def _no_stub(self, program: Program, view: PythonView, *, certain: bool) -> Finding:
        root, side = view.exports.root, view.side
        assert root is not None  # by the premise
        count = len(view.exports.all)
        names = "its only name" if count == 1 else f"its {count} names"
        return self.finding(
            program,
            (root.path, root.name_span),
            root.item,
            f"no stub describes `{side.module}`: type checkers and editors do not know {names}",
            help=f"write `{side.shown(side.layout.stub)}`",
            confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
        )

    def _broken(self, program: Program, view: PythonView, path: str) -> Finding:
        one = view.side.unparsed[path]
        found = self.finding(
            program,
            (one.path, NOWHERE),
            view.side.module,
            f"this stub does not parse, and declares nothing: {one.reason}",
            confidence=Confidence.LIKELY,
        )
        return replace(found, location=Location(one.path, one.line, 1, one.line, 1))

    def _disagreement(self, program: Program, one: Disagreement) -> Finding:
        place = (one.place.path, NOWHERE) if isinstance(one.place, Location) else one.place
        found = self.finding(
            program,
            place,
            one.item,
            one.message,
            help=one.help,
            confidence=one.confidence,
            missing="stub" if one.absent and one.indicator else None,
        )
        return replace(found, location=one.place) if isinstance(one.place, Location) else found
