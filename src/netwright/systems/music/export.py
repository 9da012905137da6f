"""How a composer's net answers outside: tokens and a state in, what may come next out."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from netwright.contract import Cut, Examples
from netwright.data.exported import next_tokens
from netwright.data.music.tokens.vocabulary import NoteVocabulary
from netwright.metrics.sequences import likelihood
from netwright.systems.music.codec import cost_of, cut_at
from netwright.systems.music.metrics import PieceCost
from netwright.systems.music.takes import in_words

if TYPE_CHECKING:
    from netwright.contract import Chosen, Plain
    from netwright.systems.music.codec import MusicCodec


def about(codec: MusicCodec, chosen: Chosen) -> dict[str, Any]:
    """The tokens, as ``NoteVocabulary`` lists them: none is learned."""
    return {"inputs": {"kind": "music", "tokens": asdict(codec.tokens)}}


def tokens_of(about: Plain) -> NoteVocabulary:
    """The tokens again."""
    return NoteVocabulary(**about["inputs"]["tokens"])


def cut(about: Plain, examples: Examples) -> Cut:
    """The windows of each piece, as the run has them."""
    return cut_at(examples, about["window"], tokens_of(about))


EXPORT = next_tokens.export(
    "music",
    answer=PieceCost,
    about=about,
    cut=cut,
    cost_of=cost_of,
    gather=likelihood.gather,
    in_words=in_words,
    verbs=("compose",),
)
