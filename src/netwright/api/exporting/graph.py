"""A run's net as an ONNX graph: raw numbers in, what an answer is made of out.

torch.onnx traces the net once (``dynamo=False``). The newer way through torch.export takes 3 to 17
seconds of CPU time and the package onnxscript where this takes 0.1, and gives the same nets. What a
trace cannot see (what is changed in place, what is decided by a value) is found afterwards: no
graph is kept that was not held against its run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

from netwright.api.exporting import pooling
from netwright.base.errors import RunError
from netwright.contract import (
    AnySystem,
    Arrays,
    Batch,
    Chosen,
    Examples,
    Export,
    NetGraph,
    Tensors,
)
from netwright.training import devices

if TYPE_CHECKING:
    from netwright.runs.record import Record

OPSET = 18


class ExportedRun(Protocol):
    """What is asked of a run whose net becomes a graph."""

    @property
    def id(self) -> str: ...
    @property
    def system(self) -> AnySystem: ...
    @property
    def net(self) -> nn.Module: ...
    @property
    def codec(self) -> Any: ...
    @property
    def recipe(self) -> Any: ...
    @property
    def chosen(self) -> Chosen: ...
    @property
    def record(self) -> Record: ...
    @property
    def members(self) -> Sequence[Any]: ...


class NetOfGraph(nn.Module):
    """One run's net in a graph: its inputs prepared, the net, its outputs as answers need them.

    Args:
        export: of the run's system.
        inputs: what its input is called -> what that of the graph is.
    """

    def __init__(self, run: ExportedRun, export: Export, inputs: Mapping[str, str]) -> None:
        super().__init__()
        self.net = run.net.cpu()
        self.run, self.export, self.inputs = run, export, inputs

    def forward(self, inputs: Tensors) -> Tensors:
        """The tensors of ``Export.arrays``, as the graph calls them -> those of
        ``Export.outputs``.
        """
        own = self._own(inputs)
        prepared = self.export.prepared(self.run.codec, own)
        return self._outputs(Batch(prepared, (), torch.ones(len(prepared[0]))), own)

    def as_the_run(self, encoded: Batch, inputs: Tensors) -> Tensors:
        """What the run itself makes of a batch that its codec encoded.

        Args:
            inputs: of the graph, of which what the units before left is taken.
        """
        batch = self.run.codec.prepare(encoded.padded(), self.run.recipe, None)
        return self._outputs(batch, self._own(inputs))

    def _own(self, inputs: Tensors) -> Tensors:
        return {name: inputs[called] for name, called in self.inputs.items()}

    def _outputs(self, batch: Batch, own: Tensors) -> Tensors:
        carry = tuple(own[name] for name in self.export.carry if name in own)
        forward = self.export.forward or self.run.system.forward
        found = forward(self.net, dataclasses.replace(batch, carry=carry), self.run.recipe)
        return self.export.outputs(found, self.run.codec, self.run.chosen)


class Graph(nn.Module):
    """What an exported file holds: the net of a run, or those of several and what combines them.

    Args:
        run: that answers by it, as messages name it.
        nets: one, or several of one system.
    """

    def __init__(self, run: str, nets: Sequence[NetOfGraph]) -> None:
        super().__init__()
        self.run, self.each, self.export = run, tuple(nets), nets[0].export
        self.nets = nn.ModuleList(nets)
        self.free = {
            called: nets[0].export.free.get(name, ())
            for net in nets
            for name, called in net.inputs.items()
        }
        self.eval()  # as torch.onnx leaves it in the mode that it finds it in

    @property
    def names(self) -> list[str]:
        """Of its inputs, in their order."""
        return list(self.free)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The inputs -> the outputs, in their order."""
        return tuple(self.named(dict(zip(self.names, inputs, strict=True))).values())

    def named(self, inputs: Tensors) -> Tensors:
        """The same by their names."""
        return self._combined([net(inputs) for net in self.each])

    def as_the_runs(self, units: Examples, inputs: Tensors) -> Tensors:
        """What the runs themselves make of examples, or units of them, of which these are the
        inputs of the graph.
        """
        return self._combined(
            [net.as_the_run(net.run.codec.encode(units), inputs) for net in self.each]
        )

    def _combined(self, each: Sequence[Tensors]) -> Tensors:
        if len(each) == 1:
            return each[0]
        if isinstance(self.export.combined, str):
            raise RunError(f"{self.run} cannot be exported: {self.export.combined}.")
        return self.export.combined(each)


