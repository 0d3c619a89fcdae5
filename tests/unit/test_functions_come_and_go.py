"""Functions that come, go, or get other names and heads, and what the cache says of them."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bindcheck.audit import audit
from bindcheck.cache import Cache
from bindcheck.config import Options
from bindcheck.prepare import prepare_all
from bindcheck.recall import Recall
from bindcheck.rules import RULES, Rule
from bindcheck.run import audit_plan
from bindcheck.testing import config_of, inputs_from
from demo import MANIFEST
from relooking import FILES, Edit, both, compared, made, put

PLAIN = "fn plain(x: f64, data: &[f64]) -> f64 {\n    x + data[0]\n}\n"
SPARE = "fn spare(x: f64) -> f64 {\n    x * 2.0\n}\n"
SCALAR = "fn drift_scalar("
LESS = "fn less(x: f64, y: f64) -> f64 {\n    x - y\n}\n"
SHARED = "    let _: f64 = vec![x; 9].par_iter().map(|one| one + 1.0).sum();\n"
CALLED = "less(data[i], data[i - period])"
COMPUTED = "data[i] - data[i - period]"
WITH_SPARE = {
    **FILES,
    "src/pulse.rs": FILES["src/pulse.rs"]
    .replace(COMPUTED, CALLED)
    .replace("    let y = x + x;\n", f"{SHARED}    let y = x + x;\n")
    + f"\n{LESS}",
    "src/drift.rs": FILES["src/drift.rs"].replace(SCALAR, f"{SPARE}\n{SCALAR}"),
}


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = made(tmp_path / "crate", WITH_SPARE)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def at_end(text: str, name: str = "src/drift.rs") -> Edit:
    def edit(root: Path) -> None:
        (root / name).write_text((root / name).read_text() + text)

    return edit


def before_scalar(text: str) -> Edit:
    return put(SCALAR, text + SCALAR)


LIMIT = "    let limit = 10;\n"
ANSWERED = {
    "one more at the end": at_end(f"\n{PLAIN}"),
    "one more between others": before_scalar(f"{PLAIN}\n"),
    "one more before all others": put(
        "use numpy::{IntoPyArray", f"{PLAIN}\nuse numpy::{{IntoPyArray"
    ),
    "one more with documentation": before_scalar(f"/// Some words.\n{PLAIN}\n"),
    "one more that the crate may see": at_end(f"\npub(crate) {PLAIN}"),
    "a public one more": at_end(f"\npub {PLAIN}"),
    "one more to be inlined": at_end(f"\n#[inline(always)]\n{PLAIN}"),
    "one more that is unsafe": at_end(f"\nunsafe {PLAIN}"),
    "one more that makes vectors": at_end(
        "\nfn plain(data: &[f64], more: Option<usize>) -> (Vec<f64>, usize) {\n"
        "    (data.to_vec(), more.unwrap_or(1))\n}\n"
    ),
    "one more that writes": at_end("\nfn fill(out: &mut [f64]) {\n    out[0] = 1.0;\n}\n"),
    "one more that calls another": at_end(
        "\nfn plain(data: &[f64]) -> f64 {\n    drift_scalar(data, 2)[0]\n}\n"
    ),
    "two more": both(at_end(f"\n{PLAIN}"), before_scalar(PLAIN.replace("plain", "other"))),
    "one less": put(f"{SPARE}\n", ""),
    "another name": put("fn spare", "fn extra"),
    "another head": put("fn spare(x: f64)", "fn spare(x: f64, more: usize)"),
    "another place": both(put(f"{SPARE}\n", ""), at_end(f"\n{SPARE}")),
    "one more and one less": both(put(f"{SPARE}\n", ""), at_end(f"\n{PLAIN}")),
    "in two files": both(put(f"{SPARE}\n", ""), at_end(f"\n{PLAIN}", "src/pulse.rs")),
    "with another body": both(at_end(f"\n{PLAIN}"), put(LIMIT, "    let limit = 11;\n")),
    "with a body of another file": both(
        at_end(f"\n{PLAIN}"), put("    y\n}\n", "    -y\n}\n", "src/pulse.rs")
    ),
    "one more that a kernel calls": both(
        at_end(f"\n{LESS.replace('less', 'fewer')}"),
        put(COMPUTED, CALLED.replace("less", "fewer")),
    ),
    "one less that a kernel called": both(
        put(f"\n{LESS}", "", "src/pulse.rs"), put(CALLED, COMPUTED, "src/pulse.rs")
    ),
    "another name of one that a kernel calls": both(
        put("fn less(", "fn fewer(", "src/pulse.rs"),
        put(CALLED, CALLED.replace("less", "fewer"), "src/pulse.rs"),
    ),
    "another head of one that a kernel calls": both(
        put("fn less(x: f64", "fn less(more: f64, x: f64", "src/pulse.rs"),
        put(CALLED, CALLED.replace("less(", "less(1.0, "), "src/pulse.rs"),
    ),
    "a kernel calls another one": put(CALLED, "inner(data[i])", "src/pulse.rs"),
}


@pytest.mark.parametrize("edit", ANSWERED.values(), ids=ANSWERED.keys())
def test_a_plain_function_that_nobody_names_may_come_and_go(
    crate: Path, cache: Cache, edit: Edit
) -> None:
    compared(cache)
    edit(crate)
    assert compared(cache)


@pytest.mark.parametrize("edit", ANSWERED.values(), ids=ANSWERED.keys())
def test_the_way_back_is_the_same(crate: Path, cache: Cache, edit: Edit) -> None:
    before = {path: path.read_text() for path in crate.glob("src/*.rs")}
    edit(crate)
    compared(cache)
    for path, text in before.items():
        path.write_text(text)
    assert compared(cache)


ANEW = {
    "a binding calls it": both(
        at_end(f"\n{PLAIN}"), put(LIMIT, "    let limit = plain(1.0, slice) as usize;\n")
    ),
    "something else has its name": at_end("\nfn limit(x: f64) -> f64 {\n    x\n}\n"),
    "a comment names it": both(at_end(f"\n{PLAIN}"), put(LIMIT, f"{LIMIT}    // plain\n")),
    "another file names it": at_end("\nfn twice(x: f64) -> f64 {\n    x\n}\n"),
    "it has an attribute": at_end(f"\n#[pyfunction]\n{PLAIN}"),
    "it has a predicate": at_end(f'\n#[cfg(feature = "more")]\n{PLAIN}'),
    "it takes a type of the crate": at_end("\nfn plain(input: &DriftInput) -> f64 {\n    0.0\n}\n"),
    "it is a method": at_end(
        "\nimpl DriftParams {\n    fn plain(&self) -> f64 {\n        1.0\n    }\n}\n"
    ),
    "it is the only one that is no binding": at_end(f"\n{PLAIN}", "src/lib.rs"),
    "it may write the rows of a grid": at_end(
        "\nfn drift_batch_inner_into(data: &[f64], out: &mut [f64]) {\n    out[0] = data[0];\n}\n"
    ),
    "its name begins as that of another": at_end(
        "\nfn drift_scalar_32(data: &[f64], out: &mut [f32]) {\n    out[0] = 1.0;\n}\n"
    ),
    "one that is called goes": both(
        put("\nfn inner(y: f64) -> f64 {\n    y\n}\n", "", "src/pulse.rs"),
        put("    inner(y)\n", "    y\n", "src/pulse.rs"),
    ),
    "one that is called gets another name": both(
        put("\nfn inner(y: f64)", "\nfn within(y: f64)", "src/pulse.rs"),
        put("    inner(y)\n", "    within(y)\n", "src/pulse.rs"),
    ),
    "one that is called gets another head": both(
        put("\nfn inner(y: f64)", "\nfn inner(y: f32)", "src/pulse.rs"),
        put("    inner(y)\n", "    inner(y as f32) as f64\n", "src/pulse.rs"),
    ),
    "a binding less": put('#[pyfunction(name = "twice")]\n', "", "src/pulse.rs"),
    "it does not parse": at_end("\nfn plain(x: f64) -> f64 {\n    x + (\n}\n"),
}


@pytest.mark.parametrize("edit", ANEW.values(), ids=ANEW.keys())
def test_what_others_may_see_is_audited_anew(crate: Path, cache: Cache, edit: Edit) -> None:
    compared(cache)
    edit(crate)
    assert not compared(cache)


SLICES = """\
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

