"""Studies in the hands of a person.

folds         every example outside test is judged; kept: what such a study keeps
improving     a recipe improved step by step; improve_work: such a study at work;
              tried_before: what earlier runs had
curves        learning and capacity curves; sizes: of the data, of the net
kept_studies  those of a store
together      runs that are there, kept as one
trained       the trainings of a study
"""

from netwright.api.studies.curves import curve
from netwright.api.studies.improving import OpenedImprovement, improve
from netwright.api.studies.kept_studies import list_studies, open_study
from netwright.api.studies.together import KeptEnsemble, ensemble

__all__ = [
    "KeptEnsemble",
    "OpenedImprovement",
    "curve",
    "ensemble",
    "improve",
    "list_studies",
    "open_study",
]
