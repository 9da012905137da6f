"""What was chosen in a training and why: a line each, kept in the record."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from netwright.runs.record import Record


class MessageLog:
    """The messages of one training, each once.

    Args:
        record: where they are kept; None in processes that keep no record.
        lines: those that are there already.
    """

    def __init__(self, record: Record | None, lines: Iterable[str] = ()) -> None:
        self.record, self.lines = record, list(lines)

    def add(self, line: str) -> None:
        """Keep a line."""
        if self.record is not None and line not in self.lines:
            self.lines.append(line)
            self.record.note(messages=self.lines)

    def send(self, log: Callable[[str], None] | None) -> None:
        """Give every line so far to ``log``."""
        if log is not None:
            for line in self.lines:
                log(line)
