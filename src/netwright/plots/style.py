"""One look for every picture: direct labels, few lines, text that stays text."""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal
from xml.etree import ElementTree

from netwright.base.figures import readable, shorten
from netwright.base.visible import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, EDGE, FAINT, PAPER = "#1b1f24", "#656d76", "#d5d8dc", "#eef0f2", "#ffffff"
COLOURS = {
    "human": "#656d76",
    "train": "#0072b2",
    "training": "#4d7ea8",
    "train_dev": "#56a4d3",
    "dev": "#c44e00",
    "test": "#00805e",
}
"""Okabe and Ito's set, which the colour-blind can tell apart, darkened to 4.5:1 on white.

In print the colours differ by lightness.
"""

ALARM = "#b3261e"
FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
SIZE = 12.5

_RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "netwright",
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],
    "font.size": SIZE,
    "axes.edgecolor": EDGE,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 1.0,
    "axes.titley": 1.0,  # measures nothing: a quarter of the time of a report
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
    "xtick.color": EDGE,
    "xtick.labelcolor": MUTED,
    "xtick.labelsize": SIZE - 1,
    "ytick.color": EDGE,
    "ytick.labelcolor": MUTED,
    "ytick.labelsize": SIZE - 1,
    "text.color": INK,
    "lines.solid_capstyle": "round",
    "path.simplify": True,
}


@contextmanager
def styled() -> Iterator[None]:
    """The shared look while a figure is built and written.

    Warnings of glyphs that only the reader's fonts hold are dropped.
    """
    import matplotlib

    with matplotlib.rc_context(_RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def figure(width: float, height: float) -> Figure:
    """An empty figure of that many SVG units (CSS pixels at natural size)."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / 72, height / 72), facecolor="none")


def svg(drawn: Figure, *, label: str, name: str) -> str:
    """The figure as one ``<svg>`` element that scales, without date, comment or outside reference.

    Args:
        label: what the picture shows, for those who do not see it.
        name: a prefix that keeps its ids apart from those of other pictures on a page.
    """
    out = io.BytesIO()
    drawn.savefig(
        out,
        format="svg",
        transparent=True,
        metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
    )
    root = ElementTree.fromstring(out.getvalue())
    _unqualify(root)
    _keep_needed_ids(root, name)
    for element in root.iter():
        _tidy(element)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    widest = f"width:100%;max-width:{1.15 * drawn.get_figwidth() * 72:.0f}px;height:auto"
    root.attrib |= {
        "xmlns": "http://www.w3.org/2000/svg",
        "role": "img",
        "aria-label": label,
        "style": widest,
    }
    title = ElementTree.Element("title")
    title.text = label
    root.insert(0, title)
    return ElementTree.tostring(root, encoding="unicode")


def clean(text: str, most: int = 60) -> str:
    """``text`` on one line that XML can hold; of a long one the middle is left out.

    Args:
        most: characters of the result.
    """
    return shorten(one_line(str(text)).strip() or "(blank)", most)


def apart(wanted: Sequence[float], least: float) -> list[float]:
    """Places near ``wanted``, in the same order, of which any two lie at least ``least`` apart."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    blocks: list[tuple[float, list[int]]] = []  # (middle, members), merged until none overlap
    for i in order:
        middle, members = wanted[i], [i]
        while (
            blocks
            and middle - blocks[-1][0] < least * (len(members) + len(blocks[-1][1])) / 2 - 1e-12
        ):
            other, before = blocks.pop()
            middle = (other * len(before) + middle * len(members)) / (len(before) + len(members))
            members = before + members
        blocks.append((middle, members))
    places = [0.0] * len(wanted)
    for middle, members in blocks:
        for k, i in enumerate(members):
            places[i] = middle + least * (k - (len(members) - 1) / 2)
    return places


def name_ends(
    axes: Axes,
    ends: Sequence[tuple[str, float, str]],
    *,
    size: float = SIZE,
    weight: Literal["normal", "bold"] = "normal",
) -> None:
    """Write each line's name right of its end, moved where two would touch.

    Args:
        ends: (name, last value, colour) of each line, once the axes have their scales.
        size, weight: of the letters.
    """
    axes.get_ylim()  # resolves the limits, which the transforms below do not
    to_axes = axes.transAxes.inverted().transform
    heights = [float(to_axes(axes.transData.transform((1.0, value)))[1]) for _, value, _ in ends]
    height = axes.get_position().height * axes.get_figure().get_figheight()  # type: ignore[union-attr]
    least = (size + 3) / (height * 72)
    for (name, _, colour), place in zip(ends, apart(heights, least), strict=True):
        axes.annotate(
            name,
            (1.0, place),
            xycoords="axes fraction",
            xytext=(7, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            fontsize=size,
            weight=weight,
            annotation_clip=False,
        )


def quiet(axes: Axes, *, grid: Literal["x", "y", ""] = "y") -> None:
    """Take away ticks and the frame except the bottom line; draw faint lines along ``grid``.

    Args:
        grid: ``x``, ``y`` or empty.
    """
    axes.spines["left"].set_visible(False)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid, color=FAINT, linewidth=1)


def tick(value: float) -> str:
    """A round figure on an axis: digits enough that no two ticks read alike."""
    return readable(value, 6)


def number_ticks(
    axes: Axes, written: Callable[[float], str] = tick, *, most: float = math.inf
) -> None:
    """Round figures along the horizontal axis: as many, up to 6, as stand clear of each other.

    Args:
        written: how a figure is written.
        most: no tick stands beyond it; the room right of it is for text.
    """
    from matplotlib.ticker import MaxNLocator

    low, high = axes.get_xlim()
    width = axes.bbox.width / axes.figure.dpi * 72
    for count in range(6, 0, -1):
        ticks = [
            place
            for place in MaxNLocator(count, steps=[1, 2, 5, 10]).tick_values(low, high)
            if low <= place <= min(high, most)
        ]
        labels = [written(place) for place in ticks]
        if sum(0.62 * SIZE * len(label) + 12 for label in labels) <= width:
            break
    axes.set_xticks(ticks, labels)


def _unqualify(root: ElementTree.Element) -> None:
    """Names without their namespace; ``metadata`` dropped."""
    for parent in root.iter():
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.endswith("}metadata"):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}


