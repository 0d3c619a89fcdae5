"""By which path the code that exports bindings can name a module."""

from __future__ import annotations

from collections.abc import Mapping

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.home import Home
from bindcheck.model import Mod

Module = tuple[str, ...]


@fact
class Reach:
    """What the module `home`, which exports bindings, can name.

    `declared` has each module's declaration and its file, by the path of the module.
    """

    program: Program
    home: Module
    declared: Mapping[Module, tuple[str, Mod]]

    @classmethod
    def of(cls, program: Program, home: Home) -> Reach:
        """Read the declarations of the crate."""
        inside = (home.item.name,) if isinstance(home.item, Mod) else ()
        declared = {
            (*program.module_path(path, mod.scope), mod.name): (path, mod)
            for path, module in program.modules.items()
            if program.in_crate(path)
            for mod in module.mods
        }
        return cls(program, (*program.module_path(home.path, home.item.scope), *inside), declared)

    def path(self, module: Module) -> Module:
        """The path to what a module has.

        A private module whose items all are passed on (`pub use name::*`) is left out of it.
        """
        ends = range(1, len(module) + 1)
        return tuple(module[end - 1] for end in ends if not self._private(module[:end]))

    def hidden(self, module: Module) -> str:
        """The private module on the way, as it is declared; empty where there is none."""
        for end in range(1, len(module) + 1):
            part = module[:end]
            if self._private(part) and not self._passed_on(part):
                return f"`mod {part[-1]}` of `{'::'.join(part[:-1])}`"
        return ""

    def _private(self, module: Module) -> bool:
        """Whether the last part of a path cannot be named from home."""
        if module not in self.declared:
            return False
        visibility = self.declared[module][1].visibility
        if visibility not in ("", "pub(self)", "pub(super)"):
            return False
        seen = module[:-2] if visibility == "pub(super)" else module[:-1]
        return self.home[: len(seen)] != seen

    def _passed_on(self, module: Module) -> bool:
        path, mod = self.declared[module]
        ways = {(mod.name,), ("self", mod.name), module}
        return any(
            use.name == "*"
            and use.path in ways
            and use.visibility.startswith("pub")
            and not use.cfg
            for use in self.program.modules[path].uses
            if use.scope == mod.scope
        )
