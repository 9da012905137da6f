"""Every hyperparameter of a regressor of several numbers."""

from __future__ import annotations

from netwright.recipe import ImageOrRowRecipe, NumberObjective


class MultiRegressorRecipe(ImageOrRowRecipe):
    """The nets and the augmentation for images and rows, and what training makes small."""

    objective: NumberObjective = NumberObjective()
