"""Crates whose extension module another member of the workspace builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.audit import audit
from bindcheck.config import Options
from bindcheck.crate import Crate, find_crate
from bindcheck.load import load
from bindcheck.results import AuditReport
from bindcheck.rules import RULE_BY_CODE
from bindcheck.rules.python_examples import SCALED, SCALED_STUB

CORE = """\
[package]
name = "core-py"
version = "0.1.0"
edition = "2021"

[dependencies]
pyo3 = "0.25"

[features]
bindings = []
fast = []
"""
MEMBER = """\
[package]
name = "{name}"
version = "0.1.0"

[lib]
name = "_native"
crate-type = ["cdylib"]

[dependencies]
core-py = {{ path = "../core", features = ["bindings"] }}
"""
OWN = MEMBER.format(name="ext")
MODULE = SCALED.replace("fn example(", "fn _native(")
WORKSPACE = '[workspace]\nmembers = ["core", "exts/*", "ext"]\n'


def write(root: Path, **files: str) -> Path:
    texts = {
        ".git/HEAD": "",
        "Cargo.toml": WORKSPACE,
        "core/Cargo.toml": CORE,
        "core/src/lib.rs": '#[cfg(feature = "bindings")]\npub mod bound;\n',
        "core/src/bound.rs": MODULE,
        "ext/Cargo.toml": OWN,
        "ext/src/lib.rs": "pub use core_py::bound::*;\n",
        "ext/pyproject.toml": '[tool.maturin]\nmodule-name = "shop._native"\n',
        "ext/shop/__init__.py": "from ._native import scaled\n",
        "ext/shop/_native.pyi": SCALED_STUB,
        "tests/test_shop.py": "import shop\n\n\ndef test_it():\n    assert shop.scaled(1.0)\n",
    } | files
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root / "core"


def found(path: Path) -> Crate:
    crate = find_crate(path)
    assert crate is not None
    return crate


def report_of(path: Path, code: str) -> AuditReport:
    inputs, config = load(Options(paths=(path,), select=(code,)))
    return audit(inputs, config, [RULE_BY_CODE[code]])


def messages(path: Path, code: str) -> list[str]:
    report = report_of(path, code)
    assert not report.not_applicable
    return [one.message for one in report.findings]


def test_the_member_that_passes_the_crate_on_names_the_module(tmp_path: Path) -> None:
    crate = found(write(tmp_path))
    assert crate.name == "core-py"
    assert crate.builder is not None
    assert (crate.extension.name, crate.extension.module_name) == ("ext", "shop._native")
    assert crate.extension.builds_extension
    assert not crate.builds_extension


def test_what_the_member_asks_for_is_audited_as_well(tmp_path: Path) -> None:
    core = CORE.replace("fast = []", 'fast = []\ndefault = ["fast"]')
    crate = found(write(tmp_path, **{"core/Cargo.toml": core}))
    assert crate.active_features == {"bindings", "fast", "default"}


def test_the_stub_of_the_member_is_compared(tmp_path: Path) -> None:
    root = write(tmp_path)
    assert messages(root, "BC108") == []
    (root.parent / "ext/shop/_native.pyi").write_text("def scaled(y: float) -> float: ...\n")
    (message,) = messages(root, "BC108")
    assert "calls the argument `x` `y`" in message or "lacks" in message


def test_tests_of_the_members_package_count(tmp_path: Path) -> None:
    root = write(tmp_path)
    assert messages(root, "BC109") == []
    (root.parent / "tests/test_shop.py").write_text("import shop\n\nshop.other()\n")
    assert messages(root, "BC109") == [
        "the tests import `shop`, but do not call its only binding",
    ]


def test_a_module_in_the_place_of_another_has_its_stub(tmp_path: Path) -> None:
    files = {
        "py/outer/__init__.py": "from .plr import scaled\n",
        "py/outer/plr.py": "import sys\nimport shop._native as n\n\nsys.modules[__name__] = n\n",
        "py/outer/plr.pyi": "def scaled(x: float) -> float: ...\n",
        "ext/shop/__init__.py": "",
        "ext/shop/_native.pyi": SCALED_STUB,
    }
    (message,) = messages(write(tmp_path, **files), "BC108")
    assert "outer/plr.pyi:1` lacks `factor`, `offset`" in message


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"ext/src/lib.rs": "use core_py::bound::*;\n"}, "does not pass it on"),
        ({"ext/src/lib.rs": "// pub use core_py::bound::*;\n"}, "a comment"),
        ({"ext/src/lib.rs": "pub use core_python::*;\n"}, "another crate"),
        ({"ext/Cargo.toml": OWN.replace("../core", "../c")}, "another path"),
        (
            {
                "ext/Cargo.toml": OWN.replace("cdylib", "dylib"),
                "ext/pyproject.toml": "",
            },
            "no extension",
        ),
        (
            {"ext/Cargo.toml": MEMBER.format(name="e").replace("path", "optional = true, path")},
            "not in every build",
        ),
        ({"Cargo.toml": '[workspace]\nmembers = ["core"]\n'}, "no member"),
        ({"ext/Cargo.toml": "core-py = [\n"}, "does not parse"),
    ],
)
def test_without_such_a_member_the_crate_builds_no_module(
    files: dict[str, str], why: str, tmp_path: Path
) -> None:
    core = write(tmp_path, **files)
    assert found(core).builder is None, why
    (reason,) = report_of(core, "BC108").not_applicable
    assert "no member of its workspace" in reason.reason


@pytest.mark.parametrize(
    ("manifest", "source"),
    [
        (
            OWN.replace("core-py = {", 'bits = { package = "core-py",'),
            "pub use ::bits::bound::*;\n",
        ),
        (OWN.replace('path = "../core"', "workspace = true"), "pub use core_py::bound;\n"),
    ],
)
def test_a_dependency_may_be_renamed_or_inherited(
    manifest: str, source: str, tmp_path: Path
) -> None:
    workspace = f'{WORKSPACE}[workspace.dependencies]\ncore-py = {{ path = "core" }}\n'
    files = {"Cargo.toml": workspace, "ext/Cargo.toml": manifest, "ext/src/lib.rs": source}
    crate = found(write(tmp_path, **files))
    assert crate.extension.name == "ext"
    assert "bindings" in crate.active_features


def test_the_first_of_several_is_taken_and_the_choice_is_told(tmp_path: Path) -> None:
    files = {
        "exts/two/Cargo.toml": MEMBER.format(name="two").replace("../core", "../../core"),
        "exts/two/src/lib.rs": "pub use core_py::bound::*;\n",
        "exts/one/Cargo.toml": MEMBER.format(name="one").replace("../core", "../../core"),
        "exts/one/src/lib.rs": "fn unrelated() {}\n",
    }
    core = write(tmp_path, **files)
    (note,) = report_of(core, "BC108").notes
    assert note.endswith("of the members that build its extension module ext is taken, not two")


def test_a_crate_outside_the_workspace_is_found_in_the_repository(tmp_path: Path) -> None:
    files = {"Cargo.toml": '[workspace]\nmembers = ["ext"]\nexclude = ["core"]\n'}
    assert found(write(tmp_path, **files)).extension.name == "ext"


def test_a_module_of_another_name_is_not_the_one_that_is_built(tmp_path: Path) -> None:
    core = write(tmp_path, **{"core/src/bound.rs": SCALED})
    (reason,) = report_of(core, "BC108").not_applicable
    assert (
        reason.reason == "no #[pymodule] for `shop._native` is reached from the root of the crate"
    )
