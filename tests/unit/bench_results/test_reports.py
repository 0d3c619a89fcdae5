from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from bindcheck.bench.changes import Change
from bindcheck.bench.compare import compare
from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.foreign import CRITERION, ForeignRun, ForeignSeries
from bindcheck.bench.history import trends
from bindcheck.bench.outcome import Interval
from bindcheck.bench.samples import Failure, Measurement, Phases
from bindcheck.fact import replace
from bindcheck.report.bench import BenchReport
from bindcheck.report.bench.html import to_html
from bindcheck.report.bench.markdown import to_markdown
from bindcheck.report.bench.plots import bars, past, sweep
from bindcheck.report.bench.text import to_text
from bindcheck.report.bench.view import copy_words, series
from bindcheck.report.style import Style, display_width

PEER = "peer:talib:KAMA(data, timeperiod=period)"
LONG = "an_indicator_with_a_name_that_is_longer_than_any_that_we_have_seen_so_far"


def _outcome(maker, make_case, name: str = "kama"):
    made = []
    for cells in (100, 1000, 10_000):
        one = make_case(cells, indicator=name, name=f"{name}/single/{cells}")
        native = 5.0 * cells + 100.0
        made.append(maker.measurement(one, native + 500.0, native, copy_ns=cells / 10))
        made.append(maker.measurement(one, native, native, ("python", "python")))
        made.append(maker.measurement(one, native, native, ("native", "native")))
        if cells > 100:
            made.append(maker.measurement(one, native, 1.5 * native, ("python", PEER)))
    same = make_case(1000, 61, indicator=name, name=f"{name}/batch/1000")
    made.append(maker.measurement(same, 2_994_000.0, 3_000_000.0))
    values = (10.0, 11.0, 12.0, 11.0, 10.0)
    failure = Failure("kama/<b>", ("python", "peer:nomod:f(data)"), "no module `nomod` | <i>")
    session = maker.session(
        made,
        phases=(Phases(make_case(), values, values, values, values, values),),
        failures=(failure,),
        notes=("a note",),
    )
    return evaluate(session)


@pytest.fixture
def full(maker, make_case) -> BenchReport:
    """All that a report can show."""
    runs = []
    for day in range(1, 13):
        one = _outcome(maker, make_case)
        started = f"2026-01-{day:02}T12:00:00+00:00"
        commit = f"{day:02}" * 20
        runs.append(
            replace(one, started=started, provenance=replace(one.provenance, commit=commit))
        )
    points = tuple(ForeignRun(f"2026-01-{day:02}T00:00", "", 900.0 + day) for day in range(1, 10))
    other = ForeignSeries(CRITERION, "group/<alma>|x", "", points, (Change(5, 6.8, 7.0),))
    new = runs[-1]
    gate = compare(new, runs[0], "commit 010101010101", 0.02)
    return BenchReport(new, trends(runs, new), gate, (other,), ("line 3 passed over",))


def test_text_fits_the_terminal(full: BenchReport) -> None:
    for width in (80, 120):
        text = to_text(full, Style(), width)
        wide = [line for line in text.splitlines() if display_width(line) > width]
        assert not wide


def test_long_names_do_not_widen_the_tables(maker, make_case) -> None:
    outcome = _outcome(maker, make_case, LONG)
    gate = compare(outcome, outcome, "results.json", 0.02)
    text = to_text(BenchReport(outcome, gate=gate), Style(), 80)
    assert max(map(display_width, text.splitlines())) <= len(f"no result: {LONG}") + 80
    tables = [line for line in text.splitlines() if line.startswith("  ")]
    assert max(map(display_width, tables)) <= 80
    assert LONG in text


def test_text_says_what_costs_and_how_sure_it_is(full: BenchReport) -> None:
    text = to_text(full, Style(), 120)
    assert "5 fresh processes for each pair · 95 % intervals · margin ±1 %" in text
    assert re.search(r"100 +1\.1\d µs +\d+ ns +\+8\d(\.\d)? % \(.*\) .* slower$", text, re.M)
    assert re.search(r"61 × 1,000 .* within ±1 % \(−.*\) +no difference", text)
    assert re.search(r"fixed cost (49\d|50\d) ns \(", text)
    assert "no cost per element found" in text
    assert "A/A: the same call against itself came out within 0." in text
    assert "no result: kama/<b> (python over nomod.f): no module `nomod` | <i>" in text
    # A fixed 500 ns are as much as the margin of 1 % at 10,000 elements.
    summary = (
        "6 comparisons: 2 slower, 2 faster, 1 no difference, 1 cannot tell; "
        "1 measurement without a result"
    )
    assert text.splitlines()[-1] == summary


