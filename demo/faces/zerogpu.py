"""ZeroGPU, where a Space may run: it starts no program that has no function for the GPU that it lends.

Pictures are drawn on the CPU there as everywhere. These networks need milliseconds for one, less than a GPU takes to be
lent; it would use up a visitor's minutes, and round differently: a link would not show the same picture everywhere.
"""


def register() -> bool:
    """Show ZeroGPU a function; False where the package `spaces` is not installed. Before CUDA is touched."""
    try:
        import spaces
    except ImportError:
        return False
    spaces.GPU(device_name)
    return True


def device_name() -> str:
    """What the GPU is called."""
    import torch

    return torch.cuda.get_device_name()
