"""A line of ``annotations/<writer>.jsonl``: who noted what of which example, and when."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import Any, Literal, get_args

from netwright.base import read_json
from netwright.base.errors import NetwrightError, UnreadableError
from netwright.base.shapes import anything, count, fields, flag, mapped, maybe, one_of, text
from netwright.base.visible import OBEYED

Kind = Literal["tag", "untag", "label", "skip", "seen", "undo", "answer", "shown"]

KINDS: tuple[Kind, ...] = get_args(Kind)

OF_PEOPLE: tuple[Kind, ...] = ("answer", "shown")
"""Those by which people are measured; of a mistake they note nothing."""

LABEL_IS_WRONG = "label is wrong"
"""The tag of every example whose label somebody corrected; nobody gives it by hand."""

LONGEST_TAG = 60

LONGEST_WHY = 1_000

_NEEDED = {"n": count, "time": text, "who": text, "id": text, "kind": one_of(*KINDS)}
_TEXTS = {"tag": text, "why": text, "undoes": text, "like": text}
_SHAPE = fields(_NEEDED, {**_TEXTS, "old": anything, "new": anything, "chosen": flag})
_OF_KIND = {
    "tag": fields({"tag": text}),
    "untag": fields({"tag": text}),
    "label": fields({"old": anything, "new": anything}),
    "undo": fields({"undoes": text}),
    "answer": fields({"new": maybe(mapped(text))}),
}


@dataclass(frozen=True)
class Annotation:
    """One thing that somebody noted.

    Args:
        writer: the file that it stands in, without its end.
        n: its number there, by which it can be undone; lines that were written at once have one.
        time: UTC, as ISO 8601 with microseconds: of two lines the later one counts.
        who: as the computer knows the person.
        id: of the example, by content.
        kind: ``tag``, ``untag``; ``label``: the label is corrected; ``skip``: it is left out of the
            count; ``seen``: it was looked at; ``undo``: of an earlier line; ``answer``: somebody
            answered it who did not see the truth; ``shown``: they saw it after that.
        tag: its name; of an answer, the target that it is of, where that has a name.
        old, new: a target as JSON holds it; of an answer, ``new`` is what was typed, column ->
            cell, and None where the person could not tell.
        why: of a correction.
        undoes: the lines that are undone, ``WRITER:N``.
        like: of a tag that was given to all that are alike at once, the one that was looked at.
        chosen: of a correction, that its example was chosen because its label looked wrong.
    """

    writer: str
    n: int
    time: str
    who: str
    id: str
    kind: Kind
    tag: str = ""
    old: Any = None
    new: Any = None
    why: str = ""
    undoes: str = ""
    like: str = ""
    chosen: bool = False

    @property
    def is_unseen(self) -> bool:
        """Whether its example was not looked at for it: another one was."""
        return self.like not in ("", self.id)

    @property
    def key(self) -> str:
        """By which it is undone."""
        return f"{self.writer}:{self.n}"

    def as_json(self) -> dict[str, Any]:
        """What the file holds: its writer is the file's name, and what says nothing is left out."""
        values: dict[str, Any] = {
            "n": self.n,
            "time": self.time,
            "who": self.who,
            "id": self.id,
            "kind": self.kind,
        }
        if self.kind == "label":
            values |= {"old": self.old, "new": self.new}
        if self.kind == "answer":
            values["new"] = self.new
        like = self.like if self.is_unseen else ""
        texts = {"tag": self.tag, "why": self.why, "undoes": self.undoes, "like": like}
        values |= {name: value for name, value in texts.items() if value}
        return values | ({"chosen": True} if self.chosen else {})

    def written(self) -> str:
        """The line, without its end."""
        return json.dumps(self.as_json(), ensure_ascii=False, allow_nan=False)


def parse(writer: str, line: str) -> Annotation:
    """A line as it was written.

    Raises:
        UnreadableError: it is no JSON.
        MisfitError: it holds something else.
    """
    values = read_json.parse(line)
    _SHAPE(values, "")
    _OF_KIND.get(values["kind"], anything)(values, "")
    known = {name: values[name] for name in Annotation.__dataclass_fields__ if name in values}
    return Annotation(**{**known, "writer": writer})


def is_torn(line: str) -> bool:
    """Whether a kill or a full disk cut the line off: it is the beginning of one, and no more."""
    if line.rstrip().endswith("}"):
        return False
    try:
        read_json.parse(line)
    except UnreadableError:
        return line.startswith(("{", "\0")) or not line.strip("\0 ")
    return False


def tag_key(name: str) -> str:
    """What two spellings of one tag have in common: neither case and blanks count, nor what nobody
    sees (a space of no width) or sees alike (a wide letter).
    """
    alike = unicodedata.normalize("NFKC", name)
    seen = "".join(letter for letter in alike if unicodedata.category(letter) != "Cf")
    return " ".join(seen.split()).casefold()


def short_name(typed: str, what: str) -> str:
    """A name as a person typed it, its blanks in order.

    Args:
        what: it is of.

    Raises:
        NetwrightError: it cannot be one.
    """
    name = " ".join(typed.split())
    if not name or len(name) > LONGEST_TAG or OBEYED.search(name):
        raise NetwrightError(
            f"'{name[:80]}' cannot be {what}: expected 1 to {LONGEST_TAG} printable characters."
        )
    return name


def tag_name(typed: str) -> str:
    """A tag as a person typed it, its blanks in order.

    Raises:
        NetwrightError: it cannot be a tag.
    """
    name = short_name(typed, "a tag")
    if tag_key(name) == tag_key(LABEL_IS_WRONG):
        raise NetwrightError(
            f"'{LABEL_IS_WRONG}' is the tag of examples whose label is corrected: correct the label"
            " instead."
        )
    return name
