"""Which `cfg` predicates hold in the audited configuration."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import field

from bindcheck.crate.types import Crate
from bindcheck.fact import fact
from bindcheck.model import Cfg

_OS = {"linux": "linux", "darwin": "macos", "win32": "windows", "cygwin": "windows"}
_ARCH = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64", "i386": "x86", "i686": "x86"}
_NEVER = frozenset({"test", "doctest", "doc", "miri", "proc_macro", "false"})


def host_target(
    system: str = sys.platform, machine: str | None = None, wide: bool = sys.maxsize > 2**32
) -> Mapping[str, frozenset[str]]:
    """What is known of the target that this Python runs on. CPU features are left undecided."""
    machine = (platform.machine() if machine is None else machine).lower()
    family = "windows" if _OS.get(system) == "windows" else "unix"
    known = {
        "target_os": _OS.get(system, system),
        "target_arch": _ARCH.get(machine, machine),
        "target_family": family,
        "target_pointer_width": "64" if wide else "32",
        "target_endian": sys.byteorder,
    }
    return {name: frozenset({value}) for name, value in known.items()}


@fact
class Configuration:
    """A target and a set of features.

    `values` has what is known of the target: for `target_os` and the like all values that hold.
    `features` is None when no manifest tells.
    """

    features: frozenset[str] | None
    values: Mapping[str, frozenset[str]] = field(default_factory=host_target)

    @classmethod
    def of(cls, crate: Crate | None) -> Configuration:
        """The audited configuration of a crate, or of a loose file."""
        return cls(None if crate is None else crate.active_features)

    def holds(self, cfg: Cfg) -> bool | None:
        """Whether `cfg` holds; None when that cannot be decided (flags of one's own, `?`)."""
        if cfg.op == "all":
            return _all(self.holds(one) for one in cfg.args)
        if cfg.op == "any":
            return _negated(_all(_negated(self.holds(one)) for one in cfg.args))
        if cfg.op == "not":
            return _negated(self.holds(cfg.args[0])) if len(cfg.args) == 1 else None
        return self._flag(cfg.name) if cfg.value is None else self._value(cfg.name, cfg.value)

    def holds_all(self, cfgs: Iterable[Cfg]) -> bool | None:
        """Whether all of `cfgs` hold."""
        return _all(self.holds(one) for one in cfgs)

    def _flag(self, name: str) -> bool | None:
        if name in _NEVER:
            return False
        if name in ("unix", "windows"):
            return self._value("target_family", name)
        return True if name == "true" else None

    def _value(self, name: str, value: str) -> bool | None:
        if name == "feature":
            return None if self.features is None else value in self.features
        known = self.values.get(name)
        return None if known is None else value in known


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def _all(values: Iterable[bool | None]) -> bool | None:
    result: bool | None = True
    for value in values:
        if value is False:
            return False
        result = None if value is None else result
    return result
