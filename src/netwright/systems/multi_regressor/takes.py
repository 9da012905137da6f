"""What this system takes: images, or rows of a table, with several numbers each."""

from __future__ import annotations

from netwright.contract import Claim, Examples, Takes
from netwright.data.images.show import show
from netwright.data.several_targets.columns import known_of
from netwright.data.several_targets.shared import claimed
from netwright.data.text.prose import prose_left_out, without_prose


def accepts(examples: Examples) -> Claim | None:
    """Images or rows with several targets, each a number."""
    return claimed(examples, are_tags=False)


TAKES = Takes(
    accepts, show=show, parts=known_of, arrange=without_prose, left_of_each=prose_left_out
)
