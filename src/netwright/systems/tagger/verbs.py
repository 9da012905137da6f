"""What one does with a trained tagger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from netwright.contract import Highlighted, Look


def highlight(run: Any, inputs: list[str], *, html: Path | None = None) -> Sequence[Highlighted]:
    """Show texts with their names in color.

    Args:
        inputs: texts, or files and folders of texts, as for predict.
        html: the page is written here, too.
    """
    from netwright.base import files
    from netwright.base.errors import DataError
    from netwright.contract import ReadOptions
    from netwright.data.tagged import reader
    from netwright.systems.tagger.page import page
    from netwright.systems.tagger.takes import highlighted

    looks = [look for one in inputs if (look := _file(one))]
    if len(looks) < len(inputs):
        looks = [Look("what was typed", "memory", value=inputs)]
    examples = reader.inputs(looks, ReadOptions())
    if examples is None:
        raise DataError(f"{', '.join(inputs[:2])}: expected texts, or files of texts.")
    answers = run.ready_to_answer()(examples)
    columns = zip(examples.inputs, answers, examples.sources, strict=True)
    found = [highlighted(sentence.text, answer.names, place) for sentence, answer, place in columns]
    if html is not None:
        files.write_text(html, page(found))
    return found


def _file(name: str) -> Look | None:
    """A look at a file or folder; None: nothing is, or could be, called so."""
    from netwright.base.errors import DataError
    from netwright.data.sources import looking

    try:
        return looking.at_path(name) if name and "\n" not in name else None
    except DataError:
        return None
