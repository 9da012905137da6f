"""What a system of several targets does, whether they are tags or numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError
from netwright.contract import Claim, Examples
from netwright.data.images.columns import is_images
from netwright.data.packed import Floats
from netwright.data.several_targets.columns import TargetColumns, as_array, check_varied, names_of
from netwright.data.tables.rows import Rows, is_rows

if TYPE_CHECKING:
    from torch import Tensor


def claimed(examples: Examples, *, are_tags: bool) -> Claim | None:
    """Images or rows with several targets, each yes or no, or each a number."""
    targets = examples.targets
    if not isinstance(targets, TargetColumns) or targets.are_tags != are_tags:
        return None
    if not (is_images(examples.inputs) or is_rows(examples.inputs)):
        return None
    what = "tags, yes or no" if are_tags else "numbers"
    return Claim(f"the targets are {len(targets.names)} {what}", 3)


def learnable(train: Examples, *, are_tags: bool) -> tuple[tuple[str, ...], Floats]:
    """The names of the T targets, and the (N, T) targets; NaN where unknown.

    Raises:
        DataError: one is never known, or always the same.
    """
    names = names_of(train.targets)
    held = as_array(train.targets, names)
    check_varied(held, names, are_tags=are_tags)
    return names, held


def known_means(train: Examples) -> dict[str, float]:
    """The mean of each target where it is known: of tags, how often it is yes."""
    names = names_of(train.targets)
    means = np.nanmean(as_array(train.targets, names), axis=0).tolist()
    return dict(zip(names, means, strict=True))


def masked(values: Floats, held: Floats) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """Targets (N, T) float32 and (N, T) 1 where one is known; (N,) how many are.

    Args:
        values: (N, T), any number where unknown.
        held: (N, T); NaN where unknown.
    """
    import torch

    known = torch.from_numpy(~np.isnan(held)).float()
    return (torch.from_numpy(values).float(), known), known.sum(dim=1)


def mean_of_each(parts: Sequence[Mapping[str, float]], what: str) -> dict[str, float]:
    """The mean of what several nets state of each target.

    Args:
        what: a target is called in messages.

    Raises:
        DataError: not all of them know the same targets.
    """
    first = parts[0]
    for other in parts[1:]:
        if apart := sorted(first.keys() ^ other.keys()):
            raise DataError(
                f"the {what} '{apart[0]}' is known to one run and not to another: combine runs that"
                f" were trained on the same {what}s."
            )
    return {name: math.fsum(part[name] for part in parts) / len(parts) for name in first}


def sample_of(
    rows: Mapping[str, Any], targets: Mapping[str, Any], seed: int, rng: Any, *, are_tags: bool
) -> Examples:
    """Rows for a system's ``sample``; of each target one in five is unknown, and of no row all.

    Args:
        rows, targets: name -> (N,) numbers.
    """
    held = np.stack(list(targets.values()), axis=1).astype(float)
    held[rng.uniform(size=held.shape) < 0.2] = np.nan
    held[np.isnan(held).all(axis=1), 0] = 0.0
    ids = [f"{seed}-{at}" for at in range(len(held))]
    return Examples(
        Rows({name: column.tolist() for name, column in rows.items()}),
        TargetColumns(tuple(targets), held, are_tags=are_tags),
        ids,
        [f"sample[{at}]" for at in range(len(held))],
    )
