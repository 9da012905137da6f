"""Tensors to one safetensors file, one after the other: what is written needs no second copy of
them all, and no name that a link could have taken meanwhile.

The bytes are those that ``safetensors.torch.save_file`` writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import torch
from torch import Tensor

from netwright.base.files import replacing
from netwright.base.paths import Place

TYPES = {
    torch.uint64: "U64",
    torch.int64: "I64",
    torch.float64: "F64",
    torch.complex64: "C64",
    torch.float32: "F32",
    torch.uint32: "U32",
    torch.int32: "I32",
    torch.bfloat16: "BF16",
    torch.float16: "F16",
    torch.uint16: "U16",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
"""The format's names, in the order in which tensors lie in a file: the widest first."""


def write(place: Place, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None) -> None:
    """Write tensors, and texts beside them, atomically.

    Raises:
        NetwrightError: the disk is full or the folder cannot be written.
    """
    order = list(TYPES)
    names = sorted(tensors, key=lambda name: (order.index(tensors[name].dtype), name))
    with replacing(place) as temporary, temporary.open("wb") as file:
        file.write(_header({name: tensors[name] for name in names}, metadata))
        for name in names:
            flat = tensors[name].detach().cpu().contiguous().reshape(-1)
            file.write(flat.view(torch.uint8).numpy().data)


def _header(tensors: Mapping[str, Tensor], metadata: dict[str, str] | None) -> bytes:
    """How long it is, as 8 bytes; then which tensor lies from where to where."""
    entries: dict[str, object] = {} if metadata is None else {"__metadata__": metadata}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + tensor.nbytes
        shape = list(tensor.shape)
        entries[name] = {
            "dtype": TYPES[tensor.dtype],
            "shape": shape,
            "data_offsets": [start, end],
        }
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text
