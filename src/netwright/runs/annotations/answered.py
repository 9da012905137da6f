"""What people answered who did not see the truth, by which they are measured (notes 3.1.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netwright.runs.annotations.lines import Annotation

Typed = Mapping[str, str] | None
"""Column -> cell, as on a sheet; None: the person could not tell."""


@dataclass
class PeoplesAnswers:
    """(person, question) -> example -> what they typed last, before its truth was shown to them."""

    typed: dict[tuple[str, str], dict[str, Typed]] = field(default_factory=dict)
    shown: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """The examples whose truth they saw after they had answered."""

    def add(self, line: Annotation) -> None:
        """One more line, later than all before it."""
        key = line.who, line.tag
        seen = self.shown.setdefault(key, set())
        if line.kind == "shown":
            seen.add(line.id)
        elif line.id not in seen:
            self.typed.setdefault(key, {})[line.id] = line.new

    def of(self, question: str) -> dict[str, dict[str, Typed]]:
        """Person -> what they answered to a question."""
        return {who: found for (who, of), found in self.typed.items() if of == question}
