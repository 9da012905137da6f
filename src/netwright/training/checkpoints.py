"""The state of a training on disk: one safetensors file, written atomically, from which it goes on
bit for bit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from netwright.base import read_json
from netwright.base.errors import RunError, UnreadableError
from netwright.base.figures import shorten
from netwright.base.paths import Inside, named, opened
from netwright.base.shapes import MisfitError
from netwright.runs import schema
from netwright.training import devices
from netwright.training.recording import tensor_file
from netwright.training.state import State

UNREADABLE = (
    SafetensorError,
    OSError,
    UnreadableError,
    MisfitError,
    KeyError,
    TypeError,
    ValueError,
)
"""What a file raises that is no checkpoint."""

MOST_VALUES = 100_000_000
"""In the state beside the tensors: safetensors itself bounds its bytes."""


def save(place: Inside, state: State, best: dict[str, Tensor], extra: dict[str, Any]) -> None:
    """Write everything that training needs to go on: weights, buffers, optimizer, average, random
    state, best so far.

    Args:
        best: the weights of the best epoch, by name; empty when there is none yet.
        extra: what the caller wants back, JSON.

    Raises:
        NetwrightError: the disk is full or cannot be written.
    """
    tensors = {f"net.{name}": tensor for name, tensor in state.net.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in best.items()}
    tensors |= {f"optimizer.{name}": tensor for name, tensor in state.optimizer.memory.items()}
    tensors |= {f"memory.{name}": tensor for name, tensor in state.memory.items()}
    tensors |= {f"carry.{at}": tensor for at, tensor in enumerate(state.carry)}
    if state.average is not None:
        tensors["average"] = state.average
    if state.watched is not None:
        tensors["watched"] = state.watched
    tensors["random"] = torch.get_rng_state()
    if state.weights.vector.device.type == "cuda":
        tensors["random.cuda"] = torch.cuda.get_rng_state(state.weights.vector.device)
    meta = {
        "step": state.step,
        "epoch": state.epoch,
        "done": state.done,
        "ceiling": state.ceiling,
        "extra": extra,
    }
    tensor_file.write(place, tensors, {"state": json.dumps(meta)})


def load(place: Inside, state: State) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Put a saved state back into ``state``; what it did not have yet is gone. Returns (best,
    extra).

    Raises:
        RunError: the file is damaged or belongs to another net.
    """
    try:
        tensors = _tensors(place)
        meta = _state(place)
    except UNREADABLE as error:
        raise RunError(
            f"{place} cannot be read as a checkpoint ({_why(error)}); train again from the recipe."
        ) from None
    put(state.net, _under("net.", tensors), place)
    # runs of 0.1 called the optimizer a rule
    memory = _under("optimizer.", tensors) or _under("rule.", tensors)
    _put_all(state.optimizer.memory, memory, place)
    _put_all(state.memory, _under("memory.", tensors), place)
    device = state.weights.vector.device
    state.carry = tuple(tensor.to(device) for tensor in _carry(tensors))
    state.average = None
    if "average" in tensors:
        _check_like("average", tensors["average"], state.weights.vector, place)
        state.average = tensors["average"].to(device)
    _put_random(tensors, device, place)
    state.step, state.ceiling = meta["step"], meta["ceiling"]
    state.epoch, state.done = _epoch_and_done(meta)
    if state.watched is not None:
        _put_watched(state, tensors.get("watched"))
    return _under("best.", tensors), meta["extra"]


def load_net(place: Inside, net: nn.Module) -> None:
    """Put the weights and buffers of a saved state into a net that it fits (``check_fits``)."""
    net.load_state_dict(_under("net.", _tensors(place)))


def epoch_of(place: Inside) -> int:
    """How many whole epochs a saved state has done."""
    return _epoch_and_done(_state(place))[0]


