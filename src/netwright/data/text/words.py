"""The words of a text: one tokenizer, the same for every system that reads texts.

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
