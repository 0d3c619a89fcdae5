"""The reference, rendered by what was learned from it, is the binding that stood there by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bindcheck.analysis.program import Program
from bindcheck.config import Options
from bindcheck.generate.learned.bodies import bodies_of
from bindcheck.generate.learned.exceptions import made_in
from bindcheck.generate.learned.imports import imports_at
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request
from bindcheck.load import load
from bindcheck.model import EntryKind, EntryPoint, Function, Literal, MethodCall, Role
from odd_imports import asked, bound, crate_with, restyled
from odd_reference import ARRAYS, CORE, FUNCTION, KERNELS, PUSHED, RAISE, named, with_kernel

CHECKED = ("MemoryError", "ValueError")
"""What ours raises beside, for ranges without combinations and results that no memory holds."""

KERNEL = "Option<&str>"
ROLES = (Role.SINGLE, Role.BATCH, Role.STREAM)


def program_of(crate: Path) -> Program:
    inputs, _ = load(Options(paths=(crate / "src",)))
    return inputs.program


def model(crate: Path) -> dict[str, object]:
    """What Python sees of the reference's bindings, and what they call and raise, by role."""
    program = program_of(crate)
    core = program.core("alma")
    assert core is not None
    entries = [one for one in program.entries_of(core) if one.role in ROLES and one.active]
    found: dict[str, object] = {}
    for one in sorted(entries, key=lambda one: (one.role.value, one.rust_name)):
        found[f"{one.role.value} {one.rust_name}"] = _entry(program, one)
    for role in ROLES:
        found[f"{role.value} bodies"] = [
            sorted(
                {
                    *(f"calls {program.function(ref).name}" for ref in program.called(body.ref)),
                    *(
                        f"raises {made.name}"
                        for made in made_in(program, body.ref, body.block)
                        if role is not Role.BATCH or made.name not in CHECKED
                    ),
                    *_methods(body.block),
                }
            )
            for body in bodies_of(program, core, role)
        ]
        found[f"{role.value} keys"] = [
            node.args[0].text
            for body in bodies_of(program, core, role)
            for node in body.block.walk()
            if isinstance(node, MethodCall) and node.method == "set_item"
            if isinstance(node.args[0], Literal)
        ]
    return found


def _methods(block: object) -> set[str]:
    """How a body lets the interpreter go, and whether rows become arrays."""
    calls = [one for one in block.walk() if isinstance(one, MethodCall)]  # type: ignore[attr-defined]
    return {one.method for one in calls} & {"allow_threads", "detach", "into_pyarray", "reshape"}


def _entry(program: Program, one: EntryPoint) -> object:
    """The head of a function, or of a class and its constructor."""
    shown = (one.kind, one.python_name, one.signature)
    if one.kind is EntryKind.CLASS:
        return shown, tuple(str(cfg) for cfg in program.struct(one.ref).cfg)
    return (*shown, *_head(program, program.function(one.ref), one.ref.path))


def _head(program: Program, function: Function, path: str) -> tuple[object, ...]:
    """Types by what they are, however the file names them."""
    seen = {one.what.name: one.what.path[-1] for one in imports_at(program, path, function.scope)}

    def plain(text: str) -> str:
        words = (re.sub(r"(?:\w+::)+", "", one) for one in re.split(r"([\w:]+)", text))
        return "".join(seen.get(one, one) if one != "*" else one for one in words).replace(" ", "")

    # Ours takes a kernel that is None as well, whatever the default.
    types = {one.name: plain(one.type.text) for one in function.params if one.type}
    params = [(name, KERNEL if name == "kernel" else kind) for name, kind in types.items()]
    return params, plain(function.returns.text), tuple(str(one) for one in function.cfg)


def alma(kind: str, raise_: str = "", rows: str = ARRAYS, keys: str = "{}s") -> str:
    """The reference's bindings."""
    text = bound(raise_, rows)
    for name in ("length", "gain"):
        text = re.sub(rf'(set_item\(\s*)"{name}s"', rf'\1"{keys.format(name)}"', text)
    return restyled(kind, text)


def inside(text: str) -> str:
    return f"pub mod python {{\nuse super::*;\n{text}}}\n"


def with_kernels(kernel: str, pattern: str) -> tuple[str, str]:
    """Core and bindings with a kernel, and with other names for ranges."""
    whole = with_kernel(named(CORE, "alma") + alma("names"), kernel, pattern)
    core, use, rest = whole.partition("use numpy::")
    return core, use + rest


BARE = named(CORE, "alma")
MAPPED = ".map_err(crate::common::to_py_err)"
TOLD = '.map_err(|e| crate::common::raise("alma", e))'

# The core and its bindings, and what the crate has beside them.
CASES = {
    "imports": (BARE, alma("names"), ""),
    "aliases": (BARE, alma("alias"), ""),
    "an inline module": (BARE, inside(alma("names")), ""),
    "modules, and a function that raises": (BARE, alma("modules", MAPPED), FUNCTION),
    "a glob, and a text that is told": (BARE, alma("globs", TOLD), RAISE),
    "lists, and `From` of the error": (BARE, alma("names", rows=PUSHED), ""),
    "whole paths, and keys of a pattern": (BARE, alma("whole", keys="{}_grid"), ""),
    "a kernel by name alone": (*with_kernels(', *, kernel="auto"', "{}_axis"), KERNELS),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("gated", [False, True])
def test_the_rendered_reference_has_the_model_of_the_one_by_hand(
    tmp_path: Path, case: str, *, gated: bool
) -> None:
    core, text, common = CASES[case]
    crate = crate_with(tmp_path, "names", alma=text, core=core, gated=gated)
    path = crate / "src/common.rs"
    path.write_text(path.read_text() + common)
    before = model(crate)
    assert {role for role in ROLES if before[f"{role.value} bodies"]} == set(ROLES)
    asked(crate, Request(names=("alma",), replacing=Replacing(wanted=True, keep=False)))
    assert (crate / "src/alma.rs").read_text().count("// bindcheck: begin alma/") >= len(ROLES)
    after = model(crate)
    assert {part: after.get(part) for part in before} == before
