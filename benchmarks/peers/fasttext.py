"""fastText's classifier: ``python -m benchmarks.peers.fasttext FOLDER`` learns from ``train.json``,
[[text, label], ...], and answers ``test.json`` into ``answers.json``: the labels, and CPU seconds.

Pairs of words have vectors too, as the authors use them (Joulin et al. 2017); rate and epochs are
those that are best on a tenth of train that is held out. Where there is ``vectors.txt``, words
begin with these vectors.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RATES, EPOCHS = (0.1, 0.5), (5, 20)
BUCKETS = 200_000


def main(folder: Path) -> None:
    """Write ``answers.json``."""
    start = time.process_time()
    rows = json.loads((folder / "train.json").read_text())
    held, kept = rows[::10], [row for at, row in enumerate(rows) if at % 10]
    best = max(
        itertools.product(RATES, EPOCHS), key=lambda one: _right(_learned(folder, kept, *one), held)
    )
    net = _learned(folder, rows, *best)
    texts = json.loads((folder / "test.json").read_text())
    answers = [_label(net, text) for text in texts]
    found = {"answers": answers, "seconds": time.process_time() - start, "best": best}
    (folder / "answers.json").write_text(json.dumps(found))


def _learned(folder: Path, rows: Sequence[Sequence[str]], rate: float, epochs: int) -> Any:
    import fasttext  # type: ignore[import-not-found]

    lines = [f"__label__{label} {' '.join(text.split())}\n" for text, label in rows]
    (folder / "lines.txt").write_text("".join(lines))
    vectors, given = folder / "vectors.txt", dict[str, Any]()
    if vectors.exists():
        size = int(vectors.open().readline().split()[1])
        given = {"pretrainedVectors": str(vectors), "dim": size}
    return fasttext.train_supervised(
        str(folder / "lines.txt"),
        lr=rate,
        epoch=epochs,
        wordNgrams=2,
        bucket=BUCKETS,
        thread=1,
        verbose=0,
        **given,
    )


def _label(net: Any, text: str) -> str:
    """Its own ``predict`` breaks with NumPy 2."""
    ((_, label),) = net.f.predict(" ".join(text.split()) + "\n", 1, 0.0, "strict")
    return str(label).removeprefix("__label__")


def _right(net: Any, rows: Sequence[Sequence[str]]) -> float:
    return sum(_label(net, text) == label for text, label in rows) / len(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
