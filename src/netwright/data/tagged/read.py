"""Files of sentences with names to examples, and what is odd about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from netwright.base.errors import DataError
from netwright.base.figures import counted, shorten
from netwright.base.files import digest
from netwright.base.findings import Finding
from netwright.contract import Example, Examples
from netwright.data.tagged import columns, offsets, schemes
from netwright.data.tagged.columns import TaggedWords
from netwright.data.tagged.files import TaggedFile
from netwright.data.tagged.offsets import TaggedText
from netwright.data.tagged.sentence import Name, Sentence
from netwright.data.text.text_file import text_of

Tagged: TypeAlias = TaggedWords | TaggedText

NAMED = 20
"""Places that a finding names, at most."""


@dataclass
class Collected:
    """Examples as they are read, and what was noticed."""

    rows: list[Example] = field(default_factory=list)
    splits: list[str | None] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)

    def add(self, found: Iterable[Tagged], file: str, split: str | None = None) -> None:
        """What a file, or part of the memory, holds."""
        held = list(found)
        tagged = [one.tags for one in held if isinstance(one, TaggedWords) and one.tags]
        scheme = schemes.scheme_of(tagged) if tagged else None
        if scheme is not None:
            self.written[file] = scheme
        groups = _documents(held)
        for one in held:
            if isinstance(one, TaggedText):
                self._add_text(one)
            else:
                self._add_words(one, scheme, file, groups.get(one.document))
            self.splits.append(split)

    def _add_text(self, one: TaggedText) -> None:
        sentence = Sentence.of_text(one.text)
        for name in one.names or ():
            if not sentence.fits(name):
                self.misplaced.append(f"'{shorten(name.text, 30)}' in {one.place}")
        self.rows.append(example(sentence, one.names, one.place))

    def _add_words(
        self, one: TaggedWords, scheme: schemes.Scheme | None, file: str, group: str | None
    ) -> None:
        sentence = Sentence.of_words(one.words)
        names: tuple[Name, ...] | None = None
        if one.tags is not None:
            names = tuple(map(sentence.name, schemes.spans_of(one.tags)))
            for at in schemes.broken(one.tags, scheme or "IOB2"):
                place = f"{file}:{one.lines[at]}" if one.lines else one.place
                self.broken.append(f"{one.tags[at]} in {place}")
        self.rows.append(example(sentence, names, one.place, group))

    def examples(self) -> Examples:
        """All of them."""
        found = Examples.of(self.rows)
        splits = self.splits if any(self.splits) else None
        return Examples(
            found.inputs, found.targets, found.ids, found.sources, _groups(self.rows), splits
        )

    def notes(self) -> tuple[str, ...]:
        """How many sentences and names, of which labels, in which scheme."""
        counts = Counter(name.label for row in self.rows for name in row.target or ())
        labels = ", ".join(f"{label} {count:,}" for label, count in counts.most_common(12))
        words = sum(len(row.input) for row in self.rows)
        lines = [
            f"{counted(len(self.rows), 'sentence')} of {counted(words, 'word')} with"
            f" {counted(sum(counts.values()), 'name')}" + (f": {labels}" if labels else "")
        ]
        if found := sorted(set(self.written.values())):
            lines.append(f"the tags are {' and '.join(found)}")
        return tuple(lines)

    def findings(self) -> tuple[Finding, ...]:
        """NW250 of tags that break their scheme, NW251 of names that cut words."""
        found = []
        if self.broken:
            one = "a tag breaks" if len(self.broken) == 1 else f"{len(self.broken):,} tags break"
            found.append(
                Finding(
                    "NW250",
                    f"{one} the scheme, first {self.broken[0]}: read as conlleval does, by which a"
                    " name begins there.",
                    {"count": len(self.broken), "first": self.broken[:NAMED]},
                    ("mend these lines, if they are slips",),
                )
            )
        if self.misplaced:
            many = counted(len(self.misplaced), "name")
            begin = "begins or ends" if len(self.misplaced) == 1 else "begin or end"
            found.append(
                Finding(
                    "NW251",
                    f"{many} {begin} within a word, first {self.misplaced[0]}: learned as the whole"
                    " words, and never found as they are.",
                    {"count": len(self.misplaced), "first": self.misplaced[:NAMED]},
                    ("let names begin and end where words do, if their offsets are slips",),
                )
            )
        return tuple(found)


def example(
    sentence: Sentence, names: tuple[Name, ...] | None, place: str, group: str | None = None
) -> Example:
    """One sentence, known by its text and by where its words lie."""
    content = sentence.text + "\x1f" + " ".join(map(str, sentence.starts))
    known = digest(content.encode("utf-8", "surrogatepass"))
    return Example(sentence, names, known, place, group)


def parts_of(
    file: TaggedFile, name: str, column: str | None = None, *, tagged: bool = True
) -> Iterator[Tagged]:
    """What a file holds.

    Args:
        name: of the file, for messages.
        column: the number of the one that holds the tags; None: the last.
        tagged: whether the tags of columns are read, which are to be there then.

    Raises:
        DataError: with file and line, what is wrong with it.
    """
    text = text_of(file.path)
    if file.form == "columns":
        yield from columns.sentences_of(text, name, column, tagged=tagged)
        return
    for place, value in offsets.values_of(text, name, lines=file.form == "lines"):
        yield from offsets.texts_of(value, place)


def expect_some(rows: Sequence[Example], source: str) -> None:
    """Refuse a source without a sentence.

    Raises:
        DataError: there is none.
    """
    if not any(len(row.input) for row in rows):
        raise DataError(f"{source} holds no sentence: expected words in some.")


def _documents(held: Iterable[Tagged]) -> dict[int, str]:
    """The number of each document of a file -> what it is known by: its words, so that the same one
    lies in the same split whatever its file is called. A sentence of no document has none.
    """
    words: dict[int, list[str]] = {}
    for one in held:
        if isinstance(one, TaggedWords) and one.document:
            words.setdefault(one.document, []).extend(one.words)
    return {
        number: digest("\x1f".join(some).encode("utf-8", "surrogatepass"))
        for number, some in words.items()
    }


def _groups(rows: Sequence[Example]) -> list[str] | None:
    """The document of each sentence, so that none lies in two splits; None: none is named. A
    sentence of no document is one of its own, known by its words.
    """
    if not any(row.group for row in rows):
        return None
    return [row.group or row.id for row in rows]
