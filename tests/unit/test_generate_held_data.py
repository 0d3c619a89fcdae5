"""Data that a binding changes on its way to the core is no view of an array."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request, generate
from bindcheck.load import load
from tides import CORE, LIB, MANIFEST, SINGLE
from tidings import packed, replaced

READ = {
    "single": "    let h = high.as_slice()?;\n    let l = low.as_slice()?;\n    if",
    "batch": "    let h = high.as_slice()?;\n    let l = low.as_slice()?;\n    let sweep",
}
LATER = "    let l = low.as_slice()?;\n"
COPIED = "    let h = copy.as_slice().unwrap();\n" + LATER

# What reads the data, in the place of `let h = high.as_slice()?;`.
CHANGED = {
    "negative": "    let copy = high.as_array().map(|v| -v);\n" + COPIED,
    "blank": "    let copy = high.as_array().map(|_| 0.0);\n" + COPIED,
    "rounded": "    let copy = high.as_array().map(|v| v.round());\n" + COPIED,
    "without blanks": "    let copy = high.as_array()"
    ".map(|v| if v.is_nan() { 0.0 } else { *v });\n" + COPIED,
    "of a variable": "    let one = 2.0;\n    let copy = high.as_array().map(|_| one);\n" + COPIED,
    "by a function": "    let copy = high.as_array().map(f64::abs);\n" + COPIED,
    "a part": "    let h = high.as_slice().map(|all| &all[1..])?;\n" + LATER,
    "copied over": "    let mut copy = high.as_slice()?.to_vec();\n"
    "    copy.copy_from_slice(low.as_slice()?);\n    let h = copy.as_slice();\n" + LATER,
    "copied over by another name": "    let mut copy = high.as_slice()?.to_vec();\n"
    "    let end = &mut copy;\n    end.copy_from_slice(low.as_slice()?);\n"
    "    let h = copy.as_slice();\n" + LATER,
    "copied over as a slice": "    let mut copy = high.as_slice()?.to_vec();\n"
    "    copy[..].copy_from_slice(low.as_slice()?);\n    let h = copy.as_slice();\n" + LATER,
    "another array": "    let h = match high.as_slice() {\n        Ok(all) => all,\n"
    "        Err(_) => low.as_slice()?,\n    };\n" + LATER,
    "none": "    let h = match high.as_slice() {\n        Ok(all) => all,\n"
    "        Err(_) => &[],\n    };\n" + LATER,
    "none by a condition": "    let h = if let Ok(all) = high.as_slice() { all } else { &[] };\n"
    + LATER,
    "another array by a condition": "    let h = if let Ok(all) = high.as_slice() {\n"
    "        all\n    } else {\n        low.as_slice()?\n    };\n" + LATER,
    "none for strided ones": "    let h = if high.is_contiguous() { high.as_slice()? }"
    " else { &[] };\n" + LATER,
    "none by default": "    let h = high.as_slice().unwrap_or_default();\n" + LATER,
    "none by way of an option": "    let all = match high.as_slice() {\n"
    "        Ok(all) => Some(all),\n        Err(_) => None,\n    };\n"
    "    let h = match all {\n        Some(all) => all,\n        None => &[],\n    };\n" + LATER,
    "both or none": "    let (h, l) = match (high.as_slice(), low.as_slice()) {\n"
    "        (Ok(up), Ok(down)) => (up, down),\n        _ => (&[][..], &[][..]),\n    };\n",
}
SAME = {
    "numbers": "    let copy = high.as_array().map(|v| *v);\n" + COPIED,
    "values": "    let copy = high.as_array().map(|&v| v);\n" + COPIED,
    "clones": "    let h = high.as_slice().map(|all| all.to_vec())?;\n" + LATER,
    "owned": "    let owned: Vec<f64>;\n    let h = match high.as_slice() {\n"
    "        Ok(all) => all,\n        Err(_) => {\n            owned = high.as_array().to_vec();\n"
    "            &owned\n        }\n    };\n" + LATER,
    "owned by a condition": "    let owned;\n    let h = if let Ok(all) = high.as_slice() {\n"
    "        all\n    } else {\n        owned = high.as_array().to_owned();\n"
    '        owned.as_slice().expect("owned")\n    };\n' + LATER,
    "owned by way of an option": "    let owned = match high.as_slice() {\n"
    "        Ok(_) => None,\n        Err(_) => Some(high.as_array().to_owned().into_raw_vec()),\n"
    "    };\n    let h = match &owned {\n        Some(all) => all.as_slice(),\n"
    "        None => high.as_slice()?,\n    };\n" + LATER,
    "both": "    let (h, l) = match (high.as_slice(), low.as_slice()) {\n"
    "        (Ok(up), Ok(down)) => (up, down),\n"
    "        _ => unreachable!(),\n    };\n",
}


@pytest.mark.parametrize("piece", READ)
@pytest.mark.parametrize("name", CHANGED)
def test_data_that_is_changed_keeps_the_binding(tmp_path: Path, name: str, piece: str) -> None:
    old = READ[piece]
    new = CHANGED[name] + old.removeprefix("    let h = high.as_slice()?;\n" + LATER)
    assert replaced(tmp_path, piece, old, new).lacking.startswith("not known: ")


@pytest.mark.parametrize("piece", READ)
@pytest.mark.parametrize("name", SAME)
def test_data_that_is_only_copied_is_read_as_before(tmp_path: Path, name: str, piece: str) -> None:
    old = READ[piece]
    new = SAME[name] + old.removeprefix("    let h = high.as_slice()?;\n" + LATER)
    told = replaced(tmp_path, piece, old, new)
    assert not told.lacking
    call = "from_slices(high_slice, low_slice," if piece == "single" else "(high_slice, low_slice,"
    assert packed(call) in told.body


def test_numbers_that_are_collected_are_those_of_the_array(tmp_path: Path) -> None:
    collected = """    let owned: Vec<f64>;
    let h = match high.as_slice() {
        Ok(all) => all,
        Err(_) => {
            owned = high.as_array().iter().copied().collect();
            &owned
        }
    };
