"""Bindings by hand that do more than their interface says: they stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request, generate
from bindcheck.load import load
from tides import BATCH, CALL, CORE, END, FIRST, HANDED, INTO, LIB, MANIFEST, SINGLE, STREAM

KERNEL = "    let kern = crate::read_kernel(kernel)?;\n    let chosen"
PARTS = "    let input = TideInput::from_slices(h, l, params);"
MAPPED = ".map_err(|e| PyValueError::new_err(e.to_string()))?"
NEW = "        let params = TideParams { length: Some(span), ..TideParams::default() };"
MADE = "        Ok(TideStreamPy { inner })"
NOTED = SINGLE.replace("(low, high, *, span", "(low, high, notes, *, span").replace(
    "    span: Option<usize>,", "    notes: Bound<'py, PyDict>,\n    span: Option<usize>,"
)
NOTED_GRID = BATCH.replace("(high, low, spans, kernel", "(high, low, spans, notes, kernel").replace(
    "    kernel: Option<&str>,", "    notes: Bound<'py, PyDict>,\n    kernel: Option<&str>,"
)


def noting(text: str, before: str, statements: str) -> tuple[str, str]:
    """A binding, and one that is given a dict and puts something there."""
    assert text.count(before) == 1
    return (BATCH if text is NOTED_GRID else SINGLE), text.replace(before, statements + before)


CASES = {
    "entry for the caller": (
        "single",
        *noting(NOTED, PARTS, "    let _ = notes.set_item(kind, chosen);\n"),
    ),
    "entry for the caller by another name": (
        "single",
        *noting(NOTED, PARTS, "    let d = &notes;\n    let _ = d.set_item(kind, chosen);\n"),
    ),
    "entry for the caller that must work": (
        "single",
        *noting(NOTED, PARTS, "    notes.set_item(kind, chosen)?;\n"),
    ),
    "entry for the caller beside a grid": (
        "batch",
        *noting(NOTED_GRID, "    let first = ", "    let _ = notes.set_item(rows, cols);\n"),
    ),
    "entry for the caller in a variable beside a grid": (
        "batch",
        *noting(NOTED_GRID, "    let first = ", "    let done = notes.set_item(rows, cols);\n"),
    ),
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
    "early end": (
        "single",
        KERNEL,
        "    if h.len() < 2 {\n        let none = || Vec::<f64>::new().into_pyarray(py);\n"
        f"        return Ok((none(), none()));\n    }}\n{KERNEL}",
    ),
    "scaled in place": (
        "single",
        END,
        "    let mut ebb = ebb;\n    for v in ebb.iter_mut() {\n        *v *= 2.0;\n    }\n" + END,
    ),
    "shortened in place": ("single", END, f"    let mut ebb = ebb;\n    ebb.truncate(3);\n{END}"),
    "joined in place": (
        "single",
        END,
        f"    let mut ebb = ebb;\n    ebb.extend_from_slice(&flood);\n{END}",
    ),
    "result of a second step": ("single", END, f"    let ebb = crate::smooth(ebb);\n{END}"),
    "signals": ("single", KERNEL, f"    py.check_signals()?;\n{KERNEL}"),
    "cached": (
        "single",
        KERNEL,
        "    if let Some(found) = CACHE.get(&h.len()) {\n"
        f"        return Ok(found.clone());\n    }}\n{KERNEL}",
    ),
    "stored": ("single", END, f"    CACHE.insert(h.len(), ebb.clone());\n{END}"),
    "timer": ("single", KERNEL, f'    let _timer = Timer::start("tide");\n{KERNEL}'),
    "time taken": ("single", END, f"    LAST.set(start.elapsed());\n{END}"),
    "kernel that becomes another": (
        "single",
        CALL,
        "    let kern = match kern {\n        crate::Kernel::Auto => crate::Kernel::Scalar,\n"
        f"        other => other,\n    }};\n{CALL}",
    ),
    "kernel by length beside a name": (
        "single",
        CALL,
        "    let kern = if h.len() < 100 { crate::Kernel::Scalar } else { kern };\n" + CALL,
    ),
    "kernel that is not asked": (
        "single",
        "    let kern = crate::read_kernel(kernel)?;",
        '    let kern = crate::read_kernel(Some("scalar"))?;\n    let _ = kernel;',
    ),
    "filter where nothing holds the interpreter": (
        "single",
        "(tide.ebb, tide.flood)",
        "(tide.ebb.into_iter().filter(|v| !v.is_nan()).collect(), tide.flood)",
    ),
    "error where nothing holds the interpreter": (
        "single",
        CALL,
        """    let (ebb, flood) = py
        .allow_threads(|| {
            let tide = tide_with_kernel(&input, kern)?;
            if tide.ebb.is_empty() {
                return Err(TideError::Empty);
            }
            Ok((tide.ebb, tide.flood))
        })
        .map_err(|e: TideError| PyValueError::new_err(e.to_string()))?;
