"""What this system takes: sentences whose targets are names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from netwright.base.figures import shorten
from netwright.contract import Claim, Contents, Example, Examples, Highlighted, Shown, Takes
from netwright.data.tagged.sentence import FoundName, Name, Sentence, overlapping
from netwright.data.text.lengths import contents_of

_TYPED = re.compile(r"\[([^\[\]]+?)\s+([^\s\[\]{}\":]+)\]")

LONGEST = 400
"""Characters of a text that are shown."""


def accepts(examples: Examples) -> Claim | None:
    """Sentences, some of whose names are known."""
    if not len(examples) or not isinstance(examples.inputs[0], Sentence):
        return None
    if all(target is None for target in examples.targets):
        return None
    return Claim("the targets are names in sentences", 3)


def arrange(examples: Examples) -> Examples:
    """Those with a word in them."""
    kept = [at for at, sentence in enumerate(examples.inputs) if len(sentence)]
    return examples if len(kept) == len(examples) else examples.take(kept)


def contents(parts: Mapping[str, Examples]) -> Contents:
    """How long the sentences are, and how many of their words train knows."""
    words = {
        split: [[word.lower() for word in sentence.words] for sentence in examples.inputs]
        for split, examples in parts.items()
    }
    sources = {split: examples.sources for split, examples in parts.items()}
    return contents_of(words, sources, "Words a sentence, in small letters")


def by_label(targets: Sequence[Any]) -> list[str]:
    """The rarest label of the names of each target, to balance the splits by."""
    counts = Counter(name.label for names in targets for name in names or ())
    return [
        "unknown"
        if names is None
        else min((name.label for name in names), key=lambda label: counts[label], default="none")
        for names in targets
    ]


def show(example: Example, answer: Any = None) -> Shown | None:
    """The text, with the answered names in brackets; where nothing is answered, with the true
    ones.
    """
    names = example.target if answer is None else answer.names
    text = str(highlighted(example.input.text, names or ()))
    return Shown(text=text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")


def highlighted(text: str, names: Sequence[Name], source: str = "") -> Highlighted:
    """The text, its names the spans that stand out; answered ones with their probabilities."""
    spans = tuple((name.start, name.end, name.label) for name in names)
    sure = tuple(name.p for name in names if isinstance(name, FoundName))
    return Highlighted(source, text, spans, sure)


def in_words(names: Sequence[Name]) -> str:
    """``Ada PER, New York LOC``; ``none`` where there is no name."""
    return ", ".join(map(str, names)) or "none"


def typed(text: str) -> tuple[Name, ...]:
    """The names that a person wrote into a text, as it is shown: ``[Ada PER] went to [Oslo LOC]``.

    Raises:
        ValueError: a bracket holds no name.
    """
    names, plain, at = list[Name](), "", 0
    for found in _TYPED.finditer(text):
        plain += text[at : found.start()]
        names.append(Name(found[1], found[2], len(plain), len(plain) + len(found[1])))
        plain, at = plain + found[1], found.end()
    if not names and "[" in text:
        raise ValueError(
            "expected the text with each name in brackets, its label behind it, as [Ada PER] went"
            " to [New York LOC]; without brackets where it has none"
        )
    return tuple(names)


def unfit(sentence: Sentence | None, names: Sequence[Name]) -> str:
    """Why names that a person wrote are not those of a text: one does not lie in it, reads
    otherwise there, or overlaps another.
    """
    for name in names:
        there = name.text if sentence is None else sentence.text[name.start : name.end]
        if not 0 <= name.start < name.end or name.end - name.start != len(there):
            return f"'{shorten(name.text, 40)}' does not lie at {name.start} to {name.end}"
        if there != name.text:
            what = (shorten(one, 40) for one in (there, name.text))
            return "at {} to {} stands '{}', not '{}'".format(name.start, name.end, *what)
        if sentence is not None and sentence.span(name) is None:
            return f"'{shorten(name.text, 40)}' is no word"
    if pair := overlapping(names):
        return "the names {} and {} overlap".format(*(f"'{shorten(o.text, 40)}'" for o in pair))
    return ""


TAKES = Takes(
    accepts,
    show=show,
    stratify=by_label,
    arrange=arrange,
    in_words=in_words,
    leaves_out="as they hold no words",
    contents=contents,
)
