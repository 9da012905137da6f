"""A page that is open until the person ends it."""

from __future__ import annotations

from typing import Any

from netwright.cli import console


def until_ended(app: Any, port: int, *, browser: bool) -> None:
    """Serve it to this machine alone.

    Raises:
        NetwrightError: nothing can listen on that port.
    """
    import webbrowser

    from netwright.studio import serving

    def ready(url: str) -> None:
        console.result(url)
        console.message("This page is for this machine alone; Ctrl-C ends it, all is kept.")
        if browser:
            webbrowser.open(url)

    serving.serve(app, port, ready)
