"""Cores of many shapes whose bindings are compiled and run."""

from __future__ import annotations

from synthetic_cores.description import Choice, Core, Output, Parameter, Series

BARS = (Series("high"), Series("low"), Series("close"))

PERIOD = Parameter("period", "usize", "9")

MODE = Choice("ChosenMode", (("Slow", "slow"), ("Fast", "fast")), "from_str")
SIDES = Choice(
    "ChosenSides",
    (("Long", "long"), ("Short", "short"), ("Both", "both-ways")),
    "as_str",
    listed=True,
)
OPEN_MODE = Choice("OpenMode", (("Slow", "slow"), ("Fast", "fast")))
SMOOTHING = Choice("ChosenSmoothing", (("Simple", "simple"), ("WilderOne", "wilder_one")))

BANDS = (Output("upper"), Output("middle"), Output("lower"))
GAIN = Parameter("gain", "f64", "0.5")

SAMPLE = (
    Core("one_slice"),
    Core(
        "bars_two",
        series=BARS,
        parameters=(PERIOD, Parameter("factor", "f64", "2.5"), Parameter("shift", "i32", "-3")),
        outputs=(Output("upper"), Output("lower")),
    ),
    Core(
        "with_volume",
        series=(*BARS[:2], Series("volume")),
        parameters=(Parameter("factor", "f64", "1.5"), PERIOD, Parameter("depth", "u32", "3")),
        into="combos",
        grid="Vec",
    ),
    Core("maybe_volume", series=(Series("data"), Series("volume", optional=True)), grid="Vec"),
    Core(
        "maybe_prices",
        series=(
            *(Series("high"), Series("open", optional=True), Series("low")),
            *(Series("close", optional=True), Series("volume", optional=True)),
        ),
    ),
    Core(
        "stamped",
        series=(Series("timestamps", "i64"), Series("price")),
        parameters=(PERIOD, Parameter("kind", "String", '"ema"')),
        ranges="first",
        into="",
    ),
    Core(
        "flagged",
        parameters=(Parameter("on", "bool", "true"), Parameter("length", "usize", "12")),
        outputs=(Output("up", "bool"), Output("state", "i8"), Output("level")),
        into="",
    ),
    Core(
        "nine",
        series=(Series("open"), *BARS),
        outputs=tuple(Output(f"level{at}") for at in range(1, 10)),
        stream="plain",
    ),
    Core("six", outputs=tuple(Output(name) for name in "abcdef"), stream="", into=""),
    Core("renamed", renamed="lookback", parameters=(PERIOD, Parameter("gain", "f64", "0.5"))),
    Core("divided", into="split"),
    Core("flat_rows", series=BARS, outputs=BANDS, into="rows"),
    Core("flat_taken", outputs=BANDS[:2], into="taken", grid="Vec"),
    Core("flat_planes", outputs=BANDS, into="planes", parameters=(PERIOD, GAIN)),
    Core("bare", kernel=False, into="", series=BARS[:2], stream="plain"),
    Core("constant", parameters=(), series=BARS, into=""),
    Core("chosen", parameters=(PERIOD, Parameter("mode", "choice", '"fast"', MODE))),
    Core(
        "chosen_list",
        parameters=(Parameter("side", "choice", '"both-ways"', SIDES), PERIOD),
        into="",
    ),
    Core("open_ref", taken="ref"),
    Core("open_vector", taken="ref", vectors=True, plain=True, kernel=False, into=""),
    Core(
        "open_value",
        taken="value",
        series=BARS,
        parameters=(PERIOD, Parameter("kind", "String", '"ema"'), GAIN),
        outputs=BANDS,
        plain=True,
        into="combos",
        ranges="first",
    ),
    Core(
        "open_first",
        taken="first",
        series=BARS[:2],
        vectors=True,
        outputs=BANDS[:2],
        parameters=(PERIOD, Parameter("mode", "choice", '"fast"', OPEN_MODE)),
        grid="Vec",
        stream="plain",
    ),
    Core("open_option", taken="option", kernel=False, into="", grid="", stream=""),
    Core(
        "chosen_plain",
        parameters=(Parameter("smoothing", "choice", '"wilder_one"', SMOOTHING), PERIOD),
        stream="plain",
        into="combos",
    ),
)
"""The cores that are compiled, one for each shape."""

STRICT_SAMPLE = (
    Core("one_slice", strict=True),
    Core(
        "bars",
        series=BARS,
        parameters=(PERIOD, Parameter("factor", "f64", "2.5")),
        strict=True,
    ),
    Core(
        "volume_two",
        series=(*BARS[:2], Series("volume")),
        parameters=(Parameter("factor", "f64", "1.5"), PERIOD, Parameter("slow", "usize", "30")),
        strict=True,
    ),
    Core("stamped", series=(Series("timestamps", "i64"), Series("price")), strict=True),
    Core("streamless", series=BARS[:2], stream="", strict=True),
    Core("open_ref", taken="ref", strict=True),
    Core("open_bars", taken="value", series=BARS, vectors=True, plain=True, strict=True),
    Core(
        "chosen",
        parameters=(PERIOD, Parameter("mode", "choice", '"fast"', MODE)),
        strict=True,
    ),
    Core(
        "chosen_list",
        parameters=(Parameter("side", "choice", '"both-ways"', SIDES), PERIOD),
        strict=True,
    ),
)
