"""``python -m benchmarks [NAME...] [--rounds 7] [--kills 200] [--inputs 20000] [--only TABLE,...]
[--size 1000] [--seconds 240] [--json]``: run benchmarks, print their tables.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path

from benchmarks import (
    augment,
    classic,
    compiling,
    depth,
    doctor,
    error_page,
    export,
    gpu,
    localizer,
    lr_finder,
    memory,
    mnist,
    music,
    photographs,
    preset,
    race,
    ragged,
    search,
    sequence,
    startup,
    text,
    text_names,
    text_speed,
    throughput,
    transfer,
    wrong_labels,
)
from benchmarks.harness import BenchmarkError, Runner
from benchmarks.improve import compare
from benchmarks.reliability import tables as reliability
from benchmarks.tables import accuracy, mutated, reading
from benchmarks.workloads import CACHE, CLASSIC, ON_GPU, WORKLOADS

RUNNERS: dict[str, Runner] = {
    **{name: partial(throughput.run, names=(name,)) for name in WORKLOADS},
    "startup": startup.run,
    "memory": memory.run,
    "mnist": mnist.run,
    "photographs": photographs.run,
    "preset": preset.run,
    "race": race.run,
    "ragged": ragged.run,
    "lr_finder": lr_finder.run,
    "augment": augment.run,
    "search": search.run,
    "compile": compiling.run,
    "depth": depth.run,
    "text": text.run,
    "text_augment": text.augmented,
    "sequence": sequence.run,
    "localizer": localizer.run,
    "music": music.run,
    "transfer": transfer.run,
    "error_page": error_page.run,
    "export": export.run,
    "text_names": text_names.run,
    "text_speed": text_speed.run,
    "wrong_labels": wrong_labels.run,
    "doctor": doctor.run,
    **{name: partial(classic.run, names=(name,)) for name in CLASSIC},
    **{f"gpu-{name}": partial(gpu.run, names=(name,)) for name in ON_GPU},
}
RELIABILITY: dict[str, tuple[str, ...]] = {
    "reliability": tuple(reliability.PARTS),
    **{f"reliability-{part}": (part,) for part in reliability.PARTS},
}
"""All of it, and each part alone; ``--kills`` and ``--inputs`` say how much is tried."""

OF_THE_DOCTOR: dict[str, Runner] = {
    f"doctor-{part}": partial(doctor.run, parts=(part,)) for part in doctor.PARTS
}
"""Each part of ``doctor`` alone."""

SIZED = ("tables", "tables-reading", "tables-mutated", "improve")
"""``--only`` names some of the data, ``--size`` says how many megabytes are read, ``--inputs`` how
many tables are changed, ``--seconds`` how much CPU time each way to improve has.
"""

NAMES = (*RUNNERS, *OF_THE_DOCTOR, *SIZED, *RELIABILITY)


def main() -> None:
    """Tables on stdout, progress on stderr; exit code 1 when a benchmark could not run at all."""
    chosen = _arguments()
    size = reliability.Size.of(chosen.kills, chosen.inputs)
    runners: dict[str, Runner] = {
        **RUNNERS,
        **OF_THE_DOCTOR,
        **{name: partial(reliability.run, size, parts) for name, parts in RELIABILITY.items()},
        **dict(zip(SIZED, _sized(chosen), strict=True)),
    }
    surroundings = machine()
    tables, failed = [], []
    if not chosen.json:
        print("\n".join(f"- {name}: {value}" for name, value in surroundings.items()))
    for name in chosen.names or [*RUNNERS, *SIZED, "reliability"]:
        try:
            found = runners[name](chosen.rounds, _log)
        except BenchmarkError as error:
            failed.append(name)
            _log(f"{name} could not be run: {error}")
            continue
        tables += found
        if not chosen.json:
            print("".join(f"\n{table}\n" for table in found), flush=True)
    if chosen.json:
        print(
            json.dumps(
                {"machine": surroundings, "tables": [asdict(table) for table in tables]}, indent=1
            )
        )
    sys.exit(1 if failed else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure netwright beside its peers."
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"which: {', '.join(NAMES)} (default: all)",
    )
    parser.add_argument(
        "--rounds", type=int, default=7, help="interleaved rounds that count (default 7)"
    )
    parser.add_argument(
        "--kills", type=int, default=200, help="of reliability, of trainings (default 200)"
    )
    parser.add_argument(
        "--inputs",
        type=int,
        default=20_000,
        help="of reliability and tables-mutated, damaged (default 20000)",
    )
    parser.add_argument("--only", default="", help="of tables, improve: these, parted by commas")
    parser.add_argument(
        "--size", type=int, default=1000, help="of tables-reading, megabytes (default 1000)"
    )
    parser.add_argument(
        "--seconds", type=int, default=240, help="of improve, CPU time of each way (default 240)"
    )
    parser.add_argument(
        "--json", action="store_true", help="every round's figures as JSON, instead of tables"
    )
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in NAMES]
    if unknown:
        parser.error(f"no benchmark '{unknown[0]}'; there are {', '.join(NAMES)}")
    for option in ("rounds", "kills", "inputs", "size", "seconds"):
        if (number := getattr(chosen, option)) < 1:
            parser.error(f"--{option} {number}: expected at least 1")
    return chosen


def _sized(chosen: argparse.Namespace) -> tuple[Runner, ...]:
    only = [name for name in chosen.only.split(",") if name]
    return (
        partial(accuracy.run, only),
        partial(reading.run, chosen.size),
        partial(mutated.run, chosen.inputs),
        partial(compare.run, only, chosen.seconds),
    )


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def machine() -> dict[str, str]:
    """What the figures depend on: processor, load, versions; no names of hosts or persons."""
    from importlib.metadata import PackageNotFoundError, version

    versions = {}
    for package in ("netwright", "torch", "numpy", "scikit-learn"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "load in the last minute": (
            f"{os.getloadavg()[0]:.2f} (figures are good only below about 0.3)"
        ),
        "python": platform.python_version(),
        **versions,
        **peers(),
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def peers() -> dict[str, str]:
    """The version of each peer in its venv, and of the torch beside it."""
    found = {}
    for frozen in sorted(CACHE.glob("*/versions.txt")):
        name = frozen.parent.name
        lines = dict(
            line.split("==", 1) for line in frozen.read_text().splitlines() if "==" in line
        )
        found[name] = f"{lines.get(name, '?')} (torch {lines.get('torch', '?')})"
    return found


if __name__ == "__main__":
    main()
