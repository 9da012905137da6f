"""Bach's chorales and folk tunes by ``netwright train`` with its defaults: bits a note on test,
beside each token by its frequency, and beside 2-, 3- and 5-grams of the same tokens that have read
every training piece in all keys by which the net's are moved, too. Then pieces are composed, and a
few figures of them stand beside those of the training pieces.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Table
from netwright.contract import Examples
from netwright.data.music.midi.read import piece_of
from netwright.data.music.piece import Piece
from netwright.data.music.sanity import sanity_of
from netwright.data.music.tokens.tokens import moved, tokens_of
from netwright.data.music.tokens.vocabulary import END
from netwright.data.next_tokens.ngrams import NGrams
from netwright.metrics.sequences import likelihood
from netwright.systems.music.metrics import baseline, cost_of

SOURCES = ("chorales", "tunes")
ORDERS = (2, 3, 5)
COMPOSED = 10
DRAWS = 1_000
"""Of the bootstrap over the pieces."""


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Each source once; ``rounds`` is not used."""
    return [table for source in SOURCES for table in _of_source(source, log)]


def _of_source(source: str, log: Callable[[str], None]) -> list[Table]:
    import netwright as nw

    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        trained = nw.train(source, set={"training.threads": 1}, store=Path(folder) / "runs")
        seconds = time.process_time() - start
        figure = trained.evaluate(split="test")["bits_per_note"]
        log(f"{source}: {figure['value']:.3f} bits a note, {seconds:.0f} CPU s")
        parts = {
            split: trained.record.examples(split, trained.system)
            for split in ("train", "dev", "test")
        }
        out = Path(folder) / "composed"
        made = list(trained.verb("compose", count=COMPOSED, bars=32, out=out))
        pieces = [piece_of(path.read_bytes(), path.name)[0] for path in sorted(out.glob("*.mid"))]
        rows = [("netwright", *_spread(figure)), *_others(trained, parts["train"], parts["test"])]
    return [
        Table(
            title=f"{source}: bits a note on {figure['n']:,} pieces of test",
            columns=("who", "bits a note", "95%"),
            rows=tuple(rows),
            notes=(f"{seconds:.0f} CPU s a training, one seed",),
            figures={"bits_per_note": figure["value"]},
        ),
        _composed(source, made, pieces, parts["train"].targets),
    ]


def _spread(figure: Any) -> tuple[str, str]:
    return f"{figure['value']:.3f}", f"{figure['low']:.3f} to {figure['high']:.3f}"


def _others(trained: Any, train: Examples, test: Examples) -> list[tuple[str, str, str]]:
    vocabulary = trained.codec.tokens
    most = trained.recipe.augment.transpose
    tables = [moved(vocabulary, by) for by in range(-most, most + 1)]
    rows = [tokens_of(piece, vocabulary) for piece in train.targets]
    held = [tokens_of(piece, vocabulary) for piece in test.targets]
    found = []
    made = NGrams(max(ORDERS), len(vocabulary))
    made.learn(([table[token] for token in row] for table in tables for row in rows), END)
    for order in ORDERS:
        made.order = order  # the counts of fewer tokens are those of the shorter n-grams
        costs = [cost_of(row, made.cost(row, END), vocabulary) for row in held]
        found.append((f"{order}-grams", costs))
    usual = baseline(train)
    found.append(("frequencies", [usual(example) for example in test]))
    return [(name, *_spread(_measured(costs))) for name, costs in found]


def _measured(costs: Sequence[Any]) -> dict[str, float]:
    """All bits over all notes, and the interval over the pieces."""
    values = [(one.nats, one.notes) for one in costs]
    rng = np.random.default_rng(0)
    drawn = [
        likelihood.rate([values[at] for at in rng.integers(len(values), size=len(values))])
        for _ in range(DRAWS)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975]) / np.log(2)
    return {"value": likelihood.rate(values) / np.log(2), "low": float(low), "high": float(high)}


def _composed(
    source: str, made: Sequence[Any], pieces: Sequence[Piece], training: Sequence[Piece]
) -> Table:
    rows = [("composed", *_means(pieces)), ("training", *_means(training))]
    copied = [one.copied for one in made]
    return Table(
        title=f"{source}: {len(pieces)} composed pieces beside those of training",
        columns=("pieces", "notes in key", "end on the tonic", "semitones a part", "bars filled"),
        rows=tuple(rows),
        notes=(
            f"{np.mean([one.ended for one in made]):.0%} ended by themselves within 32 bars",
            f"longest passage that is copied: {np.median(copied):.0f} notes (median),"
            f" {max(copied)} at most",
            f"probability of what makes no piece: {np.mean([o.forbidden for o in made]):.3%}",
        ),
        figures={"copied": copied},
    )


def _means(pieces: Sequence[Piece]) -> tuple[str, ...]:
    columns = zip(*(astuple(sanity_of(piece)) for piece in pieces if piece.notes), strict=True)
    means = [np.mean([value for value in column if value is not None]) for column in columns]
    inside, home, compass, filled = means
    return f"{inside:.1%}", f"{home:.0%}", f"{compass:.1f}", f"{filled:.1%}"
