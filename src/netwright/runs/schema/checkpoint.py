"""What stands beside the tensors of ``checkpoint/state.safetensors``."""

from __future__ import annotations

from typing import Any

from netwright.base.shapes import anything, count, fields, listed, mapped, maybe, number, real, text

_POINT = fields({"step": count}, {"loss": real, "rate": real, "grad_norm": real})


def epoch_row(value: Any, place: str) -> None:
    """A row of the curves: what counts is whole, all else are figures."""
    mapped(real, most=1_000)(value, place)
    fields({"epoch": count, "step": count})(value, place)


def layer_row(value: Any, place: str) -> None:
    """A row of ``layers.csv``; an empty text is no figure."""
    mapped(label_or_real, most=100)(value, place)
    fields({"step": count, "layer": text})(value, place)


def label_or_real(value: Any, place: str) -> None:
    """Text, or a number, NaN and infinity included."""
    if not isinstance(value, str):
        real(value, place)


CHECKPOINT = fields(
    {
        "step": count,
        "ceiling": real,
        "extra": fields(
            {
                "curves": listed(epoch_row),
                "steps": listed(_POINT),
                "losses": listed(real, most=10_000_000),
                "examples": count,
                "seconds": number,
                "cpu_seconds": number,
                "recipe": mapped(anything),
                "changes": count,
                "layers": listed(layer_row, most=1_000_000),
                "best_key": maybe(listed(real, most=10)),
                "best_epoch": count,
            },
            {"totals": listed(real, most=10_000_000), "abandoned": listed(epoch_row)},
        ),
    },
    {"epoch": count, "done": count},
)
