"""Which net a file of weights is for, and its tensors by the names that they have here."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from netwright.base.errors import RunError
from netwright.base.figures import counted
from netwright.nets.architectures import ARCHITECTURES, check_name
from netwright.nets.head import head_of
from netwright.nets.published import package, weights_file
from netwright.nets.published.spellings import IMAGENET, MOMENTS, SPELLINGS, Moments, renamed
from netwright.nets.published.weights_file import WeightsFile
from netwright.recipe import nets
from netwright.recipe.model import IMAGENET as OF_PACKAGE

SIDE = 224
"""Pixels a side of the images that a net is built for to see its names; no name depends on it."""

FIRST = 5
"""Names that differ, in a message."""

PUBLISHED: tuple[Mapping[str, Any], ...] = (
    {"name": "efficientnet-lite0"},
    *({"name": name} for name in nets.RESNETS),
    *({"name": name, "norm": norm} for norm in ("none", "batch") for name in nets.VGG),
    {"name": "alexnet-one-tower"},
    {"name": "googlenet-bn"},
    *({"name": name} for name in ("alexnet", "alexnet-ungrouped", "googlenet")),
    *({"name": name} for name in (*nets.SMALL_RESNETS, *nets.PLAIN)),
)
"""Sections ``model`` of nets whose weights are found in files, those of torchvision first."""


@dataclass(frozen=True)
class PublishedWeights:
    """Weights of a file as a net of ours has them.

    Args:
        name: of the file.
        model: the section ``model`` that they are for, its knobs that matter.
        weights: all of the net's parameters and buffers, by name.
        outputs: how many numbers it returned.
        classes: their names; empty: the file has none.
        moments: by which pixels were standardized.
        digest: that stands for the file.
    """

    name: str
    model: Mapping[str, Any]
    weights: Mapping[str, Tensor]
    outputs: int
    classes: tuple[str, ...]
    moments: Moments
    digest: str

    @property
    def names(self) -> tuple[str, ...]:
        """Of the outputs, numbered where the file does not name them; two at least."""
        return self.classes or tuple(f"output {at}" for at in range(max(2, self.outputs)))


def from_start(start: str, model: nets.NetModel) -> PublishedWeights:
    """Those that ``model.start`` names, as ``fitted``."""
    file = weights_file.read(package.path_of(start))
    if start == OF_PACKAGE:
        file = replace(file, classes=package.class_names())
    return fitted(file, model)


def fitted(file: WeightsFile, model: nets.NetModel) -> PublishedWeights:
    """What a file holds, for the net that a person named, or for the one that it fits.

    Args:
        model: what was given of the section; ``auto`` for what was not.

    Raises:
        RunError: they are the weights of another net; the names of its classes are more or fewer
            than its outputs; or it is a net whose weights nobody publishes.
    """
    wanted = {"name": model.name, "norm": model.norm}
    given = {key: value for key, value in wanted.items() if value != "auto"}
    if not any(_sections(given)):
        raise RunError(
            f"no weights are published for '{' '.join(given.values())}', a net of netwright's own:"
            " start from a run, or leave --model out to take the net that the weights fit."
        )
    tried = ((section, _best(file, section)) for section in _sections(given))
    section, found = next((pair for pair in tried if not pair[1].differing), (given, None))
    if found is None:
        raise RunError(_refusal(file, given))
    outputs = len(found.tensors[head_of(_on_no_device(*section.items()))[0]])
    if file.classes and len(file.classes) != outputs:
        raise RunError(
            f"{file.name} has {counted(len(file.classes), 'class name')}, and the last layer of its"
            f" weights has {outputs:,} outputs: expected one name each."
        )
    moments = MOMENTS.get(section["name"], IMAGENET)
    return PublishedWeights(
        file.name, section, found.tensors, outputs, file.classes, moments, file.digest
    )


def _sections(given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Those that agree with what was given."""
    for section in PUBLISHED:
        if all(section.get(key, value) == value for key, value in given.items()):
            yield section


@dataclass(frozen=True)
class Found:
    """A file's tensors by our names.

    Args:
        differing: names that only one of both has, or whose shapes differ; not those of the last
            layer, which is as wide as the weights have outputs.
        names: how many there are in both together.
    """

    tensors: Mapping[str, Tensor]
    differing: tuple[str, ...]
    names: int


def _best(file: WeightsFile, section: Mapping[str, Any]) -> Found:
    """By the spelling with which least differs."""
    module = check_name(section["name"]).module.rpartition(".")[2]
    spelled = ((), *SPELLINGS.get(module, ()))
    net = _on_no_device(*section.items())
    tried = [
        _compared({renamed(name, one): tensor for name, tensor in file.tensors.items()}, net)
        for one in spelled
    ]
    return min(tried, key=lambda found: len(found.differing))


def _compared(theirs: Mapping[str, Tensor], net: nn.Module) -> Found:
    own, head = net.state_dict(), set(head_of(net))
    tensors: dict[str, Tensor] = {}
    differing = [name for name in theirs if name not in own]
    for name, tensor in own.items():
        if name in theirs and _fits(theirs[name], tensor, free=name in head):
            # timm's VGG has the dense layers as convolutions, whose filters cover the whole map
            tensors[name] = theirs[name].reshape((*theirs[name].shape[:1], *tensor.shape[1:]))
        elif name.endswith("num_batches_tracked") and name not in theirs:
            tensors[name] = torch.zeros_like(tensor, device="cpu")  # older files lack it
        else:
            differing.append(name)
    return Found(tensors, tuple(differing), len(own.keys() | theirs.keys()))


def _fits(theirs: Tensor, own: Tensor, *, free: bool) -> bool:
    """Whether a tensor has our shape, or as many numbers a unit; of the head, any number of
    units.
    """
    if own.dim() == 0 or theirs.dim() == 0:
        return theirs.shape == own.shape
    each = theirs[0].numel() == own[0].numel() and theirs.dim() >= own.dim()
    return each and (free or len(theirs) == len(own))


@cache
def _on_no_device(*section: tuple[str, Any]) -> nn.Module:
    """A net of 1,000 outputs, its tensors without memory."""
    model = nets.NetModel.model_validate({**dict(section), "dropout": 0.0})
    module = importlib.import_module(f"netwright.nets.{ARCHITECTURES[model.name].module}")
    with torch.device("meta"):
        net: nn.Module = module.build((3, SIDE, SIDE), (), 1000, model)
    return net


def _refusal(file: WeightsFile, given: Mapping[str, Any]) -> str:
    """For which net they seem to be, and what differs from the one that was named."""
    tried = [(_best(file, section), section) for section in PUBLISHED]
    nearest, section = min(tried, key=lambda pair: len(pair[0].differing) / pair[0].names)
    norm = section.get("norm")
    called = f"'{section['name']}'" + (" (--set model.norm=batch)" if norm == "batch" else "")
    if "name" not in given:
        return f"{file.name} fits no net here: {_differ(nearest)} from {called}, the nearest."
    found = min((_best(file, one) for one in _sections(given)), key=lambda one: len(one.differing))
    seem = (
        f"they seem to be for {called}"
        if not nearest.differing
        else f"nearest is {called}, from which {len(nearest.differing):,} differ"
    )
    return (
        f"{file.name} holds no weights for '{given['name']}': {_differ(found)}; {seem}: leave"
        " --model out to take the net that they fit."
    )


def _differ(found: Found) -> str:
    names, many = found.differing, len(found.differing)
    listed = ", ".join(names[:FIRST]) + (", ..." if many > FIRST else "")
    return f"{many:,} of {counted(found.names, 'name')} or shapes differ ({listed})"
