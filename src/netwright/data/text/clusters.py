"""The characters of a text, as a person takes them."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200d"
_SELECTORS = range(0xFE00, 0xFE10)
_TONES = range(0x1F3FB, 0x1F400)


def clusters_of(text: str) -> list[str]:
    """What a person takes for characters: a letter with its marks, an emoji with its tone, joined
    ones, a flag.
    """
    found: list[str] = []
    joined = False
    for character in text:
        if found and (joined or _goes_on(found[-1], character)):
            found[-1] += character
        else:
            found.append(character)
        joined = character in _JOINERS
    return found


def _goes_on(before: str, character: str) -> bool:
    code = ord(character)
    if code < 0x300:
        return False
    if character in _JOINERS or code in _SELECTORS or code in _TONES:
        return not before.isspace()
    if 0x1F1E6 <= code <= 0x1F1FF:  # a flag is two letters
        return len(before) == 1 and 0x1F1E6 <= ord(before) <= 0x1F1FF
    return unicodedata.category(character) in ("Mn", "Me", "Mc") and not before.isspace()
