"""Where the systems meet what works for all of them.

A system says what has to be known of one kind of problem; training, runs, report, searching and
doctor use that alone and know no system by name. Nothing here imports torch until a batch is made.
"""

from netwright.contract.answers import Answer, AnswerColumns, Component, Reference, of_rows
from netwright.contract.batch import Batch, Draws, Mixed
from netwright.contract.codec import (
    Arrays,
    Chosen,
    Codec,
    EarlierRun,
    Export,
    NetGraph,
    Plain,
    Tensors,
)
from netwright.contract.cut import Cut
from netwright.contract.examples import SPLITS, TARGET, Example, Examples
from netwright.contract.look import Listed, Look
from netwright.contract.metric import Metric
from netwright.contract.mismatch.synthesis import Statistics, Synthesis, SynthesisStep
from netwright.contract.ragged import Ragged
from netwright.contract.reader import Claim, Reader
from netwright.contract.reading import Reading, reading
from netwright.contract.source import FIRST_IDS, ColumnForm, EarlierReading, ReadOptions, Source
from netwright.contract.system import AnswersWith, AnySystem, ClassWeights, Crops, Stages, System
from netwright.contract.takes import Contents, Takes
from netwright.contract.views import Highlighted, JudgedRun, Shown, View

__all__ = [
    "FIRST_IDS",
    "SPLITS",
    "TARGET",
    "Answer",
    "AnswerColumns",
    "AnswersWith",
    "AnySystem",
    "Arrays",
    "Batch",
    "Chosen",
    "Claim",
    "ClassWeights",
    "Codec",
    "ColumnForm",
    "Component",
    "Contents",
    "Crops",
    "Cut",
    "Draws",
    "EarlierReading",
    "EarlierRun",
    "Example",
    "Examples",
    "Export",
    "Highlighted",
    "JudgedRun",
    "Listed",
    "Look",
    "Metric",
    "Mixed",
    "NetGraph",
    "Plain",
    "Ragged",
    "ReadOptions",
    "Reader",
    "Reading",
    "Reference",
    "Shown",
    "Source",
    "Stages",
    "Statistics",
    "Synthesis",
    "SynthesisStep",
    "System",
    "Takes",
    "Tensors",
    "View",
    "of_rows",
    "reading",
]
