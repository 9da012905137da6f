"""spaCy's named-entity recognizer as its own template has it: ``python -m benchmarks.peers.spacy
FOLDER`` learns from ``train.json``, chooses by ``dev.json`` and answers ``test.json`` into
``answers.json``.

The template of ``spacy init config --pipeline ner``, on the words as they are, with the vectors of
``vectors.txt`` as static ones where there is that file; as many steps as it needs to stop by itself
(patience 1,600), at most ``STEPS``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

STEPS = 4_000


def main(folder: Path) -> None:
    """Write ``answers.json``: of each sentence its names, [first word, end, label]."""
    import spacy  # type: ignore[import-not-found]
    from spacy.cli.init_config import init_config  # type: ignore[import-not-found]
    from spacy.cli.train import train  # type: ignore[import-not-found]
    from spacy.tokens import Doc, DocBin  # type: ignore[import-not-found]

    blank = spacy.blank("en")

    def document(words: list[str], names: list[tuple[int, int, str]]) -> Any:
        made = Doc(blank.vocab, words=words)
        made.ents = [spacy.tokens.Span(made, a, b, label=label) for a, b, label in names]
        return made

    for split in ("train", "dev"):
        rows = json.loads((folder / f"{split}.json").read_text())
        DocBin(docs=[document(*row) for row in rows]).to_disk(folder / f"{split}.spacy")
    config = init_config(lang="en", pipeline=["ner"], optimize="efficiency")
    values: dict[str, Any] = {
        "paths.train": str(folder / "train.spacy"),
        "paths.dev": str(folder / "dev.spacy"),
        "training.max_steps": STEPS,
    }
    if (folder / "vectors.txt").exists():
        from spacy.cli.init_pipeline import convert_vectors  # type: ignore[import-not-found]

        convert_vectors(
            blank, folder / "vectors.txt", truncate=0, prune=-1, name="given", mode="default"
        )
        blank.to_disk(folder / "vectors")
        values |= {
            "paths.vectors": str(folder / "vectors"),
            "initialize.vectors": str(folder / "vectors"),
            "components.tok2vec.model.embed.include_static_vectors": True,
        }
    config.to_disk(folder / "config.cfg")
    train(folder / "config.cfg", folder / "out", overrides=values)
    net = spacy.load(folder / "out" / "model-best")
    answers = []
    for words, _ in json.loads((folder / "test.json").read_text()):
        found = net(Doc(net.vocab, words=words))
        answers.append([(one.start, one.end, one.label_) for one in found.ents])
    (folder / "answers.json").write_text(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
