"""Settings of the process that make a step faster. They can change results by rounding errors."""

from __future__ import annotations

import ctypes
import platform

import torch

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""glibc's malloc.h"""


def tune(device: str) -> None:
    """Prepare this process for training on a device.

    On a CPU under Linux: keep freed memory. Every step allocates the same activations again; by default glibc
    gives large blocks back to the system, which then clears each page anew. Denormal numbers, below about 1e-38, which
    a CPU computes slowly, become 0.

    On a GPU: cuDNN measures its algorithms for each size and takes the fastest one. They differ in rounding.
    """
    if device == "cpu" and platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, 1 << 30)
        libc.mallopt(M_TRIM_THRESHOLD, (1 << 31) - 1)
    if device == "cpu":
        torch.set_flush_denormal(True)
    else:
        torch.backends.cudnn.benchmark = True  # all batches have the same size: each algorithm is tried once
