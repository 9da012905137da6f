"""Batch norm and dropout over the global batch when several processes share it, so that they equal
one process.

Batch norm: Ioffe and Szegedy 2015; notes 2.3.5-2.3.7. Dropout: Srivastava et al. 2014; notes 2.1.4.

torch's own SyncBatchNorm runs on GPUs only; this one is differentiable sums over processes, on any
device.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.distributed.nn.functional import all_reduce
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm


class SyncedBatchNorm(_BatchNorm):
    """Normalizes x (B, C, ...) with mean and variance over the rows of all processes, or,
    ``alone``, over its own.
    """

    alone = False

    def forward(self, x: Tensor) -> Tensor:
        """The same shape; outside of training and alone, torch's own batch norm."""
        if not self.training or self.alone:
            return super().forward(x)
        axes = [0, *range(2, x.dim())]
        wide = x.float()
        local = torch.cat(
            [wide.sum(axes), wide.square().sum(axes), wide.new_tensor([x.numel() / x.shape[1]])]
        )
        totals: Tensor = all_reduce(local)  # type: ignore[no-untyped-call]
        channels = x.shape[1]
        count = totals[-1].detach()
        mean = totals[:channels] / count
        variance = totals[channels:-1] / count - mean.square()
        self._remember(mean.detach(), variance.detach(), count)
        shape = (1, channels, *[1] * (x.dim() - 2))
        out = (wide - mean.view(shape)) * torch.rsqrt(variance.view(shape) + self.eps)
        if self.affine:
            out = out * self.weight.view(shape) + self.bias.view(shape)
        normalized: Tensor = out.to(x.dtype)
        return normalized

    def _remember(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        if (
            self.running_mean is None
            or self.running_var is None
            or self.num_batches_tracked is None
        ):
            return
        self.num_batches_tracked.add_(1)
        rate = self.momentum if self.momentum is not None else 1 / float(self.num_batches_tracked)
        self.running_mean.lerp_(mean, rate)
        self.running_var.lerp_(variance * count / (count - 1), rate)  # unbiased, as torch keeps it

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() < 2:
            raise ValueError(f"expected at least 2 axes, got {input.dim()}")


class SharedDropout(nn.Dropout):
    """Dropout whose masks are those that one process would draw for the global batch: each process
    keeps its own rows.

    Every process has seeded its generator alike and draws the whole mask, so that the streams stay
    in step.
    """

    def forward(self, x: Tensor) -> Tensor:
        """The same shape; outside of training, x itself."""
        if not self.training or self.p == 0:
            return x
        counts = torch.zeros(dist.get_world_size(), dtype=torch.int64, device=x.device)
        counts[dist.get_rank()] = len(x)
        dist.all_reduce(counts)
        sizes = counts.tolist()
        first = sum(sizes[: dist.get_rank()])
        ones = x.new_ones((sum(sizes), *x.shape[1:]))
        if x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last):
            # the mask is drawn in the order of memory
            ones = ones.contiguous(memory_format=torch.channels_last)
        return x * F.dropout(ones, self.p)[first : first + len(x)]


def synchronize(net: nn.Module) -> nn.Module:
    """``net`` with batch norm and dropout over all processes; same parameters, same buffers, same
    names.
    """
    for name, child in net.named_children():
        if isinstance(child, _BatchNorm) and not isinstance(child, SyncedBatchNorm):
            synced = SyncedBatchNorm(
                child.num_features,
                child.eps,
                child.momentum,
                child.affine,
                child.track_running_stats,
            )
            synced._parameters, synced._buffers = child._parameters, child._buffers
            setattr(net, name, synced)
        elif type(child) is nn.Dropout:
            setattr(net, name, SharedDropout(child.p))
        else:
            synchronize(child)
    return net