pub fn level(data: &[f64], period: usize) -> Vec<f64> {
    data.iter().map(|x| x / period as f64).collect()
}

#[pyfunction]
fn level_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    Ok(py.allow_threads(|| level(slice, period)).into_pyarray(py))
}

#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(level_py, m)?)?;
    Ok(())
}
"""


@pytest.mark.parametrize(
    ("more", "answers"),
    [
        (f"\n{PLAIN}", True),
        ("\nfn slope(data: &[f64]) -> Vec<f64> {\n    data.to_vec()\n}\n", True),
        ("\npub fn slope(data: &[f64]) -> Vec<f64> {\n    data.to_vec()\n}\n", False),
        ("\nfn slope(data: &[f64]) -> Vec<f64> {\n    level(data, 2)\n}\n", False),
    ],
    ids=["plain", "shaped like a core", "a core", "calls a core"],
)
def test_a_function_of_slices_may_be_a_core_where_no_struct_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Cache, more: str, answers: bool
) -> None:
    for name, text in {"Cargo.toml": MANIFEST, "src/lib.rs": SLICES}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    compared(cache)
    at_end(more, "src/lib.rs")(tmp_path)
    assert compared(cache) is answers


def test_one_more_is_seen_where_bodies_are_asked_for_what_it_has(crate: Path, cache: Cache) -> None:
    """Questions to the system are asked of each file: one that asks is told of."""
    compared(cache)
    at_end('\nfn plain(x: f64) -> f64 {\n    std::env::var("LEVEL").map_or(x, |_| 0.0)\n}\n')(crate)
    assert not compared(cache)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_no_rule_sees_a_plain_function_that_nobody_names(rule: Rule) -> None:
    more = """

