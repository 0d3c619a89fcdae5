"""Plain functions over slices: lengths, refusals and names, as their bodies tell."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.lengths import lengths_of, refused
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.generate.testnames import OWN
from bindcheck.load import load
from bindcheck.render import templates_folder
from bindcheck.testing import program_from
from synthetic_cores import Core, write_reference

HELPER = "fn both(a: &[f64], b: &[f64]) { assert_eq!(a.len(), b.len()); }\n"


def plain(root: Path, source: str) -> GenerateResult:
    """What is generated for all of a file of plain functions."""
    write_reference(root, (Core("tide"),))
    (root / "src/tide.rs").write_text(source)
    return again(root)


def again(root: Path) -> GenerateResult:
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request((), Mode.WRITE, everything=True)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def made(root: Path) -> str:
    text = (root / "src/tide.rs").read_text()
    return text[text.index("bindcheck: begin") :]


@pytest.mark.parametrize(
    ("source", "groups", "result"),
    [
        ("x: &[f64], y: &[f64]) -> Vec<f64> { x.to_vec() }", [], "x"),
        ("x: &[f64], y: &[f64]) -> Vec<f64> { both(x, y); y.to_vec() }", ["xy"], "y"),
        (
            "x: &[f64], y: &[f64]) -> Vec<f64> { let n = x.len(); "
            "if y.len() != n { panic!(); } let out = vec![0.0; n]; out }",
            ["xy"],
            "x",
        ),
        *(
            (
                "x: &[f64], y: Option<&[f64]>) -> Vec<f64> { let mut out = vec![0.0; x.len()]; "
                f"for i in 0..x.len() {{ out[i] = x[i] * {weight}; }} out }}",
                groups,
                "x",
            )
            for weight, groups in [
                ("y.map_or(1.0, |w| w[i])", ["xy"]),
                ("y.as_ref().map(|&w| w[i]).unwrap_or(1.0)", ["xy"]),
                ("if let Some(y) = y { y[i] } else { 1.0 }", ["xy"]),
                ("match y { Some(w) => w[i], None => 1.0 }", ["xy"]),
                ("y.map_or(1.0, |w| w[0])", []),
                ("other.map_or(1.0, |w| w[i])", []),
                ("y.map_or(1.0, |w| w[i]) + other.map_or(1.0, |w| w[i])", []),
            ]
        ),
        (
            "x: &[f64], y: Option<&[f64]>) -> Vec<f64> { let out = vec![0.0; x.len()]; "
            "if y.is_some_and(|w| w.len() != x.len()) { panic!(); } out }",
            ["xy"],
            "x",
        ),
        (
            "x: &[f64], y: &[f64]) -> Result<Vec<f64>, String> { let mut out = vec![0.0; x.len()]; "
            "for i in 0..x.len() { for k in 0..y.len() { out[i] += x[i] * y[k]; } } Ok(out) }",
            [],
            "x",
        ),
        (
            "x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<f64>) { for i in 0..9 { let _ = x[i] + y[i]; }"
            " (x.iter().map(|v| v + 1.0).collect(), x.to_vec()) }",
            ["xy"],
            "x",
        ),
        ("x: &[f64]) -> Vec<f64> { let mut out = vec![0.0; x.len()]; out.pop(); out }", [], ""),
        ("x: &[f64]) -> Vec<f64> { let x = &x[1..]; let n = x.len(); vec![0.0; n] }", [], ""),
        ("x: &[f64]) -> Vec<f64> { x.windows(2).map(|w| w[0]).collect() }", [], ""),
        ("high: &[f64], low: &[f64], w: &[f64]) -> Vec<f64> { todo!() }", ["high low"], ""),
        ("x: &[f64], y: &[f64]) -> Vec<f64> { (0..9).map(|i| x[i] * y[i]).collect() }", ["xy"], ""),
        ("x: &[f64], y: &[f64]) -> Vec<f64> { (0..9).map(|i| x[i] * y[0]).collect() }", [], ""),
    ],
)
def test_lengths_are_those_that_the_body_compares(
    source: str, groups: list[str], result: str
) -> None:
    program = program_from({"src/lib.rs": f"{HELPER}pub fn tide({source}\n"})
    (core,) = [one for one in program.cores if one.name == "tide"]
    found = lengths_of(program, core)
    expected = {frozenset(one.split() if " " in one else one) for one in groups}
    assert set(found.groups) == expected
    assert found.result == result


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("period == 0", {"zero"}),
        ("1 > period", {"zero"}),
        ("period == 0 || data.len() < 2 * period", {"zero", "too_long", "empty"}),
        ("data.is_empty()", {"empty"}),
        ("data.len() == 0", {"empty"}),
        ("period > 9", set()),
    ],
)
def test_refusals_are_those_that_the_body_looks_at(condition: str, expected: set[str]) -> None:
    body = f"if {condition} {{ return Err(()); }} Ok(data.to_vec())"
    text = f"pub fn tide(data: &[f64], period: usize) -> Result<Vec<f64>, ()> {{ {body} }}\n"
    program = program_from({"src/lib.rs": text})
    assert refused(program, program.cores[0], "period") == expected


def test_weights_need_not_be_as_many_as_values(tmp_path: Path) -> None:
    plain(tmp_path, "pub fn fir(data: &[f64], taps: &[f64]) -> Vec<f64> { data.to_vec() }\n")
    assert "same length" not in made(tmp_path)
    test = (tmp_path / "tests/test_fir_binding.py").read_text()
    assert '"taps": ((at + 1) / 8.0)[:5]' in test
    assert "different_lengths" not in test
    assert "result.shape == (LENGTH,)" in test


def test_results_as_long_as_a_few_places_are_tested_so(tmp_path: Path) -> None:
    plain(tmp_path, "pub fn at(data: &[f64], lags: &[u32]) -> Vec<f64> { vec![0.0; lags.len()] }\n")
    test = (tmp_path / "tests/test_at_binding.py").read_text()
    assert '"lags": at.astype(np.uint32)[:5]' in test
    assert "result.shape == (5,)" in test
    assert "np.isfinite(result).any()" in test


def test_what_is_called_as_data_are_is_the_main_array(tmp_path: Path) -> None:
    head = "pub fn fir(taps: &[f64], gains: &[f64], x: &[f64]) -> Vec<f64>"
    plain(tmp_path, f"{head} {{ x.iter().map(|v| v * taps[0] + gains[0]).collect() }}\n")
    test = (tmp_path / "tests/test_fir_binding.py").read_text()
    assert '"taps": ((at + 1) / 8.0)[:5],\n        "gains": ((at + 1) / 8.0)[:5],' in test
    assert '"x": walk(at + 34),' in test
    assert "result.shape == (LENGTH,)" in test


@pytest.mark.parametrize(
    ("body", "few"),
    [
        ('alike(&[("x", x), ("y", y)]); x.to_vec()', False),
        ("alike(&[x.len(), y.len()]); x.to_vec()", False),
        ("(0..9).map(|i| dot(&x[i..i + 3], &y[i..i + 3])).collect()", False),
        (
            "let mut made = Vec::new(); for i in 0..9 { made.push(dot(&x[i..], &y[i..])); } made",
            False,
        ),
        ('alike(&[("x", x)]); dot(x, y); x.to_vec()', True),
        ("(0..9).map(|i| dot(&x[i..i + 3], &y[..3])).collect()", True),
        ("x.iter().map(|v| v * y[0]).collect()", True),
    ],
)
def test_arrays_that_are_likely_of_one_length_are_tested_so(
    tmp_path: Path, body: str, few: bool
) -> None:
    steps = "fn dot(a: &[f64], b: &[f64]) -> f64 { a[0] * b[0] }\n"
    steps += "fn alike<T>(_: &[T]) {}\n"
    plain(tmp_path, f"{steps}pub fn tide(x: &[f64], y: &[f64]) -> Vec<f64> {{ {body} }}\n")
    assert "same length" not in made(tmp_path)
    assert ("[:5]" in (tmp_path / "tests/test_tide_binding.py").read_text()) == few


def test_a_buffer_of_an_unknown_length_is_lacking(tmp_path: Path) -> None:
    body = "for (o, v) in out.iter_mut().zip(x) { *o = v + y[0]; }"
    result = plain(
        tmp_path, f"pub fn tide_into(x: &[f64], y: &[f64], out: &mut [f64]) {{ {body} }}\n"
    )
    (single,) = [one for one in result.plans if one.piece == "single"]
    assert single.state.value == "lacking"
    assert "how long the result is: as which of `x`, `y` (" in single.detail


def test_a_buffer_is_as_long_as_what_is_indexed_with_it(tmp_path: Path) -> None:
    body = "for i in 0..y.len() { out[i] = x[0] * y[i]; }"
    plain(tmp_path, f"pub fn tide_into(x: &[f64], y: &[f64], out: &mut [f64]) {{ {body} }}\n")
    assert "vec![f64::NAN; y_slice.len()]" in made(tmp_path)


@pytest.mark.parametrize("names", ["high low", "highs lows", "input_high input_low", "Highs_ _low"])
def test_highs_lie_above_lows_whatever_they_are_called(tmp_path: Path, names: str) -> None:
    first, second = names.split()
    plain(tmp_path, f"pub fn wave({first}: &[f64], {second}: &[f64]) -> Vec<f64> {{ todo!() }}\n")
    test = (tmp_path / "tests/test_wave_binding.py").read_text()
    assert ("walk(at) + 1.0" in test, "walk(at) - 1.0" in test) == (first != "Highs_", True)


def test_what_cannot_fail_has_no_tests_and_no_words_of_errors(tmp_path: Path) -> None:
    plain(tmp_path, "pub fn wave(idx: &[usize]) -> Vec<usize> { idx.to_vec() }\n")
    stub = (tmp_path / "python/made_up/_core.pyi").read_text()
    assert "ValueError" not in stub
    assert "NaN" not in stub
    assert "TypeError" in stub
    assert "pytest.raises(ValueError)" not in (tmp_path / "tests/test_wave_binding.py").read_text()


def test_an_argument_may_have_the_name_of_the_function(tmp_path: Path) -> None:
    plain(tmp_path, "pub fn lag(x: &[f64], lag: usize) -> Vec<f64> { x.to_vec() }\n")
    assert "self::lag(data_slice, lag)" in made(tmp_path)


def test_a_count_without_default_is_tested_with_a_usual_one(tmp_path: Path) -> None:
    body = 'if period == 0 { return Err("zero".into()); } Ok(x.to_vec())'
    plain(
        tmp_path,
        f"pub fn wave(x: &[f64], period: usize) -> Result<Vec<f64>, String> {{ {body} }}\n",
    )
    test = (tmp_path / "tests/test_wave_binding.py").read_text()
    assert 'PARAMETERS = {"period": 14}' in test
    assert '@pytest.mark.parametrize("wrong", [0])' in test


def test_the_slow_one_of_two_counts_is_the_larger(tmp_path: Path) -> None:
    source = (
        "pub fn wave(x: &[f64], {0}_period: usize, {1}_period: usize) -> Vec<f64> {{ todo!() }}\n"
    )
    plain(tmp_path, source.format("fast", "slow"))
    test = (tmp_path / "tests/test_wave_binding.py").read_text()
    assert 'PARAMETERS = {"fast_period": 14, "slow_period": 28}' in test
    (tmp_path / "src/tide.rs").write_text(source.format("long", "slowness"))
    again(tmp_path)
    test = (tmp_path / "tests/test_wave_binding.py").read_text()
    assert 'PARAMETERS = {"long_period": 28, "slowness_period": 14}' in test


@pytest.mark.parametrize(
    ("condition", "length"),
    [
        ("x.len() < 676", 1352),
        ("700 > n", 1400),
        ("n <= 12", 400),
        ("x.len() < 1_000_usize", 2000),
        ("x.len() > 99_999_999", 20000),
        ("x[0] < 676.0 || period > 676", 400),
    ],
)
def test_there_are_as_many_values_as_a_function_asks_for(
    tmp_path: Path, condition: str, length: int
) -> None:
    body = f"let n = x.len(); if {condition} {{ return Vec::new(); }} x.to_vec()"
    plain(tmp_path, f"pub fn wave(x: &[f64], period: usize) -> Vec<f64> {{ {body} }}\n")
    test = (tmp_path / "tests/test_wave_binding.py").read_text()
    assert f"LENGTH = {length}\n" in test


@pytest.mark.parametrize("name", ["abs", "walk", "np", "result", "len"])
def test_a_binding_called_like_what_a_test_uses(tmp_path: Path, name: str) -> None:
    plain(tmp_path, f"pub fn {name}(data: &[f64]) -> Vec<f64> {{ data.to_vec() }}\n")
    test = (tmp_path / f"tests/test_{name}_binding.py").read_text()
    assert f"from made_up import {name} as _{name}\n" in test
    assert f"return outputs(_{name}(*arrays.values()" in test


def test_all_names_that_the_templates_of_tests_bind_are_known(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    again(tmp_path)
    tree = ast.parse((tmp_path / "tests/test_tide_binding.py").read_text())
    bound = {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}
    bound |= {one.arg for one in ast.walk(tree) if isinstance(one, ast.arg)}
    bound |= {
        one.id
        for one in ast.walk(tree)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }
    assert {one for one in bound if not one.startswith("test_")} <= OWN
    kept = (templates_folder() / "python/test_kept.py.j2").read_text()
    assert all(name in OWN for name in ("given", "columns", "numbers") if name in kept)


def test_types_that_a_binding_hides_are_those_of_builtins(tmp_path: Path) -> None:
    source = "pub fn {0}(data: &[f64], by: f64) -> Vec<f64> {{ data.to_vec() }}\n"
    plain(tmp_path, source.format("float") + source.format("wave"))
    stub = (tmp_path / "python/made_up/_core.pyi").read_text()
    assert "import builtins\n" in stub
    assert stub.count("by: builtins.float") == 2
    ast.parse(stub)
    assert {one.state.value for one in again(tmp_path).plans if one.piece == "stub"} == {"current"}


def test_a_binding_called_like_what_a_stub_imports(tmp_path: Path) -> None:
    result = plain(tmp_path, "pub fn np(data: &[f64]) -> Vec<f64> { data.to_vec() }\n")
    (stub,) = [one for one in result.plans if one.piece == "stub"]
    assert stub.state.value == "lacking"
    assert "another name than `np`, which stubs import" in stub.detail


def test_a_parameter_called_like_the_class(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    path = tmp_path / "src/tide.rs"
    path.write_text(path.read_text().replace("period", "cls"))
    again(tmp_path)
    stub = (tmp_path / "python/made_up/_core.pyi").read_text()
    assert "cls_,\n        cls: int" in stub
    compile(stub, "stub", "exec")


def _words(text: str) -> list[str]:
    return sorted(re.findall(r"[\w.]+", re.sub(r"hash=\w+", "", text)))


def test_a_name_that_was_edited_waits_for_the_package(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    init = tmp_path / "python/made_up/__init__.py"
    init.write_text("from made_up._core import TideStream, tide, tide_batch\n")
    again(tmp_path)
    stub, test = tmp_path / "python/made_up/_core.pyi", tmp_path / "tests/test_tide_binding.py"
    before = stub.read_text(), test.read_text()
    path = tmp_path / "src/tide.rs"
    path.write_text(path.read_text().replace('(name = "tide")', '(name = "flood")'))
    plans = {one.piece: one for one in again(tmp_path).plans}
    assert plans["single"].state.value == "edited"
    for piece in ("stub", "test"):
        assert plans[piece].state.value == "kept"
        assert "`tide` is called `flood` by hand in" in plans[piece].detail
        assert "__init__.py imports `tide`: that has to be `flood` as well" in plans[piece].detail
    # What is told to be done is all there is to do.
    text = init.read_text().replace(" tide,", " flood,")
    init.write_text(text)
    states = {one.piece: one.state.value for one in again(tmp_path).plans}
    assert (states["single"], states["stub"], states["test"]) == ("edited", "stale", "stale")
    # Nothing but the name is another one.
    after = (one.read_text() for one in (stub, test))
    for old, new in zip(before, after, strict=True):
        renamed = re.sub(r"(def |import .*|outputs\(|\"TideStream\", \")tide\b", r"\1flood", old)
        assert renamed != old
        assert _words(renamed) == _words(new)
    assert init.read_text() == text
    assert "stale" not in {one.state.value for one in again(tmp_path).plans}
