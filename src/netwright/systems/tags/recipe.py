"""Every hyperparameter of a tagger."""

from __future__ import annotations

from netwright.recipe import ImageOrRowRecipe, TagObjective


class TagsRecipe(ImageOrRowRecipe):
    """The nets and the augmentation for images and rows, and what is set on dev."""

    objective: TagObjective = TagObjective()
