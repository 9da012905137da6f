"""The recipe: every hyperparameter of a run, typed and checked."""

from netwright.recipe.knobs import Section, knobs, settled
from netwright.recipe.recipe import Recipe
from netwright.recipe.refusals import expected
from netwright.recipe.sections import Augment, Data, Initialization, Model, Optimizer, Schedule, Split, Training
from netwright.recipe.texts import merge, nest, parse_setting, read_yaml

__all__ = [
    "Augment", "Data", "Initialization", "Model", "Optimizer", "Recipe", "Schedule", "Section", "Split", "Training",
    "expected", "knobs", "merge", "nest", "parse_setting", "read_yaml", "settled",
]  # fmt: skip
