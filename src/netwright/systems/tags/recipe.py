"""Every hyperparameter of a tagger."""

from __future__ import annotations

from netwright.recipe import ImageOrRowRecipe


class TagsRecipe(ImageOrRowRecipe):
    """The nets and the augmentation for images and rows."""
