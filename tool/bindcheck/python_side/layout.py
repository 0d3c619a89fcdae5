"""Where the Python package of an extension lies, and what Python calls the extension."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from bindcheck.crate import Crate
from bindcheck.fact import fact
from bindcheck.python_side.files import FolderFiles, PythonFiles

_USUAL_ROOTS = ("", "python", "src", "py_src")


@fact
class Layout:
    """`module` is the dotted name of the extension module, `root` the folder of its package.

    `package` tells whether there is a Python package around the extension. `doubled` when both have
    one name: which of the two an import finds depends on how they are installed. Paths are from the
    root of the repository, with forward slashes.
    """

    module: str
    root: str
    package: bool
    doubled: bool = False

    @property
    def top(self) -> str:
        """The name that Python code imports first."""
        return self.module.partition(".")[0]

    @property
    def stub(self) -> str:
        """The path where the stub of the module belongs."""
        return join(self.root, f"{self.module.replace('.', '/')}.pyi")


def repository_of(crate: Crate) -> Path:
    """The folder that is searched for Python files."""
    crate = crate.extension
    if crate.git_root is not None:
        return crate.git_root
    outer = crate.workspace_root or crate.root
    pyproject = crate.maturin.pyproject.parent if crate.maturin is not None else outer
    return pyproject if outer.is_relative_to(pyproject) else outer


def files_around(crate: Crate, keep: Callable[[str, bytes], None]) -> FolderFiles:
    """The Python files of the repository of a crate; `keep` is told what is read."""
    base = repository_of(crate)
    crate = crate.extension
    project = [crate.maturin.pyproject.parent] if crate.maturin is not None else []
    return FolderFiles(base, keep, (*project, crate.root))


def find_layout(crate: Crate, base: Path, files: PythonFiles) -> Layout:
    """The layout of a crate in the repository `base`.

    As maturin has it: a dot in the module's name puts the extension into that package; without one
    it lies inside the package of its own name where there is one, else it stands alone. That of a
    crate whose module another member of the workspace builds is the one of that member.
    """
    crate = crate.extension
    module = _module_name(crate, base, files)
    roots = tuple(dict.fromkeys(_roots(crate, base, module, files)))
    top = module.partition(".")[0]
    root = next((one for one in roots if _is_package(files, join(one, top))), None)
    if root is None:
        stub = f"{module.replace('.', '/')}.pyi"
        root = next((one for one in roots if join(one, stub) in files.paths), roots[0])
        return Layout(module, root, package=False)
    is_source = join(root, f"{top}/__init__.py") in files.paths
    if "." in module or not is_source:
        return Layout(module, root, package=True)
    return Layout(f"{module}.{module}", root, package=True, doubled=True)


def join(folder: str, path: str) -> str:
    """A path below a folder, both from the root of the repository."""
    return PurePosixPath(folder, path).as_posix()


def _is_package(files: PythonFiles, folder: str) -> bool:
    return not files.paths.isdisjoint({f"{folder}/__init__.py", f"{folder}/__init__.pyi"})


def _module_name(crate: Crate, base: Path, files: PythonFiles) -> str:
    """The name the crate goes by, else the target that setuptools-rust gives it."""
    if crate.module_name != crate.lib_name or crate.maturin is not None:
        return crate.module_name
    for folder in _folders(crate, base):
        path = join(folder, "pyproject.toml")
        if path in files.paths:
            targets = [target for target in _targets(files.read(path)) if target]
            named = [one for one in targets if one.rpartition(".")[2] == crate.lib_name]
            if named or len(targets) == 1:
                return (named or targets)[0]
    return crate.module_name


def _targets(source: bytes) -> Iterator[str]:
    """`[[tool.setuptools-rust.ext-modules]] target = ".."` of a pyproject.toml."""
    try:
        data = tomllib.loads(source.decode(errors="replace"))
    except tomllib.TOMLDecodeError:
        return
    tool = data.get("tool")
    table = tool.get("setuptools-rust") if isinstance(tool, dict) else None
    modules = table.get("ext-modules") if isinstance(table, dict) else None
    for one in modules if isinstance(modules, list) else ():
        target = one.get("target") if isinstance(one, dict) else None
        if isinstance(target, str):
            yield target


def _roots(crate: Crate, base: Path, module: str, files: PythonFiles) -> Iterator[str]:
    """Folders that may hold the package, the likeliest first."""
    maturin = crate.maturin
    if maturin is not None and maturin.python_source is not None:
        yield _relative(maturin.python_source, base)
    for folder in _folders(crate, base):
        yield from (join(folder, one) for one in _USUAL_ROOTS)
    # A module that was named in the configuration may lie anywhere.
    ends = (f"{module.replace('.', '/')}.pyi", f"{module.partition('.')[0]}/__init__.py")
    for path in sorted(files.paths, key=lambda one: (one.count("/"), one)):
        for end in ends:
            if path.endswith(f"/{end}"):
                yield path[: -len(end) - 1]


def _folders(crate: Crate, base: Path) -> tuple[str, ...]:
    """The folders of the project, from the inside out."""
    places = [crate.maturin.pyproject.parent] if crate.maturin is not None else []
    places.extend(one for one in (crate.root, *crate.root.parents) if one.is_relative_to(base))
    return tuple(dict.fromkeys(_relative(one, base) for one in places))


def _relative(path: Path, base: Path) -> str:
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else "."