def _put_random(tensors: dict[str, Tensor], device: torch.device, place: Inside) -> None:
    """The state of the random numbers, of the CPU and of an accelerator that had one."""
    own = torch.get_rng_state()
    _check_like("random", tensors.get("random"), own, place)
    torch.set_rng_state(tensors["random"])
    if "random.cuda" in tensors and device.type == "cuda":
        _check_like("random.cuda", tensors["random.cuda"], torch.cuda.get_rng_state(device), place)
        torch.cuda.set_rng_state(tensors["random.cuda"], device)


def _carry(tensors: dict[str, Tensor]) -> list[Tensor]:
    """What the last step left, in its order."""
    found = _under("carry.", tensors)
    return [found[name] for name in sorted(found, key=lambda name: (len(name), name))]


def _put_watched(state: State, sums: Tensor | None) -> None:
    """The sums of what is watched; where the checkpoint has none of these, the epoch has no
    figure.
    """
    assert state.watched is not None
    if sums is not None and sums.shape == state.watched.shape:
        state.watched.copy_(sums)
    else:
        state.watched.fill_(math.nan if state.done else 0.0)


def _epoch_and_done(meta: dict[str, Any]) -> tuple[int, int]:
    """Whole epochs done, and steps of the one after them; a checkpoint of an earlier release leaves
    it to its curves.
    """
    if "epoch" in meta:
        return int(meta["epoch"]), int(meta["done"])
    last = meta["extra"]["curves"][-1:] or [{"epoch": 0, "step": 0}]
    return int(last[0]["epoch"]), int(meta["step"]) - int(last[0]["step"])


def save_weights(place: Inside, weights: dict[str, Tensor]) -> None:
    """Write a net's weights and buffers."""
    tensor_file.write(place, weights, None)


def step_of(place: Inside) -> int:
    """The step at which a checkpoint was saved.

    Raises:
        RunError: the file is damaged.
    """
    try:
        return int(_state(place)["step"])
    except UNREADABLE as error:
        raise RunError(
            f"{place} cannot be read as a checkpoint ({_why(error)}); train again from the recipe."
        ) from None


def position(place: Inside) -> tuple[int, int, int]:
    """Where a state was saved: steps, whole epochs, steps of the one after them.

    Raises:
        RunError: the file is damaged.
    """
    step = step_of(place)
    return step, *_epoch_and_done(_state(place))


def copy_with(place: Inside, to: Inside, extra: dict[str, Any]) -> None:
    """The same state, with something else beside it.

    Raises:
        RunError: the file is damaged.
    """
    step_of(place)
    meta = _state(place)
    meta["extra"] |= extra
    tensor_file.write(to, _tensors(place), {"state": json.dumps(meta)})


def copy_at_epoch(place: Inside, to: Inside, extra: dict[str, Any]) -> None:
    """The same state at the beginning of its epoch, which other data make another one.

    Args:
        extra: what is to be other beside it.

    Raises:
        RunError: the file is damaged.
    """
    _, epoch, _ = position(place)
    tensors = {
        name: part for name, part in _tensors(place).items() if not name.startswith("carry.")
    }
    meta = _state(place)
    begun = {"losses": [], "totals": [], "examples": 0}
    meta |= {"epoch": epoch, "done": 0, "extra": {**meta["extra"], **begun, **extra}}
    tensor_file.write(to, tensors, {"state": json.dumps(meta)})


def check_fits(place: Inside, build: Callable[[], nn.Module], prefix: str = "") -> None:
    """See that the net has the tensors of a file, before it takes memory: codec and recipe may be a
    stranger's.

    Args:
        prefix: what its names begin with in the file: ``net.`` in a checkpoint.
        build: makes the net; one that cannot be made without its numbers is not looked at.

    Raises:
        RunError: missing or damaged file, or weights that do not belong to this net.
    """
    try:
        with devices.shapes_alone():
            own = build().state_dict()
    except (NotImplementedError, RuntimeError):
        return
    try:
        with opened(place) as handle, safe_open(named(handle), framework="pt") as file:
            shapes = {
                name.removeprefix(prefix): tuple(file.get_slice(name).get_shape())
                for name in file.keys()  # noqa: SIM118
                if name.startswith(prefix)
            }
    except FileNotFoundError:
        raise RunError(f"{place} is missing: the run has no weights.") from None
    except (SafetensorError, OSError, UnreadableError) as error:
        what = "a checkpoint" if prefix else "weights"
        raise RunError(f"{place} cannot be read as {what} ({_why(error)}).") from None
    _check_names(own, shapes, place)
    for name, shape in shapes.items():
        _check_shape(name, shape, own[name], place)


