"""How a tagger's net answers outside: what is read of each word in, the scores of its tags out; the
best path of tags is searched beside the graph, as the run does it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.contract import Cut, Examples, Export
from netwright.data.text.vocabulary import Vocabulary
from netwright.data.vectors.source import WordVectorsOf
from netwright.decoding.tag_chain import TagChain
from netwright.systems.tagger.codec import TaggerCodec
from netwright.systems.tagger.names import Names, TagDecoder
from netwright.systems.tagger.parts import cut_at, gather
from netwright.systems.tagger.takes import in_words

if TYPE_CHECKING:
    from torch import Tensor, nn

    from netwright.contract import Arrays, Chosen, Plain, Tensors
    from netwright.systems.tagger.recipe import TaggerRecipe

INPUTS = ("words", "letters", "shapes", "given")


def about(codec: TaggerCodec, chosen: Chosen) -> dict[str, Any]:
    """The known words and letters, of which the first has the place 2 (1: unknown, 0: none), and
    the vectors that are given; these stay outside of the file, by their digest. The tags are those
    of the labels in the scheme.
    """
    return {"inputs": {"kind": "tagged words", **asdict(codec)}}


def about_net(net: nn.Module, recipe: TaggerRecipe) -> dict[str, Any]:
    """The words that are read at once, and the scores of one tag after another."""
    begin, step, end = (part.tolist() for part in net.chain.scores())  # type: ignore[operator,union-attr]
    return {"longest": recipe.data.longest, "chain": {"begin": begin, "step": step, "end": end}}


def codec_of(about: Plain) -> TaggerCodec:
    """The codec again."""
    held = {name: value for name, value in about["inputs"].items() if name != "kind"}
    for name in ("words", "letters"):
        held[name] = Vocabulary(tuple(held[name]["words"]))
    if held["vectors"] is not None:
        held["vectors"] = WordVectorsOf(**held["vectors"])
    return TaggerCodec(**{**held, "labels": tuple(held["labels"])})


def cut(about: Plain, examples: Examples) -> Cut:
    """Texts in parts, as the run has them."""
    return cut_at(examples, about["longest"])


def arrays(about: Plain, examples: Examples) -> Arrays:
    """Of the words of N sentences, padded to the longest, what ``TaggerCodec.columns`` reads:
    ``words`` (N, T) and ``shapes`` (N, T) and ``letters`` (N, T, L) int64, and ``given`` (N, T, D)
    float32 where vectors are.

    Raises:
        DataError: the vectors that the net reads are not there.
    """
    lengths = np.array([len(sentence) for sentence in examples.inputs])
    known = np.arange(max(1, lengths.max())) < lengths[:, None]
    flat = [word for sentence in examples.inputs for word in sentence.words]
    codec, found = codec_of(about), {}
    for name, column in zip(INPUTS, codec.columns(flat), strict=False):
        found[name] = np.zeros((*known.shape, *column.shape[1:]), column.dtype)
        found[name][known] = column
    if codec.vectors is None:
        return found
    return {**found, "given": codec.vectors.at(found["given"])}


def prepared(codec: TaggerCodec, tensors: Tensors) -> tuple[Tensor, ...]:
    """As they are."""
    return tuple(tensors[name] for name in INPUTS if name in tensors)


def outputs(found: Tensor, codec: TaggerCodec, chosen: Chosen) -> Tensors:
    """``scores``: (N, T, K) float32 of each tag; behind a sentence's end they mean nothing."""
    return {"scores": found.float()}


def answers(about: Plain, found: Arrays, examples: Examples) -> list[Names]:
    """The names of the best path, and how probable they are."""
    inputs = about["inputs"]
    chain = TagChain(**{name: np.array(part) for name, part in about["chain"].items()})
    decoder = TagDecoder(tuple(inputs["labels"]), inputs["scheme"], chain)
    sentences = examples.inputs
    return decoder.answers(
        found["scores"], list(map(len, sentences)), [one.name for one in sentences]
    )


EXPORT = Export(
    name="tagger",
    about=about,
    about_net=about_net,
    cut=cut,
    gather=gather,
    arrays=arrays,
    prepared=prepared,
    outputs=outputs,
    answers=answers,
    answer=Names,
    in_words=in_words,
    free={"words": (1,), "letters": (1,), "shapes": (1,), "given": (1,), "scores": (1,)},
    at_once=32,
    length=len,
    verbs=("highlight",),
)
