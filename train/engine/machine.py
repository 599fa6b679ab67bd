"""What a run says of the program and the machine that it ran on."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import numpy as np
import torch


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}


def device_name(device: str) -> str:
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"CPU ({platform.machine()}, {os.cpu_count()} cores)"


def peak_memory(device: str) -> int:
    """Bytes at most since the process began: on a GPU of tensors there, on a CPU of all; 0 where nobody can tell."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device)
    try:
        import resource  # not on Windows
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if platform.system() == "Darwin" else 1024 * most


def commit() -> str:
    """The git commit of this checkout, with a + where it was changed; empty outside a checkout."""
    how = {"cwd": Path(__file__).parent, "capture_output": True, "text": True, "check": True}
    try:
        # Installed, this file may lie in an environment inside somebody's repository, which does not hold it.
        subprocess.run(["git", "ls-files", "--error-unmatch", Path(__file__).name], **how)
        command = ["git", "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
        return subprocess.run(command, **how).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
