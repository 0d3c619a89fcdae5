"""Signatures in stubs beside those of bindings."""

from __future__ import annotations

import pytest

from bindcheck.analysis.bindings.effective_signature import (
    declaration,
    effective_signature,
    python_value,
    rust_value,
)
from bindcheck.analysis.python.stubs.said import Said, surest
from bindcheck.analysis.python.stubs.signature import Declared, differences
from bindcheck.analysis.python.stubs.types import type_differences
from bindcheck.model.python import PythonFile
from bindcheck.python_side.reading import read_python
from bindcheck.testing import program_from


def said(*args: str | None, pyo3: str = "0.25.0") -> tuple[str, ...]:
    """What the stub of `f` says wrongly, types last."""
    return tuple(one.text for one in graded(*args, pyo3=pyo3))


def graded(
    stub: str,
    signature: str | None,
    params: str = "a: f64, b: f64, c: f64",
    returns: str = "f64",
    *,
    pyo3: str = "0.25.0",
) -> tuple[Said, ...]:
    head = "" if signature is None else f"#[pyo3(signature = ({signature}))]\n"
    code = (
        "use numpy::*;\nuse pyo3::prelude::*;\n"
        f"#[pyfunction]\n{head}"
        f"fn f<'py>(py: Python<'py>, {params}) -> {returns} {{\n    todo()\n}}\n"
    )
    program = program_from({"src/lib.rs": code}, pyo3)
    entry = program.entries[0]
    file = read_python(stub.encode(), "x.pyi", "x")
    assert isinstance(file, PythonFile)
    arguments = effective_signature(program, entry)
    assert arguments is not None
    declared = Declared(file.named("f"))
    function = declared.functions[0]
    types = type_differences(
        program.function(entry.ref), arguments, function, declared.arguments(function)
    )
    return (*differences(arguments, declared), *types)


@pytest.mark.parametrize(
    ("stub", "signature"),
    [
        ("def f(a, b, c): ...", "a, b, c"),
        ("def f(a, b, c): ...", None),
        ("def f(a, b=1, c=2.0): ...", "a, b=1.0, c=2"),
        ("def f(a, b=..., c=...): ...", "a, b=1.0, c=f64::NAN"),
        ("def f(a, /, b, *, c): ...", "a, /, b, *, c"),
        ("def f(x, /, b, *, c): ...", "a, /, b, *, c"),
        ("def f(*args, **kwargs): ...", "a, b, c"),
        ("def f(a, **options): ...", "a, b=1.0, c=2.0"),
        ("def f(a, b, c, verbose): ...", "a, b, c, **kwargs"),
        ("def f(a, lambda_, c): ...", "a, lambda, c"),
        ("def f(a, b): ...", "a, b, _c=1"),
        ("def f(a, b, c=None): ...", "a, b, c=LIMIT"),
        ("def f(a, b, c=None): ...", "a, b, c=Some(Outer(None))"),
        ("def f(a, b, c=1): ...", "a, b, c=Some(LIMIT)"),
    ],
)
def test_agreement_is_silent(stub: str, signature: str | None) -> None:
    assert said(stub, signature) == ()


@pytest.mark.parametrize(
    ("stub", "signature", "expected"),
    [
        ("def f(a, x, c): ...", "a, b, c", "calls the argument `b` `x`"),
        ("def f(a, b): ...", "a, b, c", "lacks `c`"),
        (
            "def f(a, b, c, d, e): ...",
            "a, b, c",
            "has `d`, `e`, which the function does not take",
        ),
        ("def f(a, c, b): ...", "a, b, c", "has `c` where the function has `b`"),
        (
            "def f(a, *, b, c): ...",
            "a, b, c",
            "takes `b`, `c` keyword-only, the function by place or keyword",
        ),
        (
            "def f(a, b, c): ...",
            "a, b, *, c",
            "takes `c` by place or keyword, the function keyword-only",
        ),
        (
            "def f(a, __b, c): ...",
            "a, b, c",
            "takes `b` positional-only, the function by place or keyword",
        ),
        ("def f(a, b, c=1): ...", "a, b, c", "gives `c` a default, the function none"),
        ("def f(a, b, c): ...", "a, b, c=1", "gives `c` no default, the function does"),
        ("def f(a, b, c=1): ...", "a, b, c=2.5", "gives `c` the default 1, the function 2.5"),
        ("def f(a, b, c=None): ...", "a, b, c=2", "gives `c` the default None, the function 2"),
        (
            "def f(a, b, c=None): ...",
            "a, b, c=Some(Outer(Kind::Wide))",
            "gives `c` the default None, the function `Some(Outer(Kind::Wide))`",
        ),
        ("def f(a, b, c=1): ...", "a, b, c=true", "gives `c` the default 1, the function True"),
        (
            "def f(a, b, c='sma'): ...",
            'a, b, c="ema".to_string()',
            "gives `c` the default 'sma', the function 'ema'",
        ),
    ],
)
def test_each_difference_is_named(stub: str, signature: str, expected: str) -> None:
    assert said(stub, signature) == (expected,)


