"""Which exceptions a stub names: those that errors of the core itself become."""

from __future__ import annotations

import pytest

from odd_bindings import DEFAULT_RANGE, LIB, facts_of, stub
from odd_reference import COMMON, CORE, named, with_form

SEVERAL = """
impl From<TaError> for pyo3::PyErr {
    fn from(error: TaError) -> Self {
        match error {
            TaError::Empty => pyo3::exceptions::PyKeyError::new_err("empty"),
            other => pyo3::exceptions::PyRuntimeError::new_err(other.to_string()),
        }
    }
}
"""
CHECK = "    if input.data.is_empty() { return Err(TaError::Empty); }\n"


def told(core: str, conversion: str = SEVERAL) -> str:
    """What the entry of a single call says it raises."""
    files = {
        "src/lib.rs": LIB,
        "src/common.rs": COMMON + conversion,
        "src/alma.rs": named(core + DEFAULT_RANGE, "alma") + with_form({}),
        "src/wave.rs": named(core + DEFAULT_RANGE, "wave"),
    }
    text = stub(facts_of(files, "wave"))
    raises = text[text.index("Raises:") :]
    return raises.splitlines()[1].strip().partition(":")[0]


def test_an_error_that_the_core_never_has_is_not_named() -> None:
    assert told(CORE) == "KeyError"


def test_errors_of_helpers_are_named() -> None:
    helper = "fn check(n: usize) -> Result<(), TaError> { Err(TaError::Period(n)) }\n"
    core = CORE.replace(CHECK, "    check(input.data.len())?;\n") + helper
    assert told(core) == "RuntimeError"
    assert told(
        core.replace("Err(TaError::Period", "Err(TaError::Empty)?; Err(TaError::Period")
    ) == ("KeyError or RuntimeError")


@pytest.mark.parametrize(
    "conversion",
    [
        SEVERAL.replace("match error {", "let error = error;\n        match error {"),
        SEVERAL.replace("TaError::Empty =>", "_ if true =>"),
    ],
)
def test_where_it_is_not_clear_all_are_named(conversion: str) -> None:
    assert told(CORE, conversion) == "KeyError or RuntimeError"


def test_macros_of_the_crate_may_make_any_error() -> None:
    core = CORE.replace(CHECK, CHECK + "    ensure!(input.data.len() > 1);\n")
    assert told(core) == "KeyError or RuntimeError"


def test_errors_that_others_become_are_named() -> None:
    more = "impl From<usize> for TaError { fn from(n: usize) -> Self { TaError::Period(n) } }\n"
    assert told(CORE, SEVERAL + more) == "KeyError or RuntimeError"