"""
    old = READ["batch"]
    told = replaced(tmp_path, "batch", old, collected + old.partition("\n")[2])
    assert packed("(high_slice, low_slice,") in told.body


def test_numbers_that_are_copied_over_themselves_stay(tmp_path: Path) -> None:
    copied = """    let mut copy = high.as_slice()?.to_vec();
    copy.copy_from_slice(high.as_slice()?);
    let h = copy.as_slice();
"""
    old = READ["single"]
    told = replaced(tmp_path, "single", old, copied + old.partition("\n")[2])
    assert packed("from_slices(high_slice, low_slice,") in told.body


UNCHECKED = """    if h.len() != l.len() {
        return Err(PyValueError::new_err("tides of different lengths"));
    }
"""
ARRAYS = SINGLE.replace("    high: PyReadonlyArray1<'py, f64>,", "    high: {},").replace(
    UNCHECKED, ""
)
SLICE = "    let h = high.as_slice()?;\n"
BORROWED = {
    "without a guard": (
        "&Bound<'py, PyArray1<f64>>",
        "    let h = unsafe { high.as_slice()? };\n",
        "let high_values = unsafe { high.as_slice()? };",
    ),
    "by way of a guard": (
        "Bound<'py, PyArray1<f64>>",
        "    let h = high.readonly();\n    let h = h.as_slice()?;\n",
        "let high_array = high.readonly(); let high_values = high_array.as_slice()?;",
    ),
}


@pytest.mark.parametrize("name", BORROWED)
def test_an_array_that_is_borrowed_in_the_body(tmp_path: Path, name: str) -> None:
    kind, lines, wanted = BORROWED[name]
    single = ARRAYS.replace("{},", f"{kind},").replace(SLICE, lines)
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "src/lib.rs").write_text(LIB)
    path = tmp_path / "src/tide.rs"
    path.write_text(CORE + single)
    texts = []
    for _ in range(2):
        inputs, config = load(Options(paths=(tmp_path / "src",)))
        assert inputs.crate is not None
        request = Request(everything=True, replacing=Replacing(True))
        result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
        assert "lacking" not in [one.state.value for one in result.plans if one.piece == "single"]
        texts.append(path.read_text())
    assert packed(wanted) in packed(texts[0])
    assert texts[0] == texts[1]
