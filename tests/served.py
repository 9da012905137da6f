"""Local pages, served from this process; and a sample of made-up mistakes for one."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import netwright as nw
from netwright.api.errors.analysis import ErrorAnalysis, SampledMistake
from netwright.studio import serving
from netwright.studio.app import of_errors
from netwright.studio.error_page import ErrorPage


@dataclass
class Served:
    """A page that is served.

    Args:
        url: of the page.
    """

    url: str
    store: Path

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].split("/")[0])

    @property
    def path(self) -> str:
        return "/" + self.url.split("/", 3)[3]

    def ask(
        self, path: str, method: str = "GET", body: Any = None, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and "content-type" not in named:
            named["content-type"] = "application/json"
        content = json.dumps(body) if body is not None else None
        connection.request(method, path, content, named)
        answer = connection.getresponse()
        found = answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()}
        connection.close()
        return found

    def json(self, name: str) -> Any:
        status, content, _ = self.ask(self.path + name)
        assert status == 200, content
        return json.loads(content)

    def do(self, kind: str, ids: list[str], tab: str = "a", **values: str) -> Any:
        return self.act(kind, tab, ids=ids, **values)

    def act(self, kind: str, tab: str = "a", **values: Any) -> Any:
        action = {"tab": tab, "kind": kind, **values}
        status, content, _ = self.ask(self.path + "do", "POST", action)
        assert status == 200, content
        return json.loads(content)


@contextlib.contextmanager
def serving_app(app: Any, store: Path) -> Iterator[Served]:
    with contextlib.closing(serving.listening(0)) as listener:
        url, server = serving.server_of(app, listener)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Served(url, store)
        finally:
            server.should_exit = True
            thread.join()


def serving_of(found: ErrorAnalysis, examples: Any) -> contextlib.AbstractContextManager[Served]:
    return serving_app(of_errors(ErrorPage(found, examples)), found.store)


def many(run: nw.Run, count: int) -> ErrorAnalysis:
    """A sample of so many mistakes, of made-up examples."""
    found = run.errors(1)
    examples = found.truths.examples
    ids = [f"id{at}" for at in range(count)]
    made = replace(
        examples,
        inputs=[None] * count,
        targets=["1"] * count,
        ids=ids,
        sources=[f"made[{at}]" for at in range(count)],
    )
    mistakes = tuple(
        SampledMistake(at, ids[at], made.sources[at], "1", "7", 0.5, 1.0, 1, f"g{at % 50}")
        for at in range(count)
    )
    return replace(found, mistakes=mistakes, truths=replace(found.truths, examples=made))
