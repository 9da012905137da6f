"""A system for the tests alone, in a folder that a person names: the number of a later row. Its
recipe splits by time, with a gap, where nobody says otherwise; the last rows have no target.
"""

from __future__ import annotations

import sys
from pathlib import Path

from netwright import systems

LATER = '''
from dataclasses import replace
from typing import Literal

from netwright.recipe import Data, Split, knob
from netwright.recipe.knobs import Units
from netwright.systems.regressor.recipe import RegressorRecipe
from netwright.systems.regressor.system import SYSTEM as REGRESSOR


class LaterData(type(RegressorRecipe().data)):
    ahead: Units = knob(3, "rows ahead")


class LaterSplit(Split):
    by: Literal["hash", "group", "time"] = knob("time", "time: the latest")
    gap: int | str = knob(7, "rows left out before dev and before test")


class LaterRecipe(RegressorRecipe):
    data: LaterData = LaterData()
    split: LaterSplit = LaterSplit()


def arrange(examples, recipe):
    """The target is that of a later row; the last rows have none."""
    ahead = recipe.data.ahead
    targets = [*examples.targets[ahead:], *[None] * ahead]
    return replace(examples, targets=targets, splits=GIVEN(len(examples)))


SYSTEM = replace(REGRESSOR, name="NAME", recipe=LaterRecipe, arrange=arrange)
'''

FREE = "\n\ndef GIVEN(count):\n    return None\n"
GIVEN = '\n\ndef GIVEN(count):\n    return ["train"] * (count - 20) + ["dev"] * 20\n'


def outside(folder: Path, name: str, given: str) -> str:
    """A system outside the package, whose recipe splits by time where nobody says otherwise."""
    own = folder / name
    own.mkdir()
    (own / "__init__.py").write_text('"""Numbers of later rows."""\n', encoding="utf-8")
    (own / "sources.py").write_text(
        "from netwright.data.sources import tables\nREADERS = (tables.READER,)\n", encoding="utf-8"
    )
    text = LATER.replace("NAME", name) + given
    (own / "system.py").write_text(text, encoding="utf-8")
    return str(own)


def forget() -> None:
    """No system outside the package is known any more."""
    for name in systems._named:
        for module in [one for one in sys.modules if one.startswith(f"netwright.systems.{name}")]:
            del sys.modules[module]
    systems._named.clear()
