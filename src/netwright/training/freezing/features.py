"""What a net makes of examples before its last layer and after its stages, computed once and kept
on disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from netwright.base.errors import UnreadableError
from netwright.base.files import cache_folder, digest, read_bytes
from netwright.contract import AnySystem, Batch, Codec, Examples
from netwright.runs import codecs
from netwright.training.freezing.phases import evaluating
from netwright.training.freezing.stages import Stage, stages_of
from netwright.training.recording import tensor_file
from netwright.training.setup import TrainingSetup

AT_ONCE = 64
"""Examples that the net is run on at a time."""

MOST_BYTES = 8 * 2**30

HEAD = "head"
"""What the features are called that the last layer reads; those after a stage by its number."""


@dataclass(frozen=True)
class Front:
    """A net up to its last layer, as it was when training began; in evaluation mode.

    Args:
        net: all of it; nobody trains this one.
        head: the name of its last layer.
        after: how many stages -> the last of them, whose outputs are looked at, too.
        pooled: whether a map stands for the mean over its places; else it is kept whole.
    """

    system: AnySystem
    recipe: Any
    codec: Codec
    net: nn.Module
    head: str
    after: Mapping[int, Stage]
    pooled: bool = True

    def of(self, encoded: Batch) -> dict[str, Tensor]:
        """(B, D) each, the mean over the places of a map, or (B, D, ...): what the head reads, and
        what comes out of each stage.
        """
        found: dict[str, Tensor] = {}
        modules = {number: self._last(stage) for number, stage in self.after.items()}
        hooks = [
            module.register_forward_hook(_keeps(found, str(number)))
            for number, module in modules.items()
        ]
        hooks.append(
            self.net.get_submodule(self.head).register_forward_pre_hook(_keeps_read(found))
        )
        try:
            with evaluating(self.net), torch.no_grad():
                batch = self.codec.prepare(encoded, self.recipe, None)
                self.system.forward(self.net, batch, self.recipe)
        finally:
            for hook in hooks:
                hook.remove()
        return {
            name: (_pooled(value) if self.pooled else value).float().contiguous()
            for name, value in found.items()
        }

    def _last(self, stage: Stage) -> nn.Module:
        return self.net.get_submodule(stage[-1])

    def of_examples(self, examples: Examples) -> dict[str, Tensor]:
        """(N, D) each, or (N, D, ...), of all examples."""
        parts = [self.of(batch) for batch in self._batches(examples)]
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    def _batches(self, examples: Examples) -> Iterator[Batch]:
        device = next(self.net.parameters()).device
        for start in range(0, len(examples), AT_ONCE):
            rows = range(start, min(start + AT_ONCE, len(examples)))
            yield self.codec.encode(examples.take(rows)).padded().to(device)

    def key(self, examples: Examples) -> str:
        """Stands for the weights, how examples are prepared, and the examples."""
        weights = (
            tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes()
            for name, tensor in self.net.state_dict().items()
            if not name.startswith(f"{self.head}.") and tensor.dim()
        )
        text = json.dumps(
            [
                "features 1",
                [digest(one) for one in weights],
                self.recipe.model.model_dump(mode="json"),
                codecs.dump(self.system, self.codec),
                sorted(self.after),
                *([] if self.pooled else ["whole"]),
                list(examples.ids),
            ]
        )
        return digest(text.encode())


def _keeps(found: dict[str, Tensor], name: str) -> Any:
    def hook(module: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> None:
        found[name] = output

    return hook


def _keeps_read(found: dict[str, Tensor]) -> Any:
    def hook(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        found[HEAD] = inputs[0]

    return hook


def _pooled(value: Tensor) -> Tensor:
    """(B, C, ...) -> (B, C)."""
    return value.flatten(2).mean(2) if value.dim() > 2 else value


def head_of(system: AnySystem, net: nn.Module) -> str:
    """The name of the last module with parameters of its own in the last stage."""
    named = {
        f"{name}.{own}".rstrip(".")
        for name in stages_of(system, net)[-1]
        for own, module in net.get_submodule(name).named_modules()
        if any(True for _ in module.parameters(recurse=False))
    }
    found: str = [name for name, _ in net.named_modules() if name in named][-1]
    return found


def reads_features(setup: TrainingSetup, head: str) -> bool:
    """Whether the net's outputs are its last layer's, of one vector an example: else that layer
    cannot be trained on these alone.
    """
    system = setup.system
    own = (system.cut, system.plan, system.step, system.carry)
    if any(one is not None for one in own) or setup.device.world > 1:
        return False
    if not isinstance(setup.net.get_submodule(head), nn.Linear) or system.mixes(setup.recipe):
        return False
    few = setup.train.take(range(min(2, len(setup.train))))
    encoded = setup.codec.encode(few).padded().to(setup.device.torch_device)
    front = front_of(setup, head, {})
    read = front.of(encoded)
    with evaluating(setup.net), torch.no_grad():
        batch = setup.codec.prepare(encoded, setup.recipe, None)
        whole = system.forward(setup.net, batch, setup.recipe)
        alone = setup.net.get_submodule(head)(read[HEAD]) if HEAD in read else None
    return isinstance(whole, Tensor) and alone is not None and torch.equal(whole.float(), alone)


def front_of(setup: TrainingSetup, head: str, after: Mapping[int, Stage]) -> Front:
    """Of the net as it is now; it must not move while the front is used, or be copied before."""
    return Front(setup.system, setup.recipe, setup.codec, setup.net, head, after)


@dataclass(frozen=True)
class KeptFeatures:
    """Features of some examples, and where they are kept.

    Args:
        computed: how many seconds they took; None: they were there.
    """

    values: Mapping[str, Tensor]
    place: Path
    computed: float | None


def kept(front: Front, examples: Sequence[Examples]) -> list[KeptFeatures]:
    """Features of each of these, from the cache folder or computed and put there."""
    return [_kept(front, some) for some in examples]


def _kept(front: Front, examples: Examples) -> KeptFeatures:
    import time

    place = cache_folder() / "features" / f"{front.key(examples)}.safetensors"
    begun = time.perf_counter()
    try:
        values = load(read_bytes(place, MOST_BYTES))
        if all(len(rows) == len(examples) for rows in values.values()) and HEAD in values:
            device = next(front.net.parameters()).device
            found = {name: rows.to(device) for name, rows in values.items()}
            return KeptFeatures(found, place, None)
    except (OSError, UnreadableError, SafetensorError):
        pass
    found = front.of_examples(examples)
    tensor_file.write(place, found, None)
    return KeptFeatures(found, place, time.perf_counter() - begun)
