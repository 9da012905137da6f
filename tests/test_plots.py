"""Pictures: well-formed, deterministic, honest about what is unknown, and safe with any name."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.visible import OBEYED
from netwright.metrics.calibration import Tenth
from netwright.plots import calibration, confusion, curves, gaps, residuals, search, style

pytestmark = pytest.mark.usefixtures("whole_pictures")

NAN = math.nan
RUNGS = [
    {"name": "human", "error": 0.002, "low": None, "high": None},
    {"name": "train", "error": 0.006, "low": 0.003, "high": 0.010},
    {"name": "dev", "error": 0.020, "low": 0.013, "high": 0.031},
]
GAPS = [
    {"name": "avoidable bias", "from_": "human", "to": "train", "size": 0.004, "verdict": "noise"},
    {"name": "variance", "from_": "train", "to": "dev", "size": 0.014, "verdict": "first"},
]

PICTURES: dict[str, Callable[[], str]] = {
    "loss": lambda: curves.loss_curve(
        curves.Course([1, 2, 3], ([1, 2, 3], [0.1, 0.2, 0.1]), best=3),
        [2.0, 1.0, 0.5],
        [2.1, 1.2, 0.9],
        steps=([0.1, 0.2], [3.0, 2.9]),
    ),
    "metric": lambda: curves.metric_curve(
        curves.Course([1, 2, 3], best=3),
        [0.3, 0.2, 0.1],
        name="error",
        percent=True,
        band=([0.2, 0.1, 0.05], [0.4, 0.3, 0.2]),
    ),
    "gaps": lambda: gaps.gap_chart(RUNGS, GAPS),
    "table": lambda: confusion.confusion_chart([[5, 1], [0, 7]], ["cat", "dog"]),
    "pairs": lambda: confusion.confusion_chart(
        [[0 if i == j else i for j in range(25)] for i in range(25)], [f"c{i}" for i in range(25)]
    ),
    "answers": lambda: residuals.answers_against_truths([1.0, 2.0, 4.0], [1.1, 2.2, 3.0], unit="m"),
    "residuals": lambda: residuals.residuals([1.0, 2.0, 4.0], [1.1, 2.2, 3.0]),
    "importance": lambda: search.importance(["optimizer.lr", "model.width"], [0.8, 0.2]),
    "slice": lambda: search.knob_slice(
        search.KnobAxis("optimizer.lr", (-4, 0), [(-4, "0.0001"), (0, "1")]),
        [-3.0, -2.0, -1.0],
        [0.3, 0.1, 0.9],
        metric="error",
        percent=True,
        best=1,
        stopped=([-1.5], [0.4]),
    ),
    "parallel": lambda: search.parallel(
        ["lr", "width", "error"],
        [[0.1, NAN, 0.0], [0.5, 0.5, 1.0]],
        [("0.1", "1"), ("8", "64"), ("2%", "9%")],
        best=0,
        good=1,
    ),
    "so far": lambda: search.best_so_far(
        [10.0, 130.0, 200.0],
        [0.3, 0.1, 0.2],
        better="lower",
        metric="error",
        percent=True,
        counts=[True, False, True],
        rounds=[120.0],
    ),
    "calibration": lambda: calibration.reliability([Tenth(0.95, 0.9, 0.8, 0.96, 40)]),
}


def words_of(picture: str) -> str:
    """All text of an SVG, in the order of the file."""
    return " ".join(
        element.text or ""
        for element in ElementTree.fromstring(picture).iter()
        if element.tag.endswith("text")
    )


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_well_formed_small_described_and_loads_nothing(name: str) -> None:
    picture = PICTURES[name]()
    root = ElementTree.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["role"] == "img"
    assert len(root.attrib["aria-label"]) > 15
    assert len(picture) < 60_000
    assert "<text" in picture, "text stays text, to be read aloud and searched"
    assert set(re.findall(r"https?://[^\"' ]+", picture)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(script|image|style)\b[^>]*href", picture)


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_figures_give_the_same_bytes(name: str) -> None:
    assert PICTURES[name]() == PICTURES[name]()


def test_ids_of_two_pictures_on_a_page_never_meet() -> None:
    pictures = [draw() for draw in PICTURES.values()]
    ids = [
        found
        for name in ("loss", "gaps", "table", "answers", "slice", "so far")
        for found in set(re.findall(r'\bid="([^"]+)"', PICTURES[name]()))
    ]
    assert len(ids) == len(set(ids))
    for picture in pictures:
        pointed = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', picture))
        assert {a or b for a, b in pointed} <= set(re.findall(r'\bid="([^"]+)"', picture))


def test_the_kept_epoch_and_the_names_stand_in_the_curves() -> None:
    words = words_of(PICTURES["loss"]())
    assert "epoch 3 kept" in words
    assert "train" in words
    assert "dev" in words
    assert "learning rate, up to 0.2" in words


@pytest.mark.parametrize(
    ("train", "dev"),
    [
        ([NAN], [NAN]),
        ([1.0], [2.0]),
        ([1.0, NAN, math.inf], [1.0, 2.0, -math.inf]),
        ([0.0, 0.0], [0.0, 0.0]),
        ([1e30, 1e-30], [1.0, 2.0]),
    ],
)
def test_curves_of_broken_or_single_epochs_are_drawn(train: list[float], dev: list[float]) -> None:
    epochs = list(range(1, len(train) + 1))
    course = curves.Course(epochs, best=1)
    ElementTree.fromstring(curves.loss_curve(course, train, dev))
    ElementTree.fromstring(
        curves.metric_curve(
            curves.Course(epochs), dev, name="error", percent=False, band=(dev, dev)
        )
    )


@pytest.mark.parametrize("last", [0.5, 0.001], ids=["straight", "logarithmic"])
def test_a_curve_is_named_where_it_ends(last: float) -> None:
    picture = curves.loss_curve(
        curves.Course([1, 2, 3]), [3.0, 2.0, 1.5], [2.0, 1.0, last], steps=([0.1, 0.5], [9.0, 4.0])
    )
    for name in ("train", "dev"):
        colour = style.COLOURS[name]
        line = next(
            path
            for path in re.findall(r"<path [^>]*>", picture)
            if colour in path and "stroke-width: 0.7" not in path
        )
        end = float(
            re.findall(
                r"[-\d.]+", line[line.index(' d="') : line.index('"', line.index(' d="') + 4)]
            )[-1]
        )
        label = next(text for text in re.findall(rf"<text [^>]*>{name}<", picture))
        place = re.search(r"translate\([-\d.]+ ([-\d.]+)\)| y=\"([-\d.]+)\"", label)
        assert place
        assert abs(float(place.group(1) or place.group(2)) - end) < style.SIZE / 2, (
            "the base line lies just below the middle"
        )


def test_curves_without_an_epoch_are_drawn_empty() -> None:
    ElementTree.fromstring(curves.loss_curve(curves.Course([]), [], []))


@given(st.integers(0, 3000), st.integers(2, 500))
def test_thinning_keeps_the_mean_and_the_order(count: int, most: int) -> None:
    xs = [float(x) for x in range(count)]
    thin_x, thin_y = curves.thin(xs, [2 * x for x in xs], most)
    assert len(thin_x) == len(thin_y) <= max(most, 0)
    assert thin_x == sorted(thin_x)
    assert thin_y == pytest.approx([2 * x for x in thin_x])


def test_the_best_so_far_passes_over_what_breaks_a_bound() -> None:
    assert "from 0.3 to 0.2" in PICTURES["so far"]()
    assert "minutes since the search began" in words_of(PICTURES["so far"]())
    ElementTree.fromstring(
        search.best_so_far(
            [5.0], [0.5], better="higher", metric="accuracy", percent=False, counts=[False]
        )
    )
    ElementTree.fromstring(search.best_so_far([], [], better="lower", metric="error", percent=True))


def test_the_gap_chart_names_levels_gaps_and_noise() -> None:
    words = words_of(gaps.gap_chart(RUNGS, GAPS))
    for expected in (
        "human",
        "train",
        "dev",
        "0.6%",
        "2.0%",
        "variance +1.4 points",
        "avoidable bias +0.4 points, within the noise",
    ):
        assert expected in words


def test_the_gap_chart_shows_figures_of_which_more_is_better_as_they_are() -> None:
    rungs = [
        {"name": "train", "error": -0.9, "low": None, "high": None},
        {"name": "dev", "error": -0.7, "low": None, "high": None},
    ]
    words = words_of(gaps.gap_chart(rungs, [], percent=False, flipped=True))
    assert "0.9" in words
    assert "-0.9" not in words


@pytest.mark.parametrize("level", [0.0, 1.0, 0.3])
def test_the_gap_chart_of_one_or_of_equal_rungs_is_drawn(level: float) -> None:
    rung = {"name": "dev", "error": level, "low": None, "high": None}
    ElementTree.fromstring(gaps.gap_chart([rung], []))
    ElementTree.fromstring(
        gaps.gap_chart([{**rung, "name": "train"}, rung], [{**GAPS[1], "size": 0.0}])
    )


@pytest.mark.parametrize(
    ("levels", "percent"), [((0.0, 1e-16), True), ((0.0, 0.0), True), ((7.0, 7.0), False)]
)
def test_the_axis_of_levels_that_are_alike_spans_something(
    levels: tuple[float, float], percent: bool
) -> None:
    rungs = [
        {"name": name, "error": error, "low": error, "high": error}
        for name, error in zip(("train", "dev"), levels, strict=True)
    ]
    words = words_of(gaps.gap_chart(rungs, [], percent=percent))
    assert not re.search(r"\de-\d", words)
    if percent:
        assert words.count(" 0.0%") == 2  # no 0.00%: nothing is known so finely


def test_the_words_of_the_gap_chart_stay_inside_it() -> None:
    picture = gaps.gap_chart(RUNGS, [{**GAPS[1], "verdict": "noise"}])
    width = float(ElementTree.fromstring(picture).attrib["viewBox"].split()[2])
    for element in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text"):
        place = re.search(r"translate\(([-\d.]+)|", element.attrib.get("transform", ""))
        left = float(element.attrib.get("x") or (place and place.group(1)) or 0)
        anchored = "middle" in element.attrib.get("style", "") or "end" in element.attrib.get(
            "style", ""
        )
        assert anchored or left + 6.2 * len(element.text or "") <= width


def test_the_confusion_table_holds_every_count() -> None:
    words = words_of(
        confusion.matrix_chart([[31, 2, 0], [4, 57, 1], [0, 0, 83]], ["a", "b", "c"])
    ).split()
    assert [word for word in words if word.isdigit()] == ["31", "2", "4", "57", "1", "83"]


def test_worst_pairs_agree_with_a_search_through_all() -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 5, (12, 12))
    every = sorted(
        (
            (int(counts[i, j]), -i, -j)
            for i in range(12)
            for j in range(12)
            if i != j and counts[i, j]
        ),
        reverse=True,
    )
    assert confusion.worst_pairs(counts.tolist(), 7) == [
        (-i, -j, count) for count, i, j in every[:7]
    ]


HOSTILE = [
    "<script>alert(1)</script>",
    "$x^2$",
    "$\\frac",
    "a&b",
    "\x00\x1b[31m",
    "",
    " ",
    "名前",
    "🐈",
    "x" * 500,
    "\ud800",
    '" id="p1',
]


def test_any_name_stays_text() -> None:
    size = len(HOSTILE)
    for count in (1, 40):
        classes = (HOSTILE * count)[: max(size, count)]
        picture = confusion.confusion_chart([[1] * len(classes)] * len(classes), classes)
        ElementTree.fromstring(picture)
        assert "<script" not in picture
    assert "$x^2$" in words_of(confusion.matrix_chart([[1] * size] * size, HOSTILE)), (
        "no formula is made of it"
    )


@given(st.text())
@settings(max_examples=200)
def test_clean_gives_one_short_line_that_xml_can_hold(text: str) -> None:
    cleaned = style.clean(text, 20)
    assert 0 < len(cleaned) <= 20
    assert OBEYED.search(cleaned) is None
    ElementTree.fromstring(f"<a>{cleaned.replace('&', '').replace('<', '')}</a>")


@given(st.lists(st.floats(-100, 100), max_size=12), st.floats(0.01, 50))
def test_apart_keeps_order_and_distance_and_moves_nothing_that_fits(
    wanted: list[float], least: float
) -> None:
    places = style.apart(wanted, least)
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    moved = [places[i] for i in order]
    assert all(b - a >= least * (1 - 1e-6) for a, b in pairwise(moved))
    if all(b - a >= least for a, b in pairwise(sorted(wanted))):
        assert places == pytest.approx(wanted)
    assert sum(places) == pytest.approx(sum(wanted), abs=1e-6), "every block keeps its middle"


@pytest.mark.parametrize("error", [0.35, 0.98])
def test_no_proportion_is_marked_beyond_all(error: float) -> None:
    rungs = [
        {"name": "train", "error": error - 0.05, "low": None, "high": None},
        {"name": "dev", "error": error, "low": error - 0.02, "high": min(1.0, error + 0.02)},
    ]
    gap = {**GAPS[1], "size": 0.05, "verdict": "noise"}
    marked = re.findall(r"(?<!\S)(\d+)%", words_of(gaps.gap_chart(rungs, [gap])))
    assert len(marked) > 1 and max(map(int, marked)) <= 100


@pytest.mark.parametrize("scale", [1e-5, 1.0, 1e4, 1e5, 1e9])
def test_ticks_of_errors_stand_clear_of_each_other(scale: float) -> None:
    errors = scale * np.linspace(-1, 1, 50)
    picture = ElementTree.fromstring(residuals.residuals([0.0] * 50, errors.tolist()))
    ticks = [
        (float(element.attrib["x"]), element.text or "")
        for element in picture.iter()
        if element.tag.endswith("text") and re.fullmatch(r"-?[\d,.]+(e-\d+)?", element.text or "")
    ]
    assert len(ticks) > 1
    for (left, one), (right, two) in pairwise(ticks):
        assert right - left > 6.5 * (len(one) + len(two)) / 2


def test_residuals_leave_out_what_is_not_finite_and_say_the_middle() -> None:
    picture = residuals.residuals([0.0, 1.0, NAN, 2.0], [1.0, 2.0, 3.0, math.inf])
    assert "median 1" in words_of(picture)
    ElementTree.fromstring(residuals.residuals([], []))
    ElementTree.fromstring(residuals.answers_against_truths([], []))
    ElementTree.fromstring(residuals.answers_against_truths([3.0, 3.0], [3.0, 3.0]))


def test_many_examples_are_shaded_cells_instead_of_points() -> None:
    rng = np.random.default_rng(0)
    truths = rng.normal(size=20_000)
    assert len(residuals.answers_against_truths(truths.tolist(), (truths + 0.1).tolist())) < 150_000


def test_the_room_loads_matplotlib_only_to_draw_and_never_pyplot() -> None:
    code = (
        "import sys, netwright.plots, netwright.plots.curves as c, netwright.plots.gaps,"
        " netwright.plots.confusion;assert 'matplotlib' not in"
        " sys.modules;c.loss_curve(c.Course([1, 2]), [1, 2], [1, 2]); assert 'matplotlib.pyplot'"
        " not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
