"""Batch size: what each costs here, which is advised, and the largest that fits."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base import typed_numbers
from netwright.base.errors import RecipeError, UnreadableError
from netwright.recipe import Recipe
from netwright.runs import store as stores

if TYPE_CHECKING:
    from torch import nn

    from netwright.training.probes.batch_sizes import Advice
    from netwright.training.probes.fit_memory import Largest
    from netwright.training.probes.trial_step import TrialStep


def batch_size(
    source: Any,
    *,
    target: str | Sequence[str] | None = None,
    model: str | nn.Module | None = None,
    set: Mapping[str, Any] | None = None,
    recipe: str | Path | Recipe | None = None,
    system: str | Path | None = None,
    memory: str | int | None = None,
) -> Advice:
    """Measure steps of several batch sizes, a few seconds in all, and advise one (notes 2.2.10).

    Args:
        source, target, model, set, recipe, system: as for ``train``.
        memory: what a step may take, bytes or ``500MB``; None: what is available, less a tenth.

    Raises:
        NetwrightError: the data or the recipe cannot be used.
    """
    from netwright.api.beginning import changes_of
    from netwright.training.probes import batch_sizes

    limit = None if memory is None else bytes_of(memory)
    with _trial_step(source, target, model, changes_of(None, system, set), recipe) as step:
        return batch_sizes.advise(step, limit)


def largest_batch(
    source: Any,
    *,
    target: str | Sequence[str] | None = None,
    model: str | nn.Module | None = None,
    set: Mapping[str, Any] | None = None,
    recipe: str | Path | Recipe | None = None,
    system: str | Path | None = None,
    memory: str | int | None = None,
) -> Largest:
    """The largest batch whose step fits into memory; each size is tried in a child process.

    A step is forward, backward, update and evaluation.

    Args:
        source, target, model, set, recipe, system: as for ``train``.
        memory: what a step may take, bytes or ``500MB``; None: what is available, less a tenth.

    Raises:
        NetwrightError: the data or the recipe cannot be used, or a single example is too many.
    """
    from netwright.api.beginning import changes_of
    from netwright.training.probes import fit_memory

    limit = None if memory is None else bytes_of(memory)
    with _trial_step(source, target, model, changes_of(None, system, set), recipe) as step:
        return fit_memory.largest(step, limit)


def bytes_of(text: str | int) -> int:
    """``500MB`` -> 500,000,000.

    Raises:
        RecipeError: it is no positive number of bytes.

    >>> bytes_of("1.5GiB")
    1610612736
    """
    try:
        size = typed_numbers.quantity(str(text), {"": 1.0, **typed_numbers.BYTES})
    except UnreadableError:
        size = 0.0
    if size < 1:
        raise RecipeError(
            f"--memory {text}: expected bytes with a unit, for example 500MB or 2GiB."
        )
    return int(size)


@contextlib.contextmanager
def _trial_step(
    source: Any,
    target: str | Sequence[str] | None,
    model: str | nn.Module | None,
    changes: dict[str, Any],
    recipe: str | Path | Recipe | None,
) -> Iterator[TrialStep]:
    """The step to try; inside the block torch has the threads that training would have."""
    import torch

    from netwright.api.beginning import start_of
    from netwright.recipe import resolved
    from netwright.training.probes import before_training
    from netwright.training.setup import split

    system, reading, start = start_of(source, target, copy.deepcopy(model), changes, recipe)
    parts = split(system, reading.examples, start)
    step = before_training.trial_step(system, start, parts, stores.folder())
    before = torch.get_num_threads()
    torch.set_num_threads(resolved(step.setup.recipe.training.threads))
    try:
        yield step
    finally:
        torch.set_num_threads(before)
