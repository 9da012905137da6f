"""What this system takes: images, or rows of a table, whose targets are labels."""

from __future__ import annotations

from netwright.contract import Claim, Examples, Takes
from netwright.contract.takes import itself
from netwright.data import splits
from netwright.data.images.columns import is_images
from netwright.data.images.show import show
from netwright.data.tables.rows import is_rows
from netwright.data.text.prose import prose_left_out, without_prose


def accepts(examples: Examples) -> Claim | None:
    """Images or rows whose targets are labels."""
    if not (is_images(examples.inputs) or is_rows(examples.inputs)):
        return None
    first = next((t for t in examples.targets if t is not None), None)
    return Claim("the targets are labels", 2) if isinstance(first, str) else None


TAKES = Takes(accepts, itself, show, splits.by_label, without_prose, left_of_each=prose_left_out)
