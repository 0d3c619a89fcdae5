"""Grids by hand whose result shows the combinations that the core gives back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tides import BATCH, CORE
from tidings import packed, replaced

CALL = "    py.allow_threads(|| tide_batch_inner_into("
SHOWN = BATCH[BATCH.index("    let dict = ") : BATCH.rindex("    Ok(dict.into())")]
RESULT = "PyResult<Py<PyDict>>"
MATRIX = "Bound<'py, numpy::PyArray2<f64>>"
SPANS = "combos.iter().map(|p| p.length.unwrap_or(5) as u64).collect::<Vec<u64>>().into_pyarray(py)"
TUPLE = (
    BATCH.replace(CALL, CALL.replace("py.", "let combos = py."))
    .replace(RESULT, f"PyResult<({MATRIX}, {MATRIX}, Bound<'py, PyArray1<u64>>)>")
    .replace(
        SHOWN,
        "    let (up, down) = (first.reshape((rows, cols))?, second.reshape((rows, cols))?);\n",
    )
    .replace("    Ok(dict.into())", f"    Ok((up, down, {SPANS}))")
)
"""The grid as a tuple: both matrices, and the parameters of the combinations of the core."""

ALIASED = "type Tidal<T> = Result<T, TideError>;\n" + CORE.replace(
    "Result<Vec<TideParams>, TideError>", "Tidal<Vec<TideParams>>"
)
TURNED = CORE.replace(
    "    let combos = expand_grid(sweep)?;\n",
    "    let mut combos = expand_grid(sweep)?;\n    combos.reverse();\n",
)


@pytest.mark.parametrize("core", [CORE, ALIASED], ids=["a result", "an alias of a result"])
def test_combinations_of_the_core_in_a_tuple_are_those_that_were_listed(
    tmp_path: Path, core: str
) -> None:
    told = replaced(tmp_path, "batch", BATCH, TUPLE, core=core)
    assert not told.lacking
    assert told.body.count("expand_grid(&sweep)") == 1
    assert packed(SPANS) in told.body


def test_other_combinations_of_the_core_in_a_tuple_stay(tmp_path: Path) -> None:
    told = replaced(tmp_path, "batch", BATCH, TUPLE, core=TURNED)
    assert told.lacking.startswith(
        "not known: that `tide_batch_inner_into` gives back the same combinations"
    )
