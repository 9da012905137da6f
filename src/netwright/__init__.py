"""netwright: build neural-network systems that work.

Names are loaded on first use: importing this loads no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netwright.base.errors import NetwrightError
    from netwright.verbs import (
        Run,
        batch_size,
        find_lr,
        largest_batch,
        list_runs,
        schedule,
        search,
        train,
    )
    from netwright.verbs import open_run as open  # noqa: A004

_HOMES = {
    "NetwrightError": ("netwright.base.errors", "NetwrightError"),
    "Run": ("netwright.verbs", "Run"),
    "open": ("netwright.verbs", "open_run"),
    "batch_size": ("netwright.verbs", "batch_size"),
    "largest_batch": ("netwright.verbs", "largest_batch"),
    "list_runs": ("netwright.verbs", "list_runs"),
    "schedule": ("netwright.verbs", "schedule"),
    "find_lr": ("netwright.verbs", "find_lr"),
    "search": ("netwright.verbs", "search"),
    "train": ("netwright.verbs", "train"),
}

__all__ = [
    "NetwrightError",
    "Run",
    "batch_size",
    "find_lr",
    "largest_batch",
    "list_runs",
    "open",
    "schedule",
    "search",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(
            f"module 'netwright' has no attribute '{name}'; it has {', '.join(_HOMES)}."
        )
    import importlib

    home, attribute = _HOMES[name]
    return getattr(importlib.import_module(home), attribute)
