"""A run's curves for other tools."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Iterator
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
    """Write every curve as scalars under ``folder/<run id>``, which ``check`` has looked at.

    Raises:
        NetwrightError: the disk is full.
    """
    from torch.utils.tensorboard import SummaryWriter

    try:
        with _quiet_threads(), contextlib.closing(SummaryWriter(str(folder / record.id))) as writer:
            for row in record.curves():
                for name, value in row.as_dict().items():
                    if name not in ("epoch", "step"):
                        writer.add_scalar(name, value, row.step)
    except OSError as error:
        raise NetwrightError(
            f"--tensorboard {folder}: the curves of {record.id} could not be written"
            f" ({reason_of(error)}); the run itself is kept."
        ) from error


@contextlib.contextmanager
def _quiet_threads() -> Iterator[None]:
    """A thread that a full disk ends prints nothing inside the block: TensorBoard's hands its error
    on to whoever closes it.
    """
    before = threading.excepthook

    def look(ended: threading.ExceptHookArgs) -> None:
        if not issubclass(ended.exc_type, OSError):
            before(ended)

    threading.excepthook = look
    try:
        yield
    finally:
        threading.excepthook = before
