"""The page on which a person answers examples: what it shows as plain values, and what they do on
it. No truth and no answer of the net is in any of it before the person has ended.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netwright.api.judged import people_words
from netwright.api.judged.human_session import HumanResult, HumanSession
from netwright.base.errors import NetwrightError
from netwright.base.shapes import MisfitError, count, fields, mapped, maybe, one_of, text
from netwright.base.visible import visible
from netwright.runs.answers.mistakes import png
from netwright.studio.tabs import TabWriters

ACTION = fields(
    {"tab": text, "kind": one_of("answer", "end", "correct", "undo")},
    {"at": count, "typed": maybe(mapped(text)), "since": count},
)
"""What a key does, as the page sends it."""


@dataclass
class HumanPage:
    """Examples that one person answers, in any number of tabs.

    Args:
        session: the examples, and what is typed.
        result: what came of it; None: the person has not ended.
    """

    session: HumanSession
    result: HumanResult | None = None
    _version: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._writers = TabWriters(self.session.writer)

    # --- what it shows

    def whole(self) -> dict[str, Any]:
        """Everything, what was typed elsewhere meanwhile included."""
        with self._lock:
            self.session.reread()
            form = self.session.held.form
            return {
                "run": self.session.held.run.id,
                "key": self.session.key,
                "who": visible(self.session.who),
                "question": visible(self.session.held.question),
                "count": len(self.session),
                "form": {
                    "kind": form.kind,
                    "columns": [*form.columns],
                    "labels": [*form.labels],
                },
                "warning": visible(self.session.warning),
                **self._now(),
            }

    def since(self, version: int) -> dict[str, Any]:
        """What is typed now, if anything changed after a version."""
        with self._lock:
            return self._now() if version != self._version else {"version": version}

    def example(self, at: int) -> dict[str, Any]:
        """One of them, drawn without its truth: its text, whether there is a picture.

        Raises:
            NetwrightError: there is no such one.
        """
        shown = self._shown(at)
        return {"text": visible(shown.text), "picture": shown.pixels is not None}

    def picture(self, at: int) -> bytes | None:
        """The same as PNG; None where it is no picture.

        Raises:
            NetwrightError: there is no such one.
        """
        pixels = self._shown(at).pixels
        return None if pixels is None else png(pixels)

    def _shown(self, at: int) -> Any:
        if not 0 <= at < len(self.session):
            raise NetwrightError(f"no example {at} among these.")
        with self._lock:
            return self.session.shown(at)

    # --- what a person does

    def do(self, action: Any) -> dict[str, Any]:
        """What a key does; on the disk when this returns. What is typed now comes back, and where
        it cannot be done ``error`` says why.
        """
        try:
            ACTION(action, "")
        except MisfitError as error:
            return {**self._now(), "error": f"what was sent {error}."}
        with self._lock:
            failure = ""
            try:
                self._done(action)
            except NetwrightError as error:
                failure = str(error)
            self._version += 1
            return {**self._now(), "error": failure}

    def _done(self, action: Mapping[str, Any]) -> None:
        own = replace(self.session, writer=self._writers.of(action["tab"]))
        if action["kind"] == "end":
            self.result = own.end()
            return
        at = action.get("at", 0)
        self._shown(at)
        if action["kind"] == "answer":
            own.answer(at, action.get("typed"))
            return
        if action["kind"] == "correct":
            own.correct(at)
        else:
            own.undo_correction(at)
        if self.result is not None:
            self.result = replace(self.result, disagreements=tuple(own.disagreements()))

    def _now(self) -> dict[str, Any]:
        """What is typed, and what came of it once that is over."""
        if self.session.is_over and self.result is None:
            self.result = self.session.end()
        return {
            "version": self._version,
            "typed": {str(at): typed for at, typed in self.session.typed.items()},
            "result": None if self.result is None else _in_words(self.result),
        }


def _in_words(found: HumanResult) -> dict[str, Any]:
    people = found.people
    return {
        "levels": [visible(line) for line in people_words.levels(people)],
        "headers": people_words.headers(people),
        "agreements": [[*map(visible, people_words.row(one))] for one in people.agreements],
        "disagreements": [
            {
                "at": one.at,
                **{
                    name: visible(getattr(one, name))
                    for name in ("source", "own", "label", "net", "right")
                },
            }
            for one in found.disagreements
        ],
    }
