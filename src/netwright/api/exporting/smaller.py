"""An exported net in whole numbers of 8 bits, where that answers faster (Jacob et al. 2018,
"Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference").

Nets with convolutions are calibrated: the range of every layer is measured on training examples. Of
others the weights are rounded beforehand, and what goes into a layer as it comes.
"""

from __future__ import annotations

import dataclasses
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.api.exporting.exported import ExportedNet, outputs_of, session_of
from netwright.api.exporting.graph import quiet
from netwright.api.exporting.own_split import own_split
from netwright.base.errors import RunError
from netwright.base.figures import points, readable, unsigned
from netwright.contract import Arrays
from netwright.metrics.measure import lead

if TYPE_CHECKING:
    from netwright.api.run import Run

CALIBRATED = 256
"""Training examples that ranges are measured on, at most."""

WARM, TIMED = 10, 101
"""Answers before the clock starts, and those that are timed."""


@dataclass(frozen=True)
class Smaller:
    """What int8 gains and costs.

    Args:
        seconds, seconds_float: of an answer to one example on one thread, the medians of answers
            in turn.
        metric: the system's single number; lost: how much worse it is on dev than the run, in the
            metric's unit, and its paired 95% interval.
        calibrated: on how many training examples; 0: on none.
    """

    seconds: float
    seconds_float: float
    size: int
    size_float: int
    metric: str
    unit: str
    lost: float | None
    low: float | None
    high: float | None
    examples: int
    calibrated: int

    def __str__(self) -> str:
        """In a line."""
        lost = "worse by how much is unknown"
        if self.lost is not None:
            apart = points(*unsigned(self.lost, self.low, self.high), unit=self.unit).lstrip("+")
            lost = f"{'worse' if self.lost >= 0 else 'better'} by {apart}"
        return (
            f"{self.seconds_float / self.seconds:.2f} times as fast on one example"
            f" ({readable(1e3 * self.seconds, 3)} ms, not {readable(1e3 * self.seconds_float, 3)}),"
            f" {self.size_float / self.size:.1f} times smaller; {self.metric} on"
            f" {self.examples:,} of dev {lost}"
        )


def smaller(run: Run, net: ExportedNet, content: bytes) -> tuple[ExportedNet, bytes, Smaller]:
    """The net in int8, its graph, and what that gains and costs.

    Args:
        content: the graph in float32.

    Raises:
        RunError: it is not faster.
        DataError: the run's own data are not there any more.
    """
    dev = own_split(run, "dev", net.path)
    calibrating: list[Arrays] = []
    if _convolves(content):
        train = own_split(run, "train", net.path)
        step = max(1, len(train) // CALIBRATED)
        some = train.take(range(0, len(train), step))[:CALIBRATED]
        calibrating = [net.arrays(some.take([at])) for at in range(len(some))]
    small = quantized(content, calibrating)
    single = net.arrays(dev.take([0]))
    seconds, seconds_float = in_turn([small, content], single)
    if seconds >= seconds_float:
        raise RunError(
            f"{run.id} is not faster in int8: an answer takes {1e3 * seconds:.3g} ms here, and"
            f" {1e3 * seconds_float:.3g} ms in float32; export it without --int8."
        )
    net8 = dataclasses.replace(net, session=session_of(small))
    metric = run.system.metrics[0]
    by_float, by_int = (one.ready_to_answer()(dev) for one in (net, net8))
    found = lead(metric, dev, by_float, by_int)
    none = (None, None, None)
    lost, low, high = none if found is None else (found.value, found.low, found.high)
    return (
        net8,
        small,
        Smaller(
            seconds=seconds,
            seconds_float=seconds_float,
            size=len(small),
            size_float=len(content),
            metric=metric.name,
            unit=metric.unit,
            lost=lost,
            low=low,
            high=high,
            examples=len(dev),
            calibrated=len(calibrating),
        ),
    )


def quantized(content: bytes, calibrating: Sequence[Arrays]) -> bytes:
    """A graph in int8.

    Args:
        calibrating: the inputs of examples on which the ranges of its layers are measured; none:
            ranges are taken as they come.
    """
    import onnx
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantType,
        quantize_dynamic,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """One after the other."""

        def __init__(self) -> None:
            self.rest: Iterator[Arrays] = iter(calibrating)

        def get_next(self) -> dict[str, Any] | None:
            found = next(self.rest, None)
            return None if found is None else dict(found)

    with tempfile.TemporaryDirectory() as folder, quiet():
        before, after = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        quant_pre_process(onnx.load_from_string(content), str(before), skip_symbolic_shape=True)
        if calibrating:
            quantize_static(
                str(before),
                str(after),
                Reader(),
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
            )
        else:
            quantize_dynamic(str(before), str(after), weight_type=QuantType.QInt8)
        return after.read_bytes()


def in_turn(graphs: Sequence[bytes], arrays: Arrays) -> list[float]:
    """The median seconds of each to answer these inputs, in turn, on one thread."""
    sessions = [session_of(content, threads=1) for content in graphs]
    times: list[list[float]] = [[] for _ in graphs]
    for at in range(WARM + TIMED):
        for session, own in zip(sessions, times, strict=True):
            began = time.perf_counter()
            outputs_of(session, arrays)
            if at >= WARM:
                own.append(time.perf_counter() - began)
    return list(map(statistics.median, times))


def _convolves(content: bytes) -> bool:
    import onnx

    return any(node.op_type == "Conv" for node in onnx.load_from_string(content).graph.node)
