"""One prediction of a run: what its layers make of the example, and what speaks for the answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.api.inputs import read_inputs
from netwright.api.inside import reading
from netwright.api.inside.found import Explained
from netwright.api.inside.layers import LookedAt
from netwright.api.run import Run
from netwright.base.errors import DataError
from netwright.contract import Examples
from netwright.data.signals import flat

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.data.images.pixel_array import Pixels

ALL = 1 << 40

NO_CAPTUM = "saliency and Grad-CAM need captum: pip install 'netwright[inspect]'"
NO_OUTPUT = (
    "saliency and Grad-CAM explain one number of the net's output, and its output is no row of"
    " numbers"
)


@dataclass(frozen=True)
class DrawnPrediction:
    """The pictures of one prediction.

    Args:
        explained: what is explained.
        example: as the net reads it.
        maps: layer -> (unit, its map) of those that are shown.
        saliency, grad_cam: over the example; None where there is none.
    """

    explained: Explained
    example: Pixels
    maps: dict[str, list[tuple[int, Pixels]]]
    saliency: Pixels | None = None
    grad_cam: Pixels | None = None


def example_of(run: Run, image: Any) -> Examples:
    """The one that a person names, a file or the name of one of dev or train, else the dev example
    of the largest loss.

    Raises:
        DataError: it cannot be read, or is not one example.
    """
    own = None if not isinstance(image, str) or Path(image).exists() else _named(run, image)
    if own is not None:
        return own
    if image is not None:
        before = run.record.earlier_reading(lenient=True)
        found = read_inputs(image, run.system.name, run.recipe, before=before)
        if len(found) != 1:
            raise DataError(
                f"{image} holds {len(found):,} examples: name one to look at, a file or one that"
                f" the run knows, such as '{reading.of_split(run, 'dev', 1).examples.sources[0]}'."
            )
        return found
    losses = run.record.read_predictions("dev").frame["loss"].to_list()
    at = max(range(len(losses)), key=lambda row: -1.0 if losses[row] is None else losses[row])
    kept = run.record.examples("dev", run.system)
    dev = reading.of_split(run, "dev", ALL).examples
    rows = [row for row, name in enumerate(dev.ids) if name == kept.ids[at]]
    return dev.take(rows[:1])


def _named(run: Run, name: str) -> Examples | None:
    """The example of dev or train that is called so; None where there is none."""
    for split in ("dev", "train"):
        some = reading.of_split(run, split, ALL).examples
        if name in some.sources:
            return some.take([list(some.sources).index(name)])
    return None


def look(run: Run, example: Examples, layers: Sequence[LookedAt]) -> DrawnPrediction:
    """Its maps in these layers, and what speaks for the answer."""
    batch = reading.prepared(run, example)
    shown = reading.pictures(run, batch)[0]
    maps, outputs = _maps(run, batch, layers)
    last, score, why_not = layers[-1].name, None, NO_OUTPUT
    if (at := _largest(outputs)) is not None:
        score, why_not = _score(run, batch, at), ""
        try:
            import captum  # noqa: F401
        except ImportError:
            score, why_not = None, NO_CAPTUM
    explained = Explained(
        example.sources[0],
        _in_words(run, example),
        _answer(run, example),
        at,
        None if at is None else outputs.shape[1],
        last,
        why_not,
    )
    if score is None:
        return DrawnPrediction(explained, flat.picture(shown), maps)
    from netwright.nets.inside import attribution

    inputs = batch.inputs[0]
    salient = attribution.saliency(score, inputs).numpy()
    speaks = attribution.grad_cam(score, run.net.get_submodule(last), inputs).numpy()
    return DrawnPrediction(
        explained,
        flat.picture(shown),
        maps,
        flat.heat(salient, shown),
        flat.heat(speaks, shown),
    )


def _maps(
    run: Run, batch: Any, layers: Sequence[LookedAt]
) -> tuple[dict[str, list[tuple[int, Pixels]]], Any]:
    """The maps of the units that are shown, and what the net puts out."""
    import torch

    from netwright.nets.inside.maps import watching

    found: dict[str, list[tuple[int, Pixels]]] = {}
    units = {layer.name: layer.units for layer in layers}

    def note(name: str, output: Tensor) -> None:
        own = output[0].float().numpy()
        found[name] = [(unit, flat.grey(own[unit])) for unit in units[name]]

    axes = batch.inputs[0].dim() - 2
    with torch.no_grad(), watching(run.net, list(units), axes, note):
        outputs = run.system.forward(run.net, batch, run.recipe)
    return found, outputs


def _largest(outputs: Any) -> int | None:
    """Which output is the largest; None where they are no row of numbers."""
    shape = getattr(outputs, "shape", ())
    return int(np.argmax(outputs[0].float().numpy())) if len(shape) == 2 else None


def _score(run: Run, batch: Any, at: int) -> Callable[[Tensor], Tensor]:
    outputs = reading.forward(run, batch)

    def score(inputs: Tensor) -> Tensor:
        found: Tensor = outputs(inputs)[:, at]
        return found

    return score


def _in_words(run: Run, example: Examples) -> str | None:
    truth = example.targets[0]
    return None if truth is None else run.system.in_words(truth) or str(truth)


def _answer(run: Run, example: Examples) -> str:
    answer = run.ready_to_answer()(example)[0]
    first = getattr(answer, dataclasses.fields(run.system.answer)[0].name)
    worded = None if run.system.answer_in_words is None else run.system.answer_in_words(answer)
    return worded or run.system.in_words(first) or str(first)
