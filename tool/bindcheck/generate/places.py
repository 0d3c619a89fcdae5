"""Where new regions stand in a file that has none yet, told from its end."""

from __future__ import annotations

from bindcheck.analysis.program import Program
from bindcheck.model import Cfg, CoreApi, Mod


def behind_inner(program: Program, core: CoreApi, source: bytes) -> int:
    """How many characters of the file stand behind the function that is split."""
    if core.batch_inner is None or core.batch_inner.ref.path != core.path:
        return 0
    end = program.function(core.batch_inner.ref).span.end
    return len(source[end:].decode("utf-8").replace("\r\n", "\n"))


def behind_items(program: Program, core: CoreApi, source: bytes) -> int:
    """How many characters of trailing test modules a file ends with."""
    start = len(source.rstrip())
    for mod in sorted(program.modules[core.path].mods, key=lambda mod: -mod.span.end):
        if mod.scope or not _is_test(mod) or source[mod.span.end : start].strip():
            break
        start = mod.span.start
    text = source[start:].decode("utf-8").replace("\r\n", "\n")
    return len(text) if text.strip() else 0


def _is_test(mod: Mod) -> bool:
    return any(_mentions_test(cfg) for cfg in mod.cfg)


def _mentions_test(cfg: Cfg) -> bool:
    return (cfg.op == "flag" and cfg.name == "test") or (
        cfg.op == "all" and any(map(_mentions_test, cfg.args))
    )
