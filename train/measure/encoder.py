"""Train the encoder of checkpoints: `python -m train encoder checkpoints/mnist/dcgan` writes encoder.safetensors.

An encoder E maps a picture to its latent (f-AnoGAN, Schlegl et al. 2019). G and D do not change, and E learns to make
G(E(x)) similar to x, in pixels and in D's features, on real training pictures and on generated ones, whose latent and
class are known. The real pictures come from --data-root, else from training.png; without both there are none.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from . import at_hand
from .folders import each

STEPS, BATCH, RATE = 1500, 32, 2e-3
"""Steps of the optimiser; pictures of each kind per step; Adam's rate, which falls to 0"""
WIDTHS = {28: 14, 32: 14, 64: 16}
"""Channels of the first layer by picture side: files of at most 200 kB and 280 kB. With 22 channels an encoder of faces
has 410 kB, and its first guess at unseen faces is 0.1 dB better"""
OTHERWISE = 16


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train encoder", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("folders", nargs="+", type=Path, metavar="FOLDER", help="checkpoint folders")
    at_hand.arguments(parser, "the training pictures", "training.png", "training.png")
    add("--steps", type=int, default=STEPS, help=f"(default {STEPS:,})")
    add("--batch", type=int, default=BATCH, help=f"real pictures per step, and as many generated (default {BATCH})")
    add("--width", type=int, help="channels of the first layer")
    add("--seed", type=int, default=0)
    add("--again", action="store_true", help="train a new one even if there is one")
    args = parser.parse_args(argv)
    if not (1 <= args.steps <= 10**6 and 2 <= args.batch <= 4096 and 1 <= (args.width or 1) <= 64 and args.seed >= 0):
        parser.error("--steps must be 1 to 1,000,000, --batch 2 to 4,096, --width 1 to 64, --seed 0 or more.")
    return each(parser.prog, args.folders, lambda folder: one(folder, args), "nothing of this checkpoint was written")


def one(folder: Path, args) -> None:
    """Train and write the encoder of one folder, or print that it has one."""
    import gan_models
    from gan_models.latent import encoder

    has_d = (folder / "discriminator.safetensors").is_file()
    gan = gan_models.load(folder, discriminator=has_d, kind=gan_models.Recipe)
    if not args.again and encoder.read(folder, gan.recipe) is not None:
        print(f"{folder} has an encoder already (--again trains a new one).")
        return
    known = at_hand.training(gan.recipe, str(gan.provenance.get("dataset")), args)
    if known and gan.recipe.classes and known.names != gan.recipe.class_names:
        known = None  # a conditional generator needs the class of each picture
    words = f"{len(known.images):,} training pictures and generated ones" if known else "generated pictures alone"
    began = time.monotonic()
    width = args.width or WIDTHS.get(gan.recipe.size, OTHERWISE)
    net, last = trained(gan, known, args.steps, args.batch, width, args.seed)
    encoder.write(folder, net)
    size = (folder / encoder.FILE).stat().st_size / 1000
    print(
        f"{folder}: {args.steps:,} steps on {words} in {time.monotonic() - began:.0f} s; {size:.0f} kB; "
        + ", ".join(f"{name} {value:.4f}" for name, value in last.items())
    )


def trained(gan, known: at_hand.Pictures | None, steps: int, batch: int, width: int, seed: int):
    """(encoder, {loss: mean over the last tenth}). known: training pictures, of the recipe's classes if it has some.

    Loss: squared error in pixels, plus that in D's features in units of their variance, weight 1 (f-AnoGAN's kappa); on
    generated pictures also 1 - cosine of the latent; cross-entropy of the class, weight 0.1.
    """
    import math

    import torch
    import torch.nn.functional as F

    from gan_models.latent.encoder import Encoder
    from gan_models.latent.features import d_features

    recipe = gan.recipe
    torch.manual_seed(seed)  # initial weights
    net, rng = Encoder(recipe, width), torch.Generator().manual_seed(seed)
    adam = torch.optim.Adam(net.parameters(), RATE)
    sees = gan.D is not None and not gan.sees_batch
    last: dict[str, list[float]] = {}
    for step in range(steps):
        z = torch.randn(batch, recipe.z_dim, generator=rng)
        y = torch.randint(recipe.classes, (batch,), generator=rng) if recipe.classes else None
        with torch.no_grad():
            x = gan.G(z, y)
        if known is not None:
            rows = torch.randint(len(known.images), (batch,), generator=rng)
            real = torch.from_numpy(known.images[rows.numpy()]).permute(0, 3, 1, 2).contiguous()
            x = torch.cat([x, real.float() / 127.5 - 1])
            y = None if y is None else torch.cat([y, torch.from_numpy(known.labels[rows.numpy()])])
        found, classes = net(x)
        made = gan.G(found, y)
        losses = {"pixels": F.mse_loss(made, x), "latent": 1 - F.cosine_similarity(found[:batch], z).mean()}
        if sees:
            with torch.no_grad():
                seen = d_features(gan, x, y)
            losses["features"] = F.mse_loss(d_features(gan, made, y), seen) / seen.var().clamp(min=1e-8)
        if classes is not None:
            losses["classes"] = 0.1 * F.cross_entropy(classes, y)
        adam.param_groups[0]["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
        adam.zero_grad()
        sum(losses.values()).backward()
        adam.step()
        if step >= steps - max(1, steps // 10):
            for name, value in losses.items():
                last.setdefault(name, []).append(value.item())
    return net.eval().requires_grad_(False), {name: sum(values) / len(values) for name, values in last.items()}


if __name__ == "__main__":
    sys.exit(main())
