"""The page as a web application: what is asked for by which address."""

from __future__ import annotations

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

FILES = {"": "text/html", "page.css": "text/css", "page.js": "text/javascript"}
"""Name in the address -> what it is; nothing else on the disk is read."""


def of_errors(page: ErrorPage) -> Starlette:
    """The application of a page of error analysis."""

    async def state(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(page.whole))

    async def changes(request: Request) -> Response:
        return JSONResponse(page.since(_whole(request.query_params.get("since", "0"))))

    async def example(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(page.example, request.path_params["row"]))

    async def near(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(page.near, request.path_params["row"]))

    async def picture(request: Request) -> Response:
        return _png(await run_in_threadpool(page.picture, request.path_params["row"]))

    async def of_train(request: Request) -> Response:
        return _png(await run_in_threadpool(page.picture_of_train, request.path_params["row"]))

    async def do(request: Request) -> Response:
        try:
            action = read_json.parse((await request.body()).decode())
        except (UnreadableError, UnicodeDecodeError):
            return PlainTextResponse("what was sent is no JSON.\n", 400)
        return JSONResponse(page.do(action))

    return Starlette(
        routes=[
            *(Route(f"/{name}", _file(name, kind)) for name, kind in FILES.items()),
            Route("/state", state),
            Route("/changes", changes),
            Route("/examples/{row:int}", example),
            Route("/near/{row:int}", near),
            Route("/pictures/{row:int}.png", picture),
            Route("/train/{row:int}.png", of_train),
            Route("/do", do, methods=["POST"]),
        ],
        exception_handlers={NetwrightError: _refused},
    )


def _file(name: str, kind: str) -> Any:
    content = (Path(__file__).parent / (name or "page.html")).read_bytes()

    async def answer(request: Request) -> Response:
        return Response(content, media_type=kind)

    return answer


async def _refused(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 404)


def _png(content: bytes | None) -> Response:
    if content is None:
        return PlainTextResponse("no picture.\n", 404)
    return Response(content, media_type="image/png")


def _whole(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 12 else 0
