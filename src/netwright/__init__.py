"""netwright: build neural-network systems that work.

Names are loaded on first use: importing this loads nothing, so that the command line can answer
Ctrl-C from its first line on.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what type checkers take for true
if TYPE_CHECKING:
    from typing import Any

    from netwright.api import (
        Run,
        batch_size,
        blame,
        check_system,
        combine,
        compare,
        curve,
        drift,
        ensemble,
        export,
        find_lr,
        improve,
        inspect,
        largest_batch,
        list_runs,
        list_studies,
        load_onnx,
        load_weights,
        mismatch,
        open_study,
        schedule,
        search,
        slices,
        tidy,
        train,
    )
    from netwright.api import open_run as open  # noqa: A004
    from netwright.base.errors import NetwrightError

_HOMES = {
    "NetwrightError": ("netwright.base.errors", "NetwrightError"),
    "Run": ("netwright.api", "Run"),
    "open": ("netwright.api", "open_run"),
    "batch_size": ("netwright.api", "batch_size"),
    "blame": ("netwright.api", "blame"),
    "check_system": ("netwright.api", "check_system"),
    "combine": ("netwright.api", "combine"),
    "compare": ("netwright.api", "compare"),
    "drift": ("netwright.api", "drift"),
    "largest_batch": ("netwright.api", "largest_batch"),
    "curve": ("netwright.api", "curve"),
    "list_runs": ("netwright.api", "list_runs"),
    "list_studies": ("netwright.api", "list_studies"),
    "load_onnx": ("netwright.api", "load_onnx"),
    "load_weights": ("netwright.api", "load_weights"),
    "mismatch": ("netwright.api", "mismatch"),
    "open_study": ("netwright.api", "open_study"),
    "schedule": ("netwright.api", "schedule"),
    "ensemble": ("netwright.api", "ensemble"),
    "export": ("netwright.api", "export"),
    "find_lr": ("netwright.api", "find_lr"),
    "improve": ("netwright.api", "improve"),
    "inspect": ("netwright.api", "inspect"),
    "search": ("netwright.api", "search"),
    "slices": ("netwright.api", "slices"),
    "tidy": ("netwright.api", "tidy"),
    "train": ("netwright.api", "train"),
}

__all__ = [
    "NetwrightError",
    "Run",
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
    "largest_batch",
    "list_runs",
    "list_studies",
    "load_onnx",
    "load_weights",
    "mismatch",
    "open",
    "open_study",
    "schedule",
    "search",
    "slices",
    "tidy",
    "train",
]


def __dir__() -> list[str]:
    return [*__all__]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(
            f"module 'netwright' has no attribute '{name}'; it has {', '.join(_HOMES)}."
        )
    import importlib

    home, attribute = _HOMES[name]
    return getattr(importlib.import_module(home), attribute)
