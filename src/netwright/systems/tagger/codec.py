"""From sentences to tensors, and from the scores of tags to names."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netwright.contract import Batch, Chosen, Draws, Examples, Ragged
from netwright.data.tagged import schemes
from netwright.data.tagged.sentence import Name, Sentence, WordSpan
from netwright.data.text.vocabulary import PAD, UNKNOWN, Vocabulary
from netwright.data.vectors.source import WordVectorsOf
from netwright.decoding.tag_chain import TagChain
from netwright.systems.tagger.names import NameOf, Names, TagDecoder

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from netwright.systems.tagger.recipe import TaggerRecipe

SHAPES = ("small", "Capital", "ALL", "MiXed", "C.", "1", "a1", "other")
"""How a word is written; the first one has the index 1."""


@dataclass(frozen=True)
class TaggerCodec:
    """What is known of words, letters and labels from the training split.

    Args:
        words: known ones, in small letters.
        letters: known ones, one a string.
        length: letters of a word that are read.
        labels: of names, in natural order.
        scheme: in which the net answers.
        vectors: given ones; None: none.
    """

    words: Vocabulary
    letters: Vocabulary
    length: int
    labels: tuple[str, ...]
    scheme: schemes.Scheme
    vectors: WordVectorsOf | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """All tags of the net, in the order of its outputs."""
        return schemes.tags_for(self.labels, self.scheme)

    def encode(self, examples: Examples) -> Batch:
        """Inputs, ragged: words (T,) and letters (T, L), int64, how words are written (T,), and
        what stands for given vectors (T,). Targets (T,) int64. Meta: where words start and end, and
        the characters between the first and the last.

        A sentence with a name of a label that training never saw has no loss: no tags are its own.
        """
        import torch

        sentences: Sequence[Sentence] = examples.inputs
        flat = [word for sentence in sentences for word in sentence.words]
        distinct = list(dict.fromkeys(flat))
        at = {word: place for place, word in enumerate(distinct)}
        places = torch.tensor([at[word] for word in flat], dtype=torch.int64)
        lengths = torch.tensor([len(sentence) for sentence in sentences], dtype=torch.int64)
        starts = torch.cat([lengths.new_zeros(1), lengths.cumsum(0)])
        columns = [
            Ragged(torch.from_numpy(column).index_select(0, places), starts)
            for column in self.columns(distinct)
        ]
        known = [names is not None and not self.unseen(names) for names in examples.targets]
        tags = [
            self.tags_of(sentence, names or () if known[at] else ())
            for at, (sentence, names) in enumerate(zip(sentences, examples.targets, strict=True))
        ]
        return Batch(
            tuple(columns),
            (Ragged(torch.tensor([t for row in tags for t in row], dtype=torch.int64), starts),),
            lengths * torch.tensor(known, dtype=torch.float32),
            meta=_places(sentences),
        )

    def prepare(self, batch: Batch, recipe: TaggerRecipe, draws: Draws | None) -> Batch:
        """The given vectors (B, T, D); in training some words are read as unknown, by these and
        their letters alone.
        """
        words, letters, shapes, *rows = batch.inputs
        rate = recipe.model.word_dropout
        if draws is not None and rate:
            dropped = (draws.uniform(words.shape[1]) < rate) & (words != PAD)
            words = words.masked_fill(dropped, UNKNOWN)
        given = [] if self.vectors is None else [self.vectors.of_batch(*rows)]
        return replace(batch, inputs=(words, letters, shapes, *given))

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Names]:
        """The names of the best path of tags, and how probable they are."""
        starts, ends, characters = (column.tolist() for column in batch.meta)
        return self.decoder(net).answers(
            outputs.float().cpu().numpy(),
            (batch.inputs[0] != PAD).sum(dim=1).tolist(),
            [_namer(*places) for places in zip(starts, ends, characters, strict=True)],
        )

    def decoder(self, net: nn.Module) -> TagDecoder:
        """What makes names of a net's scores."""
        scores = net.chain.scores()  # type: ignore[operator,union-attr]
        begin, step, end = (part.detach().double().cpu().numpy() for part in scores)
        return TagDecoder(self.labels, self.scheme, TagChain(begin, step, end))

    def columns(self, words: Sequence[str]) -> list[np.ndarray[Any, Any]]:
        """(U, ...) of each word: its index, its letters, how it is written, what stands for its
        given vector.
        """
        import numpy as np

        columns = [
            np.array(self.words.indices([normal(word) for word in words]), np.int64),
            np.array([self._letters(word) for word in words], np.int64).reshape(-1, self.length),
            np.array([shape_of(word) for word in words], np.int64),
        ]
        if self.vectors is None:
            return columns
        return [*columns, np.array(self.vectors.rows_of(words), np.int64)]

    def _letters(self, word: str) -> list[int]:
        last = self.length * 3 // 10
        if len(word) > self.length:
            word = word[: self.length - last] + word[len(word) - last :]
        found = self.letters.indices(word)
        return found + [PAD] * (self.length - len(found))

    def unseen(self, names: Sequence[Name] | None) -> list[str]:
        """The labels of names that training never saw."""
        known = set(self.labels)
        return [name.label for name in names or () if name.label not in known]

    def tags_of(self, sentence: Sentence, names: Sequence[Name]) -> list[int]:
        """The index of each word's tag."""
        spans = merged(span for name in names if (span := sentence.span(name)))
        index = {tag: at for at, tag in enumerate(self.tags)}
        return [index[tag] for tag in schemes.tags_of(spans, len(sentence), self.scheme)]


