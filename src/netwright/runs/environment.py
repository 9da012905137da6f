"""What a run was made with: versions and hardware."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from typing import Any

PACKAGES = ("netwright", "torch", "numpy", "polars", "pillow", "scikit-learn", "safetensors")


def environment(device: str) -> dict[str, Any]:
    """Python, packages, machine, threads and the command, without names of persons or folders."""
    import torch

    return {
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "system": f"{platform.system()} {platform.machine()}",
        "processor": torch.backends.cpu.get_cpu_capability(),
        "cpus": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": device,
        "command": (
            " ".join(["netwright", *sys.argv[1:]])
            if sys.argv[0].endswith(("netwright", "__main__.py"))
            else "python"
        ),
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
