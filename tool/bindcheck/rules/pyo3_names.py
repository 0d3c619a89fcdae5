"""Names that PyO3 has renamed or dropped, by release."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bindcheck.crate import Version


class Form(StrEnum):
    """How a name is used."""

    METHOD = "method"
    ASSOCIATED = "associated"
    FUNCTION = "function"
    TYPE = "type"
    MACRO = "macro"


@dataclass(frozen=True, slots=True)
class Renamed:
    """A name that is deprecated from one release on and gone from another (None: not yet).

    `owners` are the types an associated function is called on. `text` is what replaces the name in
    the source; None when it takes more than another name, then `instead` says what.
    """

    form: Form
    name: str
    deprecated: Version
    gone: Version | None
    instead: str
    text: str | None = None
    owners: frozenset[str] = frozenset()


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
    _changed(Form.FUNCTION, "prepare_freethreaded_python", (26, 28), "`Python::initialize`"),
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
    # 0.25
    _changed(Form.FUNCTION, "timezone_utc", (25, 28), "`PyTzInfo::utc`"),
    *_associated("PyString", 25, 28, {"from_object": "from_encoded_object"}),
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
    *_associated("PyString", 23, 25, {"intern_bound": "intern"}),
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
    # 0.28 and 0.29: deprecated, still there.
    *(
        _changed(Form.ASSOCIATED, name, (28, None), f"`Bound::{name}`", "Py")
        for name in ("from_owned_ptr", "from_owned_ptr_or_err", "from_owned_ptr_or_opt")
    ),
    *(
        _changed(Form.ASSOCIATED, name, (28, None), f"`Borrowed::{name}`", "Py")
        for name in ("from_borrowed_ptr", "from_borrowed_ptr_or_err", "from_borrowed_ptr_or_opt")
    ),
    _changed(Form.METHOD, "get_refcnt", (29, None), "`ffi::Py_REFCNT(obj.as_ptr())`"),
    _changed(
        Form.ASSOCIATED,
        "new_with_destructor",
        (29, None),
        "`new_with_value_and_destructor`",
        "PyCapsule",
    ),
)
