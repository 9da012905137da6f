"""Systems outside the package, as if nobody had named one."""

from __future__ import annotations

import sys

from netwright import systems

OURS = ("outside", "own_verbs", "place")
"""Modules of the room that are no system."""


def forget() -> None:
    """No system outside the package is known or imported any more."""
    systems._named.clear()
    for name in [name for name in sys.modules if name.startswith("netwright.systems.")]:
        if name.split(".")[2] not in (*systems.names(), *OURS):
            del sys.modules[name]