@pytest.mark.parametrize(
    ("stub", "signature", "confidence"),
    [
        ("def f(a, b): ...", "a, b, c=1", "likely"),
        ("def f(a, b): ...", "a, b, c", "certain"),
        ("def f(a, c): ...", "a, b=1, c=1", "certain"),
        ("def f(a, *, c): ...", "a, b=1, *, c=1", "likely"),
        ("def f(a, c): ...", "a, _b=1, c=1", "certain"),
        ("def f(a, b, c): ...", "a, b, c=1", "likely"),
        ("def f(a, b, c=1): ...", "a, b, c", "certain"),
        ("def f(a, b, c=1): ...", "a, b, c=2", "certain"),
        ("def f(a, *, b, c): ...", "a, b, c", "suspect"),
        ("def f(a, /, b, c): ...", "a, b, c", "suspect"),
        ("def f(a, b, c): ...", "a, b, *, c", "certain"),
        ("def f(a, b, c): ...", "a, /, b, c", "certain"),
        ("def f(a, *, b, c): ...", "a, b, /, c", "certain"),
        ("def f(a, *, c): ...", "a, b, c", "certain"),
    ],
)
def test_what_only_marks_calls_as_mistakes_is_less_sure(
    stub: str, signature: str, confidence: str
) -> None:
    found = graded(stub, signature)
    assert found
    assert surest(one.confidence for one in found).value == confidence


def test_a_hidden_name_is_a_positional_only_argument() -> None:
    assert said("def f(__a, __b, __c): ...", "a, b, c") == (
        "takes `a`, `b`, `c` positional-only, the function by place or keyword",
    )
    assert said("def f(__a, __b, __c): ...", "a, b, c, /") == ()


def test_overloads_may_be_narrower_but_not_other() -> None:
    narrow = "@overload\ndef f(a): ...\n@overload\ndef f(a, b, *, c=...): ...\n"
    assert said(narrow, "a, b=1.0, c=2.0") == ()
    other = "@overload\ndef f(a): ...\n@overload\ndef f(a, d): ...\n"
    assert said(other, "a, b=1.0, c=2.0") == (
        "has an overload with `d`, which the function does not take",
    )


@pytest.mark.parametrize(
    ("pyo3", "stub"),
    [("0.21.2", "def f(a, b=None): ..."), ("0.25.0", "def f(a, b): ...")],
)
def test_defaults_that_depend_on_the_release_are_left_to_another_rule(pyo3: str, stub: str) -> None:
    assert said(stub, None, "a: f64, b: Option<f64>", pyo3=pyo3) == ()


@pytest.mark.parametrize(
    ("stub", "params", "returns"),
    [
        ("def f(a: float) -> float: ...", "a: f64", "PyResult<f64>"),
        ("def f(a: int) -> float: ...", "a: f64", "usize"),
        ("def f(a: bool) -> int: ...", "a: i64", "bool"),
        ("def f(a: str) -> str: ...", "a: &str", "String"),
        ("def f(a: float | None) -> None: ...", "a: Option<f64>", "()"),
        ("def f(a: Optional[int]) -> int | None: ...", "a: Option<usize>", "Option<usize>"),
        ("def f(a: Any) -> object: ...", "a: f64", "f64"),
        (
            "def f(a: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]: ...",
            "a: PyReadonlyArray1<'py, f64>",
            "PyResult<(Bound<'py, PyArray1<f64>>, f64)>",
        ),
        ("def f(a: Sequence[float]) -> list[float]: ...", "a: Vec<f64>", "Vec<f64>"),
        ("def f(a: NDArray[np.float64]) -> bytes: ...", "a: Vec<f64>", "Vec<u8>"),
        ("def f(a: float) -> 'None': ...", "a: f64", "PyResult<()>"),
        ("def f(a: float) -> Result: ...", "a: f64", "Bound<'py, PyDict>"),
        ("def f(a: int) -> float: ...", "#[pyo3(from_py_with = g)] a: bool", "f64"),
    ],
)
def test_types_that_agree_or_are_not_certain_are_silent(
    stub: str, params: str, returns: str
) -> None:
    assert said(stub, "a", params, returns) == ()


