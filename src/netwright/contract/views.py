"""What a system shows a person: an example; pictures, tables and texts of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netwright.contract.answers import Answer
from netwright.contract.examples import Examples

if TYPE_CHECKING:
    import numpy as np
    from torch import nn


@dataclass(frozen=True)
class Shown:
    """An example drawn for a person.

    Args:
        pixels: (H, W, C) uint8, C 1 (grey) or 3 (red, green, blue); None: there is only text.
        text: what a person reads; empty: there are only pixels.
    """

    pixels: np.ndarray[Any, Any] | None = None
    text: str = ""


@dataclass(frozen=True)
class Highlighted:
    """A text in which spans stand out, as a verb of a system may give it.

    Args:
        source: where it comes from.
        text: the whole text.
        spans: (start, end, label) each, in characters of the text; they do not overlap.
        p: how probable each span is; empty: that is not known.
    """

    source: str
    text: str
    spans: Sequence[tuple[int, int, str]] = ()
    p: Sequence[float] = ()

    def pieces(self) -> Iterator[tuple[str, str, str]]:
        """The text in pieces, each with the label of its span and with how probable it is, in
        words; or with neither.
        """
        at = 0
        sure = [f"{p:.0%}" for p in self.p] or [""] * len(self.spans)
        for (start, end, label), p in sorted(zip(self.spans, sure, strict=True)):
            if at < start:
                yield self.text[at:start], "", ""
            yield self.text[start:end], label, p
            at = end
        if at < len(self.text):
            yield self.text[at:], "", ""

    def __str__(self) -> str:
        """``[Ada PER 98%] went to [New York LOC 92%]``."""
        return "".join(
            f"[{' '.join(filter(None, one))}]" if one[1] else one[0] for one in self.pieces()
        )


@dataclass(frozen=True)
class View:
    """A picture, a table or a text of a run; one of the three.

    Args:
        title: the heading above it.
        svg: a picture, the text of an SVG file. It is shown as an image: scripts and links in it do
            nothing, fonts and files beside it are not loaded.
        columns: of a table, their names.
        rows: of a table, a value for each column: text, numbers, yes/no or None.
        text: lines of plain text.
        of_examples: whether it may show examples, their words or their names; False: figures
            alone, which a report to pass on shows too.
    """

    title: str
    svg: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str | float | bool | None]] = ()
    text: str = ""
    of_examples: bool = True

    def __post_init__(self) -> None:
        if sum(map(bool, (self.svg, self.columns, self.text))) != 1:
            raise ValueError(f"the view '{self.title}' is to have one of svg, columns and text")
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"the view '{self.title}' has a row that does not fit its columns")

    def as_json(self) -> dict[str, Any]:
        """Of a table, plain values."""
        rows = [list(row) for row in self.rows]
        return {"title": self.title, "columns": list(self.columns), "rows": rows}

    @property
    def kind(self) -> str:
        """``svg``, ``table`` or ``text``."""
        return "svg" if self.svg else "table" if self.columns else "text"


@dataclass(frozen=True)
class JudgedRun:
    """What a system makes the views of a run from.

    Args:
        examples: the N examples of dev.
        answers: what the net says of each.
        losses: (N,) the loss of each; NaN where nothing is labelled.
        net: the trained net, in evaluation mode, on the CPU.
        codec: the system's own.
        recipe: the system's own, completed.
        chosen: what was set on dev after training; each of these answers was given with what was
            chosen on the half of dev that it is not in.
    """

    examples: Examples
    answers: Sequence[Answer]
    losses: Sequence[float]
    net: nn.Module
    codec: Any
    recipe: Any
    chosen: Mapping[str, Any] = field(default_factory=dict)
