"""Variables and errors of bindings by hand: what they stand for does not change with the body."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Mode, Request, generate
from bindcheck.load import load
from tides import BATCH, CHOSEN, CORE, HANDED, LIB, MANIFEST, SINGLE, STREAM, SWEEP

PARTS = {"single": SINGLE, "batch": BATCH, "stream": STREAM}
OURS = "|e| PyValueError::new_err(e.to_string())"
LENGTH = "length: Some(chosen)"
SHOWN = '    dict.set_item("cols", cols)?;\n'
CALL = f"sweep, kern, true, a, b))\n        .map_err({OURS})?"
TOOK = '    dict.set_item("took", took)?;\n'

Changes = tuple[tuple[str, str], ...]
"""Texts of a binding, each with the one in its place."""


def mapped(exception: str) -> Changes:
    return ((CALL, CALL.replace(OURS, exception)),)


def given(before: str, length: str, argument: str) -> Changes:
    """A binding whose length comes from an argument."""
    name = argument.partition(":")[0].removeprefix("mut ")
    return (
        (CHOSEN, before),
        (LENGTH, length),
        ("span: Option<usize>", argument),
        ("span=None", f"{name}"),
    )


def stamped(behind: str) -> Changes:
    """A grid with an object of Python that is called behind the core."""
    return (
        ("spans: (usize,", "stamp: Bound<'py, PyAny>,\n    spans: (usize,"),
        ("(high, low, spans,", "(high, low, stamp, spans,"),
        (SHOWN, behind),
    )


REFUSED: dict[str, tuple[str, Changes, str]] = {
    "error with a number that is gone": (
        "batch",
        mapped('|e| PyIndexError::new_err(format!("{rows} rows: {e}"))'),
        "what makes exceptions of errors",
    ),
    "error with a text that is gone": (
        "batch",
        (
            (SWEEP, f'    let name = "grid";\n{SWEEP}'),
            *mapped('|e| PyValueError::new_err(format!("{name}: {e}"))'),
        ),
        "what makes exceptions of errors",
    ),
    "error with a width that is gone": (
        "batch",
        mapped('|e| PyValueError::new_err(format!("{e:>rows$}"))'),
        "what makes exceptions of errors",
    ),
    "errors by kind": (
        "batch",
        mapped(
            "|e| match e {\n"
            '        TideError::Empty => PyIndexError::new_err(format!("{cols} values")),\n'
            "        other => PyValueError::new_err(other.to_string()),\n    }"
        ),
        "what makes exceptions of errors",
    ),
    "error by match with a number that is gone": (
        "single",
        (
            (f"        .map_err({OURS})?;\n    Ok", "    Ok"),
            (
                "    let (ebb, flood) = py\n"
                "        .allow_threads(|| tide_with_kernel(&input, kern)"
                ".map(|tide| (tide.ebb, tide.flood)))\n",
                "    let count = h.len();\n"
                "    let result = py.allow_threads(|| tide_with_kernel(&input, kern));\n"
                "    let tide = match result {\n        Ok(tide) => tide,\n        Err(e) => "
                'return Err(PyValueError::new_err(format!("{count}: {e}"))),\n    };\n'
                "    let (ebb, flood) = (tide.ebb, tide.flood);\n",
            ),
        ),
        "what makes exceptions of errors",
    ),
    "two values in another order": (
        "single",
        given(
            "    let chosen = spans.pop();\n    let last = spans.pop();\n",
            "length: last.or(chosen)",
            "mut spans: Vec<usize>",
        ),
        "a place for the variable",
    ),
    "a value that is made once": (
        "single",
        given(
            '    let chosen = span.call_method0("next")?.extract::<usize>()?;\n',
            "length: Some(chosen * chosen)",
            "span: Bound<'py, PyAny>",
        ),
        "a place for the variable",
    ),
    "a number before a change": (
        "single",
        given(
            "    let chosen = spans.len();\n",
            "length: spans.pop().map(|one| one + chosen)",
            "mut spans: Vec<usize>",
        ),
        "a place for the variable",
    ),
    "a time behind the core": (
        "batch",
        (
            (SWEEP, f"    let start = std::time::Instant::now();\n{SWEEP}"),
            (SHOWN, f"    let took = start.elapsed().as_secs_f64();\n{SHOWN}{TOOK}"),
        ),
        "a place for the variable: `let took",
    ),
    "one object under two keys": (
        "batch",
        stamped(
            f'    let took = stamp.call0()?;\n{SHOWN}{TOOK}    dict.set_item("again", &took)?;\n'
        ),
        "a place for the variable: `let took",
    ),
    "two objects in another order": (
        "batch",
        stamped(
            "    let took = stamp.call0()?;\n    let then = stamp.call0()?;\n"
            f'{SHOWN}    dict.set_item("then", then)?;\n{TOOK}'
        ),
        "a place for the variable: `let took",
    ),
    "one number of a function under two keys": (
        "batch",
        (
            (
                SHOWN,
                f'    let took = count(rows);\n{SHOWN}{TOOK}    dict.set_item("again", took)?;\n',
            ),
        ),
        "a place for the variable: `let took",
    ),
    "one number of a function in each of a list": (
        "batch",
        (
            (
                SHOWN,
                "    let took = count(rows);\n"
                "    let all = combos.iter().map(|p| p.length.unwrap_or(5) + took)"
                ".collect::<Vec<usize>>();\n"
                f'{SHOWN}    dict.set_item("all", all.into_pyarray(py))?;\n',
            ),
        ),
        "a place for the variable: `let took",
    ),
    "two values of an object in another order": (
        "stream",
        (
            (
                HANDED,
                '        let low = pair.call_method0("pop").unwrap().extract::<f64>().unwrap();\n'
                '        let high = pair.call_method0("pop").unwrap().extract::<f64>().unwrap();\n'
                + HANDED,
            ),
            ("low: f64, high: f64", "pair: Bound<'_, PyAny>"),
        ),
        "a place for the variable: `let low",
    ),
}
"""The piece, what is changed, and what is told."""

KEPT: dict[str, tuple[str, Changes, tuple[str, ...]]] = {
    "error with a number of its own": (
        "batch",
        mapped('|e| PyValueError::new_err(format!("{} rows: {}", rows, e))'),
        ('.map_err(|e| PyValueError::new_err(format!("{} rows: {}"',),
    ),
    "error with an argument": (
        "batch",
        mapped('|e| PyValueError::new_err(format!("{spans:?}: {e}"))'),
        ('.map_err(|e| PyValueError::new_err(format!("{spans:?}: {e}")))',),
    ),
    "a number that is computed twice": (
        "single",
        given(
            "    let chosen = span.unwrap_or(7).max(2).saturating_sub(h.len() / 2);\n",
            "length: Some(chosen * chosen)",
            "span: Option<usize>",
        ),
        ("span.unwrap_or(7).max(2).saturating_sub(high_slice.len() / 2)",),
    ),
    "values of an object in their order": (
        "single",
        given("", "length: spans.pop().or(spans.pop())", "mut spans: Vec<usize>"),
        ("length: spans.pop().or(spans.pop())",),
    ),
    "a time before the core": (
        "batch",
        (
            (SWEEP, f"    let start = std::time::Instant::now();\n{SWEEP}"),
            (SHOWN, f"{SHOWN}{TOOK.replace('took)', 'start.elapsed().as_secs_f64())')}"),
        ),
        (
            "let start = std::time::Instant::now();",
            'dict.set_item("took", start.elapsed().as_secs_f64())?;',
        ),
    ),
    "a number that is read before a change": (
        "batch",
        (
            ("spans: (usize, usize, usize),", "mut lengths: Vec<usize>,"),
            ("(high, low, spans,", "(high, low, lengths,"),
            (
                SWEEP,
                "    let count = lengths.len();\n    let last = lengths.pop().unwrap_or(1);\n"
                "    let sweep = TideBatchRange { length: (last, count, 1) };\n",
            ),
        ),
        ("let count = lengths.len(); let last = lengths.pop().unwrap_or(1);", "(last, count, 1)"),
    ),
    "one number of a function under one key": (
        "batch",
        ((SHOWN, f"    let took = count(rows);\n{SHOWN}{TOOK}"),),
        ('dict.set_item("took", count(combos.len()))?;',),
    ),
    "a small number": (
        "single",
        given(
            "    let mask: u8 = !0;\n    let share: f32 = 0.1;\n"
            "    let part = span.unwrap_or(7);\n",
            "length: Some((part & mask as usize) + f64::from(share) as usize)",
            "span: Option<usize>",
        ),
        ("{ let typed: u8 = !0; typed }", "f64::from({ let typed: f32 = 0.1; typed }"),
    ),
    "a constant of the body": (
        "single",
        given(
            "    const SHARE: f32 = 0.1;\n    let part = span.unwrap_or(7);\n",
            "length: Some((part as f64 * SHARE as f64) as usize)",
            "span: Option<usize>",
        ),
        ("{ let typed: f32 = 0.1; typed }",),
    ),
    "a number that is parsed": (
        "single",
        given(
            '    let part: u8 = span.parse().map_err(|_| PyValueError::new_err("small"))?;\n',
            "length: Some(part as usize)",
            "span: &str",
        ),
        ('{ let typed: u8 = span.parse().map_err(|_| PyValueError::new_err("small"))?; typed }',),
    ),
    "types that are plain": (
        "single",
        given(
            "    let part: usize = span.unwrap_or(7).min(h.len());\n"
            "    let some: f64 = 0.5 * (part as f64);\n    let all: bool = part > 3 || whole;\n",
            "length: Some(if all { part } else { some as usize })",
            "span: Option<usize>,\n    whole: bool",
        ),
        ("0.5 * (span.unwrap_or(7).min(high_slice.len()) as f64)",),
    ),
    "small numbers in the dict": (
        "batch",
        (
            (SWEEP, f"    let tag: u8 = 7;\n    let tags: Vec<f32> = vec![0.1];\n{SWEEP}"),
            (
                SHOWN,
                f'{SHOWN}    dict.set_item("tag", vec![tag])?;\n'
                '    dict.set_item("tags", tags.into_pyarray(py))?;\n',
            ),
        ),
        (
            'dict.set_item("tag", vec![({ let typed: u8 = 7; typed })',
            "{ let typed: Vec<f32> = vec![0.1]; typed }",
        ),
    ),
    "types of a tuple": (
        "batch",
        (
            (SWEEP, f"    let (tag, count): (u8, usize) = (7, 8);\n{SWEEP}"),
            (SHOWN, f'{SHOWN}    dict.set_item("tag", vec![tag, count as u8])?;\n'),
        ),
        ("{ let typed: u8 = 7; typed }", "{ let typed: usize = 8; typed }"),
    ),
    "a small number handed on": (
        "stream",
        (
            (HANDED, f"        let share: f32 = 0.1;\n{HANDED}"),
            ("update(high, low)", "update(high + share as f64, low)"),
        ),
        ("{ let typed: f32 = 0.1; typed }",),
    ),
}
"""The piece, what is changed, and what the new body has."""


def changed(piece: str, changes: Changes) -> str:
    text = PARTS[piece]
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return CORE + text


def run(root: Path, piece: str, changes: Changes) -> tuple[str, str]:
    """What is told of the piece, and the body of the new binding."""
    folder = root / "src"
    folder.mkdir()
    (root / "Cargo.toml").write_text(MANIFEST)
    (folder / "lib.rs").write_text(LIB)
    path = folder / "tide.rs"
    text = changed(piece, changes)
    path.write_text(text)
    told = []
    for mode in (Mode.WRITE, Mode.CHECK):
        inputs, config = load(Options(paths=(folder,)))
        assert inputs.crate is not None
        request = Request(("tide",), mode, pieces=(piece,), replacing=Replacing(True))
        result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
        told.append(next(one for one in result.plans if one.piece == piece))
    found = find_regions(path.read_text(), "tide.rs")
    if not found:
        assert path.read_text() == text
        return told[0].detail, ""
    assert [one.state.value for one in told] == ["replace", "current"], told
    return "", "".join(found[0].body.split())


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_change_keeps_the_binding(tmp_path: Path, name: str) -> None:
    piece, changes, wanted = REFUSED[name]
    told, body = run(tmp_path, piece, changes)
    assert not body
    assert wanted in told
    place = re.search(rf"\({re.escape(str(tmp_path))}/src/tide.rs:(\d+)\)", told)
    assert place is not None
    line = changed(piece, changes).splitlines()[int(place[1]) - 1]
    assert any(line.strip().rstrip(";") in new for _, new in changes), line


@pytest.mark.parametrize("name", KEPT)
def test_what_stays_the_same_is_replaced(tmp_path: Path, name: str) -> None:
    piece, changes, wanted = KEPT[name]
    told, body = run(tmp_path, piece, changes)
    assert not told
    for text in wanted:
        assert "".join(text.split()) in body, body
