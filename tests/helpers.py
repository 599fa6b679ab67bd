"""What several tests share: recipes made small, networks with contrast, made-up data, folders as bytes."""

import io
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

import gan_models
import train
from gan_models import GAN, Recipe, TranslatorRecipe
from gan_models.registry import NETWORKS
from train.engine import main
from train.engine.data import Data

CLASSES = ("zero", "one", "two")


def small(recipe: Recipe, **changes) -> Recipe:
    """The recipe with networks of a few channels, small batches and, where it takes labels, three classes."""
    ours = {
        "network_args": {**recipe.network_args, "width": 4},
        "class_names": CLASSES if recipe.conditional else (),
        "z_dim": 6,
        "batch": 8,
    }
    return replace(recipe, **{**ours, **changes})


SMALL = {name: small(recipe) for name, recipe in train.recipes().items()}
"""Every variant that draws from noise"""
FAMILIES = {name: small(Recipe(name=name, network=name)) for name in NETWORKS}
"""Each family of networks, without labels"""
LABELLED = {
    f"{name}-{labels}": replace(r, conditional=True, class_names=CLASSES, network_args={"width": 4, "labels": labels})
    for name, r in FAMILIES.items()
    for labels in ("projection", "auxiliary")
}
"""The same with labels: D hears them by projection, or guesses them with a class head"""


def gan(recipe: Recipe, seed: int = 0) -> GAN:
    """A GAN of the recipe, untrained, with weights that give pictures contrast, and with its D."""
    torch.manual_seed(seed)
    G, D = gan_models.build(recipe)
    with torch.no_grad():
        for p in G.parameters():
            if p.dim() > 1:
                size = p.std().item() * math.sqrt(p[0].numel())
                if not size > 0.9:  # larger ones have it already; those that start at zero end residual branches
                    p.normal_(0, (2 if size else 0.5) / math.sqrt(p[0].numel()))
    return GAN(recipe, G, D=D)


@contextmanager
def doubles() -> Iterator[None]:
    """New floats of PyTorch are of double precision here, as a program that uses this one may have it."""
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


def saved(tmp_path: Path) -> Path:
    """The folder of a whole checkpoint of a fully connected pair."""
    g = gan(small(Recipe(name="x", network="mlp")))
    gan_models.save(tmp_path / "x", g.recipe, g.G, g.D, {"dataset": "noise"})
    return tmp_path / "x"


def makes(model, n: int) -> np.ndarray:
    """n pictures of a trained model of either kind: of seeds 0 and on, or of made-up given pictures."""
    if isinstance(model, GAN):
        return model.sample(range(n))
    shape = (n, model.recipe.given_size, model.recipe.given_size, model.recipe.given_channels)
    return model.translate(np.random.default_rng(0).integers(256, size=shape, dtype=np.uint8))


def noise(recipe: Recipe, n: int = 48, seed: int = 0) -> Data:
    """n pictures of random pixels that fit the recipe, of every class in turn."""
    rng = torch.Generator().manual_seed(seed)
    shape = (n, recipe.channels, recipe.size, recipe.size)
    images = torch.randint(256, shape, generator=rng, dtype=torch.uint8)
    return Data("noise", images, torch.arange(n) % len(CLASSES), CLASSES)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too: path -> bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def moments(film: Path) -> int:
    """Number of moments in evolution.webp. WebP merges frames that look alike into one that stays longer."""
    durations = []
    with Image.open(film) as frames:
        for frame in ImageSequence.Iterator(frames):
            frame.load()
            durations.append(frame.info["duration"])
    return (sum(durations) - 2000) // 250 + 1  # 250 ms each, the last one 2 s


SLIM = ["--size", "28", "--batch", "8", "--network-args", "width=4"]
TINY = [*SLIM, "--device", "cpu", "--images", "16"]
"""Options of a training that takes no time"""


def grey_pictures(folder: Path) -> Path:
    """Fills a folder with three classes of four grey pictures of 28 pixels; returns it."""
    rng = np.random.default_rng(0)
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
        for k in range(4):
            Image.fromarray(rng.integers(0, 256, (28, 28), dtype=np.uint8)).save(folder / name / f"{k}.png")
    return folder


def same(a, b) -> bool:
    """Whether two nests of dicts, lists and tensors are equal to the last bit."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


def refused(capsys, *argv, variant: str = "dcgan") -> str:
    """The sentence with which the command line of a training is refused, exit code 2."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        main(train.recipes()[variant], [*map(str, argv)])
    assert stop.value.code == 2
    err = capsys.readouterr().err
    sentence = err.strip().splitlines()[-1]
    assert sentence.startswith(f"python -m train.{variant}: error: ") and "Traceback" not in err
    return sentence.partition("error: ")[2]


def until(true: Callable[[], object], seconds: float = 240) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


class Broken(io.StringIO):
    """A stream whose writes fail from one moment on."""

    def __init__(self, error: int):
        super().__init__()
        self.error, self.works, self.tried = error, True, 0

    def write(self, text):
        self.tried += not self.works
        if not self.works:
            raise OSError(self.error, os.strerror(self.error))
        return super().write(text)


def put_translator(folder: Path, dataset: str, seed: int = 0, **fields) -> None:
    """An untrained checkpoint of a translator of 16 pixels, with contrast."""
    small = {"network_args": {"width": 4, "d_width": 4}, "batch": 4, "size": 16, "given_size": 16}
    recipe = TranslatorRecipe(**{**small, **fields})
    torch.manual_seed(seed)
    G, D = gan_models.build(recipe)
    with torch.no_grad():
        for p in G.parameters():
            if p.dim() > 1:
                p.normal_(0, 1 / math.sqrt(p[0].numel()))
    gan_models.save(folder, recipe, G, D, {"dataset": dataset, "images": 20_000, "device": "CPU (test)"})


def translators(zoo: Path) -> Path:
    """Puts translators into a zoo, and returns it: "toys/edges" and "toys/cycle" (thin ↔ thick) in grey, "photos/large"
    (4 -> 16 pixels in colour), "toys/classy", a cycle from the class "zero" to all others, and "toys/filler", which
    fills a hole."""
    cycle = {"cycle": True, "network": "unet", "g_terms": {"cycle": 10.0}}
    large = {"network": "srresnet", "given_size": 4, "channels": 3, "given_channels": 3, "g_terms": {"l2": 1.0}}
    for seed, (folder, title, rule, domains, more) in enumerate((
        ("toys/edges", "Edgy", "edges", ("edges", "pictures"), {"g_terms": {"l1": 100.0}}),
        ("toys/cycle", "Round trip", "thin", ("thin", "thick"), cycle),
        ("toys/classy", "Classy", "", ("zero", "not zero"), cycle),
        ("photos/large", "Large", "small", ("small", "large"), large),
        ("toys/filler", "Filler", "hole", ("hole", "whole"), {"g_terms": {"l2": 1.0}}),
    )):  # fmt: skip
        dataset, name = folder.split("/")
        words = {"title": title, "year": 2017 + seed, "summary": "It *translates*."}
        put_translator(zoo / folder, dataset, seed, name=name, rule=rule, domains=domains, **words, **more)
    return zoo
