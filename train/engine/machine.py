"""Facts about the program and the machine of a run."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import numpy as np
import torch

STATUS = Path("/proc/self/status")
"""What Linux tells a process about itself"""


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}


def device_name(device: str) -> str:
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"CPU ({platform.machine()}, {os.cpu_count()} cores)"


def peak_memory(device: str) -> int:
    """Peak memory in bytes since the process began: of tensors on a GPU, of the whole process on a CPU; 0 if
    unknown."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device)
    return peak_of_process()


def peak_of_process() -> int:
    """Peak memory in bytes of this process since it began; 0 if unknown."""
    try:
        # Not ru_maxrss where there is another figure: a new process starts with its parent's value.
        return int(STATUS.read_text().split("VmHWM:")[1].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        pass
    try:
        import resource  # not on Windows
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if platform.system() == "Darwin" else 1024 * most


def commit() -> str:
    """The git commit of this checkout, with a + if files were changed; empty outside a checkout."""
    how = {"cwd": Path(__file__).parent, "capture_output": True, "text": True, "check": True}
    try:
        # An installed package may lie inside another repository, which does not track this file.
        subprocess.run(["git", "ls-files", "--error-unmatch", Path(__file__).name], **how)
        command = ["git", "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
        return subprocess.run(command, **how).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
