"""Bindings of grids by hand: what one does in its own way is still done, or the binding stays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.outcome import GenerateResult
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Mode, Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, FIRST, HIGH, KERNEL, LIB, MANIFEST, SWEEP

LISTS = "    let combos = expand_grid(&sweep)"
LISTED = f"{LISTS}.map_err(|e| PyValueError::new_err(e.to_string()))?;\n"
ROWS = "    let rows = combos.len();\n"
CALL = "    py.allow_threads(|| tide_batch_inner_into(h, l, &sweep, kern, true, a, b))\n"
MAPPED = "        .map_err(|e| PyValueError::new_err(e.to_string()))?;\n    let dict"
DICT = "    let dict = PyDict::new(py);\n"
MEMORY = "    let first = unsafe { PyArray1::<f64>::new(py, [rows * cols], false) };"
LOW = "    let l = low.as_slice()?;\n"
GIVEN = "tide_batch_inner_into(h, l, &sweep, kern, true, a, b)"
BY_LENGTH = "if h.len() > 10_000 { crate::Kernel::Scalar } else { kern }"


def inside(before: str) -> str:
    """The call of the core with a statement before it, both without the interpreter."""
    return f"    py.allow_threads(|| {{\n        {before}\n        {GIVEN}\n    }})\n"


REFUSED = {
    "a filter on the combinations": (
        ROWS,
        "    let combos: Vec<_> = combos.into_iter().filter(|p| p.length != Some(3)).collect();\n"
        "    let shown = combos.iter().rev().collect::<Vec<_>>();\n"
        f"    shown.last();\n{ROWS}",
    ),
    "sorted combinations": (
        LISTED,
        LISTED.replace("let combos", "let mut combos")
        + "    combos.sort_by_key(|p| std::cmp::Reverse(p.length));\n",
    ),
    "a function over the ranges": ("TideBatchRange { length: spans }", "ranges_of(spans)"),
    "ranges that are changed": (
        SWEEP,
        "    let mut sweep = TideBatchRange { length: spans };\n    sweep.length.0 += 1;\n",
    ),
    "ranges of another grid": (
        "expand_grid(&sweep)",
        "expand_grid(&other_range(spans))",
    ),
    "an entry under a condition of the build": (
        FIRST,
        f'#[cfg(feature = "more")]\n    {FIRST}\n    {FIRST.replace("up", "top")}',
    ),
    "an entry behind a condition": (FIRST, f"(rows > 1).then(|| {FIRST.strip(';?')});"),
    "an entry in a loop": (FIRST, f"for _ in 0..rows {{ {FIRST} }}"),
    "an early entry of a match": (
        FIRST,
        f"match rows {{\n        0 => {{}}\n        _ => {FIRST.strip(';')},\n    }}",
    ),
    "numbers in the matrix before": (CALL, f"    a.fill(-1.0);\n{CALL}"),
    "numbers of the input before": (
        CALL,
        f"    for i in 0..cols {{\n        a[i] = h[i];\n    }}\n{CALL}",
    ),
    "NaN behind the core": (DICT, f"    a.fill(f64::NAN);\n{DICT}"),
    "scaled by an index behind the core": (
        DICT,
        f"    for i in 0..cols {{\n        a[i] *= 2.0;\n    }}\n{DICT}",
    ),
    "a function behind the core": (DICT, f"    post(a);\n{DICT}"),
    "a part of the matrix": (GIVEN, GIVEN.replace(", a, b)", ", &mut a[..cols], b)")),
    "buffers the other way round, the same twice": (GIVEN, GIVEN.replace("a, b)", "a, a)")),
    "two calls": (CALL, f"    let _ = {GIVEN};\n{CALL}"),
    "a call in a condition": (
        CALL,
        CALL.replace("|| tide", "|| if rows == 0 { Ok(Vec::new()) } else { tide").replace(
            "a, b))", "a, b) })"
        ),
    ),
    "a lock that is held": (CALL, f"    let _held = GUARD.lock();\n{CALL}"),
    "a timer": (CALL, f"    let _timer = start_timer();\n{CALL}"),
    "signals behind the core": (DICT, f"    py.check_signals()?;\n{DICT}"),
    "a cache": (
        KERNEL,
        f"    if let Some(one) = CACHE.get(&spans) {{\n        return Ok(one);\n    }}\n{KERNEL}",
    ),
    "a panic of the core": (MAPPED, '        .expect("a grid");\n    let dict'),
    "errors that are dropped": (f"{CALL}{MAPPED}", f"    let _ = {GIVEN};\n    let dict"),
    "errors that become a result": (
        f"{CALL}{MAPPED}",
        f"    match {GIVEN} {{\n        Ok(_) => {{}}\n        Err(_) => a.fill(0.0),\n    }}\n"
        "    let dict",
    ),
    "columns before rows": (FIRST, FIRST.replace("rows, cols", "cols, rows")),
    "a row more": (FIRST, FIRST.replace("rows, cols", "rows + 1, cols")),
    "transposed": (FIRST, FIRST.replace("))?)", "))?.t().to_owned())")),
    "data that is sorted": (LOW, "    let mut l = low.as_slice()?.to_vec();\n    l.sort();\n"),
    "data that a loop changes": (
        LOW,
        "    let mut l = low.as_slice()?.to_vec();\n    for i in l.iter_mut() { *i = -*i; }\n",
    ),
    "data through a reference": (
        LOW,
        "    let l = &mut low.as_slice()?.to_vec();\n    l.reverse();\n",
    ),
    "rayon in between": (
        CALL,
        inside("crate::pool().install(|| warm_up(h));"),
    ),
    "a thread pool": (
        CALL,
        CALL.replace("|| tide", "|| POOL.install(|| tide").replace("b))", "b)))"),
    ),
    "chunks of rows": (
        CALL,
        CALL.replace(
            GIVEN,
            "a.chunks_mut(cols).zip(b.chunks_mut(cols)).try_for_each(|(x, y)| row(h, l, x, y))",
        ),
    ),
    "an error of the array": (
        HIGH,
        '    let h = high.as_slice().map_err(|_| PyValueError::new_err("strided"))?;\n',
    ),
    "an error of the kernel": (
        KERNEL,
        KERNEL.replace("?;", '.map_err(|_| PyValueError::new_err("kernel"))?;'),
    ),
}
"""Statement by hand and another one in its place, which no binding of ours has a place for."""

REFUSED |= {
    "a part of the dict": ("    Ok(dict.into())", '    Ok(dict.get_item("up")?.into())'),
    "a dict that others fill": (DICT, f"{DICT}    annotate(&dict)?;\n"),
    "an entry that is taken out": (
        "    Ok(dict.into())",
        '    dict.del_item("up")?;\n    Ok(dict.into())',
    ),
    "combinations of a map": (
        CALL,
        CALL.replace("b))", "b).map(|_| Vec::<u8>::new()))").replace(
            "py.allow", "let combos = py.allow"
        ),
    ),
    "an entry of what a closure makes": (FIRST, 'dict.set_item("up", (|| shown(&first))())?;'),
    "a row at a time": (
        CALL,
        "    let mut at = 0;\n    while at < rows {\n        row(h, l, &combos[at], a);\n"
        f"        at += 1;\n    }}\n{CALL}",
    ),
}

KEPT = {
    "a key that is interned": (
        'dict.set_item("up", ',
        'dict.set_item(pyo3::intern!(py, "up"), ',
        ('dict.set_item("up",flood_array.reshape([rows,cols])?)?;',),
    ),
    "a part of what is computed": (
        "    let l = low.as_slice()?;\n",
        "    let owned: Vec<f64> = low.as_slice()?.iter().map(|v| v.abs()).collect();\n"
        "    let l = &owned[..];\n",
        (
            "letlow_array=low_slice.iter().map(|v|v.abs()).collect::<Vec<f64>>();",
            "letlow_values=&low_array[..];",
            "tide_batch_inner_into(high_slice,low_values,",
        ),
    ),
    "a view of what is computed": (
        "    let l = low.as_slice()?;\n",
        "    let owned = low.as_slice()?.iter().map(|v| v.abs()).collect::<Box<[f64]>>();\n"
        "    let l = owned.as_ref();\n",
        (
            "letlow_array=low_slice.iter().map(|v|v.abs()).collect::<Box<[f64]>>();",
            "letlow_values=low_array.as_ref();",
            "tide_batch_inner_into(high_slice,low_values,",
        ),
    ),
    "a counter": (
        CALL,
        f"    let n = CALLS.fetch_add(1, Relaxed);\n{CALL}",
        ("letn=CALLS.fetch_add(1,Relaxed);",),
    ),
    "zeros that the core overwrites": (MEMORY, MEMORY.replace("::new(", "::zeros("), ()),
    "a part of the data": (
        HIGH,
        "    let h = &high.as_slice()?[1..];\n",
        ("tide_batch_inner_into(&high_slice[1..],low_slice,", "letcols=(&high_slice[1..]).len();"),
    ),
    "the shorter of two": (
        "    let cols = h.len();\n",
        "    let cols = h.len().min(l.len());\n    let (h, l) = (&h[..cols], &l[..cols]);\n",
        (
            "letcols=high_slice.len().min(low_slice.len());",
            "&high_slice[..high_slice.len().min(low_slice.len())],",
        ),
    ),
    "one vector": (FIRST, 'dict.set_item("up", first)?;', ('dict.set_item("up",flood_array)?;',)),
    "one vector beside a matrix that nobody sees": (
        FIRST,
        'let _matrix = first.reshape((rows, cols))?;\n    dict.set_item("up", first)?;',
        ('dict.set_item("up",flood_array)?;',),
    ),
    "a matrix by way of a variable": (
        FIRST,
        'let matrix = first.reshape((rows, cols))?.into_any();\n    dict.set_item("up", matrix)?;',
        ('dict.set_item("up",flood_array.reshape([rows,cols])?)?;',),
    ),
    "no threads": (GIVEN, GIVEN.replace("true", "false"), ("&sweep,kern,false,flood_out",)),
    "threads by the length": (
        GIVEN,
        GIVEN.replace("true", "rows > 4"),
        ("&sweep,kern,combos.len()>4,flood_out",),
    ),
    "a kernel by the length": (
        CALL,
        f"    let chosen = {BY_LENGTH};\n{CALL.replace('kern', 'chosen')}",
        (f"&sweep,{''.join(BY_LENGTH.replace('h.', 'high_slice.').split())},true",),
    ),
    "a kernel by name": (
        CALL,
        inside("let kern = match kern { crate::Kernel::Auto => crate::Kernel::Scalar, k => k };"),
        ("crate::Kernel::Auto=>crate::Kernel::Scalar",),
    ),
    "a check without the interpreter": (
        CALL,
        inside("if h.len() < 3 { return Err(TideError::Length { expected: 3, got: h.len() }); }"),
        (
            "ifhigh_slice.len()<3{returnErr(PyValueError::new_err(",
            "TideError::Length{expected:3,got:high_slice.len()}",
        ),
    ),
    "a check of the ranges": (
        LISTED,
        f"{LISTED}    if combos.is_empty() {{\n        return Err(PyValueError::new_err(format!("
        '"{}..{}", sweep.length.0, sweep.length.1)));\n    }\n',
        ('format!("{}..{}",sweep.length.0,sweep.length.1)',),
    ),
    "a check of each combination": (
        ROWS,
        f"{ROWS}    for one in &combos {{\n        if one.length == Some(2) {{\n            return "
        'Err(PyValueError::new_err("two"));\n        }\n    }\n',
        ("foronein&combos{ifone.length==Some(2){returnErr(",),
    ),
    "an error of the list": (
        LISTED,
        f'{LISTS}.map_err(|e| PyValueError::new_err(format!("grid: {{}}", e)))?;\n',
        ('expand_grid(&sweep).map_err(|e|PyValueError::new_err(format!("grid:{}",e)))?',),
    ),
    "signals before the core": (
        CALL,
        f"    py.check_signals()?;\n{CALL}",
        ("py.check_signals()?;",),
    ),
    "a word before the core": (CALL, f'    eprintln!("{{}}", 1);\n{CALL}', ('eprintln!("{}",1);',)),
    "a function that checks": (
        CALL,
        f"    check(spans, h)?;\n{CALL}",
        ("check(spans,high_slice)?;",),
    ),
    "a value that may not be there": (
        ROWS,
        '    let most = limit(h).ok_or_else(|| PyValueError::new_err("none"))?;\n'
        f'    if combos.len() > most {{ return Err(PyValueError::new_err("many")); }}\n{ROWS}',
        ("letmost=limit(high_slice).ok_or_else(", "ifcombos.len()>most{"),
    ),
    "errors by kind": (
        f"{CALL}{MAPPED}",
        f"    let result = py.allow_threads(|| {GIVEN});\n    if let Err(e) = result {{\n"
        '        let text = match e { TideError::Empty => "".to_string(), o => o.to_string() };\n'
        "        return Err(PyValueError::new_err(text));\n    }\n    let dict",
        (".map_err(|e|{lettext=matche{TideError::Empty", "PyValueError::new_err(text)})?;"),
    ),
    "a warm-up by hand": (
        CALL,
        "    let from = h.iter().position(|x| !x.is_nan()).unwrap_or(0);\n"
        "    for (row, one) in combos.iter().enumerate() {\n"
        "        let start = row * cols;\n"
        "        for i in 0..(from + one.length.unwrap_or(5)).min(cols) {\n"
        "            a[start + i] = f64::NAN;\n        }\n"
        f"        b[start..start + cols].fill(f64::NAN);\n    }}\n{CALL}",
        (),
    ),
    "a constant in the dict": (
        "    Ok(dict.into())",
        '    dict.set_item("version", 3)?;\n    Ok(dict.into())',
        ('dict.set_item("version",3)?;',),
    ),
    "the ranges in the dict": (
        "    Ok(dict.into())",
        '    dict.set_item("start", sweep.length.0)?;\n    Ok(dict.into())',
        ('dict.set_item("start",sweep.length.0)?;',),
    ),
    "another order of what is shown": (
        "combos.iter().map",
        "combos.iter().rev().map",
        ("combos.iter().rev().map(",),
    ),
    "a matrix from the start": (
        f"{MEMORY}",
        MEMORY.replace("PyArray1", "numpy::PyArray2").replace("[rows * cols]", "[rows, cols]"),
        (),
    ),
}
"""The same, with what the new body has of it, white space aside."""


def write(root: Path, text: str) -> Path:
    (root / "src").mkdir()
    (root / "Cargo.toml").write_text(MANIFEST)
    (root / "src/lib.rs").write_text(LIB)
    path = root / "src/tide.rs"
    path.write_text(text)
    return path


def run(root: Path, mode: Mode = Mode.WRITE) -> GenerateResult:
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request(("tide",), mode, pieces=("batch",), replacing=Replacing(True))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def changed(old: str, new: str) -> str:
    text = CORE + BATCH
    assert text.count(old) == 1
    return text.replace(old, new)


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_lost_keeps_the_binding(tmp_path: Path, name: str) -> None:
    text = changed(*REFUSED[name])
    path = write(tmp_path, text)
    result = run(tmp_path)
    told = {plan.piece: plan.detail for plan in result.plans if plan.state.value == "lacking"}
    assert list(told) == ["batch"]
    found = re.search(rf"\({re.escape(str(path))}:(\d+)\)", told["batch"])
    assert found is not None
    head = text[: text.index("pub fn tide_grid_py")].count("\n") + 1
    assert int(found[1]) > head  # a statement, not the function
    assert path.read_text() == text


@pytest.mark.parametrize("name", KEPT)
def test_what_is_understood_is_done_as_before(tmp_path: Path, name: str) -> None:
    old, new, has = KEPT[name]
    path = write(tmp_path, changed(old, new))
    result = run(tmp_path)
    assert [plan.state.value for plan in result.plans if plan.piece == "batch"] == ["replace"]
    text = path.read_text()
    body = text.partition("// bindcheck: begin tide/batch")[2].partition("// bindcheck: end")[0]
    packed = "".join(body.split()).replace(",)", ")").replace(",}", "}")
    for part in has:
        assert part in packed
    assert run(tmp_path, Mode.CHECK).status == 0


def test_a_grid_of_lists_has_no_array_to_count_columns_by(tmp_path: Path) -> None:
    text = (CORE + BATCH).replace("PyReadonlyArray1<'py, f64>,", "Vec<f64>,")
    path = write(tmp_path, text.replace(".as_slice()?;", ".as_slice();"))
    before = path.read_text()
    assert "an array among the arguments of `tide_grid_py`" in run(tmp_path).output
    assert path.read_text() == before


WHY = {
    "a text with a variable of the old body": (
        CALL,
        f'    if rows > 9 {{ return Err(PyValueError::new_err(format!("{{cols}}"))); }}\n{CALL}',
        "what a check is about: `if rows > 9 {",
        "for `{cols}` in its text",
    ),
    "how many numbers there are": (
        FIRST,
        f'{FIRST}dict.set_item("size", a.len())?;\n',
        "what `tide_grid_py` puts under 'size'",
        "",
    ),
}


@pytest.mark.parametrize("name", WHY)
def test_the_line_says_what_stands_in_the_way(tmp_path: Path, name: str) -> None:
    old, new, *told = WHY[name]
    write(tmp_path, changed(old, new))
    output = run(tmp_path).output
    assert [part for part in told if part not in output] == []


def test_zeros_that_the_core_leaves_alone_stay_zeros(tmp_path: Path) -> None:
    text = changed(MEMORY, MEMORY.replace("::new(", "::zeros("))
    text = text.replace(
        "let second = unsafe { PyArray1::<f64>::new(",
        "let second = unsafe { PyArray1::<f64>::zeros(",
    )
    bare = re.sub(r" *out_(?:flood|ebb)\.fill\(f64::NAN\);\n", "", text)
    assert bare != text
    path = write(tmp_path, bare)
    assert "replaced" in run(tmp_path).output
    made = path.read_text()
    assert "NAN" not in made[made.index("fn tide_grid_py") :]
    run(tmp_path)
    assert path.read_text() == made


def test_zeros_beside_memory_that_holds_anything_stay_zeros(tmp_path: Path) -> None:
    """There may be anything in the other one."""
    text = changed(MEMORY, MEMORY.replace("::new(", "::zeros("))
    bare = re.sub(r" *out_(?:flood|ebb)\.fill\(f64::NAN\);\n", "", text)
    path = write(tmp_path, bare)
    assert "replaced" in run(tmp_path).output
    assert "NAN" not in path.read_text().partition("fn tide_grid_py")[2]


@pytest.mark.parametrize(("lister", "state"), [("expand_grid", "lacking"), ("some", "replace")])
def test_the_core_is_given_the_combinations_that_it_was(
    tmp_path: Path, lister: str, state: str
) -> None:
    """Of two functions that list combinations, the new body calls the one of the old, or none."""
    text = changed("    sweep: &TideBatchRange,\n    kern", "    combos: &[TideParams],\n    kern")
    text = text.replace("let combos = expand_grid(sweep)?;", "let combos = combos.to_vec();")
    text = text.replace("inner_into(h, l, &sweep", "inner_into(h, l, &combos")
    text = text.replace("    let combos = expand_grid(", f"    let combos = {lister}(")
    text += "\nfn some(sweep: &TideBatchRange) -> Result<Vec<TideParams>, TideError> {\n"
    text += "    expand_grid(sweep).map(|all| all.into_iter().take(1).collect())\n}\n"
    path = write(tmp_path, text)
    plans = run(tmp_path).plans
    assert [plan.state.value for plan in plans if plan.piece == "batch"] == [state]
    assert f"let combos = {lister}(&sweep)" in path.read_text()