def load_weights(place: Inside, net: nn.Module) -> None:
    """Put saved weights into ``net``, in place.

    Raises:
        RunError: missing or damaged file, or weights that do not belong to this net.
    """
    try:
        tensors = _tensors(place)
    except FileNotFoundError:
        raise RunError(f"{place} is missing: the run has no weights.") from None
    except (SafetensorError, OSError, UnreadableError) as error:
        raise RunError(f"{place} cannot be read as weights ({_why(error)}).") from None
    put(net, tensors, place)


@torch.no_grad()
def put(net: nn.Module, tensors: dict[str, Tensor], owner: object) -> None:
    """Copy tensors into the net's parameters and buffers of the same names, in place.

    Raises:
        RunError: names or shapes differ.
    """
    _put_all(net.state_dict(), tensors, owner)


@torch.no_grad()
def _put_all(own: Mapping[str, Tensor], tensors: Mapping[str, Tensor], owner: object) -> None:
    """Copy tensors into those of the same names.

    Raises:
        RunError: names or shapes differ.
    """
    _check_names(own, tensors, owner)
    for name, tensor in tensors.items():
        _check_like(name, tensor, own[name], owner)
        own[name].copy_(tensor)


def _check_names(own: Mapping[str, Tensor], names: Collection[str], owner: object) -> None:
    different = sorted(own.keys() ^ set(names))
    if different:
        raise _misfit(owner, f"'{different[0]}' is in one and not in the other")


def _check_shape(name: str, shape: tuple[int, ...], own: Tensor, owner: object) -> None:
    if shape != tuple(own.shape):
        raise _misfit(owner, f"'{name}' is {shape}, expected {tuple(own.shape)}")


def _check_like(name: str, tensor: Tensor | None, own: Tensor, owner: object) -> None:
    """See that a tensor of a file can be put into one of ours.

    Raises:
        RunError: it is not there, or of another shape or kind of number.
    """
    if tensor is None:
        raise _misfit(owner, f"it lacks '{name}'")
    _check_shape(name, tuple(tensor.shape), own, owner)
    if tensor.is_floating_point() != own.is_floating_point() or tensor.is_complex():
        raise _misfit(owner, f"'{name}' holds {tensor.dtype}, expected {own.dtype}")


def _misfit(owner: object, why: str) -> RunError:
    """Weights beside another net; any of the three files may be the one that was changed."""
    return RunError(
        f"{owner} does not fit the recipe's model, as recipe.yaml and codec.json describe it"
        f" (columns, classes, words): {why}."
    )


def copy_of(net: nn.Module) -> dict[str, Tensor]:
    """The net's weights and buffers as they are now, on the CPU."""
    return {name: tensor.detach().cpu().clone() for name, tensor in net.state_dict().items()}


def _tensors(place: Inside) -> dict[str, Tensor]:
    with opened(place) as handle:
        return load_file(named(handle))


def _why(error: Exception) -> str:
    """On one line, and short: a library may quote the file."""
    return shorten(" ".join(str(error).split()), 200)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _state(place: Inside) -> dict[str, Any]:
    """What stands beside the tensors."""
    with opened(place) as handle, safe_open(named(handle), framework="pt") as file:
        found: dict[str, Any] = read_json.parse(file.metadata()["state"], MOST_VALUES)
    schema.CHECKPOINT(found, "")
    return found
