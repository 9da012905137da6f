"""How a net of tags answers outside: images or rows in, a probability a tag out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.contract import AnswerColumns, Examples, Export
from netwright.data.exported import image_or_row
from netwright.data.exported.combined import means
from netwright.systems.tags.codec import Tags, answers_of, chosen_of_all, sigmoid

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Arrays, Chosen, Plain, Tensors
    from netwright.systems.tags.codec import TagCodec


def about(codec: TagCodec, chosen: Chosen) -> dict[str, Any]:
    """The inputs, the tags in the order of the probabilities, and from which one on each is there
    (0.5 where none is named).
    """
    inputs = image_or_row.about(codec.encoder)
    return {"inputs": inputs, "tags": codec.tags, "thresholds": chosen.get("thresholds", {})}


def outputs(found: Tensor, codec: TagCodec, chosen: Chosen) -> Tensors:
    """``probabilities``: (N, T) float32."""
    return {"probabilities": sigmoid(found, chosen)}


def answers(about: Plain, found: Arrays, examples: Examples) -> AnswerColumns:
    """The tags that are there, with the probabilities of all."""
    return answers_of(found["probabilities"], about["tags"], about["thresholds"])


EXPORT = Export(
    name="tags",
    about=about,
    arrays=image_or_row.arrays,
    prepared=image_or_row.prepared,
    outputs=outputs,
    answers=answers,
    answer=Tags,
    probabilities=lambda answer: answer.probabilities,
    combined=means,
    combined_chosen=chosen_of_all,
)
