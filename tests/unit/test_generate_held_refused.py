"""Bindings by hand that do more than their interface says: they stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, LIB, MANIFEST, SINGLE, STREAM

KERNEL = "    let kern = crate::read_kernel(kernel)?;\n    let chosen"
END = "    Ok((ebb.into_pyarray(py), flood.into_pyarray(py)))"
FIRST = 'dict.set_item("up", first.reshape((rows, cols))?)?;'
PARTS = "from_slices(h, l, params)"
HANDED = "        self.inner.update(high, low).unwrap_or(f64::NAN)"
MADE = "        Ok(TideStreamPy { inner })"

CASES = {
    "part of the result": ("single", END, END.replace("ebb.into", "ebb[2..].to_vec().into")),
    "function over the result": ("single", END, END.replace("ebb.into", "post(ebb).into")),
    "reversed": (
        "single",
        END,
        END.replace("ebb.into", "ebb.into_iter().rev().collect::<Vec<f64>>().into"),
    ),
    "negative": (
        "single",
        END,
        END.replace("ebb.into", "ebb.iter().map(|v| -v).collect::<Vec<f64>>().into"),
    ),
    "part of the input": ("single", PARTS, "from_slices(&h[1..], &l[1..], params)"),
    "macro": ("single", KERNEL, f'    println!("called");\n{KERNEL}'),
    "panic": ("single", KERNEL, f"    assert!(span.is_some());\n{KERNEL}"),
    "counter": ("single", KERNEL, f"    CALLS.fetch_add(1, Relaxed);\n{KERNEL}"),
    "lock": ("single", KERNEL, f"    let _held = GUARD.lock().unwrap();\n{KERNEL}"),
    "function that checks": ("single", KERNEL, f"    check(span)?;\n{KERNEL}"),
    "check of two statements": (
        "single",
        KERNEL,
        "    if span == Some(0) {\n        let text = kind;\n"
        f"        return Err(PyValueError::new_err(text));\n    }}\n{KERNEL}",
    ),
    "check in a match": (
        "single",
        KERNEL,
        '    match span {\n        Some(0) => return Err(PyValueError::new_err("zero")),\n'
        f"        _ => {{}}\n    }}\n{KERNEL}",
    ),
    "check in a loop": (
        "single",
        KERNEL,
        "    for one in h {\n        if *one < 0.0 {\n"
        f'            return Err(PyValueError::new_err("low"));\n        }}\n    }}\n{KERNEL}',
    ),
    "check of the result": (
        "single",
        END,
        "    if ebb.is_empty() {\n"
        f'        return Err(PyValueError::new_err("none"));\n    }}\n{END}',
    ),
    "warning": (
        "single",
        KERNEL,
        f'    if span.is_none() {{\n        PyErr::warn(py, kind, c"", 1)?;\n    }}\n{KERNEL}',
    ),
    "kernel of its own": (
        "single",
        "tide_with_kernel(&input, kern)",
        "tide_with_kernel(&input, crate::Kernel::Scalar)",
    ),
    "error of an array": (
        "single",
        "    let h = high.as_slice()?;\n    let l = low.as_slice()?;\n    if",
        '    let h = high.as_slice().map_err(|_| PyValueError::new_err("strided"))?;\n'
        "    let l = low.as_slice()?;\n    if",
    ),
    "names in a text": (
        "single",
        KERNEL,
        "    let n = h.len();\n    if n < 3 {\n"
        f'        return Err(PyValueError::new_err(format!("{{n}} tides")));\n    }}\n{KERNEL}',
    ),
    "columns before rows": ("batch", FIRST, FIRST.replace("rows, cols", "cols, rows")),
    "transposed": ("batch", FIRST, FIRST.replace("))?)", "))?.transpose()?)")),
    "condition of an entry": ("batch", FIRST, f"if rows > 1 {{ {FIRST} }}"),
    "function over a matrix": (
        "batch",
        FIRST,
        'dict.set_item("up", scale(&first)?)?;',
    ),
    "loop over the matrix": (
        "batch",
        "    let dict = PyDict::new(py);",
        "    for one in a.iter_mut() {\n        *one *= 2.0;\n    }\n"
        "    let dict = PyDict::new(py);",
    ),
    "condition of a value": (
        "stream",
        HANDED,
        "        if low > high {\n            f64::NAN\n        } else {\n    "
        + HANDED
        + "\n        }",
    ),
    "values before the first": (
        "stream",
        MADE,
        "        for _ in 0..span {\n            inner.update(0.0, 0.0);\n        }\n" + MADE,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_not_understood_stays(tmp_path: Path, name: str) -> None:
    piece, old, new = CASES[name]
    folder = tmp_path / "src"
    folder.mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (folder / "lib.rs").write_text(LIB)
    text = CORE + SINGLE + BATCH + STREAM
    assert text.count(old) == 1
    path = folder / "tide.rs"
    path.write_text(text.replace(old, new))
    inputs, config = load(Options(paths=(folder,)))
    assert inputs.crate is not None
    request = Request(everything=True, replacing=Replacing(True))
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    told = {plan.piece: plan.detail for plan in result.plans if plan.state.value == "lacking"}
    assert list(told) == [piece]
    place, _, line = told[piece].rpartition(" (")[2].rstrip(")").rpartition(":")
    assert place == str(path)
    first = text.partition(old)[0].count("\n") + 1
    # What is changed on its way to a key is told where the key is.
    shown = text.replace(old, new).splitlines()[int(line) - 1]
    assert first <= int(line) <= first + new.count("\n") or '"up"' in shown, told[piece]
    assert result.status == 1
    assert new in path.read_text()
