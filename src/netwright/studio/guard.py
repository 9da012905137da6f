"""Who may ask a local page: the browser of this machine that was given its address, and nobody
else.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

MOST_BYTES = 1 << 20
"""Of what is sent to the page."""

GONE = 410
"""The status by which a page knows that its program has ended, and another listens here."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src"
        " 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Of every answer: nothing is loaded from elsewhere, nothing is kept, nobody frames the page."""


@dataclass(frozen=True)
class Guard:
    """An application that only its own page may talk to.

    A page of a stranger's in the same browser is kept out: it does not know the token; its requests
    carry another Origin; and where its name is made to point to this machine (DNS rebinding), the
    Host is another.

    Args:
        app: what is guarded; it sees paths without the token.
        port: that it listens on.
        token: the first part of every path.
    """

    app: App
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self.port}/{self.token}/"

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        status, reason = self._refusal(scope)
        if status:
            await _refuse(send, status, reason)
            return
        path = scope["path"].removeprefix(f"/{self.token}")
        inner = {**scope, "path": path, "raw_path": path.encode(), "root_path": ""}
        await self.app(inner, _bounded(receive), _with_headers(send))

    def _refusal(self, scope: Message) -> tuple[int, str]:
        """Status and reason; 0: it may ask."""
        found = _headers(scope["headers"])
        hosts = {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}
        if found.get("host", []) not in [[host] for host in hosts]:
            return 403, "this page is for this machine alone"
        origins = {f"http://{host}" for host in hosts}
        if any(origin not in origins for origin in found.get("origin", [])):
            return 403, "another page may not ask this one"
        # a link on another page may lead here: who has the token
        is_opened = found.get("sec-fetch-mode") == ["navigate"] and scope["method"] == "GET"
        sites = set() if is_opened else set(found.get("sec-fetch-site", []))
        if sites - {"same-origin", "none"}:
            return 403, "another page may not ask this one"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "GET and POST are known"
        if scope["method"] == "POST" and found.get("content-type") != ["application/json"]:
            return 415, "expected JSON"
        sizes = found.get("content-length", [])
        if any(not size.isdigit() or int(size) > MOST_BYTES for size in sizes):
            return 413, "too much at once"
        token = scope["path"][1:].partition("/")[0]
        if not secrets.compare_digest(token.encode(), self.token.encode()):
            return GONE, "the program was started anew: open the address that it printed"
        return 0, ""


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in raw:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


async def _refuse(send: Send, status: int, reason: str) -> None:
    headers = {**HEADERS, "content-type": "text/plain; charset=utf-8"}
    await send({"type": "http.response.start", "status": status, "headers": _raw(headers)})
    await send({"type": "http.response.body", "body": f"{reason}.\n".encode()})


def _bounded(receive: Receive) -> Receive:
    """A body that ends where it grows too large, whatever its headers say."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return message if seen <= MOST_BYTES else {"type": "http.disconnect"}

    return bounded


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *_raw(HEADERS)]}
        await send(message)

    return wrapped


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
