"""The composer on the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.figures import counted
from netwright.base.seeds import seed_of
from netwright.contract import EarlierRun, Examples, Reference, Source, System
from netwright.data.defaults import TRIED_OPTIMIZERS, epochs_of
from netwright.data.music.piece import Key, Meter, Note, Piece
from netwright.data.music.tokens.grid import is_on_grid
from netwright.data.music.tokens.tokens import tokens_of
from netwright.data.music.tokens.vocabulary import END, PARTS, NoteVocabulary
from netwright.data.next_tokens import windows
from netwright.data.next_tokens.ngrams import NGrams
from netwright.metrics.sequences import likelihood
from netwright.nets.sequence import on_the_contract as language_model
from netwright.recipe import resolved
from netwright.recipe.sequences.language_model import LANGUAGE_MODELS
from netwright.systems.music import moving
from netwright.systems.music.codec import MusicCodec, cut
from netwright.systems.music.export import EXPORT
from netwright.systems.music.metrics import BITS, PERPLEXITY, PieceCost, baseline, cost_of
from netwright.systems.music.recipe import MusicRecipe
from netwright.systems.music.takes import TAKES
from netwright.systems.music.views import views

if TYPE_CHECKING:
    from torch import nn

SIZES = ((5_000, 128, 0.2), (1 << 62, 256, 0.1))
"""Notes of training, up to which so many units and so much dropout are usual."""

ORDER = 5
"""Of the n-grams that stand beside the net."""


def complete(recipe: MusicRecipe, train: Examples) -> MusicRecipe:
    """Settings by how many notes there are; docs/defaults.md says how found."""
    size = sum(len(piece.notes) for piece in train.inputs)
    units, dropout = next((units, drop) for most, units, drop in SIZES if size <= most)
    if recipe.model.units != "auto":
        units = resolved(recipe.model.units)
    name = "lstm" if recipe.model.name == "auto" else recipe.model.name
    # about 1.3 million notes read; never fewer than 4 passes, never more than 30
    epochs = min(30, max(4, round(1_300_000 / max(1, size))))
    return recipe.resolve(
        {
            "tokens.velocities": 8 if _velocities_differ(train) else 0,
            "augment.transpose": 5 if _has_pitches(train) else 0,
            "model.name": name,
            "model.units": units,
            "model.vector": min(units, 64),
            "model.dropout": dropout,
            "model.over": "full",
            "optimizer.lr": 0.004 if recipe.optimizer.name in TRIED_OPTIMIZERS else "find",
            "optimizer.weight_decay": 0.01,
            "schedule.warmup": 0.1 if recipe.schedule.name == "one_cycle" else 0.0,
            "training.epochs": epochs_of(recipe, train, epochs),
            "training.batch_size": 8,
            "training.average": 0.98,
        }
    )


def _velocities_differ(train: Examples) -> bool:
    return len({note.velocity for piece in train.inputs for note in piece.notes}) > 1


def _has_pitches(train: Examples) -> bool:
    return any(not part.drums for piece in train.inputs for part in piece.parts)


def fit(train: Examples, recipe: MusicRecipe, before: EarlierRun | None = None) -> MusicCodec:
    """The tokens that the recipe names; those of an earlier run."""
    if before is not None:
        return MusicCodec(before.codec.tokens)
    wanted = recipe.tokens
    return MusicCodec(NoteVocabulary(wanted.kind, wanted.grid, resolved(wanted.velocities)))


def model(codec: MusicCodec, recipe: MusicRecipe) -> nn.Module:
    """The net that the recipe names, and what becomes of each token by each move."""
    net = language_model.made(len(codec.tokens), recipe.model, drop_inputs=False)
    net.register_buffer("moves", moving.table_of(codec.tokens))
    return net


def notes(recipe: MusicRecipe, source: Source) -> tuple[str, ...]:
    """What is read, what each token is predicted from, and how pieces are moved."""
    tokens, most = recipe.tokens, recipe.augment.transpose
    struck = f"{tokens.velocities} velocities" if tokens.velocities else "no velocities"
    seen = language_model.seen_by(recipe.model, "piece")
    lines = [
        f"reads tokens of the kind {tokens.kind}, {tokens.grid} ticks a quarter note, {struck};"
        f" predicts each from {seen}"
    ]
    if most:
        lines.append(
            f"each piece is moved up or down by up to {most} semitones, anew each time that"
            " training reads it (--set augment.transpose=0: not)"
        )
    return tuple(lines)


def coverage(codec: MusicCodec, parts: Mapping[str, Examples]) -> tuple[str, ...]:
    """How many notes are moved to the grid, and which parts are too many."""
    quarter, found, missing = codec.tokens.quarter, [], 0
    for split, examples in parts.items():
        pieces = [piece for piece in examples.inputs if isinstance(piece, Piece)]
        total = sum(len(piece.notes) for piece in pieces)
        fit = sum(is_on_grid(piece, note, quarter) for piece in pieces for note in piece.notes)
        missing += sum(max(0, len(piece.parts) - PARTS) for piece in pieces)
        found.append(f"{split} {fit / max(1, total):.1%}")
    lines = [f"notes that begin and end on the grid as they are: {', '.join(found)}"]
    if missing:
        lines.append(f"{counted(missing, 'part')} beyond {PARTS} of a piece left out, the smallest")
    return tuple(lines)


def references(
    train: Examples, examples: Examples, recipe: MusicRecipe, codec: MusicCodec, seconds: float
) -> Iterator[Reference]:
    """The same tokens by the few before them."""
    vocabulary = codec.tokens
    made = NGrams(ORDER, len(vocabulary))
    made.learn((tokens_of(piece, vocabulary) for piece in train.inputs), END)
    rows = [tokens_of(piece, vocabulary) for piece in examples.inputs]
    answers = [cost_of(row, made.cost(row, END), vocabulary) for row in rows]
    how = f"each token by the {ORDER - 1} before it, as in training (Witten-Bell), not moved"
    yield Reference(f"{ORDER}-grams", how, answers)


def sample(count: int, seed: int) -> Examples:
    """Four notes up or down the C or the G major scale, in one bar."""
    rng = np.random.default_rng(seed_of(seed, "music sample"))
    pieces = []
    for _ in range(count):
        fifths, up = int(rng.integers(2)), int(rng.choice([-1, 1]))
        degrees = int(rng.integers(7, 14)) + up * np.arange(4)
        scale = (7 * fifths + np.array([0, 2, 4, 5, 7, 9, 11])) % 12
        pitches = 36 + 12 * (degrees // 7) + scale[degrees % 7]
        made = [Note(at, 1, int(pitch)) for at, pitch in enumerate(pitches)]
        pieces.append(Piece(1, made, meters=[Meter(0)], keys=[Key(0, fifths)]))
    ids = [f"{seed}-{at}" for at in range(count)]
    return Examples(pieces, pieces, ids, [f"sample[{i}]" for i in ids])


SYSTEM = System(
    name="music",
    recipe=MusicRecipe,
    codec=MusicCodec,
    answer=PieceCost,
    target=Piece,
    accepts=TAKES.accepts,
    complete=complete,
    fit=fit,
    model=model,
    forward=moving.forward,
    loss=language_model.loss,
    metrics=(BITS, PERPLEXITY),
    baseline=baseline,
    sample=sample,
    adopt=language_model.adopt,
    body=language_model.body,
    cut=cut,
    gather=likelihood.gather,
    plan=windows.plan,
    carry=moving.carry,
    carried=language_model.carried,
    augments=lambda recipe: bool(recipe.augment.transpose),
    models=LANGUAGE_MODELS,
    notes=notes,
    coverage=coverage,
    in_words=TAKES.in_words,
    show=TAKES.show,
    references=references,
    views=views,
    export=EXPORT,
)