@pytest.mark.parametrize(
    ("stub", "params", "returns", "expected"),
    [
        (
            "def f(a: float) -> float: ...",
            "a: usize",
            "f64",
            "takes `float` as `a`, the function `int`",
        ),
        (
            "def f(a: int) -> float: ...",
            "a: bool",
            "f64",
            "takes `int` as `a`, the function `bool`",
        ),
        (
            "def f(a: int | None) -> float: ...",
            "a: usize",
            "f64",
            "takes `int` or None as `a`, the function `int`",
        ),
        (
            "def f(a: NDArray[np.float32]) -> float: ...",
            "a: PyReadonlyArray1<'py, f64>",
            "f64",
            "takes an array of float32 as `a`, the function an array of float64",
        ),
        ("def f(a: int) -> int: ...", "a: i64", "f64", "returns `int`, the function `float`"),
        (
            "def f(a: int) -> float: ...",
            "a: i64",
            "Option<f64>",
            "returns `float`, the function `float` or None",
        ),
        (
            "def f(a: int) -> tuple[float, float, float]: ...",
            "a: i64",
            "(f64, f64)",
            "returns a tuple of 3, the function a tuple of 2",
        ),
        (
            "def f(a: int) -> NDArray[np.float64]: ...",
            "a: i64",
            "PyResult<Bound<'py, PyDict>>",
            "returns an array of float64, the function `dict`",
        ),
        ("def f(a: int) -> None: ...", "a: i64", "f64", "returns None, the function `float`"),
        (
            "def f(a: list[float]) -> float: ...",
            "a: PyReadonlyArray1<'py, f64>",
            "f64",
            "takes `list` as `a`, the function an array of float64",
        ),
        (
            "def f(a: NDArray[np.float64] | None) -> float: ...",
            "a: PyReadonlyArray1<'py, f64>",
            "f64",
            "takes an array of float64 or None as `a`, the function an array of float64",
        ),
        (
            "def f(a: list[float] | None) -> float: ...",
            "a: Vec<f64>",
            "f64",
            "takes `list` or None as `a`, the function `list`",
        ),
    ],
)
def test_types_that_are_certainly_wrong(
    stub: str, params: str, returns: str, expected: str
) -> None:
    assert said(stub, "a", params, returns) == (expected,)


@pytest.mark.parametrize(
    ("rust", "python"),
    [
        ("None", "None"),
        ("true", "True"),
        ("1_000usize", "1000"),
        ("2.0", "2"),
        ("-1e-6", "-1e-06"),
        ("0.85_f64", "0.85"),
        ("Some(14)", "14"),
        ('"sma"', "'sma'"),
        ('"sma".into()', '"sma"'),
        ('String::from("a\\"b")', "'a\"b'"),
    ],
)
def test_literals_of_both_languages_are_alike(rust: str, python: str) -> None:
    assert rust_value(rust) is not None
    assert rust_value(rust) == python_value(python)


@pytest.mark.parametrize("text", ["f64::NAN", "vec![]", "DEFAULT", "Kernel::Auto", "1 + 1"])
def test_other_defaults_are_not_compared(text: str) -> None:
    assert rust_value(text) is None


@pytest.mark.parametrize("text", ["...", "DEFAULT", "[]", "object()", "1 +"])
def test_other_python_defaults_are_not_compared(text: str) -> None:
    assert python_value(text) is None


def test_the_declaration_is_what_a_stub_should_say() -> None:
    code = (
        "use pyo3::prelude::*;\n#[pyfunction]\n"
        '#[pyo3(signature = (a, /, b=2.0, *rest, c="x", d=f64::NAN, **more))]\n'
        "fn f(a: f64) -> f64 {\n    a\n}\n"
    )
    program = program_from({"src/lib.rs": code})
    arguments = effective_signature(program, program.entries[0])
    assert arguments is not None
    assert declaration(arguments) == "a, /, b=2.0, *rest, c='x', d=..., **more"


def test_a_signature_for_some_builds_alone_is_not_compared() -> None:
    code = (
        "use pyo3::prelude::*;\n#[pyfunction]\n"
        '#[cfg_attr(feature = "x", pyo3(signature = (a=1.0)))]\nfn f(a: f64) -> f64 {\n    a\n}\n'
    )
    program = program_from({"src/lib.rs": code})
    assert effective_signature(program, program.entries[0]) is None
