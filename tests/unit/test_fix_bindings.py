"""What the fixes write that concern a binding's head: exports, signatures, validation."""

from __future__ import annotations

import pytest

from bindcheck.fix import FixRequest, FixResult, fix
from bindcheck.rules import RULES, Rule
from bindcheck.rules.bc105_not_registered import NotRegistered
from bindcheck.rules.bc106_missing_signature import MissingSignature
from bindcheck.rules.bc305_unvalidated_kernel import UnvalidatedKernel
from bindcheck.testing import config_of, inputs_from


def fixed(files: dict[str, str], pyo3: str, *rules: Rule) -> FixResult:
    request = FixRequest(unsafe=True, formatting=False)
    return fix(inputs_from(files, pyo3), config_of(), request, rules=rules or RULES)


# --- BC105: exports ------------------------------------------------------------

REGISTER = """\
use pyo3::prelude::*;

mod low;
mod high;

fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(low::lowest, m)?)?; // the floor
    m.add_function(wrap_pyfunction!(high::highest, m)?)?;
    Ok(())
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    register(m)
}
"""
LOW = """\
use pyo3::prelude::*;

#[pyfunction]
pub fn lowest(x: f64) -> f64 {
    x
}
"""
HIGH = LOW.replace("lowest", "highest")
MORE = LOW.replace("lowest", "lower").replace("use pyo3::prelude::*;\n", "")


def exported(low: str, register: str = REGISTER) -> str:
    files = {"src/lib.rs": register, "src/low.rs": low, "src/high.rs": HIGH}
    result = fixed(files, "0.25.0", NotRegistered())
    assert result.report.findings == ()
    return result.inputs.sources["src/lib.rs"].decode()


def test_an_export_stands_behind_that_of_the_same_file() -> None:
    line = "    m.add_function(wrap_pyfunction!(crate::low::lower, m)?)?;\n"
    wanted = REGISTER.replace("; // the floor\n", f"; // the floor\n{line}")
    assert exported(LOW + MORE) == wanted


def test_an_export_is_gated_like_its_binding() -> None:
    gated = MORE.replace("#[pyfunction]", '#[cfg(feature = "python")]\n#[pyfunction]')
    text = exported(LOW + gated)
    assert (
        '    #[cfg(feature = "python")]\n    m.add_function(wrap_pyfunction!(crate::low::l' in text
    )


def test_a_name_that_is_imported_is_written_short() -> None:
    register = REGISTER.replace("mod low;\n", "mod low;\nuse low::*;\n")
    assert "m.add_function(wrap_pyfunction!(lower, m)?)?;" in exported(LOW + MORE, register)


def test_a_module_object_of_its_own_is_handed_over_like_by_the_neighbours() -> None:
    register = REGISTER.replace(
        "    m.add_function(wrap_pyfunction!(low::lowest, m)?)?; // the floor\n",
        '    let inner = PyModule::new(m.py(), "inner")?;\n'
        "    inner.add_function(pyo3::wrap_pyfunction!(low::lowest, &inner)?)?;\n"
        "    m.add_submodule(&inner)?;\n",
    )
    line = "    inner.add_function(pyo3::wrap_pyfunction!(crate::low::lower, &inner)?)?;\n"
    assert line in exported(LOW + MORE, register)


def test_a_module_written_as_mod_gets_an_export() -> None:
    register = """\
use pyo3::prelude::*;

mod low;
mod high;

#[pymodule]
mod example {
    #[pymodule_export]
    use crate::high::highest;
    #[pymodule_export]
    use crate::low::lowest;
}
"""
    more = "    #[pymodule_export]\n    use crate::low::lower;\n}\n"
    assert exported(LOW + MORE, register) == register.replace("lowest;\n}\n", f"lowest;\n{more}")


def test_a_binding_is_exported_under_a_plain_name() -> None:
    marked = LOW.replace("fn lowest", "fn lowest_py")
    register = REGISTER.replace(
        "    m.add_function(wrap_pyfunction!(low::lowest, m)?)?; // the floor\n", ""
    )
    files = {"src/lib.rs": register, "src/low.rs": marked, "src/high.rs": HIGH}
    result = fixed(files, "0.25.0")
    assert '#[pyfunction(name = "lowest")]' in result.inputs.sources["src/low.rs"].decode()
    assert [one.fix.title for one in result.fixed if one.fix] == ["export `lowest`"]


def test_a_second_export_goes_with_its_line() -> None:
    line = "    m.add_function(wrap_pyfunction!(high::highest, m)?)?;\n"
    assert exported(LOW, REGISTER.replace("    Ok(())\n", f"{line}    Ok(())\n")) == REGISTER


# --- BC106 ------------------------------------------------------------


def test_a_long_signature_has_a_line_for_each_argument() -> None:
    names = [f"quite_a_long_name_{letter}" for letter in "abcd"]
    params = ", ".join(f"{name}: Option<f64>" for name in names)
    source = f"#[pyfunction]\nfn f({params}) {{}}\n"
    text = fixed({"src/lib.rs": source}, "0.25.0", MissingSignature()).inputs.sources["src/lib.rs"]
    listed = "".join(f"    {name}=None,\n" for name in names)
    assert f"#[pyo3(signature = (\n{listed}))]\nfn f(" in text.decode()


# --- BC305 ------------------------------------------------------------

LATE = """\
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[derive(Clone, Copy)]
pub enum Kernel {
    Auto,
    Scalar,
}

fn choose(name: Option<&str>) -> PyResult<Kernel> {
    match name {
        None | Some("auto") => Ok(Kernel::Auto),
        Some("scalar") => Ok(Kernel::Scalar),
        Some(other) => Err(PyValueError::new_err(format!("unknown kernel: {other}"))),
    }
}

fn twice(data: &[f64], kernel: Kernel) -> Result<Vec<f64>, String> {
    match kernel {
        Kernel::Auto => Err("no".into()),
        Kernel::Scalar => Ok(data.iter().map(|x| x + x).collect()),
    }
}

#[pyfunction]
#[pyo3(signature = (data, kernel=None))]
fn twice_py(py: Python<'_>, data: Vec<f64>, kernel: Option<&str>) -> PyResult<usize> {
BEFORE    let out = py.allow_threads(|| {
INSIDE        twice(&data, chosen).map_err(PyValueError::new_err)
    })?;
    Ok(out.len())
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(twice_py, m)?)
}
"""
CHOICE = "let chosen = choose(kernel)?;\n"


def test_a_validation_is_moved_before_the_release() -> None:
    late = LATE.replace("BEFORE", "").replace("INSIDE", f"        {CHOICE}")
    early = LATE.replace("BEFORE", f"    {CHOICE}").replace("INSIDE", "")
    result = fixed({"src/lib.rs": late}, "0.25.0", UnvalidatedKernel())
    assert result.inputs.sources["src/lib.rs"].decode() == early


@pytest.mark.parametrize(
    "inside",
    [
        # What it validates is made in the closure.
        f"        let kernel = kernel.filter(|_| true);\n        {CHOICE}",
        # Its error is not Python's.
        "        let chosen = choose(kernel).map_err(|e| e.to_string())?;\n",
    ],
)
def test_a_validation_that_hangs_on_the_closure_stays(inside: str) -> None:
    late = LATE.replace("BEFORE", "").replace("INSIDE", inside)
    assert fixed({"src/lib.rs": late}, "0.25.0", UnvalidatedKernel()).fixed == ()
