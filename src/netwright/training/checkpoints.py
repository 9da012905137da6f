"""The state of a training on disk: one safetensors file, written atomically, from which it goes on
bit for bit.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from netwright.base import read_json
from netwright.base.errors import RunError, UnreadableError
from netwright.base.files import replacing
from netwright.training.state import State

UNREADABLE = (SafetensorError, OSError, UnreadableError, KeyError, TypeError, ValueError)
"""What a file raises that is no checkpoint."""

MOST_VALUES = 100_000_000
"""In the state beside the tensors: safetensors itself bounds its bytes."""


def save(path: Path, state: State, best: dict[str, Tensor], extra: dict[str, Any]) -> None:
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
    _write(path, tensors, {"state": json.dumps(meta)})


def load(path: Path, state: State) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Put a saved state back into ``state``; what it did not have yet is gone. Returns (best,
    extra).

    Raises:
        RunError: the file is damaged or belongs to another net.
    """
    try:
        tensors = load_file(path)
        meta = _state(path)
    except UNREADABLE as error:
        raise RunError(
            f"{path} cannot be read as a checkpoint ({error}); train again from the recipe."
        ) from None
    put(state.net, _under("net.", tensors), path)
    # runs of 0.1 called the optimizer a rule
    memory = _under("optimizer.", tensors) or _under("rule.", tensors)
    for name, tensor in memory.items():
        state.optimizer.memory[name].copy_(tensor)
    for name, tensor in _under("memory.", tensors).items():
        state.memory[name].copy_(tensor)
    device = state.weights.vector.device
    carry = _under("carry.", tensors)
    state.carry = tuple(carry[str(at)].to(device) for at in range(len(carry)))
    average = tensors.get("average")
    state.average = None if average is None else average.to(device)
    torch.set_rng_state(tensors["random"])
    if "random.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random.cuda"], state.weights.vector.device)
    state.step, state.ceiling = meta["step"], meta["ceiling"]
    state.epoch, state.done = _epoch_and_done(meta)
    if state.watched is not None:
        _put_watched(state, tensors.get("watched"))
    return _under("best.", tensors), meta["extra"]


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


def save_weights(path: Path, weights: dict[str, Tensor]) -> None:
    """Write a net's weights and buffers."""
    _write(path, weights, None)


def step_of(path: Path) -> int:
    """The step at which a checkpoint was saved.

    Raises:
        RunError: the file is damaged.
    """
    try:
        return int(_state(path)["step"])
    except UNREADABLE as error:
        raise RunError(
            f"{path} cannot be read as a checkpoint ({error}); train again from the recipe."
        ) from None


def position(path: Path) -> tuple[int, int, int]:
    """Where a state was saved: steps, whole epochs, steps of the one after them.

    Raises:
        RunError: the file is damaged.
    """
    step = step_of(path)
    return step, *_epoch_and_done(_state(path))


def copy_with(path: Path, to: Path, extra: dict[str, Any]) -> None:
    """The same state, with something else beside it.

    Raises:
        RunError: the file is damaged.
    """
    step_of(path)
    meta = _state(path)
    meta["extra"] |= extra
    _write(to, load_file(path), {"state": json.dumps(meta)})


def copy_at_epoch(path: Path, to: Path, extra: dict[str, Any]) -> None:
    """The same state at the beginning of its epoch, which other data make another one.

    Args:
        extra: what is to be other beside it.

    Raises:
        RunError: the file is damaged.
    """
    _, epoch, _ = position(path)
    tensors = {
        name: part for name, part in load_file(path).items() if not name.startswith("carry.")
    }
    meta = _state(path)
    begun = {"losses": [], "totals": [], "examples": 0}
    meta |= {"epoch": epoch, "done": 0, "extra": {**meta["extra"], **begun, **extra}}
    _write(to, tensors, {"state": json.dumps(meta)})


def load_weights(path: Path, net: nn.Module) -> None:
    """Put saved weights into ``net``, in place.

    Raises:
        RunError: missing or damaged file, or weights that do not belong to this net.
    """
    try:
        tensors = load_file(path)
    except FileNotFoundError:
        raise RunError(f"{path} is missing: the run has no weights.") from None
    except (SafetensorError, OSError) as error:
        raise RunError(f"{path} cannot be read as weights ({error}).") from None
    put(net, tensors, path)


@torch.no_grad()
def put(net: nn.Module, tensors: dict[str, Tensor], owner: Path | str) -> None:
    """Copy tensors into the net's parameters and buffers of the same names, in place.

    Raises:
        RunError: names or shapes differ.
    """
    own = net.state_dict()
    different = sorted(own.keys() ^ tensors.keys())
    if different:
        raise RunError(
            f"{owner} does not fit the recipe's model: '{different[0]}' is in one and not in the"
            " other."
        )
    for name, tensor in tensors.items():
        if tensor.shape != own[name].shape:
            raise RunError(
                f"{owner} does not fit the recipe's model: '{name}' is {tuple(tensor.shape)},"
                f" expected {tuple(own[name].shape)}."
            )
        own[name].copy_(tensor)


def copy_of(net: nn.Module) -> dict[str, Tensor]:
    """The net's weights and buffers as they are now, on the CPU."""
    return {name: tensor.detach().cpu().clone() for name, tensor in net.state_dict().items()}


def _write(path: Path, tensors: dict[str, Tensor], meta: dict[str, str] | None) -> None:
    with replacing(path) as temporary:
        try:
            save_file({name: _own(tensor) for name, tensor in tensors.items()}, temporary, meta)
        except SafetensorError as error:  # how safetensors says that the disk is full
            reason = re.search(r'message: "([^"]+)"', str(error))
            raise OSError(reason[1] if reason else str(error)) from error


def _own(tensor: Tensor) -> Tensor:
    """A contiguous tensor with memory of its own, as safetensors wants it."""
    return tensor.detach().cpu().contiguous().clone()


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _state(path: Path) -> dict[str, Any]:
    """What stands beside the tensors."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        found: dict[str, Any] = read_json.parse(file.metadata()["state"], MOST_VALUES)
    return found
