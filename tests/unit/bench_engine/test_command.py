"""What the command line of `bench` refuses, and what it tells to give instead."""

from __future__ import annotations

import pytest

from bindcheck.cli import bench, main


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["wave", "--sizes", ","], "--sizes ',' names nothing: write --sizes 100,1e4"),
        (["wave", "--sizes", ""], "--sizes '' names nothing: write --sizes 100,1e4"),
        (["wave", "--sizes", "1e2,x"], "--sizes: 'x' is no whole number above 0: write it as"),
        (["wave", "--sizes", "1e400"], "--sizes: '1e400' is no whole number above 0"),
        (["wave", "--sizes", "nan"], "--sizes: 'nan' is no whole number above 0"),
        (["wave", "--sizes", "-5"], "--sizes: '-5' is no whole number above 0"),
        (["wave", "--threads", ","], "--threads ',' names nothing: write --threads"),
        (["wave", "--kernels", " "], "--kernels ' ' names nothing: write --kernels auto,scalar"),
        (["wave", "--layouts", ""], "--layouts '' names nothing: write --layouts contiguous,strid"),
        (["wave", "--states", "retaned"], "recycled, retained, did you mean 'retained'?"),
        (["src/wave.rs"], "'src/wave.rs' is a path, NAME is an indicator: name the indicator: "),
        (["./crate"], "name an indicator, and choose the crate with --manifest-path"),
        (["Cargo.toml"], "name an indicator, and choose the crate with --manifest-path"),
        (["cases.toml"], "give a file of cases with --cases cases.toml"),
        (["wave", "--peer", "foo"], "'foo' is no peer: write module:function"),
        (["wave", "--peer", "a:b(c"], "'a:b(c' is no peer"),
        (["wave", "--peer", "a:b(c d)"], "the arguments of the peer 'a:b(c d)' do not parse"),
        (["wave", "--pair", "native/python"], "--pair 'native/python': write python/native, "),
        ([], "name an indicator, ask for --all, or give --cases"),
        (["wave", "--all"], "one of the three"),
        (["wave", "--param", "length"], "--param 'length': write NAME=VALUE"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_give(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("bindcheck: error: ")
    assert told in line


def test_what_is_named_twice_is_measured_once() -> None:
    assert bench.numbers("100,1e2,1_000", "--sizes", ()) == (100, 1000)
    twice = ("python/native", "python/native", "python/peer")
    assert bench._pairs(twice) == (("python", "native"),)
    assert bench._listed("scalar,auto,scalar", "--kernels", "auto") == ("scalar", "auto")
