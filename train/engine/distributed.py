"""One training on several GPUs: every process judges its part of each batch, and gradients are averaged.

    torchrun --nproc-per-node 2 -m train.r3gan --dataset mnist

The recipe's batch is the batch of all processes together. They hold equal weights and equal random numbers, from which
each takes its own rows (see gan_models.draws). So the result equals that of one process, up to rounding, for every
recipe whose networks do not mix the pictures of a batch. BatchNorm and StyleGAN2's deviation see only a process's part,
and dropout drops other values.

Plain modules and one `all_reduce` of all gradients for each optimiser step, after the backward pass of the whole loss,
penalties and all. (DistributedDataParallel's hooks assume one forward and one backward pass; if only a penalty reached
a weight, the gradients were wrong without an error.)
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist

from gan_models.draws import share

from .args import RunError

PATIENCE = timedelta(minutes=10)
"""Longest wait of a process for the others: the first one may be decoding the data"""


def rank() -> int:
    """The number of this process; process 0 writes files and prints."""
    return dist.get_rank() if dist.is_initialized() else 0


def size() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def alone() -> bool:
    return size() == 1


@contextmanager
def joined(device: str, batch: int):
    """Join the processes that torchrun started, for the duration of the context; yields this process's device.

    Raises RunError if there are fewer GPUs than processes, or `batch` pictures cannot be divided equally.
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ or int(os.environ["WORLD_SIZE"]) == 1:
        yield device
        return
    here, processes = int(os.environ["LOCAL_RANK"]), int(os.environ["WORLD_SIZE"])
    if batch % processes:
        raise RunError(f"a batch of {batch} cannot be shared by {processes} processes: --batch must be a multiple.")
    if device.startswith("cuda"):
        if here >= torch.cuda.device_count():
            raise RunError(f"process {here} has no GPU: start at most {torch.cuda.device_count()} for each machine.")
        device = f"cuda:{here}"
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=PATIENCE)
    share(dist.get_rank(), dist.get_world_size())
    try:
        yield device
    finally:
        share(0, 1)
        dist.destroy_process_group()


@contextmanager
def first_alone():
    """The process with rank 0 runs the block before the others: it downloads and decodes for all."""
    if rank():
        together(dist.barrier)
    yield
    if not alone() and not rank():
        together(dist.barrier)


def mean_gradients(opt: torch.optim.Optimizer) -> None:
    """Give every process the mean of all processes' gradients, in one message."""
    if alone():
        return
    grads = [p.grad for group in opt.param_groups for p in group["params"] if p.grad is not None]
    flat = torch.cat([grad.flatten() for grad in grads])
    together(dist.all_reduce, flat)
    for grad, mean in zip(grads, (flat / size()).split([grad.numel() for grad in grads]), strict=True):
        grad.copy_(mean.view_as(grad))


def gathered(x: torch.Tensor) -> torch.Tensor:
    """The rows [N, ...] of all processes, in the order of their numbers: the whole batch."""
    if alone():
        return x
    parts = [torch.empty_like(x, memory_format=torch.contiguous_format) for _ in range(size())]
    together(dist.all_gather, parts, x.contiguous())
    return torch.cat(parts)


def agreed(stop: bool, device) -> bool:
    """Whether any of the processes wants to stop."""
    if alone():
        return stop
    wish = torch.tensor(float(stop), device=device)
    together(dist.all_reduce, wish)
    return bool(wish)


def together(do, *args) -> None:
    """Call a function that needs all processes. Raises RunError if one of them is gone."""
    try:
        do(*args)
    except RuntimeError as error:
        raise RunError(
            f"process {rank()}: another process of this training has ended ({str(error).splitlines()[0]}); the last "
            "good state is kept: read that process's error, and continue with the same command and --resume."
        ) from error
