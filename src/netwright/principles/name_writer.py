"""A net that writes names (语言模型, 新序列采样, notes 5.1.8): all of chapter 5.1 at work.

    learn  x<1> = 0, x<t> = y<t-1>: from the letters so far, guess the next
           y^<t> = softmax(Wya a<t> + by)
           J = mean over all letters of -log y^<t>[the true letter]; <eos>, which ends a name, too
    write  draw a letter from y^<t>, feed it back as x<t+1>, until <eos>

exp(J) is the perplexity (困惑度): among how many letters it hesitates, on average. The temperature
(温度) divides z before the softmax: below 1 the likely letters win more often, above 1 the draws
become wild.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles import clipping, require, softmax, vocabulary
from netwright.principles.recurrent import Weights
from netwright.principles.sequence import Cell, zeros
from netwright.principles.vocabulary import Vocabulary

Array = np.ndarray[Any, Any]

END = "<eos>"


@dataclass(frozen=True)
class Batch:
    """X (T, n_x, m), zeros at t = 1 and behind a name's end; targets (T, m), -1 behind the end."""

    X: Array
    targets: Array


def letters(names: Sequence[str]) -> Vocabulary:
    """<eos> and every letter of the names."""
    return vocabulary.build("".join(names), special=(END,))


def batch(names: Sequence[str], known: Vocabulary) -> Batch:
    """Names side by side as columns, the short ones filled up.

    Raises:
        ValueError: there is no name, or one has a letter outside the vocabulary.
    """
    if not names:
        raise ValueError("there is no name: expected at least one.")
    T = max(len(name) for name in names) + 1  # one more for <eos>
    targets = np.full((T, len(names)), -1)
    for i, name in enumerate(names):
        targets[: len(name) + 1, i] = vocabulary.indices([*name, END], known)
    n_x = len(known.words)
    # (T, n_x, m); -1 makes zeros
    Y = (np.arange(n_x)[None, :, None] == targets[:, None, :]).astype(float)
    X = np.concatenate([np.zeros_like(Y[:1]), Y[:-1]])  # x<t> = y<t-1>
    X[:, known.place[END]] = 0  # nothing is guessed behind <eos>
    return Batch(X=X, targets=targets)


def initialize(
    cell: Cell, n_a: int, known: Vocabulary, rng: np.random.Generator
) -> dict[str, Array]:
    """The cell's weights, Wya (n_x, n_a) of variance 1 / n_a, by (n_x, 1) of zeros."""
    n_x = len(known.words)
    weights = cell.initialize(n_a, n_x, rng)
    return weights | {"Wya": rng.normal(0, n_a**-0.5, size=(n_x, n_a)), "by": np.zeros((n_x, 1))}


def _output_layer(weights: Weights) -> tuple[Array, Array]:
    for name in ("Wya", "by"):
        if name not in weights:
            raise ValueError(
                f"{name} is missing: y<t> = softmax(Wya a<t> + by) expects Wya and by beside the"
                " cell's weights."
            )
    return weights["Wya"], weights["by"]


def cost(data: Batch, weights: Weights, cell: Cell) -> tuple[float, dict[str, Array]]:
    """J, the mean over all letters, and its gradients by name.

    Only the places of real letters become columns of the softmax; the others cost nothing and get
    no gradient.

    Raises:
        ValueError: a shape does not fit, or a weight is missing.
    """
    Wya, by = _output_layer(weights)
    A, cache = cell.forward(data.X, weights)
    require.shape("Wya", Wya, (data.X.shape[1], A.shape[1]), "y<t> = softmax(Wya a<t> + by)")
    require.shape("by", by, (len(Wya), 1), "y<t> = softmax(Wya a<t> + by)")
    real = data.targets >= 0  # (T, m)
    columns = A.transpose(1, 0, 2)[:, real]  # (n_a, k) for k letters
    Y = softmax.one_hot(data.targets[real], len(Wya))  # (n_x, k)
    loss = softmax.cross_entropy(Wya @ columns + by, Y)
    dZ = loss.dZ / Y.shape[1]  # J is the mean
    dA = np.zeros_like(A)
    dA.transpose(1, 0, 2)[:, real] = Wya.T @ dZ
    gradients = cell.backward(dA, cache).weights
    return loss.J, gradients | {"Wya": dZ @ columns.T, "by": dZ.sum(axis=1, keepdims=True)}


def train(
    names: Sequence[str],
    weights: Weights,
    cell: Cell,
    known: Vocabulary,
    rng: np.random.Generator,
    *,
    r: float = 1.0,
    steps: int = 1000,
    m: int = 32,
    limit: float = 1.0,
) -> tuple[dict[str, Array], Array]:
    """Gradient descent, w := w - r dw, each gradient clipped by norm.

    Args:
        r: learning rate, above 0. m: names in a step, drawn anew each time. limit: of the
            gradient's norm, above 0.

    Returns:
        The weights after the last step, and J before each step (steps,).

    Raises:
        ValueError: there is no name, a number is out of its range, or a weight is missing.
    """
    require.between("r", r, 0, np.inf, open_low=True, open_high=True)
    require.between("m", m, 1, np.inf)
    require.between("steps", steps, 0, np.inf)
    if not names:
        raise ValueError("there is no name: expected at least one.")
    learned, costs = dict(weights), []
    for _ in range(steps):
        chosen = [names[i] for i in rng.integers(len(names), size=m)]
        J, gradients = cost(batch(chosen, known), learned, cell)
        clipped = clipping.by_norm(gradients, limit)
        learned = {name: w - r * clipped[name] for name, w in learned.items()}
        costs.append(J)
    return learned, np.array(costs)


def sample(
    weights: Weights,
    cell: Cell,
    known: Vocabulary,
    rng: np.random.Generator,
    *,
    temperature: float = 1.0,
    beginning: str = "",
    longest: int = 30,
) -> str:
    """A new name.

    Args:
        temperature: above 0. 1: as learned; near 0: the likeliest letter each time. beginning: its
            first letters.
        longest: letters at most, beginning included; from 0.

    Raises:
        ValueError: temperature is not above 0, longest is negative, a weight is missing or does not
            fit, or a letter of beginning is outside the vocabulary.
    """
    require.between("temperature", temperature, 0, np.inf, open_low=True, open_high=True)
    require.between("longest", longest, 0, np.inf)
    (Wya, by), n_x, name = _output_layer(weights), len(known.words), beginning
    require.shape("Wya", Wya, (n_x, None), f"y<t> = softmax(Wya a<t> + by) with {n_x} letters")
    state, x = zeros(cell, Wya.shape[1], 1), np.zeros((n_x, 1))
    for letter in beginning:
        state = cell.step(state, x, weights)
        x = vocabulary.one_hot(vocabulary.indices([letter], known), known)[0]
    while len(name) < longest:
        state = cell.step(state, x, weights)  # state[0] is a<t>, (n_a, 1)
        z = Wya @ state[0] + by  # (n_x, 1)
        y, _ = softmax.forward(z / temperature)
        drawn = int(rng.choice(n_x, p=y[:, 0] / y.sum()))
        if known.words[drawn] == END:
            break
        name += known.words[drawn]
        x = vocabulary.one_hot(np.array([drawn]), known)[0]
    return name
