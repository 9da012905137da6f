"""The yardstick: a hand-written PyTorch loop over in-memory tensors, with nothing around it.

``python -m benchmarks.bare WORKLOAD [fused]``
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

    x, y = tensors(work)
    net = build(work, seed).train()
    optimizer = torch.optim.Adam(
        net.parameters(), lr=work.lr, fused=True if "fused" in options else None
    )
    start = Moment.now()
    for epoch in range(1 + work.epochs):
        if epoch == 1:
            start = Moment.now()
        for rows in torch.randperm(len(x)).split(work.batch):  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
            F.cross_entropy(net(x[rows]), y[rows]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    end = Moment.now()
    return Timing(start, end, work.epochs * len(x), mean_loss(net, x, y))


if __name__ == "__main__":
    serve(train)
