"""An application served to this machine alone, until the person ends it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from netwright.base.errors import NetwrightError, reason_of
from netwright.studio.guard import App, Guard

if TYPE_CHECKING:
    import uvicorn


def serve(app: App, port: int, ready: Callable[[str], None]) -> None:
    """Answer until Ctrl-C or SIGTERM.

    Args:
        port: to listen on; 0: one that is free.
        ready: called with the page's address once it can be opened.

    Raises:
        NetwrightError: nothing can listen on that port.
    """
    with contextlib.closing(listening(port)) as listener:
        url, server = server_of(app, listener)
        ready(url)
        # uvicorn lets the signal that ended it come once more when it is done
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def server_of(app: App, listener: socket.socket) -> tuple[str, uvicorn.Server]:
    """The address of the page, and what serves it there."""
    import uvicorn

    guard = Guard(app, listener.getsockname()[1])
    config = uvicorn.Config(
        guard,
        access_log=False,
        http="h11",
        lifespan="off",
        log_level="critical",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        ws="none",
    )
    return guard.url, uvicorn.Server(config)


def listening(port: int) -> socket.socket:
    """A socket of this machine alone.

    Raises:
        NetwrightError: nothing can listen on that port.
    """
    # asyncio sends what is ready at once (TCP_NODELAY) where this is named; else a key waits 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise NetwrightError(
            f"nothing can listen on port {port}: {reason_of(error)}; name another with --port, or"
            " leave it out."
        ) from None
    return listener
