"""The checkpoints that ship: each is whole, makes pictures, and shows what it makes."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import moments
from PIL import Image
from sources import listed

import gan_models
from gan_models.pictures import tile
from gan_models.recipe import kind_of
from train.engine.report import POINTS
from train.engine.sheets import of_seeds as picture

ROOT = Path(__file__).parent.parent

ZOO = {f"{p.parent.parent.name}/{p.parent.name}": p.parent for p in listed("checkpoints", "*/*/recipe.json")}


def given_row(path: Path, recipe) -> np.ndarray:
    """The given pictures of the first row of a translator's samples.png, as it takes them, see `sheets`; where that
    does not ship, ten that a GAN of the same data drew."""
    if not (path / "samples.png").exists():
        return gan_models.load(path.parent / "stylegan2").sample(range(10))
    side, times = recipe.size, recipe.size // recipe.given_size
    sheet = np.asarray(Image.open(path / "samples.png"))
    row = sheet[:side].reshape(side, 10, side, -1).swapaxes(0, 1)
    return np.ascontiguousarray(row[:, ::times, ::times, : recipe.given_channels])


@pytest.mark.parametrize("path", ZOO.values(), ids=ZOO)
def test_a_shipped_checkpoint_is_whole_and_makes_pictures(path):
    content = json.loads((path / "recipe.json").read_text(encoding="utf-8"))
    assert content["format"] == kind_of(content["recipe"]).format
    assert content["provenance"]["dataset"] == path.parent.name
    assert content["provenance"]["images"] >= content["provenance"]["planned_images"] > 0

    g = gan_models.load(path, discriminator=(path / "discriminator.safetensors").exists())
    recipe = g.recipe
    assert recipe.name == path.name
    with torch.inference_mode():
        y = (torch.arange(16) % recipe.classes,) if recipe.classes else ()
        given = torch.randn(16, *recipe.input_shape, generator=torch.Generator().manual_seed(0))
        images, order = g(given, *y), torch.arange(16).roll(3)
        assert (g(given[order], *(one[order] for one in y)) == images[order]).all()  # wherever it is in the batch
    assert images.isfinite().all() and images.shape == (16, recipe.channels, recipe.size, recipe.size)
    drawn = isinstance(g, gan_models.GAN)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a translator makes of a picture what it takes, and says so
        made = (g.sample(range(16)) if drawn else g.translate(given_row(path, recipe))).astype(float)
    assert made.std(axis=(1, 2, 3)).min() > 10  # each picture shows something
    assert made.std(axis=0).mean() > 5  # and not all the same

    ships = drawn or path.parent.name != "celeba"  # a translator's samples show what it was given
    assert {(path / name).exists() for name in ("samples.png", "evolution.webp")} == {ships}
    if drawn:
        again = picture(g).astype(float)
        shown = np.asarray(Image.open(path / "samples.png"), dtype=float)
        assert shown.shape == again.shape and np.abs(shown - again).mean() < 2
    elif ships:
        row = tile(made.astype(np.uint8), 10).astype(float)
        shown = np.asarray(Image.open(path / "samples.png"), dtype=float)
        assert np.abs(shown[recipe.size : 2 * recipe.size] - row).mean() < 2

    points = [json.loads(line) for line in (path / "stats.jsonl").read_text().splitlines()]
    assert 2 <= len(points) <= POINTS
    images = [p["images"] for p in points]
    assert images == sorted(set(images)) and images[-1] == content["provenance"]["images"]
    assert all(np.isfinite(np.hstack(list(p.values()))).all() for p in points)
    now_and_then = {"fd", "shares"}  # of --eval-every
    assert all(p.keys() - now_and_then == points[0].keys() - now_and_then for p in points)

    if ships:
        assert moments(path / "evolution.webp") == len(content["provenance"]["frames"]) > 10
        with Image.open(path / "evolution.webp") as film:
            assert film.n_frames > 10  # most of them differ
            assert film.size == shown.shape[1::-1]


def test_a_shipped_folder_without_a_recipe_is_a_mistake():
    folders = {f"{p.parent.name}/{p.name}" for p in ROOT.glob("checkpoints/*/*") if p.is_dir()}
    assert {f for f in folders if not f.endswith("/extractor")} == set(ZOO)
