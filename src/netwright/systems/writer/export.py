"""How a writer's net answers outside: tokens and a state in, what may come next out."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from netwright.contract import Cut, Examples
from netwright.data.exported import next_tokens
from netwright.data.writing.tokens import Tokens
from netwright.metrics.sequences import likelihood
from netwright.systems.writer.codec import cost_of, cut_at
from netwright.systems.writer.metrics import Likelihood
from netwright.systems.writer.takes import in_words

if TYPE_CHECKING:
    from netwright.contract import Chosen, Plain
    from netwright.systems.writer.codec import WriterCodec


def about(codec: WriterCodec, chosen: Chosen) -> dict[str, Any]:
    """The tokens: the first of the vocabulary has the place 3, after 0 for none, 1 for unknown and
    2 for the end, which stands before a text's first token, too.
    """
    return {"inputs": {"kind": "text", "tokens": asdict(codec.tokens)}}


def tokens_of(about: Plain) -> Tokens:
    """The tokens again."""
    held = about["inputs"]["tokens"]
    merges = tuple((one, other) for one, other in held["merges"])
    return Tokens(held["kind"], tuple(held["vocabulary"]), merges, held["letters"])


def cut(about: Plain, examples: Examples) -> Cut:
    """The windows of each passage, as the run has them."""
    return cut_at(examples, about["window"], tokens_of(about))


EXPORT = next_tokens.export(
    "writer",
    answer=Likelihood,
    about=about,
    cut=cut,
    cost_of=cost_of,
    gather=likelihood.gather,
    in_words=in_words,
    verbs=("write", "next_tokens", "score"),
)
