"""Python sources around an extension: stubs and exports. The only package that knows libcst."""

from bindcheck.python_side.exports import with_exports
from bindcheck.python_side.modules import (
    PythonModule,
    import_order,
    read_module,
    with_imports,
    with_public_names,
)

__all__ = [
    "PythonModule",
    "import_order",
    "read_module",
    "with_exports",
    "with_imports",
    "with_public_names",
]
