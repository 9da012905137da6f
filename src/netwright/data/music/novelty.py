"""The longest passage that a piece has in common with those of training."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from netwright.data.music.piece import Note, Piece
from netwright.data.music.tokens.grid import on_grid
from netwright.data.music.tokens.vocabulary import NoteVocabulary
from netwright.data.next_tokens.copies import longest_copy

Step = tuple[int, int, int]
"""From a note of a part to the next one: semitones up, ticks later, and how long that one is. So a
passage that was moved to another key is the same.
"""

FIRST = 0x10000
"""Steps become characters from here on, as texts are searched; parts end with 0."""


@dataclass(frozen=True)
class Copy:
    """A passage of one part.

    Args:
        notes: how many; 0: none of two notes.
        source: the training piece that has it, too.
    """

    notes: int
    source: str


class TrainingPassages:
    """What was learned from.

    Args:
        pieces: as they were read.
        sources: what each is called.
        vocabulary: by whose grid they are compared.
    """

    def __init__(
        self, pieces: Sequence[Piece], sources: Sequence[str], vocabulary: NoteVocabulary
    ) -> None:
        self._known: dict[Step, str] = {}
        self._starts, self._sources = list[int](), sources
        texts = []
        at = 0
        for piece in pieces:
            text = "".join(
                "".join(self._known.setdefault(step, chr(FIRST + len(self._known))) for step in one)
                + "\0"
                for one in _parts(on_grid(piece, vocabulary))
            )
            self._starts.append(at)
            texts.append(text)
            at += len(text)
        self._text = "".join(texts)

    def longest_of(self, piece: Piece) -> Copy:
        """The longest passage of a piece on the grid that stands in one of them."""
        copies = [
            longest_copy("".join(self._known.get(step, "\1") for step in part), self._text)
            for part in _parts(piece)
        ]
        longest = max(copies, key=len, default="")
        if not longest:
            return Copy(0, "")
        place = bisect_right(self._starts, self._text.index(longest)) - 1
        return Copy(len(longest) + 1, self._sources[place])


def _parts(piece: Piece) -> Iterator[list[Step]]:
    """The steps of each part, its notes in order."""
    of_part: Mapping[int, list[Note]] = {at: [] for at in range(len(piece.parts))}
    for note in sorted(piece.notes, key=lambda note: (note.start, note.pitch)):
        of_part[note.part].append(note)
    for notes in of_part.values():
        yield [
            (note.pitch - before.pitch, note.start - before.start, note.length)
            for before, note in pairwise(notes)
        ]
