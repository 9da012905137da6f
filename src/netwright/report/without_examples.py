"""A report to pass on: what a run learned and how well, without a person's examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from netwright.base.errors import RunError
from netwright.runs.contents import RunFiles
from netwright.runs.schema import (
    DataInfo,
    DiagnosisJson,
    FindingJson,
    LabelJson,
    RunInfo,
)

OWN = "own data"
"""What a person's source is called."""


def without_examples(run: RunFiles) -> RunFiles:
    """The run without whatever shows an example, quotes one, names one or says where it lies.

    Figures, curves, the names of classes and the recipe stay. Left out are mistakes, single answers
    and truths, views that may show examples, what was said about the data, the section ``data`` of
    the recipe, the command, the run's name and notes.
    """
    return replace(
        run,
        info=_info(run),
        data=_data(run.data),
        diagnosis=None if run.diagnosis is None else _diagnosis(run.diagnosis),
        environment=_without(run.environment, "command"),
        mistakes=(),
        views=[view for view in run.views if not view.get("of_examples", True)],
        label=LabelJson(),
        recipe_text=_recipe(run),
        with_examples=False,
    )


def _info(run: RunFiles) -> RunInfo:
    """Run.json without the lines that tell of the data, and the settings that name them."""
    info = run.info
    is_ready = run.data.get("kind") == "ready"
    changes: dict[str, Any] = {
        "source": info.get("source", "") if is_ready else OWN,
        "why": "",
        "message": "",
        "messages": [],
        "differs": [knob for knob in info.get("differs", ()) if not _names_data(knob["key"])],
    }
    return cast(RunInfo, {**info, **changes})


def _names_data(key: str) -> bool:
    return key.startswith("data.") or key == "system"


def _data(data: DataInfo) -> DataInfo:
    found = [_bare(finding) for finding in data.get("findings", ())]
    return cast(DataInfo, {**data, "source": OWN, "options": {}, "findings": found})


def _diagnosis(diagnosis: DiagnosisJson) -> DiagnosisJson:
    """Findings on layers and gaps are figures; one on data, NW2.., may quote examples."""
    found = [_bare(one) if one["code"].startswith("NW2") else one for one in diagnosis["findings"]]
    return {**diagnosis, "findings": found}


def _bare(finding: FindingJson) -> FindingJson:
    """Its code and name alone: its message may quote examples."""
    return {**finding, "message": "", "figures": {}, "do": []}


def _recipe(run: RunFiles) -> str:
    """``recipe.yaml`` but for its section ``data``."""
    import yaml

    try:
        shown = _without(run.recipe, "data")
    except RunError:
        return ""
    return yaml.safe_dump(shown, sort_keys=False, allow_unicode=True) if shown else ""


def _without(values: Mapping[str, Any], key: str) -> Any:
    return {name: value for name, value in values.items() if name != key}
