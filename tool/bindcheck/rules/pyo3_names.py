"""Names that PyO3 has renamed or dropped, by release."""

from __future__ import annotations

from enum import StrEnum

from bindcheck.crate import Version
from bindcheck.fact import fact


class Form(StrEnum):
    """How a name is used. `TRIED` is a method whose result `?` follows, `CONVERTED` one that is
    given one argument and a type; other methods of these names are not meant. `MOVED` is a name
    that has a new path and keeps working where it is imported.
    """

    METHOD = "method"
    TRIED = "tried method"
    CONVERTED = "converting method"
    ASSOCIATED = "associated"
    FUNCTION = "function"
    TYPE = "type"
    MACRO = "macro"
    MOVED = "moved"


@fact
class Renamed:
    """A name that is deprecated from one release on and gone from another (None: not yet).

    `owners` are the types an associated function is called on (none: any type), those that the
    receiver of a method may have (none: any), or the path that a moved name is imported from.
    `text` is what replaces the name in the source; None when it takes more than another name, then
    `instead` says what. `suffix` is written behind the call. `crate` has the releases.
    """

    form: Form
    name: str
    deprecated: Version
    gone: Version | None
    instead: str
    text: str | None = None
    owners: frozenset[str] = frozenset()
    suffix: str = ""
    crate: str = "PyO3"


def _v(minor: int) -> Version:
    return Version(0, minor, 0)


def _methods(deprecated: int, gone: int, names: dict[str, str]) -> tuple[Renamed, ...]:
    return tuple(
        Renamed(Form.METHOD, old, _v(deprecated), _v(gone), f"`{new}`", new)
        for old, new in names.items()
    )


def _associated(
    owner: str, deprecated: int, gone: int | None, names: dict[str, str]
) -> tuple[Renamed, ...]:
    owners = frozenset(owner.split())
    last = None if gone is None else _v(gone)
    return tuple(
        Renamed(Form.ASSOCIATED, old, _v(deprecated), last, f"`{new}`", new, owners)
        for old, new in names.items()
    )


def _types(deprecated: int, gone: int, names: dict[str, str]) -> tuple[Renamed, ...]:
    return tuple(
        Renamed(Form.TYPE, old, _v(deprecated), _v(gone), f"`{new}`", new)
        for old, new in names.items()
    )


def _moved(
    owner: str, deprecated: int, gone: int | None, names: dict[str, str]
) -> tuple[Renamed, ...]:
    """Names below `owner` that have moved to a module beside it; the new path is relative to it."""
    last = None if gone is None else _v(gone)
    return tuple(
        Renamed(Form.MOVED, old, _v(deprecated), last, f"`{owner}::{new}`", new, frozenset({owner}))
        for old, new in names.items()
    )


def _changed(
    form: Form, name: str, since: tuple[int, int | None], instead: str, owner: str = ""
) -> Renamed:
    """A name whose replacement takes more than another name."""
    gone = None if since[1] is None else _v(since[1])
    return Renamed(form, name, _v(since[0]), gone, instead, None, frozenset(owner.split()))


# The constructors `X::new_bound` that became `X::new` with the same result.
_NEW_BOUND = (
    "PyBool PyByteArray PyBytes PyCFunction PyCapsule PyComplex PyDate PyDateTime PyDelta PyDict "
    "PyFloat PyFrozenSet PyModule PySet PySlice PyString PySuper PyTime PyType PyWeakrefProxy "
    "PyWeakrefReference PyUnicodeDecodeError"
)

