"""The yardstick: a hand-written PyTorch loop over in-memory tensors, with nothing around it.

``python -m benchmarks.bare WORKLOAD [fused] [cuda] [bfloat16] [compiled]``: ``bfloat16`` is
autocast over a net in channels-last memory, ``compiled`` is ``torch.compile``.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.worker import Moment, Timing, mean_loss, serve, tensors
from benchmarks.workloads import Workload


def train(work: Workload, seed: int, options: Sequence[str]) -> Timing:
    """Shuffle, slice by index, step, by torch.optim.Adam; with ``fused``, in one kernel."""
    import torch
    from torch.nn import functional as F

    from benchmarks.nets import build

    device = "cuda" if "cuda" in options else "cpu"
    x, y = (tensor.to(device) for tensor in tensors(work))
    net = build(work, seed).to(device).train()
    half = "bfloat16" in options
    if half:
        net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    answers = torch.compile(net) if "compiled" in options else net
    optimizer = torch.optim.Adam(
        net.parameters(), lr=work.lr, fused=True if "fused" in options else None
    )
    start = Moment.now()
    for epoch in range(1 + work.epochs):
        if epoch == 1:
            start = _moment(device)
        order = torch.randperm(len(x)).to(device)
        for rows in order.split(work.batch):  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
            with torch.autocast(device, torch.bfloat16, enabled=half):
                loss = F.cross_entropy(answers(x[rows]), y[rows])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    end = _moment(device)
    return Timing(start, end, work.epochs * len(x), mean_loss(net, x, y))


def _moment(device: str) -> Moment:
    """Now, with everything done that the device was asked for."""
    import torch

    if device == "cuda":
        torch.cuda.synchronize()
    return Moment.now()


if __name__ == "__main__":
    serve(train)
