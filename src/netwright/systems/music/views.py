"""What pieces of dev cost: by the kind of token, and note by note."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from netwright.contract import JudgedRun, View
from netwright.data.music.tokens.grid import on_grid
from netwright.data.music.tokens.tokens import begins_note, costs_by_note, tokens_of
from netwright.systems.music.costs import token_costs
from netwright.systems.music.roll import drawn_by_cost
from netwright.systems.music.takes import described

MEASURED, DRAWN = 40, 3
"""Pieces whose tokens are counted, and which are drawn, at most."""


def views(run: JudgedRun) -> list[View]:
    """The costs of some pieces by the kind of token; pictures of those that cost most a note."""
    known = [at for at, target in enumerate(run.examples.targets) if target is not None]
    by_kind = _by_kind(run, known[:MEASURED])
    rates = [run.answers[at].bits_per_note for at in known]
    worst = [known[at] for at in np.argsort(rates)[::-1][:DRAWN]]
    return [*by_kind, *(_drawn(run, at) for at in worst)]


def _by_kind(run: JudgedRun, rows: Sequence[int]) -> list[View]:
    vocabulary = run.codec.tokens
    counts, bits, notes = defaultdict[str, int](int), defaultdict[str, float](float), 0
    for at in rows:
        piece = run.examples.inputs[at]
        costs = token_costs(piece, run.net, run.codec, run.recipe)
        for token, cost in zip(tokens_of(piece, vocabulary), costs, strict=True):
            kind, _ = vocabulary.value(token)
            counts[kind] += 1
            bits[kind] += cost / math.log(2)
            notes += begins_note(token, vocabulary)
    if not notes:
        return []
    table = [
        (kind, counts[kind], bits[kind] / counts[kind], bits[kind] / notes)
        for kind in sorted(counts, key=lambda kind: -bits[kind])
    ]
    return [
        View(
            f"What tokens cost, in {len(rows)} pieces of dev",
            columns=("token", "how many", "bits each", "bits a note of the piece"),
            rows=table,
            of_examples=False,
        )
    ]


def _drawn(run: JudgedRun, at: int) -> View:
    piece, vocabulary = run.examples.inputs[at], run.codec.tokens
    bits = [cost / math.log(2) for cost in token_costs(piece, run.net, run.codec, run.recipe)]
    costs = costs_by_note(tokens_of(piece, vocabulary), bits, vocabulary)
    picture = drawn_by_cost(on_grid(piece, vocabulary), costs, described(piece))
    title = f"What notes cost: {run.examples.sources[at]}"
    return View(f"{title}, {run.answers[at].bits_per_note:.1f} bits a note", svg=picture)
