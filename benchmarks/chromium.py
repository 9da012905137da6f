"""A headless Chromium, driven over its DevTools protocol through a pair of pipes."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")

FOUND = next((path for name in NAMES if (path := shutil.which(name))), None)
"""Where it lies; None: it is not there."""

KEYS = {"Enter": 13, "Escape": 27, "End": 35, "Home": 36, "ArrowUp": 38, "ArrowDown": 40}


class NavigatedError(AssertionError):
    """The page went away, to be loaded again, while it was looked at."""


@dataclass
class Browser:
    """One browser; what it asks of the network is noted.

    Args:
        to, back: the pipes.
    """

    to: int
    back: int
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _rest: bytes = b""

    def call(self, method: str, session: str | None = None, **values: Any) -> dict[str, Any]:
        """One command, and its result."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": values}
        if session is not None:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            found = self._next()
            if found.get("id") == number:
                if "navigated" in found.get("error", {}).get("message", ""):
                    raise NavigatedError(found)
                assert "error" not in found, found
                return dict(found["result"])
            self._note(found)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self.back, 1 << 16)
            assert part, "the browser ended"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))

    def _note(self, event: dict[str, Any]) -> None:
        values = event.get("params", {})
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.append(values["request"]["url"])
        if event.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
            self.console.append(json.dumps(values)[:500])

    def open(self, url: str) -> Tab:
        """A new tab, loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session, target)
        self.tabs.append(tab)
        for domain in ("Page", "Runtime", "Network", "Log"):
            tab.call(f"{domain}.enable")
        tab.call("Page.navigate", url=url)
        return tab


@dataclass
class Tab:
    """One tab."""

    browser: Browser
    session: str
    target: str

    def close(self) -> None:
        """Close it."""
        self.browser.call("Target.closeTarget", targetId=self.target)

    def call(self, method: str, **values: Any) -> dict[str, Any]:
        """One command."""
        return self.browser.call(method, self.session, **values)

    def run(self, expression: str) -> Any:
        """The value of an expression, awaited."""
        found = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, expression: str, seconds: float = 60) -> None:
        """Wait until it is true."""
        end = time.monotonic() + seconds
        while not self._is(expression):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.02)

    def _is(self, expression: str) -> bool:
        try:
            return bool(self.run(expression))
        except NavigatedError:
            return False

    def key(self, name: str) -> None:
        """Press a key."""
        text = name if len(name) == 1 else "\r" if name == "Enter" else ""
        code = KEYS.get(name, ord(name.upper()) if len(name) == 1 else 0)
        common = {"key": name, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.call("Input.insertText", text=text)

    def reload(self) -> None:
        """Load the page again."""
        self.run("window.__old = true")
        self.call("Page.reload")
        self.until("window.__old !== true && document.readyState === 'complete'")


@contextlib.contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser with an empty profile in a folder, ended with the block."""
    assert FOUND is not None
    out_read, out_write = os.pipe()
    in_read, in_write = os.pipe()

    def pipes() -> None:  # 3 and 4 are where the browser looks for them
        os.dup2(os.dup(out_read), 3)
        os.dup2(os.dup(in_write), 4)

    process = subprocess.Popen(
        [
            FOUND,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            "--remote-debugging-pipe",
            f"--user-data-dir={folder}",
        ],
        preexec_fn=pipes,
        close_fds=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(out_read)
    os.close(in_write)
    found = Browser(out_write, in_read)
    try:
        yield found
    finally:
        with contextlib.suppress(OSError, AssertionError):
            found.call("Browser.close")
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(out_write)
        os.close(in_read)