fn lonely(x: f64, kept: &mut [f64]) -> f64 {
    let y = x * kept[0];
    y
}

#[inline(always)]
unsafe fn lonely_too(some: &[f64], mut made: Vec<f64>) -> (Vec<f64>, usize) {
    made[0] = some[0];
    (made, 1)
}
"""
    for example in (*rule.bad, *rule.good):
        files = {"src/lib.rs": example.code, **dict(example.files)}
        with_more = {
            name: text + more.replace("lonely", f"lonely_{at}") if name.endswith(".rs") else text
            for at, (name, text) in enumerate(files.items())
        }
        told = [
            [
                (one.code, one.location, one.item, one.message, one.help, one.fix)
                for one in audit(inputs_from(some, example.pyo3), config_of()).findings
            ]
            for some in (files, with_more)
        ]
        assert told[0] == told[1]


# --- any edits ------------------------------------------------------------------------------------

HEADS = (
    "x: f64",
    "mut x: Vec<f64>, n: Option<usize>",
    "x: f64, data: &[f64]",
    "data: &[f64], out: &mut [f64]",
    "x: &DriftParams",
)
BODIES = (
    "1.0",
    "drift_scalar(&[1.0], 1)[0]",
    "let mut at = 0.0; while at <= 9.0 { at += 1.0; } at",
    'std::env::var("LEVEL").map_or(1.0, |_| 0.0)',
    "(0..9).into_par_iter().map(|_| 1.0).sum()",
    "let v = vec![0.0; 10]; v[0]",
    "crate::pulse::inner(1.0)",
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**9))
def test_after_any_coming_and_going_the_cache_says_what_a_fresh_audit_says(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    rng = random.Random(seed)
    root = tmp_path_factory.mktemp("functions")
    for name, text in WITH_SPARE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    cache = Cache(root / "cache")
    before = Path.cwd()
    os.chdir(root)
    try:
        for step in range(5):
            compared(cache)
            for path in rng.sample(
                [root / "src/drift.rs", root / "src/pulse.rs"], rng.choice((1, 2))
            ):
                _edit_functions(path, rng, step)
            compared(cache)
    finally:
        os.chdir(before)


def _edit_functions(path: Path, rng: random.Random, step: int) -> None:
    text = path.read_text()
    name = rng.choice((f"more_{path.stem}_{step}", "limit", "drift_into"))
    prefix = rng.choice(("", "", "unsafe ", "/// Words.\n", "pub ", "#[inline]\n"))
    made = f"{prefix}fn {name}({rng.choice(HEADS)}) -> f64 {{\n    {rng.choice(BODIES)}\n}}\n\n"
    anchor = rng.choice([one for one in ("fn spare", "#[pyfunction", "pub struct") if one in text])
    at = rng.choice((text.index(anchor), len(text)))
    changed = text[:at] + made + text[at:]
    if rng.random() < 0.4:
        changed = rng.choice(
            (
                text.replace(SPARE, ""),
                text.replace("fn spare", f"fn spare_{step}"),
                text.replace("fn spare(x: f64", "fn spare(x: f64, z: u32"),
                changed.replace("    let limit", f"    let _ = {name}(1.0);\n    let limit"),
            )
        )
    path.write_text(changed)


def test_findings_of_a_function_that_goes_go_with_it(crate: Path, cache: Cache) -> None:
    """What is told of a file is found anew where a function of it has gone."""
    at_end("\nfn unread(x: f64) -> f64 {\n    panic!()\n}\n")(crate)
    compared(cache)
    put("\nfn unread(x: f64) -> f64 {\n    panic!()\n}\n", "")(crate)
    assert compared(cache)
    plan = prepare_all(Options())
    found = Recall(cache, Options(), plan).find()
    assert found is not None
    assert found.report.findings == audit_plan(plan, Options()).report.findings
