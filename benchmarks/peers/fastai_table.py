"""fastai's tabular learner as its documentation has it: ``python -m benchmarks.peers.fastai_table
FOLDER`` learns from ``train.csv``, looks at ``dev.csv`` as its validation set, and answers it and
``test.csv``.

Categorify, FillMissing and Normalize, the default layers, the rate of ``lr_find``, one cycle. A
numeric target is standardized, which its guide leaves to the person; epochs are as many as make
about 200,000 rows, 5 to 50.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SEEN, LEAST, MOST = 200_000, 5, 50


def main(folder: Path) -> None:
    """Write ``dev.json`` and ``test.json``: an answer a row."""
    import pandas as pd  # type: ignore[import-untyped]
    from fastai.tabular.all import (  # type: ignore[import-not-found]
        Categorify,
        CategoryBlock,
        FillMissing,
        Normalize,
        RegressionBlock,
        TabularPandas,
        set_seed,
        tabular_learner,
    )

    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    words, labels = about["words"], about["labels"]
    kinds: dict[str, Any] = dict.fromkeys(words, str) | ({"__target": str} if labels else {})
    train, dev, test = (
        pd.read_csv(folder / f"{split}.csv", dtype=kinds, keep_default_na=False, na_values=[""])
        for split in ("train", "dev", "test")
    )
    numbers = [name for name in about["numbers"] if train[name].notna().any()]
    train[numbers], dev[numbers], test[numbers] = (
        frame[numbers].astype("float64") for frame in (train, dev, test)
    )
    middle, scale = (
        (0.0, 1.0) if labels else (train["__target"].mean(), train["__target"].std() or 1.0)
    )
    learned = pd.concat([train, dev[dev["__target"].notna()]], ignore_index=True)
    if not labels:
        learned["__target"] = (learned["__target"] - middle) / scale
    set_seed(about["seed"])
    for name in numbers:  # FillMissing refuses a column that is whole in training and not later
        if train[name].notna().all():
            dev[name], test[name] = (f[name].fillna(train[name].median()) for f in (dev, test))
            learned[name] = learned[name].fillna(train[name].median())
    table = TabularPandas(
        learned,
        procs=[Categorify, FillMissing, Normalize],
        cat_names=words,
        cont_names=numbers,
        y_names="__target",
        y_block=CategoryBlock() if labels else RegressionBlock(),
        splits=(list(range(len(train))), list(range(len(train), len(learned)))),
    )
    learner = tabular_learner(table.dataloaders(bs=min(64, len(train))))
    epochs = min(MOST, max(LEAST, SEEN // len(train)))
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(epochs, learner.lr_find(show_plot=False).valley)
        for name, frame in (("dev", dev), ("test", test)):
            rows = learner.dls.test_dl(frame.drop(columns="__target"))
            found = learner.get_preds(dl=rows)[0]
            answers = (
                [learner.dls.vocab[at] for at in found.argmax(dim=1).tolist()]
                if labels
                else (found[:, 0].double() * scale + middle).tolist()
            )
            (folder / f"{name}.json").write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
