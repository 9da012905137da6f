"""A run's curves for other tools."""

from __future__ import annotations

from pathlib import Path

from netwright.base.errors import NetwrightError
from netwright.runs.record import Record


def to_tensorboard(record: Record, folder: Path) -> None:
    """Write every curve as scalars under ``folder/<run id>``.

    Raises:
        NetwrightError: TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise NetwrightError(
            "--tensorboard needs TensorBoard: pip install 'netwright[tensorboard]'."
        ) from None
    writer = SummaryWriter(str(folder / record.id))
    for row in record.curves():
        for name in row.keys() - {"epoch", "step"}:
            writer.add_scalar(name, row[name], int(row["step"]))
    writer.close()
