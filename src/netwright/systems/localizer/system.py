"""The localizer on the contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.base.seeds import seed_of
from netwright.contract import Batch, EarlierRun, Example, Examples, Shown, Source, Stages, System
from netwright.data.boxes.box import Box
from netwright.data.boxes.draw import TRUE, draw_boxes
from netwright.data.boxes.reading import labels_of
from netwright.data.defaults import TRIED_OPTIMIZERS, TRIED_RATE, epochs_of
from netwright.data.images.augment import policy
from netwright.data.images.columns import shape_of
from netwright.data.images.encoder import channels_of, fit_images
from netwright.data.images.letterbox import Corners
from netwright.data.synthesis.image_statistics import of_images
from netwright.metrics.boxes import CLASS_ERROR, MEAN_IOU, PRESENCE_ERROR, overlap
from netwright.nets import head
from netwright.recipe import resolved
from netwright.systems.localizer.codec import PRESENT, BoxCodec, Located
from netwright.systems.localizer.export import EXPORT
from netwright.systems.localizer.fusion import combine
from netwright.systems.localizer.recipe import LocalizerRecipe
from netwright.systems.localizer.takes import TAKES, labelled, unfit
from netwright.systems.localizer.views import views

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

NETS = ("votes",)
SIDE = 96
"""Pixels that large images are brought to."""

GOOD = 0.5
"""The IoU from which on a box is right."""

MOVED = {"shift": 0.15, "zoom": 0.25, "rotate": 0.0, "shear": 0.0}
"""What ``auto`` becomes where it differs from a classifier's: a turned box no longer fits tightly,
and boxes want to be seen in every place and size.
"""


def arrange(examples: Examples, recipe: LocalizerRecipe) -> Examples:
    """The images with at most one box.

    Raises:
        DataError: some have more, and the recipe does not leave them out.
    """
    more = [at for at, boxes in enumerate(examples.targets) if boxes is not None and len(boxes) > 1]
    if not more:
        return examples
    if recipe.data.several_boxes == "refuse":
        named = "" if recipe.data.target else "name the class to find with --target CLASS, or "
        raise DataError(
            f"{len(more):,} of {counted(len(examples), 'image')} have more than one box, first"
            f" {examples.sources[more[0]]}, and this system finds one: {named}leave them out with"
            " --set data.several_boxes=leave_out."
        )
    left_out = set(more)
    return examples.take([at for at in range(len(examples)) if at not in left_out])


def complete(recipe: LocalizerRecipe, train: Examples) -> LocalizerRecipe:
    """Settings by the number of images and their size; docs/defaults.md says how they were found.

    Raises:
        RecipeError: the augmentation does not suit the images.
    """
    count = max(1, len(train))
    # about 14,000 images seen; never fewer than 5 passes, never more than 60
    epochs = min(60, max(5, round(14_000 / count)))
    moves = policy.choices(recipe.augment, channels_of(train))
    if recipe.augment.strength is None:
        moves |= {f"augment.{name}": amount for name, amount in MOVED.items()}
    tried = recipe.model.name in ("auto", *NETS) and recipe.optimizer.name in TRIED_OPTIMIZERS
    return recipe.resolve(
        {
            **moves,
            "data.image_size": usual_side(train),
            "model.name": "votes",
            "objective.box_loss": "giou",
            "optimizer.lr": TRIED_RATE if tried else "find",
            "optimizer.weight_decay": 0.05,
            "schedule.warmup": 0.25 if recipe.schedule.name == "one_cycle" else 0.0,
            "training.epochs": epochs_of(recipe, train, epochs),
            "training.batch_size": 32,
            "training.average": 0.98,
        }
    )


def usual_side(train: Examples) -> int:
    """The longest side of the images, at most 96."""
    step = max(1, len(train) // 100)
    sides = [max(shape_of(train.inputs, at)[:2]) for at in range(0, len(train), step)]
    return max(8, min(SIDE, max(sides)))


def fit(train: Examples, recipe: LocalizerRecipe, before: EarlierRun | None = None) -> BoxCodec:
    """The encoder of images, and the classes of the boxes; channels, mu and sigma of an earlier
    run.

    Raises:
        DataError: no image has a box.
    """
    classes = labels_of(target for target in train.targets if target)
    if not classes:
        raise DataError("no image of the training split has a box: nothing to find.")
    encoder = None if before is None else before.codec.encoder
    return BoxCodec(fit_images(train, recipe, encoder, fit="whole"), tuple(classes))


def body(net: nn.Module) -> Stages:
    """Stem and residual stages; on the last map all that is said."""
    *stages, last = (f"stages.{at}" for at in range(4))
    return (
        ("stem",),
        *((stage,) for stage in stages),
        (last, "norm"),
        ("dropout", "counts", "edges", "labels"),
    )


def model(codec: BoxCodec, recipe: LocalizerRecipe) -> nn.Module:
    """The net of votes: p_c, the box, and a logit a class where there are several."""
    from netwright.nets.initialization import initialize
    from netwright.nets.vision.box_votes import BoxVotes

    several = len(codec.classes) if len(codec.classes) > 1 else 0
    net = BoxVotes(
        shape=codec.encoder.shape,
        labels=1 + several,
        width=recipe.model.width,
        dropout=recipe.model.dropout,
    )
    initialize(net, recipe.initialization.scheme)
    return net


def loss(
    net: nn.Module, outputs: Tensor, batch: Batch, recipe: LocalizerRecipe, training: bool
) -> Tensor:
    """(B,) -log p of whether there is a box; where there is one, the box's loss and the cross
    entropy of its class, too. In evaluation the box's is always GIoU's, of weight 1.
    """
    from torch.nn import functional as F

    from netwright.nets.box_loss import BOX_LOSSES, corners_of

    present, boxes, labels = batch.targets
    outputs = outputs.float()
    losses = F.binary_cross_entropy_with_logits(outputs[:, 0], present, reduction="none")
    wanted = recipe.objective
    name, weight = (wanted.box_loss, wanted.box_weight) if training else ("giou", 1.0)
    placed = weight * BOX_LOSSES[name](corners_of(outputs[:, 1:5]), boxes)
    if outputs.shape[1] > 5:
        placed = placed + F.cross_entropy(outputs[:, 5:], labels, reduction="none")
    total: Tensor = batch.count * (losses + present * placed)
    return total


def seen(codec: BoxCodec, batch: Batch) -> list[Shown]:
    """What the net reads, with the true box where one is labelled."""
    pixels, side = codec.encoder.pixels(batch.inputs[0]), codec.encoder.height
    present, boxes, _ = batch.targets
    known = (present * batch.count).tolist()
    return [
        Shown(draw_boxes(one, [(box, TRUE)] if labelled else []))
        for one, labelled, box in zip(pixels, known, (boxes * side).tolist(), strict=True)
    ]


def baseline(train: Examples) -> Callable[[Example], Located]:
    """The mean box of the training images, of their most frequent class, if most have one."""
    known = [target for target in train.targets if target is not None]
    boxes = [target[0] for target in known if target]
    p = len(boxes) / max(1, len(known))
    if p < PRESENT:
        return lambda example: Located(None, p, None)
    edges = zip(*(box.corners for box in boxes), strict=True)
    middle = Corners(*(sum(some) / len(boxes) for some in edges))
    (label, _), *_ = Counter(box.label for box in boxes).most_common(1)
    mean = Located(middle, p, label)
    return lambda example: mean


def certain(boxes: Sequence[Box]) -> Located:
    """The box that somebody draws, or that there is none."""
    if not boxes:
        return Located(None, 0.0, None)
    return Located(boxes[0].corners, 1.0, boxes[0].label)


def wrong(example: Example, answer: Located) -> bool | None:
    """Whether a box is missed or made up, has an IoU below 0.5, or another class."""
    if example.target is None:
        return None
    if not example.target:
        return answer.box is not None
    found = overlap(example, answer)
    return found is None or found < GOOD or answer.label != example.target[0].label


def mistake(example: Example, answer: Located) -> str | None:
    """Whether the box is missing or made up, in the wrong place, or of the wrong class."""
    if not example.target:
        return "made up"
    if answer.box is None:
        return "missing"
    faults = ["wrong place"] if (overlap(example, answer) or 0.0) < GOOD else []
    if answer.label != example.target[0].label:
        faults.append("wrong class")
    return ", ".join(faults) or None


def notes(recipe: LocalizerRecipe, source: Source) -> tuple[str, ...]:
    """What is left out, and what is mirrored."""
    left_out = ("images with more than one box are left out",)
    return (
        *(left_out if recipe.data.several_boxes == "leave_out" else ()),
        *policy.messages(recipe, source),
    )


def sample(count: int, seed: int) -> Examples:
    """Grey 20x24 images with a light or a dark rectangle; one of six has none."""
    import numpy as np

    rng = np.random.default_rng(seed_of(seed, "localizer sample"))
    height, width = 20, 24
    images = rng.integers(100, 156, (count, height, width, 1), dtype=np.uint8)
    targets: list[tuple[Box, ...]] = []
    for image in images:
        if rng.random() < 1 / 6:
            targets.append(())
            continue
        high, wide = (int(side) for side in rng.integers(6, 13, 2))
        y, x = int(rng.integers(0, height - high + 1)), int(rng.integers(0, width - wide + 1))
        kind = ("light", "dark")[int(rng.integers(0, 2))]
        image[y : y + high, x : x + wide] = 230 if kind == "light" else 30
        targets.append((Box(float(x), float(y), float(x + wide), float(y + high), kind),))
    ids = [f"{seed}-{at}" for at in range(count)]
    return Examples(images, targets, ids, [f"sample[{at}]" for at in range(count)])


def statistics(
    examples: Examples, others: Examples, recipe: LocalizerRecipe
) -> dict[str, np.ndarray[Any, Any]]:
    """How the images look, whole in the size that the net reads."""
    return of_images(examples, resolved(recipe.data.image_size), channels_of(others), "whole")


SYSTEM = System(
    name="localizer",
    recipe=LocalizerRecipe,
    codec=BoxCodec,
    answer=Located,
    target=tuple[Box, ...],
    accepts=TAKES.accepts,
    arrange=arrange,
    leaves_out=TAKES.leaves_out,
    complete=complete,
    fit=fit,
    model=model,
    loss=loss,
    metrics=(MEAN_IOU, PRESENCE_ERROR, CLASS_ERROR),
    baseline=baseline,
    sample=sample,
    adopt=head.of_classes,  # what says where stays, which lies in no last layer
    body=body,
    stratify=TAKES.stratify,
    models=NETS,
    notes=notes,
    wrong=wrong,
    mistake=mistake,
    combine=combine,
    certain=certain,
    unfit=unfit,
    in_words=TAKES.in_words,
    answer_in_words=lambda answer: labelled(answer.label, answer.box),
    show=TAKES.show,
    seen=seen,
    pictured=lambda codec, inputs: codec.encoder.pixels(inputs[0]),
    views=views,
    statistics=statistics,
    export=EXPORT,
)
