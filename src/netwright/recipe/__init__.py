"""The recipe: every hyperparameter of a run, typed and checked.

recipe                           what every system has; a system's own recipe is a subclass
data, model, optimizer, training the sections of it
image_or_row, nets, augment,     sections that only some systems have, attached by those
objective, synthesis, words
knobs, turns                     what is written down about a knob
texts, refusals                  recipes as people write them, and why one is refused
"""

from netwright.recipe.augment import Augment
from netwright.recipe.data import Data, Split
from netwright.recipe.image_or_row import ImageData, ImageOrRowRecipe
from netwright.recipe.knobs import Section, key_of, keyed, knob, knobs, live, metadata, resolved
from netwright.recipe.model import Model
from netwright.recipe.nets import Initialization, NetModel
from netwright.recipe.objective import LabelObjective, NumberObjective, TagObjective
from netwright.recipe.optimizer import Optimizer, Schedule
from netwright.recipe.recipe import Recipe
from netwright.recipe.refusals import expected, no_section, unknown_key
from netwright.recipe.synthesis import ImageSynthesis, TextSynthesis
from netwright.recipe.texts import (
    EARLIER_DEFAULTS,
    in_todays_names,
    is_preset,
    merge,
    nest,
    parse_setting,
    presets,
    read_recipe,
    read_yaml,
    was_filled_in,
)
from netwright.recipe.training import Training
from netwright.recipe.turns import Turn
from netwright.recipe.words.augment import WordAugment
from netwright.recipe.words.vectors import GivenVectors

__all__ = [
    "EARLIER_DEFAULTS",
    "Augment",
    "Data",
    "GivenVectors",
    "ImageData",
    "ImageOrRowRecipe",
    "ImageSynthesis",
    "Initialization",
    "LabelObjective",
    "Model",
    "NetModel",
    "NumberObjective",
    "Optimizer",
    "Recipe",
    "Schedule",
    "Section",
    "Split",
    "TagObjective",
    "TextSynthesis",
    "Training",
    "Turn",
    "WordAugment",
    "expected",
    "in_todays_names",
    "is_preset",
    "key_of",
    "keyed",
    "knob",
    "knobs",
    "live",
    "merge",
    "metadata",
    "nest",
    "no_section",
    "parse_setting",
    "presets",
    "read_recipe",
    "read_yaml",
    "resolved",
    "unknown_key",
    "was_filled_in",
]