@pytest.mark.parametrize(
    ("copied", "called", "told"),
    [
        (
            Interval(7.6, 7.4, 7.8),
            (8, None),
            "a copy of 8 bytes per element (7.6 (7.4 … 7.8) measured)",
        ),
        (
            Interval(5.1, 4.8, 5.4),
            (None, None),
            "no copy of whole elements (one of 4.8 … 5.4 bytes would take as long)",
        ),
        (
            Interval(112.0, 90.0, 134.0),
            (None, None),
            "no copy of whole elements (one of 90 … 134 bytes would take as long)",
        ),
        (Interval(0.5, 0.3, 0.7), (None, None), "less than a copy of 1 byte per element"),
        (
            Interval(6.5, 4.6, 8.4),
            (None, 8),
            "cannot be told from a copy of 8 bytes per element (6 (5 … 8) measured)",
        ),
    ],
)
def test_a_copy_is_called_by_whole_elements_with_what_was_measured_beside(
    copied: Interval, called: tuple[int | None, int | None], told: str
) -> None:
    assert copy_words(copied, *called) == told


def test_peers_stand_beside_the_native_side(full: BenchReport) -> None:
    (main, batch) = series(full)
    assert [one.b for one in main.peers] == ["talib.KAMA"]
    assert main.peers[0].row(100) is None
    assert batch.peers == ()
    row = next(line for line in to_markdown(full).splitlines() if line.startswith("| 1,000 |"))
    assert re.search(r"\*\*faster\*\* \|$", row)


def test_a_peer_without_a_native_side_has_a_table_of_its_own(maker, make_case) -> None:
    made = [maker.measurement(make_case(), 1000.0, 1500.0, ("python", PEER))]
    (one,) = series(BenchReport(evaluate(maker.session(made))))
    assert (one.a, one.b, len(one.rows)) == ("python", "talib.KAMA", 1)


def test_what_is_lost_for_one_reason_is_told_once(maker, make_case) -> None:
    failures = tuple(
        Failure(name, sides, "no end after 61 s")
        for name in ("a", "b")
        for sides in (("python", "native"), ("python", PEER))
    )
    outcome = evaluate(maker.session([], failures=(*failures, Failure("c", ("a", "b"), "gone"))))
    text = to_text(BenchReport(outcome), Style(), 120)
    assert (
        "no result: a, b (python over native, python over talib.KAMA): no end after 61 s\n" in text
    )
    assert "no result: c (a over b): gone\n" in text
    assert text.count("no end") == 1


def test_remarks_that_hold_for_several_sizes_are_told_once(maker, make_case) -> None:
    made = [maker.measurement(make_case(n), 900.0, 600.0, processes=3) for n in (10, 20, 30)]
    for one in made[1].processes:
        odd = tuple(replace(block, interrupted=True) for block in one.blocks[:12])
        one.blocks = (*odd, *one.blocks[12:])
    text = to_text(BenchReport(evaluate(maker.session(made))), Style(), 120)
    assert "  every size: 3 processes: a verdict takes 5\n" in text
    assert "  20: 60 % of the blocks were interrupted\n" in text


def test_controls_alone_are_shown_as_what_they_are(maker, make_case) -> None:
    made = [maker.measurement(make_case(), 1000.0, 1000.0, ("python", "python"))]
    text = to_text(BenchReport(evaluate(maker.session(made))), Style(), 100)
    assert "python over python" in text
    assert "1 comparison: 1 no difference" in text


def test_colours_change_nothing_but_colours(full: BenchReport) -> None:
    painted = to_text(full, Style(color=True), 100)
    assert "\x1b[31;1mslower\x1b[0m" in painted
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == to_text(full, Style(), 100)


def test_an_output_without_unicode_gets_ascii(full: BenchReport) -> None:
    text = to_text(full, Style(unicode=False), 100)
    assert text.isascii()
    assert "61 x 1,000" in text
    assert "within +-1 %" in text


@pytest.mark.parametrize("show", [lambda r: to_text(r, Style(), 80), to_markdown, to_html])
def test_a_run_without_results_says_so(maker, show) -> None:
    text = show(BenchReport(evaluate(maker.session([]))))
    assert "nothing was measured" in text
    assert "0 comparisons" not in text


