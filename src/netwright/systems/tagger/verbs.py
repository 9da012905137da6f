"""What one does with a trained tagger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from netwright.contract import Highlighted


def highlight(run: Any, inputs: list[str], *, html: Path | None = None) -> Sequence[Highlighted]:
    """Show texts with their names in color.

    Args:
        inputs: texts, or files and folders of texts, as for predict.
        html: the page is written here, too.
    """
    from netwright.base import files
    from netwright.systems.tagger.page import page
    from netwright.systems.tagger.takes import highlighted

    examples = run.typed(inputs)
    answers = run.ready_to_answer()(examples)
    columns = zip(examples.inputs, answers, examples.sources, strict=True)
    found = [highlighted(sentence.text, answer.names, place) for sentence, answer, place in columns]
    if html is not None:
        files.write_text(html, page(found))
    return found
