"""What one does with a trained writer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from netwright.base.errors import DataError

SHOWN = 80
"""Characters of a text that is scored, in its row."""


@dataclass(frozen=True)
class WrittenText:
    """A text that was written.

    Args:
        text: the beginning included.
        ended: whether it came to its end by itself.
        copied: characters of its longest part that stands in the training texts, too; None: these
            are not there.
        copy: that part.
    """

    text: str
    ended: bool
    copied: int | None = None
    copy: str | None = None

    def __str__(self) -> str:
        """The text, and how much of it is copied: beside a line, below several."""
        if self.copied is None:
            return self.text
        copied = f"(longest part that stands in training: {self.copied} characters)"
        return f"{self.text}\n\n{copied}\n" if "\n" in self.text else f"{self.text}  {copied}"


@dataclass(frozen=True)
class NextToken:
    """A token that may come next.

    Args:
        net: how probable it is to the net.
        drawn: how probably it is drawn, by temperature, top-k and nucleus.
    """

    token: str
    net: float
    drawn: float


@dataclass(frozen=True)
class TokenCost:
    """What one token of a text costs after those before it.

    Args:
        source: of the text.
        bits: -log2 p.
    """

    source: str
    token: str
    bits: float


@dataclass(frozen=True)
class TextCost:
    """What a text costs.

    Args:
        source: a file, or which of the texts.
        text: its beginning and its end.
        bits: -log2 p of all of it, its end included.
        bits_per_character: of that, a character.
    """

    source: str
    text: str
    bits: float
    bits_per_character: float


def write(
    run: Any,
    *,
    start: str = "",
    length: int = 500,
    temperature: float = 1.0,
    top_k: int = 0,
    nucleus: float = 1.0,
    seed: int = 1,
    count: int = 1,
) -> Iterator[WrittenText]:
    """Write texts as those of training.

    Each token is drawn by the probabilities of the net after those before it, until the text ends.

    Args:
        start: how the text begins.
        length: tokens, at most.
        temperature: below 1 the probable tokens win more often; 0: the most probable one is taken.
        top_k: of so many most probable tokens; 0: of all.
        nucleus: of the fewest tokens that have so much of the probability together.
        seed: the same seed writes the same text.
        count: how many texts.
    """
    import numpy as np

    from netwright.base.seeds import seed_of
    from netwright.data.exported.next_tokens import RunningModel
    from netwright.data.next_tokens.copies import longest_copy
    from netwright.data.writing.tokens import END
    from netwright.decoding.writing import drawn_each, ended, sampling
    from netwright.systems.writer import writing
    from netwright.systems.writer.export import tokens_of

    how, tokens = sampling(temperature, top_k, nucleus), tokens_of(run.graph.about)
    if length < 1 or count < 1:
        raise DataError(f"length {length}, count {count}: expected 1 or more of each.")
    begins = writing.expect_known(start, tokens)
    training = None
    if run.graph.training is not None:
        training = "\n".join(filter(None, run.graph.training().targets))
    for number in range(count):
        rng = np.random.default_rng(seed_of(seed, "write", number))
        model = RunningModel(run.graph)
        drawn = drawn_each(model, [END, *begins], writing.writable(tokens), how, rng)
        found = [one.token for one in ended(drawn, END, length)]
        text = start + tokens.text(found)
        written = WrittenText(text, found[-1] == END)
        if training is not None:
            copy = longest_copy(text, training)
            written = replace(written, copied=len(copy), copy=copy)
        yield written


def next_tokens(
    run: Any,
    *,
    start: str = "",
    most: int = 10,
    temperature: float = 1.0,
    top_k: int = 0,
    nucleus: float = 1.0,
) -> list[NextToken]:
    """Print which tokens may come next.

    Args:
        start: what stands before.
        most: so many are shown.
        temperature, top_k, nucleus: as of write, whose effect stands beside what the net says.
    """
    from netwright.data.exported.next_tokens import RunningModel
    from netwright.decoding.writing import sampling
    from netwright.systems.writer import writing
    from netwright.systems.writer.export import tokens_of

    how, tokens = sampling(temperature, top_k, nucleus), tokens_of(run.graph.about)
    model = RunningModel(run.graph)
    before, after = writing.next_of(model, writing.expect_known(start, tokens), how, tokens)
    if most < 1:
        raise DataError(f"most {most}: expected 1 or more.")
    order = sorted(range(len(before)), key=lambda at: -before[at])[:most]
    rows = [(writing.name_of(at, tokens), float(before[at]), float(after[at])) for at in order]
    return [NextToken(*row) for row in rows if row[1] > 0]


def score(run: Any, texts: list[str], *, tokens: bool = False) -> Iterator[TextCost | TokenCost]:
    """Print how probable texts are.

    Args:
        texts: texts, files and folders of texts, or - for the lines of standard input, as for
            predict; each is scored from its beginning to its end.
        tokens: show what each token costs after those before it.
    """
    import math

    from netwright.base.figures import shorten
    from netwright.data.exported.next_tokens import RunningModel
    from netwright.data.text.clusters import clusters_of
    from netwright.data.writing.tokens import END
    from netwright.decoding.writing import costs_of
    from netwright.systems.writer.export import tokens_of

    known, given = tokens_of(run.graph.about), run.typed(texts)
    for passage, source in zip(given.inputs, given.sources, strict=True):
        if not passage.text:
            raise DataError(f"{source} is empty and has no cost: expected a character or more.")
        pieces = known.pieces(passage.text)
        model = RunningModel(run.graph)
        costs = costs_of(model, END, [*known.indices(pieces), END])
        spelled = [*known.spelled_each(pieces), 0.0]
        bits = [(cost + more) / math.log(2) for cost, more in zip(costs, spelled, strict=True)]
        if tokens:
            for piece, each in zip([*pieces, "<eos>"], bits, strict=True):
                yield TokenCost(source, piece, each)
        each_character = sum(bits) / len(clusters_of(passage.text))
        yield TextCost(source, shorten(passage.text, SHOWN), sum(bits), each_character)
