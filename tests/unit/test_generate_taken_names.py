"""A binding by hand that nothing registers, while another one has its Python name."""

from __future__ import annotations

from pathlib import Path

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, write_reference

BY_HAND = """
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "TideStream")]
pub struct TideStreamPy {
    inner: TideStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl TideStreamPy {
    #[new]
    fn new(period: usize) -> pyo3::PyResult<Self> {
        let params = TideParams { period: Some(period) };
        let inner = TideStream::try_new(params)
            .map_err(|e| pyo3::exceptions::PyValueError::new_err(e.to_string()))?;
        Ok(Self { inner })
    }

    fn update(&mut self, value: f64) -> Option<f64> {
        self.inner.update(value)
    }
}
"""

OTHER = """
    #[pyclass(name = "TideStream")]
    struct EveryTide {
        seen: usize,
    }

    #[pymodule]"""


def run(root: Path) -> GenerateResult:
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request(("tide",), Mode.WRITE, replacing=Replacing(wanted=True))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def crate(root: Path, *, taken: bool) -> Path:
    write_reference(root, (Core("tide"),))
    path = root / "src/tide.rs"
    path.write_text(path.read_text() + BY_HAND)
    if taken:
        lib = root / "src/lib.rs"
        text = lib.read_text().replace("\n    #[pymodule]", OTHER)
        lib.write_text(text.replace("let _ = m;", "m.add_class::<EveryTide>()?;"))
    return root


def states(result: GenerateResult) -> dict[str, str]:
    return {one.piece: one.state.value for one in result.plans}


def test_a_name_that_another_binding_has_is_not_taken_from_it(tmp_path: Path) -> None:
    root = crate(tmp_path, taken=True)
    result = run(root)
    assert states(result)["stream"] == "lacking"
    assert "a Python name of its own: `TideStream` is `EveryTide` in " in result.output
    assert BY_HAND in (root / "src/tide.rs").read_text()
    assert "TideStreamPy" not in (root / "src/lib.rs").read_text()
    assert states(run(root))["stream"] == "lacking"


def test_a_name_that_nobody_has_is_registered(tmp_path: Path) -> None:
    root = crate(tmp_path, taken=False)
    assert states(run(root))["stream"] == "replace"
    assert "TideStreamPy" in (root / "src/lib.rs").read_text()
    assert states(run(root))["stream"] == "current"


def test_a_function_of_the_file_is_not_called_in_place_of_one_of_the_language(
    tmp_path: Path,
) -> None:
    write_reference(tmp_path, (Core("tide"),))
    path = tmp_path / "src/tide.rs"
    path.write_text(path.read_text() + "\npub fn drop(_: u8) {}\n")
    run(tmp_path)
    text = path.read_text()
    assert "    ::core::mem::drop(std::hint::black_box(room));" in text
    assert " drop(std::hint" not in text
