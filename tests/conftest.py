"""A small zoo of untrained networks, sound and broken, for the tests of the core and the front ends."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import CLASSES, gan
from PIL import Image

import gan_models
from benchmarks.browser import CHROMIUM, chromium
from gan_models import Recipe
from gan_models.pictures import tile

SIZE = 8


def put(folder: Path, dataset: str = "toys", seed: int = 0, **fields) -> None:
    """An untrained checkpoint with all that a trained one says of itself."""
    settings = {"size": SIZE, "z_dim": 6, "network": "mlp", "network_args": {"width": 4}}
    made = gan(Recipe(**{**settings, **fields}), seed)
    count = sum(p.numel() for p in made.G.parameters())
    provenance = {
        "dataset": dataset,
        "images": 20_000,
        "seconds": 75.0,
        "device": "CPU (test)",
        "parameters": {"generator": count, "discriminator": sum(p.numel() for p in made.D.parameters())},
    }
    gan_models.save(folder, made.recipe, made.G, made.D, provenance)


@pytest.fixture(scope="session")
def _zoo_once(tmp_path_factory) -> Path:
    zoo = tmp_path_factory.mktemp("zoo")
    plain = {
        "title": "Plain GAN",
        "year": 2014,
        "summary": "The *first* one.",
        "objective": r"\min_G \max_D V",
    }
    put(zoo / "toys" / "plain", name="plain", **plain)
    put(zoo / "toys" / "deep", name="deep", title="Deep GAN", year=2015, network="dcgan", seed=1)
    told = {"conditional": True, "class_names": CLASSES, "year": 2016}
    put(zoo / "toys" / "told", name="told", title="Told GAN", seed=2, **told)
    put(zoo / "photos" / "colour", "photos", name="colour", title="Colour GAN", channels=3, year=2017)

    # Pictures that stand for real data: tile i is a plane of brightness i, and of class i mod 3.
    tiles = np.arange(12, dtype=np.uint8)[:, None, None, None] * np.ones((1, SIZE, SIZE, 1), np.uint8)
    Image.fromarray(tile(tiles, len(CLASSES))).save(zoo / "toys" / "real.png")
    about = {
        "dataset": "toys", "split": "test", "size": SIZE, "channels": 1, "class_names": CLASSES,
        "columns": len(CLASSES), "labels": [i % 3 for i in range(12)],
    }  # fmt: skip
    (zoo / "toys" / "real.json").write_text(json.dumps(about))
    return zoo


@pytest.fixture
def zoo_folder(_zoo_once, tmp_path) -> Path:
    """Four variants: "toys/plain", "toys/deep", "toys/told" (three classes), "photos/colour"; free to change."""
    return Path(shutil.copytree(_zoo_once, tmp_path / "zoo"))


@pytest.fixture
def broken_zoo(zoo_folder) -> Path:
    """The same with folders that cannot be used: those in BROKEN, and "toys/torn", which loading reveals."""
    toys = zoo_folder / "toys"
    for name in ("torn", "weightless", "cut", "unknown", "newer"):
        shutil.copytree(toys / "plain", toys / name)
    (toys / "torn" / "generator.safetensors").write_bytes(b"these are no weights")
    (toys / "weightless" / "generator.safetensors").unlink()
    (toys / "cut" / "recipe.json").write_text('{"format": 1, "recipe"')
    recipe = json.loads((toys / "plain" / "recipe.json").read_text())
    edit = {**recipe, "recipe": {**recipe["recipe"], "network": "transformer"}}
    (toys / "unknown" / "recipe.json").write_text(json.dumps(edit))
    (toys / "newer" / "recipe.json").write_text(json.dumps({**recipe, "format": 99}))
    (zoo_folder / "cookbook").mkdir()
    (zoo_folder / "cookbook" / "recipe.json").write_text('{"recipe": "pancakes", "eggs": 3}')
    (zoo_folder / "only_weights").mkdir()
    (zoo_folder / "only_weights" / "model.safetensors").write_bytes(b"")
    shutil.copytree(toys / "plain", toys / ".plain.new")  # what a save that was killed leaves
    return zoo_folder


BROKEN = ["cookbook", "only_weights", "toys/cut", "toys/newer", "toys/unknown", "toys/weightless"]
"""Folders of `broken_zoo` that are unusable at first sight"""


@pytest.fixture
def browser():
    """Debian's Chromium, driven by Playwright."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with chromium() as started:
        yield started
