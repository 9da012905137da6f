"""flair's classifier of texts: ``python -m benchmarks.peers.flair FOLDER`` learns from
``train.json``, [[text, label], ...], and answers ``test.json`` into ``answers.json``: the labels,
and CPU seconds.

What works without a network: the words of ``vectors.txt`` as its ``WordEmbeddings``, fine-tuned,
beside learned ones of the other words; a GRU over them (``DocumentRNNEmbeddings``), trained as its
documentation has it: SGD at a rate of 0.1, halved where a held-out tenth gets no better, at most
``EPOCHS``. Its own embeddings (``flair``, ``glove``) are downloaded, and left out.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

EPOCHS = 20


def main(folder: Path) -> None:
    """Write ``answers.json``."""
    import flair  # type: ignore[import-not-found]
    import torch
    from flair.data import Corpus, Sentence  # type: ignore[import-not-found]
    from flair.datasets import FlairDatapointDataset  # type: ignore[import-not-found]
    from flair.embeddings import DocumentRNNEmbeddings  # type: ignore[import-not-found]
    from flair.models import TextClassifier  # type: ignore[import-not-found]
    from flair.trainers import ModelTrainer  # type: ignore[import-not-found]

    torch.set_num_threads(1)
    flair.set_seed(0)
    start = time.process_time()

    def sentence(text: str, label: str = "") -> Any:
        made = Sentence(text.split() or ["."])
        return made.add_label("class", label) if label else made

    rows = json.loads((folder / "train.json").read_text())
    sentences = [sentence(*row) for row in rows]
    dev, train = sentences[::10], [one for at, one in enumerate(sentences) if at % 10]
    parts = map(FlairDatapointDataset, (train, dev))
    corpus = Corpus(*parts, sample_missing_splits=False)
    words = _embeddings(folder / "vectors.txt", {w for text, _ in rows for w in text.split()})
    document = DocumentRNNEmbeddings([words], hidden_size=128, bidirectional=True)
    labels = corpus.make_label_dictionary("class")
    net = TextClassifier(document, label_type="class", label_dictionary=labels)
    ModelTrainer(net, corpus).train(
        folder / "out",
        learning_rate=0.1,
        mini_batch_size=32,
        max_epochs=EPOCHS,
        embeddings_storage_mode="none",
    )
    net = TextClassifier.load(folder / "out" / "best-model.pt")
    texts = [sentence(text) for text in json.loads((folder / "test.json").read_text())]
    net.predict(texts, mini_batch_size=64)
    answers = [one.get_label("class").value for one in texts]
    found = {"answers": answers, "seconds": time.process_time() - start}
    (folder / "answers.json").write_text(json.dumps(found))


def _embeddings(path: Path, words: set[str]) -> Any:
    """Of given vectors, and of other words of train, which begin at 0."""
    import torch
    from flair.embeddings import WordEmbeddings

    head, *lines = path.read_text().splitlines()
    size = int(head.split()[1])
    given = {line.split(" ", 1)[0]: line.split(" ")[1:] for line in lines}
    names = sorted(words | set(given))
    made = WordEmbeddings(
        embeddings=None,
        vocab={name: at for at, name in enumerate(names)},
        embedding_length=size,
        fine_tune=True,
        force_cpu=True,
        name="given",
    )
    zeros = ["0"] * size
    rows = [[float(x) for x in given.get(name, zeros)] for name in names]
    with torch.no_grad():
        made.embedding.weight[: len(rows)] = torch.tensor(rows)
    return made


if __name__ == "__main__":
    main(Path(sys.argv[1]))
