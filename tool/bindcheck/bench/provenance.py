"""Where numbers come from: machine, toolchain, interpreter, sources."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import bindcheck
from bindcheck.bench.build import compiler, features_of, profile_of
from bindcheck.bench.compilerflags import compiler_flags
from bindcheck.bench.samples import Provenance
from bindcheck.bench.uncommitted import uncommitted
from bindcheck.crate import Crate, read_toml
from bindcheck.crate.tables import table, text

_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")

_NAMED = 20
"""Changed files that are kept with a result: a history grows with each."""


def provenance(
    crate: Crate, sources: Mapping[str, bytes], written: Sequence[Path] = ()
) -> Provenance:
    """All that is known before anything runs; Python and NumPy are those of the worker.

    `written` are the files that the run writes: they are no change of what it measures.
    """
    commit = _output(["git", "rev-parse", "HEAD"], crate.root)
    changed = uncommitted(crate, written) if commit else ()
    return Provenance(
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        governor=_read(_GOVERNOR).strip(),
        kernel=f"{platform.system()} {platform.release()}",
        python="",
        numpy="",
        rustc=compiler(crate.root),
        bindcheck=bindcheck.__version__,
        crate=crate.name,
        crate_version=_version(crate),
        commit=commit,
        dirty=bool(changed),
        source_hash=_hash(sources, crate.root),
        profile=_profile(crate),
        rustflags=compiler_flags(crate.root, os.environ),
        features=features_of(crate),
        changed=changed[:_NAMED],
    )


def _cpu() -> str:
    for line in _read(Path("/proc/cpuinfo")).splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _read(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""


def _output(command: list[str], folder: Path) -> str:
    """What a program prints; nothing where it is missing or fails."""
    with suppress(OSError):
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        return run.stdout.strip() if run.returncode == 0 else ""
    return ""


def _hash(sources: Mapping[str, bytes], root: Path) -> str:
    """Of names from the crate on, and contents: the same wherever the command was given."""
    named = {os.path.relpath(path, root): content for path, content in sources.items()}
    digest = hashlib.sha256()
    for path in sorted(named):
        digest.update(path.encode() + b"\0" + named[path] + b"\0")
    return digest.hexdigest()[:16]


def _version(crate: Crate) -> str:
    package = table(read_toml(crate.manifest).data, "package")
    if table(package, "version"):
        package = table(read_toml(crate.profiles_manifest).data, "workspace", "package")
    return text(package, "version") or ""


def _profile(crate: Crate) -> str:
    """The profile's name and what the manifest sets in it, and in those that it inherits from."""
    name = profile_of(crate)
    profiles = table(read_toml(crate.profiles_manifest).data, "profile")
    settings: dict[str, object] = {}
    seen: set[str] = set()
    inherited: str | None = name
    while inherited is not None and inherited not in seen:
        seen.add(inherited)
        own = table(profiles, inherited)
        settings = {**own, **settings}
        inherited = text(own, "inherits")
    return f"{name} {json.dumps(settings, sort_keys=True, default=str)}" if settings else name
