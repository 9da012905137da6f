"""Which examples train, which choose, which judge: by a hash, by group or by time.

assigning   the one way in: the split of every example
by_hash     by a seeded hash of content or group, stratified
by_domain   dev and test of the domain that counts; train-dev
by_time     the latest for dev and test, with a gap; what each split spans
folding     folds, and training splits inside each other, for studies
arranging   what the system makes of the examples before they are split
unread      what is said of the splits where they are given, or not of this kind
sizes       the fractions, and what a source leaves to be split
strata      what the fractions are kept equal of, and labels that a split lacks
"""

from netwright.data.splits.arranging import arranged
from netwright.data.splits.assigning import By, as_wanted, assign, timeline_if_any
from netwright.data.splits.by_hash import apportion
from netwright.data.splits.by_time import Timeline, parse_gap, timeline
from netwright.data.splits.folding import folds, nested, only, without_dev
from netwright.data.splits.sizes import GAP, NAMES, TRAIN_DEV, all_given, fractions
from netwright.data.splits.strata import by_label, by_quantile, check, check_parts

__all__ = [
    "GAP",
    "NAMES",
    "TRAIN_DEV",
    "By",
    "Timeline",
    "all_given",
    "apportion",
    "arranged",
    "as_wanted",
    "assign",
    "by_label",
    "by_quantile",
    "check",
    "check_parts",
    "folds",
    "fractions",
    "nested",
    "only",
    "parse_gap",
    "timeline",
    "timeline_if_any",
    "without_dev",
]
