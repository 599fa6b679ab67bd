"""A training step as one CUDA graph: what a GPU has done once, it repeats without being told kernel by kernel.

A small GAN's step is hundreds of kernels of a few microseconds each, and starting them takes the CPU longer than
running them takes the GPU. A graph starts them all at once. It repeats the very same kernels on the very same memory,
so that whatever changes from step to step has to lie on the device: weights, data, the state of the random numbers, and
here the numbers that a step is called with. Which terms of the loss are due is another step: one graph for each such
pattern.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

import torch
from torch.utils._pytree import tree_flatten, tree_unflatten

from .distributed import alone

WARM = 3
"""Calls of each pattern before it is recorded, as ordinary steps: cuDNN tries its algorithms then, the optimisers make
their state, and none of that may be recorded"""


@contextmanager
def captured(step: Callable, state) -> Iterator[Callable]:
    """step(numbers) -> None in the fastest form that the device has: on a single GPU recorded, elsewhere as it is.

    state: what the step changes; tells its `device`, and the `constants()` that a recording has built in. numbers: a
    nest of tuples and dicts of floats. All that is done to the same tensors in between belongs inside the context,
    which computes on a stream of its own, as a recording has to.
    """
    device = state.device
    if device.type != "cuda" or not alone():  # gradients that travel between processes are not recorded
        yield step
        return
    stream = torch.cuda.Stream(device)
    stream.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(stream):
        yield Recorder(step, state.constants)
    torch.cuda.current_stream(device).wait_stream(stream)


class Recorder:
    """Runs a step, and from the fourth call of each pattern on repeats its recording.

    constants: () -> what the step has built in beside its numbers; when it changes, all is recorded anew.
    """

    def __init__(self, step: Callable, constants: Callable[[], Hashable]):
        self.step, self.constants, self.built_in = step, constants, None
        self.calls: Counter[str] = Counter()
        self.graphs: dict[str, tuple[torch.cuda.CUDAGraph, list[torch.Tensor], list[float]]] = {}
        self.pool = torch.cuda.graph_pool_handle()

    def __call__(self, numbers) -> None:
        values, shape = tree_flatten(numbers)
        pattern = str(shape)
        self.calls[pattern] += 1
        if self.calls[pattern] <= WARM:
            self.step(numbers)
            return
        if self.built_in != (built_in := self.constants()):
            self.built_in = built_in
            self.graphs.clear()
        if pattern not in self.graphs:
            self.graphs[pattern] = self.record(values, shape)
        graph, tensors, last = self.graphs[pattern]
        for k, value in enumerate(values):
            if value != last[k]:
                tensors[k].fill_(value)
                last[k] = value
        graph.replay()

    def record(self, values: list[float], shape):
        """The graph of a pattern, the tensors that it reads its numbers from, and what is in them."""
        tensors = [torch.tensor(value, dtype=torch.float32, device="cuda") for value in values]
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self.pool, stream=torch.cuda.current_stream()):
            self.step(tree_unflatten(tensors, shape))
        return graph, tensors, list(values)
