"""What a run was made with, and what a bug report needs: versions and hardware, without names of
persons.
"""

from __future__ import annotations

import functools
import os
import platform
import re
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from netwright.base.visible import one_line

PACKAGES = ("netwright", "torch", "numpy", "polars", "pillow", "scikit-learn", "safetensors")


def environment(device: str) -> dict[str, Any]:
    """Python, packages, machine, threads and the command, without names of persons or folders."""
    import torch

    return {
        "python": platform.python_version(),
        "packages": dict(_versions()),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": torch.backends.cpu.get_cpu_capability(),
        "cpus": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": device,
        "command": (
            one_line(" ".join(["netwright", *sys.argv[1:]]))
            if sys.argv[0].endswith(("netwright", "__main__.py"))
            else "python"
        ),
    }


def bug_report(runs: Path) -> dict[str, Any]:
    """What helps to understand a mistake on another machine; the only folder named is ``runs``.

    It comes back whatever is broken: an entry of ``torch`` called ``problem`` says why torch cannot
    be imported.
    """
    required, extras = _requirements()
    return {
        "netwright": _version("netwright"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.platform(),
        "cpus": os.cpu_count(),
        "memory_gib": _memory(),
        "torch": _torch(),
        "packages": {name: _version(name) for name in required},
        "extras": {
            extra: all(_version(name) is not None for name in names)
            for extra, names in extras.items()
        },
        "runs": _without_home(str(runs.absolute())),
    }


def _torch() -> dict[str, Any]:
    """The version, the processor as torch sees it, threads and devices; or why there is none."""
    try:
        import torch

        cuda = [torch.cuda.get_device_properties(at) for at in range(torch.cuda.device_count())]
        return {
            "version": torch.__version__,
            "processor": torch.backends.cpu.get_cpu_capability(),
            "threads": torch.get_num_threads(),
            "devices": [
                "cpu",
                *(f"cuda: {one.name}, {one.total_memory / 2**30:.0f} GiB" for one in cuda),
                *(["mps"] if torch.backends.mps.is_available() else []),
            ],
        }
    except Exception as error:  # a torch torn in an update fails in any way, and that is the report
        reason = " ".join(str(error).split())
        return {
            "version": _version("torch"),
            "problem": _without_home(f"{type(error).__name__}: {reason}"),
        }


def _memory() -> float | None:
    """GiB of the machine; None where the system does not tell."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None


def _requirements() -> tuple[list[str], Mapping[str, list[str]]]:
    """The packages that netwright needs, and those of each extra, from its own metadata."""
    try:
        lines = metadata.requires("netwright") or []
    except metadata.PackageNotFoundError:  # run from its source, not installed
        return list(PACKAGES[1:]), {}
    needed: list[str] = []
    extras: dict[str, list[str]] = {}
    for line in lines:
        name = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        extra = re.search(r"extra == ['\"](\w+)['\"]", line)
        (extras.setdefault(extra[1], []) if extra else needed).append(name)
    return needed, extras


@functools.cache
def _versions() -> Mapping[str, str | None]:
    """Those of this process, which parses them once: many trainings may follow each other in it."""
    return {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _without_home(text: str) -> str:
    """``~`` for the home and ``.venv`` for the folder of this Python, wherever they stand in it."""
    for folder, short in ((sys.prefix, ".venv"), (str(Path.home()), "~")):
        if folder != os.sep:
            text = re.sub(rf"{re.escape(folder)}(?![\w.-])", short, text)
    return text
