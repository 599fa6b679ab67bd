"""Where the time of a training step goes, by the kind of work; on a GPU that of a step which is not recorded.

python -m benchmarks.profile --variant wgan_gp
python -m benchmarks.profile --variant r3gan --trace step.json    # for chrome://tracing or perfetto.dev
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.train_speed import device_name, ordinary_steps
from train import recipes
from train.engine import fitted
from train.engine.args import device as checked
from train.engine.data import load
from train.engine.tune import tune

KINDS = {
    "convolutions and matrix products": ("conv", "gemm", "mm", "addmv", "linear", "mv", "dot"),
    "normalisation": ("norm", "var", "std"),
    "optimisers, clipping and the average": ("fused_adam", "foreach", "adam", "rmsprop", "multi_tensor"),
    "random numbers": ("rand", "normal", "uniform", "distribution"),
    "copies and layouts": ("copy", "cat", "contiguous", "clone", "fill", "zero", "memcpy", "memset", "index"),
}
"""Kind of work -> what the names of its operations contain; the first that fits counts, and the rest goes element by
element"""
ELEMENTWISE, BETWEEN = "element by element, and sums", "between operations: Python, autograd, waiting"


def kind(name: str) -> str:
    name = name.lower()
    return next((k for k, parts in KINDS.items() if any(part in name for part in parts)), ELEMENTWISE)


def measure(step, steps: int, gpu: bool, trace: Path | None = None) -> tuple[float, Counter, Counter]:
    """Seconds of a step as a whole, and by kind and by operation; what the profiler itself costs is in all of them."""
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if gpu else [])]
    with profile(activities=activities) as seen:
        start = time.perf_counter()
        for _ in range(steps):
            step()
        if gpu:
            torch.cuda.synchronize()
        whole = (time.perf_counter() - start) / steps
    kinds, operations = Counter(), Counter()
    for event in seen.key_averages():
        seconds = (event.self_device_time_total if gpu else event.self_cpu_time_total) / 1e6 / steps
        if (gpu and event.device_type == torch.autograd.DeviceType.CPU) or seconds <= 0:
            continue
        if not gpu and not event.key.startswith("aten::"):
            continue
        kinds[kind(event.key)] += seconds
        operations[event.key] += seconds
    kinds[BETWEEN] = max(whole - kinds.total(), 0.0)
    if trace:
        seen.export_chrome_trace(str(trace))
    return whole, kinds, operations


def table(head: str, rows: list[tuple[str, float]], whole: float) -> str:
    lines = [f"| {head} | ms a step | share |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {1000 * s:.2f} | {s / whole:.0%} |" for name, s in rows)])


def main() -> None:
    known = recipes()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--variant", choices=known, default="dcgan", metavar="NAME")
    parser.add_argument("--data-root", default=os.environ.get("GAN_DATA_ROOT", "data"))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--top", type=int, default=12, help="operations to list")
    parser.add_argument("--trace", type=Path, help="write a trace for chrome://tracing there")
    args = parser.parse_args()

    device = checked(args.device)
    tune(device)
    data = load("mnist", args.data_root)
    recipe = fitted(known[args.variant], data)
    steps = ordinary_steps(recipe, data, device)
    for _ in range(5):
        next(steps)
    whole, kinds, operations = measure(lambda: next(steps), args.steps, device.startswith("cuda"), args.trace)
    images = recipe.batch * recipe.critic_steps
    print(f"{args.variant}, batch {recipe.batch}, {device_name(device)}: {1000 * whole:.1f} ms a G step with its")
    print(f"{recipe.critic_steps} D steps, {images / whole:,.0f} images/s under the profiler\n")
    print(table("kind of work", kinds.most_common(), whole), "\n")
    print(table("operation", operations.most_common(args.top), whole))


if __name__ == "__main__":
    main()
