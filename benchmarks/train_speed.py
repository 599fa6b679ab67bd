"""Images per second of the engine against a plain training loop: same networks, batch, data and device.

The reference is written as the public one-file repositories write it: torchvision's MNIST through a DataLoader
with PIL transforms, Adam as it comes, gradients of D computed in the G step, `.item()` every step. Each loop has
a process of its own, and they run in short turns, one after the other, so that another program on the machine
disturbs both alike. The figures are medians over the turns, the ratio that of each pair of turns.

    python -m benchmarks.train_speed --variants dcgan gan
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Iterator

import torch
import torchvision
from torch.utils.data import DataLoader
from torchvision import transforms

from gan_models.checkpoint import build
from gan_models.recipe import Recipe
from gan_models.registry import LOSSES
from train import recipes
from train.engine import fitted
from train.engine.data import load
from train.engine.loop import State, train
from train.engine.tune import tune


def reference(recipe: Recipe, root: str, device: str) -> Iterator[int]:
    """The plain loop; yields the images shown after each batch."""
    data = torchvision.datasets.MNIST(
        root, transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])
    )
    loader = DataLoader(data, batch_size=recipe.batch, shuffle=True, drop_last=True)
    G, D = (net.to(device) for net in build(recipe))
    loss = LOSSES[recipe.loss]
    g_opt, d_opt = (torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for net in (G, D))
    shown = 0
    while True:
        for real, y in loader:
            real, y = real.to(device), y.to(device) if recipe.conditional else None
            fake = G(torch.randn(len(real), recipe.z_dim, device=device), y)
            d_opt.zero_grad()
            d_loss, _ = loss(D(real, y).logits, D(fake.detach(), y).logits, **recipe.loss_args)
            d_loss.backward()
            d_opt.step()
            g_opt.zero_grad()
            on_fake = D(fake, y).logits
            _, g_loss = loss(on_fake, on_fake, **recipe.loss_args)
            g_loss.backward()
            g_opt.step()
            d_loss.item(), g_loss.item()
            shown += len(real)
            yield shown


def engine(recipe: Recipe, root: str, device: str) -> Iterator[int]:
    """The engine as a training script runs it, without what it writes to disk."""
    tune(device)
    data = load("mnist", root).to(device)
    state = State.new(recipe, device)
    while True:
        train(recipe, data, state, state.images + 1, lambda _: None)
        yield state.images


def work(pipe, loop, recipe: Recipe, root: str, device: str) -> None:
    """A process with one loop: takes a number of batches, answers with images per second; None ends it."""
    steps = loop(recipe, root, device)
    shown = next(steps)
    while n := pipe.recv():
        before, start = shown, time.perf_counter()
        for _ in range(n):
            shown = next(steps)
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        pipe.send((shown - before) / (time.perf_counter() - start))


def measure(recipe: Recipe, root: str, device: str, seconds: float, turns: int) -> list[tuple[float, float]]:
    """(reference, engine) images per second of each pair of turns."""
    spawn = multiprocessing.get_context("spawn")
    pipes, batches = [], []
    for loop in (reference, engine):
        ours, theirs = spawn.Pipe()
        spawn.Process(target=work, args=(theirs, loop, recipe, root, device), daemon=True).start()
        pipes.append(ours)
        for n in (5, 10):  # warm up, then find how many batches fill a turn
            ours.send(n)
            rate = ours.recv()
        batches.append(max(2, round(rate * seconds / recipe.batch)))

    def turn(pipe, n):
        pipe.send(n)
        return pipe.recv()

    found = [tuple(map(turn, pipes, batches)) for _ in range(turns)]
    for pipe in pipes:
        pipe.send(None)
    return found


def main() -> None:
    known = recipes()
    plain = [n for n, r in known.items() if r.critic_steps == 1 and not (r.d_terms or r.views)]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--variants", nargs="+", choices=plain, default=["dcgan", "gan"])
    parser.add_argument("--data-root", default=os.environ.get("GAN_DATA_ROOT", "data"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seconds", type=float, default=2.0, help="of one turn")
    parser.add_argument("--turns", type=int, default=9)
    args = parser.parse_args()

    data = load("mnist", args.data_root)
    where = torch.cuda.get_device_name() if args.device.startswith("cuda") else f"{torch.get_num_threads()} CPU threads"
    print(f"{platform.machine()}, {where}, torch {torch.__version__}\n")
    print("| variant | batch | reference, images/s | engine, images/s | ratio |\n|---|---|---|---|---|")
    for name in args.variants:
        recipe = fitted(known[name], data)
        found = measure(recipe, args.data_root, args.device, args.seconds, args.turns)
        slow, fast = (statistics.median(side) for side in zip(*found, strict=True))
        ratio = statistics.median(f / s for s, f in found)
        print(f"| {name} | {recipe.batch} | {slow:.0f} | {fast:.0f} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