""",
    ),
    "wrapper of its own": ("single", END, END.replace("ebb.into", "Scaled::new(ebb).into")),
    "vector of its own": ("single", END, END.replace("ebb.into", "Scaled::from_vec(ebb).into")),
    "parameters that change": (
        "single",
        PARTS,
        f"    let mut params = params;\n    params.length = Some(3);\n{PARTS}",
    ),
    "parameters by a condition": (
        "single",
        PARTS,
        "    let params = if h.len() > 10 {\n        params\n    } else {\n"
        f"        TideParams {{ length: Some(1), name: None }}\n    }};\n{PARTS}",
    ),
    "input cleaned in a loop": (
        "single",
        PARTS,
        "    let mut clean = h.to_vec();\n    for v in clean.iter_mut() {\n"
        "        if v.is_nan() {\n            *v = 0.0;\n        }\n    }\n"
        "    let input = TideInput::from_slices(&clean, l, params);",
    ),
    "input in order": (
        "single",
        PARTS,
        "    let mut sorted = h.to_vec();\n    sorted.sort_by(|a, b| a.total_cmp(b));\n"
        "    let input = TideInput::from_slices(&sorted, l, params);",
    ),
    "blanks instead of an error": (
        "single",
        CALL,
        CALL.replace(MAPPED, ".unwrap_or_else(|_| (h.to_vec(), l.to_vec()))"),
    ),
    "panic instead of an error": ("single", CALL, CALL.replace(MAPPED, ".unwrap()")),
    "no error": (
        "single",
        CALL,
        """    let mut ebb = vec![0.0; h.len()];
    let mut flood = vec![0.0; h.len()];
    let _ = py.allow_threads(|| tide_into_slices(&mut flood, &mut ebb, &input, kern));