RENAMED: tuple[Renamed, ...] = (
    # 0.26: attaching and detaching, no longer named after the lock.
    *_methods(26, 28, {"allow_threads": "detach"}),
    *_associated(
        "Python",
        26,
        28,
        {
            "allow_threads": "detach",
            "with_gil": "attach",
            "with_gil_unchecked": "attach_unchecked",
            "assume_gil_acquired": "assume_attached",
        },
    ),
    Renamed(
        Form.FUNCTION,
        "prepare_freethreaded_python",
        _v(26),
        _v(28),
        "`Python::initialize`",
        "Python::initialize",
    ),
    *_types(26, 28, {"PyObject": "Py<PyAny>", "GILOnceCell": "PyOnceLock"}),
    _changed(Form.TYPE, "GILProtected", (26, 28), "a `Mutex` with `MutexExt`"),
    # 0.27: casts.
    *_methods(
        27,
        29,
        {
            "downcast": "cast",
            "downcast_into": "cast_into",
            "downcast_exact": "cast_exact",
            "downcast_into_exact": "cast_into_exact",
            "downcast_unchecked": "cast_unchecked",
            "downcast_into_unchecked": "cast_into_unchecked",
            "downcast_bound": "cast_bound",
            "downcast_bound_unchecked": "cast_bound_unchecked",
        },
    ),
    *_types(27, 29, {"DowncastError": "CastError", "DowncastIntoError": "CastIntoError"}),
    Renamed(
        Form.MACRO,
        "import_exception_bound",
        _v(27),
        _v(29),
        "`import_exception!`",
        "import_exception",
    ),
    _changed(
        Form.METHOD, "extract_bound", (27, 27), "`extract`, which takes `Borrowed<'_, 'py, PyAny>`"
    ),
    _changed(Form.ASSOCIATED, "extract_bound", (27, 27), "`extract(value.as_borrowed())`"),
    _changed(Form.TYPE, "FromPyObjectBound", (27, 27), "`FromPyObject` with two lifetimes"),
    _changed(
        Form.METHOD, "pointer", (27, 29), "`pointer_checked`, which takes a name", "PyCapsule"
    ),
    _changed(
        Form.METHOD, "reference", (27, 29), "`pointer_checked`, which takes a name", "PyCapsule"
    ),
    _changed(
        Form.METHOD, "is_valid", (27, 29), "`is_valid_checked`, which takes a name", "PyCapsule"
    ),
    _changed(Form.ASSOCIATED, "NAME", (27, 29), "`classinfo_object`", "PyTypeCheck"),
    # 0.26 of numpy: the method would hide behind the new `Bound::cast`.
    Renamed(Form.CONVERTED, "cast", _v(26), _v(26), "`cast_array`", "cast_array", crate="numpy"),
    Renamed(
        Form.TYPE,
        "NotContiguousError",
        _v(28),
        _v(28),
        "`AsSliceError`",
        "AsSliceError",
        crate="numpy",
    ),
    # 0.25
    _changed(Form.FUNCTION, "timezone_utc", (25, 28), "`PyTzInfo::utc`, which can fail"),
    _changed(
        Form.ASSOCIATED,
        "from_object",
        (26, 28),
        "`from_encoded_object`, which takes `Option<&CStr>`",
        "PyString",
    ),
    _changed(Form.TYPE, "AsPyPointer", (25, 25), "`AsRef<Py<PyAny>>`"),
    # 0.23: `IntoPyObject`, and the end of the transition that `_bound` marked.
    _changed(Form.METHOD, "into_py", (23, 25), "`into_pyobject` or `into_py_any`"),
    _changed(Form.METHOD, "to_object", (23, 25), "`into_pyobject` or `into_py_any`"),
    _changed(Form.TYPE, "IntoPy", (23, 25), "`IntoPyObject`"),
    _changed(Form.TYPE, "ToPyObject", (23, 25), "`IntoPyObject`"),
    *_types(23, 25, {"PyLong": "PyInt", "PyUnicode": "PyString"}),
    *_methods(
        23,
        25,
        {
            "import_bound": "import",
            "get_type_bound": "get_type",
            "is_instance_bound": "is_instance",
            "value_bound": "value",
            "traceback_bound": "traceback",
            "call_bound": "call",
            "call_method_bound": "call_method",
            "get_tzinfo_bound": "get_tzinfo",
            "write_unraisable_bound": "write_unraisable",
            "finalize_bound": "finalize",
        },
    ),
    Renamed(Form.TRIED, "iter", _v(23), _v(25), "`try_iter`", "try_iter"),
    _changed(Form.METHOD, "is_ellipsis", (23, 25), "`.is(py.Ellipsis())`"),
    _changed(Form.METHOD, "into_py_dict_bound", (23, 25), "`into_py_dict`, which can fail"),
    _changed(Form.METHOD, "eval_bound", (23, 25), "`eval`, which takes a `&CStr`"),
    _changed(Form.METHOD, "run_bound", (23, 25), "`run`, which takes a `&CStr`"),
    *_associated(_NEW_BOUND, 23, 25, {"new_bound": "new"}),
    _changed(Form.ASSOCIATED, "new_bound", (23, 25), "`new`, which can fail", "PyList PyTuple"),
    *_associated("PyFrozenSet PyList PySet PyTuple", 23, 25, {"empty_bound": "empty"}),
    *_associated("PyByteArray PyBytes", 23, 25, {"new_bound_with": "new_with"}),
    *_associated("PyDate PyDateTime", 23, 25, {"from_timestamp_bound": "from_timestamp"}),
    *_associated("PyDateTime PyTime", 23, 25, {"new_bound_with_fold": "new_with_fold"}),
    *_associated("PyModule", 23, 25, {"import_bound": "import"}),
    *_associated(
        "",
        23,
        25,
        {
            "type_object_bound": "type_object",
            "is_type_of_bound": "is_type_of",
            "is_exact_type_of_bound": "is_exact_type_of",
        },
    ),
    *_associated(
        "PyString", 23, 25, {"intern_bound": "intern", "from_object_bound": "from_object"}
    ),
    *_associated("PyDict", 23, 25, {"from_sequence_bound": "from_sequence"}),
    *_associated("PyCapsule", 23, 25, {"new_bound_with_destructor": "new_with_destructor"}),
    *_associated("PyUnicodeDecodeError", 23, 25, {"new_utf8_bound": "new_utf8"}),
    _changed(
        Form.ASSOCIATED, "from_code_bound", (23, 25), "`from_code`, which takes `&CStr`", "PyModule"
    ),
    *(
        _changed(
            Form.ASSOCIATED, f"{name}_bound", (23, 25), f"`{name}`, which takes `&CStr`", owner
        )
        for owner, name in (
            ("PyErr", "warn"),
            ("PyErr", "warn_explicit"),
            ("PyCFunction", "new_closure"),
            ("PyCFunction", "new_with_keywords"),
        )
    ),
    *_associated("PyIterator", 23, 25, {"from_bound_object": "from_object"}),
    *_associated("PyMemoryView", 23, 25, {"from_bound": "from"}),
    *_associated("PySlice", 23, 25, {"full_bound": "full"}),
    *_associated("PyComplex", 23, 25, {"from_doubles_bound": "from_doubles"}),
    *_associated("PyEllipsis PyNone PyNotImplemented PyBuffer", 23, 25, {"get_bound": "get"}),
    *_associated(
        "PyErr",
        23,
        25,
        {
            "from_type_bound": "from_type",
            "from_value_bound": "from_value",
            "new_type_bound": "new_type",
        },
    ),
    _changed(Form.FUNCTION, "timezone_utc_bound", (23, 25), "`timezone_utc`"),
    Renamed(
        Form.MACRO, "wrap_pyfunction_bound", _v(23), _v(25), "`wrap_pyfunction!`", "wrap_pyfunction"
    ),
    # 0.21: the end of references bound to the lock.
    _changed(Form.TYPE, "PyCell", (21, 23), "`Bound<T>`"),
    _changed(Form.TYPE, "GILPool", (21, 23), "nothing: `Bound` needs no pool"),
    _changed(Form.TYPE, "PyTryFrom", (21, 23), "`downcast`"),
    _changed(Form.TYPE, "PyTryInto", (21, 23), "`downcast`"),
    # 0.28: constructors from raw pointers, and critical sections in a module of their own.
    *(
        Renamed(
            Form.ASSOCIATED,
            name,
            _v(28),
            _v(30),
            f"`Bound::{name}`, then `unbind`",
            f"Bound::{name}",
            frozenset({"Py", "PyObject"}),
            suffix,
        )
        for name, suffix in (
            ("from_owned_ptr", ".unbind()"),
            ("from_owned_ptr_or_err", ".map(pyo3::Bound::unbind)"),
            ("from_owned_ptr_or_opt", ".map(pyo3::Bound::unbind)"),
        )
    ),
    *(
        _changed(Form.ASSOCIATED, name, (28, 30), f"`Borrowed::{name}`", "Py PyObject")
        for name in ("from_borrowed_ptr", "from_borrowed_ptr_or_err", "from_borrowed_ptr_or_opt")
    ),
    *_moved(
        "pyo3::sync",
        28,
        30,
        {
            name: f"critical_section::{name}"
            for name in ("with_critical_section", "with_critical_section2")
        },
    ),
    _changed(Form.ASSOCIATED, "NAME", (28, 30), "`type_object(py).name()`", "PyTypeInfo"),
    _changed(Form.ASSOCIATED, "MODULE", (28, 30), "`type_object(py).module()`", "PyTypeInfo"),
    # 0.29 and 0.30: deprecated, still there.
    _changed(Form.METHOD, "get_refcnt", (29, None), "`ffi::Py_REFCNT(obj.as_ptr())`"),
    _changed(Form.METHOD, "version", (29, None), "`Python::version_str()`", "Python"),
    _changed(
        Form.ASSOCIATED,
        "new",
        (29, None),
        "`new_with_value`, whose name is a `&'static CStr`",
        "PyCapsule",
    ),
    _changed(
        Form.ASSOCIATED,
        "new_with_destructor",
        (29, None),
        "`new_with_value_and_destructor`",
        "PyCapsule",
    ),
    *(
        _changed(Form.METHOD, name, (30, None), f"`{name.replace('_mut', '')}_ptr`", "PyBuffer")
        for name in ("as_slice", "as_mut_slice", "as_fortran_slice", "as_fortran_mut_slice")
    ),
    *_moved(
        "pyo3::types",
        30,
        None,
        {
            "CapsuleName": "capsule::CapsuleName",
            "PyCodeInput": "code::PyCodeInput",
            "PyFrozenSetBuilder": "frozenset::PyFrozenSetBuilder",
            "PySendResult": "iterator::PySendResult",
            "PySliceIndices": "slice::PySliceIndices",
            "PyStringData": "string::PyStringData",
        },
    ),
    *(
        Renamed(
            Form.MOVED,
            name,
            _v(30),
            None,
            f"`pyo3::sync::{name}`",
            None,
            frozenset({"pyo3::types"}),
        )
        for name in ("PyMutex", "PyMutexGuard")
    ),
)
