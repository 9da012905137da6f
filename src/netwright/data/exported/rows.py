"""Rows of an exported net: the numbers of a table go in as they are, the graph scales them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from netwright.contract import Examples
from netwright.data.tables.encoder import Category, RowEncoder
from netwright.data.tables.scaling.date_parts import DateColumn, DatePart
from netwright.data.tables.scaling.scales import NumberColumn, NumberScale, NumberScores

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Arrays, Plain, Tensors


def about(encoder: RowEncoder) -> dict[str, Any]:
    """The columns in the order in which the graph takes them: numbers, then the parts of dates;
    apart from them the categories, by their place among their values from 1 on (0: unknown).
    """
    return asdict(encoder)


def of_about(about: Plain) -> RowEncoder:
    """The encoder again."""
    return RowEncoder(
        tuple(map(_number, about["numbers"])),
        tuple(Category(**{**one, "values": tuple(one["values"])}) for one in about["categories"]),
        tuple(
            DateColumn(**{**one, "parts": tuple(DatePart(**part) for part in one["parts"])})
            for one in about["dates"]
        ),
    )


def _number(plain: Plain) -> NumberColumn:
    if "scores" not in plain:
        return NumberScale(**plain)
    whole = {name: tuple(plain[name]) for name in ("values", "scores")}
    return NumberScores(**{**plain, **whole})


def arrays(about: Plain, examples: Examples) -> Arrays:
    """``numbers``: (N, R) float64, and ``categories``: (N, K) int64, see ``RowEncoder.raw``.

    Raises:
        DataError: the rows are not like those of training.
    """
    encoder = of_about(about)
    raw = encoder.raw(examples)
    encoder.scaled(raw["numbers"], examples)  # refuses what no float can hold
    return raw


def prepared(encoder: RowEncoder, tensors: Tensors) -> tuple[Tensor, ...]:
    """What ``RowEncoder.encode`` makes of them: (B, D) float32, and (B, K) int64."""
    import torch

    numbers = tensors["numbers"]
    known = torch.isfinite(numbers)
    scaled = torch.where(known, _scaled(encoder, numbers), 0)
    columns = torch.cat([scaled, (~known).double()], dim=1)
    found = columns[:, torch.tensor(_places(encoder), dtype=torch.int64)].float()
    return (found, tensors["categories"]) if encoder.categories else (found,)


def _scaled(encoder: RowEncoder, numbers: Tensor) -> Tensor:
    """(B, R) float64, of columns by their scores by these; what is missing stays NaN."""
    import torch

    every = [
        *encoder.numbers,
        *(part for date in encoder.dates for part in (*date.parts, *([None] * date.marked))),
    ]
    scales = [(0.0, 1.0) if isinstance(c, NumberScores | None) else (c.mu, c.sigma) for c in every]
    mu, sigma = torch.tensor(scales, dtype=torch.float64).view(-1, 2).unbind(1)
    scaled = (numbers - mu) / sigma
    by_scores = [column for column in encoder.numbers if isinstance(column, NumberScores)]
    if not by_scores:
        return scaled
    assert len(by_scores) == len(encoder.numbers), "an encoder scales all its numbers alike"
    of_numbers = _scores(by_scores, numbers[:, : len(by_scores)])
    return torch.cat([of_numbers, scaled[:, len(by_scores) :]], dim=1)


def _scores(columns: list[NumberScores], numbers: Tensor) -> Tensor:
    """Straight lines between the scores: s_0 + sum_k slope_k min(max(x - v_k, 0), v_k+1 - v_k)."""
    import torch

    most = max(len(column.values) for column in columns) - 1
    lows, widths, slopes = torch.zeros(3, len(columns), most, dtype=torch.float64)
    for at, column in enumerate(columns):
        values, scores = (
            torch.tensor(one, dtype=torch.float64) for one in (column.values, column.scores)
        )
        parts = len(values) - 1
        lows[at, :parts], widths[at, :parts] = values[:-1], values.diff()
        slopes[at, :parts] = scores.diff() / values.diff()
    first = torch.tensor([column.scores[0] for column in columns], dtype=torch.float64)
    within = torch.minimum((numbers[:, :, None] - lows).clamp(min=0), widths)
    found: Tensor = first + (within * slopes).sum(dim=2)
    return found


def _places(encoder: RowEncoder) -> list[int]:
    """Of each column that the net reads its place among all that are scaled and, behind these, all
    that say whether one is missing.
    """
    count = len(encoder.numbers) + sum(date.width for date in encoder.dates)
    found = []
    for at, column in enumerate(encoder.numbers):
        found += [at, count + at] if column.marked else [at]
    return [*found, *range(len(encoder.numbers), count)]
