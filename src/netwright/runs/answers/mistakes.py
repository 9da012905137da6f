"""The worst dev mistakes as a person sees them, kept so that the report needs no data."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from netwright.base import figures
from netwright.base.errors import UnreadableError
from netwright.base.files import write_bytes
from netwright.contract import AnySystem, Examples
from netwright.runs.record import Record

MOST = 24
LONGEST = 300
"""Characters of a truth, an answer or a text that are kept."""

SMALL, LARGE = 96, 320
"""Pixels of the longer side: up to which small pictures are enlarged, by whole pixels, and to which
large ones are reduced.
"""


def keep(record: Record, system: AnySystem, dev: Examples) -> None:
    """Write ``pictures/worst.json`` and ``pictures/worst-NN.png``, worst first; nothing where the
    system cannot show its examples.

    The worst are the wrong answers of the largest loss; where a system does not say what is wrong,
    the examples of the largest loss. They are shown in their own size, so of image files these few
    are opened and decoded once more.
    """
    if all(system.show(example, None) is None for example in dev):  # of pictures, opens the first
        return
    found = record.read_predictions("dev")
    rows = found.worst(MOST)
    some = found.take(rows)
    try:
        answers = some.answers(system)
    except UnreadableError as error:
        raise record.unreadable("dev", error) from None
    truths, given = some.in_words("truth", LONGEST), some.in_words("answer", LONGEST)
    entries = []
    for place, row in enumerate(rows):
        shown = system.show(dev[row], answers[place])
        if shown is None:
            continue
        entry: dict[str, Any] = {
            "source": dev.sources[row],
            "truth": truths[place],
            "answer": given[place],
            "probability": some.frame["stated"][place],
            "loss": some.frame["loss"][place],
        }
        if shown.text:
            entry["text"] = figures.shorten(shown.text, LONGEST)
        if shown.pixels is not None:
            entry["file"] = f"worst-{place:02}.png"
            kept = record.inside(f"pictures/{entry['file']}")
            write_bytes(kept, png(shown.pixels))
        entries.append(entry)
    record.write_json("pictures/worst.json", entries)


def png(pixels: np.ndarray[Any, Any]) -> bytes:
    """An (H, W, C) uint8 array as PNG."""
    from PIL import Image

    picture = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    longest = max(picture.size)
    factor = max(1, SMALL // longest) if longest <= LARGE else LARGE / longest
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    method = Image.Resampling.NEAREST if longest <= LARGE else Image.Resampling.LANCZOS
    out = io.BytesIO()
    picture.resize(size, method).save(out, "PNG", optimize=True)
    return out.getvalue()
