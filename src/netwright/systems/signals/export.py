"""How a net of signals or volumes answers outside: their values in, probabilities out."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from netwright.contract import Examples, Export
from netwright.contract.takes import itself
from netwright.data import labels
from netwright.data.exported import labels as exported
from netwright.data.exported.combined import means
from netwright.data.signals.encoder import SignalEncoder

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Arrays, Chosen, Plain, Tensors
    from netwright.systems.signals.codec import SignalCodec


def about(codec: SignalCodec, chosen: Chosen) -> dict[str, Any]:
    """The shape of an input, and the classes in the order of the probabilities."""
    return {"inputs": {"kind": "signals", **asdict(codec.encoder)}, "classes": codec.classes}


def arrays(about: Plain, examples: Examples) -> Arrays:
    """``signals``: (N, C, *axes) float32, as they are.

    Raises:
        DataError: they are no signals, or of another shape.
    """
    inputs = about["inputs"]
    shape, mu, sigma = (tuple(inputs[name]) for name in ("shape", "mu", "sigma"))
    encoder = SignalEncoder(shape, mu, sigma, inputs.get("may_end", False))
    return {"signals": encoder.raw(examples)}


def prepared(codec: SignalCodec, tensors: Tensors) -> tuple[Tensor, ...]:
    """Each channel of mean about 0 and deviation about 1."""
    return codec.encoder.prepare((tensors["signals"],))


EXPORT = Export(
    name="signals",
    about=about,
    arrays=arrays,
    prepared=prepared,
    outputs=exported.outputs,
    answers=exported.answers,
    answer=labels.Label,
    label=itself,
    probabilities=labels.probabilities,
    combined=means,
)