def normal(word: str) -> str:
    """As the vocabulary has it: in small letters, composed, each digit a 0."""
    composed = unicodedata.normalize("NFC", word).lower()
    return "".join("0" if letter.isdigit() else letter for letter in composed)


def shape_of(word: str) -> int:
    """The index, from 1, of how a word is written."""
    letters = [letter for letter in word if letter.isalpha()]
    if not letters:
        kind = "1" if any(letter.isdigit() for letter in word) else "other"
    elif any(letter.isdigit() for letter in word):
        kind = "a1"
    elif len(letters) == 1 and letters[0].isupper():
        kind = "C."
    elif all(letter.isupper() for letter in letters):
        kind = "ALL"
    elif not any(letter.isupper() for letter in letters):
        kind = "small"
    elif word[0].isupper() and not any(letter.isupper() for letter in letters[1:]):
        kind = "Capital"
    else:
        kind = "MiXed"
    return 1 + SHAPES.index(kind)


def merged(spans: Any) -> list[WordSpan]:
    """The spans without those that begin in a word of the one before: two names that cut one word
    are one to the net.
    """
    found: list[WordSpan] = []
    for span in sorted(spans, key=lambda span: (span.first, span.end)):
        if not found or span.first >= found[-1].end:
            found.append(span)
    return found


def _namer(starts: Sequence[int], ends: Sequence[int], characters: Sequence[int]) -> NameOf:
    """What names words of a sentence, of which ``_places`` keeps so much."""

    def name(span: WordSpan) -> Name:
        start, end = starts[span.first], ends[span.end - 1]
        held = characters[start - starts[0] : end - starts[0]]
        return Name("".join(map(chr, held)), span.label, start, end)

    return name


def _places(sentences: Sequence[Sentence]) -> tuple[Ragged, Ragged, Ragged]:
    """Where the words of each start and end, and the characters from the first to the last."""
    import torch

    held = [
        [ord(c) for c in sentence.text[sentence.starts[0] : sentence.ends[-1]]] if sentence else []
        for sentence in sentences
    ]
    return (
        Ragged.of([sentence.starts for sentence in sentences], dtype=torch.int64),
        Ragged.of([sentence.ends for sentence in sentences], dtype=torch.int64),
        Ragged.of(held, dtype=torch.int32),
    )
