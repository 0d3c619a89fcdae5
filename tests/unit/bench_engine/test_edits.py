"""Measuring points and adjustable thresholds: what is put into the copies of files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.instrument import instrumented
from bindcheck.bench.pythoncall import entry_of
from bindcheck.bench.samples import Kind
from bindcheck.bench.thresholds import Adjustable, adjustable, find_threshold
from bindcheck.errors import BindcheckError
from bindcheck.parse import parse_module

from .conftest import CORE, linked

FILE = Path(os.path.abspath("src/wave.rs"))


def test_points_surround_the_release_and_its_closure(program: Program) -> None:
    found = instrumented(program, [entry_of(program, program.cores[0], Kind.SINGLE)])
    [copy] = found.copies
    assert copy.path == FILE
    text = copy.content.decode()
    assert parse_module("src/wave.rs", text.encode()).problems == ()
    points = [text.index(f"bindcheck_stamp({at})") for at in range(4)]
    assert points == sorted(points)
    released = text[points[0] : points[3]]
    assert "py.allow_threads(||" in released
    assert "(|| { wave_with_kernel(&input, Kernel::Auto) })()" in released


def test_a_binding_without_a_release_is_refused(program: Program) -> None:
    entry = entry_of(program, program.cores[0], Kind.BATCH)
    found = instrumented(program, [entry])
    assert found.copies == ()
    assert "no `py.detach(|| ..)` of its own" in found.refused[entry.ref]


def threshold(program: Program, line: int | None = None) -> Adjustable | None:
    function = program.cores[0].with_kernel
    assert function is not None
    return adjustable(program, function.ref, line)


def test_the_constant_of_a_size_is_found_and_can_be_set(program: Program) -> None:
    found = threshold(program)
    assert found is not None
    assert (found.threshold.text, found.threshold.value) == ("SMALL", 8_000)
    assert found.threshold.compared == "input.data.len()"
    assert found.copy.path == FILE
    text = found.copy.content.decode()
    assert "bindcheck_threshold((input.data.len()) as usize)" in text
    assert "< SMALL" not in text
    assert parse_module("src/wave.rs", text.encode()).problems == ()


def test_a_literal_counts_too_and_a_small_one_does_not() -> None:
    found = threshold(linked(CORE.replace("< SMALL", "< 20_000usize")))
    assert found is not None
    assert found.threshold.value == 20_000
    assert threshold(linked(CORE.replace("< SMALL", "< 2"))) is None


def test_a_constant_that_is_no_number_of_elements_does_not_count() -> None:
    core = CORE.replace("input.data.len() < SMALL", "elapsed() < SMALL").replace(
        "const SMALL: usize = 8_000;", "const SMALL: Duration = Duration::from_micros(8_000);"
    )
    assert threshold(linked(core)) is None


def test_of_several_comparisons_one_has_to_be_chosen() -> None:
    program = linked(
        CORE.replace(
            "if input.data.len() < SMALL {",
            "if input.data.len() < SMALL\n        || input.data.len() < 9_999 {",
        )
    )
    with pytest.raises(BindcheckError, match="choose one with --line") as caught:
        threshold(program)
    lines = [
        int(part.split(":")[1].split(";")[0])
        for part in str(caught.value).split(" ")
        if part.startswith("src/")
    ]
    found = threshold(program, lines[1])
    assert found is not None
    assert found.threshold.value == 9_999
    with pytest.raises(BindcheckError, match=r"--line 1 has no comparison .* src/wave\.rs:"):
        threshold(program, 1)


@pytest.mark.parametrize(
    ("section", "pooled"),
    [("values.par_iter();", True), ("rayon::scope(run);", True),
     ("std::thread::scope(run);", False),
     ("pool().install(|| values.par_iter());", False),
     ("ThreadPoolBuilder::new().build().unwrap().install(|| values.par_iter());", True),
     ("ThreadPoolBuilder::new().num_threads(3).build().unwrap().install(|| values.par_iter());",
      False)],
)  # fmt: skip
def test_threads_of_its_own_are_told_from_those_of_a_pool(section: str, pooled: bool) -> None:
    old = "let values = input.data.par_iter().map(|x| x * 2.0).collect();"
    assert old in CORE
    program = linked(CORE.replace(old, section))
    function = program.cores[0].with_kernel
    assert function is not None
    assert find_threshold(program, function.ref).pooled is pooled
