"""The page of a look into a net, and the same as PNG files beside it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from netwright.api.inside.found import LayerSeen
from netwright.api.inside.one_prediction import DrawnPrediction
from netwright.api.run import Run
from netwright.base.figures import shorten
from netwright.base.files import write_bytes
from netwright.base.paths import Place
from netwright.data.images.pixel_array import Pixels
from netwright.data.images.sheets import rows as sheets
from netwright.data.signals import flat
from netwright.plots import depth
from netwright.report import inspect_page
from netwright.runs.rows import LayerRow

LARGE = 288
"""Pixels of the side of the example and of what is drawn over it."""

SMALL = 72
"""Of a map, and of a filter."""

MOST_FILTERS = 64


def write(
    run: Run, within: Callable[[str], Place], seen: Sequence[LayerSeen],
    patches: Sequence[list[list[Pixels]]], drawn: DrawnPrediction, counts: tuple[int, int],
) -> tuple[Path, tuple[Path, ...]]:  # fmt: skip
    """Write page and PNG files; where they lie.

    Args:
        within: name of a file -> its place.
        patches: layer, unit, example: what the unit sees of it.
        counts: of the examples that were looked at, and of all of them.
    """
    filters = first_filters(run)
    pictures = dict(_pictures(drawn, filters))
    places = []
    for layer, own in zip(seen, patches, strict=True):
        places.append(within(f"patches-{layer.name.replace('.', '-')}.png"))
        sheets.write(_rows(layer, own), places[-1])
    for name, one in pictures.items():
        places.append(within(f"{name}.png"))
        write_bytes(places[-1], _png(one))
    page = within("inspect.html")
    inspect_page.write(
        page,
        {
            "run": run.id,
            "counts": counts,
            "axes": len(seen[0].places),
            "layers": [_layer(*both) for both in zip(seen, patches, strict=True)],
            "explained": drawn.explained,
            "pictures": {name: _uri(one) for name, one in pictures.items()},
            "maps": {
                name: [(unit, _uri(flat.tiled([one], 1, SMALL))) for unit, one in own]
                for name, own in drawn.maps.items()
            },
            "gradients": gradients(run),
        },
    )
    return Path(str(page)), tuple(Path(str(place)) for place in places)


def first_filters(run: Run) -> list[Pixels]:
    """The filters of the first module that has some, 0 grey."""
    for module in run.net.modules():
        weight = getattr(module, "weight", None)
        if weight is not None and weight.dim() > 2:
            every = weight.detach().float().cpu().movedim(1, -1).numpy()
            return [flat.about_zero(one) for one in every[:MOST_FILTERS]]
    return []


def gradients(run: Run) -> str:
    """The sizes of the gradients by depth, before the first step and at the last look; an SVG,
    empty where they were not noted.
    """
    rows = run.record.layers()
    if not rows:
        return ""
    lines = {
        _moment(step): _at(rows, step) for step in dict.fromkeys([rows[0].step, rows[-1].step])
    }
    known = {name: own for name, own in lines.items() if len(own) > 1 and np.isfinite(own).any()}
    return depth.gradients(known) if known else ""


def _moment(step: int) -> str:
    return f"after {step:,} steps" if step else "before training"


def _at(rows: Sequence[LayerRow], step: int) -> list[float]:
    return [row.gradient for row in rows if row.step == step]


def _pictures(drawn: DrawnPrediction, filters: list[Pixels]) -> Any:
    """Name of a PNG file -> the picture."""
    found = {"example": drawn.example, "saliency": drawn.saliency, "grad-cam": drawn.grad_cam}
    for name, one in found.items():
        if one is not None:
            yield name, flat.tiled([one], 1, LARGE)
    if filters:
        yield "filters", flat.tiled(filters, 8, SMALL)
    for name, own in drawn.maps.items():
        yield f"maps-{name.replace('.', '-')}", flat.tiled([one for _, one in own], 6, SMALL)


def _rows(layer: LayerSeen, patches: list[list[Pixels]]) -> list[sheets.SheetRow]:
    """A row a unit, for the PNG of a layer."""
    return [
        sheets.SheetRow(
            f"unit {unit.unit}", images=list(map(flat.picture, own)), counts=unit.labels
        )
        for unit, own in zip(layer.shown, patches, strict=True)
    ]


def _layer(layer: LayerSeen, patches: list[list[Pixels]]) -> dict[str, Any]:
    """What the page shows of a layer."""
    units = [
        {
            "unit": unit.unit,
            "largest": unit.activations[0],
            "image": _uri(flat.tiled(list(map(flat.picture, own)), 3)),
            "mix": _mix(unit.labels),
            "sources": "\n".join(unit.sources),
        }
        for unit, own in zip(layer.shown, patches, strict=True)
    ]
    return {"seen": layer, "units": units}


def _mix(labels: Sequence[tuple[str, int]]) -> str:
    """``cat (6), dog (3)``."""
    return ", ".join(f"{shorten(name, 20)} ({count})" for name, count in labels)


def _png(pixels: Pixels) -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", optimize=True)
    return out.getvalue()


def _uri(pixels: Pixels) -> str:
    return f"data:image/png;base64,{base64.b64encode(_png(pixels)).decode()}"
