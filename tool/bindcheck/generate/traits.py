"""Traits of PyO3 and NumPy that code uses without their names: which methods bring them in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

DICT_METHODS = "pyo3::types::PyDictMethods"
ANY_METHODS = "pyo3::types::PyAnyMethods"
MODULE_METHODS = "pyo3::types::PyModuleMethods"

_PYO3: Mapping[str, str] = {
    "IntoPy": "into_py",
    "IntoPyDict": "into_py_dict into_py_dict_bound",
    "IntoPyObject": "into_pyobject",
    "IntoPyObjectExt": "into_bound_py_any into_py_any into_pyobject_or_pyerr",
    "MutexExt": "lock_py_attached",
    "OnceExt": "call_once_force_py_attached call_once_py_attached",
    "OnceLockExt": "get_or_init_py_attached",
    "PyAnyMethods": (
        "abs add bitand bitnot bitor bitxor call call0 call1 call_method call_method0"
        " call_method1 compare contains del_item delattr dir div divmod downcast downcast_exact"
        " downcast_into downcast_into_exact downcast_into_unchecked downcast_unchecked eq extract"
        " floor_div ge get_item get_refcnt get_type get_type_ptr getattr getattr_opt gt hasattr"
        " hash is is_callable is_ellipsis is_empty is_exact_instance is_exact_instance_of"
        " is_instance is_instance_of is_none is_truthy iter le len lshift lt matmul mul ne neg pos"
        " pow py_super rem repr rich_compare rshift set_item setattr str sub try_iter"
    ),
    "PyBoolMethods": "is_true",
    "PyByteArrayMethods": "as_bytes as_bytes_mut data is_empty len resize to_vec",
    "PyBytesMethods": "as_bytes",
    "PyCapsuleMethods": "context is_valid is_valid_checked name pointer pointer_checked reference",
    "PyComplexMethods": "abs imag pow real",
    "PyDictMethods": (
        "as_mapping clear contains copy del_item get_item into_mapping is_empty items iter keys"
        " len locked_for_each set_default set_item update update_if_missing values"
    ),
    "PyFloatMethods": "value",
    "PyFrozenSetMethods": "contains is_empty iter len",
    "PyListMethods": (
        "append as_sequence contains del_item del_slice get_item get_item_unchecked get_slice"
        " index insert into_sequence is_empty iter len locked_for_each reverse set_item set_slice"
        " sort to_tuple"
    ),
    "PyMappingMethods": "contains del_item get_item is_empty items keys len set_item values",
    "PyModuleMethods": (
        "add add_class add_function add_submodule add_wrapped dict filename gil_used index name"
    ),
    "PySequenceMethods": (
        "concat contains count del_item del_slice get_item get_slice in_place_concat"
        " in_place_repeat index is_empty len repeat set_item set_slice to_list to_tuple"
    ),
    "PySetMethods": "add clear contains discard is_empty iter len pop",
    "PySliceMethods": "indices",
    "PyStringMethods": "data encode_utf8 to_cow to_str to_string_lossy",
    "PyTupleMethods": (
        "as_sequence as_slice contains get_borrowed_item get_item get_item_unchecked get_slice"
        " index into_sequence is_empty iter iter_borrowed len to_list"
    ),
    "PyTypeMethods": (
        "as_type_ptr bases fully_qualified_name is_subclass is_subclass_of module mro name qualname"
    ),
    "RwLockExt": "read_py_attached write_py_attached",
    "ToPyObject": "to_object",
}
_NUMPY: Mapping[str, str] = {
    "IntoPyArray": "into_pyarray into_pyarray_bound",
    "PyArray0Methods": "item",
    "PyArrayDescrMethods": (
        "alignment as_dtype_ptr base byteorder char flags get_field has_fields has_object"
        " has_subarray into_dtype_ptr is_equiv_to is_native_byteorder itemsize kind names ndim num"
        " shape typeobj"
    ),
    "PyArrayMethods": (
        "as_array as_array_mut as_raw_array as_raw_array_mut as_slice as_slice_mut as_untyped cast"
        " cast_array copy_to data dims get get_mut get_owned into_readonly into_readwrite permute"
        " readonly readwrite reshape reshape_with_order resize to_dyn to_owned_array to_vec"
        " transpose try_as_matrix try_as_matrix_mut try_into_readonly try_into_readwrite"
        " try_readonly try_readwrite uget uget_mut uget_raw"
    ),
    "PyUntypedArrayMethods": (
        "as_array_ptr dtype is_aligned is_c_contiguous is_contiguous is_empty"
        " is_fortran_contiguous len ndim shape strides"
    ),
    "ToPyArray": "to_pyarray to_pyarray_bound",
}
METHODS: Mapping[str, frozenset[str]] = {
    name: frozenset(listed.split()) for name, listed in (*_PYO3.items(), *_NUMPY.items())
}
"""The methods of each trait that Rust code may import, of all versions of PyO3 and NumPy."""

_SHARED = frozenset(
    {
        *("abs", "add", "append", "as_array", "as_bytes", "as_slice", "base", "cast", "clear"),
        *("compare", "contains", "copy", "count", "dict", "div", "eq", "extract", "ge", "get"),
        *("get_mut", "gt", "hash", "index", "insert", "is", "is_empty", "is_none", "items"),
        *("iter", "keys", "kind", "le", "len", "lt", "module", "mul", "name", "names", "ne"),
        *("neg", "num", "pop", "pos", "pow", "real", "rem", "repeat", "resize", "reverse"),
        *("sort", "str", "sub", "to_str", "to_vec", "transpose", "update", "value", "values"),
    }
)
"""Methods that slices, vectors, numbers or options have as well."""

_ITSELF = frozenset({"as_array", "as_slice", "get"})
"""Methods that an array which was borrowed has without a trait."""

_OF_PYTHON = re.compile(r"\bPy(?:[A-Z]\w*)?\b|\bBound\b|\bBorrowed\b")
_BORROWED = re.compile(r"PyRead(?:only|write)Array|PyArrayLike")


def is_trait(path: tuple[str, ...]) -> bool:
    """Whether an import is one of these traits."""
    return bool(path) and path[0] in ("numpy", "pyo3") and path[-1] in METHODS


def of_python(text: str) -> bool:
    """Whether code names a type of PyO3 or NumPy, so that it may call methods of these traits."""
    return _OF_PYTHON.search(text) is not None


def called(trait: str, text: str) -> bool:
    """Whether code of which no more is known may call methods of a trait."""
    return next(_calls(METHODS[trait], text), None) is not None


def called_on(trait: str, text: str, arguments: Mapping[str, str]) -> bool:
    """Whether the text of a binding calls methods of a trait.

    `arguments` are the types of its arguments: other variables are slices, vectors and numbers,
    where a method is none of PyO3's alone.
    """
    for receiver, method in _calls(METHODS[trait], text):
        if method not in _SHARED or not receiver.isidentifier():
            return True
        kind = arguments.get(receiver, "")
        itself = method in _ITSELF and _BORROWED.search(kind) is not None
        if of_python(kind) and not itself:
            return True
    return False


def _calls(methods: frozenset[str], text: str) -> Iterator[tuple[str, str]]:
    """What stands before the dot, a word or one mark, and the method behind it."""
    for found in re.finditer(r"(\w+|[^\w\s])\s*\.\s*(\w+)\s*(?:::\s*<[^()]*>\s*)?\(", text):
        if found[2] in methods:
            yield found[1], found[2]
