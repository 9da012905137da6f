"""What the examples of a split are cut into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from netwright.contract.examples import Examples

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Cut(NamedTuple):
    """The U units that N examples are cut into: windows of a series, pieces of a long text.

    Args:
        units: raw, as ``Codec.encode`` takes them, each with its own target. What an example counts
            (its weight) is the spine's to hand on.
        owner: (U,) integers in [0, N): the example that a unit is of; each has at least one.
        place: (U,) integers from 0: which of its example's units it is.
    """

    units: Examples
    owner: NDArray[np.integer[Any]]
    place: NDArray[np.integer[Any]]
