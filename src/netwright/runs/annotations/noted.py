"""All lines together: what is noted of each example now."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from netwright.base.errors import NetwrightError
from netwright.runs.annotations.answered import PeoplesAnswers
from netwright.runs.annotations.lines import OF_PEOPLE, Annotation, tag_key


@dataclass(frozen=True)
class Correction:
    """A label that somebody found wrong.

    Args:
        old, new: targets as JSON holds them.
        key: of its line, by which it is undone.
        chosen: its example was chosen because its label looked wrong: of a sample of mistakes it
            counts once somebody comes across it there.
    """

    id: str
    old: Any
    new: Any
    who: str
    time: str
    why: str
    key: str
    chosen: bool = False

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return dict(vars(self))

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> Correction:
        """What ``as_json`` gave; keys that it does not know are left out."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if name in values})


@dataclass(frozen=True)
class Noted:
    """What is noted of one example.

    Args:
        tags: in the order in which they were given.
        by_hand: whether a tag was given to it by who looked at it, not for its likeness alone.
        correction: of its label; None: nobody found it wrong.
        seen: somebody looked at it and went on.
        skipped: it is left out of the count.
    """

    tags: tuple[str, ...] = ()
    by_hand: bool = False
    correction: Correction | None = None
    seen: bool = False
    skipped: bool = False

    @property
    def is_looked_at(self) -> bool:
        """Whether it counts: somebody tagged it, corrected it, or looked at it and went on."""
        came_across = self.correction is not None and not self.correction.chosen
        return not self.skipped and (self.seen or self.by_hand or came_across)

    @property
    def is_alike(self) -> bool:
        """Whether all that it has are tags for its likeness to another, which was looked at."""
        return bool(self.tags) and not (self.skipped or self.is_looked_at)


NOTHING = Noted()


@dataclass
class Annotations:
    """The lines of all writers, by example; the later of two counts, whoever wrote it.

    A line is of the moment it was written in; lines of one moment are in the order of their
    writers' names.
    """

    by_id: dict[str, list[Annotation]] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    """Key of a tag -> its first spelling, in the order in which tags were first given."""
    of_people: PeoplesAnswers = field(default_factory=PeoplesAnswers)
    _known: dict[str, Noted] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, lines: Iterable[Annotation]) -> Annotations:
        """Those of some lines, in any order."""
        found = cls()
        for line in sorted(lines, key=_moment):
            found.add(line)
        return found

    def add(self, line: Annotation) -> None:
        """One more line, later than all before it."""
        if line.kind in OF_PEOPLE:
            self.of_people.add(line)
            return
        if line.kind == "undo":
            self.undone.add(line.undoes)
            self._known.clear()  # it may be of many examples
            return
        self._known.pop(line.id, None)
        self.by_id.setdefault(line.id, []).append(line)
        if line.kind == "tag":
            self.names.setdefault(tag_key(line.tag), line.tag)

    def of_example(self, id: str) -> Noted:
        """What is noted of one example."""
        if id not in self.by_id:
            return NOTHING
        if id not in self._known:
            self._known[id] = self._noted(id)
        return self._known[id]

    def _noted(self, id: str) -> Noted:
        found, tags, by_hand = NOTHING, dict[str, str](), set[str]()
        for line in self.lines_of(id):
            key = tag_key(line.tag)
            if line.kind == "tag":
                tags[key] = self.names[key]
                by_hand |= set() if line.is_unseen else {key}
            elif line.kind == "untag":
                tags.pop(key, None)
                by_hand.discard(key)
            elif line.kind == "skip":
                found = replace(found, skipped=True)
            elif line.kind == "seen":
                found = replace(found, seen=True)
            else:
                found = replace(found, correction=_correction(line))
            # who says something of an example does not skip it any more
            if line.kind != "skip" and not line.is_unseen:
                found = replace(found, skipped=False)
        return replace(found, tags=tuple(tags.values()), by_hand=bool(by_hand))

    def lines_of(self, id: str) -> Iterator[Annotation]:
        """The lines of one example that nobody undid, oldest first."""
        return (line for line in self.by_id.get(id, ()) if line.key not in self.undone)

    def tags(self, of: Container[str] | None = None) -> list[str]:
        """Every tag that is given somewhere, in the order in which they came up.

        Args:
            of: to one of these examples; None: to any.
        """
        given = {
            tag_key(line.tag)
            for line in self._standing()
            if line.kind == "tag" and (of is None or line.id in of)
        }
        return [name for key, name in self.names.items() if key in given]

    def corrections(self) -> dict[str, Correction]:
        """Id -> its correction, of every example that has one."""
        found = ((name, self.of_example(name).correction) for name in self.by_id)
        return {name: one for name, one in found if one is not None}

    def last_of(self, writer: str) -> Annotation | None:
        """The last line of a writer that nobody undid."""
        own = (line for line in self._standing() if line.writer == writer)
        return max(own, key=lambda line: line.n, default=None)

    def by(self, who: str, *, chosen: bool) -> set[str]:
        """The examples of which somebody noted anything, with the truth before them.

        Args:
            chosen: whether labels count that they chose to correct.
        """
        return {
            name
            for name, lines in self.by_id.items()
            if any(line.who == who and (chosen or not line.chosen) for line in lines)
        }

    def line(self, key: str) -> Annotation | None:
        """A line of this key that nobody undid."""
        return next((line for line in self._standing() if line.key == key), None)

    def ids_of(self, key: str) -> list[str]:
        """The examples that the lines of this key are about, where nobody undid them."""
        return list(dict.fromkeys(line.id for line in self._standing() if line.key == key))

    def last_line(self, id: str) -> Annotation | None:
        """The last line of an example that nobody undid."""
        return max(self.lines_of(id), key=lambda line: line.time, default=None)

    def _standing(self) -> Iterator[Annotation]:
        return (line for name in self.by_id for line in self.lines_of(name))

    def expect_new(self, name: str) -> None:
        """Refuse a tag that differs from another in case or blanks alone.

        Raises:
            NetwrightError: it does.
        """
        known = self.names.get(tag_key(name), name)
        if known != name and known in self.tags():
            raise NetwrightError(
                f"'{name}' and '{known}' would be two tags of one name: use '{known}'."
            )


def _correction(line: Annotation) -> Correction:
    return Correction(
        line.id, line.old, line.new, line.who, line.time, line.why, line.key, line.chosen
    )


def _moment(line: Annotation) -> tuple[str, str, int]:
    return line.time, line.writer, line.n
