"""A training step as one CUDA graph: the GPU repeats recorded kernels without a launch of each by the CPU.

A small GAN's step is hundreds of kernels of a few microseconds each, and starting them takes the CPU longer than
running them takes the GPU. A graph starts them all at once. It repeats the same kernels on the same memory, so that
everything that changes from step to step must be on the device: weights, data, the state of the random numbers, and the
numbers that a step is called with. Steps with different terms of the loss are different patterns, with one graph for
each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

import torch
from torch.utils._pytree import tree_flatten, tree_unflatten

from .distributed import alone

WARM = 3
"""Calls of each pattern, as ordinary steps, before it is recorded: in these cuDNN tries its algorithms and the
optimisers make their state, which must not be recorded"""


@contextmanager
def captured(step: Callable, state) -> Iterator[Callable]:
    """step(numbers) -> None in the fastest form for the device: recorded on a single GPU, unchanged elsewhere.

    state: the object that the step changes; it gives its `device`, and the `constants()` that a recording contains.
    numbers: nested tuples and dicts of floats. All other work on the same tensors belongs inside the context, which
    computes on a stream of its own, as recording requires.
    """
    device = state.device
    if device.type != "cuda" or not alone():  # gradients sent between processes are not recorded
        yield step
        return
    stream = torch.cuda.Stream(device)
    stream.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(stream):
        yield Recorder(step, state.constants)
    torch.cuda.current_stream(device).wait_stream(stream)


class Recorder:
    """Runs a step, and repeats its recording from the fourth call of each pattern on.

    constants: () -> the values that the recording contains besides the numbers; when they change, all is recorded anew.
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
        """The graph of a pattern, the tensors that it reads its numbers from, and their values."""
        tensors = [torch.tensor(value, dtype=torch.float32, device="cuda") for value in values]
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self.pool, stream=torch.cuda.current_stream()):
            self.step(tree_unflatten(tensors, shape))
        return graph, tensors, list(values)
