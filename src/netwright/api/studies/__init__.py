"""Studies in the hands of a person: folds, curves, and those that are kept."""

from netwright.api.studies.kept_studies import list_studies, open_study

__all__ = ["list_studies", "open_study"]
