"""The words of a text: one tokenizer for systems that read what a text says, and one for those that
answer with places in it.

A word is a run of letters of any script, lower-cased, with the apostrophes and hyphens inside it;
a number; or a single character. Letters of scripts that are written without blanks are a word each.
To each character belong the marks on it: accents, vowel signs, points.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

from netwright.data.text.chinese import HAN


def _signs() -> str:
    """The characters that stand on others and the two that join and part letters, as ranges of a
    class of ``re``, which has none for them.
    """
    planes = (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0))
    held = [c for c in planes if unicodedata.category(chr(c)) in ("Mn", "Mc", "Me")]
    held = sorted([*held, 0x200C, 0x200D])
    found = []
    for _, some in groupby(enumerate(held), lambda pair: pair[1] - pair[0]):
        run = [code for _, code in some]
        found.append(f"\\U{run[0]:08x}-\\U{run[-1]:08x}")
    return "".join(found)


SIGN = f"[{_signs()}]"
"""What belongs to the character before it."""


def run_of(characters: str) -> str:
    """A run of characters of a class, with their marks."""
    return rf"{characters}+(?:{SIGN}+{characters}*)*"


LETTERS = run_of(r"[^\W\d_]")

_WITHOUT_BLANKS = (
    "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1050-\u108f\u1780-\u17d3"  # Thai to Khmer
    "\u3040-\u30ff" + HAN  # kana
)
_ALONE = rf"[{_WITHOUT_BLANKS}]"
_RUN = run_of(rf"[^\W\d_{_WITHOUT_BLANKS}]")
_WORD = re.compile(rf"{_RUN}(?:['’-]{_RUN})*|\d+(?:[.,:]\d+)*|(?:{_ALONE}|[^\w\s]){SIGN}*|_")
_UNCUT = re.compile(f"{run_of(f'[{HAN}]')}|{_WORD.pattern}")


def normal(text: str) -> str:
    """A text composed (NFC), in small letters, with one kind of apostrophe."""
    return unicodedata.normalize("NFC", text).lower().replace("’", "'")


def words_of(text: str) -> list[str]:
    """The words of a text, in order: "It's 3.5 stars!" is it's, 3.5, stars, !"""
    return _WORD.findall(normal(text))


def runs_of(text: str) -> list[str]:
    """The same, with what is Chinese uncut: 我爱北京! is 我爱北京, !"""
    return _UNCUT.findall(normal(text))


_NO_PART = r"(?!(?:s|m|d|ll|re|ve)\b)"
_ANY = run_of(rf"[^\W{_WITHOUT_BLANKS}]")
_PLACED = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']*[^\s<>\"'.,;:!?)]"  # an address of the web
    r"|(?:[^\W\d_]\.){2,}"  # U.S., i.e.
    r"|n['’]t\b|['’](?:s|m|d|ll|re|ve)\b"  # as the treebank cuts them off: did n't, it 's
    r"|\d+(?:[.,:/-]\d+)+(?!\w)"
    rf"|[^\W_{_WITHOUT_BLANKS}]+?(?=n['’]t\b)"
    rf"|{_ANY}(?:['’&-]{_NO_PART}{_ANY})*"
    rf"|(?:{_ALONE}|[^\w\s]){SIGN}*",
    re.IGNORECASE,
)


def places_of(text: str) -> list[tuple[int, int]]:
    """Where the words of a text begin and end, in its characters: "Mr. O'Hara isn't in the U.S." is
    Mr, ., O'Hara, is, n't, in, the, U.S. They are as the text has them, in its own case.
    """
    return [match.span() for match in _PLACED.finditer(text)]
