"""The verbs in Python, which the command line calls to print what they give. ``netwright`` exports
them, ``open_run`` as ``open``. Names are loaded on first use: looking at data loads no recipe.

import netwright as nw
run = nw.train("digits", model="lenet5")
run.diagnose(human_error=0.002)
run.predict(images)
found = nw.search("digits", space={"optimizer.lr": [1e-4, 1e-1]}, trials=20)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netwright.api.batch_sizes import batch_size, largest_batch
    from netwright.api.checking import Check, check_system
    from netwright.api.comparing import compare
    from netwright.api.domains.comparing import mismatch
    from netwright.api.ensembles import Ensemble, combine
    from netwright.api.exporting.exported import ExportedNet, load_onnx
    from netwright.api.exporting.writing import export
    from netwright.api.inside.inspecting import inspect
    from netwright.api.judged.blame import blame
    from netwright.api.judged.drift import drift
    from netwright.api.judged.slices import slices
    from netwright.api.kept.published_net import PublishedNet, load_weights
    from netwright.api.kept.store import list_runs, open_run, tidy
    from netwright.api.learning_rates import find_lr, schedule
    from netwright.api.run import Run
    from netwright.api.searching import again, join, search
    from netwright.api.studies import curve, ensemble, improve, list_studies, open_study
    from netwright.api.summaries import summary
    from netwright.api.training import train

__all__ = [
    "Check",
    "Ensemble",
    "ExportedNet",
    "PublishedNet",
    "Run",
    "again",
    "batch_size",
    "blame",
    "check_system",
    "combine",
    "compare",
    "curve",
    "drift",
    "ensemble",
    "export",
    "find_lr",
    "improve",
    "inspect",
    "join",
    "largest_batch",
    "list_runs",
    "list_studies",
    "load_onnx",
    "load_weights",
    "mismatch",
    "open_run",
    "open_study",
    "schedule",
    "search",
    "slices",
    "summary",
    "tidy",
    "train",
]

_HOMES = {
    "comparing": ("compare",),
    "batch_sizes": ("batch_size", "largest_batch"),
    "checking": ("Check", "check_system"),
    "ensembles": ("Ensemble", "combine"),
    "exporting.exported": ("ExportedNet", "load_onnx"),
    "kept.published_net": ("PublishedNet", "load_weights"),
    "exporting.writing": ("export",),
    "learning_rates": ("find_lr", "schedule"),
    "inside.inspecting": ("inspect",),
    "judged.blame": ("blame",),
    "judged.drift": ("drift",),
    "judged.slices": ("slices",),
    "domains.comparing": ("mismatch",),
    "kept.store": ("list_runs", "open_run", "tidy"),
    "run": ("Run",),
    "searching": ("again", "join", "search"),
    "studies": ("curve", "ensemble", "improve", "list_studies", "open_study"),
    "summaries": ("summary",),
    "training": ("train",),
}


def __dir__() -> list[str]:
    return [*__all__]


def __getattr__(name: str) -> Any:
    import importlib

    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"netwright.api.{home}"), name)
    raise AttributeError(f"module 'netwright.api' has no attribute '{name}'.")
