"""The reader of sentences with names: CoNLL's columns, JSON with offsets, and data in memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base import read_json
from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source

if TYPE_CHECKING:
    from netwright.contract.reading import Reading
    from netwright.data.tagged.files import TaggedFile

FORMS = {
    "columns": "lines of a word and its tag",
    "json": "texts with names by their characters",
}


def recognize(look: Look) -> Claim | None:
    """Files whose ending or beginning is clearly of tagged words or of texts with names, (words,
    tags) and (text, names) in memory; any text file, where the tagger is named.
    """
    if look.kind == "memory":
        claimed = _are_pairs(look.value) or _are_texts_with_names(look.value)
        return Claim("took the data in memory for sentences with names", 3) if claimed else None
    from netwright.data.tagged.files import files_of, form_by_ending

    found = files_of(look)
    if not found:
        may_be = any(map(form_by_ending, look.suffixes))
        return Claim(f"took {look} for sentences with names", 0) if may_be else None
    named = look.path if look.kind == "file" else f"{counted(len(found), 'file')} in {look.path}"
    holds = "it holds" if len(found) == 1 else "they hold"
    form = FORMS["columns" if found[0].form == "columns" else "json"]
    return Claim(f"took {named} for sentences with names because {holds} {form}", 3)


def read(look: Look, source: Source) -> Reading:
    """The sentences of a file, of the files of a folder, or of the memory.

    Raises:
        DataError: a file cannot be read, with the line; or there is no sentence.
    """
    from netwright.contract.reading import reading
    from netwright.data.tagged.files import files_of
    from netwright.data.tagged.read import Collected, expect_some, parts_of

    found = Collected()
    if look.kind == "memory":
        found.add(_of_memory(look.value), "memory")
    for file in files_of(look) or files_of(look, clear=False):
        name = _name(file, look)
        found.add(parts_of(file, name, source.options.target), name, file.split)
    expect_some(found.rows, str(look))
    return reading(found.examples(), source, notes=found.notes(), findings=found.findings())


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """Raw texts: of files, typed, or lines of standard input; and words, where a file has these.

    Raises:
        DataError: a file cannot be read.
    """
    from netwright.data.tagged.read import Collected

    found = Collected()
    for look in looks:
        if look.kind == "ready" or (look.kind == "memory" and not _is_question(look.value)):
            return None
        for part, name in _parts_to_answer(look):
            found.add(part, name)
    if not found.rows:
        return None
    examples = found.examples()
    return Examples(examples.inputs, [None] * len(examples), examples.ids, examples.sources)


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """Sixty sentences of five or six words, with persons and places."""
    people, places = ("Ada", "Noor", "Jonas"), ("Lisbon", "Oslo", "New York")
    path = folder / "names.conll"
    lines = []
    for at in range(60):
        words = [(people[at % 3], "B-PER"), (("went", "moved")[at % 2], "O"), ("to", "O")]
        place = places[at // 3 % 3].split()
        words += [(word, "BI"[n > 0] + "-LOC") for n, word in enumerate(place)]
        words += [("on", "O"), (f"day{at}", "O")]
        lines += [f"{word}\t{tag}" for word, tag in words] + [""]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, ReadOptions()


READER = Reader(
    kind="tagged",
    takes="tagged sentences",
    recognize=recognize,
    read=read,
    sample=sample,
    inputs=inputs,
)


def _name(file: TaggedFile, look: Look) -> str:
    return file.path.relative_to(look.path.parent).as_posix()


def _parts_to_answer(look: Look) -> list[tuple[list[Any], str]]:
    """What a thing holds that a person wants answered, with the name of each part of it."""
    from netwright.data.sources import suffixes
    from netwright.data.tagged.columns import TaggedWords
    from netwright.data.tagged.files import TaggedFile, form_by_ending, form_of
    from netwright.data.tagged.offsets import TaggedText
    from netwright.data.tagged.read import parts_of
    from netwright.data.text.text_file import text_of

    if look.kind == "memory":
        parts = [
            TaggedText(one, None, f"text {at}")
            if isinstance(one, str)
            else TaggedWords(list(one), None, f"text {at}")
            for at, one in enumerate(look.value, start=1)
        ]
        return [(parts, "memory")]
    found: list[tuple[list[Any], str]] = []
    for path in look.below() if look.kind == "folder" else [look.path]:
        by_name = form_by_ending(path.suffix.lower())
        # each is looked at by itself: a folder may hold any number
        clear = form_of(Look(str(path), "file", path), path)
        form = clear if by_name == "columns" else by_name
        if form is not None:
            parts = list(parts_of(TaggedFile(path, form), str(path), tagged=False))
            found.append((parts, str(path)))
        elif look.kind == "file" or path.suffix.lower() in suffixes.TEXTS:
            found.append(([TaggedText(text_of(path), None, str(path))], str(path)))
    return found


def _of_memory(value: Any) -> list[Any]:
    from netwright.data.tagged import offsets

    if not _are_pairs(value):
        return [
            found
            for at, one in enumerate(value)
            for found in offsets.texts_of(read_json.parse(json.dumps(one)), f"memory[{at}]")
        ]
    words, tags = value
    if len(words) != len(tags):
        raise DataError(
            f"{len(words):,} sentences and the tags of {len(tags):,}: expected as many."
        )
    plain = [
        {"tokens": list(w), "ner_tags": None if t is None else list(t)}
        for w, t in zip(words, tags, strict=True)
    ]
    return [
        found for at, one in enumerate(plain) for found in offsets.texts_of(one, f"memory[{at}]")
    ]


def _are_pairs(value: Any) -> bool:
    """Whether it is (sentences of words, tags of each)."""
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    return all(_are_words(part) for part in value)


def _are_words(value: Any) -> bool:
    """Whether it is sentences, each a list of words; one whose tags are not known is None."""
    if not isinstance(value, list | tuple) or not value:
        return False
    known = [one for one in value if one is not None]
    return bool(known) and all(
        isinstance(one, list | tuple) and all(isinstance(word, str) for word in one)
        for one in known
    )


def _are_texts_with_names(value: Any) -> bool:
    """Whether it is spaCy's training data: (text, {"entities": names}) each."""
    if not isinstance(value, list) or not value:
        return False
    from netwright.data.tagged.offsets import is_pair

    return all(is_pair(one) and "entities" in one[1] for one in value)


def _is_question(value: Any) -> bool:
    """Whether it is texts, or sentences of words."""
    texts = isinstance(value, list | tuple) and bool(value)
    return texts and (all(isinstance(one, str) for one in value) or _are_words(value))
