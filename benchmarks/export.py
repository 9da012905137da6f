"""How soon an exported net answers to one example, beside its run in PyTorch.

Both have the same work on one thread: from the arrays of one example (uint8 pixels, numbers, words)
to what an answer is made of (probabilities, a number). Calls in turn, medians of each round.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import Ratio, Table, cell

CALLS = 200
"""Of each in a round."""

AIMS = {"lenet5": 5.0, "resnet18": 1.5}
"""How many times as fast the exported net is to be at least."""


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Every net, ``rounds`` times in turn."""
    rows, figures = [], {}
    for (kind, name), data in _workloads().items():
        log(f"export: {name}")
        times, sizes = _measured(data, name, rounds)
        for_one = {how: [1e3 * one for one in some] for how, some in times.items()}
        ratios = {how: Ratio.between(times["eager"], times[how]) for how in ("exported", "int8")}
        aim = f"{AIMS[name]:g}" if name in AIMS else ""
        rows.append(
            (
                f"{kind}, {name}",
                *(f"{median(for_one[how]):.3g}" for how in times),
                cell(ratios["exported"]),
                aim,
                cell(ratios["int8"]),
                *(f"{size / 1e6:.2f}" for size in sizes),
            )
        )
        figures[f"{kind}, {name}"] = {"milliseconds": for_one, "bytes": sizes}
    heads = ("eager ms", "exported ms", "int8 ms", "times as fast", "aim", "int8")
    return [
        Table(
            "One answer on one thread: exported against PyTorch",
            ("net", *heads, "MB", "int8 MB"),
            tuple(rows),
            (
                f"Median milliseconds of {CALLS} calls a round, in turn; ratios inside a round,"
                " median and spread over the rounds.",
                "Eager: the run's own prepare, net and softmax in torch.inference_mode. int8 as"
                " netwright export --int8 makes it; it refuses what is not faster.",
            ),
            figures,
        )
    ]


def _workloads() -> Mapping[tuple[str, str], Any]:
    """(what is read, model) -> data that are trained on for a moment."""
    import numpy as np

    rng = np.random.default_rng(0)
    labels = np.array([f"{at % 10}" for at in range(200)])
    grey, colour = (
        rng.integers(0, 256, (200, 32, 32, channels), dtype=np.uint8) for channels in (1, 3)
    )
    rows = rng.normal(size=(400, 12)).astype(np.float32)
    return {
        ("32x32 grey", "lenet5"): (grey, labels),
        ("32x32 colour", "resnet-small"): (colour, labels),
        ("32x32 colour", "resnet18"): (colour, labels),
        ("rows of 12 numbers", "mlp-embedded"): (rows, rows[:, 0] * rows[:, 1]),
        ("texts", "bag"): "text",
        ("texts", "gru"): "text",
        ("names in a sentence", "lstm"): "tagger",
        ("a name of 7 letters", "lstm"): "writer",
        ("a name of 7 letters", "transformer"): "writer",
    }


def _sample(system: str) -> tuple[Any, Any]:
    """Data of a system's sample as a person gives them, and its examples."""
    from netwright import systems

    made = systems.load(system).sample(200, 0)
    if system == "tagger":
        pairs = zip(made.inputs, made.targets, strict=True)
        return [
            (one.text, {"entities": [(n.start, n.end, n.label) for n in names]})
            for one, names in pairs
        ], made
    given = list(made.targets)
    return (given if system == "writer" else (list(made.inputs), given)), made


def _measured(data: Any, model: str, rounds: int) -> tuple[dict[str, list[float]], list[int]]:
    """How -> the median seconds of each round; bytes of the float file and of that in int8."""
    import torch

    import netwright as nw
    from netwright.api.exporting import smaller, writing
    from netwright.api.exporting.exported import outputs_of, session_of
    from netwright.api.exporting.graph import NetOfGraph
    from netwright.api.inputs import read_as

    whole = None
    if isinstance(data, str):
        data, whole = _sample(data)
    few = {"training.max_examples": 64, "training.epochs": 1, "training.precision": "float32"}
    with tempfile.TemporaryDirectory() as folder:
        trained = nw.train(data, model=model, store=folder, set=few)
        reads = trained.reads()
        if whole is None:
            whole = read_as(data[0][:64], reads.system, reads.options)
        examples = whole[:64]
        net, content = writing.made(trained, Path(folder) / "net.onnx", examples)
        units = net.units(examples[:1])
        read, arrays = units.arrays(next(units.batches()))
        calibrating = [net.arrays(examples.take([at])) for at in range(64)]
        small = smaller.quantized(content, calibrating if "images" in arrays else [])
        graph = NetOfGraph(trained, net.system, {name: name for name in arrays})
        encoded = trained.codec.encode(read)
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        sessions = [session_of(one, threads=1) for one in (content, small)]

        def eager() -> None:
            with torch.inference_mode():
                graph.as_the_run(encoded, tensors)

        calls = {
            "eager": eager,
            "exported": lambda: outputs_of(sessions[0], arrays),
            "int8": lambda: outputs_of(sessions[1], arrays),
        }
        torch.set_num_threads(1)
        found: dict[str, list[float]] = {how: [] for how in calls}
        for at in range(rounds + 1):
            medians = _round(calls)
            for how, one in medians.items():
                found[how] += [one] if at else []
        return found, [len(content), len(small)]


def _round(calls: Mapping[str, Callable[[], Any]]) -> dict[str, float]:
    times: dict[str, list[float]] = {how: [] for how in calls}
    for _ in range(CALLS):
        for how, call in calls.items():
            began = time.perf_counter()
            call()
            times[how].append(time.perf_counter() - began)
    return {how: median(some) for how, some in times.items()}
