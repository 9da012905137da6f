"""A language model that has read some tokens, and says what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from netwright.nets.sequence.language_model import Carried, LanguageModel

Floats = NDArray[np.float64]


class RunningModel:
    """It goes on from what it has read.

    Args:
        net: it is put in evaluation mode.
        window: tokens that a net without a state sees.
    """

    def __init__(self, net: LanguageModel, window: int) -> None:
        self.net, self.window = net.eval(), window
        self.read: list[int] = []
        self.state: Carried = net.begin(1)

    def reads(self, tokens: Sequence[int]) -> Floats:
        """(K, V) the log probabilities of what follows each of these tokens, in order."""
        with torch.inference_mode():
            self.read += tokens
            if self.net.goes_on:
                states, self.state = self.net.read(self._row(tokens), self.state)
                return self._probabilities(states)
            rows = [
                self.net.read(self._row(self.read[max(0, at - self.window) : at]), self.state)[0]
                for at in range(len(self.read) - len(tokens) + 1, len(self.read) + 1)
            ]
            return self._probabilities(torch.cat([row[:, -1:] for row in rows], dim=1))

    def _row(self, tokens: Sequence[int]) -> Any:
        return torch.tensor([list(tokens)], device=self.net.embed.weight.device)

    def _probabilities(self, states: Any) -> Floats:
        found: Floats = self.net.log_probabilities(states)[0].double().cpu().numpy()
        return found
