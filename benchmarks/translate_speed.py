"""pix2pix at 28 pixels against a plain training loop of the same networks, and the time of one answer at 64 pixels.

The plain loop is written as the public one-file repositories write it: pairs of PIL pictures through a DataLoader with
transforms, optimisers as they come, gradients of D computed in the G step, the running average weight by weight,
`.item()` every step. See train_speed.py for how the two take turns.

    python -m benchmarks.translate_speed --turns 9
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
import torchvision
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from benchmarks.results import Results, add_json
from benchmarks.train_speed import PLANNED, measure, plain_optimizer
from gan_models import Translator
from gan_models.checkpoint import build
from gan_models.domains import apply
from gan_models.recipe import TranslatorRecipe
from train import translators
from train.engine import fitted, pictures
from train.engine.args import TrainArgs
from train.engine.loop import State, train
from train.engine.tune import tune


class Drawings(Dataset):
    """(outlines, picture), each a PIL picture made into a tensor when it is asked for."""

    def __init__(self, root: str):
        images = torchvision.datasets.FashionMNIST(root).data.numpy()[..., None]
        self.pairs = [one[..., 0] for one in apply("edges", images)]
        self.to_tensor = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])

    def __len__(self) -> int:
        return len(self.pairs[0])

    def __getitem__(self, k: int):
        return tuple(self.to_tensor(Image.fromarray(side[k])) for side in self.pairs)


def reference(recipe: TranslatorRecipe, root: str, device: str, tick: Callable[[int], None]) -> None:
    """The plain loop; tick(images shown) after each step."""
    loader = DataLoader(Drawings(root), batch_size=recipe.batch, shuffle=True, drop_last=True)
    (G, D), (G_ema, _) = ([net.to(device) for net in build(recipe)] for _ in range(2))
    G_ema.load_state_dict(G.state_dict())
    g_opt, d_opt = (plain_optimizer(s, net) for s, net in ((recipe.g_optimizer, G), (recipe.d_optimizer, D)))
    bce, l1, shown = torch.nn.BCEWithLogitsLoss(), torch.nn.L1Loss(), 0
    while True:
        for given, real in loader:
            given, real = given.to(device), real.to(device)
            fake = G(given)

            d_opt.zero_grad()
            on_real, on_fake = (D(torch.cat([x, given], 1)).logits for x in (real, fake.detach()))
            d_loss = bce(on_real, torch.ones_like(on_real)) + bce(on_fake, torch.zeros_like(on_fake))
            d_loss.backward()
            d_opt.step()

            g_opt.zero_grad()
            on_fake = D(torch.cat([fake, given], 1)).logits
            g_loss = bce(on_fake, torch.ones_like(on_fake)) + recipe.g_terms["l1"] * l1(fake, real)
            g_loss.backward()
            g_opt.step()
            with torch.no_grad():
                for old, new in zip(G_ema.state_dict().values(), G.state_dict().values(), strict=True):
                    old.copy_(old.lerp(new, 0.01) if old.is_floating_point() else new)
            d_loss.item(), g_loss.item()
            shown += len(real)
            tick(shown)


def engine(recipe: TranslatorRecipe, root: str, device: str, tick: Callable[[int], None]) -> None:
    """The engine as a training script runs it, without what it writes to disk."""
    tune(device)
    data = pictures(TrainArgs(dataset="fashion_mnist", data_root=root), recipe).to(device)
    train(recipe, data, State.new(recipe, device), PLANNED * 1000, lambda state: tick(state.images))


def answer(recipe: TranslatorRecipe, times: int = 30) -> float:
    """Median milliseconds of one answer at 64 pixels in colour, from uint8 to uint8."""
    recipe = replace(recipe, size=64, given_size=64, channels=3)
    translator = Translator(recipe, build(recipe)[0])
    picture, taken = np.zeros((1, 64, 64, 1), np.uint8), []
    for _ in range(times):
        start = time.perf_counter()
        translator.translate(picture)
        taken.append(time.perf_counter() - start)
    return 1000 * statistics.median(taken)


COLUMNS = {
    "variant": "{}", "batch": "{:d}", "plain loop, images/s": "{:,.0f}", "engine, images/s": "{:,.0f}",
    "ratio": "{:.2f}", "its lowest and highest turn": "{:.2f} to {:.2f}",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data-root", default=os.environ.get("GAN_DATA_ROOT", "data"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seconds", type=float, default=1.5, help="of one turn, at least a step")
    parser.add_argument("--turns", type=int, default=9)
    add_json(parser)
    args = parser.parse_args()
    results = Results()
    recipe = translators()["pix2pix"]
    data = pictures(TrainArgs(dataset="fashion_mnist", data_root=args.data_root), recipe)
    recipe = fitted(recipe, data)
    found = measure(recipe, args.data_root, args.device, args.seconds, args.turns, (reference, engine))
    slow, fast = (statistics.median(side) for side in zip(*found, strict=True))
    ratios = sorted(f / s for s, f in found)
    row = ["pix2pix", recipe.batch, slow, fast, statistics.median(ratios), [ratios[0], ratios[-1]]]
    results.table("training at 28 px", COLUMNS, [row])
    results.table("one answer at 64 px", {"what": "{}", "time": "{:.0f} ms"}, [["an answer in colour", answer(recipe)]])
    results.save(args.json)


if __name__ == "__main__":
    main()
