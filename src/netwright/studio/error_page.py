"""The page of error analysis: what it shows as plain values, what a person does on it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netwright.api.errors.analysis import ErrorAnalysis, in_words
from netwright.api.errors.examples import RunExamples
from netwright.base.errors import NetwrightError
from netwright.base.shapes import MisfitError, count, fields, listed, one_of, text
from netwright.base.visible import csv_lines, visible
from netwright.doctor.errors import words
from netwright.runs.answers.mistakes import png
from netwright.studio.tabs import TabWriters

ACTION = fields(
    {
        "tab": text,
        "kind": one_of("tag", "untag", "label", "skip", "seen", "undo"),
        "ids": listed(text, most=20_000),
    },
    {"tag": text, "new": text, "why": text, "undoes": text, "since": count},
)
"""What a key does, as the page sends it."""


@dataclass
class ErrorPage:
    """A sample of mistakes on a page, open in any number of tabs.

    Args:
        found: the sample, and what is noted.
        examples: draws them.
    """

    found: ErrorAnalysis
    examples: RunExamples
    _log: list[str] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._writers = TabWriters(self.found.writer)

    def warm(self) -> None:
        """Read the data and the net, so that the first example need not wait for them."""
        for one in self.found.mistakes[:1]:
            self.examples.nearest(one.row)

    # --- what it shows

    def whole(self) -> dict[str, Any]:
        """Everything, what others noted meanwhile included."""
        with self._lock:
            self.found.reread()
            mistakes = [
                {
                    "row": one.row,
                    "id": one.id,
                    "source": visible(one.source),
                    "truth": visible(one.truth),
                    "answer": visible(one.answer),
                    "probability": one.probability,
                    "count": one.count,
                    "group": visible(one.group),
                }
                for one in self.found.mistakes
            ]
            return {
                "run": self.found.run,
                "classes": list(self.found.truths.classes),
                "mistakes": mistakes,
                **self._now(one.id for one in self.found.mistakes),
            }

    def since(self, version: int) -> dict[str, Any]:
        """What was noted on any tab after a version."""
        with self._lock:
            return self._now(dict.fromkeys(self._log[max(0, version) :]))

    def example(self, row: int) -> dict[str, Any]:
        """One mistake drawn: its text, whether there is a picture.

        Raises:
            NetwrightError: it is not of the sample.
        """
        self._expect(row)
        shown = self.examples.shown(row)
        return {
            "text": "" if shown is None else visible(shown.text),
            "picture": shown is not None and shown.pixels is not None,
            "why": self.examples.why,
        }

    def near(self, row: int) -> dict[str, Any]:
        """The training examples that are near to a mistake.

        Raises:
            NetwrightError: it is not of the sample.
        """
        self._expect(row)
        found = self.examples.nearest(row)
        return {
            "among": self.examples.among,
            "why": self.examples.why_no_neighbours,
            "nearest": [self._neighbour(one) for one in found],
        }

    def picture(self, row: int) -> bytes | None:
        """A mistake as PNG; None where it is no picture.

        Raises:
            NetwrightError: it is not of the sample.
        """
        self._expect(row)
        shown = self.examples.shown(row)
        return None if shown is None or shown.pixels is None else png(shown.pixels)

    def picture_of_train(self, row: int) -> bytes | None:
        """A training example as PNG; None where it is no picture."""
        shown = self.examples.shown_of_train(row)
        return None if shown is None or shown.pixels is None else png(shown.pixels)

    def csv(self) -> str:
        """The sample with what is noted of each, as ``netwright errors --csv`` prints it."""
        with self._lock:
            self.found.reread()
            return "".join(csv_lines(self.found.rows()))

    # --- what a person does

    def do(self, action: Any) -> dict[str, Any]:
        """What a key does; on the disk when this returns. What was changed comes back, and where it
        cannot be done ``error`` says why. The same once more changes nothing.
        """
        try:
            ACTION(action, "")
        except MisfitError as error:
            return {**self._now(()), "error": f"what was sent {error}."}
        with self._lock:
            ids, failure = action["ids"], ""
            try:
                ids = self._done(action)
            except NetwrightError as error:
                failure = str(error)
            since = action.get("since", len(self._log))
            self._log += ids
            last = self.found.annotations.last_of(self._writers.of(action["tab"]).name)
            # what other tabs did meanwhile comes along
            changed = [*self._log[since:], *ids]
            return {
                **self._now(dict.fromkeys(changed)),
                "error": failure,
                "last": None if last is None else last.key,
            }

    def _done(self, action: Mapping[str, Any]) -> list[str]:
        """Do it; the examples that it changed."""
        own = replace(self.found, writer=self._writers.of(action["tab"]))
        ids, kind = list(action["ids"]), action["kind"]
        if kind == "undo":
            undone = self.found.annotations.ids_of(action.get("undoes", ""))
            if undone:
                own.undo(action["undoes"])
            return undone
        if kind == "tag":
            own.tag(ids, action.get("tag", ""), like=next(iter(ids), ""))
        elif kind == "untag":
            own.untag(ids, action.get("tag", ""))
        elif kind == "skip":
            own.skip(ids)
        elif kind == "seen":
            own.see(ids)
        else:
            for one in ids:
                own.correct(one, action.get("new", ""), action.get("why", ""))
        return ids

    def _expect(self, row: int) -> None:
        if row not in self._rows:
            raise NetwrightError(f"no mistake {row} in this sample.")

    @property
    def _rows(self) -> set[int]:
        return {one.row for one in self.found.mistakes}

    def _neighbour(self, one: Any) -> dict[str, Any]:
        shown = self.examples.shown_of_train(one.row)
        return {
            "row": one.row,
            "source": visible(one.source),
            "truth": visible(one.truth),
            "distance": one.distance,
            "text": "" if shown is None else visible(shown.text),
            "picture": shown is not None and shown.pixels is not None,
        }

    def _now(self, ids: Any) -> dict[str, Any]:
        """The table, the tags and what is noted of some examples."""
        table = self.found.table
        return {
            "version": len(self._log),
            "tags": self.found.tags(),
            "headline": words.headline(table),
            "headers": words.HEADERS,
            "kinds": [words.cells(kind, table.level) for kind in table.kinds],
            "bars": [kind.fraction for kind in table.kinds],
            "noted": {one: self._noted(one) for one in ids},
        }

    def _noted(self, name: str) -> dict[str, Any]:
        noted = self.found.noted(name)
        fix = noted.correction
        return {
            "tags": list(noted.tags),
            "right": None if fix is None else visible(in_words(fix.new)),
            "old": "" if fix is None else visible(in_words(fix.old)),
            "because": "" if fix is None else visible(fix.why),
            "by": "" if fix is None else visible(f"{fix.who}, {fix.time[:16]}".replace("T", " ")),
            "seen": noted.is_looked_at,
            "skipped": noted.skipped,
        }
