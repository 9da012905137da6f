"""The pages as web applications: what is asked for by which address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from netwright.base import read_json
from netwright.base.errors import NetwrightError, UnreadableError
from netwright.studio.error_page import ErrorPage
from netwright.studio.human_page import HumanPage

SHARED = ("page.css", "line.js")
"""What every page loads beside a script of its own; no other file on the disk is read."""

KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


def of_errors(page: ErrorPage) -> Starlette:
    """The application of a page of error analysis."""
    return _application(
        "errors",
        page,
        Route("/near/{row:int}", _json(page.near)),
        Route("/train/{row:int}.png", _png(page.picture_of_train)),
        Route("/mistakes.csv", _csv(page.csv, "mistakes.csv")),
    )


def of_people(page: HumanPage) -> Starlette:
    """The application of a page on which a person answers examples."""
    return _application("human", page)


def _application(name: str, page: ErrorPage | HumanPage, *more: Route) -> Starlette:
    """A page called so, its files, and what all pages do."""

    async def state(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(page.whole))

    async def changes(request: Request) -> Response:
        return JSONResponse(page.since(_whole(request.query_params.get("since", "0"))))

    async def do(request: Request) -> Response:
        try:
            action = read_json.parse((await request.body()).decode())
        except (UnreadableError, UnicodeDecodeError):
            return PlainTextResponse("what was sent is no JSON.\n", 400)
        return JSONResponse(await run_in_threadpool(page.do, action))

    return Starlette(
        routes=[
            Route("/", _file(f"{name}.html")),
            *(Route(f"/{file}", _file(file)) for file in (f"{name}.js", *SHARED)),
            Route("/state", state),
            Route("/changes", changes),
            Route("/examples/{row:int}", _json(page.example)),
            Route("/pictures/{row:int}.png", _png(page.picture)),
            Route("/do", do, methods=["POST"]),
            *more,
        ],
        exception_handlers={NetwrightError: _refused},
    )


def _json(of: Callable[[int], Any]) -> Any:
    async def answer(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(of, request.path_params["row"]))

    return answer


def _png(of: Callable[[int], bytes | None]) -> Any:
    async def answer(request: Request) -> Response:
        content = await run_in_threadpool(of, request.path_params["row"])
        if content is None:
            return PlainTextResponse("no picture.\n", 404)
        return Response(content, media_type="image/png")

    return answer


def _csv(of: Callable[[], str], name: str) -> Any:
    async def answer(request: Request) -> Response:
        named = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(await run_in_threadpool(of), media_type="text/csv", headers=named)

    return answer


def _file(name: str) -> Any:
    content = (Path(__file__).parent / name).read_bytes()
    kind = KINDS[name.rpartition(".")[2]]

    async def answer(request: Request) -> Response:
        return Response(content, media_type=kind)

    return answer


async def _refused(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 404)


def _whole(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 12 else 0
