"""Texts with names by their characters, as JSON: an object a line, one list, or spaCy's forms.

Of one text: ``{"text": ..., "entities": [[0, 5, "PER"]]}``; the names may be called ``spans`` (as
Prodigy does), ``label`` or ``labels`` (as doccano does) or ``ents``, and each be an object with
start, end and label; ``["text", {"entities": ...}]``, spaCy's training data; words with their tags,
``{"tokens": [...], "ner_tags": [...]}``; and spaCy's documents of paragraphs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netwright.base import read_json
from netwright.base.errors import DataError, UnreadableError
from netwright.base.figures import shorten
from netwright.data.tagged import schemes
from netwright.data.tagged.columns import TaggedWords
from netwright.data.tagged.sentence import Name, overlapping

NAMES = ("entities", "spans", "ents", "labels", "label")
WORDS, TAGS = ("tokens", "words"), ("ner_tags", "tags", "ner", "labels")
EDGES = (
    ("start", "end", "label"),
    ("start_char", "end_char", "label_"),
    ("start_offset", "end_offset", "label"),
    ("start_char", "end_char", "label"),
)
MOST_VALUES = 50_000_000

LOOKED_AT = 20
"""Lines of a file by which it is decided whether it is of texts with names."""


@dataclass(frozen=True)
class TaggedText:
    """A text of a file, and the names in it.

    Args:
        names: None: the file does not say which.
        place: where it stands in the file, for messages: ``a.jsonl:3``, ``a.json[2]``.
    """

    text: str
    names: tuple[Name, ...] | None
    place: str


def are_texts(text: str, *, lines: bool) -> bool:
    """Whether a JSON file is clearly of texts with names, by its beginning.

    Args:
        lines: whether each line holds a value; else one list does, or an object.
    """
    if lines:
        found = [_first(line) for line in text.strip().split("\n")[:LOOKED_AT] if line.strip()]
        # a slip in a few of them is named when they are read; the last one may be cut off
        return 2 * sum(map(_is_text, found)) >= max(1, len(found))
    text = text.lstrip()
    if text.startswith("[") and not text.startswith('["'):
        text = text[1:].lstrip()
    first = _first(text)
    if first is None:
        return '"paragraphs"' in text and '"sentences"' in text and '"orth"' in text
    return _is_text(first)


def _is_text(value: Any) -> bool:
    """Whether a value is clearly a text with names."""
    if isinstance(value, list):
        return len(value) == 2 and isinstance(value[0], str) and _is_named(value[1])
    if not isinstance(value, Mapping):
        return False
    words, tags = _held(value, WORDS), _held(value, TAGS)
    if _are_strings(words) and isinstance(tags, list) and len(tags) == len(words):
        return _are_numbers(tags) or all(_is_tag(tag) for tag in tags)
    return (isinstance(value.get("text"), str) and _is_named(value)) or "paragraphs" in value


def values_of(text: str, name: str, *, lines: bool) -> Iterator[tuple[str, Any]]:
    """Each value of a JSON file with its place.

    Raises:
        DataError: it is no JSON, with the line.
    """
    if not lines:
        whole = _parsed(text, name)
        values = whole if isinstance(whole, list) and not is_pair(whole) else [whole]
        for at, value in enumerate(values):
            yield f"{name}[{at}]", value
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"{name}:{number}", _parsed(line, f"{name}:{number}")


def texts_of(value: Any, place: str) -> Iterator[TaggedText | TaggedWords]:
    """The texts, or the sentences of words with tags, that one value holds.

    Raises:
        DataError: it is none of the forms, or a name does not fit its text.
    """
    if isinstance(value, Mapping) and isinstance(value.get("paragraphs"), list):
        for paragraph in value["paragraphs"]:
            yield from _of_paragraph(paragraph, place)
        return
    if is_pair(value):
        value = {"text": value[0], **value[1]}
    if not isinstance(value, Mapping):
        raise _no_form(place, value)
    if _are_strings(_held(value, WORDS)):
        yield _tagged(_held(value, WORDS), _held(value, TAGS), place)
        return
    text = value.get("text")
    if not isinstance(text, str):
        raise _no_form(place, value)
    yield TaggedText(text, _names(_held(value, NAMES), text, place), place)


def _of_paragraph(paragraph: Any, place: str) -> Iterator[TaggedWords]:
    sentences = paragraph.get("sentences") if isinstance(paragraph, Mapping) else None
    if not isinstance(sentences, list):
        raise _no_form(place, paragraph)
    for sentence in sentences:
        tokens = sentence.get("tokens") if isinstance(sentence, Mapping) else None
        if not isinstance(tokens, list) or not all(isinstance(one, Mapping) for one in tokens):
            raise _no_form(place, sentence)
        words = [one.get("orth") for one in tokens]
        tags = [one.get("ner") for one in tokens]
        yield _tagged(words, tags if any(tags) else None, place)


def _tagged(words: Any, tags: Any, place: str) -> TaggedWords:
    if not _are_strings(words) or not all(words):
        raise DataError(f"{place}: expected words that are texts and not empty.")
    if tags is None:
        return TaggedWords(list(words), None, place)
    if not isinstance(tags, list) or len(tags) != len(words):
        raise DataError(f"{place}: expected a tag for each of its {len(words)} words.")
    if _are_numbers(tags):
        raise DataError(
            f"{place}: its tags are numbers, {shorten(str(tags), 30)}, and what they stand for is"
            ' not in the file: write their names, as "B-PER" (with Hugging Face\'s datasets'
            ' dataset.features["ner_tags"].feature.names[number]).'
        )
    wrong = [tag for tag in tags if not _is_tag(tag)]
    if wrong:
        raise DataError(
            f"{place}: {shorten(repr(wrong[0]), 40)} is no tag: expected O, or B-, I-, E- or S- and"
            " a label, as B-PER."
        )
    return TaggedWords(list(words), list(tags), place)


def _names(given: Any, text: str, place: str) -> tuple[Name, ...] | None:
    if given is None:
        return None
    if not isinstance(given, list):
        raise DataError(f"{place}: expected a list of names, each of start, end and label.")
    names = tuple(_name(one, text, place) for one in given)
    if pair := overlapping(names):
        a, b = (f"'{shorten(name.text, 40)}' ({name.label})" for name in pair)
        raise DataError(
            f"{place}: the names {a} and {b} overlap: each word is in one name at most."
        )
    return names


def _name(given: Any, text: str, place: str) -> Name:
    start, end, label = _edges(given)
    whole = all(isinstance(at, int) and not isinstance(at, bool) for at in (start, end))
    if not whole or not isinstance(label, str) or not label.strip():
        raise DataError(
            f"{place}: {shorten(json.dumps(given, ensure_ascii=False), 80)} is no name: expected"
            " start, end and a label."
        )
    if any(character.isspace() for character in label):
        label = "_".join(label.split())
    if not 0 <= start < end <= len(text):
        raise DataError(
            f"{place}: a name from {start} to {end} does not lie in the text, which has"
            f" {len(text):,} characters."
        )
    held = text[start:end]
    start += len(held) - len(held.lstrip())
    end -= len(held) - len(held.rstrip())
    if start >= end:
        raise DataError(f"{place}: the name from {start} to {end} is of blanks alone.")
    return Name(text[start:end], label, start, end)


def _edges(given: Any) -> tuple[Any, Any, Any]:
    if isinstance(given, list) and len(given) >= 3:
        return given[0], given[1], given[2]
    if isinstance(given, Mapping):
        for keys in EDGES:
            if all(key in given for key in keys):
                return given[keys[0]], given[keys[1]], given[keys[2]]
    return None, None, None


def _held(value: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """What stands under the first of these keys that there is."""
    return next((value[key] for key in keys if key in value), None)


def _is_named(value: Any) -> bool:
    """Whether an object has a list of names; an empty one under a key that means nothing else."""
    if not isinstance(value, Mapping):
        return False
    for key in NAMES:
        given = value.get(key)
        if isinstance(given, list) and (given or key in NAMES[:3]):
            return not given or _edges(given[0]) != (None, None, None)
    return False


def is_pair(value: Any) -> bool:
    """Whether it is a text of spaCy's training data, (text, {"entities": names})."""
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], Mapping)
    )


def _are_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_tag(value: Any) -> bool:
    return isinstance(value, str) and bool(schemes.TAG.fullmatch(value))


def _are_numbers(values: Sequence[Any]) -> bool:
    """Whether they are whole numbers, some."""
    return bool(values) and all(type(value) is int for value in values)


def _first(text: str) -> Any:
    """The value that a text begins with; None: it is cut off, or no JSON."""
    try:
        return json.JSONDecoder().raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None


def _parsed(text: str, place: str) -> Any:
    try:
        return read_json.parse(text, MOST_VALUES)
    except UnreadableError as error:
        raise DataError(f"{place}: {error}.") from None


def _no_form(place: str, value: Any) -> DataError:
    held = shorten(json.dumps(value, ensure_ascii=False, default=str), 60)
    return DataError(
        f'{place}: {held} is no text with names: expected {{"text": ..., "entities": [[start, end,'
        ' "LABEL"], ...]}.'
    )
