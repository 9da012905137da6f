"""A usual method beside the net: each word has the tag that it mostly had."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from netwright.contract import Examples, Reference
from netwright.data.tagged import schemes
from netwright.data.tagged.sentence import FoundName, Sentence
from netwright.systems.tagger.codec import TaggerCodec
from netwright.systems.tagger.names import Names
from netwright.systems.tagger.recipe import TaggerRecipe


def references(
    train: Examples, examples: Examples, recipe: TaggerRecipe, codec: TaggerCodec, seconds: float
) -> Iterator[Reference]:
    """Of each word its most frequent tag in train; O where it is unknown there."""
    counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for sentence, names in zip(train.inputs, train.targets, strict=True):
        if names is not None:
            for word, tag in zip(sentence.words, codec.tags_of(sentence, names), strict=True):
                counts[word][tag] += 1
    usual = {word: codec.tags[tags.most_common(1)[0][0]] for word, tags in counts.items()}

    def answer(sentence: Sentence) -> Names:
        tags = [usual.get(word, schemes.OUTSIDE) for word in sentence.words]
        found = schemes.spans_of(tags)
        strict = schemes.strict_spans_of(tags, codec.scheme)
        names = [FoundName.of(sentence.name(span)) for span in found]
        held = zip(found, names, strict=True)
        return Names(tuple(names), tuple(name for span, name in held if span not in strict))

    yield Reference(
        "most frequent tag",
        f"of each of {len(usual):,} words the tag that it mostly has in train",
        [answer(sentence) for sentence in examples.inputs],
    )
