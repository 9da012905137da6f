"""Uniform random numbers of one step: one in [0, 1) for every image and every purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Draws

PURPOSES = (
    "rotate",
    "shear",
    "zoom",
    "mirror",
    "flip",
    "shift across",
    "shift down",
    "crop across",
    "crop down",
    "part area",
    "part shape",
    "part across",
    "part down",
    "brightness",
    "contrast",
    "saturation",
    "hue",
    "grey",
    "blur",
    "noise",
    "noise place",
    "erase",
    "erase shape",
    "erase across",
    "erase down",
)
"""All are drawn whatever the policy asks for: one knob leaves the others' draws as they were."""


@dataclass(frozen=True)
class Uniforms:
    """``uniforms[purpose]`` is (B,) in [0, 1), ``uniforms.signed(purpose)`` (B,) in [-1, 1).

    Args:
        numbers, stretched: (B, purposes), a column for each of ``PURPOSES``; in [0, 1) and in [-1,
            1).
    """

    numbers: Tensor
    stretched: Tensor

    def __getitem__(self, purpose: str) -> Tensor:
        return self.numbers[:, PURPOSES.index(purpose)]

    def signed(self, purpose: str) -> Tensor:
        """(B,) in [-1, 1)."""
        return self.stretched[:, PURPOSES.index(purpose)]


def draw_uniforms(draws: Draws) -> Uniforms:
    """The first numbers of this step's stream."""
    numbers = draws.uniform(len(PURPOSES))
    return Uniforms(numbers, 2 * numbers - 1)
