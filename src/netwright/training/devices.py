"""Where the arithmetic happens: device, precision and processes, as one small value."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.overrides import TorchFunctionMode

from netwright.base.errors import RecipeError

T = TypeVar("T")


@dataclass(frozen=True)
class Device:
    """What a step needs to know of the machine.

    Args:
        torch_device: cpu, cuda:0, mps.
        precision: of the products inside the net while training; weights, losses and answers are
            float32.
        rank, world: this process's number, and how many work on every batch.
    """

    torch_device: torch.device
    precision: torch.dtype = torch.float32
    rank: int = 0
    world: int = 1

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """The context in which a training step's forward pass runs."""
        if self.precision == torch.float32:
            return contextlib.nullcontext()
        return torch.autocast(self.torch_device.type, dtype=self.precision, cache_enabled=False)

    def total(self, tensor: Tensor) -> Tensor:
        """The sum of ``tensor`` over all processes, in place."""
        if self.world > 1:
            dist.all_reduce(tensor)
        return tensor

    def agree(self, figure: float) -> float:
        """The main process's ``figure``, in every process."""
        if self.world == 1:
            return figure
        shared = torch.tensor(
            [figure],
            dtype=torch.float64,
            device="cpu" if dist.get_backend() == "gloo" else self.torch_device,
        )
        dist.broadcast(shared, src=0)
        return float(shared)

    def any(self, flag: bool) -> bool:
        """Whether ``flag`` is set in any process: all of them get the same answer."""
        return self.each_any(flag)[0]

    def each_any(self, *flags: bool) -> list[bool]:
        """The same of several flags at once."""
        if self.world == 1:
            return list(flags)
        raised = torch.tensor([float(flag) for flag in flags], device=self.torch_device)
        return [count > 0 for count in self.total(raised).tolist()]

    def wait(self) -> None:
        """Until all processes are here."""
        self.any(False)

    def from_main(self, value: T) -> T:
        """The main process's ``value``, in every process."""
        values = [value]
        if self.world > 1:
            dist.broadcast_object_list(values, src=0)
        return values[0]

    def shard(self, count: int) -> slice:
        """This process's rows of a batch of ``count``: contiguous parts, sizes differing by at most
        one.
        """
        return slice(count * self.rank // self.world, count * (self.rank + 1) // self.world)

    def seed(self, number: int) -> None:
        """Seed the generator that dropout draws from (``torch.manual_seed`` seeds every kind of
        device, in milliseconds).
        """
        torch.default_generator.manual_seed(number)
        if self.torch_device.type == "cuda":
            torch.cuda.manual_seed(number)
        elif self.torch_device.type == "mps":
            torch.mps.manual_seed(number)

    @property
    def main(self) -> bool:
        """Whether this process writes and prints."""
        return self.rank == 0

    def __str__(self) -> str:
        processes = f" x {self.world} processes" if self.world > 1 else ""
        return f"{self.torch_device}, {str(self.precision).removeprefix('torch.')}{processes}"


def choose(device: str, precision: str, net: nn.Module) -> Device:
    """The device a recipe asks for; ``auto`` takes CUDA, then MPS, then the CPU, and bfloat16 where
    it is real and pays.

    Under torchrun (``WORLD_SIZE`` in the environment) the process group is joined, with NCCL on
    CUDA and gloo elsewhere.

    Raises:
        RecipeError: the device is not there, or there are fewer than processes.
    """
    found = torch.device(_present(device))
    if found.type == "cuda" and found.index is None:
        found = _of_this_process()
    rank, world = _join(found)
    if found.type == "cuda":
        _repeat_on_cuda()
        torch.cuda.set_device(found)
    elif found.type == "cpu":
        _keep_freed_memory()
    return Device(found, _precision(precision, found, net), rank, world)


def has_convolutions(net: nn.Module) -> bool:
    """Whether channels-last memory and bfloat16 are worth their conversions."""
    return any(isinstance(layer, nn.modules.conv._ConvNd) for layer in net.modules())


def _present(device: str) -> str:
    if device == "auto":
        return (
            "cuda"
            if torch.cuda.is_available()
            else "mps"
            if torch.backends.mps.is_available()
            else "cpu"
        )
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    kind, _, index = device.partition(":")
    if not there[kind] or (index and int(index) >= torch.cuda.device_count()):
        found = [name for name, present in there.items() if present and name != "cuda"]
        found += [f"cuda:{at}" for at in range(torch.cuda.device_count())]
        raise RecipeError(
            f"training.device = '{device}': this machine has {' and '.join(found)} only."
        )
    return device


def _of_this_process() -> torch.device:
    """One CUDA device for each process that torchrun starts on this machine."""
    local, there = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if local >= there:
        raise RecipeError(
            f"process {local + 1} of this machine has no CUDA device of its own, there are {there}:"
            f" start at most {there} (torchrun --nproc-per-node), or --set training.device=cpu."
        )
    return torch.device("cuda", local)


TRIM_THRESHOLD, MMAP_MAX = -1, -4
"""Of glibc's ``mallopt``: from how many free bytes on they go back to the system; how many
allocations may be mappings of their own, which always go back.
"""

ALLOCATOR = (
    "MALLOC_TRIM_THRESHOLD_",
    "MALLOC_MMAP_MAX_",
    "MALLOC_MMAP_THRESHOLD_",
    "GLIBC_TUNABLES",
)
"""Variables of the environment by which a person sets it."""


def _keep_freed_memory() -> None:
    """What a step frees is kept for the next one, where the C library is glibc. It would give large
    blocks back, and the system hands them out again page by page, each cleared: a tenth of a
    ResNet-18's step, a third of a VGG-16's. The peak is at most a tenth higher. What the
    environment says of glibc's allocator holds.
    """
    if not any(name in os.environ for name in ALLOCATOR):
        with contextlib.suppress(OSError, TypeError, AttributeError):  # no glibc
            library = ctypes.CDLL(None)
            library.mallopt(TRIM_THRESHOLD, -1)
            library.mallopt(MMAP_MAX, 0)


def give_back_memory() -> None:
    """What was freed goes back to the system, where the C library is glibc."""
    with contextlib.suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _repeat_on_cuda() -> None:
    """The same recipe gives the same bits: torch's own choice adds up in any order there, and
    rounds float32 to 10 bits in convolutions. Where there is no other way, torch warns.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.allow_tf32 = False
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def _precision(precision: str, device: torch.device, net: nn.Module) -> torch.dtype:
    if precision != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16}[precision]
    if device.type == "cuda":
        return (
            torch.bfloat16
            if torch.cuda.is_bf16_supported(including_emulation=False)
            else torch.float32
        )
    # a guess, which training tries: small dense layers do not win back the conversions
    real = device.type == "cpu" and cpu_has_bfloat16()
    return torch.bfloat16 if real and has_convolutions(net) else torch.float32


def cpu_has_bfloat16() -> bool:
    """Whether this processor works in bfloat16 by itself; emulated it is slower than float32."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def _join(device: torch.device) -> tuple[int, int]:
    """(rank, world size), after joining torchrun's group if there is one."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return 0, 1
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        atexit.register(_leave)
    return dist.get_rank(), dist.get_world_size()


def _leave() -> None:
    """Ends the group's threads while Python is still there; at the end of the process they would
    abort it now and then.
    """
    if dist.is_initialized():
        dist.destroy_process_group()


@contextlib.contextmanager
def cpu_threads(count: int) -> Iterator[None]:
    """Runs the block with ``count`` CPU threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def shapes_alone() -> Iterator[None]:
    """A net that is made in the block has shapes and no numbers, so that it takes no memory."""
    with torch.device("meta"), _NothingDrawn():
        yield


class _NothingDrawn(TorchFunctionMode):
    """No tensor is filled with drawn numbers: for one that has no place for any, torch would import
    its whole compiler first, which takes seconds.
    """

    DRAWS = frozenset({"normal_", "log_normal_", "exponential_", "cauchy_", "geometric_"})

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        given: Sequence[Any] = (),
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        named = named or {}
        if getattr(function, "__name__", "") in self.DRAWS:  # torch.nn.init's too, or a tensor's
            return named["tensor"] if "tensor" in named else given[0]
        return function(*given, **named)
