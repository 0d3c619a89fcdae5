"""BC402: a PyO3 release with known faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.program import Program
from bindcheck.crate import Dependency, Version
from bindcheck.fact import fact
from bindcheck.findings import Finding, Severity
from bindcheck.model import NOWHERE
from bindcheck.rules.base import CrateRule, Example
from bindcheck.rules.example_crates import binding_crate
from bindcheck.rules.manifest_findings import example_manifest, moved_to

_SOUND = Version(0, 29, 0)
_CODE = binding_crate(
    """
#[pyfunction]
fn doubled(x: f64) -> f64 {
    x + x
}
""",
    "doubled",
    core="",
)


@fact
class _Advisory:
    """A fault of the releases from `since` up to, not including, `fixed`."""

    name: str
    since: Version
    fixed: Version

    def holds(self, first: Version, above: Version) -> bool:
        """Whether all releases from `first` to below `above` that Cargo may take have it."""
        return self.since <= first and above <= self.fixed


_ADVISORIES = (
    _Advisory("RUSTSEC-2020-0074", Version(0, 12, 0), Version(0, 12, 4)),
    _Advisory("RUSTSEC-2024-0378", Version(0, 22, 0), Version(0, 22, 4)),
    _Advisory("RUSTSEC-2024-0409", Version(0, 23, 0), Version(0, 23, 3)),
    _Advisory("RUSTSEC-2025-0020", Version(0, 0, 0), Version(0, 24, 1)),
    _Advisory("RUSTSEC-2026-0013", Version(0, 28, 0), Version(0, 28, 2)),
    _Advisory("RUSTSEC-2026-0176", Version(0, 24, 0), _SOUND),
    _Advisory("RUSTSEC-2026-0177", Version(0, 15, 0), _SOUND),
)


def _manifest(version: str) -> tuple[tuple[str, str], ...]:
    return (("Cargo.toml", example_manifest(version)),)


class Pyo3Advisory(CrateRule):
    """The crate is built with a PyO3 release that has published advisories.

    ## What it does

    Reports, once per crate and at the line that sets the requirement, a PyO3 below 0.29: the
    version of `Cargo.lock`, or any that the requirement admits when there is no lock file. A
    requirement that also admits a sound release is silent without a lock file. The advisories of
    the RustSec database that hold for the version are named:

    - RUSTSEC-2026-0176 (0.24 to 0.28): `nth` and `nth_back` of list and tuple iterators read out of
      bounds for large arguments.
    - RUSTSEC-2026-0177 (0.15 to 0.28): `PyCFunction::new_closure` takes closures that are not
      `Sync`, which several Python threads may then call at once.
    - RUSTSEC-2026-0013 (0.28.0 and 0.28.1): type confusion in subclasses of native types, `abi3`.
    - RUSTSEC-2025-0020 (before 0.24.1): `PyString::from_object` reads beyond the end of its text.
    - RUSTSEC-2024-0409 (0.23.0 to 0.23.2): builds for the wrong Python version.
    - RUSTSEC-2024-0378 (0.22.0 to 0.22.3): use after free in borrowed reads of weak references.
    - RUSTSEC-2020-0074 (0.12.0 to 0.12.3): a reference too few in `From<Py<T>>`.

    Every release before 0.29 also has the shutdown hazard (PyO3 issue 6084): on Python 3.13 and
    older, a thread that comes out of `detach` or `allow_threads` while the interpreter shuts down
    is ended across Rust frames.

    ## Why it matters

    The hazard needs no rare function: a daemon thread inside a released computation when the script
    ends is enough, and the process aborts with a fatal error. The advisories are memory errors that
    safe Rust code can reach, and audits of dependencies fail on them.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: an upgrade may need changes in the sources, which an audit with
    `--target-pyo3` names.
    """

    code: ClassVar[str] = "BC402"
    name: ClassVar[str] = "pyo3-advisory"
    summary: ClassVar[str] = "PyO3 release with published advisories"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(_CODE, 'pyo3 = "0.28" in Cargo.toml', _manifest('"0.28"')),
        Example(
            _CODE,
            "in a table, with features",
            _manifest('{ version = "=0.25.1", features = ["extension-module"] }'),
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(_CODE, 'pyo3 = "0.29" in Cargo.toml', _manifest('"0.29"')),
        Example(_CODE, "Cargo takes the newest", _manifest('">=0.25"')),
    )

    def premise(self, program: Program) -> str | None:
        """Only where a manifest says which PyO3 is used."""
        pyo3 = program.crate.pyo3 if program.crate is not None else None
        if pyo3 is None:
            return "no manifest names PyO3 as a dependency"
        if pyo3.version is None or pyo3.declared is None:
            return "the manifest does not tell which PyO3 is used"
        return None

    def check(self, program: Program) -> Iterator[Finding]:
        """Yield a finding when the version that is built has known faults."""
        pyo3 = program.crate.pyo3 if program.crate is not None else None
        if pyo3 is None or pyo3.version is None or pyo3.declared is None:
            return
        above = _above(pyo3, pyo3.version)
        if above is None or above > _SOUND:
            return
        names = [one.name for one in _ADVISORIES if one.holds(pyo3.version, above)]
        finding = self.finding(
            program,
            (str(pyo3.declared.path), NOWHERE),
            pyo3.key or pyo3.name,
            _message(pyo3, names),
            help="update to PyO3 0.29 or later; `bindcheck audit --target-pyo3 0.29` shows what "
            "that changes here",
        )
        yield moved_to(finding, pyo3.declared)


def _above(pyo3: Dependency, version: Version) -> Version | None:
    """The lowest version above all that Cargo may build with."""
    if pyo3.source == "lock":
        return Version(version.major, version.minor, version.patch + 1)
    return Version.ceiling(pyo3.requirement)


def _message(pyo3: Dependency, names: list[str]) -> str:
    release = f"PyO3 {pyo3.version}" if pyo3.source == "lock" else f"PyO3 `{pyo3.requirement}`"
    hazard = "aborts when a thread reattaches while Python 3.13 or older shuts down"
    return f"{release} has {', '.join(names)} and {hazard}" if names else f"{release} {hazard}"
