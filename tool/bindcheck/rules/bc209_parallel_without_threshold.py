"""BC209: threads for data of any size, however small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.costs.parallel import Section, Waste, wasted_parallel
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import binding_crate

_BINDING = """
#[pyfunction]
#[pyo3(name = "scaled")]
fn scaled_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    factor: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    Ok(py.allow_threads(|| scaled(slice, factor)).into_pyarray(py))
}
"""
_TABLE = """
#[pyfunction]
#[pyo3(name = "total")]
fn total_py(py: Python<'_>, table: Vec<Vec<i64>>) -> i64 {
    py.allow_threads(|| total(&table))
}
"""


def _scaled(body: str, before: str = "") -> str:
    core = (
        f"use rayon::prelude::*;\n{before}\n"
        f"pub fn scaled(data: &[f64], factor: f64) -> Vec<f64> {{\n{body}}}\n"
    )
    return binding_crate(_BINDING, "scaled_py", core=core)


def _total(body: str) -> str:
    core = f"use rayon::prelude::*;\n\npub fn total(table: &[Vec<i64>]) -> i64 {{\n{body}}}\n"
    return binding_crate(_TABLE, "total_py", core=core)


_SEQUENTIAL = "data.iter().map(|x| x * factor).collect()"
_PARALLEL = "data.par_iter().map(|x| x * factor).collect()"


class ParallelWithoutThreshold(EntryRule):
    """Threads that are set to work whatever the size of the data.

    ## What it does

    Reports three things in what an entry point runs: a parallel iterator over numbers or rows that
    no condition on the size leads to; one that is run inside the jobs of another; and a thread pool
    that is built, be it by a helper, used and thrown away in one call. Silent are sections behind a
    comparison of a size or a flag that is handed in, `with_min_len` and chunks of a set size, jobs
    over numbers each of which runs a loop of its own (jobs over rows are judged all the same), the
    rows of a parameter grid in a batch core, sorting, and a pool that is kept.

    What runs over other things than numbers and rows is not judged.

    ## Why it matters

    Handing a section to the pool and waiting for it takes microseconds: for a hundred numbers that
    is a hundred times the work. Sections inside sections hand out work that is already handed out.
    A pool starts its threads each time, tens of microseconds at the least.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: from which size on threads pay has to be measured.
    """

    code: ClassVar[str] = "BC209"
    name: ClassVar[str] = "parallel-without-threshold"
    summary: ClassVar[str] = "threads for small data, nested, or in a pool built per call"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(_scaled(f"    {_PARALLEL}\n"), "three numbers wake the pool as well"),
        Example(
            _total("    table.par_iter().map(|row| row.par_iter().sum::<i64>()).sum()\n"),
            "parallel cells of parallel rows",
            also=("BC204",),
        ),
        Example(
            _total("    table.par_iter().map(|row| row.iter().sum::<i64>()).sum()\n"),
            "two short rows wake the pool as well",
            also=("BC204",),
        ),
        Example(
            _scaled(
                f"""\
    if data.len() < 20_000 {{
        return {_SEQUENTIAL};
    }}
    let builder = rayon::ThreadPoolBuilder::new().num_threads(4);
    match builder.build() {{
        Ok(pool) => pool.install(|| {_PARALLEL}),
        Err(_) => {_SEQUENTIAL},
    }}
"""
            ),
            "a pool for each call",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _scaled(
                f"""\
    if data.len() < 20_000 {{
        {_SEQUENTIAL}
    }} else {{
        {_PARALLEL}
    }}
"""
            ),
            "parallel from a size on",
        ),
        Example(
            _scaled(
                f"""\
    let parallel = data.len() >= smallest();
    if parallel {{
        return {_PARALLEL};
    }}
    {_SEQUENTIAL}
