"""What one does with a trained composer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netwright.base.errors import DataError


@dataclass(frozen=True)
class ComposedPiece:
    """A piece that was composed.

    Args:
        piece: what it is, in a line.
        in_key: fraction of its notes that are in its key; None: it has none.
        ended: whether it came to its end by itself.
        forbidden: how much probability the net gave, on the average, to tokens that make no piece;
            they are not drawn.
        copied: notes of its longest passage, of one part and in any key, that stands in a training
            piece, too; None: these are not there.
        copied_from: that piece.
        files: what was written.
    """

    piece: str
    in_key: float | None
    ended: bool
    forbidden: float
    copied: int | None
    copied_from: str | None
    files: tuple[str, ...]

    def __str__(self) -> str:
        """The piece, what is copied, and its files."""
        inside = "" if self.in_key is None else f", {self.in_key:.0%} of the notes in the key"
        copied = f"longest passage that stands in training: {self.copied} notes"
        if self.copied_from:
            copied += f" ({self.copied_from})"
        lines = [
            self.piece + inside + ("" if self.ended else ", broken off"),
            *([] if self.copied is None else [f"  {copied}"]),
            f"  probability of what makes no piece, not drawn: {self.forbidden:.3%}",
            *(f"  {name}" for name in self.files),
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class PieceBits:
    """What a piece costs.

    Args:
        bits: -log2 p of all of it, its beginning and its end included.
        bits_per_note: of that, a note.
    """

    source: str
    bits: float
    bits_per_note: float


@dataclass(frozen=True)
class NoteBits:
    """What one note of a piece costs after those before it.

    Args:
        at: quarter notes from the beginning.
        part: the place of its part among the piece's, from 0.
        pitch: MIDI's.
        bits: -log2 p of its tokens and of those that lead to it.
    """

    at: float
    part: int
    pitch: int
    bits: float


def compose(
    run: Any,
    *,
    key: str | None = None,
    meter: str | None = None,
    start: Path | None = None,
    bars: int = 32,
    count: int = 1,
    out: Path | None = None,
    seed: int = 1,
    temperature: float = 1.0,
    top_k: int = 0,
    nucleus: float = 1.0,
) -> Iterator[ComposedPiece]:
    """Compose pieces as those of training.

    Each token is drawn by the probabilities of the net after those before it, until the piece ends.

    Args:
        key: that it begins in: "G minor"; else drawn.
        meter: that it begins in: 3/4; else drawn.
        start: a file (MIDI, MusicXML or ABC) that holds how the piece begins.
        bars: so many at most, behind that beginning.
        count: how many pieces.
        out: a new folder for the pieces: of each a MIDI file, its sound (WAV) and a picture.
        seed: the same seed composes the same piece.
        temperature: below 1 the probable tokens win more often; 0: the most probable one is taken.
        top_k: of so many most probable tokens; 0: of all.
        nucleus: of the fewest tokens that have so much of the probability together.
    """
    from dataclasses import replace

    import numpy as np

    from netwright.base.seeds import seed_of
    from netwright.data.exported.next_tokens import RunningModel
    from netwright.data.music.files import one_in
    from netwright.data.music.novelty import TrainingPassages
    from netwright.data.music.sanity import sanity_of
    from netwright.decoding.writing import sampling
    from netwright.systems.music import composing
    from netwright.systems.music.export import tokens_of
    from netwright.systems.music.files import PieceFolder
    from netwright.systems.music.takes import described

    how = sampling(temperature, top_k, nucleus)
    if bars < 1 or count < 1:
        raise DataError(f"bars {bars}, count {count}: expected 1 or more of each.")
    tokens = tokens_of(run.graph.about)
    wanted = composing.WantedPiece.of(
        tokens,
        None if key is None else composing.key_named(key),
        None if meter is None else composing.meter_named(meter, tokens),
        None if start is None else one_in(start),
    )
    wanted = replace(wanted, bars=wanted.bars + bars)
    folder = None if out is None else PieceFolder(out)
    training = None
    if run.graph.training is not None:
        known = run.graph.training()
        training = TrainingPassages(known.targets, known.sources, tokens)
    for number in range(count):
        rng = np.random.default_rng(seed_of(seed, "compose", number))
        model = RunningModel(run.graph)
        made = composing.composed(model, tokens, wanted, how, rng)
        copy = None if training is None else training.longest_of(made.piece)
        written = folder.add(made.piece) if folder and made.piece.notes else ()
        yield ComposedPiece(
            described(made.piece),
            sanity_of(made.piece).in_key,
            made.ended,
            made.forbidden,
            None if copy is None else copy.notes,
            None if copy is None else copy.source,
            written,
        )


def score(run: Any, pieces: list[Path], *, notes: bool = False) -> Iterator[PieceBits | NoteBits]:
    """Print how probable pieces are.

    Args:
        pieces: files that hold a piece each (MIDI, MusicXML or ABC).
        notes: show what each note costs after those before it.
    """
    import math

    from netwright.data.music.files import one_in
    from netwright.data.music.tokens.tokens import costs_by_note, tokens_of
    from netwright.systems.music.costs import token_costs

    vocabulary = run.codec.tokens
    for path in pieces:
        piece = one_in(path)
        costs = token_costs(piece, run.net, run.codec, run.recipe)
        bits = [cost / math.log(2) for cost in costs]
        each = costs_by_note(tokens_of(piece, vocabulary), bits, vocabulary)
        if notes:
            for (tick, part, pitch), own in sorted(each.items()):
                yield NoteBits(tick / vocabulary.quarter, part, pitch, own)
        yield PieceBits(str(path), sum(bits), sum(bits) / len(each))
