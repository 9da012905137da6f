"""What this system takes: images, or rows of a table, with several numbers each."""

from __future__ import annotations

from netwright.contract import Claim, Examples, Takes
from netwright.data.images.columns import is_images
from netwright.data.images.show import show
from netwright.data.several_targets.columns import TargetColumns
from netwright.data.tables.rows import is_rows


def accepts(examples: Examples) -> Claim | None:
    """Images or rows with several targets, each a number."""
    targets = examples.targets
    if not isinstance(targets, TargetColumns) or targets.are_tags:
        return None
    if not (is_images(examples.inputs) or is_rows(examples.inputs)):
        return None
    return Claim(f"the targets are {len(targets.names)} numbers", 3)


TAKES = Takes(accepts, show=show)
