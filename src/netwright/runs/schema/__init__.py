"""What each file of a run holds: its types for readers, its checks for ``reading``.

Each typed mapping has a check that asks for the same keys; those that a run may lack (it has only
begun, or is of an earlier release) are ``total=False``. Keys that are not named here are kept.
"""

from netwright.runs.schema.checkpoint import CHECKPOINT
from netwright.runs.schema.files import CSV_FILES, JSON_FILES, parquet_file
from netwright.runs.schema.notes import Event, LabelJson, event
from netwright.runs.schema.results import (
    DATA,
    ENVIRONMENT,
    FINDING,
    DataInfo,
    DiagnosisJson,
    EnvironmentInfo,
    FindingJson,
    Measures,
    diagnosis,
)
from netwright.runs.schema.run_json import Difference, MetricInfo, RunInfo, TimeLimitInfo, run
from netwright.runs.schema.shown import (
    LARGEST_VIEW,
    VIEWS,
    Mistake,
    ReferenceJson,
    TurnedJson,
    ViewJson,
    YardstickJson,
)

__all__ = [
    "CHECKPOINT",
    "CSV_FILES",
    "DATA",
    "ENVIRONMENT",
    "FINDING",
    "JSON_FILES",
    "LARGEST_VIEW",
    "VIEWS",
    "DataInfo",
    "DiagnosisJson",
    "Difference",
    "EnvironmentInfo",
    "Event",
    "FindingJson",
    "LabelJson",
    "Measures",
    "MetricInfo",
    "Mistake",
    "ReferenceJson",
    "RunInfo",
    "TimeLimitInfo",
    "TurnedJson",
    "ViewJson",
    "YardstickJson",
    "diagnosis",
    "event",
    "parquet_file",
    "run",
]
