"""How a classifier's net answers outside: images or rows in, probabilities out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.contract import Export
from netwright.contract.takes import itself
from netwright.data import labels
from netwright.data.exported import image_or_row
from netwright.data.exported import labels as exported
from netwright.data.exported.combined import means

if TYPE_CHECKING:
    from netwright.contract import Chosen
    from netwright.systems.classifier.codec import LabelCodec


def about(codec: LabelCodec, chosen: Chosen) -> dict[str, Any]:
    """The inputs, and the classes in the order of the probabilities."""
    return {"inputs": image_or_row.about(codec.encoder), "classes": codec.classes}


EXPORT = Export(
    name="classifier",
    about=about,
    arrays=image_or_row.arrays,
    prepared=image_or_row.prepared,
    outputs=exported.outputs,
    answers=exported.answers,
    answer=labels.Label,
    label=itself,
    probabilities=labels.probabilities,
    combined=means,
)
