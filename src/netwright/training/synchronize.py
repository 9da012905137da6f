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
from torch.nn.modules.dropout import _DropoutNd

from netwright.base.errors import RecipeError


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
        ones = _ones((sum(sizes), *x.shape[1:]), x)
        return x * F.dropout(ones, self.p)[first : first + len(x)]


def _ones(shape: tuple[int, ...], x: Tensor) -> Tensor:
    """Ones that lie in memory in the order in which dropout draws for tensors that lie as ``x``
    does.
    """
    strides = torch.empty_like(x, device="meta").stride()
    # of a single row the axis of rows has any stride: as large as another's, it lies inside of it
    axes = sorted(range(x.dim()), key=lambda axis: (-strides[axis], axis == 0))
    return x.new_ones([shape[axis] for axis in axes]).permute(
        [axes.index(a) for a in range(x.dim())]
    )


def refuse(net: nn.Module) -> None:
    """See that all that a net draws can be drawn as one process would.

    Raises:
        RecipeError: it draws inside of a layer of torch's, where several processes would each draw
            their own.
    """
    for name, layer in net.named_modules():
        if _draws_apart(layer):
            raise RecipeError(
                f"the layer '{name}' ({type(layer).__name__}) of this model drops units inside of"
                " itself, where several processes would not draw as one does: set its dropout to 0"
                " and put nn.Dropout between layers, or train in one process."
            )


def _draws_apart(layer: nn.Module) -> bool:
    if isinstance(layer, nn.RNNBase):
        return bool(layer.dropout > 0 and layer.num_layers > 1)
    if isinstance(layer, nn.MultiheadAttention):
        return bool(layer.dropout > 0)
    if isinstance(layer, nn.RReLU):
        return True
    return type(layer) is not nn.Dropout and isinstance(layer, _DropoutNd) and bool(layer.p > 0)


def synchronize(net: nn.Module) -> nn.Module:
    """``net`` with batch norm and dropout over all processes; same parameters, same buffers, same
    names.

    Raises:
        RecipeError: it draws where several processes cannot draw as one, see ``refuse``.
    """
    refuse(net)
    return _replaced(net)


def _replaced(net: nn.Module) -> nn.Module:
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
            _replaced(child)
    return net
