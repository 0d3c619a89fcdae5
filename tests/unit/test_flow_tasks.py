"""Async blocks run where they are handed to, and work on a part of the data is known as such."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bindcheck.analysis.flow.events import Kind, Region
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, held_work
from bindcheck.model import EntryPoint

Binding = Callable[..., tuple[Program, EntryPoint]]

SLICE = "    let slice = data.as_slice()?.to_vec();\n"


@pytest.mark.parametrize(
    ("body", "region"),
    [
        ("runtime.spawn(async move { gain(&slice, factor) });", Region.ELSEWHERE),
        ("RUNTIME.spawn(async move { gain(&slice, factor) });", Region.ELSEWHERE),
        ("tokio::spawn(async move { gain(&slice, factor) });", Region.ELSEWHERE),
        ("let t = async move { gain(&slice, factor) }; tokio::spawn(t);", Region.ELSEWHERE),
        ("runtime.block_on(async { gain(&slice, factor) });", Region.ATTACHED),
        ("RUNTIME.block_on(async { gain(&slice, factor) });", Region.ATTACHED),
        ("py.allow_threads(|| RUNTIME.block_on(async { gain(&slice, 1.0) }));", Region.DETACHED),
        ("RUNTIME.block_on(async { async { gain(&slice, factor) }.await });", Region.ATTACHED),
    ],
)
def test_an_async_block_runs_where_it_is_handed_to(
    binding: Binding, body: str, region: Region
) -> None:
    program, entry = binding(f"{SLICE}    {body}\n    Ok(0.0)", returns="PyResult<f64>")
    works = [one for one in events(program, entry).works if one.what == "gain"]
    assert {one.region for one in works} == {region}
    assert len(held_work(program, entry)) == (region is Region.ATTACHED)


def test_an_async_block_that_nobody_runs_does_nothing(binding: Binding) -> None:
    body = f"{SLICE}    let _task = async {{ gain(&slice, factor) }};\n    Ok(0.0)"
    program, entry = binding(body, returns="PyResult<f64>")
    assert not any(one.what == "gain" for one in events(program, entry).works)


@pytest.mark.parametrize(
    ("step", "part"),
    [
        ("for i in 0..first { out[i] = 0.0; }", True),
        ("for i in 0..slice.len() { out[i] = 0.0; }", False),
        ("for cell in &mut out[..first] { *cell = 0.0; }", True),
        ("for cell in &mut out { *cell = 0.0; }", False),
        ("for cell in out.iter_mut().take(first) { *cell = 0.0; }", True),
        ("for cell in out.iter_mut().take(slice.len()) { *cell = 0.0; }", False),
        ("out[..first].fill(0.0);", True),
        ("out.fill(0.0);", False),
        ("out[..first].iter_mut().for_each(|cell| *cell = 0.0);", True),
        ("out.iter_mut().for_each(|cell| *cell = 0.0);", False),
    ],
)
def test_work_on_a_part_of_the_data_is_known(binding: Binding, step: str, part: bool) -> None:
    body = (
        "    let slice = data.as_slice()?;\n    let mut out = vec![0.0; slice.len()];\n"
        "    let first = slice.iter().position(|x| !x.is_nan()).unwrap_or(0);\n"
        f"    {step}\n    Ok(out.into_pyarray(py))"
    )
    program, entry = binding(body)
    sorts = (Kind.LOOP, Kind.MEMORY, Kind.CHAIN)
    works = [one for one in events(program, entry).works if one.kind in sorts]
    assert [one.part for one in works if one.what != "vec!"] == [part]
