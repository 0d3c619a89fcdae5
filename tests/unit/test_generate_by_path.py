"""Arrays that bindings by hand make by the path of a function, read like methods."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.analysis.paths_as_methods import as_method, is_by_path, with_methods
from bindcheck.model import Call, MethodCall
from bindcheck.parse import lower_body, parse_module
from odd_bindings import batch, facts
from tides import BATCH, END, SINGLE, STREAM
from tidings import packed, replaced


def body_of(code: str) -> object:
    source = f"fn f() {{ {code} }}".encode()
    body = lower_body(source, parse_module("x.rs", source), 0)
    assert body is not None
    return with_methods(body).statements[0]


@pytest.mark.parametrize(
    "code",
    [
        "IntoPyArray::into_pyarray(values, py)",
        "numpy::IntoPyArray::into_pyarray(values, py)",
        "<Vec<f64> as numpy::IntoPyArray>::into_pyarray(values, py)",
        "<Vec<f64>>::into_pyarray(values, py)",
        "Vec::<f64>::into_pyarray(values, py)",
        "numpy::ToPyArray::to_pyarray(values, py)",
    ],
)
def test_a_method_that_is_called_by_its_path(code: str) -> None:
    node = body_of(code)
    assert isinstance(node, MethodCall)
    assert (node.method, len(node.args)) == (code.partition("(")[0].rpartition("::")[2], 1)
    assert is_by_path(node)


@pytest.mark.parametrize(
    "code", ["into_pyarray(values, py)", "Other::into_pyarray(values, py)", "Vec::new(values)"]
)
def test_other_functions_stay_calls(code: str) -> None:
    node = body_of(code)
    assert isinstance(node, Call)
    assert as_method(node) is None


def test_a_method_by_its_name_is_not_by_path() -> None:
    node = body_of("values.into_pyarray(py)")
    assert isinstance(node, MethodCall)
    assert not is_by_path(node)


# --- the reference -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        "IntoPyArray::into_pyarray({}, py)",
        "numpy::IntoPyArray::into_pyarray({}, py)",
        "PyArray1::from_vec(py, {})",
        "numpy::PyArray1::<_>::from_vec(py, {})",
    ],
)
def test_keys_of_a_reference_that_calls_by_path(made: str) -> None:
    lengths, gains = made.format("lengths"), made.format("gains")
    rows = f"""
    let lengths: Vec<_> = combos.iter().map(|c| c.length.unwrap_or(5) as i64).collect();
    let gains: Vec<_> = combos.iter().map(|c| c.gain.unwrap_or(1.0)).collect();
    dict.set_item("all_length", {lengths})?;
    dict.set_item("all_gain", {gains})?;
"""
    text = packed(batch(facts({}, rows=rows)))
    assert 'set_item("all_length",all_length.into_pyarray(py))' in text
    assert 'set_item("all_gain",all_gain.into_pyarray(py))' in text
    assert "unwrap_or(5)asi64" in text


# --- bindings that are replaced ------------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        "IntoPyArray::into_pyarray({}, py)",
        "numpy::IntoPyArray::into_pyarray({}, py)",
        "PyArray1::from_vec(py, {})",
        "numpy::PyArray1::<f64>::from_vec(py, {})",
    ],
)
def test_results_that_are_made_by_path(tmp_path: Path, made: str) -> None:
    new = f"    Ok(({made.format('ebb')}, {made.format('flood')}))"
    told = replaced(tmp_path, "single", END, new)
    assert not told.lacking
    assert "Ok((output.ebb.into_pyarray(py),output.flood.into_pyarray(py)))" in told.body


@pytest.mark.parametrize(
    "made", ["IntoPyArray::into_pyarray(spans, py)", "PyArray1::from_vec(py, spans)"]
)
def test_entries_that_are_made_by_path_stay_as_they_are(tmp_path: Path, made: str) -> None:
    told = replaced(tmp_path, "batch", "spans.into_pyarray(py)", made)
    assert not told.lacking
    assert packed(made.partition("spans")[0]) + "combos.iter()" in told.body.replace(
        "(py,combos", "(py,combos"
    )


def test_the_matrix_of_a_vector_by_path(tmp_path: Path) -> None:
    """The vector that the core has filled becomes the matrix."""
    text = BATCH
    for name, memory in (("first", "a"), ("second", "b")):
        text = text.replace(
            f"    let {name} = unsafe {{ PyArray1::<f64>::new(py, [rows * cols], false) }};\n",
            f"    let mut {name} = vec![f64::NAN; rows * cols];\n",
        )
        text = text.replace(f"    let {memory} = unsafe {{ {name}.as_slice_mut()? }};\n", "")
        text = text.replace(
            f"{name}.reshape(", f"numpy::IntoPyArray::into_pyarray({name}, py).reshape("
        )
    text = text.replace("kern, true, a, b", "kern, true, &mut first, &mut second")
    assert text.count("into_pyarray(first") == text.count("&mut first") == 1
    told = replaced(tmp_path, "batch", BATCH, text)
    assert not told.lacking
    assert 'set_item("up",flood_array.reshape([rows,cols])?)' in told.body


def test_another_value_by_path_is_not_taken_for_the_result(tmp_path: Path) -> None:
    new = END.replace("ebb.into_pyarray(py)", "IntoPyArray::into_pyarray(ebb[1..].to_vec(), py)")
    assert replaced(tmp_path, "single", END, new).lacking


# --- streams in tuples ---------------------------------------------------------------------------

TUPLE = (
    STREAM.replace("pub struct TideStreamPy {\n    inner: TideStream,\n}", "pub struct {};")
    .replace("pub struct {};", "pub struct TideStreamPy(TideStream);")
    .replace("self.inner.", "self.0.")
)


@pytest.mark.parametrize("made", ["TideStreamPy(inner)", "Self(inner)"])
def test_a_stream_in_a_tuple(tmp_path: Path, made: str) -> None:
    text = TUPLE.replace("TideStreamPy { inner }", made)
    assert text != TUPLE
    told = replaced(tmp_path, "stream", STREAM, text)
    assert not told.lacking
    assert "pubstructTideStreamPy(TideStream);" in told.body
    assert "Ok(Self(stream))" in told.body
    assert "letresult=self.0.update(high,low);result.unwrap_or(f64::NAN)" in told.body


def test_a_stream_that_is_wrapped_where_it_is_made(tmp_path: Path) -> None:
    """The result of the constructor itself is mapped."""
    head, _, rest = TUPLE.partition("        let inner =\n")
    made, _, tail = rest.partition("?;\n        Ok(TideStreamPy { inner })")
    wrapped = made.strip().replace("try_new(params)", "try_new(params).map(Self)")
    told = replaced(tmp_path, "stream", STREAM, f"{head}        {wrapped}{tail}")
    assert not told.lacking
    assert "Ok(Self(stream))" in told.body


def test_a_tuple_with_more_than_the_stream_stays(tmp_path: Path) -> None:
    text = TUPLE.replace("(TideStream);", "(TideStream, usize);")
    text = text.replace("TideStreamPy { inner }", "TideStreamPy(inner, 0)")
    told = replaced(tmp_path, "stream", STREAM, text)
    assert "a struct `TideStreamPy` with one field, a `TideStream`" in told.lacking


def test_the_single_call_beside_is_as_before(tmp_path: Path) -> None:
    assert not replaced(tmp_path, "single", SINGLE, SINGLE).lacking
