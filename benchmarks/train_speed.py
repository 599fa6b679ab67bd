"""Images per second of the engine against a plain training loop: same networks, losses, batch, data and device.

The reference is written as the public one-file repositories write it: torchvision's MNIST through a DataLoader with PIL
transforms, optimisers as they come, new latents for the G step, gradients of D computed in it, the running average
weight by weight, `.item()` every step. Each loop has a process of its own, and they run in short turns, one after
the other, so that another program on the machine disturbs both alike. The figures are medians over the turns, the ratio
that of each pair of turns.

The floor is what the matrix products and convolutions of the engine's own step, and its optimisers, take at least: each
of them the longer of its operations at the measured matrix rate and of its bytes at the measured bandwidth, and all
that is element by element for nothing.

    python -m benchmarks.train_speed                             # every variant: the table in benchmarks/results
    python -m benchmarks.train_speed --variants dcgan gan --turns 11
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator

import torch
import torchvision
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.data import DataLoader
from torch.utils.flop_counter import flop_registry
from torchvision import transforms

from benchmarks.results import Results, add_json, processor
from gan_models.checkpoint import build
from gan_models.penalties import Judged
from gan_models.recipe import AnyRecipe, Recipe
from gan_models.registry import LOSSES, PENALTIES
from train import recipes
from train.engine import fitted
from train.engine.args import device as checked
from train.engine.data import load
from train.engine.loop import Now, State, due, step, train, viewer
from train.engine.tune import tune

PLANNED = 1_000_000
"""Images of the run that the loops are taken to be at the beginning of: what a schedule goes by"""


def reference(recipe: Recipe, root: str, device: str, tick: Callable[[int], None]) -> None:
    """The plain loop; tick(images shown) after each G step."""
    data = torchvision.datasets.MNIST(
        root, transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])
    )
    loader = DataLoader(data, batch_size=recipe.batch, shuffle=True, drop_last=True)
    (G, D), (G_ema, _) = ([net.to(device) for net in build(recipe)] for _ in range(2))
    G_ema.load_state_dict(G.state_dict())
    loss = LOSSES[recipe.loss]
    g_opt, d_opt = (plain_optimizer(s, net) for s, net in ((recipe.g_optimizer, G), (recipe.d_optimizer, D)))
    d_steps = 0
    while True:
        for real, y in loader:
            now, look = recipe.at(d_steps * recipe.batch / PLANNED), viewer(recipe, d_steps * recipe.batch / PLANNED)
            for opt, settings in ((g_opt, now.g_optimizer), (d_opt, now.d_optimizer)):
                opt.param_groups[0].update({k: v for k, v in settings.items() if k in ("lr", "betas")})
            real, y = real.to(device), y.to(device)
            told = y if recipe.conditional else None

            d_opt.zero_grad()
            fake = G(torch.randn(len(real), recipe.z_dim, device=device), told)
            seen, made = look(real).requires_grad_(), look(fake.detach()).requires_grad_()
            judged = Judged(seen, made, y, D(seen, told), D(made, told))
            d_loss, _ = loss(judged.on_real.logits, judged.on_fake.logits, **recipe.loss_args)
            for name, weight in due(now, d_steps).items():
                d_loss = d_loss + weight * PENALTIES[name](D, judged)
            d_loss.backward()
            d_opt.step()
            for p in D.parameters() if recipe.weight_clip else ():
                p.data.clamp_(-recipe.weight_clip, recipe.weight_clip)
            d_steps += 1
            if d_steps % recipe.critic_steps:
                continue

            g_opt.zero_grad()
            made = look(G(torch.randn(len(real), recipe.z_dim, device=device), told))
            judged = Judged(seen, made, y, D(seen.detach(), told), D(made, told))
            _, g_loss = loss(judged.on_real.logits, judged.on_fake.logits, **recipe.loss_args)
            for name, weight in now.g_terms.items():
                g_loss = g_loss + weight * PENALTIES[name](D, judged)
            g_loss.backward()
            g_opt.step()
            with torch.no_grad():
                for old, new in zip(G_ema.state_dict().values(), G.state_dict().values(), strict=True):
                    old.copy_(old.lerp(new, 0.01) if old.is_floating_point() else new)
            d_loss.item(), g_loss.item()
            tick(d_steps * recipe.batch)


def plain_optimizer(settings: dict, net) -> torch.optim.Optimizer:
    settings = dict(settings)
    return getattr(torch.optim, settings.pop("name"))(net.parameters(), **settings)


def engine(recipe: Recipe, root: str, device: str, tick: Callable[[int], None]) -> None:
    """The engine as a training script runs it, without what it writes to disk."""
    tune(device)
    data = load("mnist", root).to(device)
    train(recipe, data, State.new(recipe, device), PLANNED * 1000, lambda state: tick(state.images))


def ordinary_steps(recipe: Recipe, data, device: str) -> Iterator[int]:
    """The engine's steps one by one, never recorded; yields the images shown."""
    data, state = data.to(device), State.new(recipe, device)
    while True:
        step(recipe, data, state, Now.of(recipe, state.images, PLANNED))
        state.images += recipe.batch * recipe.critic_steps
        yield state.images


