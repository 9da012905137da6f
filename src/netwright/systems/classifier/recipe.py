"""Every hyperparameter of a classifier."""

from __future__ import annotations

from netwright.recipe import ImageOrRowRecipe, LabelObjective


class ClassifierRecipe(ImageOrRowRecipe):
    """The nets and the augmentation for images and rows, and what training makes small."""

    objective: LabelObjective = LabelObjective()
