"""``netwright export``: a run's net is written as an ONNX file, once it answers there as it does
here.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from netwright.api.exporting.described import KEY, FileDescription, input_name
from netwright.api.exporting.exported import INSTALL, SUFFIX, ExportedNet, session_of
from netwright.api.exporting.graph import Graph, NetOfGraph, about_of, expect_exported, traced
from netwright.api.exporting.own_split import own_split
from netwright.api.exporting.units import GraphUnits, few
from netwright.api.inputs import read_as
from netwright.base.errors import DataError, NetwrightError, RunError, UnreadableError
from netwright.base.files import write_bytes
from netwright.contract import Examples, Export
from netwright.runs.answers.predictions import numbers_in

if TYPE_CHECKING:
    from netwright.api.exporting.smaller import Smaller
    from netwright.api.run import Run

CHECKED = 256
"""Examples, or units of them, that are held against the run, at most."""

TOLERANCE = 1e-4
"""Of the largest number of an output, or of 1, where that is more: sums of float32 in another order
differ by some 1e-6.
"""


@dataclass(frozen=True)
class Written:
    """An exported file.

    Args:
        path: where it lies; size: its bytes.
        inputs, outputs: of its graph.
        examples: how many were held against the run; difference: the largest, in parts of the
            largest number of an output or of 1.
        int8: what that gains and costs; None: the file is in float32.
    """

    run: str
    path: Path
    size: int
    inputs: list[str]
    outputs: list[str]
    examples: int
    difference: float
    int8: Smaller | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**dataclasses.asdict(self), "path": str(self.path)}


def export(
    run: Run, path: str | Path, *, check: Any = None, int8: bool = False, overwrite: bool = False
) -> Written:
    """Write a run's net as an ONNX file that prepares its inputs, too, and answers by
    ``netwright.load_onnx`` without torch.

    Args:
        path: of the file, which ends in .onnx.
        check: inputs on which the file is held against the run, as for ``Run.predict``; None: those
            of dev, from the run's own source.
        int8: layers in whole numbers of 8 bits, where that answers faster here.
        overwrite: write over a file that is there.

    Raises:
        RunError: its system's nets are not exported, ONNX cannot hold this one, it answers
            otherwise there than here, or int8 is not faster.
        DataError: there is nothing to check it on.
        NetwrightError: packages are missing, or the file cannot be written.
    """
    place = _expect_place(Path(path), overwrite=overwrite)
    _expect_packages()
    net, content = made(run, place, _to_check(run, place, check))
    found, checked = None, net.description.checked
    if int8:
        from netwright.api.exporting import smaller

        net, content, found = smaller.smaller(run, net, content)
    whole = described(content, net.description)
    write_bytes(place, whole)
    ends = net.session.get_inputs(), net.session.get_outputs()
    inputs, outputs = ([one.name for one in of] for of in ends)
    return Written(
        run=run.id,
        path=place,
        size=len(whole),
        inputs=inputs,
        outputs=outputs,
        examples=checked["examples"],
        difference=checked["difference"],
        int8=found,
    )


def made(run: Run, place: Path, examples: Examples) -> tuple[ExportedNet, bytes]:
    """A run's net as a file will hold it, held against the run, and its graph; nothing is written.

    Raises:
        RunError: nets of its system are not exported, no graph combines the answers of several,
            ONNX cannot hold its net, or it answers otherwise there than here.
    """
    export = expect_exported(run)
    runs = run.members or [run]
    description, reads = described_by(run, export, runs)
    examples = few(export, description.about, examples, CHECKED)
    units = GraphUnits.of(export, description, examples).cut.units
    pair = units.take([0, min(1, len(units) - 1)])
    called = [
        {name: input_name(name, number) for name in export.arrays(about, pair)}
        for number, about in enumerate((description.about, *description.others))
    ]
    nets = [NetOfGraph(one, export, called[own]) for one, own in zip(runs, reads, strict=True)]
    graph = Graph(run.id, nets)
    content = traced(graph, description.arrays(export, pair))
    try:
        net = ExportedNet(place, description, session_of(content))
    except UnreadableError as error:
        raise RunError(f"{run.id} cannot be exported: its graph does not run ({error}).") from None
    difference = difference_of(net, graph, examples)
    if len(runs) > 1:
        difference = max(difference, _of_answers(net, run, examples))
    checked = {"examples": len(examples), "difference": difference}
    return dataclasses.replace(
        net, description=dataclasses.replace(description, checked=checked)
    ), content


def described_by(
    run: Run, export: Export, runs: Sequence[Run]
) -> tuple[FileDescription, list[int]]:
    """All that the file says of the run, as it is read back from it; and the number of what each
    net reads: nets that read the same have their inputs in common.

    Args:
        runs: whose nets answer.
    """
    from netwright.api.trust import intervals

    residuals, without = {}, ""
    if run.system.between is not None:
        try:
            residuals = intervals.residuals_of(run.system, [run.record], [run.chosen])
        except RunError as error:
            without = str(error)
    chosen = [one.chosen for one in runs]
    abouts = [about_of(one, export, own) for one, own in zip(runs, chosen, strict=True)]
    read = [about.get("inputs", about) for about in abouts]
    first = [read.index(one) for one in read]
    different = sorted(set(first))
    reads = run.reads()
    whole = FileDescription(
        run=run.id,
        system=run.system.name,
        model=run.info["model"],
        about=about_of(runs[0], export, export.combined_chosen(chosen)),
        options=reads.options,
        seen=reads.seen,
        residuals=residuals,
        no_interval=without,
        others=[abouts[at] for at in different[1:]],
    )
    return FileDescription.of(whole.written()), [different.index(at) for at in first]


def difference_of(net: ExportedNet, graph: Graph, examples: Examples) -> float:
    """How far off a file is from its run: the largest difference, in parts of the largest number of
    an output or of 1; of the examples together and of the first alone.

    Raises:
        RunError: that is too far.
    """
    largest = 0.0
    for some in (examples, examples[:1]):
        units = net.units(some)
        for rows in units.batches():
            read, arrays = units.arrays(rows)
            with torch.inference_mode():
                inputs = {name: torch.from_numpy(array) for name, array in arrays.items()}
                wanted = graph.as_the_runs(read, inputs)
            found = net.outputs(arrays)
            units.keep(rows, found)
            for name, tensor in wanted.items():
                if tensor.is_floating_point():
                    largest = max(largest, _apart(found[name], tensor.numpy()))
    return _near(largest, graph.run, examples)


def _of_answers(net: ExportedNet, run: Run, examples: Examples) -> float:
    """The same of the numbers in the answers, where the run combines those of several nets.

    Raises:
        RunError: that is too far.
    """
    found, true = (
        np.array(list(numbers_in(list(by.ready_to_answer()(examples))))) for by in (net, run)
    )
    apart = _apart(found, true) if found.shape == true.shape else math.inf
    return _near(apart, run.id, examples)


def _apart(found: np.ndarray[Any, Any], true: np.ndarray[Any, Any]) -> float:
    return float(np.abs(found - true).max() / max(1.0, np.abs(true).max()))


def _near(largest: float, run: str, examples: Examples) -> float:
    if not largest <= TOLERANCE:
        raise RunError(
            f"{run} cannot be exported: on {len(examples):,} examples the graph answers otherwise"
            f" than the run, by up to {largest:.2g}, where {TOLERANCE:g} is allowed: its net does"
            " what a trace does not see (a tensor changed in place, a step that depends on a"
            " value)."
        )
    return largest


def described(content: bytes, description: FileDescription) -> bytes:
    """A graph with what it says of itself."""
    import onnx

    model = onnx.load_from_string(content)
    onnx.helper.set_model_props(model, {KEY: description.written()})
    model.producer_name = "netwright"
    whole: bytes = model.SerializeToString()
    return whole


def _to_check(run: Run, place: Path, check: Any) -> Examples:
    """The examples that the file is held against the run on.

    Raises:
        DataError: there are none.
    """
    if isinstance(check, Examples):
        found = check
    elif check is not None:
        reads = run.reads()
        found = read_as(check, reads.system, reads.options)
    else:
        found = own_split(run, "dev", place)
    if not len(found):
        raise DataError("nothing to check the file on: give inputs, --check INPUT.")
    return found


def _expect_place(place: Path, *, overwrite: bool) -> Path:
    if place.suffix.lower() != SUFFIX:
        raise NetwrightError(f"--onnx {place}: expected the name of a file that ends in {SUFFIX}.")
    if place.exists() and not overwrite:
        raise NetwrightError(f"--onnx {place} is there already: name another, or add --overwrite.")
    return place


def has_packages() -> bool:
    """Whether what an export takes is installed."""
    return all(map(importlib.util.find_spec, ("onnx", "onnxruntime")))


def _expect_packages() -> None:
    if not has_packages():
        raise NetwrightError(f"an export takes onnx and onnxruntime: {INSTALL}.")
