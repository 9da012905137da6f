"""Look into a run's net: what its units see and look for, and what speaks for one answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from netwright.api.inside import layers as own_layers
from netwright.api.inside import one_prediction, page, reading
from netwright.api.inside.found import NetInside
from netwright.api.kept.store import open_run
from netwright.api.run import Run
from netwright.base.errors import RecipeError
from netwright.base.figures import counted
from netwright.base.paths import Place

EXAMPLES, UNITS = 2_000, 12
MOST_EXAMPLES, MOST_UNITS = 1_000_000, 4_096

FOLDER = "inspect"
"""In the run's folder."""


def inspect(
    run: Run | str,
    example: Any = None,
    *,
    layers: Sequence[str] = (),
    units: int = UNITS,
    examples: int = EXAMPLES,
    into: str | Path | None = None,
    store: str | Path | None = None,
    system: str | Path | None = None,
    log: Callable[[str], None] | None = None,
) -> NetInside:
    """Of each unit of some layers the nine training examples that excite it most, with exactly what
    it sees of them; the maps of one example, and which of its pixels its answer depends on.

    Any net whose units lie at places of the input: of signals, pictures or volumes. Zeiler and
    Fergus 2013 (notes 4.4.7); Simonyan 2013; Selvaraju 2016.

    Args:
        run: or its name.
        example: an input as ``predict`` takes it; None: the dev example of the largest loss.
        layers: names of modules; empty: the last module of each stage, at most five.
        units: of each layer, at most, that are shown.
        examples: of training, at most, among which the strongest are found; of more they are drawn.
        into: a folder for the page and its pictures; None: ``inspect`` in the run's folder.
        store: where runs are kept (default: ``runs``).
        system: the folder of its system, where that is one of your own.
        log: called with a line about what is done.

    Raises:
        RecipeError: there is no such module, or it has no map.
        RunError: the net reads nothing that has places, or the run's data have changed.
        DataError: the data are not where they were, or the example cannot be read.
    """
    _expect("--units", units, MOST_UNITS)
    _expect("--examples", examples, MOST_EXAMPLES)
    opened = run if isinstance(run, Run) else open_run(run, store=store, system=system)
    log = log or _silent
    own = reading.of_split(opened, "train", examples)
    named = own_layers.chosen(opened, own.examples.take([0]), layers)
    one = one_prediction.example_of(opened, example)
    names = ", ".join(name for name, _ in named)
    log(f"{counted(len(own.examples), 'training example')} through {names}")
    looked = own_layers.look(opened, own.examples, named, units)
    seen = tuple(own_layers.in_figures(opened, own.examples, layer) for layer in looked)
    patches = [own_layers.patches(opened, own.examples, layer) for layer in looked]
    drawn = one_prediction.look(opened, one, looked)

    def within(name: str) -> Place:
        return opened.record.inside(f"{FOLDER}/{name}") if into is None else Path(into) / name

    counts = len(own.examples), own.whole
    path, pictures = page.write(opened, within, seen, patches, drawn, counts)
    return NetInside(opened.id, *counts, seen, drawn.explained, path, pictures)


def _expect(option: str, number: int, most: int) -> None:
    if not 1 <= number <= most:
        raise RecipeError(f"{option} {number}: expected a whole number from 1 to {most:,}.")


def _silent(line: str) -> None:
    """Where nobody listens."""
