"""``netwright info``."""

from __future__ import annotations

from typing import Any

import click

from netwright.cli import console, options


@click.command("info")
@options.store
@options.as_json
def command(store: str | None, as_json: bool) -> None:
    """Print versions, hardware and the folder of runs, to paste into a bug report.

    It holds no names of persons and no other folder, and works with a broken torch too.
    """
    from netwright.runs import store as stores
    from netwright.runs.environment import bug_report

    found = bug_report(stores.folder(store))
    if as_json:
        console.as_json(found)
        return
    for name, value in _lines(found):
        console.result(f"{name:<14}{value}")


def _lines(found: dict[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of every line."""
    torch = found["torch"]
    works = "problem" not in torch
    memory = found["memory_gib"]
    extras = [extra for extra, installed in found["extras"].items() if installed]
    return [
        ("netwright", found["netwright"] or "not installed, run from its source"),
        ("python", found["python"]),
        ("system", found["system"]),
        ("memory", f"{memory} GiB" if memory else "unknown"),
        ("cores", str(found["cpus"])),
        *([("threads", str(torch["threads"]))] if works else []),
        *([("processor", torch["processor"])] if works else []),
        *([("devices", "; ".join(torch["devices"]))] if works else []),
        ("runs folder", found["runs"]),
        ("extras", ", ".join(extras) or "none"),
        *(
            (name, version or "not installed")
            for name, version in found["packages"].items()
            if name != "torch"
        ),
        ("torch", torch["version"] or "not installed"),
        *([] if works else [("", f"torch cannot be imported: {torch['problem']}")]),
    ]
