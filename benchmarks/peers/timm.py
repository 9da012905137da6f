"""timm's ResNet-18 and VGG-16, torchvision's GoogLeNet, in a hand-written loop.

``python -m benchmarks.peers.timm WORKLOAD [channels_last] [bfloat16] [answers]``: ``answers`` times
the probabilities of every image in place of training.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.worker import Moment, Timing, mean_loss, serve, tensors
from benchmarks.workloads import Workload


def train(work: Workload, seed: int, options: Sequence[str]) -> Timing:
    """As ``benchmarks.bare`` with the fused Adam."""
    import torch

    torch.manual_seed(seed)
    x, y = tensors(work)
    net = _net(work.net)
    if "channels_last" in options:
        net = net.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    half = torch.autocast("cpu", torch.bfloat16, enabled="bfloat16" in options)
    if "answers" in options:
        return _answered(net, x, y, work, half)
    optimizer = torch.optim.Adam(net.train().parameters(), lr=work.lr, fused=True)
    start = Moment.now()
    for epoch in range(1 + work.epochs):
        if epoch == 1:
            start = Moment.now()
        for rows in torch.randperm(len(x)).split(work.batch):  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
            with half:
                loss = _loss(net(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
    return Timing(start, Moment.now(), work.epochs * len(x), mean_loss(net, x, y))


def _answered(net: Any, x: Any, y: Any, work: Workload, half: Any) -> Timing:
    import torch

    net.eval()
    start = Moment.now()
    for epoch in range(1 + work.epochs):
        if epoch == 1:
            start = Moment.now()
        with torch.inference_mode(), half:
            for some in x.split(work.batch):
                net(some).softmax(dim=1)
    return Timing(start, Moment.now(), work.epochs * len(x), 0.0)


def _net(name: str) -> Any:
    if name == "imagenet-googlenet":
        from torchvision.models import googlenet  # type: ignore[import-not-found]

        return googlenet(num_classes=10, aux_logits=True, init_weights=False, dropout=0.0)
    import timm  # type: ignore[import-not-found]

    return timm.create_model(name.removeprefix("imagenet-"), num_classes=10)


def _loss(outputs: Any, y: Any) -> Any:
    """GoogLeNet's side heads count three tenths."""
    from torch.nn import functional as F

    if not isinstance(outputs, tuple):
        return F.cross_entropy(outputs, y)
    main, *sides = outputs
    return F.cross_entropy(main, y) + 0.3 * sum(F.cross_entropy(side, y) for side in sides)


if __name__ == "__main__":
    serve(train)
