"""The layers in the report: activations and gradients over the steps."""

from __future__ import annotations

from typing import Any

from netwright.report.sections.missing import MissingError, sentence
from netwright.runs.contents import RunFiles


def layers(run: RunFiles) -> dict[str, Any]:
    """The size of activations and gradients in every layer over the steps."""
    from netwright.plots.layers import layer_sizes

    if run.info.get("members"):
        raise MissingError("The nets that answer here have layers of their own.")
    if not run.layers:
        raise MissingError(
            sentence(run, "layers.csv")
            if "layers.csv" in run.missing
            else "The layers were not watched (training.watch_layers)."
        )
    codes = ("NW112", "NW113", "NW114", "NW115")
    found = [
        finding
        for finding in (run.diagnosis["findings"] if run.diagnosis else [])
        if finding["code"] in codes
    ]
    ill = sorted({name for finding in found for name in finding["figures"].get("layers", [])})
    # a linear net has one layer, whose units nobody reads
    pictures = {
        name: layer_sizes(_by_layer(run, name), title=title, ill=ill)
        for name, title in (("rms", "size of activations"), ("gradient", "size of gradients"))
        if any(getattr(row, name) > 0 for row in run.layers)
    }
    return {**pictures, "messages": [finding["message"] for finding in found]}


def _by_layer(run: RunFiles, name: str) -> dict[str, tuple[list[float], list[float]]]:
    found: dict[str, tuple[list[float], list[float]]] = {}
    for row in run.layers:
        steps, figures = found.setdefault(row.layer, ([], []))
        steps.append(float(row.step))
        figures.append(getattr(row, name))
    return found