def _keep_needed_ids(root: ElementTree.Element, name: str) -> None:
    """Only ids that something points to, each with the prefix ``name``."""
    values = [
        value for element in root.iter() for key, value in element.attrib.items() if key != "id"
    ]
    needed = {
        found
        for value in values
        for found in re.findall(r"^#([\w-]+)$|url\(#([\w-]+)\)", value)
        for found in found
        if found
    }
    for element in root.iter():
        if element.attrib.get("id") not in needed:
            element.attrib.pop("id", None)
        for key, value in element.attrib.items():
            if key == "id":
                element.attrib[key] = f"{name}-{value}"
            elif value.startswith("#") and value[1:] in needed:
                element.attrib[key] = f"#{name}-{value[1:]}"
            else:
                element.attrib[key] = re.sub(r"url\(#([\w-]+)\)", rf"url(#{name}-\1)", value)


def _tidy(element: ElementTree.Element) -> None:
    """Two decimals in paths and places; the page's own fonts."""
    for key in ("d", "x", "y", "transform", "points", "width", "height"):
        if key in element.attrib and not element.attrib[key].startswith("data:"):
            element.attrib[key] = " ".join(
                re.sub(r"-?\d+\.\d+", _short, element.attrib[key]).split()
            )
    if "style" in element.attrib:
        element.attrib["style"] = element.attrib["style"].replace("'DejaVu Sans'", FONT)
    if element.tag != "text" and element.text and not element.text.strip():
        element.text = None
    if element.tail and not element.tail.strip():
        element.tail = None


def _short(found: re.Match[str]) -> str:
    text = f"{float(found.group()):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