""",
                "\nfn smallest() -> usize {\n    20_000\n}\n",
            ),
            "the same by a flag",
        ),
        Example(
            _scaled(
                f"""\
    match mode_for(data.len()) {{
        Mode::Threads => {_PARALLEL},
        Mode::Plain => {_SEQUENTIAL},
    }}
""",
                """
enum Mode {
    Plain,
    Threads,
}

fn mode_for(count: usize) -> Mode {
    if count < 20_000 { Mode::Plain } else { Mode::Threads }
}
""",
            ),
            "a mode that the size decides",
        ),
        Example(
            _scaled("    data.par_iter().with_min_len(4096).map(|x| x * factor).collect()\n"),
            "small data is one job",
        ),
        Example(
            binding_crate(
                _BINDING.replace(
                    "Ok(py.allow_threads(|| scaled(slice, factor))",
                    "Ok(py\n        .allow_threads(|| {\n"
                    "            if slice.len() < 20_000 {\n"
                    "                return slice.iter().map(|x| x * factor).collect();\n"
                    "            }\n"
                    "            scaled(slice, factor)\n        })\n        ",
                ),
                "scaled_py",
                core="use rayon::prelude::*;\n\n"
                "pub fn scaled(data: &[f64], factor: f64) -> Vec<f64> {\n"
                f"    {_PARALLEL}\n}}\n",
            ),
            "the caller looks at the size",
        ),
        Example(
            _scaled(
                """\
    let mut out = vec![0.0; data.len()];
    out.par_chunks_mut(CHUNK).zip(data.par_chunks(CHUNK)).for_each(|(cells, values)| {
        for (cell, x) in cells.iter_mut().zip(values) {
            *cell = x * factor;
        }
    });
    out
""",
                "\nconst CHUNK: usize = 16_384;\n",
            ),
            "chunks of a set size",
        ),
        Example(
            _scaled(
                """\
    data.par_iter()
        .map(|x| {
            let mut price = x * factor;
            for _ in 0..10_000 {
                price = 0.5 * (price + x / price);
            }
            price
        })
        .collect()
"""
            ),
            "each number is worth a thread",
        ),
        Example(
            _scaled(
                f"""\
    if data.len() < 20_000 {{
        return {_SEQUENTIAL};
    }}
    pool().install(|| {_PARALLEL})
""",
                """
static POOL: std::sync::OnceLock<rayon::ThreadPool> = std::sync::OnceLock::new();

fn pool() -> &'static rayon::ThreadPool {
    POOL.get_or_init(|| {
        let builder = rayon::ThreadPoolBuilder::new().num_threads(4);
        builder.build().expect("threads can be started")
    })
}
""",
            ),
            "the pool is kept",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each section or pool, filed under the function that has it."""
        for one in wasted_parallel(program, entry):
            yield self.finding(
                program,
                span_of(one.place),
                item_of(program, one.place.ref),
                _message(one),
                help=_HELP[one.waste],
                cost=_COST[one.waste],
                confidence=_confidence(one),
            )


_HELP = {
    Waste.NESTED: "keep the outer section and run the jobs with `iter()`",
    Waste.ALWAYS: "compare the length with a measured threshold and use `iter()` below it",
    Waste.POOL: "use the global pool, or keep one in a `static` with `OnceLock`",
}
_COST = {
    Waste.NESTED: "about 100 ns for each job of the outer section",
    Waste.ALWAYS: "about 5 microseconds for each call, whatever the size",
    Waste.POOL: "about 10 microseconds for each thread of the pool, each call",
}


def _message(one: Section) -> str:
    if one.waste is Waste.POOL:
        return f"`{one.what}` starts threads that only this call uses"
    over = "rows" if one.rows else "numbers"
    if one.waste is Waste.NESTED:
        return f"`{one.what}` over {over} runs inside a parallel section"
    return f"`{one.what}` over {over} is parallel for data of any size"


def _confidence(one: Section) -> Confidence:
    return Confidence.LIKELY if one.waste is Waste.ALWAYS else Confidence.CERTAIN
