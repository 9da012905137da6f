"""The worst dev mistakes as pictures, kept with the run so that its report needs no data."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from netwright.base.files import write_bytes
from netwright.contract import Examples
from netwright.runs.record import Record

MOST = 24
SIDE = 96
"""Pictures are brought to about this many pixels a side: small ones enlarged without smoothing,
large ones reduced.
"""


def keep(record: Record, dev: Examples) -> None:
    """Write ``pictures/worst-NN.png`` and ``pictures/worst.json``, worst first; nothing for inputs
    that are no images.

    They are shown in their own size, so of image files these few are opened and decoded once more.
    """
    if not len(dev) or not _is_picture(dev.inputs[0]):
        return
    frame = record.predictions("dev").with_row_index("row")
    if "probabilities" not in frame.columns:
        return
    wrong = frame.filter(frame["truth"] != frame["answer"]).sort("loss", descending=True).head(MOST)
    entries = []
    for place, row in enumerate(wrong.iter_rows(named=True)):
        name = f"worst-{place:02}.png"
        write_bytes(record.path / "pictures" / name, png(dev.inputs[row["row"]]))
        entries.append(
            {
                "file": name,
                "source": row["source"],
                "truth": row["truth"],
                "answer": row["answer"],
                "probability": max(row["probabilities"]),
                "loss": row["loss"],
            }
        )
    record.write_json("pictures/worst.json", entries)


def png(pixels: np.ndarray) -> bytes:
    """An (H, W, C) uint8 array as PNG."""
    from PIL import Image

    picture = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    longest = max(picture.size)
    factor = max(1, SIDE // longest) if longest <= SIDE else SIDE / longest
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    method = Image.Resampling.NEAREST if longest <= SIDE else Image.Resampling.LANCZOS
    out = io.BytesIO()
    picture.resize(size, method).save(out, "PNG", optimize=True)
    return out.getvalue()


def _is_picture(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 3 and value.dtype == np.uint8
