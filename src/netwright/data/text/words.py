"""The words of a text: one tokenizer for systems that read what a text says, and one for those that
answer with places in it.

A word is a run of letters of any script, lower-cased, with the apostrophes and hyphens inside it;
a number; or a single character. Han and kana, which are written without blanks, are a word each.
"""

from __future__ import annotations

import re
import unicodedata

_WITHOUT_BLANKS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_LETTER = rf"[^\W\d_{_WITHOUT_BLANKS}][\u0300-\u036f]*"
_WORD = re.compile(
    rf"[{_WITHOUT_BLANKS}]|(?:{_LETTER})+(?:['’-](?:{_LETTER})+)*|\d+(?:[.,:]\d+)*|[^\w\s]|_"
)


def words_of(text: str) -> list[str]:
    """The words of a text, in order: "It's 3.5 stars!" is it's, 3.5, stars, !"""
    return _WORD.findall(unicodedata.normalize("NFC", text).lower().replace("’", "'"))


_PLACED = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']*[^\s<>\"'.,;:!?)]"  # an address of the web
    r"|(?:[^\W\d_]\.){2,}"  # U.S., i.e.
    rf"|[{_WITHOUT_BLANKS}]"
    r"|n['’]t\b|['’](?:s|m|d|ll|re|ve)\b"  # as the treebank cuts them off: did n't, it 's
    r"|\d+(?:[.,:/-]\d+)+(?!\w)"
    rf"|(?:{_LETTER}|\d)+?(?=n['’]t\b)"
    rf"|(?:{_LETTER}|\d|_)+(?:['’&-](?!(?:s|m|d|ll|re|ve)\b)(?:{_LETTER}|\d|_)+)*"
    r"|[^\w\s]",
    re.IGNORECASE,
)


def places_of(text: str) -> list[tuple[int, int]]:
    """Where the words of a text begin and end, in its characters: "Mr. O'Hara isn't in the U.S." is
    Mr, ., O'Hara, is, n't, in, the, U.S. They are as the text has them, in its own case.
    """
    return [match.span() for match in _PLACED.finditer(text)]
