"""BC305: a kernel that is chosen by name without asking the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.bindings.kernels import unasked, validated_late, wrong_flags
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable, item_of
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.validating import turned_flag, validated_before

_HEAD = """\
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[derive(Clone, Copy)]
pub enum Kernel {
    Auto,
    Scalar,
    Avx2,
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn twice_avx2(x: f64) -> f64 {
    x + x
}

fn twice_with(x: f64, kernel: Kernel) -> f64 {
    match kernel {
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => unsafe { twice_avx2(x) },
        _ => x + x,
    }
}

fn choose(name: Option<&str>) -> PyResult<Kernel> {
    match name {
        None | Some("auto") => Ok(Kernel::Auto),
        Some("scalar") => Ok(Kernel::Scalar),
"""
_REST = """\
        Some(other) => Err(PyValueError::new_err(format!("unknown kernel: {other}"))),
    }
}

#[pyfunction]
#[pyo3(signature = (x, kernel=None))]
fn twice(x: f64, kernel: Option<&str>) -> PyResult<f64> {
    let kernel = choose(kernel)?;
    Ok(twice_with(x, kernel))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(twice, m)?)?;
    Ok(())
}
"""


class UnvalidatedKernel(EntryRule):
    """A kernel's name is believed without asking the CPU, or the wrong sort of kernel is asked for.

    ## What it does

    Reports a `match` or a comparison that takes a name for a vectorised kernel, or for a call of a
    function compiled for one, which no `is_x86_feature_detected!` (or its like) guards, directly or
    in a helper; and a validating helper that is asked for a sort of kernel, for batches or for
    single calls, that what takes the kernel refuses. A validation inside the release is advice.

    ## Why it matters

    Calling a function compiled for a feature that the CPU lacks is undefined behaviour: in practice
    an illegal instruction that ends the Python process, on the machine of a user.

    ## Example

    ## Instead

    ## Fix safety

    Safe: the validation is moved before the release, where its error is raised as well, and a wrong
    flag is turned around. Adding a missing check is left to a person.
    """

    code: ClassVar[str] = "BC305"
    name: ClassVar[str] = "unvalidated-kernel"
    summary: ClassVar[str] = "kernel chosen by name without asking the CPU"
    severity: ClassVar[Severity] = Severity.ERROR
    bad: ClassVar[tuple[Example, ...]] = (
        Example(_HEAD + '        Some("avx2") => Ok(Kernel::Avx2),\n' + _REST, "believed"),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _HEAD
            + """\
        Some("avx2") if std::arch::is_x86_feature_detected!("avx2") => Ok(Kernel::Avx2),
        Some("avx2") => Err(PyValueError::new_err("this CPU has no AVX2")),
"""
            + _REST,
            "asked",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield findings for missing checks, wrong flags and late validation."""
        if not is_callable(entry):
            return
        for one in unasked(program, entry):
            yield self.finding(
                program,
                span_of(one.place),
                item_of(program, one.place.ref),
                f"`{one.kernel}` is chosen by name without asking the CPU for the feature",
                help="ask `is_x86_feature_detected!` first and raise a `PyValueError` without it",
                confidence=Confidence.CERTAIN if one.enabled else Confidence.SUSPECT,
            )
        for flag in wrong_flags(program, entry):
            asked, wanted = ("batches", "false") if flag.batch else ("single calls", "true")
            yield self.finding(
                program,
                span_of(flag.place),
                entry.rust_name,
                f"`{flag.helper}` is asked for kernels for {asked}",
                help=f"pass `{wanted}`",
                confidence=Confidence.LIKELY,
                fix=turned_flag(program, flag.place, batch=flag.batch),
            )
        for place in validated_late(program, entry):
            yield self.finding(
                program,
                span_of(place),
                entry.rust_name,
                "the kernel's name is validated inside the release",
                help="validate before releasing: an error then costs no switch",
                severity=Severity.ADVICE,
                fix=validated_before(program, place),
            )