@pytest.mark.parametrize("show", [lambda r: to_text(r, Style(), 200), to_markdown, to_html])
def test_every_format_tells_the_whole_story(full: BenchReport, show) -> None:
    text = show(full).replace("&lt;", "<").replace("&gt;", ">")
    for told in (
        "bench of indicators 1.2.3 at 121212121212",
        "commit 010101010101; fails when certainly over 2 %",
        "history: 12 runs since 2026-01-01; no change of level",
        "909 ns on 2026-01-09",
        "a note",
        "line 3 passed over",
        "for their history, not to compare",
        "arguments",
        "talib.KAMA",
        "A/A: the same call against itself came out within",
    ):
        assert told in text, told


def test_markdown_keeps_names_from_being_markup(full: BenchReport) -> None:
    text = to_markdown(full)
    assert r"kama/\<b\> (python over nomod.f)" in text
    assert r"no module `nomod` \| \<i\>" in text
    assert r"`group/<alma>\|x`" in text


def test_markdown_is_cut_to_what_a_comment_holds(maker, make_case) -> None:
    made = [
        maker.measurement(make_case(100, indicator=f"{LONG}{n}", name=f"{n}"), 900.0, 600.0)
        for n in range(200)
    ]
    text = to_markdown(BenchReport(evaluate(maker.session(made))))
    assert len(text) < 65_536
    assert re.search(r"\d+ more tables left out: too long for this report\.", text)
    assert "200 comparisons: 200 slower" in text