class Turns:
    """Called after each step of a loop: takes a number of steps from a pipe, answers with images per second when they
    are done, and so on; None ends the process."""

    def __init__(self, pipe, device: str):
        self.pipe, self.device, self.left = pipe, device, 1

    def __call__(self, shown: int) -> None:
        self.left -= 1
        if self.left:
            return
        if self.device.startswith("cuda"):
            torch.cuda.synchronize()
        if hasattr(self, "start"):
            self.pipe.send((shown - self.shown) / (time.perf_counter() - self.start))
        self.left = self.pipe.recv()
        if self.left is None:
            raise SystemExit
        self.shown, self.start = shown, time.perf_counter()


def work(pipe, loop, recipe: Recipe, root: str, device: str) -> None:
    """A process with one loop."""
    loop(recipe, root, device, Turns(pipe, device))


def measure(
    recipe: AnyRecipe, root: str, device: str, seconds: float, turns: int, loops: tuple = ()
) -> list[tuple[float, float]]:
    """(reference, engine) images per second of each pair of turns. loops: others in their place."""
    spawn = multiprocessing.get_context("spawn")
    pipes, steps, processes = [], [], []
    for loop in loops or (reference, engine):
        ours, theirs = spawn.Pipe()
        processes.append(spawn.Process(target=work, args=(theirs, loop, recipe, root, device), daemon=True))
        processes[-1].start()
        pipes.append(ours)
        # Warm up (on a GPU until every pattern of steps is recorded), then find how many steps fill a turn.
        for n in (5 * recipe.lazy if device.startswith("cuda") else 2, 3):
            ours.send(n)
            rate = ours.recv()
        steps.append(max(1, round(rate * seconds / recipe.batch / recipe.critic_steps)))

    def turn(pipe, n):
        pipe.send(n)
        return pipe.recv()

    found = [tuple(map(turn, pipes, steps)) for _ in range(turns)]
    for pipe, process in zip(pipes, processes, strict=True):
        pipe.send(None)
        process.join()
    return found


# The floor


class Rates:
    """What the device does at most: operations per second of a matrix product, bytes per second of a copy."""

    def __init__(self, device: str):
        self.operations = self.bytes = 0.0
        self.measure(device)

    def measure(self, device: str) -> None:
        """Once more, in case something else was running: the best counts."""
        n = 8192 if device.startswith("cuda") else 2048
        a, b = torch.randn(2, n, n, device=device).unbind()
        self.operations = max(self.operations, 2 * n**3 / fastest(lambda: a @ b, device))
        x = torch.empty(2**28 if device.startswith("cuda") else 2**26, device=device)
        y = torch.empty_like(x)
        self.bytes = max(self.bytes, 2 * x.nbytes / fastest(lambda: y.copy_(x), device))


