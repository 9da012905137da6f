"""Drawing the next token (notes 5.1.8): temperature, top-k and nucleus.

    p_i = exp(z_i / temperature) / sum_j exp(z_j / temperature)

Below 1 the probable tokens win more often, above 1 the draws become wild; at 0 the most probable
one is taken. Top-k keeps the k most probable (Fan et al. 2018, "Hierarchical neural story
generation"), the nucleus the fewest that hold so much of the probability together (Holtzman et al.
2020, "The curious case of neural text degeneration"); what is left out of both has probability 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn.

    Args:
        temperature: from 0.
        top_k: how many tokens may be drawn; 0: all.
        nucleus: in (0, 1], the probability that those have together which may be drawn.

    Raises:
        ValueError: a knob is out of its range.
    """

    temperature: float = 1.0
    top_k: int = 0
    nucleus: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < float("inf"):
            raise ValueError(
                f"temperature = {self.temperature:g}: expected 0 (the most probable token) or above"
            )
        if self.top_k < 0:
            raise ValueError(f"top-k = {self.top_k}: expected 1 or more; 0 keeps all tokens")
        if not 0 < self.nucleus <= 1:
            raise ValueError(f"nucleus = {self.nucleus:g}: expected a number above 0, at most 1")

    def of(self, log_probabilities: Floats) -> Floats:
        """(V,) the probabilities by which a token is drawn.

        Args:
            log_probabilities: (V,) of the net.
        """
        if self.temperature == 0:
            found = np.zeros(len(log_probabilities))
            found[int(log_probabilities.argmax())] = 1.0
            return found
        with np.errstate(over="ignore"):  # far below the best: -inf is what it is
            scores = (log_probabilities - log_probabilities.max()) / self.temperature
        p = np.exp(scores)
        p /= p.sum()
        p[~self._kept(p)] = 0
        kept: Floats = p / p.sum()
        return kept

    def _kept(self, p: Floats) -> Bools:
        order = np.argsort(-p, kind="stable")
        ranked = p[order]
        inside = np.ones(len(p), bool)
        if self.top_k:
            inside[self.top_k :] = False
        if self.nucleus < 1:
            before = np.cumsum(ranked) - ranked  # what lies ahead of each: the first always stays
            inside &= before < self.nucleus
        kept = np.zeros(len(p), bool)
        kept[order[inside]] = True
        return kept


def drawn(p: Floats, rng: np.random.Generator) -> int:
    """A token by these probabilities, of one number of the generator."""
    bounds = np.cumsum(p)
    at = int(np.searchsorted(bounds, rng.random() * bounds[-1], side="right"))
    return int(min(at, np.flatnonzero(p)[-1]))
