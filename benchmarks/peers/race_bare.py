"""The race by hand: a bare PyTorch loop with the fastest recipe we know for it, over tensors in
memory.

Two strided convolutions (5x5, 16 and 32 filters), fused AdamW, one cycle to 5e-3, batch 64; half an
epoch for 98%, two and a half with twice the filters for 99%.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.racing import Clock, accuracy_of, mnist, race


def train(folder: Path, goal: float, seed: int) -> Clock:
    """Train to the end of the schedule, then measure."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    images, labels = mnist(folder, "train")
    test = mnist(folder, "t10k")
    steps, first = (469, 16) if goal < 0.985 else (2345, 32)
    clock = Clock(goal)
    x, y = (
        (torch.from_numpy(images).float().unsqueeze(1) / 255 - 0.1307) / 0.3081,
        torch.from_numpy(labels),
    )
    net = nn.Sequential(
        nn.Conv2d(1, first, 5, 2, 2),
        nn.ReLU(),
        nn.Conv2d(first, 2 * first, 5, 2, 2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(2 * first * 49, 10),
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps)
    order = torch.cat([torch.randperm(len(x)) for _ in range(3)])
    for rows in torch.split(order, 64)[:steps]:
        optimizer.zero_grad()
        F.cross_entropy(net(x[rows]), y[rows]).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    clock.measure(
        lambda: accuracy_of(
            net, *test, lambda part: (part.float().unsqueeze(1) / 255 - 0.1307) / 0.3081
        )
    )
    return clock


if __name__ == "__main__":
    race(train)
