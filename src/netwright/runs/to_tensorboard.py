"""A run's curves for other tools."""

from __future__ import annotations

import tempfile
from pathlib import Path

from netwright.base.errors import NetwrightError, reason_of
from netwright.runs.record import Record


def check(folder: Path) -> None:
    """Make sure, before a training, that its curves can be written there; makes the folder.

    Raises:
        NetwrightError: TensorBoard is not installed, or the folder cannot be made or written.
    """
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ImportError:
        raise NetwrightError(
            "--tensorboard needs TensorBoard: pip install 'netwright[tensorboard]'."
        ) from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        raise NetwrightError(
            f"--tensorboard {folder}: curves cannot be written there ({reason_of(error)}); name a"
            " folder that can be made."
        ) from None


def to_tensorboard(record: Record, folder: Path) -> None:
    """Write every curve as scalars under ``folder/<run id>``, which ``check`` has looked at."""
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder / record.id))
    for row in record.curves():
        for name, value in row.as_dict().items():
            if name not in ("epoch", "step"):
                writer.add_scalar(name, value, row.step)
    writer.close()
