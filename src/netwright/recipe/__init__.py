"""The recipe: every hyperparameter of a run, typed and checked."""

from netwright.recipe.augment import Augment
from netwright.recipe.data import Data, Split
from netwright.recipe.knobs import Section, knobs, resolved
from netwright.recipe.model import Initialization, Model
from netwright.recipe.objective import Objective
from netwright.recipe.optimizer import Optimizer, Schedule
from netwright.recipe.recipe import Recipe
from netwright.recipe.refusals import expected
from netwright.recipe.texts import (
    in_todays_names,
    merge,
    nest,
    parse_setting,
    presets,
    read_recipe,
    read_yaml,
)
from netwright.recipe.training import Training

__all__ = [
    "Augment",
    "Data",
    "Initialization",
    "Model",
    "Objective",
    "Optimizer",
    "Recipe",
    "Schedule",
    "Section",
    "Split",
    "Training",
    "expected",
    "in_todays_names",
    "knobs",
    "merge",
    "nest",
    "parse_setting",
    "presets",
    "read_recipe",
    "read_yaml",
    "resolved",
]
