"""netwright: build neural-network systems that work.

Names are loaded on first use: importing this loads no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netwright.base.errors import NetwrightError
    from netwright.verbs import Run, runs, train
    from netwright.verbs import open_run as open  # noqa: A004

_HOMES = {
    "NetwrightError": ("netwright.base.errors", "NetwrightError"),
    "Run": ("netwright.verbs", "Run"),
    "open": ("netwright.verbs", "open_run"),
    "runs": ("netwright.verbs", "runs"),
    "train": ("netwright.verbs", "train"),
}

__all__ = ["NetwrightError", "Run", "open", "runs", "train"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'netwright' has no attribute '{name}'; it has {', '.join(_HOMES)}.")
    import importlib

    home = _HOMES[name][0]
    module = importlib.import_module(home)
    # all of the home's names at once: importing the package netwright.runs put it in the place of the verb `runs`
    globals().update({own: getattr(module, attribute) for own, (where, attribute) in _HOMES.items() if where == home})
    return globals()[name]
