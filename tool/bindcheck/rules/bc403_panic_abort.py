"""BC403: a panic ends the Python process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.program import Program
from bindcheck.crate import PanicFlag
from bindcheck.findings import Finding, Severity
from bindcheck.model import NOWHERE
from bindcheck.rules.base import CrateRule, Example
from bindcheck.rules.example_crates import binding_crate
from bindcheck.rules.manifest_findings import example_manifest, moved_to

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


def _manifest(profiles: str) -> tuple[tuple[str, str], ...]:
    return (("Cargo.toml", example_manifest('"0.29"', profiles)),)


class PanicAbort(CrateRule):
    """A profile that builds the extension turns every panic into the end of the process.

    ## What it does

    Reports `panic = "abort"` in a profile that builds the extension, once per crate, at the key
    that decides: `release`, or the `profile` and `editable-profile` of `[tool.maturin]`, inherited
    settings included, and `dev` where maturin builds the crate. Cargo takes profiles from
    `.cargo/config.toml`, then from the workspace's manifest, so those of a member are not looked
    at. A `-C panic=abort` in `build.rustflags` or `target.*.rustflags` of `.cargo/config.toml`
    counts as well; the files are looked for from where maturin builds up to the repository's root.
    What only one machine has is not seen: its own configuration, `RUSTFLAGS` in the environment
    (which replaces the flags of the files), a command line.

    ## Why it matters

    PyO3 catches a panic at the border and raises `PanicException`. With `abort` there is nothing to
    catch: an index out of bounds in any dependency ends the Python process, with all that a
    notebook or a server holds in memory.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: other members of the workspace may want the setting. A profile of their own
    that inherits from `release` can keep it.
    """

    code: ClassVar[str] = "BC403"
    name: ClassVar[str] = "panic-abort"
    summary: ClassVar[str] = '`panic = "abort"` in a profile that builds the extension'
    severity: ClassVar[Severity] = Severity.ERROR
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _CODE,
            '[profile.release] with panic = "abort" in Cargo.toml',
            _manifest('\n[profile.release]\nlto = true\npanic = "abort"\n'),
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _CODE,
            "[profile.release] without it in Cargo.toml",
            _manifest("\n[profile.release]\nlto = true\n"),
        ),
        Example(
            _CODE,
            "in a profile that builds something else",
            _manifest('\n[profile.tool]\ninherits = "release"\npanic = "abort"\n'),
        ),
    )

    def premise(self, program: Program) -> str | None:
        """Only where there is a manifest."""
        return None if program.crate is not None else "files without a crate have no profiles"

    def check(self, program: Program) -> Iterator[Finding]:
        """Yield a finding for the first such profile."""
        if program.crate is None:
            return
        flags = {one.target: one for one in program.crate.panic_flags}
        for flag in flags.values():
            if flag.panic == "abort":
                yield moved_to(self._by_flag(program, flag), flag.place)
                return
        if "" in flags:
            # A flag for the compiler comes after that of the profile.
            return
        for profile in program.crate.building_profiles:
            if profile.panic == "abort" and profile.place is not None:
                finding = self.finding(
                    program,
                    (str(profile.place.path), NOWHERE),
                    f"profile.{profile.name}",
                    f"a panic ends the Python process: `{profile.name}` builds the extension with "
                    '`panic = "abort"`',
                    help='remove the key: with `panic = "unwind"` PyO3 raises a `PanicException`',
                )
                yield moved_to(finding, profile.place)
                return

    def _by_flag(self, program: Program, flag: PanicFlag) -> Finding:
        where = f" for `{flag.target}`" if flag.target else ""
        return self.finding(
            program,
            (str(flag.place.path), NOWHERE),
            f"target.{flag.target}" if flag.target else "build",
            f"a panic ends the Python process: `rustflags` build the extension{where} with "
            "`-C panic=abort`",
            help="remove the flag: with `panic=unwind` PyO3 raises a `PanicException`",
        )