def fastest(do, device: str, times: int = 10) -> float:
    """Seconds of the fastest of some calls."""
    best = float("inf")
    for _ in range(times + 1):
        start = time.perf_counter()
        do()
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
    return best


class Floor(TorchDispatchMode):
    """Adds up what the matrix products, convolutions and optimisers of some steps take at least."""

    def __init__(self, rates: Rates):
        super().__init__()
        self.rates, self.seconds, self.operations, self.moved = rates, 0.0, 0, 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        name = func._schema.name
        count = flop_registry.get(func._overloadpacket)
        if count or "_fused_" in name or "_foreach_lerp_" in name:
            operations = count(*args, **kwargs, out_val=out) if count else 0
            moved = sum(t.nbytes for t in tree_leaves((args, kwargs, out)) if isinstance(t, torch.Tensor))
            self.operations += operations
            self.moved += moved
            self.seconds += max(operations / self.rates.operations, moved / self.rates.bytes)
        return out


def floor(recipe: Recipe, data, device: str, rates: Rates) -> dict[str, float]:
    """Per image: the floor in seconds, operations, bytes. Over a whole turn of lazy regularisation."""
    steps = ordinary_steps(recipe, data, device)
    start = next(steps)
    with Floor(rates) as found:
        for _ in range(recipe.lazy):
            shown = next(steps)
    n = shown - start
    return {"floor_images_s": n / found.seconds, "gflop": found.operations / n / 1e9, "mb": found.moved / n / 1e6}


# The table


def device_name(device: str) -> str:
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"{processor()}, {torch.get_num_threads()} threads"


COLUMNS = {
    "variant": "{}", "batch": "{:d}", "plain loop, images/s": "{:,.0f}", "engine, images/s": "{:,.0f}",
    "ratio": "{:.2f}", "its lowest and highest turn": "{:.2f} to {:.2f}", "floor, images/s": "{:,.0f}",
    "of the floor": "{:.0%}", "billion operations an image": "{:.3f}", "MB an image": "{:.2f}",
}  # fmt: skip
"""Images are real images shown to D; loops and ratio are medians"""


def main() -> None:
    known = recipes()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--variants", nargs="+", choices=known, default=list(known), metavar="NAME")
    parser.add_argument("--data-root", default=os.environ.get("GAN_DATA_ROOT", "data"))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seconds", type=float, default=1.5, help="of one turn, at least a step")
    parser.add_argument("--turns", type=int, default=9)
    add_json(parser)
    args = parser.parse_args()

    device = checked(args.device)
    data, rates = load("mnist", args.data_root), Rates(device)
    results, rows = Results(device=device_name(device), size=data.images.shape[-1]), []
    for name in args.variants:
        recipe = fitted(known[name], data)
        turns = measure(recipe, args.data_root, device, args.seconds, args.turns)
        slow, fast = (statistics.median(side) for side in zip(*turns, strict=True))
        ratios = sorted(f / s for s, f in turns)
        rows.append([name, recipe.batch, slow, fast, statistics.median(ratios), [ratios[0], ratios[-1]]])
        print(f"{name}: {slow:,.0f} -> {fast:,.0f} images/s, {rows[-1][4]:.2f} times", flush=True)
        rates.measure(device)
    for row in rows:  # at last, by the best rates that were seen
        least = floor(fitted(known[row[0]], data), data, device, rates)
        row += [least["floor_images_s"], row[3] / least["floor_images_s"], least["gflop"], least["mb"]]
    results.table("training", COLUMNS, rows)
    machine = [["matrix products, GFLOP/s", rates.operations / 1e9], ["copies, GB/s", rates.bytes / 1e9]]
    results.table("rates of the machine", {"what": "{}", "rate": "{:.1f}"}, machine)
    results.save(args.json)


if __name__ == "__main__":
    main()
