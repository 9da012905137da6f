"""How a classifier's net answers outside: images or rows in, probabilities out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.contract import AnswerColumns, Examples, Export
from netwright.contract.takes import itself
from netwright.data import labels
from netwright.data.exported import image_or_row

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Arrays, Chosen, Plain, Tensors
    from netwright.systems.classifier.codec import LabelCodec


def about(codec: LabelCodec, chosen: Chosen) -> dict[str, Any]:
    """The inputs, and the classes in the order of the probabilities."""
    return {"inputs": image_or_row.about(codec.encoder), "classes": codec.classes}


def outputs(found: Tensor, codec: LabelCodec, chosen: Chosen) -> Tensors:
    """``probabilities``: (N, K) float32."""
    return {"probabilities": labels.softmax(found, chosen)}


def answers(about: Plain, found: Arrays, examples: Examples) -> AnswerColumns:
    """The likeliest label, with the probabilities of all."""
    return labels.of_probabilities(found["probabilities"], about["classes"])


EXPORT = Export(
    name="classifier",
    about=about,
    arrays=image_or_row.arrays,
    prepared=image_or_row.prepared,
    outputs=outputs,
    answers=answers,
    answer=labels.Label,
    label=itself,
    probabilities=labels.probabilities,
)
