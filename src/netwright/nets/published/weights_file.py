"""A file of weights read as data: ``.safetensors``, or PyTorch's own, of which no code is run."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from netwright.base import read_json
from netwright.base.errors import RunError, UnreadableError
from netwright.base.files import digest, read_bytes
from netwright.nets.published.spellings import WRAPPED, renamed

MOST_BYTES = 8 * 2**30

WRAPS = ("state_dict_ema", "state_dict", "model")
"""Keys under which others keep the tensors of a checkpoint; the first that is there."""

CLASSES = ("classes", "class_names", "categories", "label_names")
"""Keys under which the names of the classes stand: a list, in a text of JSON too."""

CODE = re.compile(r"unsupported (global|class)|reduce|instantiate|torchscript", re.IGNORECASE)
"""In what ``torch.load`` says of a file that holds more than tensors, numbers and texts."""


@dataclass(frozen=True)
class WeightsFile:
    """What a file of weights holds.

    Args:
        name: of the file, for messages.
        tensors: by the names that they have there, without what was put before all of them.
        classes: the names of the outputs; empty: it has none.
        digest: that stands for the content.
    """

    name: str
    tensors: Mapping[str, Tensor]
    classes: tuple[str, ...]
    digest: str


def read(path: Path) -> WeightsFile:
    """All tensors of a file, on the CPU.

    Raises:
        RunError: there is no such file, it holds no tensors, or code.
    """
    try:
        content = read_bytes(path, MOST_BYTES)
    except (OSError, UnreadableError) as error:
        why = "there is no such file" if isinstance(error, FileNotFoundError) else str(error)
        raise RunError(f"{path} cannot be read as weights: {why}.") from None
    held, beside = _safetensors(path, content) if _is_safe(path) else _pytorch(path, content)
    tensors = {
        renamed(name, WRAPPED): tensor
        for name, tensor in held.items()
        if isinstance(name, str) and isinstance(tensor, Tensor)
    }
    if not tensors:
        raise RunError(f"{path} holds no tensors by name: expected the state_dict of a net.")
    return WeightsFile(path.name, tensors, _classes(path, beside), digest(content))


def _is_safe(path: Path) -> bool:
    return path.suffix == ".safetensors"


def _safetensors(path: Path, content: bytes) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    try:
        tensors = load(content)
        length = int.from_bytes(content[:8], "little")
        header = read_json.parse(content[8 : 8 + length].decode("utf-8"))
    except (SafetensorError, UnreadableError, ValueError) as error:
        raise RunError(f"{path} cannot be read as weights ({str(error)[:200]}).") from None
    return tensors, header.get("__metadata__", {})


def _pytorch(path: Path, content: bytes) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """As ``torch.load`` reads it with ``weights_only``, which runs no code of the file."""
    try:
        held = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:
        # torch raises pickle's own error there, which nothing here imports
        if CODE.search(str(error)):
            raise RunError(
                f"{path} holds code beside its weights, which is not run: save its state_dict"
                " alone, best as .safetensors."
            ) from None
        raise RunError(f"{path} cannot be read as weights ({str(error)[:200]}).") from None
    if not isinstance(held, Mapping):
        raise RunError(
            f"{path} holds a {type(held).__name__}: expected the state_dict of a net, tensors by"
            " name."
        )
    inner = next((held[key] for key in WRAPS if isinstance(held.get(key), Mapping)), held)
    return inner, held


def _classes(path: Path, beside: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the classes; empty where there are none.

    Raises:
        RunError: they are no list of names, each once.
    """
    key = next((key for key in CLASSES if key in beside), None)
    if key is None:
        return ()
    named = beside[key]
    if isinstance(named, str):
        try:
            named = read_json.parse(named)
        except UnreadableError:
            named = None
    names = list(named) if isinstance(named, list | tuple) else []
    if not names or len(set(names)) < len(names) or not all(isinstance(one, str) for one in names):
        raise RunError(f"{path}: '{key}' is no list of class names, each once.")
    return tuple(names)
