"""An example as a person sees it who does not know its truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from netwright.base import figures
from netwright.contract import AnySystem, Example
from netwright.contract.views import Shown
from netwright.runs.answers.predictions import plain


def without_truth(system: AnySystem, example: Example, longest: int) -> Shown:
    """Drawn where it is a picture, else all that it holds; its source, which may name its class, is
    nowhere in it.

    Args:
        longest: characters of an example that is no picture.
    """
    drawn, held = system.show(replace(example, target=None), None), plain(example.input)
    if isinstance(held, str):
        return Shown(text=held[:longest])
    if isinstance(held, Mapping):
        lines = (f"{name}: {figures.value(value, longest)}" for name, value in held.items())
        return Shown(text="\n".join(lines)[:longest])
    return drawn or Shown(text=figures.value(held, longest))
