"""Where the systems meet what works for all of them.

A system says what has to be known of one kind of problem; training, runs, report, searching and
doctor use that alone and know no system by name. Nothing here imports torch until a batch is made.
"""

from netwright.contract.answers import Answer, AnswerColumns
from netwright.contract.batch import Batch, Draws
from netwright.contract.codec import Codec
from netwright.contract.examples import SPLITS, Example, Examples
from netwright.contract.metric import Metric
from netwright.contract.reading import Reading
from netwright.contract.shown import Shown
from netwright.contract.source import Source, SourceFile
from netwright.contract.system import AnySystem, System

__all__ = [
    "SPLITS",
    "Answer",
    "AnswerColumns",
    "AnySystem",
    "Batch",
    "Codec",
    "Draws",
    "Example",
    "Examples",
    "Metric",
    "Reading",
    "Shown",
    "Source",
    "SourceFile",
    "System",
]
