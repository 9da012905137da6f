"""From images and their boxes to tensors, and from outputs to boxes in the image's own pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError, nearest
from netwright.contract import Batch, Chosen, Draws, Examples
from netwright.data.boxes.box import Box
from netwright.data.images.columns import shape_of
from netwright.data.images.encoder import ImageEncoder
from netwright.data.images.letterbox import Corners, Frame

if TYPE_CHECKING:
    from torch import Tensor, nn

    from netwright.systems.localizer.recipe import LocalizerRecipe

PRESENT = 0.5
"""The p from which on a box is answered."""


@dataclass(frozen=True)
class Located:
    """The answer.

    Args:
        box: its edges in the image's own pixels; None: there is none.
        p: how sure it is that there is one, 0 to 1.
        label: the class of what is in the box; empty where the data name none, None without a box.
    """

    box: Corners | None
    p: float
    label: str | None


@dataclass(frozen=True)
class BoxCodec:
    """An encoder of whole images, and the names of the classes in natural order."""

    encoder: ImageEncoder
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.classes:
            raise ValueError("no classes: expected at least one")

    def encode(self, examples: Examples) -> Batch:
        """Targets: (N,) float 1 where there is a box, (N, 4) float its edges in pixels of the
        square that the net reads, (N,) int64 its class; meta (N, 2) int64 height and width.

        Raises:
            DataError: an image cannot be read, or a box has a class that training never saw.
        """
        import torch

        inputs = self.encoder.encode(examples, "whole")
        sizes = [shape_of(examples.inputs, at)[:2] for at in range(len(examples))]
        known = [target is not None for target in examples.targets]
        boxes = [target[0] if target else None for target in examples.targets]
        edges = [self._edges(box, *size) for box, size in zip(boxes, sizes, strict=True)]
        classes = [0 if box is None else self._place(box) for box in boxes]
        present = [float(box is not None) for box in boxes]
        return Batch(
            inputs,
            (torch.tensor(present), torch.tensor(edges).view(-1, 4), torch.tensor(classes)),
            torch.tensor(known, dtype=torch.float32),
            meta=(torch.tensor(sizes, dtype=torch.int64).view(-1, 2),),
        )

    def prepare(self, batch: Batch, recipe: LocalizerRecipe, draws: Draws | None) -> Batch:
        """Images normalized, and augmented when ``draws`` is given, with their boxes: edges in
        fractions of the side. Where three quarters of a box left the image nothing is labelled.
        """
        from netwright.data.images.augment import move_boxes

        side = self.encoder.height
        present, boxes, labels = batch.targets
        images, maps = self.encoder.moved(batch.inputs, recipe.augment, draws)
        count = batch.count
        if maps is not None:
            moved, kept = move_boxes(boxes[:, None], maps, (side, side))
            boxes, lost = moved[:, 0], present.bool() & ~kept[:, 0]
            count = count * ~lost
        return replace(
            batch, inputs=(images,), targets=(present, boxes / side, labels), count=count
        )

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Located]:
        """Sigmoid of p_c; the box brought back to the image and cut to it; the likeliest class."""
        columns = (*in_square(outputs.cpu(), self), batch.meta[0])
        rows = zip(*(column.tolist() for column in columns), strict=True)
        side, classes = self.encoder.height, self.classes
        return [located(p, box, classes[label], side, size) for p, box, label, size in rows]

    def _edges(self, box: Box | None, height: int, width: int) -> Corners:
        if box is None:
            return Corners(0.0, 0.0, 0.0, 0.0)
        return Frame(height, width, self.encoder.height).into(box.corners)

    def _place(self, box: Box) -> int:
        if box.label not in self.classes:
            raise DataError(
                f"a box is of the class '{box.label}', which training never"
                f" saw{nearest(box.label, self.classes)}"
            )
        return self.classes.index(box.label)


def in_square(outputs: Tensor, codec: BoxCodec) -> tuple[Tensor, Tensor, Tensor]:
    """Outputs of a net -> (N,) how sure it is that there is a box, (N, 4) its edges in pixels of
    the square, (N,) the place of the likeliest class.
    """
    from netwright.nets.box_loss import corners_of

    found = outputs.float()
    edges = corners_of(found[:, 1:5]) * codec.encoder.height
    labels = found[:, 5:] if len(codec.classes) > 1 else found[:, :1]
    return found[:, 0].sigmoid(), edges, labels.argmax(dim=1)


def located(
    p: float, edges: Sequence[float], label: str, side: int, size: tuple[int, int]
) -> Located:
    """The answer of a box in the square, brought back to an image of this size and cut to it."""
    back = Frame(*size, side).back(Corners(*edges))
    box = Corners(*(round(edge, 2) for edge in back))
    if p < PRESENT or box.x1 <= box.x0 or box.y1 <= box.y0:
        return Located(None, p, None)
    return Located(box, p, label)