""",
    ),
    "another try": (
        "single",
        "tide_with_kernel(&input, kern).map",
        "tide_with_kernel(&input, kern).or_else(|_| tide_with_kernel(&input, kern)).map",
    ),
    "called twice": (
        "single",
        END,
        "    let again = py\n        .allow_threads(|| tide_with_kernel(&input, kern))\n"
        f"        {MAPPED};\n    let ebb = again.ebb;\n{END}",
    ),
    "not called for short ones": (
        "single",
        CALL,
        "    let (ebb, flood) = if h.len() < 3 {\n        (h.to_vec(), l.to_vec())\n    } else {\n"
        "        py.allow_threads(|| tide_with_kernel(&input, kern).map(|t| (t.ebb, t.flood)))\n"
        f"            {MAPPED}\n    }};\n",
    ),
    "pool": (
        "single",
        "|| tide_with_kernel(&input, kern).map(|tide| (tide.ebb, tide.flood))",
        "|| POOL.install(|| tide_with_kernel(&input, kern).map(|tide| (tide.ebb, tide.flood)))",
    ),
    "condition of the build": (
        "single",
        PARTS,
        f"    #[cfg(debug_assertions)]\n    let h = l;\n{PARTS}",
    ),
    "one result in place of another": (
        "single",
        END,
        f'    let ebb = if kind == "neap" {{ flood.clone() }} else {{ ebb }};\n{END}',
    ),
    "blanks in a part of a copy": (
        "single",
        END,
        """    let up = unsafe { PyArray1::<f64>::new(py, [h.len()], false) };
    let shown = unsafe { up.as_slice_mut()? };
    shown.copy_from_slice(&ebb);
    shown[..2].fill(f64::NAN);
    Ok((up, flood.into_pyarray(py)))""",
    ),
    "attribute of an array": (
        "single",
        END,
        '    let up = ebb.into_pyarray(py);\n    up.setattr("name", kind)?;\n'
        "    Ok((up, flood.into_pyarray(py)))",
    ),
    "end for want of an argument": (
        "single",
        "    let chosen = span.unwrap_or(7);",
        "    let Some(chosen) = span else {\n"
        '        return Err(PyValueError::new_err("a span is wanted"));\n    };',
    ),
    "name that means two things": (
        "single",
        "    let chosen = span.unwrap_or(7);",
        """    let chosen = span.unwrap_or(7);
    let span = match span {
        Some(0) => return Err(PyValueError::new_err("a span of none")),
        other => other,
    };""",
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
    "value handed on twice": ("stream", HANDED, f"        self.inner.update(high, low);\n{HANDED}"),
    "value kept elsewhere": (
        "stream",
        HANDED,
        "        let value = self.inner.update(high, low).unwrap_or(f64::NAN);\n"
        "        LAST.set(value);\n        value",
    ),
    "value left out": (
        "stream",
        HANDED,
        f"        if high.is_nan() {{\n            return f64::NAN;\n        }}\n{HANDED}",
    ),
    "value for a closure": (
        "stream",
        HANDED,
        "        high.is_finite().then(|| self.inner.update(high, low)).flatten().unwrap_or(0.0)",
    ),
    "value behind an and": (
        "stream",
        HANDED,
        "        f64::from(!high.is_nan() && self.inner.update(high, low).is_some())",
    ),
    "value behind an or": (
        "stream",
        HANDED,
        "        f64::from(high.is_nan() || self.inner.update(high, low).is_some())",
    ),
    "value for the guard of an arm": (
        "stream",
        HANDED,
        "        match high {\n            0.0 if self.inner.update(high, low).is_none() => 1.0,\n"
        "            _ => 0.0,\n        }",
    ),
    "end before the value": (
        "stream",
        HANDED,
        "        let scale = divided(high, low)?;\n"
        "        self.inner.update(high, low).unwrap_or(f64::NAN) * scale",
    ),
    "state before the value": (
        "stream",
        HANDED,
        "        let before = self.inner.params.length;\n"
        "        let value = self.inner.update(high, low).unwrap_or(f64::NAN);\n"
        "        if before.is_none() { 0.0 } else { value }",
    ),
    "function that checks a parameter": ("stream", NEW, f"        check(span)?;\n{NEW}"),
    "stream put back": ("stream", MADE, f"        inner.reset();\n{MADE}"),
    "stream of its own for an error": (
        "stream",
        MAPPED,
        ".unwrap_or_else(|_| TideStream::try_new(TideParams::default()).unwrap())",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_not_understood_stays(tmp_path: Path, name: str) -> None:
    piece, old, new = CASES[name]
    folder = tmp_path / "src"
    folder.mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (folder / "lib.rs").write_text(LIB)
    parts = {"single": SINGLE, "batch": BATCH, "stream": STREAM}
    assert parts[piece].count(old) == 1
    parts[piece] = parts[piece].replace(old, new)
    text = CORE + INTO + "".join(parts.values())
    path = folder / "tide.rs"
    path.write_text(text)
    inputs, config = load(Options(paths=(folder,)))
    assert inputs.crate is not None
    request = Request(everything=True, replacing=Replacing(True))
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    told = {plan.piece: plan.detail for plan in result.plans if plan.state.value == "lacking"}
    assert list(told) == [piece]
    place, _, line = told[piece].rpartition(" (")[2].rstrip(")").rpartition(":")
    assert place == str(path)
    first = text.partition(new)[0].count("\n") + 1
    # What is changed on its way is told where it ends, where it begins, or where it is missed.
    shown = text.splitlines()[int(line) - 1]
    ends = any(one in shown for one in ('"up"', "let (ebb, flood) = py", "let kern = "))
    assert first <= int(line) <= first + new.count("\n") or ends, told[piece]
    assert result.status == 1
    assert new in path.read_text()
