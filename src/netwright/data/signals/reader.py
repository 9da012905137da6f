"""The reader of signals and volumes: an .npz file, or arrays in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source

if TYPE_CHECKING:
    from netwright.contract.reading import Reading


def recognize(look: Look) -> Claim | None:
    """Arrays of three or five axes. Those of three may be images, unless they hold numbers that
    no pixel has.
    """
    found = _beginning(look)
    if found is None:
        return None
    from netwright.data.signals.arrays import AXES, is_beyond_pixels

    axes, values = found
    if axes not in AXES:
        return None
    what = f"took {look} for {AXES[axes]}s because its x has"
    if axes == 5:
        return Claim(f"{what} five axes: example, channel, and three of places", 3)
    if values.dtype.kind in "biuf" and is_beyond_pixels(values):
        return Claim(f"{what} three axes (example, channel, place) and numbers of no pixel", 3)
    return Claim(f"{what} three axes (example, channel, place)", 1)


def _beginning(look: Look) -> tuple[int, Any] | None:
    """How many axes the array has that decides, and numbers of it; None where there is none."""
    if look.kind == "memory":
        x = _in_memory(look)
        return None if x is None else (x.ndim, x)
    if look.suffix != ".npz":
        return None
    from netwright.data.sources.npz_arrays import SPLITS, beginning

    return beginning(look.path, ("x", *(name for name, _ in SPLITS)))


def _in_memory(look: Look) -> Any:
    """x as an array; None where it is none."""
    import numpy as np

    from netwright.data.sources.memory import ARRAYS, parts

    x = parts(look.value)[0]
    of_array, of_frame = (
        any(hasattr(type(x), name) for name in some) for some in (ARRAYS[:2], ARRAYS[2:])
    )
    if of_frame or not (of_array and hasattr(x, "ndim")):
        return None
    return np.asarray(x.detach().cpu() if hasattr(x, "detach") else x)


def read(look: Look, source: Source) -> Reading:
    """The examples of x and y, or of x_train, y_train, x_test, y_test; in memory of (x, y)."""
    from netwright.data.signals import arrays
    from netwright.data.sources.memory import parts

    if look.kind == "memory":
        import numpy as np

        y = parts(look.value)[1]
        held = {"x": _in_memory(look), **({} if y is None else {"y": np.asarray(y)})}
        return arrays.read(held, Source("signals", "memory", "", source.options))
    from netwright.data.sources.npz_arrays import arrays_in

    return arrays.read(arrays_in(look.path), source)


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """x alone, of one .npz file or of an array in memory; what is wrong with it is said here, as
    nothing else could be meant.
    """
    if len(looks) != 1:
        return None
    (look,) = looks
    if look.suffix != ".npz" and (look.kind != "memory" or _in_memory(look) is None):
        return None
    found = read(look, Source("signals", str(look), "", options)).examples
    return replace(found, targets=[None] * len(found), splits=None, weights=None)


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Forty signals of two channels, of two classes: a slow and a quick wave."""
    import numpy as np

    rng, path = np.random.default_rng(0), folder / "waves.npz"
    names = np.array(["slow", "quick"] * 20)
    pace = np.where(names == "slow", 1.0, 4.0)[:, None, None]
    place = np.linspace(0, 2 * np.pi, 16)[None, None]
    x = np.sin(pace * place + rng.uniform(0, 6, (40, 2, 1))) + rng.normal(0, 0.1, (40, 2, 16))
    np.savez(path, x=x, y=names)
    return path, ReadOptions()


READER = Reader(
    kind="signals",
    takes="signals (N, C, T) and volumes (N, C, D, H, W), .npz or in memory",
    recognize=recognize,
    read=read,
    sample=sample,
    inputs=inputs,
)