def about_of(run: ExportedRun, export: Export, chosen: Chosen) -> dict[str, Any]:
    """All that the answers of a run's net need beside its graph."""
    return {**export.about(run.codec, chosen), **export.about_net(run.net, run.recipe)}


def of_run(run: ExportedRun) -> NetGraph:
    """What a run's exported file would be, without one: by torch.

    Raises:
        RunError: nets of its system are not exported, or it keeps those of several runs.
    """
    export = expect_exported(run)
    if run.members:
        raise RunError(
            f"{run.id} keeps several runs together: give one of them, {run.members[0].id}."
        )

    @cache
    def net(names: tuple[str, ...]) -> nn.Module:
        return NetOfGraph(run, export, {name: name for name in names}).eval()

    def outputs(arrays: Arrays) -> Arrays:
        # token by token: several threads would wait for each other at every one
        with torch.inference_mode(), devices.cpu_threads(1):
            inputs = {name: torch.from_numpy(array) for name, array in arrays.items()}
            found: Tensors = net(tuple(arrays))(inputs)
        return {name: tensor.numpy() for name, tensor in found.items()}

    def training() -> Examples:
        return run.record.examples("train", run.system)

    return NetGraph(about_of(run, export, run.chosen), outputs, training)


def expect_exported(run: ExportedRun) -> Export:
    """How the nets of a run's system answer outside.

    Raises:
        RunError: they do not.
    """
    export = run.system.export
    if isinstance(export, str):
        raise RunError(f"{run.id} cannot be exported: {export}.")
    return export


def traced(graph: Graph, arrays: Arrays) -> bytes:
    """The graph as ONNX.

    Args:
        arrays: of two examples, by which it is traced; the first axis may have any length.

    Raises:
        RunError: ONNX cannot hold it.
    """
    inputs = tuple(torch.from_numpy(array) for array in arrays.values())
    with torch.inference_mode():
        outputs = tuple(graph.named(dict(zip(graph.names, inputs, strict=True))))
    axes = {name: {0: "N"} for name in (*graph.names, *outputs)}
    for name in axes:
        others = graph.free.get(name) or graph.export.free.get(name, ())
        axes[name] |= {axis: f"{name}_{axis}" for axis in others}
    written = io.BytesIO()
    try:
        with _quietly(), pooling.as_products(graph), devices.cpu_threads(1):
            torch.onnx.export(
                graph,
                inputs,
                written,  # type: ignore[arg-type]  # what a trace writes to may be no file
                dynamo=False,
                opset_version=OPSET,
                input_names=graph.names,
                output_names=list(outputs),
                dynamic_axes=axes,
            )
    except Exception as error:  # whatever an operation, or a person's own module, raises there
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise RunError(
            f"{graph.run} cannot be exported: ONNX does not hold its net ({why})."
        ) from error
    return written.getvalue()


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """A trace that records no gradients and prints nothing."""
    with quiet(), _without_stderr(), torch.no_grad():
        yield


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What torch.onnx and onnxruntime advise who exports by hand concerns nobody else."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextlib.contextmanager
def _without_stderr() -> Iterator[None]:
    """A trace prints the whole graph of what it refuses, from C++, whatever it is told."""
    torch._C._jit_set_onnx_log_output_stream("stderr")  # the one that keeps nothing for later
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
