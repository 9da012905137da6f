"""The words of an expression, from left to right: numbers, names, signs; not what they mean."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([^\W\d]\w*)|(\*\*|[-+*/@(),=;]))"
)
LONGEST, DEEPEST = 10_000, 60  # characters of a text, levels inside one another


class Words:
    """A text as words, and a place in it: what stands here, what may be taken, what is wrong here.

    Raises:
        ValueError: the text is empty or too long, or holds a sign without meaning.
    """

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise ValueError(
                f"the expression has {len(text):,} characters: expected at most {LONGEST:,}."
            )
        self.text, self.at, self.depth = text, 0, 0
        self.tokens = _tokens(text)  # (kind, word, place)
        if not self.tokens:
            raise ValueError("the expression is empty: expected something like J = 3*(a + b*c).")
        self.names = {word for kind, word, _ in self.tokens if kind == "name"}

    def kind(self) -> str:
        """number, name or sign; nothing at the end."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def word(self, ahead: int = 0) -> str:
        """The word here, or so many further on; nothing at the end."""
        return self.tokens[self.at + ahead][1] if self.at + ahead < len(self.tokens) else ""

    def take(self, *words: str) -> str:
        """The next token if it is one of these, else nothing."""
        found = self.word()
        if found not in words or not found:
            return ""
        self.at += 1
        return found

    def deeper(self) -> None:
        """One level further inside; whoever calls it comes out by ``depth -= 1``."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(f"more than {DEEPEST} levels lie inside one another")

    def error(self, what: str, *, at: int | None = None) -> ValueError:
        """What is wrong, with the character at which it is (of the word ``at``, else the next)."""
        at = self.at if at is None else at
        place = self.tokens[at][2] if at < len(self.tokens) else len(self.text.rstrip())
        return ValueError(f"'{_short(self.text)}' at character {place + 1}: {what}.")


def _tokens(text: str) -> list[tuple[str, str, int]]:
    tokens, at = [], 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise _meaningless(text, at + len(text[at:]) - len(text[at:].lstrip()))
        kind = ("number", "name", "sign")[(found.lastindex or 1) - 1]
        word = found.group(found.lastindex or 1)
        place = found.end() - len(word)
        if kind == "name" and not word.isidentifier():  # x²
            raise _meaningless(
                text, place + next(k for k in range(len(word)) if not word[: k + 1].isidentifier())
            )
        tokens.append((kind, word, place))
        at = found.end()
    return tokens


def _meaningless(text: str, place: int) -> ValueError:
    hint = "; a power is written **" if text[place] == "^" or text[place].isdigit() else ""
    return ValueError(
        f"'{_short(text)}' at character {place + 1}: '{text[place]}' has no meaning here{hint}."
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."
