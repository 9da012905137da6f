"""Images to tensors: one size, one number of channels, standardized (notes 1.2.1, 2.1.6).

The recipe is loaded where one is read: answering with an exported net reads none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from netwright.contract import Examples
from netwright.data.images.columns import is_images, shape_of, to_read, white_of, with_white
from netwright.data.images.learned import moments
from netwright.data.images.learned.moments import evenly
from netwright.data.images.pixel_array import Pixels
from netwright.data.images.pixels import Fit
from netwright.data.standardize import check_deviation

if TYPE_CHECKING:
    import torch

    from netwright.contract import Draws
    from netwright.recipe import Augment, ImageOrRowRecipe
    from netwright.recipe.image_or_row import ImageSettings


@dataclass(frozen=True)
class ImageEncoder:
    """What turns an image of any size into the tensor that the net reads.

    Args:
        height, width, channels: what every image is brought to.
        mu, sigma: one a channel, of the training split's pixels in [0, 1].
        axes: the principal colours of those pixels as columns, each as long as its deviation; empty
            unless augment.pca.
        white: what becomes white of files of more than 8 bits a channel, see ``depth``; None: the
            images of training had none, or it is a run of before.
        whitening: filters of small patches, flattened, for a net whose first layer they are, see
            ``learned.whitening``; empty for every other.
    """

    height: int
    width: int
    channels: int
    mu: tuple[float, ...]
    sigma: tuple[float, ...]
    axes: tuple[tuple[float, ...], ...] = ()
    white: float | None = None
    whitening: tuple[tuple[float, ...], ...] = ()
    kind: Literal["images"] = "images"

    def __post_init__(self) -> None:
        from netwright.recipe.image_or_row import LARGEST_IMAGE

        if not (
            0 < self.height <= LARGEST_IMAGE
            and 0 < self.width <= LARGEST_IMAGE
            and self.channels in (1, 3)
        ):
            raise ValueError(
                f"images of at most {LARGEST_IMAGE}x{LARGEST_IMAGE} pixels and 1 or 3 channels, not"
                f" {self.height:,}x{self.width:,} and {self.channels:,}"
            )
        if not len(self.mu) == len(self.sigma) == self.channels:
            raise ValueError(f"{self.channels} channels, each with a mu and a sigma")
        if self.white is not None and not 0 < self.white < float("inf"):
            raise ValueError(f"white is a number above 0, not {self.white}")
        for mu, sigma in zip(self.mu, self.sigma, strict=True):
            check_deviation(mu, sigma)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of what the net reads."""
        return self.channels, self.height, self.width

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """No categories."""
        return ()

    def encode(self, examples: Examples, fit: Fit = "cover") -> tuple[torch.Tensor, ...]:
        """One (N, H, W, C) uint8 tensor.

        Args:
            fit: how an image is brought to the size, see ``columns.as_array``.

        Raises:
            DataError: an image cannot be read, or the inputs are no images.
        """
        import torch

        size = self.height, self.width
        return (torch.from_numpy(to_read(examples.inputs, size, self.channels, fit, self.white)),)

    def prepare(
        self, inputs: tuple[torch.Tensor, ...], recipe: ImageOrRowRecipe, draws: Draws | None
    ) -> tuple[torch.Tensor, ...]:
        """(B, H, W, C) uint8 -> (B, C, H, W) float32 of mean about 0, deviation about 1.

        The channels are last in memory. Early in a training whose ``data.first_size`` is below 1
        the images are smaller.
        """
        from netwright.data.images.augment import growth

        images, _ = self.moved(inputs, recipe.augment, draws)
        first = recipe.data.first_size
        if draws is None or first == "auto":  # of a run from before there was this knob
            return (images,)
        return (growth.shrunk(images, growth.part_of_side(first, draws.progress)),)

    def moved(
        self, inputs: tuple[torch.Tensor, ...], policy: Augment, draws: Draws | None
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """What ``prepare`` gives, and the (B, 2, 3) maps that say how each image was moved, for
        ``augment.move_boxes`` and ``move_points``; None: none was.
        """
        import torch

        from netwright.data.images.augment import augment, wanted

        (pixels,) = inputs
        standardize = self._standardizer(pixels.device)
        if draws is not None and wanted(policy):
            return augment(pixels, policy, draws, mean=self.mu, axes=self.axes, finish=standardize)
        images = standardize(pixels.contiguous().to(torch.float32, copy=True))
        return images.permute(0, 3, 1, 2), None

    def pixels(self, images: torch.Tensor) -> Pixels:
        """(B, C, H, W) as ``prepare`` gives them -> (B, H, W, C) uint8, as they were before."""
        import torch

        mu, sigma = (torch.tensor(one, device=images.device) for one in (self.mu, self.sigma))
        values = images.permute(0, 2, 3, 1).float() * sigma + mu
        found: Pixels = (255 * values).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
        return found

    def _standardizer(self, device: torch.device) -> Callable[[torch.Tensor], torch.Tensor]:
        """(K, H, W, C) in [0, 255] -> (x / 255 - mu) / sigma, in place.

        By whole rows: ten times as fast as by channels.
        """
        scale, offset = _row_of(self.mu, self.sigma, self.width, device)

        def standardize(x: torch.Tensor) -> torch.Tensor:
            import torch

            rows = x.view(-1, self.height, self.width * self.channels)
            torch.addcmul(offset, rows, scale, out=rows)
            return x

        return standardize


@lru_cache(maxsize=8)
def _row_of(
    mu: tuple[float, ...], sigma: tuple[float, ...], width: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scale and offset of a row of pixels, (W C,) each."""
    import torch

    deviation = torch.tensor(sigma, device=device)
    return (1 / (255 * deviation)).repeat(width), (
        -torch.tensor(mu, device=device) / deviation
    ).repeat(width)


def fit_images(
    train: Examples, recipe: ImageSettings, before: ImageEncoder | None = None, fit: Fit = "cover"
) -> ImageEncoder:
    """Mu and sigma over at most 10,000 training images; sigma of a constant channel is 1.

    Args:
        before: whose channels, mu and sigma are taken in place of those of these images, and whose
            white, where it has one and the recipe names none.
        fit: how an image is brought to the size, see ``columns.as_array``.

    Raises:
        RecipeError: the augmentation that the recipe asks for does not suit such images.
    """
    from netwright.data.images.augment import policy
    from netwright.recipe import resolved

    size = resolved(recipe.data.image_size)
    channels = channels_of(train) if before is None else before.channels
    white = white_of(train.inputs)
    if recipe.data.white is not None:
        white = recipe.data.white
    elif before is not None and before.white is not None:
        white = before.white
    train = dataclasses.replace(train, inputs=with_white(train.inputs, white))
    policy.check_images(recipe.augment, channels, size, size)
    if before is None:
        mu, sigma = moments.mu_and_sigma(train, size, channels, fit)
    else:
        mu, sigma = np.array(before.mu), np.array(before.sigma)
    axes = moments.axes(train, size, mu, fit) if policy.amount_of(recipe.augment, "pca") > 0 else ()
    whitening = () if before is None else before.whitening
    mu_, sigma_ = tuple(mu.tolist()), tuple(sigma.tolist())
    return ImageEncoder(size, size, channels, mu_, sigma_, axes, white, whitening)


def channels_of(train: Examples) -> int:
    """The channels that images are brought to: colour when any of a hundred is."""
    return max(shape_of(train.inputs, i)[2] for i in evenly(len(train), 100))


PUBLISHED_SIDES = (96, 160)
"""For nets with published weights, which learned from 224 pixels a side: of small images, where 128
did no better, and of large ones, where more would take longer.
"""


def usual_side(train: Examples, *, published: bool = False) -> int:
    """The usual side of images: their own if all agree and it is at most 96, else 64.

    It is never below the smallest that a recipe may name.

    Args:
        published: for a net that starts from published weights.
    """
    from netwright.recipe.image_or_row import SMALLEST_IMAGE

    shapes = {tuple(shape_of(train.inputs, i)[:2]) for i in evenly(len(train), 100)}
    sides = {max(shape) for shape in shapes}
    if published:
        small, large = PUBLISHED_SIDES
        return small if max(sides) <= small else large
    return max(SMALLEST_IMAGE, sides.pop()) if len(sides) == 1 and max(sides) <= 96 else 64


MOST_FEW = 3_000
"""Photographs that are few for a net that is trained from scratch, in all."""

LEAST_SIDE = 32
"""Pixels of a photograph."""


def are_few_photographs(examples: Examples) -> bool:
    """Whether these are colour images of 32 pixels a side at least, 3,000 at most."""
    if not is_images(examples.inputs) or not 0 < len(examples) <= MOST_FEW:
        return False
    shapes = [shape_of(examples.inputs, i) for i in evenly(len(examples), 100)]
    return all(min(shape[:2]) >= LEAST_SIDE and shape[2] == 3 for shape in shapes)