class _Page(HTMLParser):
    """Collects tags, and checks that they are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_no_network(full: BenchReport) -> None:
    text = to_html(full)
    page = _Page()
    page.feed(text)
    page.close()
    assert page.open == []
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.attributes}
    assert not re.search(r"https?://|url\(|@import", text)
    assert "prefers-color-scheme: dark" in text


def test_every_drawing_says_in_words_what_it_shows(full: BenchReport) -> None:
    page = _Page()
    page.feed(to_html(full))
    drawings = [attributes for tag, attributes in page.attributes if tag == "svg"]
    assert len(drawings) > 5
    assert all(one["role"] == "img" and one["aria-label"] for one in drawings)
    labels = [one["aria-label"] or "" for one in drawings]
    assert any(label.startswith("100: +8") and label.endswith("slower") for label in labels)


def test_the_page_shows_names_as_text(full: BenchReport) -> None:
    text = to_html(full)
    assert "<b>" not in text.replace("<body>", "")
    assert "kama/&lt;b&gt;" in text


def test_intervals_are_drawn_on_one_axis(full: BenchReport) -> None:
    main, batch = series(full)
    for one in (main, batch):
        for bar in bars(one, 0.01):
            assert 0.0 <= bar.low <= bar.value <= bar.high <= bar.width
            assert bar.margin_low < bar.zero < bar.margin_high
    slow = bars(main, 0.01)[0]
    assert slow.low > slow.margin_high
    same = bars(batch, 0.01)[0]
    assert same.margin_low <= same.low
    assert same.high <= same.margin_high


def test_the_sweep_is_drawn_with_its_fit(full: BenchReport) -> None:
    plot = sweep(series(full)[0])
    assert plot is not None
    assert [tick.label for tick in plot.x_ticks] == ["100", "1,000", "10,000"]
    assert len(plot.points) == 3
    assert all(plot.top <= point.y <= plot.bottom for point in plot.points)
    assert [tick.at for tick in plot.y_ticks] == sorted(
        (tick.at for tick in plot.y_ticks), reverse=True
    )


def test_a_difference_that_is_not_above_zero_is_marked(maker, make_case) -> None:
    made = [
        maker.measurement(make_case(cells), 1000.0 + extra, 1000.0)
        for cells, extra in ((100, 400.0), (1000, -50.0), (10_000, 300.0))
    ]
    plot = sweep(series(BenchReport(evaluate(maker.session(made))))[0])
    assert plot is not None
    assert [point.odd for point in plot.points] == [False, True, False]
    made = [maker.measurement(make_case(10**n), 900.0, 1000.0) for n in (2, 3, 4)]
    assert sweep(series(BenchReport(evaluate(maker.session(made))))[0]) is None


def test_the_past_is_drawn_with_its_changes(maker) -> None:
    runs = [
        maker.outcome(1.02 if day < 8 else 1.06, f"2026-01-{day + 1:02}T00:00:00+00:00")
        for day in range(14)
    ]
    found = trends(runs, runs[-1])[0]
    plot = past(found)
    assert plot is not None
    assert len(plot.points) == 14
    assert len(plot.lines) == 2
    (cut,) = plot.cuts
    assert plot.points[7].x < cut.at < plot.points[8].x
    assert cut.label.startswith("2026-01-09")
    assert past(replace(found, runs=found.runs[:1], changes=())) is None
    report = BenchReport(runs[-1], trends(runs, runs[-1]))
    text = to_text(report, Style(), 120)
    assert "history of 1,000 to 10,000: 14 runs since 2026-01-01; from 2026-01-09 (aaaa" in text
    assert re.search(r"on the ratio is (3\.9|4) %( to 4 %)?\s+higher", text)


def test_a_size_that_only_a_peer_has_is_in_every_format(maker, make_case) -> None:
    made = []
    for cells in (1000, 7777):
        one = make_case(cells)
        made.append(maker.measurement(one, 9000.0, 6000.0, ("python", PEER)))
        if cells == 1000:
            made.append(maker.measurement(one, 9000.0, 6000.0))
    report = BenchReport(evaluate(maker.session(made)))
    for text in (to_text(report, Style(), 120), to_markdown(report), to_html(report)):
        assert "7,777" in text


def test_the_verdict_on_a_peer_is_in_every_format(maker, make_case) -> None:
    one = make_case(1000)
    made = [
        maker.measurement(one, 6000.0, 6000.0),
        maker.measurement(one, 6000.0, 9000.0, ("python", PEER)),
    ]
    report = BenchReport(evaluate(maker.session(made)))
    for text in (to_text(report, Style(), 120), to_markdown(report), to_html(report)):
        assert re.search(r"\([^()]*\),? +(\*\*)?faster", text)


@pytest.mark.parametrize(("width", "columns"), [(200, True), (80, False)])
def test_peers_are_columns_of_the_text_where_there_is_room(
    full: BenchReport, width: int, columns: bool
) -> None:
    text = to_text(full, Style(), width)
    [*_, row] = [line for line in text.splitlines() if re.match(r" +1,000 ", line)]
    heads = [line for line in text.splitlines() if "python over talib.KAMA" in line]
    assert len(heads) == 1
    assert bool(re.search(r"finds +verdict +talib\.KAMA", heads[0])) is columns
    if columns:
        assert re.search(r"(slower|cannot tell) +\d\S* \S+ +\S+ % \(.*\), faster$", row)
        assert "against talib.KAMA: " in text


def _on(measurement: Measurement, cores: int | None) -> Measurement:
    processes = tuple(replace(one, cores=cores) for one in measurement.processes)
    return replace(measurement, processes=processes)


@pytest.mark.parametrize("show", [lambda r: to_text(r, Style(), 200), to_markdown, to_html])
def test_how_many_cores_there_were_is_in_every_format(maker, make_case, show) -> None:
    made = [
        _on(maker.measurement(make_case(threads=threads, indicator=name), 600.0, 500.0), cores)
        for threads, name, cores in ((None, "a", 1), (4, "b", 2), (None, "c", None))
    ]
    outcome = evaluate(maker.session(made))
    assert [one.cores for one in outcome.comparisons] == [1, 2, None]
    titles = [one.details for one in series(BenchReport(outcome))]
    assert titles == [
        "period=30, kernel=auto · 1 core · results recycled",
        "period=30, kernel=auto · 4 threads · 2 cores · results recycled",
        "period=30, kernel=auto · results recycled",
    ]
    assert "4 threads · 2 cores" in show(BenchReport(outcome))


@pytest.mark.parametrize("show", [lambda r: to_text(r, Style(), 80), to_markdown, to_html])
def test_what_is_not_committed_is_named(maker, show) -> None:
    outcome = maker.outcome(dirty=True, changed=("src/a.rs", "Cargo.toml"))
    assert "uncommitted changes: src/a.rs, Cargo.toml" in show(BenchReport(outcome))
    many = replace(outcome.provenance, changed=tuple(f"{at}.rs" for at in range(20)))
    told = show(BenchReport(replace(outcome, provenance=many)))
    assert "uncommitted changes: 0.rs, 1.rs, 2.rs, 3.rs, 4.rs and others" in told
